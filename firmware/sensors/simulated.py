"""What does a sensor read that is not there?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware.ports import ClimateReading, NoReading

NOISE_C = 0.01
STILL = 5
"""So many readings in a row are alike."""


class SimulatedClimate:
    """Air as the scene says; keeps the `Climate` port.

    The last digit moves from reading to reading, as that of any sensor does: one that stands still for half
    a day is taken for frozen.
    """

    name = "simulated"

    def __init__(self, air: Callable[[], ClimateReading | None]) -> None:
        self._air = air
        self._count = 0

    def read(self) -> ClimateReading | NoReading:
        """Return the air of the scene."""
        air = self._air()
        if air is None:
            return NoReading(because="absent")
        self._count += 1
        return replace(air, temperature_c=air.temperature_c + NOISE_C * (self._count // STILL % 2))

    def close(self) -> None:
        """Do nothing: there is no bus."""
