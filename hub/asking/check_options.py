"""How is a blood test or an appointment asked about on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_check(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that lists checks and takes down which took place or moved."""
    check = add(
        "check",
        "list blood tests and appointments, and take down what took place",
        "Each time of a check is due, moved, done or overdue. A day before or after counts for the nearest "
        "one that is open. A word can be undone: pillbox-hub correct lists entries.",
        "pillbox-hub check done blood-count --on 2026-11-30 --by bea",
    )
    check.add_argument("act", nargs="?", choices=("list", "done", "move", "undo"), default="list")
    check.add_argument("check", metavar="CHECK", nargs="?", help="its id, or an entry to undo")
    check.add_argument("--on", metavar="DATE", help="the day it took place (default: today)")
    check.add_argument("--due", metavar="DATE", help="for a move: the date it was due")
    check.add_argument("--to", metavar="DATE", help="for a move: the new date")
    add_asking(check)
    add_changing(check)
