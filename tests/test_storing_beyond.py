"""Is the time beyond a limit what a patient clock would count, and does the dew point agree with the box?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.witness.limits import dew_gap_k as dew_gap_of_the_box
from firmware.air import saturation_hpa as saturation_of_the_sensor
from hub.care.storing.beyond import all_beyond, beyond, is_beyond, readings
from hub.care.storing.samples import Sample, watch_of
from hub.care.storing.vapour import dew_gap_k, saturation_hpa, vapour_hpa
from tests.storing_air import LIMITS, QUARTER_MS, START_MS, after_another, limit, sample, stretch, whole

weather = st.lists(
    st.tuples(st.floats(-5, 50), st.floats(5, 95), st.floats(0, 5), st.booleans()), min_size=1, max_size=60
)
rules = st.sampled_from([one for one in LIMITS if one.measure != "silence"])


def lived(found: list[tuple[float, float, float, bool]]) -> list[Sample]:
    """Return samples of a weather; the last word of each tells whether the sensor spoke then."""
    return [
        sample(START_MS + index * QUARTER_MS * 3, warm, damp, spread=spread)
        for index, (warm, damp, spread, spoke) in enumerate(found)
        if spoke or not index
    ]


@given(weather, rules)
def test_what_is_sure_is_no_longer_than_the_mean_says_and_that_no_longer_than_what_may_be(
    found: list[tuple[float, float, float, bool]], rule: object
) -> None:
    watch = whole(lived(found))
    for one in all_beyond(watch, LIMITS):
        assert 0 <= one.at_least_ms <= one.span_ms <= one.at_most_ms <= watch.watched_ms
        assert (one.extreme is None) == (one.at_most_ms == 0)
        assert sum(run.span_ms for run in one.runs) == one.span_ms
        assert one.extreme is None or is_beyond(one.extreme, one.limit)


@given(weather, st.integers(0, 60))
def test_the_hours_of_two_parts_are_those_of_the_whole(
    found: list[tuple[float, float, float, bool]], quarters: int
) -> None:
    watch = whole(lived(found))
    cut = min(watch.end, watch.begin + quarters * QUARTER_MS)
    for rule in ("hot", "damp", "condensation", "cold"):
        parts = (watch.within(watch.begin, cut), watch.within(cut, watch.end))
        sums = [sum(beyond(part, limit(rule)).span_ms for part in parts), beyond(watch, limit(rule)).span_ms]
        assert sums[0] == sums[1]


@given(weather)
def test_a_stricter_limit_is_never_passed_for_less(found: list[tuple[float, float, float, bool]]) -> None:
    watch = whole(lived(found))
    warm, hot, heat = (beyond(watch, limit(rule)).span_ms for rule in ("warm", "hot", "heat"))
    assert warm >= hot >= heat


@given(weather)
def test_a_run_is_known_as_soon_as_its_dwell_is_over_and_not_before(
    found: list[tuple[float, float, float, bool]],
) -> None:
    watch = whole(lived(found))
    longest_ms = max(one.span_ms for one in watch.samples)
    for one in all_beyond(watch, LIMITS):
        for run in one.runs:
            assert (run.known_at is not None) == (run.span_ms >= one.limit.dwell_ms)
            if run.known_at is not None:
                assert 0 <= run.known_at - run.since - one.limit.dwell_ms <= longest_ms


def test_hours_above_a_limit_are_summed_over_days() -> None:
    watch = whole(after_another((22, 10), (31, 4), (22, 20), (33, 5.5), (22, 8)))
    found = beyond(watch, limit("hot"))
    assert found.span_ms == 9.5 * HOUR_MS
    assert found.longest_ms == 5.5 * HOUR_MS
    assert not found.is_dwelt, "ten hours at once are let"
    assert found.extreme == 33
    assert [run.extreme for run in found.runs] == [31, 33]


def test_ten_hours_at_once_are_known_when_the_tenth_is_over() -> None:
    watch = whole(after_another((22, 10), (31, 12), (22, 2)))
    [run] = beyond(watch, limit("hot")).runs
    assert run.known_at == START_MS + 20 * HOUR_MS
    assert run.until == START_MS + 22 * HOUR_MS


def test_a_silence_breaks_a_run_as_nobody_knows_what_was_in_it() -> None:
    first = stretch(31, 6)
    second = stretch(31, 6, since=first[-1].until + 45 * MINUTE_MS)
    found = beyond(whole([*first, *second]), limit("hot"))
    assert (len(found.runs), found.is_dwelt, found.span_ms) == (2, False, 12 * HOUR_MS)


def test_the_limit_itself_is_kept() -> None:
    assert beyond(whole(stretch(30.0, 12)), limit("hot")).at_most_ms == 0
    assert beyond(whole(stretch(15.0, 48)), limit("cold")).at_most_ms == 0


def test_a_quarter_of_an_hour_that_only_touched_the_limit_is_possible_and_not_said() -> None:
    found = beyond(whole([sample(START_MS, 29.5, spread=1)]), limit("hot"))
    assert (found.at_least_ms, found.span_ms, found.at_most_ms) == (0, 0, QUARTER_MS)
    assert found.extreme == 30.5


def test_cold_is_judged_from_below_with_the_coldest_as_the_worst() -> None:
    found = beyond(whole(after_another((16, 2), (12, 25), (9, 1), (16, 2))), limit("cold"))
    assert (found.span_ms, found.extreme, found.is_dwelt) == (26 * HOUR_MS, 9, True)


def test_silence_is_no_reading_and_is_judged_by_the_gaps_alone() -> None:
    assert readings(sample(START_MS), limit("stale")) is None
    assert beyond(whole([sample(START_MS)]), limit("stale")).span_ms == 0
    assert "stale" not in [one.limit.rule for one in all_beyond(whole([sample(START_MS)]), LIMITS)]


def test_air_about_to_sweat_is_told_by_its_dew_point() -> None:
    foggy = [sample(START_MS + index * QUARTER_MS, 18, 92) for index in range(8)]
    found = beyond(whole(foggy), limit("condensation"))
    assert found.is_dwelt
    assert found.extreme is not None
    assert 1 < found.extreme < 2


@given(st.floats(-30, 60), st.floats(0, 100))
def test_the_hub_reckons_the_dew_point_as_the_box_does(temperature_c: float, humidity_pct: float) -> None:
    assert dew_gap_k(temperature_c, humidity_pct) == pytest.approx(
        dew_gap_of_the_box(temperature_c, humidity_pct), abs=1e-9
    )
    assert saturation_hpa(temperature_c) == pytest.approx(saturation_of_the_sensor(temperature_c), rel=1e-12)


@given(st.floats(-5, 50), st.floats(5, 95), st.floats(0, 5))
def test_the_gap_to_the_dew_point_lies_between_its_bounds(warm: float, damp: float, spread: float) -> None:
    found = readings(sample(START_MS, warm, damp, spread=spread), limit("condensation"))
    assert found is not None
    assert found[0] <= found[1] <= found[2]


@pytest.mark.parametrize(
    ("temperature_c", "humidity_pct", "wanted_hpa"),
    [(20, 40, 9.33), (15, 54.8, 9.33), (30, 22.0, 9.33), (25, 60, 18.96), (30, 75, 31.75), (22, 50, 13.2)],
)
def test_the_vapour_pressure_is_that_of_the_clinical_table(
    temperature_c: float, humidity_pct: float, wanted_hpa: float
) -> None:
    assert vapour_hpa(temperature_c, humidity_pct) == pytest.approx(wanted_hpa, abs=0.06)


def test_a_watch_of_a_month_is_judged_whatever_lies_around_it() -> None:
    known = after_another((35, 24), (22, 24), (35, 24))
    middle = watch_of(known, START_MS + DAY_MS, START_MS + 2 * DAY_MS)
    assert beyond(middle, limit("hot")).at_most_ms == 0
