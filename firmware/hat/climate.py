"""What does the Sense HAT's sensor say about the air, and when is it not to be believed?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware.air import corrected
from firmware.board import Calibration
from firmware.ports import Climate, ClimateReading, NoReading

STUCK_READINGS = 30
"""The sensor's last bits always move. The library repeats its last values for ever once the sensor has
browned out, and calls them valid: so many equal pairs in a row are that, not air."""


class HatClimate:
    """The humidity sensor of the HAT, and its light where it has one; keeps the `Climate` port.

    The library's invalid reading is the *integer* 0, which would pass for 0 degrees and 0 %; valid
    ones are floats. The first reading starts the sensor and is thrown away. `wake` sets the chip up anew:
    one that lost its power measures no more, and the library would repeat its last values.
    """

    def __init__(
        self,
        *,
        read_humidity: Callable[[], float],
        read_temperature: Callable[[], float],
        cpu_c: Callable[[], float | None],
        calibration: Calibration,
        read_light_pct: Callable[[], float] | None = None,
        wake: Callable[[], None] | None = None,
        name: str = "sense-hat",
    ) -> None:
        self.name = name
        self._read_humidity = read_humidity
        self._read_temperature = read_temperature
        self._read_light_pct = read_light_pct
        self._wake = wake
        self._cpu_c = cpu_c
        self._calibration = calibration
        self._woken = False
        self._last: tuple[float, float] | None = None
        self._equal = 0

    def read(self) -> ClimateReading | NoReading:
        """Read once."""
        found = self._measured()
        if isinstance(found, NoReading):
            self._woken = False
            return found
        return replace(found, light_pct=self._light_pct())

    def _measured(self) -> ClimateReading | NoReading:
        try:
            if not self._woken:
                if self._wake is not None:
                    self._wake()
                self._read_humidity()
                self._woken = True
            humidity, temperature = self._read_humidity(), self._read_temperature()
        except (OSError, RuntimeError):
            return NoReading(because="absent")
        if not isinstance(humidity, float) or not isinstance(temperature, float):
            return NoReading(because="not_ready")
        if self._is_stuck(temperature, humidity):
            return NoReading(because="stuck")
        return corrected(temperature, humidity, cpu_c=self._cpu_c(), calibration=self._calibration)

    def _light_pct(self) -> float | None:
        """Return how light it is; a colour sensor that fails takes nothing else with it."""
        if self._read_light_pct is None:
            return None
        try:
            return round(min(100.0, max(0.0, self._read_light_pct())), 1)
        except (OSError, RuntimeError):
            return None

    def close(self) -> None:
        """Do nothing: the library has no way to free the sensor."""

    def _is_stuck(self, temperature: float, humidity: float) -> bool:
        pair = (temperature, humidity)
        self._equal = self._equal + 1 if pair == self._last else 0
        self._last = pair
        return self._equal >= STUCK_READINGS


class AwaitedClimate:
    """A sensor that could not be opened yet and is tried again at each reading; keeps the `Climate` port."""

    def __init__(self, name: str, open_climate: Callable[[], Climate]) -> None:
        self.name = name
        self._open_climate = open_climate
        self._climate: Climate | None = None

    def read(self) -> ClimateReading | NoReading:
        """Read it once it is there."""
        if self._climate is None:
            try:
                self._climate = self._open_climate()
            except (OSError, RuntimeError):
                return NoReading(because="absent")
        return self._climate.read()

    def close(self) -> None:
        """Close the sensor if it was opened. Safe to call twice."""
        if self._climate is not None:
            self._climate.close()
