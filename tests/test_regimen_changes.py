"""Does a change leave the past alone, do versions never overlap, and is what changes said day by day?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.care.happenings import HouseholdChanged
from hub.care.people import AsNeeded, Hold, Interval, Regimen, Rhythm, Step
from hub.care.regimens.amounts import amount_of, amount_words
from hub.care.regimens.changing import (
    changed_from,
    covers,
    dated_steps,
    held,
    keeps_rhythm,
    resumed,
    running_step,
    stopped_from,
)
from hub.care.regimens.previewing import day_changes, day_words, no_longer, read_back, to_empty
from hub.care.schedule import local_time, slots_between
from tests import care_days
from tests.home_examples import home, regimen

MONDAY = date(2026, 12, 7)
CLINIC = Hold(begins=MONDAY, until=None, by="clinic", why="infection")
START = replace(regimen({"08:00": 0.5}, begins=date(2026, 1, 1)), holds=())

days = st.dates(date(2025, 12, 1), date(2027, 3, 1))
amounts = st.integers(1, 8).map(lambda halves: halves / 2)
takings = st.dictionaries(st.sampled_from(["01:30", "08:00", "14:00", "20:00"]), amounts, min_size=1)


@st.composite
def changes(draw: st.DrawFn) -> tuple[date, tuple[Step, ...]]:
    """Draw a change: the date and the steps from it."""
    day = draw(days)
    offsets = draw(st.sets(st.integers(1, 60), max_size=3))
    versions = {day + timedelta(days=offset): draw(takings) for offset in {0, *offsets}}
    steps = dated_steps(versions, compartments={}, by="clinic", why="titration")
    rhythm = Rhythm(every_days=draw(st.none() | st.integers(1, 4)))
    return day, tuple(replace(step, rhythm=rhythm) for step in steps) if draw(st.booleans()) else ()


def explained_by(one: Regimen, day: date) -> list[Step]:
    return [step for step in one.steps if step.begins <= day and (step.until is None or day <= step.until)]


@settings(max_examples=60, deadline=None)
@given(st.lists(changes(), min_size=1, max_size=6))
def test_versions_never_overlap_and_each_slot_has_exactly_one(
    made: list[tuple[date, tuple[Step, ...]]],
) -> None:
    one = START
    for day, steps in made:
        one = changed_from(one, day, steps)
    for earlier, later in pairwise(one.steps):
        assert earlier.until is not None
        assert earlier.until < later.begins
    for step in one.steps:
        assert step.until is None or step.begins <= step.until
    for slot in slots_between(home(one), one, date(2026, 1, 1), date(2026, 12, 31)):
        day = date.fromisoformat(slot.slot.split("/")[1])
        assert len(explained_by(one, day)) == 1
        assert running_step(one, day) == explained_by(one, day)[0]


@settings(max_examples=60, deadline=None)
@given(changes(), changes())
def test_nothing_before_the_day_of_a_change_changes(
    first: tuple[date, tuple[Step, ...]], second: tuple[date, tuple[Step, ...]]
) -> None:
    old = changed_from(START, *first)
    new = changed_from(old, *second)
    until = second[0] - timedelta(days=1)
    seen = [
        [(slot.slot, slot.due_at, slot.amounts) for slot in slots_between(home(one), one, START_DAY, until)]
        for one in (old, new)
    ]
    assert seen[0] == seen[1]


START_DAY = date(2026, 1, 1)


@settings(max_examples=60, deadline=None)
@given(changes(), st.sampled_from(["Europe/London", "America/New_York"]))
def test_times_of_the_day_stay_on_the_wall_clock_over_every_change_of_the_clocks(
    change: tuple[date, tuple[Step, ...]], zone: str
) -> None:
    one = changed_from(START, *change)
    for slot in slots_between(home(one, zone=zone), one, START_DAY, date(2026, 12, 31)):
        shown = local_time(zone, slot.due_at)
        named = slot.slot.split("/")
        # 01:30 is jumped over on one night in London; the schedule shifts it.
        assert f"{shown:%H:%M}" == named[2] or (named[2], f"{shown:%H:%M}") == ("01:30", "02:30")
        assert shown.date().isoformat() == named[1]


def test_a_change_ends_the_running_step_the_day_before_and_replaces_later_ones() -> None:
    steps = dated_steps({date(2026, 12, 21): {"08:00": 2.0}}, compartments={})
    planned = changed_from(START, date(2026, 12, 21), steps)
    now = changed_from(planned, MONDAY, dated_steps({MONDAY: {"08:00": 1.0}}, compartments={}))
    assert [(step.begins, step.until, dict(step.times)) for step in now.steps] == [
        (START_DAY, date(2026, 12, 6), {"08:00": 0.5}),
        (MONDAY, None, {"08:00": 1.0}),
    ]


def test_a_stop_leaves_the_past_and_nothing_else() -> None:
    stopped = stopped_from(START, MONDAY)
    assert [(step.begins, step.until) for step in stopped.steps] == [(START_DAY, date(2026, 12, 6))]
    assert stopped_from(START, START_DAY).steps == ()


def test_a_titration_is_one_list_of_steps_without_a_gap() -> None:
    steps = dated_steps(
        {date(2026, 12, 21): {"08:00": 1.0}, MONDAY: {"20:00": 1.0, "08:00": 0.5}},
        compartments={"20:00": "a2"},
        by="clinic",
    )
    assert [(step.begins, step.until) for step in steps] == [
        (MONDAY, date(2026, 12, 20)),
        (date(2026, 12, 21), None),
    ]
    assert [dict(step.compartments) for step in steps] == [{"20:00": "a2"}, {}]
    assert list(steps[0].times) == ["08:00", "20:00"]


def test_a_hold_without_an_end_lasts_until_somebody_resumes_it() -> None:
    paused = held(START, CLINIC)
    assert covers(paused.holds[0], date(2035, 1, 1))
    again = resumed(paused, date(2026, 12, 10), by="clinic")
    assert [(hold.begins, hold.until, hold.why) for hold in again.holds] == [
        (MONDAY, date(2026, 12, 9), "infection (ended by clinic)")
    ]


def test_a_resume_leaves_holds_alone_that_are_over_or_begin_later() -> None:
    over = replace(CLINIC, begins=date(2026, 11, 1), until=date(2026, 11, 3))
    later = replace(CLINIC, begins=date(2026, 12, 24))
    paused = held(held(held(START, later), CLINIC), over)
    assert paused.holds == (over, CLINIC, later)
    again = resumed(paused, date(2026, 12, 8), by="clinic")
    assert again.holds[0] == over
    assert again.holds[2] == later
    assert resumed(held(START, CLINIC), MONDAY, by="clinic").holds == ()


@pytest.mark.parametrize(
    ("text", "tablets"),
    [
        ("1", 1), ("0.5", 0.5), ("1/2", 0.5), ("½", 0.5), ("1½", 1.5), ("1 1/2", 1.5), (" 2 ", 2),
        ("0.25", 0.25), ("3/4", 0.75), ("1.50", 1.5), ("12", 12),
        ("1/3", None), ("0.33", None), ("⅓", None), ("-1", None), ("0", None), ("1/0", None), ("", None),
        ("one", None), ("1e3", None), ("٣", None), ("nan", None), ("½½", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it_and_thirds_are_not(text: str, tablets: float | None) -> None:
    assert amount_of(text) == tablets


@given(st.integers(1, 800).map(lambda eighths: eighths / 8))
def test_an_amount_that_was_written_is_read_back(tablets: float) -> None:
    assert amount_of(amount_words(tablets)) == tablets


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_none(text: str) -> None:
    found = amount_of(text)
    assert found is None or (found > 0 and found * 8 == int(found * 8))


def test_a_step_without_times_of_the_day_is_named_too_when_a_change_takes_it_out() -> None:
    every = Interval(first="08:00", every_ms=8 * 3_600_000, amount=1)
    need = AsNeeded(amount=1, least_gap_ms=6 * 3_600_000, most_a_day=4, reason="pain")
    old = replace(
        START,
        steps=(
            replace(START.steps[0], until=date(2026, 12, 6)),
            Step(begins=MONDAY, until=date(2026, 12, 13), times={}, interval=every),
            Step(begins=date(2026, 12, 14), until=None, times={}, as_needed=need),
        ),
    )
    assert no_longer(old, stopped_from(old, date(2026, 12, 1))) == [
        "from Monday 7 December: at an interval",
        "from Monday 14 December: as needed",
    ]
    assert no_longer(old, old) == []


def test_a_change_is_read_back_as_one_question() -> None:
    steps = dated_steps(
        {
            MONDAY: {"08:00": 1.0, "20:00": 0.5},
            date(2026, 12, 21): {"08:00": 0.5, "14:00": 1.0, "20:00": 0.5},
        },
        compartments={},
    )
    assert read_back(steps[:1], MONDAY) == "from Monday 7 December: 1 at 08:00 and ½ at 20:00; is that right?"
    assert read_back(steps, MONDAY).endswith(
        "; from Monday 21 December: ½ at 08:00, 1 at 14:00 and ½ at 20:00; is that right?"
    )
    assert day_words(date(2026, 3, 1)) == "Sunday 1 March"
    assert day_words(MONDAY, date(2026, 11, 23)) == "Monday 7 December"
    assert day_words(date(2027, 12, 7), date(2026, 11, 23)) == "Tuesday 7 December 2027"
    assert day_words(date(2025, 12, 7), date(2026, 11, 23)) == "Sunday 7 December 2025"


def test_what_changes_is_shown_day_by_day_over_the_seam() -> None:
    new = changed_from(START, MONDAY, dated_steps({MONDAY: {"08:00": 1.0, "20:00": 0.5}}, compartments={}))
    found = day_changes(home(START), START, new, [MONDAY])
    assert [change.day.day for change in found] == list(range(6, 14))
    assert (found[0].before, found[0].after, found[0].is_different) == ("08:00 ½", "08:00 ½", False)
    assert (found[1].before, found[1].after) == ("08:00 ½", "08:00 1, 20:00 ½")
    stopped = day_changes(home(START), START, stopped_from(START, MONDAY), [MONDAY])
    assert stopped[1].after == "nothing"
    paused = day_changes(home(START), START, held(START, CLINIC), [MONDAY])
    assert paused[1].after == "08:00 ½ (on hold)"


def test_the_lids_to_empty_are_those_of_the_coming_week_under_the_hold() -> None:
    one = replace(START, steps=(replace(START.steps[0], times={"08:00": 0.5, "20:00": 1.0}),))
    hold = replace(CLINIC, until=date(2026, 12, 8))
    assert to_empty(home(one), one, hold, date(2026, 12, 2)) == [
        "Monday morning", "Monday evening", "Tuesday morning", "Tuesday evening"
    ]  # fmt: skip
    # A week ahead this Tuesday's dose lies under the lid: emptied, it would be missed.
    assert to_empty(home(one), one, hold, date(2026, 12, 1)) == ["Monday morning", "Monday evening"]
    assert to_empty(home(one), one, hold, date(2026, 11, 30)) == []
    assert to_empty(home(one), one, hold, date(2026, 12, 8)) == ["Tuesday morning", "Tuesday evening"]
    assert len(to_empty(home(one), one, CLINIC, MONDAY)) == 14
    assert to_empty(home(one), replace(one, box=None), CLINIC, MONDAY) == []


def test_a_rhythm_goes_on_over_a_change_only_where_it_falls_on_the_same_days() -> None:
    step = Step(begins=MONDAY, until=None, times={"08:00": 1.0}, rhythm=Rhythm(cycle=(21, 7)))
    assert keeps_rhythm(step, date(2027, 1, 4))
    assert not keeps_rhythm(step, date(2027, 1, 3))
    weekly = replace(step, rhythm=Rhythm(weekdays=("mon",)))
    assert keeps_rhythm(weekly, date(2026, 12, 9))
    assert not keeps_rhythm(replace(step, rhythm=Rhythm(every_days=2)), date(2026, 12, 8))


@pytest.mark.parametrize(
    ("rhythm", "sentence"),
    [
        (Rhythm(weekdays=("mon", "thu")), "1 at 08:00, only on Monday and Thursday; is that right?"),
        (Rhythm(every_days=2), "1 at 08:00, every 2 days; is that right?"),
        (Rhythm(cycle=(21, 7)), "1 at 08:00, 21 days on and 7 days off; is that right?"),
    ],
)
def test_a_rhythm_is_read_back_with_its_change(rhythm: Rhythm, sentence: str) -> None:
    steps = dated_steps({MONDAY: {"08:00": 1.0}}, compartments={}, rhythm=rhythm)
    assert read_back(steps, MONDAY) == f"from Monday 7 December: {sentence}"


def test_a_hold_entered_at_noon_excuses_what_is_open_and_a_resume_brings_the_rest_back() -> None:
    one = care_days.regimen()
    keeper = care_days.Keeper(care_days.household(regimens=[one]))
    keeper.send(care_days.at("08:05"), care_days.taken(care_days.MORNING, care_days.at("08:05")))
    keeper.live(care_days.at("13:00"))
    paused = held(one, replace(CLINIC, begins=date(2026, 11, 23)))
    home_now = care_days.household(regimens=[paused])
    keeper.do(HouseholdChanged(at=care_days.at("13:00"), household=home_now))
    keeper.live(care_days.at("18:00", 24))
    again = care_days.household(regimens=[resumed(paused, date(2026, 11, 25), by="clinic")])
    keeper.do(HouseholdChanged(at=care_days.at("18:00", 24), household=again))
    keeper.live(care_days.at("13:00", 25))
    assert [(note.slot[13:], note.outcome) for note in keeper.notes] == [
        ("2026-11-23/08:00", "taken"),
        ("2026-11-23/20:00", "held"),
        ("2026-11-24/08:00", "held"),
        ("2026-11-24/20:00", "held"),
        ("2026-11-25/08:00", "unconfirmed"),
    ]
