"""How is the computer in the box looked at now and then, with nothing else waiting for it?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from controller.running.arrivals import DeviceMeasured
from controller.wire.clocks import Clock
from firmware.ports import Device

EVERY_MS = 120_000
SHORTEST_S = 1.0
"""In a compressed day two minutes pass in a blink; a look costs some milliseconds."""

HUNG_S = 60.0
"""A card that takes this long to say how full it is will not say it any more."""


class WellbeingThread:
    """Measures the computer every two minutes of the box's own clock."""

    def __init__(self, device: Device, clock: Clock, report: Callable[[DeviceMeasured], None]) -> None:
        """Prepare; nothing is measured before `start`."""
        self._device = device
        self._clock = clock
        self._report = report
        self._closing = threading.Event()
        self._measuring_since_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="wellbeing", daemon=True)

    def start(self) -> None:
        """Begin to measure."""
        self._thread.start()

    def alive(self) -> bool:
        """Tell whether measurements still come."""
        since_s = self._measuring_since_s
        return self._thread.is_alive() and (since_s is None or time.monotonic() - since_s < HUNG_S)

    def close(self) -> None:
        """Stop measuring. Safe to call twice."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._measuring_since_s = time.monotonic()
            mono_ms = self._clock.boot_ms()
            reading = self._device.read()
            self._measuring_since_s = None
            self._report(DeviceMeasured(reading=reading, mono_ms=mono_ms))
            self._closing.wait(max(SHORTEST_S, self._clock.real_s(EVERY_MS)))
