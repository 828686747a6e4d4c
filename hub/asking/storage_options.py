"""How is storage asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking


def add_storage(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that says what the air around the tablets was like, and judges a place."""
    storage = add(
        "storage",
        "say what the air around the tablets was like, or judge a place for the box",
        "Without words: the last 30 days of each box, with what was not measured, and what each fill went "
        "through. `place` sets what the box measured in the last two days beside the limits of the medicine "
        "that is to lie in it: leave it there, empty and switched on, before you fill it.",
        "pillbox-hub storage place --hours 48",
    )
    storage.add_argument("what", nargs="?", choices=("show", "place"), default="show")
    storage.add_argument("--from", dest="first", metavar="DATE", help="first day (default: 30 days back)")
    storage.add_argument("--until", dest="last", metavar="DATE", help="last day (default: until now)")
    storage.add_argument("--box", metavar="ID", help="only this box (default: all of the patient's)")
    storage.add_argument("--hours", metavar="N", help="for place: how far back, at least 24 (default: 48)")
    add_asking(storage)
