"""Does the reckoning of damp keep the laws of water in air, wherever a home can be?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.vapour import DRIEST_PCT, dew_gap_k, saturation_hpa, vapour_hpa


@given(st.floats(-40, 85))
def test_wet_air_is_at_its_dew_point(temperature_c: float) -> None:
    assert dew_gap_k(temperature_c, 100) == pytest.approx(0, abs=1e-6)
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
        assert warmer_c - dew_gap_k(warmer_c, drier_pct) == pytest.approx(dew_point_c, abs=1e-3)
