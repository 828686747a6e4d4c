"""How is a check-in made on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_feeling(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that takes down how the patient is."""
    feeling = add(
        "feeling",
        "ask how the patient is, take it down, or list what was answered",
        "The questions are those of the medicines' leaflets; `ask` puts them one at a time, none twice a "
        "day, and can be left and gone on with. A warning sign says at once whom to call and alerts the "
        "caregivers. Nothing is interpreted.",
        "pillbox-hub feeling say --sign fever --fever 38.2 --by ada --yes",
    )
    feeling.add_argument("act", nargs="?", choices=("list", "ask", "questions", "say"), default="list")
    feeling.add_argument("--sign", action="append", default=[], metavar="ID", help="a warning sign")
    feeling.add_argument("--fever", metavar="CELSIUS", help="the temperature that was measured")
    feeling.add_argument(
        "--effect",
        action="append",
        default=[],
        metavar="ID=ANSWER",
        help="such as fatigue=a lot",
    )
    feeling.add_argument("--words", metavar="TEXT", default="", help="anything else, in their own words")
    add_asking(feeling)
    add_changing(feeling)
