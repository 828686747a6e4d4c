"""Is what a guided refill laid in known at the hub, once, whoever else takes it down?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import RefillDone
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.entries import BY_BOX, BoxFilled, Entry, FillChecked, PacksFetched
from hub.care.happenings import EntryMade, EventArrived
from hub.care.people import Hold, Supply
from hub.care.supplying.fills import SAME_FILL_MS, told_once
from hub.care.supplying.intakes import intakes_of
from hub.care.supplying.moves import stock_of
from hub.care.supplying.refilling import laid_in
from hub.care.supplying.stock import StockRecord
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.care_days import WEEK, Keeper, at, event, household, regimen, taken, undone

SUPPLY = Supply(tablets=56, counted_on=date(2026, 11, 22))
DONE = at("18:00", 23)
ALL = tuple(name for name in WEEK if name != "mon-pm")


def refilled(*lids: str) -> RefillDone:
    return RefillDone(because="button", opened=lids, filled=lids)


def started() -> Keeper:
    keeper = Keeper(household(regimens=[replace(regimen(), supply=SUPPLY)]))
    keeper.do_at(at("10:00"))
    return keeper


def stock(keeper: Keeper) -> StockRecord:
    ledger = keeper.ledger
    one = ledger.household.regimens["azathioprine"]
    return stock_of(
        ledger.household,
        one,
        ledger.entries,
        intakes_of(ledger.entries, ledger.slots.values(), ledger.past),
    )


def by_bea(fact: BoxFilled, when: int) -> EntryMade:
    return EntryMade(at=when, entry=entry_of("ada", fact, by="bea", at_ms=when))


def test_what_was_filled_in_its_turn_moves_into_the_box_and_not_out_of_the_home() -> None:
    keeper = started()
    keeper.send(DONE, refilled("mon-pm", *ALL))
    [entry] = keeper.entries
    assert (entry.by, entry.at) == (BY_BOX, DONE)
    assert isinstance(entry.fact, BoxFilled)
    assert set(entry.fact.compartments) == set(WEEK), "mornings that are over are next week's"
    assert entry.fact.compartments["tue-am"] == {"azathioprine": 0.5}
    found = stock(keeper)
    assert (found.all_eighths, found.inside_eighths) == (56 * 8, 7 * 12)
    assert found.compartments["kitchen", "tue-pm"].filled_at == DONE


def test_an_intake_after_it_comes_out_of_the_lid() -> None:
    keeper = started()
    keeper.send(DONE, refilled(*ALL))
    keeper.send(at("08:03", 24), taken("azathioprine/2026-11-24/08:00", at("08:03", 24)))
    found = stock(keeper)
    assert ("kitchen", "tue-am") not in found.compartments
    assert (found.all_eighths, found.overdrawn) == (56 * 8 - 4, 0)


def test_a_refill_that_the_box_did_not_guide_lays_nothing_in() -> None:
    keeper = started()
    keeper.send(DONE, RefillDone(because="button", opened=ALL))
    assert keeper.entries == []
    assert stock(keeper).inside_eighths == 0


def test_the_same_event_again_and_a_restart_lay_it_in_once() -> None:
    keeper = started()
    first = event(1, refilled(*ALL), when=DONE)
    keeper.live(DONE)
    keeper.do(EventArrived(at=DONE, envelope=first))
    before = stock(keeper)
    again = keeper.restarted()
    again.do(EventArrived(at=DONE + MINUTE_MS, envelope=first))
    assert stock(again) == before
    assert len(again.entries) == 1


def test_what_a_person_takes_down_of_the_same_time_counts_instead_lid_by_lid() -> None:
    keeper = started()
    keeper.send(DONE, refilled(*ALL))
    fact = BoxFilled(
        box="kitchen",
        compartments={"tue-am": {"azathioprine": 1}},
        expires={"azathioprine": date(2027, 8, 31)},
    )
    word = by_bea(fact, DONE + HOUR_MS)
    before = stock(keeper)
    keeper.do(word)
    found = stock(keeper)
    lying = found.compartments["kitchen", "tue-am"]
    assert (lying.eighths, lying.by, lying.expires) == (8, "bea", date(2027, 8, 31)), "once, as Bea says"
    assert found.compartments["kitchen", "tue-pm"].by == BY_BOX
    keeper.do(undone(word, at=DONE + 2 * HOUR_MS, by="bea"))
    assert stock(keeper) == before, "with her word undone, the box is believed again"


def test_a_fill_of_another_day_is_another_fill() -> None:
    keeper = started()
    keeper.send(DONE, refilled("tue-am"))
    keeper.live(DONE + SAME_FILL_MS + MINUTE_MS)
    fact = BoxFilled(box="kitchen", compartments={"tue-am": {"azathioprine": 1}})
    keeper.do(by_bea(fact, DONE + SAME_FILL_MS + MINUTE_MS))
    assert stock(keeper).compartments["kitchen", "tue-am"].eighths == 12


def test_a_refill_begun_anew_within_the_hour_counts_its_lids_once() -> None:
    keeper = started()
    keeper.send(DONE, refilled("tue-am", "tue-pm"))
    keeper.send(DONE + 20 * MINUTE_MS, refilled(*ALL))
    assert stock(keeper).inside_eighths == 7 * 12 - 8


def test_a_fill_heard_of_late_lies_where_it_happened() -> None:
    keeper = started()
    keeper.live(at("08:03", 24))
    keeper.send(at("09:00", 24), taken("azathioprine/2026-11-24/08:00", at("08:03", 24)))
    keeper.send(at("09:10", 24), refilled(*ALL), when=DONE)
    found = stock(keeper)
    assert ("kitchen", "tue-am") not in found.compartments, "it was taken out after it had been laid in"
    assert keeper.entries[0].at == DONE


def test_a_box_that_does_not_know_the_time_has_its_fill_when_it_is_heard() -> None:
    keeper = started()
    keeper.send(DONE, refilled("tue-am"), clock="untrusted", when=at("10:00", 2))
    assert keeper.entries[0].at == DONE


def test_nothing_is_laid_in_for_a_hold_and_a_lid_of_many_days_holds_them_up_to_a_change_of_dose() -> None:
    hold = Hold(begins=date(2026, 11, 24), until=date(2026, 11, 24), by="clinic", why="x")
    held = household(regimens=[regimen(holds=(hold,))])
    assert set(laid_in(held, "kitchen", WEEK, DONE)) == set(WEEK) - {"tue-am", "tue-pm"}
    plain = regimen(times={"08:00": 1.0})
    in_tin = replace(plain.steps[0], compartments={"08:00": "tin"})
    home = household(regimens=[replace(plain, steps=(in_tin,))])
    assert laid_in(home, "kitchen", ("tin",), DONE) == {"tin": {"azathioprine": 7.0}}
    more = replace(in_tin, begins=date(2026, 11, 27), times={"08:00": 2.0})
    steps = (replace(in_tin, until=date(2026, 11, 26)), more)
    raised = household(regimens=[replace(plain, steps=steps)])
    assert laid_in(raised, "kitchen", ("tin",), DONE) == {"tin": {"azathioprine": 3.0}}
    assert laid_in(home, "kitchen", ("nowhere",), DONE) == {}


def test_a_second_person_can_look_at_what_the_box_saw() -> None:
    keeper = started()
    keeper.send(DONE, refilled("tue-am"))
    seen = entry_of("ada", FillChecked(fill=keeper.entries[0].entry), by="cem", at_ms=DONE + HOUR_MS)
    keeper.do(EntryMade(at=DONE + HOUR_MS, entry=seen))
    assert stock(keeper).compartments["kitchen", "tue-am"].checked_by == "cem"


def test_the_store_keeps_it_as_taken_in() -> None:
    store = open_store(None)
    fact = BoxFilled(box="kitchen", compartments={"tue-am": {"azathioprine": 1}})
    entry = Entry(entry="e-1", patient="ada", at=DONE, by=BY_BOX, fact=fact)
    for _ in range(2):
        with store.transaction():
            store.apply([entry])
    assert store.entries("ada") == [entry]
    assert store.entries_waiting() == []
    assert store.load(household(), "ada", DONE).entries == (entry,)
    store.close()


fills = st.lists(
    st.tuples(
        st.sampled_from([BY_BOX, BY_BOX, "bea", "cem"]),
        st.integers(0, 10 * 24).map(lambda hours: DONE + hours * HOUR_MS),
        st.sets(st.sampled_from(WEEK[:4]), min_size=1),
    ),
    max_size=8,
)


@given(said=fills)
def test_of_one_lid_in_half_a_day_the_box_is_heard_once_and_never_beside_a_person(
    said: list[tuple[str, int, set[str]]],
) -> None:
    entries = [
        Entry(
            entry=f"e-{number}", patient="ada", at=when, by=by,
            fact=BoxFilled(box="kitchen", compartments={name: {"azathioprine": 1} for name in lids}),
        )
        for number, (by, when, lids) in enumerate(said)
    ]  # fmt: skip
    kept = told_once(entries)
    pairs = [(one, one.fact) for one in kept if isinstance(one.fact, BoxFilled)]
    for one, fact in pairs:
        for other, said_too in pairs:
            if one.entry != other.entry and one.by == BY_BOX and abs(one.at - other.at) <= SAME_FILL_MS:
                assert not fact.compartments.keys() & said_too.compartments.keys()
    assert [one for one in kept if one.by != BY_BOX] == [one for one in entries if one.by != BY_BOX]
    lids = {name for one in entries if isinstance(one.fact, BoxFilled) for name in one.fact.compartments}
    assert {name for _, fact in pairs for name in fact.compartments} == lids, "no lid is forgotten"


@pytest.mark.parametrize("box", ["kitchen", "hall"])
def test_another_box_is_another_fill(box: str) -> None:
    packs = entry_of("ada", PacksFetched(regimen="azathioprine", tablets=1), by="bea", at_ms=DONE)
    mine = Entry(
        entry="e-1", patient="ada", at=DONE, by=BY_BOX,
        fact=BoxFilled(box=box, compartments={"tue-am": {"azathioprine": 1}}),
    )  # fmt: skip
    hers = entry_of(
        "ada", BoxFilled(box="kitchen", compartments={"tue-am": {"azathioprine": 1}}), by="bea",
        at_ms=DONE + DAY_MS // 4,
    )  # fmt: skip
    left = told_once([packs, mine, hers])[1].fact
    assert isinstance(left, BoxFilled)
    assert bool(left.compartments) == (box == "hall")
