"""Is the mean dampness that of the samples, and is a dry place what the pharmacopoeia calls so?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.vapour import vapour_hpa
from hub.care.storing.dampness import DRY_HPA, Dampness, dampness
from hub.care.storing.samples import watch_of
from tests.storing_air import QUARTER_MS, START_MS, sample, stretch, whole


def damp(warm: float, pct: float) -> Dampness:
    found = dampness(whole(stretch(warm, 24, damp=pct)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("warm_c", "driest_limit_pct"),
    [(15, 54.8), (18, 45.3), (20, 40.0), (22, 35.4), (25, 29.5), (28, 24.7), (30, 22.0)],
)
def test_a_dry_place_is_that_of_the_clinical_table_at_every_temperature(
    warm_c: float, driest_limit_pct: float
) -> None:
    assert damp(warm_c, driest_limit_pct - 0.1).is_dry_place
    assert not damp(warm_c, driest_limit_pct + 0.1).is_dry_place


def test_the_limit_of_a_dry_place_is_nine_and_a_third_hectopascal() -> None:
    assert pytest.approx(9.33, abs=0.03) == DRY_HPA


def test_an_ordinary_heated_room_is_no_dry_place() -> None:
    assert not damp(22, 50).is_dry_place
    assert not damp(22, 50).is_beyond_tested


@pytest.mark.parametrize(("pct", "is_beyond"), [(59.9, False), (60.0, False), (60.1, True)])
def test_damper_than_tested_begins_above_sixty_percent(pct: float, is_beyond: bool) -> None:
    assert damp(25, pct).is_beyond_tested == is_beyond


@given(st.lists(st.tuples(st.floats(-10, 50), st.floats(0, 100)), min_size=1, max_size=40))
def test_the_means_lie_between_the_driest_and_the_dampest(found: list[tuple[float, float]]) -> None:
    known = [sample(START_MS + index * QUARTER_MS, *one) for index, one in enumerate(found)]
    seen = dampness(whole(known))
    assert seen is not None
    pcts = [pct for _, pct in found]
    hpas = [vapour_hpa(*one) for one in found]
    assert min(pcts) - 1e-9 <= seen.humidity_pct <= max(pcts) + 1e-9
    assert min(hpas) - 1e-9 <= seen.vapour_hpa <= max(hpas) + 1e-9


def test_samples_count_for_as_long_as_they_speak() -> None:
    long, short = sample(START_MS, 20, 40), sample(START_MS + QUARTER_MS, 20, 70, span_ms=QUARTER_MS // 5)
    found = dampness(whole([long, short]))
    assert found is not None
    assert found.humidity_pct == pytest.approx(45)


def test_where_nothing_was_measured_nothing_is_said_of_dampness() -> None:
    assert dampness(watch_of([], START_MS, START_MS + QUARTER_MS)) is None
