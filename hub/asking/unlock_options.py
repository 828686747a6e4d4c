"""How is the lock of a box opened from the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_unlock(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command by which somebody opens the lock of a box from afar."""
    unlock = add(
        "unlock",
        "open the lock of a box for some minutes",
        "The running hub asks the box at once; a box that cannot be reached within two minutes is not "
        "asked later. Who asked, and when the box opened, stands in the report. At the box itself the help "
        "or refill button opens it, held for ten seconds.",
        "pillbox-hub unlock --patient ada --minutes 10 --by bea --yes",
    )
    unlock.add_argument("--box", metavar="ID", help="may be left out where there is only one")
    unlock.add_argument("--minutes", metavar="N", type=int, default=10, help="1 to 60 (default: %(default)s)")
    add_asking(unlock)
    add_changing(unlock)
