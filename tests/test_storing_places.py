"""Does a place show its damp hours, and is it judged by what was measured there and never by silence?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS
from hub.care.storing.hours import Habit, habits
from hub.care.storing.placement import placement
from hub.care.storing.samples import Sample, watch_of
from tests.storing_air import LIMITS, QUARTER_MS, START_MS, after_another, days_of, limit, sample, stretch

LONDON = "Europe/London"


def place(samples: list[Sample], hours: float = 48) -> tuple[str, list[Habit]]:
    found = placement(watch_of(samples, START_MS, START_MS + round(hours * HOUR_MS)), LIMITS, LONDON)
    return found.verdict, list(found.habits)


def found_habits(samples: list[Sample], zone: str = LONDON, rule: str = "damp") -> list[tuple[int, ...]]:
    watch = watch_of(samples, samples[0].since, samples[-1].until)
    return [(one.begins, one.ends, one.days, one.seen_days) for one in habits(watch, limit(rule), zone)]


def damp_from(begins: float, ends: float, on: range | None = None, days: int = 14) -> list[Sample]:
    def air(day: int, hour: float) -> tuple[float, float]:
        return 22.0, 85.0 if begins <= hour < ends and (on is None or day in on) else 50.0

    return days_of(days, air)


def test_a_shelf_that_is_damp_on_nine_of_fourteen_mornings_says_so() -> None:
    assert found_habits(damp_from(7, 9, range(9))) == [(7, 9, 9, 14)]


def test_what_happens_on_few_days_is_no_habit() -> None:
    assert found_habits(damp_from(7, 9, range(4))) == []
    assert found_habits(damp_from(7, 9, range(5))) == [(7, 9, 5, 14)]


def test_once_is_no_habit_in_any_time() -> None:
    assert found_habits(damp_from(7, 9, range(1), days=2)) == []
    assert found_habits(damp_from(7, 9, range(2), days=2)) == [(7, 9, 2, 2)]


def test_hours_around_midnight_are_one_habit_of_the_evening_before() -> None:
    found = days_of(14, lambda day, hour: (22.0, 90.0 if hour >= 22 or hour < 2 else 50.0))
    [(begins, ends, days, seen)] = found_habits(found)
    assert (begins, ends) == (22, 2)
    assert (days, seen) == (15, 15), "the first night began on the day before"


def test_two_habits_of_one_day_are_two() -> None:
    found = days_of(10, lambda day, hour: (22.0, 90.0 if 7 <= hour < 8 or 19 <= hour < 21 else 50.0))
    assert [one[:2] for one in found_habits(found)] == [(7, 8), (19, 21)]


def test_a_place_that_is_always_damp_is_damp_all_day() -> None:
    assert found_habits(damp_from(0, 24)) == [(0, 0, 14, 14)]


def test_hours_are_those_of_the_patients_clock() -> None:
    """In Nepal it is five hours and three quarters later than in Greenwich."""
    [(begins, ends, *_)] = found_habits(damp_from(1.25, 3.25), "Asia/Kathmandu")
    assert (begins, ends) == (7, 9)


def test_the_hour_stays_the_same_when_the_clocks_change() -> None:
    begin = datetime(2026, 10, 18, tzinfo=UTC)
    found = []
    for index in range(14 * 96):
        at = begin + timedelta(minutes=15 * index)
        local_hour = at.hour + (1 if at < datetime(2026, 10, 25, 1, tzinfo=UTC) else 0)
        found.append(sample(int(at.timestamp()) * 1000, 22, 85 if local_hour in (7, 8) else 50))
    assert found_habits(found) == [(7, 9, 14, 14)]


def test_mornings_on_which_nobody_measured_do_not_count_as_dry_ones() -> None:
    known = [one for one in damp_from(7, 9, range(9)) if (one.since - START_MS) // DAY_MS < 10]
    assert found_habits(known) == [(7, 9, 9, 10)]


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=1, max_size=300))
def test_a_habit_never_counts_more_days_than_were_seen(found: list[tuple[float, bool]]) -> None:
    known = [
        sample(START_MS + index * QUARTER_MS * 4, 22, damp)
        for index, (damp, spoke) in enumerate(found)
        if spoke or not index
    ]
    for begins, ends, days, seen in found_habits(known):
        assert 2 <= days <= seen
        assert 0 <= begins < 24
        assert 0 <= ends < 24


def test_a_dry_and_mild_place_keeps_the_limits() -> None:
    assert place(stretch(21, 48)) == ("kept", [])


def test_a_bathroom_is_found_damp_at_its_hours_although_no_dwell_was_reached() -> None:
    verdict, found = place(damp_from(7, 9, days=2))
    assert verdict == "touched"
    assert [(one.limit.rule, one.begins, one.ends, one.days) for one in found] == [("damp", 7, 9, 2)]


@pytest.mark.parametrize(
    ("samples", "verdict"),
    [
        (after_another((22, 20), (41, 0.5), (22, 27.5)), "passed"),
        (after_another((22, 20), (31, 11), (22, 17)), "passed"),
        (after_another((22, 20), (31, 2), (22, 26)), "touched"),
        (after_another((26, 23), (22, 25)), "touched"),
        (after_another((26, 25), (22, 23)), "passed"),
        (after_another((14, 48)), "passed"),
        (stretch(22, 48, damp=80), "passed"),
        (stretch(25, 48), "kept"),
    ],
)
def test_a_place_is_judged_by_each_limit_of_the_medicine(samples: list[Sample], verdict: str) -> None:
    assert place(samples)[0] == verdict


@pytest.mark.parametrize("hours", [0.25, 12, 24, 38])
def test_a_place_of_which_too_little_was_read_is_unknown_however_mild_it_was(hours: float) -> None:
    assert place(stretch(21, hours))[0] == "unknown"


def test_a_place_of_which_nothing_was_read_is_unknown() -> None:
    assert place([]) == ("unknown", [])


def test_too_hot_is_too_hot_however_little_was_read() -> None:
    assert place(stretch(45, 1))[0] == "passed"


def test_a_medicine_without_limits_has_none_that_a_place_could_keep() -> None:
    watch = watch_of(stretch(21, 48), START_MS, START_MS + 2 * DAY_MS)
    assert placement(watch, (), LONDON).verdict == "unknown"
    assert placement(watch, (limit("stale"),), LONDON).verdict == "unknown"


@given(st.lists(st.tuples(st.floats(-10, 50), st.floats(0, 100), st.booleans()), max_size=200))
def test_a_place_is_kept_only_if_enough_was_measured_and_nothing_was_beyond(
    found: list[tuple[float, float, bool]],
) -> None:
    known = [
        sample(START_MS + index * QUARTER_MS, warm, damp)
        for index, (warm, damp, spoke) in enumerate(found)
        if spoke
    ]
    seen = placement(watch_of(known, START_MS, START_MS + 2 * DAY_MS), LIMITS, LONDON)
    if seen.verdict == "kept":
        assert seen.watch.coverage >= 0.8
        assert not any(one.at_most_ms for one in seen.beyond)
    if any(one.is_dwelt for one in seen.beyond):
        assert seen.verdict == "passed"
