"""How is sqlite-utils imported without paying for libraries the hub does not use?

On import it looks for numpy and pandas, to accept their types; where numpy is installed that look costs
over 200 ms and 15 MiB. For the moment of this import both seem absent.
"""

from __future__ import annotations

import sys
from types import ModuleType

_UNUSED = ("numpy", "pandas")
_hidden: dict[str, ModuleType | None] = {name: None for name in _UNUSED if name not in sys.modules}
sys.modules.update(_hidden)  # type: ignore[arg-type]  # None is how Python itself marks "not importable"
try:
    from sqlite_utils import Database, Migrations
finally:
    for _name in _hidden:
        del sys.modules[_name]

__all__ = ["Database", "Migrations"]
