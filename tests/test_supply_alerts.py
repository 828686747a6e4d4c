"""Is it told by day, once, and over when mended, that tablets run out, expire, or lie unseen in the box?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from controller.wire.events import RefillDone
from controller.wire.instants import DAY_MS, HOUR_MS
from controller.wire.plan import Amount, Notices
from hub.care.entries import BoxFilled, Entry, Fact, FillChecked, PacksFetched, TabletsCounted
from hub.care.happenings import EntryMade
from hub.care.home import next_deadline
from hub.care.ledger import AlertRecord, SlotRecord
from hub.care.people import Household, Supply
from hub.care.supplying.intakes import intakes_of, recalled
from hub.care.supplying.moves import stock_of
from hub.engine import Engine
from hub.household import household_toml
from hub.store.port import Store
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.care_days import WEEK, Keeper, at, household, regimen, taken, undone

PACKS = PacksFetched(regimen="azathioprine", tablets=56)


def home(tablets: float | None, *, second_check: bool = False) -> Household:
    """Return Ada's home with one tablet a day, counted on the 22nd."""
    supply = None if tablets is None else Supply(tablets=tablets, counted_on=date(2026, 11, 22), pack=28)
    found = household(regimens=[replace(regimen(times={"08:00": 1.0}), supply=supply)])
    boxes = {name: replace(box, second_check=second_check) for name, box in found.boxes.items()}
    return replace(found, boxes=boxes)


def started(tablets: float | None, *, when: str = "10:00", second_check: bool = False) -> Keeper:
    keeper = Keeper(home(tablets, second_check=second_check))
    keeper.do_at(at(when))
    return keeper


def said(keeper: Keeper, fact: Fact, now: int, by: str = "bea") -> EntryMade:
    keeper.live(now)
    made = EntryMade(at=now, entry=entry_of("ada", fact, by=by, at_ms=now))
    keeper.do(made)
    return made


def take(keeper: Keeper, day: int) -> None:
    when = at("08:05", day)
    keeper.send(when, taken(f"azathioprine/2026-11-{day}/08:00", when))


def open_ones(keeper: Keeper) -> list[AlertRecord]:
    return [
        alert
        for alert in keeper.ledger.alerts.values()
        if alert.kind.startswith(("supply.", "fill.")) and alert.state != "resolved"
    ]


def conditions(keeper: Keeper) -> list[str]:
    return [alert.condition for alert in open_ones(keeper)]


def test_it_is_told_once_by_day_to_who_wants_to_hear_of_supply() -> None:
    keeper = started(9)
    assert conditions(keeper) == ["supply.low azathioprine 10"]
    keeper.live(at("12:00", 24))
    [alert] = [one for one in keeper.alerts.values() if one.kind == "supply.low"]
    letters = [one for one in keeper.messages if one.alert == alert.alert and one.kind == "alert"]
    assert {one.to for one in letters} <= {"bea", "cem"}
    assert letters


def test_the_box_is_told_as_long_as_people_are() -> None:
    keeper = started(9)
    assert keeper.plans[-1].plan.notices == Notices(low_supply=True)
    made = len(keeper.plans)
    keeper.live(at("10:30"))
    assert len(keeper.plans) == made, "a plan that says nothing new is not sent again"
    said(keeper, PACKS, at("11:00"))
    keeper.live(at("11:30"))
    assert conditions(keeper) == []
    assert keeper.plans[-1].plan.notices is None
    assert len(keeper.plans) == made + 1


def test_nobody_is_woken_for_it_and_a_hub_that_starts_at_night_waits_for_the_morning() -> None:
    keeper = started(9, when="04:00")
    assert conditions(keeper) == []
    keeper.until(at("08:59"))
    assert conditions(keeper) == []
    assert (next_deadline(keeper.ledger) or 0) <= at("09:00")
    keeper.until(at("09:00"))
    assert conditions(keeper) == ["supply.low azathioprine 10"]


@pytest.mark.parametrize("when", ["21:00", "23:30"])
def test_in_the_evening_it_waits_for_the_next_morning(when: str) -> None:
    keeper = started(9, when=when)
    assert conditions(keeper) == []
    keeper.until(at("09:00", 24))
    assert conditions(keeper) == ["supply.low azathioprine 10"]


def test_packs_that_came_home_end_it_at_once_and_their_undoing_brings_it_back() -> None:
    keeper = started(9)
    word = said(keeper, PACKS, at("11:00"))
    assert conditions(keeper) == []
    assert {one.to for one in keeper.messages if one.kind == "resolved"} == {"bea", "cem"}
    keeper.do(undone(word, at=at("11:30"), by="cem"))
    assert conditions(keeper) == ["supply.low azathioprine 10"]


