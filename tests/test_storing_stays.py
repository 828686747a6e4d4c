"""Is it known of every fill which tablets lay where, until when, and what was measured around them?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS
from hub.care.entries import BoxFilled, CompartmentEmptied, Entry, EntryUndone
from hub.care.ledger import Intake
from hub.care.storing.exposure import FillExposure, by_fill, exposure
from hub.care.storing.stays import Stay, stays
from hub.care.supplying.moves import moves_of
from hub.care.supplying.stock import Counted, Emptied, Filled, Move, Taken, stock_after
from hub.writing import entry_of
from tests.care_days import household, regimen
from tests.storing_air import LIMITS, START_MS, after_another, limit, stretch, whole

AM, PM, TUE = (("kitchen", name) for name in ("mon-am", "mon-pm", "tue-am"))
instants = st.integers(0, 1000)
places = st.sampled_from([AM, PM, TUE])
moves = st.one_of(
    st.builds(Counted, at=instants, eighths=st.integers(0, 100)),
    st.builds(
        Filled, at=instants, place=places, eighths=st.integers(-2, 20), fill=st.sampled_from("abc"),
        by=st.just("bea"),
    ),
    st.builds(Emptied, at=instants, place=places, kept=st.booleans()),
    st.builds(Taken, at=instants, eighths=st.integers(0, 20), place=st.one_of(st.none(), places)),
)  # fmt: skip


def laid(at: int, place: tuple[str, str] = AM, eighths: int = 8, fill: str = "f1") -> Filled:
    return Filled(at=at, place=place, eighths=eighths, fill=fill, by="bea")


def out_of(at: int, place: tuple[str, str] = AM, eighths: int = 8) -> Taken:
    return Taken(at=at, eighths=eighths, place=place)


def spans(*found: Move) -> list[tuple[str, str, int, int | None]]:
    return [(one.fill, one.place[1], one.since, one.until) for one in stays("ada", "aza", found)]


@given(st.lists(moves, max_size=25))
def test_something_stays_exactly_where_the_stock_says_that_something_lies(found: list[Move]) -> None:
    known = stays("ada", "aza", found)
    stock = stock_after("ada", "aza", found)
    assert {one.place for one in known if one.until is None} == set(stock.compartments)
    assert all(one.until is None or one.since <= one.until for one in known)
    assert len(known) == sum(isinstance(one, Filled) and one.eighths > 0 for one in found)


def test_tablets_stay_from_the_fill_to_the_intake() -> None:
    assert spans(laid(10), laid(10, TUE), out_of(50)) == [
        ("f1", "mon-am", 10, 50),
        ("f1", "tue-am", 10, None),
    ]


def test_half_an_intake_leaves_the_rest_lying() -> None:
    assert spans(laid(10, eighths=12), out_of(50), out_of(60, eighths=4)) == [("f1", "mon-am", 10, 60)]


def test_what_is_laid_onto_what_still_lies_there_does_not_end_its_stay() -> None:
    """Nobody can tell which of the two is taken: the old one must not become a fresh one."""
    assert spans(laid(10), laid(40, fill="f2"), out_of(50), out_of(60)) == [
        ("f1", "mon-am", 10, 60),
        ("f2", "mon-am", 40, 60),
    ]


def test_an_emptied_compartment_ends_the_stay_and_a_new_fill_begins_another() -> None:
    assert spans(laid(10), Emptied(at=20, place=AM, kept=True), laid(30, fill="f2")) == [
        ("f1", "mon-am", 10, 20),
        ("f2", "mon-am", 30, None),
    ]


def test_the_stays_follow_from_what_people_wrote_and_what_the_box_saw() -> None:
    def entry(fact: BoxFilled | CompartmentEmptied | EntryUndone, hours: int) -> Entry:
        return entry_of("ada", fact, by="bea", at_ms=START_MS + hours * HOUR_MS, why="")

    whose = replace(regimen(), supply=None)
    filled = BoxFilled(box="kitchen", compartments={"mon-am": {whose.id: 1.0}, "mon-pm": {whose.id: 0.5}})
    wrong = BoxFilled(box="kitchen", compartments={"tue-am": {whose.id: 1.0}})
    first, second = entry(filled, 0), entry(wrong, 1)
    undone = entry(EntryUndone(entry=second.entry), 2)
    emptied = entry(CompartmentEmptied(box="kitchen", compartment="mon-pm", kept=False), 30)
    intake = Intake(
        regimen=whose.id, at=START_MS + 20 * HOUR_MS, eighths=8, box="kitchen", compartment="mon-am"
    )
    found = moves_of(household(), whose, [first, second, undone, emptied], [intake])
    hours = {
        one.place[1]: (one.until - one.since) / HOUR_MS
        for one in stays("ada", whose.id, found)
        if one.until is not None
    }
    assert hours == {"mon-am": 20, "mon-pm": 30}, "what was undone lay nowhere"


def stay(until_h: int | None, *, since_h: int = 0, place: tuple[str, str] = AM, fill: str = "f1") -> Stay:
    until = None if until_h is None else START_MS + until_h * HOUR_MS
    return Stay(
        regimen="aza", place=place, fill=fill, by="bea", eighths=8, since=START_MS + since_h * HOUR_MS,
        until=until,
    )  # fmt: skip


AIR = whole(after_another((22, 24), (34, 3), (22, 21)))
"""Two days, with three hours at 34 °C in the second."""


@pytest.mark.parametrize(("until_h", "hot_h"), [(24, 0), (25, 1), (27, 3), (40, 3), (None, 3)], ids=str)
def test_tablets_were_there_only_while_they_lay_there(until_h: int | None, hot_h: int) -> None:
    found = exposure(stay(until_h), AIR, LIMITS, START_MS + 2 * DAY_MS)
    assert sum(one.span_ms for one in found.passed if one.limit == limit("hot")) == hot_h * HOUR_MS
    assert found.warmth.coverage == 1.0


def test_tablets_that_still_lie_there_went_through_nothing_that_is_to_come() -> None:
    found = exposure(stay(None), AIR, LIMITS, START_MS + 12 * HOUR_MS)
    assert found.warmth.end == START_MS + 12 * HOUR_MS
    assert not found.passed
    future = exposure(stay(None, since_h=40), AIR, LIMITS, START_MS + 12 * HOUR_MS)
    assert (future.warmth.kinetic_c, future.passed) == (None, ())


def test_a_stay_of_which_nothing_was_measured_is_not_called_cool() -> None:
    found = exposure(stay(240, since_h=200), AIR, LIMITS, START_MS + 20 * DAY_MS)
    assert found.warmth.kinetic_c is None
    assert not found.warmth.is_enough
    assert [gap.span_ms for gap in found.warmth.gaps] == [40 * HOUR_MS]


def fills_of(*found: Stay) -> tuple[FillExposure, ...]:
    return by_fill(exposure(one, AIR, LIMITS, START_MS + 2 * DAY_MS) for one in found)


def test_a_fill_names_the_lids_whose_tablets_were_there_in_the_heat() -> None:
    [found] = fills_of(stay(20, place=AM), stay(26, place=PM), stay(None, place=TUE))
    assert found.touched(limit("hot")) == ("tue-am", "mon-pm")
    assert found.longest.stay.place == TUE
    assert found.touched(limit("cold")) == ()


def test_two_fills_are_told_apart_and_the_earlier_one_stands_first() -> None:
    found = fills_of(stay(30, since_h=25, fill="f2"), stay(20), stay(22, place=PM))
    assert [(one.fill, len(one.exposures)) for one in found] == [("f1", 2), ("f2", 1)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 48)), min_size=1, max_size=12))
def test_whatever_a_lid_of_a_fill_went_through_the_longest_one_did_too(
    found: list[tuple[int, int]],
) -> None:
    known = [stay(until, place=("kitchen", f"c{number}")) for number, (_, until) in enumerate(found)]
    for fill in fills_of(*known):
        longest = {one.limit.rule: one.span_ms for one in fill.longest.beyond}
        for each in fill.exposures:
            assert all(one.span_ms <= longest[one.limit.rule] for one in each.beyond)


def test_the_warmth_of_a_stay_is_that_of_its_hours_and_not_of_the_month() -> None:
    warm = whole([*stretch(30, 24), *stretch(20, 24, since=START_MS + DAY_MS)])
    found = exposure(stay(48, since_h=24), warm, LIMITS, START_MS + 2 * DAY_MS)
    assert found.warmth.kinetic_c == pytest.approx(20)
