"""Is the stock the same from sums of intakes as from each of them, and is each intake counted once?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS
from controller.wire.plan import Amount
from hub.care.entries import (
    AsNeededTaken,
    BoxFilled,
    CompartmentEmptied,
    Entry,
    EntryUndone,
    Fact,
    PacksFetched,
    TabletsCounted,
)
from hub.care.ledger import Intake, Ledger, Outcome, SlotRecord
from hub.care.people import AsNeeded, Step, Supply
from hub.care.supplying.intakes import cuts_of, intake_of, intakes_of, let_go, recalled, summed
from hub.care.supplying.moves import stock_of
from hub.care.supplying.outlook import Known, outlook
from hub.intake.memory import past_intakes
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.care_days import at, household, regimen

HOME = household()
AZA = HOME.regimens["azathioprine"]
START = at("08:00", 1)
KINDS: tuple[Outcome, ...] = ("taken", "self_reported", "missed", "unobserved")
LIDS = ("mon-am", "mon-pm", "tue-am")


def slot(number: int, when: int, *, outcome: Outcome = "taken", lid: str = "mon-am") -> SlotRecord:
    return SlotRecord(
        patient="ada", slot=f"azathioprine/2026-11-{1 + number % 28:02d}/{number:05d}",
        regimen="azathioprine", box="kitchen", compartment=lid, opens_at=when, due_at=when, late_at=when,
        closes_at=when, remind_at=(), amounts=(Amount(medicine="azathioprine-50mg-tablet", amount=0.5),),
        outcome=outcome, opened_at=when,
    )  # fmt: skip


instants = st.integers(0, 60).map(lambda hours: START + hours * HOUR_MS)
takes = st.builds(
    Intake,
    regimen=st.just("azathioprine"),
    at=instants,
    eighths=st.sampled_from([4, 8, 12]),
    box=st.just("kitchen"),
    compartment=st.sampled_from(("", *LIDS)),
)
facts = st.one_of(
    st.builds(PacksFetched, regimen=st.just("azathioprine"), tablets=st.sampled_from([2.0, 14.0])),
    st.builds(TabletsCounted, regimen=st.just("azathioprine"), tablets=st.sampled_from([0.0, 3.5, 20.0])),
    st.builds(
        BoxFilled,
        box=st.just("kitchen"),
        compartments=st.dictionaries(
            st.sampled_from(LIDS), st.just({"azathioprine": 1.5}), min_size=1, max_size=3
        ),
    ),
    st.builds(
        CompartmentEmptied, box=st.just("kitchen"), compartment=st.sampled_from(LIDS), kept=st.booleans()
    ),
)
written = st.lists(st.tuples(facts, instants), min_size=1, max_size=6)


def entries_of(said: list[tuple[Fact, int]]) -> tuple[Entry, ...]:
    return tuple(
        replace(entry_of("ada", fact, by="bea", at_ms=when), entry=f"e-{number}")
        for number, (fact, when) in enumerate(said)
    )


@given(said=written, taken=st.lists(takes, max_size=25))
def test_the_stock_from_sums_is_the_stock_from_each_intake(
    said: list[tuple[Fact, int]], taken: list[Intake]
) -> None:
    entries = entries_of(said)
    ledger = Ledger(patient="ada", household=HOME, entries=entries)
    sums = summed(taken, cuts_of(ledger))
    assert stock_of(HOME, AZA, entries, sums) == stock_of(HOME, AZA, entries, taken)
    assert len(sums) <= (len(LIDS) + 1) * (len(entries) + 1)


@given(said=written, first=st.lists(takes, max_size=10), then=st.lists(takes, max_size=10))
def test_sums_may_be_summed_again(
    said: list[tuple[Fact, int]], first: list[Intake], then: list[Intake]
) -> None:
    cuts = [when for _, when in said]
    assert stock_of(HOME, AZA, entries_of(said), summed((*summed(first, cuts), *then), cuts)) == stock_of(
        HOME, AZA, entries_of(said), (*first, *then)
    )


@given(whens=st.lists(instants, min_size=1, max_size=12), outcomes=st.data())
def test_what_was_let_go_and_is_recalled_is_no_longer_long_ago(
    whens: list[int], outcomes: st.DataObject
) -> None:
    kinds = st.sampled_from(KINDS)
    slots = [slot(number, when, outcome=outcomes.draw(kinds)) for number, when in enumerate(whens)]
    ledger = Ledger(patient="ada", household=HOME)
    ledger = replace(ledger, past=let_go(ledger, slots))
    for one in slots:
        ledger = recalled(ledger, one)
    assert ledger.past == ()
    assert len(ledger.slots) == len(slots)


def test_an_intake_the_box_saw_comes_out_of_its_lid_and_one_from_elsewhere_does_not() -> None:
    seen, told = intake_of(slot(1, START)), intake_of(slot(1, START, outcome="self_reported"))
    assert seen is not None
    assert told is not None
    assert (seen.compartment, told.compartment) == ("mon-am", "")
    assert seen.eighths == told.eighths == 4
    assert intake_of(slot(1, START, outcome="missed")) is None


def test_what_was_taken_as_needed_is_an_intake_until_it_is_undone() -> None:
    fact = AsNeededTaken(regimen="azathioprine", amount=1, taken_at=START)
    [entry] = entries_of([(fact, START + HOUR_MS)])
    assert [(one.at, one.is_as_needed) for one in intakes_of([entry], ())] == [(START, True)]
    undoing = entry_of("ada", EntryUndone(entry=entry.entry), by="bea", at_ms=START + DAY_MS)
    assert intakes_of([entry, undoing], ()) == ()


def test_the_average_of_what_is_taken_as_needed_rests_on_intakes_whoever_saw_them() -> None:
    needed = AsNeeded(amount=1, least_gap_ms=HOUR_MS, most_a_day=4, reason="pain")
    step = Step(begins=date(2026, 11, 1), until=None, times={}, as_needed=needed)
    one = replace(regimen(), steps=(step,), supply=Supply(tablets=24, counted_on=date(2026, 11, 1)))
    place, now = household(regimens=[one]), at("12:00", 23)

    def lasts(*intakes: Intake) -> tuple[date | None, date | None]:
        known = Known(household=place, patient="ada", entries=(), intakes=intakes, slots=(), at=now)
        seen = outlook(known, one).forecast
        return seen.run_out, seen.by_average

    at_most, by_average = lasts()
    assert (at_most, by_average) == (date(2026, 11, 29), None), "four a day, or none as in the last 30 days"
    seen = [
        Intake(regimen="azathioprine", at=now - day * DAY_MS, eighths=8, is_as_needed=True)
        for day in range(15)
    ]
    assert lasts(*seen)[1] == date(2026, 12, 11), "9 are left, and half a one is taken a day"
    planned = [replace(one_seen, is_as_needed=False) for one_seen in seen]
    assert lasts(*planned)[1] is None, "what was planned is no part of the average"


def test_a_hub_that_starts_reads_what_was_taken_since_the_first_count_and_keeps_it_in_few_records() -> None:
    store = open_store(None)
    long_ago = [slot(number, START + number * HOUR_MS, lid=LIDS[number % 3]) for number in range(600)]
    with store.transaction():
        store.apply(long_ago)
    count = entry_of("ada", TabletsCounted(regimen="azathioprine", tablets=999), by="bea", at_ms=START)
    ledger = Ledger(patient="ada", household=HOME, entries=(count,))
    past = past_intakes(store, ledger)
    assert len(past) == 3
    assert sum(one.eighths for one in past) == 600 * 4
    in_mind = {one.slot: one for one in long_ago[-100:]}
    assert sum(one.eighths for one in past_intakes(store, replace(ledger, slots=in_mind))) == 500 * 4
    assert past_intakes(store, replace(ledger, entries=())) == (), "nobody has counted"
    store.close()


def test_the_count_of_the_household_parts_the_sums_too() -> None:
    counted = replace(regimen(), supply=Supply(tablets=10, counted_on=date(2026, 11, 3)))
    ledger = Ledger(patient="ada", household=household(regimens=[counted]))
    assert cuts_of(ledger) == (at("00:00", 3),)
