"""Is a sensor that has frozen never believed, and one that reads a steady room always?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import HumiditySpan, TemperatureSpan
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.storing.placement import placement
from hub.care.storing.samples import Gap, Sample, watch_of
from hub.care.storing.stuck import STUCK_MS, believed
from tests.storing_air import LIMITS, QUARTER_MS, START_MS, sample, stretch

STUCK = stretch(21, 24)
steps = st.lists(
    st.tuples(st.sampled_from([21.0, 21.1]), st.sampled_from([45.0, 45.1]), st.integers(0, 3)), max_size=120
)


def lived(found: list[tuple[float, float, int]]) -> list[Sample]:
    """Return samples with silences of up to three quarters of an hour between them."""
    since, known = START_MS, []
    for warm, damp, silent in found:
        known.append(sample(since, warm, damp))
        since += QUARTER_MS * (1 + silent)
    return known


@given(steps)
def test_every_sample_is_believed_or_lies_in_a_stuck_time_and_none_is_lost(
    found: list[tuple[float, float, int]],
) -> None:
    known = lived(found)
    kept, stuck = believed(known)
    doubted = [one for one in known if any(gap.since <= one.since < gap.until for gap in stuck)]
    assert sorted([*kept, *doubted], key=lambda one: one.since) == known
    assert all(gap.span_ms >= STUCK_MS for gap in stuck)


@given(steps)
def test_the_order_in_which_samples_arrive_does_not_matter(found: list[tuple[float, float, int]]) -> None:
    known = lived(found)
    assert believed(reversed(known)) == believed(known)


def test_half_a_day_of_one_reading_is_not_believed() -> None:
    assert believed(STUCK) == ((), (Gap(since=START_MS, until=START_MS + DAY_MS),))


@pytest.mark.parametrize(("hours", "is_believed"), [(11.75, True), (12, False)])
def test_a_little_less_than_half_a_day_may_be_so(hours: float, is_believed: bool) -> None:
    kept, stuck = believed(stretch(21, hours))
    assert bool(kept) == is_believed
    assert bool(stuck) != is_believed


@pytest.mark.parametrize("spread", [0.1, 1.0])
def test_a_sensor_whose_ends_differ_within_a_quarter_of_an_hour_moves(spread: float) -> None:
    moving = [sample(one.since, spread=spread) for one in STUCK]
    assert believed(moving) == (tuple(moving), ())


def test_a_sensor_of_which_only_one_value_stands_still_moves() -> None:
    damp = HumiditySpan(low=44.9, mean=45.0, high=45.1)
    warm = TemperatureSpan(low=20.9, mean=21.0, high=21.1)
    for still in ([replace(one, humidity_pct=damp) for one in STUCK],
                  [replace(one, temperature_c=warm) for one in STUCK]):  # fmt: skip
        assert believed(still)[1] == ()


def test_a_silence_ends_the_time_of_one_reading_as_the_sensor_may_have_been_mended_in_it() -> None:
    first = stretch(21, 8)
    second = stretch(21, 8, since=first[-1].until + 45 * MINUTE_MS)
    assert believed([*first, *second])[1] == ()


def test_a_long_sleep_of_the_box_is_no_stuck_sensor() -> None:
    asleep = sample(START_MS, span_ms=2 * STUCK_MS)
    assert believed([asleep]) == ((asleep,), ())


def test_what_was_read_before_and_after_is_believed() -> None:
    before = [sample(START_MS - HOUR_MS + index * QUARTER_MS, 20.5 + index) for index in range(4)]
    after = [sample(START_MS + DAY_MS + index * QUARTER_MS, 22.5 + index) for index in range(4)]
    kept, [stuck] = believed([*before, *STUCK, *after])
    assert kept == (*before, *after)
    watch = watch_of(kept, before[0].since, after[-1].until, (stuck,))
    assert watch.watched_ms == 2 * HOUR_MS
    assert watch.gaps() == (stuck,) == watch.stuck


def test_of_a_part_of_the_time_only_its_part_was_stuck() -> None:
    kept, stuck = believed(STUCK)
    part = watch_of(kept, START_MS, START_MS + 2 * DAY_MS, stuck).within(
        START_MS + HOUR_MS, START_MS + 3 * HOUR_MS
    )
    assert [gap.span_ms for gap in part.stuck] == [2 * HOUR_MS]
    assert part.within(START_MS + 2 * DAY_MS, START_MS + 3 * DAY_MS).stuck == ()


def test_a_frozen_sensor_never_makes_a_good_place() -> None:
    kept, stuck = believed(stretch(21, 48))
    found = placement(watch_of(kept, START_MS, START_MS + 2 * DAY_MS, stuck), LIMITS, "Europe/London")
    assert found.verdict == "unknown"
