"""How is a trip asked about on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_travel(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that shows a trip day by day, enters it and gives it up."""
    travel = add(
        "travel",
        "show a trip day by day before it begins, enter it, or give it up",
        "The box never changes its zone by itself. Without --policy the three ways are compared: stay on "
        "home time, move to local time at once, or shift by a step a day. No two doses come closer than "
        "half of what usually lies between them. Dates are dates at home.",
        "pillbox-hub travel plan --zone America/New_York \\\n"
        "    --from 2026-12-10 --until 2026-12-20 --policy shift --shift 1h --by bea",
    )
    travel.add_argument("act", nargs="?", choices=("list", "plan", "cancel"), default="list")
    travel.add_argument("--zone", metavar="ZONE", help="where the trip goes, such as America/New_York")
    travel.add_argument("--from", dest="begins", metavar="DATE", help="the first date of the trip")
    travel.add_argument("--until", metavar="DATE", help="its last date")
    travel.add_argument("--policy", choices=("home", "local", "shift"), help="else they are compared")
    travel.add_argument("--shift", metavar="SPAN", help="the step of a shift a day (default: 1h)")
    travel.add_argument("--without-box", action="store_true", help="the box stays at home")
    add_asking(travel)
    add_changing(travel)
