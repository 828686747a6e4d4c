"""When is it said that somebody has stopped taking a medicine? Days in a row, and only what was seen."""

from __future__ import annotations

from controller.wire.instants import DAY_MS
from tests.care_days import EVENING, Keeper, at, household, missed, stated, taken, unobserved

DAYS = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26")


def mornings(keeper: Keeper, *outcomes: str) -> None:
    """Let the mornings of some days end, each by its word; every evening is left unseen."""
    keeper.do_at(at("06:00"))
    for number, (day, outcome) in enumerate(zip(DAYS, outcomes, strict=False)):
        slot, then = f"azathioprine/{day}/08:00", number * DAY_MS
        match outcome:
            case "taken":
                keeper.send(at("08:10") + then, taken(slot, at("08:10") + then))
            case "missed":
                keeper.send(at("14:01") + then, missed(slot))
            case _:
                keeper.send(at("14:01") + then, unobserved(slot))
        keeper.send(at("23:59") + then, unobserved(f"azathioprine/{day}/20:00"))


def stopped(keeper: Keeper) -> list[str]:
    return [
        alert.state
        for alert in keeper.ledger.alerts.values()
        if alert.kind == "dose.stopped" and alert.state != "resolved"
    ]


def test_three_dates_in_a_row_without_an_intake_are_told_once() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed")
    assert stopped(keeper) == []
    keeper.send(at("14:01") + 2 * DAY_MS, missed("azathioprine/2026-11-25/08:00"))
    assert len(stopped(keeper)) == 1
    keeper.send(at("14:01") + 3 * DAY_MS, missed("azathioprine/2026-11-26/08:00"))
    assert len(stopped(keeper)) == 1


def test_an_intake_ends_the_row_and_the_alert() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed", "missed")
    assert stopped(keeper)
    then = 3 * DAY_MS
    keeper.send(at("08:05") + then, taken("azathioprine/2026-11-26/08:00", at("08:05") + then))
    assert stopped(keeper) == []


def test_a_taken_date_in_between_is_no_row() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "taken", "missed", "missed")
    assert stopped(keeper) == []


def test_what_could_not_be_seen_neither_counts_nor_ends_the_row() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "unseen", "missed", "unseen")
    assert stopped(keeper) == []
    keeper.send(at("14:01") + 4 * DAY_MS, missed("azathioprine/2026-11-27/08:00"))
    assert stopped(keeper)


def test_a_pocket_dose_that_is_told_later_ends_it() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed", "missed")
    now = at("09:00") + 3 * DAY_MS
    keeper.do(stated(at=now, slot="azathioprine/2026-11-25/08:00", outcome="self_reported", by="bea"))
    assert stopped(keeper) == []


def test_it_is_still_known_after_a_restart_and_says_what_was_observed() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed", "missed")
    (alert,) = [one for one in keeper.ledger.alerts.values() if one.kind == "dose.stopped"]
    assert "None of the 3 doses due from" in alert.body
    assert "Of 2 more we cannot say." in alert.body
    assert "The leaflet says" in alert.body or "ask the doctor" in alert.body
    again = keeper.restarted()
    again.do_at(at("09:00") + 3 * DAY_MS)
    assert len(stopped(again)) == 1
    assert EVENING in again.slots
