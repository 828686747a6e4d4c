"""How is a blood test or an appointment asked about on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing

ACTS = ("list", "add", "suggest", "end", "done", "move", "undo", "calendar")


def add_check(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that keeps the blood tests and appointments."""
    check = add(
        "check",
        "list, add and take down blood tests, appointments and vaccinations",
        "Each time of a check is due, moved, done or overdue. A day before or after counts for the nearest "
        "one that is open. `suggest` counts the blood tests of a medicine from its first intake by what its "
        "leaflet says: the clinic's dates count. `end` also takes out what is called off. "
        "`calendar` writes iCalendar for a phone.",
        "pillbox-hub check add ms-clinic --title 'MS clinic' --from 2026-12-07 --by bea",
    )
    check.add_argument("act", nargs="?", choices=ACTS, default="list")
    check.add_argument("check", metavar="CHECK", nargs="?", help="its id, an entry, or a regimen")
    check.add_argument("--on", metavar="DATE", help="the day it took place (default: today)")
    check.add_argument("--due", metavar="DATE", help="for a move: the date it was due")
    check.add_argument("--to", metavar="DATE", help="for a move: the new date")
    new = check.add_argument_group("for add and end")
    new.add_argument("--title", metavar="TEXT", help="what it is called")
    new.add_argument("--from", dest="begins", metavar="DATE", help="its first date")
    new.add_argument("--every", metavar="DAYS", type=int, help="again every so many days")
    new.add_argument("--until", metavar="DATE", help="its last date (end: default today)")
    new.add_argument(
        "--kind", choices=("blood_test", "appointment", "vaccination", "treatment"), default="appointment"
    )
    new.add_argument("--time", metavar="HH:MM", help="local time of the day")
    new.add_argument("--place", metavar="TEXT", help="where")
    new.add_argument("--bring", metavar="TEXT", help="what to take along")
    new.add_argument("--regimen", metavar="ID", help="the regimen it goes with")
    new.add_argument("--remind", metavar="DAYS", type=int, default=2, help="days before it (default: 2)")
    new.add_argument("--overdue", metavar="DAYS", type=int, default=3, help="days after it (default: 3)")
    check.add_argument("--full", action="store_true", help="calendar: with title, place and what to bring")
    add_asking(check)
    add_changing(check)
