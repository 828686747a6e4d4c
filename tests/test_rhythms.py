"""Do rhythms fall on their days, and do intervals let as many hours pass whatever the clocks do?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS, MINUTE_MS
from hub.care.people import AsNeeded, Interval, Regimen, Rhythm, Step
from hub.care.planning import plan_of, planned_slots
from hub.care.schedule import WEEKDAYS, is_rhythm_day, local_time, slots_between, slots_of_day
from tests.home_examples import at, home, ids, regimen, text_of

BEGINS = date(2026, 12, 7)  # a Monday
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Antarctica/Troll"]


def stepped(*steps: Step, box: str | None = "kitchen") -> Regimen:
    """Make the usual regimen with other steps."""
    return replace(regimen({"08:00": 1.0}), steps=steps, box=box)


def rhythmic(rhythm: Rhythm) -> Step:
    """Make a step of one tablet at 08:00 in a rhythm."""
    return Step(begins=BEGINS, until=None, times={"08:00": 1.0}, rhythm=rhythm)


def spaced(first: str, every_h: int, begins: date = BEGINS, until: date | None = None) -> Step:
    """Make a step of one tablet every so many hours."""
    every = Interval(first=first, every_ms=every_h * HOUR_MS, amount=1.0)
    return Step(begins=begins, until=until, interval=every)


def days_of(step: Step, first: date, last: date) -> list[str]:
    """Return the dates that have a slot."""
    one = stepped(step)
    return [slot.slot.split("/")[1] for slot in slots_between(home(one), one, first, last)]


def test_weekdays_are_those_of_the_calendar() -> None:
    step = rhythmic(Rhythm(weekdays=("mon", "thu")))
    found = days_of(step, BEGINS, BEGINS + timedelta(days=13))
    assert found == ["2026-12-07", "2026-12-10", "2026-12-14", "2026-12-17"]


def test_every_other_day_is_counted_from_the_first_date_of_the_step() -> None:
    found = days_of(rhythmic(Rhythm(every_days=2)), date(2026, 12, 1), date(2026, 12, 12))
    assert found == ["2026-12-07", "2026-12-09", "2026-12-11"]


def test_a_cycle_of_28_days_gives_21_days_and_rests_7() -> None:
    found = days_of(rhythmic(Rhythm(cycle=(21, 7))), BEGINS, BEGINS + timedelta(days=55))
    gaps = [(date.fromisoformat(b) - date.fromisoformat(a)).days for a, b in pairwise(found)]
    assert len(found) == 42
    assert gaps == [1] * 20 + [8] + [1] * 20


@given(
    st.lists(st.sampled_from(WEEKDAYS), unique=True).map(tuple),
    st.none() | st.integers(1, 60),
    st.none() | st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.integers(0, 900),
)
def test_a_rhythm_is_the_sum_of_its_rules(
    weekdays: tuple[str, ...], every: int | None, cycle: tuple[int, int] | None, after: int
) -> None:
    day = BEGINS + timedelta(days=after)
    rules = [Rhythm(weekdays=weekdays), Rhythm(every_days=every), Rhythm(cycle=cycle)]
    both = Rhythm(weekdays=weekdays, every_days=every, cycle=cycle)
    assert is_rhythm_day(both, BEGINS, day) == all(is_rhythm_day(rule, BEGINS, day) for rule in rules)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(3, 72),
    st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    st.integers(1, 40),
)
def test_an_interval_keeps_its_elapsed_gap_over_every_change_of_the_clocks(
    zone: str, hour: int, every_h: int, begins: date, length: int
) -> None:
    one = stepped(spaced(f"{hour:02d}:00", every_h, begins))
    slots = slots_between(home(one, zone=zone), one, begins, begins + timedelta(days=length))
    assert {b.due_at - a.due_at for a, b in pairwise(slots)} <= {every_h * HOUR_MS}
    assert len(set(ids(slots))) == len(slots)
    for slot in slots:
        shown = local_time(zone, slot.due_at)
        assert slot.slot == f"aza/{shown:%Y-%m-%d}/{shown:%H:%M}"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ZONES), st.integers(3, 72), st.dates(date(2026, 1, 1), date(2026, 12, 1)))
def test_the_days_of_an_interval_asked_one_by_one_are_those_asked_at_once(
    zone: str, every_h: int, begins: date
) -> None:
    one = stepped(spaced("08:00", every_h, begins))
    house = home(one, zone=zone)
    span = [begins + timedelta(days=number) for number in range(10)]
    single = [slot for day in span for slot in slots_of_day(house, one, day)]
    assert tuple(single) == slots_between(house, one, span[0], span[-1])


def test_an_interval_moves_on_the_clock_where_a_time_of_the_day_stays() -> None:
    begins = date(2026, 10, 24)
    by_hours = stepped(spaced("08:00", 12, begins))
    slots = slots_between(home(by_hours), by_hours, begins, date(2026, 10, 25))
    assert [slot.slot[-5:] for slot in slots] == ["08:00", "20:00", "07:00", "19:00"]
    by_clock = stepped(Step(begins=begins, until=None, times={"08:00": 1.0, "20:00": 1.0}))
    slots = slots_between(home(by_clock), by_clock, begins, date(2026, 10, 25))
    assert [text_of(slot.due_at)[11:16] for slot in slots] == ["07:00", "19:00", "08:00", "20:00"]


def test_an_interval_begins_and_ends_with_its_step() -> None:
    one = stepped(spaced("20:00", 8, until=date(2026, 12, 8)))
    slots = slots_between(home(one), one, date(2026, 12, 1), date(2026, 12, 20))
    assert [slot.slot[4:] for slot in slots] == [
        "2026-12-07/20:00", "2026-12-08/04:00", "2026-12-08/12:00", "2026-12-08/20:00"
    ]  # fmt: skip


def test_an_interval_lies_where_its_first_time_lies() -> None:
    step = replace(spaced("08:00", 8), compartments={"08:00": "a2"})
    one = stepped(step, box="hall")
    assert {slot.compartment for slot in slots_of_day(home(one), one, date(2026, 12, 9))} == {"a2"}
    week = stepped(spaced("08:00", 8))
    found = [slot.compartment for slot in slots_of_day(home(week), week, date(2026, 12, 9))]
    assert found == ["wed-am", "wed-am", "wed-pm"]


def test_what_is_taken_as_needed_has_no_slots() -> None:
    need = AsNeeded(amount=1.0, least_gap_ms=6 * HOUR_MS, most_a_day=4, reason="pain")
    one = stepped(Step(begins=BEGINS, until=None, as_needed=need))
    assert slots_between(home(one), one, BEGINS, BEGINS + timedelta(days=30)) == ()


def test_what_lies_in_no_box_is_in_no_plan_and_is_there_all_the_same() -> None:
    one = stepped(rhythmic(Rhythm(weekdays=("mon",))), box=None)
    house, now = home(one), at("2026-12-07T06:00Z")
    slots = planned_slots(house, "ada", now)
    assert [(slot.box, slot.compartment) for slot in slots] == [("", "")] * 3
    assert all(not plan_of(house, box, slots, now).slots for box in house.boxes)


@pytest.mark.parametrize(
    ("rhythm", "closes_h"), [(Rhythm(), 12), (Rhythm(every_days=2), 12), (Rhythm(weekdays=("mon",)), 12)]
)
def test_half_the_way_to_the_next_is_at_most_half_a_day_where_days_are_left_out(
    rhythm: Rhythm, closes_h: int
) -> None:
    one = stepped(rhythmic(rhythm))
    one = replace(one, window=replace(one.window, closes_ms=None))
    (slot,) = slots_of_day(home(one), one, BEGINS)
    assert slot.closes_at - slot.due_at == closes_h * HOUR_MS


def test_half_the_way_to_the_next_of_an_interval_is_half_the_interval() -> None:
    one = stepped(spaced("08:00", 8))
    one = replace(one, window=replace(one.window, closes_ms=None, late_ms=30 * MINUTE_MS))
    for slot in slots_of_day(home(one), one, date(2026, 12, 9)):
        assert slot.closes_at - slot.due_at == 4 * HOUR_MS
