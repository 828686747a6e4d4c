"""Is it told by day, once, that nobody has said of a check that it took place?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from controller.wire.instants import DAY_MS
from hub.care.appointments import Check
from hub.care.entries import CheckDone, CheckMoved, Fact
from hub.care.happenings import EntryMade
from hub.care.home import next_deadline
from hub.writing import entry_of
from tests.care_days import Keeper, at, household, undone

FIRST = date(2026, 11, 23)
BLOOD = Check(
    id="blood-count", patient="ada", title="Blood count", begins=FIRST, every_days=7, overdue_days=3
)  # fmt: skip


def started(check: Check = BLOOD) -> Keeper:
    keeper = Keeper(replace(household(), checks=(check,)))
    keeper.do_at(at("10:00"))
    return keeper


def said(keeper: Keeper, fact: Fact, now: int, by: str = "bea") -> EntryMade:
    made = EntryMade(at=now, entry=entry_of("ada", fact, by=by, at_ms=now))
    keeper.do(made)
    return made


def overdue(keeper: Keeper) -> list[str]:
    return [
        alert.condition
        for alert in keeper.ledger.alerts.values()
        if alert.kind == "check.overdue" and alert.state != "resolved"
    ]


def test_nobody_is_woken_for_it_and_it_is_told_at_nine() -> None:
    keeper = started()
    keeper.until(at("08:59", 26))
    assert overdue(keeper) == []
    assert (next_deadline(keeper.ledger) or 0) <= at("09:00", 26)
    keeper.until(at("09:00", 26))
    assert overdue(keeper) == ["check.overdue blood-count/2026-11-23"]
    keeper.until(at("09:30", 27))
    assert len(overdue(keeper)) == 1


def test_it_ends_when_somebody_says_that_it_took_place_and_comes_back_when_that_is_undone() -> None:
    keeper = started()
    keeper.until(at("09:00", 26))
    word = said(keeper, CheckDone(check="blood-count", due=FIRST, on=date(2026, 11, 24)), at("10:00", 26))
    assert overdue(keeper) == []
    keeper.do(undone(word, at=at("11:00", 26), by="cem"))
    assert overdue(keeper) == ["check.overdue blood-count/2026-11-23"]


def test_one_that_was_moved_is_overdue_by_its_new_date() -> None:
    keeper = started()
    said(keeper, CheckMoved(check="blood-count", due=FIRST, to=date(2026, 11, 26)), at("10:30"))
    keeper.until(at("09:00", 26))
    assert overdue(keeper) == []
    keeper.until(at("09:00", 29))
    assert overdue(keeper) == ["check.overdue blood-count/2026-11-23"]


def test_of_many_times_that_nobody_spoke_of_only_the_latest_is_told() -> None:
    keeper = started(replace(BLOOD, begins=date(2025, 1, 6)))
    assert len(overdue(keeper)) <= 1
    keeper.until(at("09:00", 26))
    assert overdue(keeper) == ["check.overdue blood-count/2026-11-23"]


def test_the_next_time_that_is_due_lays_the_last_one_to_rest() -> None:
    keeper = started()
    keeper.until(at("09:00", 26))
    assert overdue(keeper)
    keeper.until(at("09:00", 30))
    assert overdue(keeper) == [], "the one of the 30th is due, and is what matters now"


def test_a_stranger_settles_nothing_and_a_restart_forgets_nothing() -> None:
    keeper = started()
    keeper.until(at("09:00", 26))
    said(keeper, CheckDone(check="blood-count", due=FIRST, on=FIRST), at("10:00", 26), by="mallory")
    again = keeper.restarted()
    again.do_at(at("11:00", 26))
    assert len(overdue(again)) == 1
    assert again.ledger.standing_at is not None
    assert again.ledger.standing_at <= at("11:00", 26) + DAY_MS


def test_a_hub_that_starts_at_night_waits_for_the_morning() -> None:
    keeper = Keeper(replace(household(), checks=(BLOOD,)))
    keeper.do_at(at("04:00", 27))
    assert overdue(keeper) == []
    keeper.until(at("09:00", 27))
    assert len(overdue(keeper)) == 1
    keeper.until(at("03:30", 28))
    assert len(overdue(keeper)) == 1, "what was told by day does not end at night"