def test_a_count_ends_it_and_another_count_raises_it() -> None:
    keeper = started(9)
    said(keeper, TabletsCounted(regimen="azathioprine", tablets=40), at("11:00"))
    assert conditions(keeper) == []
    said(keeper, TabletsCounted(regimen="azathioprine", tablets=3), at("12:00"))
    assert conditions(keeper) == ["supply.low azathioprine 5"]


def test_at_five_days_it_is_said_anew_although_somebody_had_taken_it_on_at_ten() -> None:
    keeper = started(9)
    [first] = open_ones(keeper)
    keeper.acknowledge(at("10:30"), first)
    for day in range(24, 28):
        take(keeper, day)
    assert conditions(keeper) == ["supply.low azathioprine 10"]
    take(keeper, 28)
    assert conditions(keeper) == ["supply.low azathioprine 10"], "until morning the older word stands"
    keeper.live(at("09:30", 28))
    assert conditions(keeper) == ["supply.low azathioprine 5"]
    assert keeper.alerts[first.alert].because == "said_anew"
    ends = [one.body for one in keeper.messages if one.alert == first.alert and one.kind == "resolved"]
    assert all("It is not over" in body for body in ends)
    [second] = open_ones(keeper)
    assert any(one.to == "bea" and one.alert == second.alert for one in keeper.messages)


def test_with_a_dead_channel_it_climbs_until_somebody_is_reached_and_who_was_reached_hears_the_end() -> None:
    keeper = Keeper(home(9), dead=frozenset({"push", "sms"}))
    keeper.do_at(at("10:00"))
    keeper.live(at("12:00"))
    [alert] = open_ones(keeper)
    assert alert.told == ("cem",)
    said(keeper, PACKS, at("12:30"))
    assert ("cem", "mail", "resolved") in keeper.told("supply.low")


def test_what_somebody_has_taken_on_stays_open_until_its_cause_is_over() -> None:
    keeper = started(9)
    [alert] = open_ones(keeper)
    keeper.acknowledge(at("10:30"), alert)
    for day in range(24, 28):
        take(keeper, day)
    assert [one.state for one in open_ones(keeper)] == ["acknowledged"]
    said(keeper, PACKS, at("10:00", 27))
    assert open_ones(keeper) == []


def test_what_may_be_read_by_strangers_names_no_medicine_and_the_letter_does() -> None:
    keeper = started(9)
    [alert] = open_ones(keeper)
    assert "azathioprine" not in f"{alert.title} {alert.body}".lower()
    [letter] = [one for one in keeper.messages if one.alert == alert.alert]
    assert letter.body.endswith("The medicine is Azathioprine 50 mg.")
    assert "azathioprine" not in letter.title.lower()


def test_before_holidays_it_is_told_earlier() -> None:
    days = frozenset(date(2026, 11, day) for day in range(26, 31)) | {
        date(2026, 12, day) for day in range(1, 5)
    }
    keeper = Keeper(home(12))
    keeper.ledger = replace(keeper.ledger, holidays=days)
    keeper.do_at(at("10:00"))
    assert conditions(keeper) == ["supply.low azathioprine 10"]
    assert conditions(started(12)) == []


def test_a_fill_that_nobody_else_has_looked_at_is_told_the_next_morning_until_somebody_does() -> None:
    keeper = started(60, second_check=True)
    word = said(keeper, BoxFilled(box="kitchen", compartments={"mon-am": {"azathioprine": 1}}), at("11:00"))
    keeper.live(at("20:00"))
    assert conditions(keeper) == []
    keeper.live(at("09:30", 24))
    assert conditions(keeper) == [f"fill.unchecked {word.entry.entry}"]
    said(keeper, FillChecked(fill=word.entry.entry), at("10:00", 24), by="cem")
    assert conditions(keeper) == []


def test_what_has_expired_is_told_until_it_is_gone() -> None:
    keeper = started(60)
    said(keeper, replace(PACKS, expires=date(2026, 11, 24)), at("11:00"))
    keeper.live(at("09:30", 24))
    assert conditions(keeper) == []
    keeper.live(at("09:30", 25))
    assert conditions(keeper) == ["supply.outdated azathioprine 2026-11-24"]
    said(keeper, TabletsCounted(regimen="azathioprine", tablets=0), at("10:00", 25))
    assert "supply.outdated azathioprine 2026-11-24" not in conditions(keeper)


def test_where_nobody_has_counted_nothing_is_told_and_nothing_is_waited_for() -> None:
    keeper = started(None)
    keeper.live(at("12:00", 24))
    assert conditions(keeper) == []
    assert keeper.ledger.past == ()


