"""Is every time of a blood test in exactly one state, whatever people wrote?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.care.appointments import Check
from hub.care.checking.occurrences import Occurrence, nearest_open, occurrences
from hub.care.entries import CheckDone, CheckMoved, Entry, EntryUndone, Fact

FIRST = date(2026, 11, 30)
WEEKLY = Check(id="blood-count", patient="ada", title="Blood count", begins=FIRST, every_days=7)
DAYS = st.integers(0, 60).map(lambda days: FIRST + timedelta(days=days))
DONE = st.builds(CheckDone, check=st.sampled_from(["blood-count", "visit"]), due=DAYS, on=DAYS)
MOVED = st.builds(CheckMoved, check=st.just("blood-count"), due=DAYS, to=DAYS)


def written(*facts: Fact) -> list[Entry]:
    return [Entry(entry=f"e{n}", patient="ada", at=n, by="bea", fact=fact) for n, fact in enumerate(facts)]


def day(days: int) -> date:
    return FIRST + timedelta(days=days)


def the_first(today: date, *facts: Fact) -> Occurrence:
    return occurrences(WEEKLY, written(*facts), today, day(28))[0]


@given(st.lists(st.one_of(DONE, MOVED), max_size=12), DAYS)
def test_every_time_of_a_check_is_there_once_whatever_was_written(facts: list[Fact], today: date) -> None:
    found = occurrences(WEEKLY, written(*facts), today, day(60))
    assert [one.due for one in found] == [day(n) for n in range(0, 61, 7)]
    said = {fact.due for fact in facts if isinstance(fact, CheckDone) and fact.check == "blood-count"}
    assert {one.due for one in found if one.state == "done"} == said & {one.due for one in found}


@given(st.lists(st.one_of(DONE, MOVED), max_size=8), DAYS)
def test_undoing_all_opens_all_again(facts: list[Fact], today: date) -> None:
    undoings = [EntryUndone(entry=f"e{n}") for n in range(len(facts))]
    bare = occurrences(WEEKLY, [], today, day(60))
    assert occurrences(WEEKLY, written(*facts, *undoings), today, day(60)) == bare


def test_it_is_overdue_from_the_day_on_that_the_check_says() -> None:
    assert the_first(day(2)).state == "due"
    assert the_first(day(3)).state == "overdue"
    assert the_first(day(3), CheckDone(check="blood-count", due=FIRST, on=day(3))).state == "done"


def test_moved_it_is_overdue_by_its_new_date_only() -> None:
    moved = CheckMoved(check="blood-count", due=FIRST, to=day(4))
    assert (the_first(day(6), moved).state, the_first(day(6), moved).on) == ("moved", day(4))
    assert the_first(day(7), moved).state == "overdue"
    again = CheckMoved(check="blood-count", due=FIRST, to=day(6))
    assert the_first(day(7), moved, again).on == day(6)


def test_done_ahead_counts_for_the_nearest_open_time() -> None:
    done = written(CheckDone(check="blood-count", due=FIRST, on=FIRST))
    found = occurrences(WEEKLY, done, day(1), day(28))
    ahead = nearest_open(found, day(1))
    assert ahead is not None
    assert ahead.due == day(7)
    assert nearest_open(found[:1], day(1)) is None


def test_what_is_written_of_another_patient_does_not_count() -> None:
    other = replace(written(CheckDone(check="blood-count", due=FIRST, on=FIRST))[0], patient="cem")
    assert occurrences(WEEKLY, [other], FIRST, FIRST)[0].state == "due"


def test_the_last_day_is_included_and_a_single_appointment_comes_once() -> None:
    ending = replace(WEEKLY, until=day(14))
    assert [one.due for one in occurrences(ending, [], FIRST, day(60))] == [FIRST, day(7), day(14)]
    once = replace(WEEKLY, every_days=None)
    assert [one.due for one in occurrences(once, [], FIRST, day(60))] == [FIRST]
    assert occurrences(once, [], FIRST, day(-1)) == ()
    assert len(occurrences(WEEKLY, [], date.max, FIRST)) == 1


def test_of_two_times_as_near_the_earlier_one_is_done() -> None:
    nearest = nearest_open(occurrences(replace(WEEKLY, every_days=2), [], FIRST, day(6)), day(1))
    assert nearest is not None
    assert nearest.due == FIRST


def test_it_is_never_overdue_on_its_own_day() -> None:
    strict = replace(WEEKLY, overdue_days=0)
    assert occurrences(strict, [], FIRST, FIRST)[0].state == "due"
    assert occurrences(strict, [], day(1), FIRST)[0].state == "overdue"


def test_said_twice_that_it_was_done_the_first_one_stands() -> None:
    twice = [CheckDone(check="blood-count", due=FIRST, on=day(n)) for n in (1, 2)]
    assert (the_first(day(9), *twice).on, the_first(day(9), *twice).by) == (day(1), "bea")
