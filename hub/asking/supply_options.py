"""How is supply asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing

WHAT = ("show", "count", "fetched", "until", "entries", "undo")


def add_supply(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that shows the supply, and takes down counts and fetched packs."""
    supply = add(
        "supply",
        "say how long each medicine lasts, and take down what was counted or fetched",
        "Without words: what there is, until when it lasts, by when to order. `count REGIMEN TABLETS` takes "
        "down how many lie outside the box, `fetched REGIMEN` what came home, and `until DATE` says how many "
        "packs are missing to last until then. `entries` lists what was said of tablets, and `undo ENTRY` "
        "takes such a word back.",
        "pillbox-hub supply fetched azathioprine --packs 2 --by bea --yes",
    )
    supply.add_argument("what", nargs="?", choices=WHAT, default="show")
    supply.add_argument("words", metavar="WORD", nargs="*", help="a regimen, tablets, a date, an entry")
    supply.add_argument("--packs", metavar="N", help="how many packs were fetched")
    supply.add_argument("--tablets", metavar="N", help="how many tablets were fetched, such as 28 or 14.5")
    supply.add_argument("--expires", metavar="DATE", help="the earliest date the packs bear")
    supply.add_argument("--lot", metavar="TEXT", default="", help="the lot the packs bear")
    supply.add_argument("--why", metavar="TEXT", default="", help="a remark, in your words")
    add_asking(supply)
    add_changing(supply)
