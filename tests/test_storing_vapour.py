"""Is the fast dew point that of the long formula, over all the air a home can have?

The long formula is that of Hyland and Wexler (1983), which the ASHRAE handbook and psychrolib use; psychrolib
itself comes only as a source package, which a pinned install cannot build.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.care.storing.vapour import DRIEST_PCT, dew_gap_k, saturation_hpa, vapour_hpa

OVER_WATER = (-5.8002206e3, 1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8, 6.5459673)
FREEZING_HPA = 6.112


def saturation_by_the_handbook_hpa(temperature_c: float) -> float:
    """Return the saturation pressure over water, from 0 °C up."""
    kelvin = temperature_c + 273.15
    a, b, c, d, e, f = OVER_WATER
    power = a / kelvin + b + c * kelvin + d * kelvin**2 + e * kelvin**3 + f * math.log(kelvin)
    return math.exp(power) / 100


def dew_point_by_the_handbook_c(temperature_c: float, humidity_pct: float) -> float:
    """Return the dew point by halving the range in which it must lie."""
    wanted_hpa = humidity_pct / 100 * saturation_by_the_handbook_hpa(temperature_c)
    low, high = 0.0, temperature_c
    for _ in range(60):
        middle = (low + high) / 2
        if saturation_by_the_handbook_hpa(middle) < wanted_hpa:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@pytest.mark.parametrize("temperature_c", range(1, 61))
def test_the_dew_point_is_that_of_the_handbook_to_a_twentieth_of_a_kelvin(temperature_c: int) -> None:
    seen = 0
    for humidity_pct in range(5, 101):
        if humidity_pct / 100 * saturation_by_the_handbook_hpa(temperature_c) <= FREEZING_HPA:
            continue  # below freezing there is ice, and the handbook has another formula
        seen += 1
        wanted_c = dew_point_by_the_handbook_c(temperature_c, humidity_pct)
        found_c = temperature_c - dew_gap_k(temperature_c, humidity_pct)
        # In a parked car above 50 °C it is up to 0.1 K off, a twentieth of the gap that is judged.
        assert found_c == pytest.approx(wanted_c, abs=0.05 if temperature_c <= 50 else 0.1)
    assert seen


def test_the_dew_point_is_that_which_psychrolib_gives() -> None:
    assert 21 - dew_gap_k(21, 55) == pytest.approx(11.62, abs=0.01)


@pytest.mark.parametrize("temperature_c", range(1, 61))
def test_the_saturation_pressure_is_that_of_the_handbook_to_a_third_of_a_percent(temperature_c: int) -> None:
    wanted_hpa = saturation_by_the_handbook_hpa(temperature_c)
    assert saturation_hpa(temperature_c) == pytest.approx(wanted_hpa, rel=0.0035)


@given(st.floats(-40, 85))
def test_wet_air_is_at_its_dew_point(temperature_c: float) -> None:
    assert dew_gap_k(temperature_c, 100) == pytest.approx(0, abs=1e-9)
    assert vapour_hpa(temperature_c, 100) == saturation_hpa(temperature_c)


@given(st.floats(-40, 85), st.floats(1, 99), st.floats(0.1, 1))
def test_damper_air_is_nearer_to_sweating(temperature_c: float, humidity_pct: float, more: float) -> None:
    assert dew_gap_k(temperature_c, humidity_pct + more) < dew_gap_k(temperature_c, humidity_pct)


@given(st.floats(-40, 85), st.floats(0, DRIEST_PCT))
def test_air_without_any_water_has_a_dew_point_all_the_same(
    temperature_c: float, humidity_pct: float
) -> None:
    assert dew_gap_k(temperature_c, humidity_pct) == dew_gap_k(temperature_c, DRIEST_PCT)


@given(st.floats(0, 60), st.floats(1, 100), st.floats(0.1, 20))
def test_the_same_water_in_warmer_air_keeps_its_dew_point(
    temperature_c: float, humidity_pct: float, more: float
) -> None:
    warmer_c = temperature_c + more
    drier_pct = 100 * vapour_hpa(temperature_c, humidity_pct) / saturation_hpa(warmer_c)
    if drier_pct >= DRIEST_PCT:
        dew_point_c = temperature_c - dew_gap_k(temperature_c, humidity_pct)
        assert warmer_c - dew_gap_k(warmer_c, drier_pct) == pytest.approx(dew_point_c, abs=1e-6)
