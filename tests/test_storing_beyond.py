"""Is the time beyond a limit what a patient clock would count, and does the dew point agree with the box?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import LightSpan
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.vapour import saturation_hpa, vapour_hpa
from firmware.air import saturation_hpa as saturation_of_the_sensor
from hub.care.storing.beyond import all_beyond, beyond, is_beyond, readings, told_once
from hub.care.storing.samples import Sample, watch_of
from tests.storing_air import LIMITS, QUARTER_MS, START_MS, after_another, limit, sample, stretch, whole

AT_ONCE = replace(limit("hot"), kind=None, window_ms=None)
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
            if one.limit.counts in ("instant", "consecutive"):
                assert (run.known_at is not None) == (run.span_ms >= one.limit.dwell_ms)
            elif run.known_at is not None:
                assert run.since < run.known_at <= run.until
                continue
            if run.known_at is not None:
                assert 0 <= run.known_at - run.since - one.limit.dwell_ms <= longest_ms


def test_hours_above_a_limit_are_summed_over_days() -> None:
    watch = whole(after_another((22, 10), (31, 4), (22, 20), (33, 5.5), (22, 8)))
    found = beyond(watch, limit("hot"))
    assert found.span_ms == 9.5 * HOUR_MS
    assert found.longest_ms == 5.5 * HOUR_MS
    assert not found.is_dwelt, "ten hours are let"
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
    found = beyond(whole([*first, *second]), AT_ONCE)
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


@given(st.floats(-20, 60))
def test_what_the_sensor_is_corrected_by_is_what_the_rules_reckon_with(temperature_c: float) -> None:
    over_water = saturation_of_the_sensor(temperature_c)
    # Over ice there is less vapour; a sensor is corrected by a ratio over a few degrees, where that cancels.
    assert temperature_c < 0 or saturation_hpa(temperature_c) == pytest.approx(over_water, rel=0.0035)
    assert saturation_hpa(temperature_c) <= over_water * 1.0035


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
    assert vapour_hpa(temperature_c, humidity_pct) == pytest.approx(wanted_hpa, rel=0.0035)


def test_a_watch_of_a_month_is_judged_whatever_lies_around_it() -> None:
    known = after_another((35, 24), (22, 24), (35, 24))
    middle = watch_of(known, START_MS + DAY_MS, START_MS + 2 * DAY_MS)
    assert beyond(middle, limit("hot")).at_most_ms == 0


# Hours within a window, means of one, light, and the air of the room.


def test_hours_of_several_days_are_too_many_when_they_are_so_together() -> None:
    watch = whole(after_another((22, 10), (31, 6), (22, 20), (33, 6), (22, 2)))
    first, second = beyond(watch, limit("hot")).runs
    assert first.known_at is None
    assert second.known_at == second.since + 4 * HOUR_MS


def test_hours_that_were_too_many_count_anew() -> None:
    watch = whole(after_another((31, 12), (22, 5), (31, 9.75), (22, 5), (31, 0.5)))
    assert [run.known_at is not None for run in beyond(watch, limit("hot")).runs] == [True, False, True]


def test_hours_that_have_left_the_window_are_not_too_many() -> None:
    week = replace(limit("hot"), window_ms=7 * DAY_MS)
    watch = whole(after_another((31, 9), (22, 24 * 8), (31, 9)))
    assert not beyond(watch, week).is_dwelt
    assert beyond(watch, limit("hot")).is_dwelt


def test_a_damp_day_is_one_by_its_mean_and_a_damp_afternoon_is_not() -> None:
    dry, damp = stretch(21, 24, damp=45), stretch(21, 6, since=START_MS + 24 * HOUR_MS, damp=85)
    assert beyond(whole([*dry, *damp]), limit("damp-day")).span_ms == 0
    more = stretch(21, 4, since=damp[-1].until, damp=85)
    [run] = beyond(whole([*dry, *damp, *more]), limit("damp-day")).runs
    assert run.known_at is not None
    assert run.extreme == pytest.approx((14 * 45 + 10 * 85) / 24)


def test_a_day_of_which_too_little_was_measured_has_no_mean() -> None:
    assert beyond(whole(stretch(21, 18.75, damp=85)), limit("damp-day")).at_most_ms == 0
    assert beyond(whole(stretch(21, 19.25, damp=85)), limit("damp-day")).is_dwelt


def test_the_vapour_of_a_week_tells_of_the_desiccant() -> None:
    sealed = whole(stretch(21, 24 * 7, damp=30))
    assert beyond(sealed, limit("desiccant")).at_most_ms == 0
    spent = beyond(whole(stretch(21, 24 * 7, damp=45)), limit("desiccant"))
    assert spent.is_dwelt
    assert spent.extreme == pytest.approx(vapour_hpa(21, 45))


def test_light_is_judged_where_it_was_seen_and_nowhere_else() -> None:
    bright = [replace(one, light_pct=LightSpan(low=60, mean=70, high=80)) for one in stretch(21, 2)]
    assert beyond(whole(bright), limit("light")).is_dwelt
    assert beyond(whole(stretch(21, 2)), limit("light")).at_most_ms == 0


def test_what_was_read_with_a_lid_open_is_no_damp_of_the_box_and_breaks_none() -> None:
    damp = stretch(21, 7, damp=80)
    aired = [replace(one, is_aired=place == 12) for place, one in enumerate(damp)]
    [run] = beyond(whole(aired), limit("damp")).runs
    assert run.known_at == START_MS + 6 * HOUR_MS
    room = [replace(one, is_aired=True) for one in damp]
    assert beyond(whole(room), limit("damp")).at_most_ms == 0
    assert beyond(whole([replace(one, is_aired=True) for one in stretch(41, 1)]), limit("heat")).is_dwelt


def test_two_limits_at_one_value_are_told_once() -> None:
    found = all_beyond(whole(stretch(31, 11)), LIMITS)
    told = [one.limit.rule for one in told_once(one for one in found if one.span_ms)]
    assert "hot" in told
    assert "hot-day" not in told
    longer = all_beyond(whole(stretch(31, 30)), LIMITS)
    assert {"hot", "hot-day"} <= {one.limit.rule for one in told_once(longer)}
