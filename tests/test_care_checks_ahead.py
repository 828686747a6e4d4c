"""Is the patient reminded of a blood test in time, once, by day, and never of one that is over?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, instant_ms
from hub.care.appointments import Check
from hub.care.checking.occurrences import occurrences
from hub.care.checking.suggesting import suggested
from hub.care.entries import CheckDone, CheckMoved, Fact
from hub.care.happenings import EntryMade, HouseholdChanged
from hub.care.leaflets import CheckPhase, CheckRhythm
from hub.care.ledger import MessageRecord
from hub.medicines import read_cabinet
from hub.writing import entry_of
from tests.care_days import Keeper, at, household

FIFTY = read_cabinet()["azathioprine-50mg-tablet"]
DUE = date(2026, 11, 27)
BLOOD = Check(
    id="blood-count", patient="ada", title="Blood count", begins=DUE, every_days=14, time="09:30",
    place="the practice", bring="the list of medicines",
)  # fmt: skip


def started(*checks: Check, phone: bool = True, clock: str = "10:00") -> Keeper:
    home = household(phone=phone)
    home.medicines[FIFTY.id] = FIFTY  # type: ignore[index]  # the example's mapping is a dict
    keeper = Keeper(replace(home, checks=checks or (BLOOD,)))
    keeper.do_at(at(clock))
    return keeper


def said(keeper: Keeper, fact: Fact, now: int) -> None:
    keeper.do(EntryMade(at=now, entry=entry_of("ada", fact, by="bea", at_ms=now)))


def reminders(keeper: Keeper) -> list[MessageRecord]:
    return [message for message in keeper.messages if message.kind == "check"]


def test_two_days_before_and_on_the_day_at_nine_the_phone_says_what_and_where_and_what_to_bring() -> None:
    keeper = started()
    keeper.until(at("23:00", 29))
    assert [one.made_at for one in reminders(keeper)] == [at("09:00", 25), at("09:00", 27)]
    first, second = reminders(keeper)
    assert (first.to, first.title) == ("ada", "In 2 days: an appointment of yours")
    assert first.body.startswith(
        "Ada, in 2 days, on Friday 27 November at 09:30, the practice: Blood count. "
        "Bring: the list of medicines."
    )
    assert second.title == "Today: an appointment of yours"


def test_a_locked_phone_shows_neither_what_it_is_nor_the_medicine() -> None:
    keeper = started()
    keeper.until(at("12:00", 27))
    for one in reminders(keeper):
        assert not {"blood", "count", "azathioprine", "ada"} & set(one.title.lower().split())


def test_what_was_done_is_not_reminded_of() -> None:
    keeper = started()
    said(keeper, CheckDone(check="blood-count", due=DUE, on=date(2026, 11, 24)), at("12:00", 24))
    keeper.until(at("23:00", 28))
    assert reminders(keeper) == []


def test_what_was_moved_is_reminded_of_by_its_new_date_alone() -> None:
    keeper = started()
    said(keeper, CheckMoved(check="blood-count", due=DUE, to=date(2026, 11, 30)), at("12:00", 24))
    keeper.until(at("23:00", 30) + DAY_MS)
    assert [one.made_at for one in reminders(keeper)] == [at("09:00", 28), at("09:00", 30)]


def test_what_was_brought_forward_is_reminded_of_although_its_rhythm_is_later() -> None:
    keeper = started(replace(BLOOD, begins=date(2026, 12, 20)))
    moved = CheckMoved(check="blood-count", due=date(2026, 12, 20), to=date(2026, 11, 26))
    said(keeper, moved, at("12:00", 23))
    keeper.until(at("12:00", 26))
    assert [one.made_at for one in reminders(keeper)] == [at("09:00", 24), at("09:00", 26)]


def test_a_hub_that_starts_at_noon_still_reminds_that_day_and_one_that_starts_at_night_does_not() -> None:
    noon = started(replace(BLOOD, begins=date(2026, 11, 23)), clock="12:00")
    assert [one.made_at for one in reminders(noon)] == [at("12:00")]
    night = started(replace(BLOOD, begins=date(2026, 11, 23)), clock="21:00")
    night.until(at("08:00", 24))
    assert reminders(night) == []


def test_the_same_reminder_bears_the_same_name_over_a_restart_so_that_it_is_stored_once() -> None:
    keeper = started()
    keeper.until(at("09:10", 25))
    again = Keeper(keeper.ledger.household)
    again.do_at(at("09:20", 25))
    assert [one.message for one in reminders(again)] == [one.message for one in reminders(keeper)]


def test_a_check_that_is_entered_today_for_today_is_reminded_of_at_once() -> None:
    keeper = started(replace(BLOOD, begins=date(2027, 1, 1)))
    home = replace(keeper.ledger.household, checks=(replace(BLOOD, begins=date(2026, 11, 23)),))
    keeper.do(HouseholdChanged(at=at("11:00"), household=home))
    assert [one.made_at for one in reminders(keeper)] == [at("11:00")]


def test_without_a_phone_nobody_is_reminded() -> None:
    keeper = started(phone=False)
    keeper.until(at("23:00", 27))
    assert reminders(keeper) == []


def test_before_a_vaccination_the_words_of_the_leaflet_are_quoted() -> None:
    keeper = started(replace(BLOOD, kind="vaccination", title="Flu vaccination"))
    keeper.until(at("10:00", 25))
    [one] = reminders(keeper)
    assert (
        "The leaflet of Azathioprine says: “Have no vaccination without your doctor's approval.”" in one.body
    )


@settings(max_examples=60, deadline=None)
@given(
    every=st.integers(1, 9),
    remind=st.integers(0, 5),
    steps=st.lists(st.integers(1, 40), min_size=1, max_size=30),
)
def test_however_time_passes_no_reminder_comes_twice_or_at_night(
    every: int, remind: int, steps: list[int]
) -> None:
    keeper = started(replace(BLOOD, every_days=every, remind_days=remind))
    now = at("10:00")
    for hours in steps:
        now += hours * HOUR_MS
        keeper.do_at(now)
    names = [one.message for one in reminders(keeper)]
    assert len(names) == len(set(names))
    for one in reminders(keeper):
        assert 9 <= one.made_at // HOUR_MS % 24 < 21


# What a leaflet's rhythm proposes.

RHYTHM = CheckRhythm(
    id="blood-count", title="Blood count", kind="blood_test", source="label",
    phases=(CheckPhase(every_days=14, for_days=42), CheckPhase(every_days=30, for_days=90),
            CheckPhase(every_days=84)),
)  # fmt: skip


def proposed(begun: date, today: date, rhythm: CheckRhythm = RHYTHM) -> list[Check]:
    return list(suggested(rhythm, patient="ada", regimen="azathioprine", begun=begun, today=today))


def test_the_phases_of_a_rhythm_follow_each_other_from_the_first_intake() -> None:
    begun = date(2026, 11, 23)
    found = proposed(begun, begun)
    assert [(one.id, one.begins, one.every_days, one.until) for one in found] == [
        ("blood-count-1", begun + timedelta(14), 14, begun + timedelta(42)),
        ("blood-count-2", begun + timedelta(72), 30, begun + timedelta(132)),
        ("blood-count-3", begun + timedelta(216), 84, None),
    ]


def test_of_a_regimen_that_runs_already_only_what_is_to_come_is_proposed() -> None:
    begun = date(2026, 1, 1)
    found = proposed(begun, date(2026, 11, 23))
    assert [one.id for one in found] == ["blood-count-3"]
    assert found[0].begins >= date(2026, 11, 23)
    assert (found[0].begins - begun).days % 84 == 132 % 84


@pytest.mark.parametrize("day", [13, 14, 15, 42, 43, 132, 133])
def test_a_time_that_falls_on_today_is_proposed_and_none_before(day: int) -> None:
    begun = date(2026, 11, 23)
    today = begun + timedelta(day)
    for one in proposed(begun, today):
        assert one.begins >= today
        times = [time.on for time in occurrences(one, (), today, today + timedelta(400))]
        assert times
        assert one.until is None or times[-1] == one.until


@given(st.integers(0, 800))
def test_starting_later_never_changes_the_dates_that_are_still_to_come(days: int) -> None:
    begun = date(2026, 1, 1)
    today = begun + timedelta(days)
    all_of_them = {
        time.on
        for one in proposed(begun, begun)
        for time in occurrences(one, (), begun, begun + timedelta(1200))
    }
    later = {
        time.on
        for one in proposed(begun, today)
        for time in occurrences(one, (), today, begun + timedelta(1200))
    }
    assert later == {day for day in all_of_them if day >= today}


def test_the_medicines_that_are_shipped_propose_something_or_say_that_nothing_goes_with_them() -> None:
    for medicine in read_cabinet().values():
        for rhythm in medicine.checks:
            assert proposed(date(2026, 11, 23), date(2026, 11, 23), rhythm)
    assert instant_ms("2026-11-23T00:00:00Z") == at("00:00")
