"""How is the air in the box read again and again, with nothing else waiting for it?"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from controller.running.arrivals import ClimateTaken
from controller.wire.clocks import Clock
from firmware.ports import Climate

EVERY_MS = 60_000
SHORTEST_S = 0.05
"""In a compressed day a minute may take less than the sensor itself."""

DEAF_S = 20.0
"""A bus that holds a reading for this long will not let go by itself."""

log = logging.getLogger(__name__)


class ClimateThread:
    """Reads one sensor every minute of the box's own clock."""

    def __init__(self, climate: Climate, clock: Clock, report: Callable[[ClimateTaken], None]) -> None:
        """Prepare; nothing is read before `start`."""
        self._climate = climate
        self._clock = clock
        self._report = report
        self._closing = threading.Event()
        self._reading_since_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="climate", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def alive(self) -> bool:
        """Tell whether readings still come; a reading that fails is one that comes."""
        since_s = self._reading_since_s
        return self._thread.is_alive() and (since_s is None or time.monotonic() - since_s < DEAF_S)

    def close(self) -> None:
        """Stop reading. Safe to call twice."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._reading_since_s = time.monotonic()
            mono_ms = self._clock.boot_ms()
            reading = self._climate.read()
            self._reading_since_s = None
            self._report(ClimateTaken(sensor=self._climate.name, reading=reading, mono_ms=mono_ms))
            self._closing.wait(max(SHORTEST_S, self._clock.real_s(EVERY_MS)))
