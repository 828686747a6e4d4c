"""How is a correction asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_correct(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that states or takes back what became of a dose."""
    correct = add(
        "correct",
        "state what became of a dose, or take such a word back",
        "A person's word outranks the box. Nothing is rewritten: each correction is kept with a name, and "
        "can be undone, also an undoing. Without a slot it lists what people have said.",
        "pillbox-hub correct azathioprine/2026-11-23/08:00 skipped --by bea --yes",
    )
    correct.add_argument("slot", metavar="SLOT", nargs="?", help="regimen/date/HH:MM, or an entry to undo")
    correct.add_argument(
        "what",
        nargs="?",
        choices=("taken-elsewhere", "skipped", "only-looked", "undo"),
        help="what is so; only-looked also stands for opened by mistake",
    )
    correct.add_argument("--at", metavar="TIME", help="when it was taken, local, such as 2026-11-23T12:30")
    correct.add_argument("--why", metavar="TEXT", default="", help="the reason, in your words")
    add_asking(correct)
    add_changing(correct)
