"""Does the hub's loop still turn?"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

DEAF_EXIT = 70
STUCK_S = 25.0
"""The service manager's own watchdog has 30 s; this one also serves where there is none."""

log = logging.getLogger("hub.running.guard")


def watch_over(turned_s: Callable[[], float], end: Callable[[int], Any] = os._exit) -> None:
    """End the program when its loop has not turned for `STUCK_S`: a hub that hangs must be started again."""
    pause = threading.Event()
    while not pause.wait(STUCK_S / 10):
        if time.monotonic() - turned_s() > STUCK_S:
            log.critical("the hub's loop has hung for %g s; ending, to be started again", STUCK_S)
            end(DEAF_EXIT)
            return
