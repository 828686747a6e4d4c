"""How is the air in the box read again and again, with nothing else waiting for it?"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from controller.running.arrivals import ClimateTaken
from controller.wire.clocks import Clock
from firmware.ports import Climate, ClimateReading, NoReading

EVERY_MS = 60_000
SHORTEST_S = 0.05
"""In a compressed day a minute may take less than the sensor itself."""

DEAF_S = 20.0
"""A bus that holds a reading for this long will not let go by itself."""

Report = Callable[[ClimateTaken], None]

log = logging.getLogger(__name__)


class ClimateThread:
    """Reads one sensor every minute of the box's own clock."""

    def __init__(self, climate: Climate, clock: Clock, report: Report, *, of_medicine: bool = True) -> None:
        """Prepare; nothing is read before `start`."""
        self._climate = climate
        self._clock = clock
        self._report = report
        self._of_medicine = of_medicine
        self._closing = threading.Event()
        self._reading_since_s: float | None = None
        self._told_since_s: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"climate {climate.name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def alive(self) -> bool:
        """Tell whether readings still come; a reading that fails is one that comes."""
        return self._thread.is_alive() and not self.hangs()

    def hangs(self) -> bool:
        """Tell whether a reading has taken so long that its bus must be stuck."""
        since_s = self._reading_since_s
        return since_s is not None and time.monotonic() - since_s >= DEAF_S

    def tell_hanging(self) -> None:
        """Report a reading that hangs as one that failed, once."""
        since_s = self._reading_since_s
        if self.hangs() and self._told_since_s != since_s:
            self._told_since_s = since_s
            log.error("the sensor %s holds its bus and does not answer", self._climate.name)
            self._report(self._taken(NoReading(because="hung"), self._clock.boot_ms()))

    def close(self) -> None:
        """Stop reading. Safe to call twice."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._reading_since_s = time.monotonic()
            mono_ms = self._clock.boot_ms()
            reading = self._climate.read()
            self._reading_since_s = None
            self._report(self._taken(reading, mono_ms))
            self._closing.wait(max(SHORTEST_S, self._clock.real_s(EVERY_MS)))

    def _taken(self, reading: ClimateReading | NoReading, mono_ms: int) -> ClimateTaken:
        return ClimateTaken(
            sensor=self._climate.name, reading=reading, mono_ms=mono_ms, of_medicine=self._of_medicine
        )


class ClimateThreads:
    """Reads every sensor in a thread of its own, so that a dead bus holds none of the others."""

    def __init__(self, climates: Sequence[Climate], clock: Clock, report: Report) -> None:
        """Prepare; the first sensor is the medicine's."""
        self._threads = [
            ClimateThread(climate, clock, report, of_medicine=place == 0)
            for place, climate in enumerate(climates)
        ]

    def start(self) -> None:
        """Begin to read."""
        for thread in self._threads:
            thread.start()

    def alive(self) -> bool:
        """Tell whether any sensor is still read; without sensors there is nothing to be deaf to.

        One that hangs beside others is a fault of that sensor: to end the program for it would cost the
        lids their watch, again and again.
        """
        return not self._threads or any(thread.alive() for thread in self._threads)

    def tell_hanging(self) -> None:
        """Report the sensors that hang as failed, each once."""
        for thread in self._threads:
            thread.tell_hanging()

    def close(self) -> None:
        """Stop reading. Safe to call twice."""
        for thread in self._threads:
            thread.close()