def test_where_the_box_is_filled_and_nobody_counts_nobody_is_told_every_week_that_it_runs_out() -> None:
    keeper = started(None)
    week = tuple(name for name in WEEK if name.endswith("-am"))
    keeper.send(at("10:30"), RefillDone(because="button", opened=week, filled=week))
    keeper.live(at("10:00", 28))
    assert [alert.kind for alert in keeper.alerts.values() if alert.kind.startswith("supply.")] == []


def test_of_intakes_long_ago_only_their_sum_stays_in_mind_and_the_stock_stays_the_same() -> None:
    keeper = started(40)
    for day in range(24, 31):
        take(keeper, day)
    seen = {name: slot for name, slot in keeper.slots.items() if slot.outcome == "taken"}
    assert len(seen) == 7
    keeper.until(at("12:00", 30) + 10 * DAY_MS)
    assert not seen.keys() & keeper.ledger.slots.keys()
    assert len(keeper.ledger.past) == 7, "each lid was opened once, and each is one sum"
    entries: tuple[Entry, ...] = keeper.ledger.entries
    one = keeper.home.regimens["azathioprine"]
    kept = stock_of(keeper.home, one, entries, intakes_of(entries, (), keeper.ledger.past))
    assert kept == stock_of(keeper.home, one, entries, intakes_of(entries, seen.values()))
    assert kept.outside_eighths == (40 - 7) * 8


def test_a_slot_that_is_recalled_is_not_counted_twice() -> None:
    keeper = started(40)
    take(keeper, 24)
    slot = keeper.slots["azathioprine/2026-11-24/08:00"]
    keeper.until(at("12:00", 30) + 10 * DAY_MS)
    again = recalled(keeper.ledger, slot)
    assert again.past == ()
    assert again.slots[slot.slot] == slot


def of_supply(store: Store) -> list[AlertRecord]:
    return [alert for alert in store.alerts() if alert.kind == "supply.low"]


def test_a_restart_neither_tells_it_again_nor_forgets_to_end_it(tmp_path: Path) -> None:
    text = household_toml(home(9))
    store = open_store(tmp_path / "hub.db")
    first = Engine(store)
    first.start(at("08:30"))
    first.import_household(text, at("08:30"))
    first.tick(at("09:00"))
    [told] = of_supply(store)
    store.close()

    store = open_store(tmp_path / "hub.db")
    again = Engine(store)
    again.start(at("09:10"))
    again.tick(at("09:20"))
    assert [alert.alert for alert in of_supply(store)] == [told.alert]
    again.write(entry_of("ada", PACKS, by="bea", at_ms=at("10:00")), at("10:00"))
    assert of_supply(store) == []
    ended = store.alert(told.alert)
    assert ended is not None
    assert (ended.state, ended.because) == ("resolved", "over")
    store.close()


def test_the_hub_knows_the_holidays_only_where_somebody_has_counted() -> None:
    counted, bare = Engine(open_store(None)), Engine(open_store(None))
    for engine, tablets in ((counted, 9), (bare, None)):
        engine.start(at("08:30"))
        engine.import_household(household_toml(home(tablets)), at("08:30"))
        engine.tick(at("09:00"))
    known, unknown = (one._turn(at("09:30")).ledger("ada").holidays for one in (counted, bare))
    assert date(2026, 12, 25) in known
    assert unknown == frozenset()


def test_a_hub_that_starts_takes_off_what_was_taken_long_ago() -> None:
    place = home(60)
    one = place.regimens["azathioprine"]
    counted = replace(one, supply=Supply(tablets=60, counted_on=date(2026, 9, 20)))
    place = replace(place, regimens={one.id: counted})
    store = open_store(None)
    slots = [
        SlotRecord(
            patient="ada", slot=f"azathioprine/2026-10-01/{number:02d}", regimen="azathioprine",
            box="kitchen", compartment="mon-am",
            opens_at=when, due_at=when, late_at=when, closes_at=when, remind_at=(),
            amounts=(Amount(medicine="azathioprine-50mg-tablet", amount=1),), outcome="taken",
        )
        for number, when in enumerate(at("08:00", 1) - day * DAY_MS for day in range(40))
    ]  # fmt: skip
    with store.transaction():
        store.apply(slots)
    engine = Engine(store)
    engine.start(at("08:30"))
    engine.import_household(household_toml(place), at("08:30"))
    engine.tick(at("09:00"))
    assert of_supply(store) == [], "20 are left, enough for more than ten days"
    with store.transaction():
        store.apply([replace(one, slot=f"{one.slot}+", due_at=one.due_at + HOUR_MS) for one in slots[:12]])
    again = Engine(store)
    again.start(at("09:10"))
    again.tick(at("09:20"))
    assert [alert.condition for alert in of_supply(store)] == ["supply.low azathioprine 10"], "8 are left"
    store.close()
