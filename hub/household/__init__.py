"""How does a home tell the hub who lives there, what is prescribed and who is told?

`read_household` reads the file a home is set up with, `household_toml` writes it back. What is read has been
checked: every id that is referred to exists, and every day of its schedule makes a plan a box can witness.
"""

from hub.household.reading import parse_household, read_household
from hub.household.writing import household_toml

__all__ = ["household_toml", "parse_household", "read_household"]
