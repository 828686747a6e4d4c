"""Is supply never negative, and is it fills, packs and counts minus intakes plus corrections, exactly?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.care.entries import (
    AsNeededTaken,
    BoxFilled,
    CompartmentEmptied,
    Entry,
    EntryUndone,
    Fact,
    FillChecked,
    PacksFetched,
    TabletsCounted,
)
from hub.care.ledger import Outcome, SlotRecord
from hub.care.people import Supply
from hub.care.schedule import slots_between
from hub.care.supplying.intakes import intakes_of
from hub.care.supplying.moves import stock_of
from hub.care.supplying.stock import (
    Batch,
    Checked,
    Counted,
    Emptied,
    Fetched,
    Filled,
    Move,
    StockRecord,
    Taken,
    eighths_of,
    moved,
    stock_after,
    tablets_of,
)
from hub.writing import entry_of
from tests.care_days import at, household, regimen

PLACES = [("kitchen", "mon-am"), ("kitchen", "mon-pm"), ("kitchen", "tue-am")]
SOON, LATER = date(2026, 12, 24), date(2027, 8, 31)
instants = st.integers(0, 10**6)
amounts = st.integers(-3, 400)
days = st.sampled_from([None, SOON, LATER])
places = st.sampled_from(PLACES)
moves = st.one_of(
    st.builds(Counted, at=instants, eighths=amounts, expires=days),
    st.builds(Fetched, at=instants, eighths=amounts, expires=days),
    st.builds(
        Filled, at=instants, place=places, eighths=amounts, fill=st.sampled_from("ab"),
        by=st.sampled_from(["ada", "bea"]), expires=days,
    ),
    st.builds(Checked, at=instants, fill=st.sampled_from("ab"), by=st.sampled_from(["ada", "bea"])),
    st.builds(Emptied, at=instants, place=places, kept=st.booleans()),
    st.builds(Taken, at=instants, eighths=amounts, place=st.one_of(st.none(), places)),
)  # fmt: skip


def balanced(stock: StockRecord) -> bool:
    return stock.all_eighths == stock.fetched - stock.taken - stock.discarded + stock.corrected


@given(st.lists(moves, max_size=30))
def test_supply_is_never_negative_and_always_balances_exactly(told: list[Move]) -> None:
    stock = StockRecord(patient="ada", regimen="azathioprine")
    for move in told:
        stock = moved(stock, move)
        assert all(batch.eighths > 0 for batch in stock.outside)
        assert all(lying.eighths > 0 for lying in stock.compartments.values())
        assert balanced(stock)
        assert stock.overdrawn >= 0


@given(st.lists(moves, max_size=20), st.integers(0, 400))
def test_after_a_count_exactly_that_lies_outside(told: list[Move], found: int) -> None:
    before = stock_after("ada", "azathioprine", told)
    stock = moved(before, Counted(at=10**7, eighths=found))
    assert stock.outside_eighths == found
    assert stock.inside_eighths == before.inside_eighths
    assert stock.corrected - before.corrected == found - before.outside_eighths


@given(st.lists(moves, max_size=20), places, st.booleans())
def test_emptying_moves_out_or_away_and_loses_nothing_else(
    told: list[Move], place: tuple[str, str], kept: bool
) -> None:
    before = stock_after("ada", "azathioprine", told)
    lay = before.compartments[place].eighths if place in before.compartments else 0
    stock = moved(before, Emptied(at=10**7, place=place, kept=kept))
    assert place not in stock.compartments
    assert stock.all_eighths == before.all_eighths - (0 if kept else lay)


@given(
    st.lists(moves, max_size=15, unique_by=lambda move: move.at).flatmap(
        lambda told: st.tuples(st.just(told), st.permutations(told))
    )
)
def test_the_order_in_which_it_is_told_does_not_matter(told: tuple[list[Move], list[Move]]) -> None:
    once, mixed = told
    assert stock_after("ada", "x", mixed) == stock_after("ada", "x", once)


def test_an_intake_comes_out_of_its_compartment_and_then_from_outside() -> None:
    stock = stock_after("ada", "x", [
        Counted(at=1, eighths=80),
        Filled(at=2, place=PLACES[0], eighths=4, fill="f", by="bea"),
        Taken(at=3, eighths=8, place=PLACES[0]),
        Taken(at=4, eighths=8, place=PLACES[1]),
        Taken(at=5, eighths=8),
    ])  # fmt: skip
    assert (stock.outside_eighths, stock.inside_eighths, stock.overdrawn) == (80 - 4 - 4 - 8 - 8, 0, 0)


def test_more_taken_than_was_known_is_a_correction() -> None:
    stock = stock_after("ada", "x", [Counted(at=1, eighths=4), Taken(at=2, eighths=8)])
    assert (stock.all_eighths, stock.overdrawn, stock.corrected) == (0, 4, 8)


def test_what_expires_first_is_used_first() -> None:
    stock = stock_after("ada", "x", [
        Fetched(at=1, eighths=16, expires=LATER),
        Fetched(at=2, eighths=16, expires=SOON),
        Taken(at=3, eighths=20),
    ])  # fmt: skip
    assert stock.outside == (Batch(eighths=12, expires=LATER),)


def test_a_fill_takes_over_the_date_its_packs_bear_unless_another_is_said() -> None:
    packs = Fetched(at=1, eighths=80, expires=SOON)
    silent = Filled(at=2, place=PLACES[0], eighths=8, fill="f", by="bea")
    assert stock_after("ada", "x", [packs, silent]).compartments[PLACES[0]].expires == SOON
    said = replace(silent, expires=LATER)
    assert stock_after("ada", "x", [packs, said]).compartments[PLACES[0]].expires == LATER


def test_whoever_filled_is_no_second_person() -> None:
    filled = Filled(at=2, place=PLACES[0], eighths=8, fill="f", by="bea")
    alone = stock_after("ada", "x", [filled, Checked(at=3, fill="f", by="bea")])
    assert alone.compartments[PLACES[0]].checked_by == ""
    both = stock_after("ada", "x", [filled, Checked(at=3, fill="f", by="cem")])
    assert both.compartments[PLACES[0]].checked_by == "cem"


@given(st.integers(0, 10**6))
def test_eighths_lose_nothing(eighths: int) -> None:
    assert eighths_of(tablets_of(eighths)) == eighths


# What the home has recorded.

SUPPLY = Supply(tablets=56, counted_on=date(2026, 11, 22), expires=LATER, pack=28)
AZA = replace(regimen(), supply=SUPPLY)
HOME = household(regimens=[AZA])


def told(fact: Fact, *, when: int, by: str = "bea") -> Entry:
    return entry_of("ada", fact, by=by, at_ms=when)


def lived(*outcomes: Outcome) -> list[SlotRecord]:
    """Return the first slots with these outcomes: half a tablet in the morning, one in the evening."""
    slots = slots_between(HOME, AZA, date(2026, 11, 23), date(2026, 11, 26))
    return [replace(slot, outcome=end) for slot, end in zip(slots, outcomes, strict=False)]


def left(entries: list[Entry], slots: list[SlotRecord]) -> float:
    return tablets_of(stock_of(HOME, AZA, entries, intakes_of(entries, slots)).all_eighths)


def test_a_home_that_records_no_fills_is_taken_from_what_it_counted() -> None:
    assert left([], lived("taken", "taken", "self_reported", "missed")) == 56 - 0.5 - 1 - 0.5


@pytest.mark.parametrize("outcome", ["missed", "skipped", "held", "unobserved", "unconfirmed"])
def test_only_an_intake_takes_something(outcome: Outcome) -> None:
    assert left([], lived(outcome)) == 56


def test_an_outcome_that_is_taken_back_gives_back() -> None:
    fill = told(
        BoxFilled(box="kitchen", compartments={"mon-am": {"azathioprine": 0.5}}), when=at("06:00", 23)
    )
    after = stock_of(HOME, AZA, [fill], intakes_of([fill], lived("taken")))
    assert (after.inside_eighths, after.all_eighths) == (0, 444)
    back = stock_of(HOME, AZA, [fill], intakes_of([fill], lived("skipped")))
    assert (back.inside_eighths, back.all_eighths) == (4, 448)


def test_a_pocket_dose_leaves_the_compartment_as_it_is() -> None:
    fill = told(
        BoxFilled(box="kitchen", compartments={"mon-am": {"azathioprine": 0.5}}), when=at("06:00", 23)
    )
    stock = stock_of(HOME, AZA, [fill], intakes_of([fill], lived("self_reported")))
    assert (stock.inside_eighths, stock.all_eighths) == (4, 444)


def test_an_entry_that_is_undone_counts_no_more() -> None:
    packs = told(PacksFetched(regimen="azathioprine", tablets=28), when=at("09:00", 23))
    back = told(EntryUndone(entry=packs.entry), when=at("09:05", 23))
    assert left([packs], []) == 84
    assert left([packs, back], []) == 56


def test_a_newer_count_of_the_household_outweighs_an_older_one_of_a_person() -> None:
    counted = told(TabletsCounted(regimen="azathioprine", tablets=40), when=at("09:00", 21))
    assert left([counted], []) == 56
    again = told(TabletsCounted(regimen="azathioprine", tablets=40), when=at("09:00", 24))
    assert left([again], []) == 40


def test_another_regimens_facts_move_nothing() -> None:
    facts: list[Fact] = [
        TabletsCounted(regimen="other", tablets=3),
        PacksFetched(regimen="other", tablets=3),
        AsNeededTaken(regimen="other", amount=1, taken_at=at("09:00", 24)),
        BoxFilled(box="kitchen", compartments={"mon-am": {"other": 3}}),
    ]
    assert left([told(fact, when=at("09:00", 24)) for fact in facts], []) == 56


def test_fills_checks_and_emptyings_are_followed() -> None:
    fill = told(
        BoxFilled(
            box="kitchen",
            compartments={"mon-am": {"azathioprine": 0.5}, "mon-pm": {"azathioprine": 1}},
            lots={"azathioprine": "L1"},
        ),
        when=at("06:00", 23),
    )
    seen = told(FillChecked(fill=fill.entry), when=at("06:10", 23), by="cem")
    gone = told(CompartmentEmptied(box="kitchen", compartment="mon-pm", kept=False), when=at("06:20", 23))
    stock = stock_of(HOME, AZA, [fill, seen, gone], [])
    assert [(place[1], lying.lot, lying.checked_by) for place, lying in stock.compartments.items()] == [
        ("mon-am", "L1", "cem")
    ]
    assert stock.discarded == 8
