"""Is it always known for which time the air was measured, and is silence never taken for a reading?"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS, MINUTE_MS
from hub.care.storing.samples import GAP_MS, Gap, Sample, Watch, watch_of
from tests.storing_air import QUARTER_MS, START_MS, sample, stretch

samples = st.lists(
    st.builds(
        sample,
        st.integers(START_MS, START_MS + 6 * HOUR_MS),
        st.floats(-20, 60),
        span_ms=st.integers(-HOUR_MS, 2 * HOUR_MS),
    ),
    max_size=30,
)
instants = st.integers(START_MS - 2 * HOUR_MS, START_MS + 9 * HOUR_MS)


@given(samples, instants, instants)
def test_no_instant_is_told_twice_or_from_outside_the_time(
    given_ones: list[Sample], begin: int, end: int
) -> None:
    watch = watch_of(given_ones, begin, end)
    assert all(one.span_ms > 0 for one in watch.samples)
    assert all(watch.begin <= one.since and one.until <= watch.end for one in watch.samples)
    assert all(one.until <= other.since for one, other in pairwise(watch.samples))
    assert 0 <= watch.watched_ms <= watch.span_ms
    assert 0 <= watch.coverage <= 1


@given(samples, instants, instants)
def test_what_is_not_watched_is_a_gap_unless_it_is_as_short_as_between_two_readings(
    given_ones: list[Sample], begin: int, end: int
) -> None:
    watch = watch_of(given_ones, begin, end)
    unknown_ms = watch.span_ms - watch.watched_ms
    named_ms = sum(gap.span_ms for gap in watch.gaps())
    assert named_ms <= unknown_ms
    assert unknown_ms - named_ms <= 2 * GAP_MS, "only at both ends may less than a gap be left unsaid"
    assert all(gap.span_ms > GAP_MS for gap in watch.gaps())


@given(samples)
def test_the_order_in_which_samples_arrive_does_not_matter(given_ones: list[Sample]) -> None:
    end = START_MS + 9 * HOUR_MS
    known = {(one.since, one.until): one for one in given_ones}.values()
    assert watch_of(known, START_MS, end) == watch_of(reversed([*known]), START_MS, end)


@given(samples, instants, instants, instants)
def test_what_is_known_of_two_halves_is_what_is_known_of_the_whole(
    given_ones: list[Sample], one: int, other: int, third: int
) -> None:
    begin, middle, end = sorted((one, other, third))
    watch = watch_of(given_ones, begin, end)
    halves = watch.within(begin, middle), watch.within(middle, end)
    assert sum(half.watched_ms for half in halves) == watch.watched_ms


def test_a_sample_that_comes_twice_counts_once() -> None:
    watch = watch_of([sample(START_MS), sample(START_MS)], START_MS, START_MS + HOUR_MS)
    assert watch.watched_ms == QUARTER_MS


def test_of_two_samples_about_one_instant_the_earlier_one_counts() -> None:
    early, late = sample(START_MS, 20), sample(START_MS + QUARTER_MS // 2, 30)
    watch = watch_of([late, early], START_MS, START_MS + HOUR_MS)
    assert [(one.span_ms, one.temperature_c.mean) for one in watch.samples] == [
        (QUARTER_MS, 20),
        (QUARTER_MS // 2, 30),
    ]


@pytest.mark.parametrize(("silent_min", "gaps"), [(5, 0), (30, 0), (31, 1), (600, 1)])
def test_only_a_silence_longer_than_half_an_hour_is_a_gap(silent_min: int, gaps: int) -> None:
    since = START_MS + QUARTER_MS + silent_min * MINUTE_MS
    watch = watch_of([sample(START_MS), sample(since)], START_MS, since + QUARTER_MS)
    assert len(watch.gaps()) == gaps
    assert watch.is_enough == (silent_min < 31)


def test_a_sample_that_spans_a_sleep_of_the_box_tells_of_a_quarter_of_an_hour() -> None:
    asleep = sample(START_MS, span_ms=8 * HOUR_MS)
    watch = watch_of([asleep], START_MS, START_MS + 8 * HOUR_MS)
    assert watch.watched_ms == QUARTER_MS
    assert watch.gaps() == (Gap(since=START_MS + QUARTER_MS, until=START_MS + 8 * HOUR_MS),)


def test_a_sensor_that_never_spoke_is_one_gap_and_never_enough() -> None:
    watch = watch_of([], START_MS, START_MS + HOUR_MS)
    assert watch.gaps() == (Gap(since=START_MS, until=START_MS + HOUR_MS),)
    assert (watch.coverage, watch.is_enough) == (0.0, False)


def test_a_time_that_does_not_exist_is_covered_by_nothing() -> None:
    assert watch_of(stretch(22, 2), START_MS + HOUR_MS, START_MS).coverage == 0.0
    assert Watch(begin=START_MS, end=START_MS).gaps() == ()


def test_four_fifths_of_a_time_are_enough_and_less_is_not() -> None:
    known = stretch(22, 8)
    assert watch_of(known, START_MS, START_MS + 10 * HOUR_MS).is_enough
    assert not watch_of(known, START_MS, START_MS + 10 * HOUR_MS + MINUTE_MS).is_enough
