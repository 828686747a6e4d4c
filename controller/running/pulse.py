"""Has the whole program stood still?

A thread of its own beats four times a second. Where the boot clock shows that no beat came for some
seconds, the process was frozen or the machine asleep, and a lid may have been opened and closed with
nobody looking. A loop that waits for a slow card is no such thing: the lids have a thread of their own.
"""

from __future__ import annotations

import threading
import time

EVERY_S = 0.25
DEAD_S = 20.0
"""A beat that has not come for so long comes no more: nothing would notice a freeze."""
STALLED_S = 3.0
"""A busy Pi keeps a thread waiting for a second; a freeze of four had hidden an opening: "missed"."""


class Pulse:
    """Beats, and tells the program's thread whether beats were missed."""

    def __init__(self) -> None:
        """Prepare; nothing beats before `start`."""
        self._beat_s = _boot_s()
        self._missed = False
        self._guard = threading.Lock()
        self._closing = threading.Event()
        self._round_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._beat()
        self._missed = False
        self._thread.start()

    def stalled(self) -> bool:
        """Tell once whether beats were missed since the last time this was asked.

        After a freeze either thread may run first, so asking looks at the clock itself.
        """
        self._beat()
        with self._guard:
            missed, self._missed = self._missed, False
        return missed

    def alive(self) -> bool:
        """Tell whether it still beats."""
        if self._thread.is_alive() and time.monotonic() - self._round_s >= DEAD_S:
            # After a freeze it may not have had its turn yet.
            self._thread.join(timeout=2 * EVERY_S)
        return self._thread.is_alive() and time.monotonic() - self._round_s < DEAD_S

    def close(self) -> None:
        """Stop beating. Safe to call twice."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.wait(EVERY_S):
            self._beat()
            self._round_s = time.monotonic()

    def _beat(self) -> None:
        with self._guard:
            now_s = _boot_s()
            self._missed = self._missed or now_s - self._beat_s > STALLED_S
            self._beat_s = now_s


def _boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
