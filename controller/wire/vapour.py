"""How much water does air hold, and how near is it to sweating: what do the damp measures of a limit mean?

The saturation pressure is that of Hyland and Wexler (1983), over ice below freezing and over water above, as
the ASHRAE handbook has it. Magnus alone (17.62, 243.12 degrees, over water) is as near only from 0 to 50 °C:
its dew points are up to 0.09 K off at 60 °C, and 4 K where there is frost instead of dew.
"""

from __future__ import annotations

import math

DRIEST_PCT = 0.1
"""Bone-dry air counts as this: nothing has no dew point."""
TRIPLE_C = 0.01
ZERO_C_K = 273.15

_ICE = (-5.6745359e3, 6.3925247, -9.677843e-3, 6.2215701e-7, 2.0747825e-9, -9.484024e-13, 4.1635019)
_WATER = (-5.8002206e3, 1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8, 0.0, 6.5459673)
_MAGNUS_ICE = (22.46, 272.62)
_MAGNUS_WATER = (17.62, 243.12)


def saturation_hpa(temperature_c: float) -> float:
    """Return the pressure of saturated water vapour."""
    return math.exp(_log_saturation(temperature_c)) / 100


def vapour_hpa(temperature_c: float, humidity_pct: float) -> float:
    """Return the pressure of the water vapour in air."""
    return humidity_pct / 100 * saturation_hpa(temperature_c)


def dew_gap_k(temperature_c: float, humidity_pct: float) -> float:
    """Return how far air is above the temperature at which dew or frost forms."""
    dryness = math.log(max(humidity_pct, DRIEST_PCT) / 100)
    wanted = _log_saturation(temperature_c) + dryness
    found_c = _by_magnus_c(_magnus(temperature_c) + dryness)
    # Magnus lands within a tenth of a kelvin, and two steps of Newton from there within a millionth.
    for _ in range(2):
        found_c -= (_log_saturation(found_c) - wanted) / _magnus_slope(found_c)
    return temperature_c - found_c


def _log_saturation(temperature_c: float) -> float:
    """Return the natural logarithm of the saturation pressure in pascal."""
    kelvin = temperature_c + ZERO_C_K
    a, b, c, d, e, f, g = _ICE if temperature_c <= TRIPLE_C else _WATER
    powers = a / kelvin + b + kelvin * (c + kelvin * (d + kelvin * (e + kelvin * f)))
    return powers + g * math.log(kelvin)


def _magnus(temperature_c: float) -> float:
    steepness, offset_c = _magnus_of(temperature_c)
    return steepness * temperature_c / (offset_c + temperature_c)


def _by_magnus_c(power: float) -> float:
    steepness, offset_c = _magnus_of(power)
    return offset_c * power / (steepness - power)


def _magnus_slope(temperature_c: float) -> float:
    steepness, offset_c = _magnus_of(temperature_c)
    return steepness * offset_c / (offset_c + temperature_c) ** 2


def _magnus_of(sign: float) -> tuple[float, float]:
    return _MAGNUS_ICE if sign < 0 else _MAGNUS_WATER
