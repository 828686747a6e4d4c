"""How is the filling of a box asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_fill(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that lays out, takes down and checks what goes into a box."""
    fill = add(
        "fill",
        "lay out what goes into a box, and take down what was laid in",
        "`sheet` says what goes into each compartment for a week, `done` takes down that it was laid in, "
        "`check FILL` that a second person has looked, `empty COMPARTMENT` that it was taken out again, and "
        "`show` says what lies where.",
        "pillbox-hub fill done --expires azathioprine=2027-08-31 --by bea --yes",
    )
    fill.add_argument("what", nargs="?", choices=("sheet", "done", "check", "empty", "show"), default="show")
    fill.add_argument("word", metavar="WORD", nargs="?", help="a fill to check, or a compartment to empty")
    fill.add_argument("--box", metavar="ID", help="may be left out where the patient has only one")
    fill.add_argument("--from", dest="first", metavar="DATE", help="the first date of the week; else today")
    fill.add_argument("--compartments", metavar="NAME", nargs="+", help="only these were filled")
    fill.add_argument("--expires", metavar="REGIMEN=DATE", action="append", default=[])
    fill.add_argument("--lot", metavar="REGIMEN=TEXT", action="append", default=[])
    fill.add_argument("--kept", action="store_true", help="what was taken out is kept for later")
    fill.add_argument("--discarded", action="store_true", help="what was taken out is given back")
    add_asking(fill)
    add_changing(fill)
