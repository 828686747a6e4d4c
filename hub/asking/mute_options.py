"""How is silence asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_mute(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command by which a caregiver gets silence that ends by itself."""
    mute = add(
        "mute",
        "list who has silence, ask for it, or end it",
        "For yourself only, for seven days at most, and it always ends by itself; others are told instead, "
        "and you are if nobody else can be. A call for help cannot be muted.",
        "pillbox-hub mute add --until 2h --wants storage,supply --by bea",
    )
    mute.add_argument("act", nargs="?", choices=("list", "add", "end"), default="list")
    mute.add_argument("--until", metavar="MOMENT", help="18:00, 2026-12-07 18:00, 2h or 3d")
    mute.add_argument(
        "--wants", metavar="KINDS", help="dose, storage, supply, device; parted by commas (default: all)"
    )
    add_asking(mute)
    add_changing(mute)
