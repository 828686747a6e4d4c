"""How is the duty asked about on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_duty(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that says whose duty it is, and hands it over."""
    duty = add(
        "duty",
        "say whose duty it is, take it over or give it to somebody",
        "Whoever has the duty is the first to be told where the ladder says so. An act outranks the week's "
        "rota until the rota's next change, or until the moment you name. Whoever gets the duty is told of "
        "every alert that is open.",
        "pillbox-hub duty give cem --until '2026-12-07 08:00' --by bea",
    )
    duty.add_argument("act", nargs="?", choices=("show", "take", "give"), default="show")
    duty.add_argument("who", metavar="CAREGIVER", nargs="?", help="for give: who gets it")
    duty.add_argument("--until", metavar="MOMENT", help="18:00, 2026-12-07 18:00, 2h or 3d")
    add_asking(duty)
    add_changing(duty)
