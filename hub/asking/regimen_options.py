"""How are changes of a prescription asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing

ACTS = ("change", "titrate", "stop")


def add_regimen(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the commands that show and change what is prescribed."""
    regimen = add(
        "regimen",
        "show what is prescribed, with all dated versions, or change it from a date on",
        "The past is never rewritten: the running version ends the day before. Amounts are tablets: 1, ½, "
        "0.5, 1/2 or 1½. What changes is read back and shown day by day first.",
        "pillbox-hub regimen change azathioprine --from 2026-12-07 \\\n"
        '    --times "08:00=1,20:00=½" --ordered-by clinic --by bea',
    )
    regimen.add_argument("what", metavar=f"{{{','.join(ACTS)}}}", nargs="?", help="else it is shown")
    regimen.add_argument("regimen", metavar="REGIMEN", nargs="?")
    regimen.add_argument("--from", dest="begins", metavar="DATE", help="the first local date of the change")
    regimen.add_argument("--times", metavar="TIMES", help='for a change: "08:00=1,20:00=½"')
    regimen.add_argument(
        "--step", action="append", default=[], metavar="DATE:TIMES",
        help="for a titration or taper, once for each dated step: 2026-12-07:08:00=½",
    )  # fmt: skip
    regimen.add_argument(
        "--compartments", metavar="PLACES", default="", help='where a new time lies: "14:00=a3"'
    )
    _add_order(regimen)


def add_hold(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that pauses a regimen."""
    hold = add(
        "hold",
        "pause a regimen that somebody has ordered to pause",
        "Nothing is reminded and nothing is missed while it lasts. Without --until it lasts until somebody "
        "resumes it. It names the lids to empty.",
        "pillbox-hub hold azathioprine --from 2026-12-20 --ordered-by clinic \\\n"
        '    --why "infection" --by bea',
    )
    hold.add_argument("regimen", metavar="REGIMEN")
    hold.add_argument("--from", dest="begins", metavar="DATE", required=True, help="first date of the pause")
    hold.add_argument("--until", metavar="DATE", help="its last date")
    _add_order(hold)


def add_resume(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that ends a pause."""
    resume = add(
        "resume",
        "end the pause of a regimen",
        "The pause ends the day before.",
        "pillbox-hub resume azathioprine --from 2026-12-28 --ordered-by clinic --by bea",
    )
    resume.add_argument("regimen", metavar="REGIMEN")
    resume.add_argument(
        "--from", dest="begins", metavar="DATE", required=True, help="the first date with doses again"
    )
    _add_order(resume)


def _add_order(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ordered-by", metavar="WHO", help="who ordered it, such as clinic")
    parser.add_argument("--why", metavar="TEXT", default="", help="the reason, in their words")
    add_asking(parser)
    add_changing(parser)
