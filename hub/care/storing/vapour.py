"""How much water does air hold, and how near is it to sweating?

Magnus over water with 6.112 hPa, 17.62 and 243.12 degrees, as WMO-No. 8 has it; so reckons the box too. Its
dew point is that of the handbook (Hyland and Wexler) to 0.05 K up to 50 °C, and to 0.1 K up to 60.
"""

from __future__ import annotations

import math

DRIEST_PCT = 0.1
"""Bone-dry air counts as this: nothing has no dew point."""


def saturation_hpa(temperature_c: float) -> float:
    """Return the pressure of saturated water vapour."""
    return 6.112 * math.exp(_slope(temperature_c))


def vapour_hpa(temperature_c: float, humidity_pct: float) -> float:
    """Return the pressure of the water vapour in air."""
    return humidity_pct / 100 * saturation_hpa(temperature_c)


def dew_gap_k(temperature_c: float, humidity_pct: float) -> float:
    """Return how far air is above its dew point."""
    gamma = math.log(max(humidity_pct, DRIEST_PCT) / 100) + _slope(temperature_c)
    return temperature_c - 243.12 * gamma / (17.62 - gamma)


def _slope(temperature_c: float) -> float:
    return 17.62 * temperature_c / (243.12 + temperature_c)
