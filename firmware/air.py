"""What is the air really like, when the sensor sits on a warm computer?

Relative humidity belongs to the temperature it was measured at. A sensor that the computer warms from
25 to 35 degrees shows 30 % where the air has 53 %: uncorrected, a damp box reads dry.
"""

from __future__ import annotations

import math
from pathlib import Path

from firmware.board import Calibration
from firmware.ports import ClimateReading, NoReading

CPU_TEMPERATURE_FILE = Path("/sys/class/thermal/thermal_zone0/temp")
"""Thousandths of a degree Celsius."""

PLAUSIBLE_C = (-40.0, 85.0)
"""What the sensors are specified for; a box in a home that is outside has a broken sensor."""

DAMP_AIR_ERROR_PCT = 10.0
"""Sensors in wet air read a little above 100; further out they are broken."""


def saturation_hpa(temperature_c: float) -> float:
    """Return the pressure of saturated water vapour (Magnus, over water)."""
    return 6.112 * math.exp(17.62 * temperature_c / (243.12 + temperature_c))


def restated_humidity_pct(humidity_pct: float, measured_c: float, true_c: float) -> float:
    """Return the relative humidity of the same water vapour at another temperature."""
    return humidity_pct * saturation_hpa(measured_c) / saturation_hpa(true_c)


def corrected(
    temperature_c: float, humidity_pct: float, *, cpu_c: float | None, calibration: Calibration
) -> ClimateReading | NoReading:
    """Return what the air is like, or why the reading cannot be believed.

    A box whose calibration needs the temperature of the processor gives no reading without it:
    half a correction would be taken for the truth.
    """
    if not plausible(temperature_c, humidity_pct):
        return NoReading(because="implausible")
    true_c = temperature_c + calibration.temperature_offset_c
    if calibration.cpu_factor is not None:
        if cpu_c is None:
            return NoReading(because="no_cpu_temperature")
        # A processor cooler than the sensor warms nothing: then the formula would add heat.
        true_c -= max(0.0, cpu_c - temperature_c) / calibration.cpu_factor
    if not plausible(true_c, humidity_pct):
        return NoReading(because="implausible")
    true_pct = restated_humidity_pct(humidity_pct, temperature_c, true_c)
    bounded_pct = min(100.0, max(0.0, true_pct + calibration.humidity_offset_pct))
    return ClimateReading(temperature_c=round(true_c, 2), humidity_pct=round(bounded_pct, 2))


def plausible(temperature_c: float, humidity_pct: float) -> bool:
    """Tell whether any air in a home could read like this; 0 degrees and 0 % are what failed chips say."""
    low, high = PLAUSIBLE_C
    return (temperature_c, humidity_pct) != (0.0, 0.0) and (
        math.isfinite(temperature_c)
        and math.isfinite(humidity_pct)
        and low <= temperature_c <= high
        and -DAMP_AIR_ERROR_PCT <= humidity_pct <= 100.0 + DAMP_AIR_ERROR_PCT
    )


def cpu_temperature_c(path: Path = CPU_TEMPERATURE_FILE) -> float | None:
    """Read the temperature of the processor; `None` where there is no such sensor."""
    try:
        return int(path.read_text("ascii")) / 1000
    except (OSError, ValueError):
        return None


class SteadyCpu:
    """Reads the processor's temperature as the mean of the last three looks, as it jumps with load."""

    def __init__(self, path: Path = CPU_TEMPERATURE_FILE) -> None:
        self._path = path
        self._last: tuple[float, ...] = ()

    def read_c(self) -> float | None:
        """Look once more and return the mean."""
        now_c = cpu_temperature_c(self._path)
        if now_c is None:
            return None
        self._last = (*self._last, now_c)[-3:]
        return sum(self._last) / len(self._last)
