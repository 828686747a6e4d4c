"""What does the Sense HAT's sensor say about the air, and when is it not to be believed?"""

from __future__ import annotations

from collections.abc import Callable

from firmware.air import corrected
from firmware.board import Calibration
from firmware.ports import ClimateReading, NoReading

STUCK_READINGS = 30
"""The sensor's last bits always move. The library repeats its last values for ever once the sensor has
browned out, and calls them valid: so many equal pairs in a row are that, not air."""


class HatClimate:
    """The humidity sensor of the HAT; keeps the `Climate` port.

    The library's invalid reading is the *integer* 0, which would pass for 0 degrees and 0 %; valid
    ones are floats. The first reading starts the sensor and is thrown away.
    """

    name = "sense-hat"

    def __init__(
        self,
        *,
        read_humidity: Callable[[], float],
        read_temperature: Callable[[], float],
        cpu_c: Callable[[], float | None],
        calibration: Calibration,
    ) -> None:
        self._read_humidity = read_humidity
        self._read_temperature = read_temperature
        self._cpu_c = cpu_c
        self._calibration = calibration
        self._woken = False
        self._last: tuple[float, float] | None = None
        self._equal = 0

    def read(self) -> ClimateReading | NoReading:
        """Read once."""
        try:
            if not self._woken:
                self._read_humidity()
                self._woken = True
            humidity, temperature = self._read_humidity(), self._read_temperature()
        except (OSError, RuntimeError):
            self._woken = False
            return NoReading(because="absent")
        if not isinstance(humidity, float) or not isinstance(temperature, float):
            return NoReading(because="not_ready")
        if self._is_stuck(temperature, humidity):
            return NoReading(because="stuck")
        return corrected(temperature, humidity, cpu_c=self._cpu_c(), calibration=self._calibration)

    def close(self) -> None:
        """Do nothing: the library has no way to free the sensor."""

    def _is_stuck(self, temperature: float, humidity: float) -> bool:
        pair = (temperature, humidity)
        self._equal = self._equal + 1 if pair == self._last else 0
        self._last = pair
        return self._equal >= STUCK_READINGS


class AbsentClimate:
    """A sensor that should be there and is not; keeps the `Climate` port."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self) -> ClimateReading | NoReading:
        """Say that it is absent."""
        return NoReading(because="absent")

    def close(self) -> None:
        """Do nothing: there is no bus."""
