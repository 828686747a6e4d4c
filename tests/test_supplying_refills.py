"""Do the refills fall when packs come home, come back when that is undone, and never fall below none?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS
from hub.care.entries import Entry, EntryUndone, PacksFetched, TabletsCounted
from hub.care.people import Supply
from hub.care.supplying.moves import stock_of
from hub.care.supplying.outlook import Known, outlook
from hub.care.supplying.refills import refills_left
from tests.care_days import at, household, regimen

START = at("00:00", 22)
PACKS = PacksFetched(regimen="azathioprine", tablets=28)


def home(left: int | None, *, supply: bool = True) -> Supply | None:
    return Supply(tablets=10, counted_on=date(2026, 11, 22), refills_left=left) if supply else None


def left_after(supply: Supply | None, entries: list[Entry]) -> int | None:
    one = replace(regimen(), supply=supply)
    return refills_left(household(regimens=[one]), one, entries)


def said(number: int, when: int, fact: PacksFetched | EntryUndone | TabletsCounted) -> Entry:
    return Entry(entry=f"e-{number}", patient="ada", at=when, by="bea", fact=fact)


def test_one_time_of_fetching_is_one_refill_however_many_packs_it_brings() -> None:
    assert left_after(home(3), []) == 3
    assert left_after(home(3), [said(1, START + HOUR_MS, replace(PACKS, tablets=84))]) == 2
    assert left_after(home(3), [said(1, START + HOUR_MS, replace(PACKS, regimen="other"))]) == 3
    assert (
        left_after(home(3), [said(1, START + HOUR_MS, TabletsCounted(regimen="azathioprine", tablets=3))])
        == 3
    )


def test_what_was_fetched_before_the_count_is_no_part_of_it() -> None:
    assert left_after(home(3), [said(1, START - 1, PACKS)]) == 3
    assert left_after(home(3), [said(1, START, PACKS)]) == 2


def test_where_nobody_has_said_how_many_there_are_nobody_knows() -> None:
    assert left_after(home(None), [said(1, START, PACKS)]) is None
    assert left_after(home(3, supply=False), []) is None


def test_without_a_refill_a_prescription_is_needed_until_the_fetching_is_undone() -> None:
    one = replace(regimen(), supply=home(1))
    place = household(regimens=[one])
    fetched = said(1, START + HOUR_MS, replace(PACKS, tablets=1))

    def is_needed(*entries: Entry) -> bool:
        known = Known(
            household=place, patient="ada", entries=entries, intakes=(), slots=(), at=at("10:00", 23)
        )
        found = outlook(known, one).ordering
        assert found is not None
        return found.is_prescription_needed

    assert not is_needed()
    assert is_needed(fetched)
    assert not is_needed(fetched, said(2, START + 2 * HOUR_MS, EntryUndone(entry="e-1")))


acts = st.lists(
    st.one_of(
        st.builds(PacksFetched, regimen=st.just("azathioprine"), tablets=st.sampled_from([1.0, 28.0])),
        st.builds(TabletsCounted, regimen=st.just("azathioprine"), tablets=st.sampled_from([0.0, 30.5])),
        st.builds(EntryUndone, entry=st.integers(0, 9).map(lambda number: f"e-{number}")),
    ),
    max_size=10,
)


@given(first=st.integers(0, 4), facts=acts)
def test_refills_are_never_less_than_none_and_the_stock_stays_what_moved_it(
    first: int, facts: list[PacksFetched | TabletsCounted | EntryUndone]
) -> None:
    entries = [said(number, START + (number + 1) * HOUR_MS, fact) for number, fact in enumerate(facts)]
    for many in range(len(entries) + 1):
        left = left_after(home(first), entries[:many])
        assert left is not None
        assert 0 <= left <= first
    one = replace(regimen(), supply=home(first))
    stock = stock_of(household(regimens=[one]), one, entries, ())
    assert stock.all_eighths == stock.fetched - stock.taken - stock.discarded + stock.corrected
    assert stock.all_eighths >= 0


@given(first=st.integers(0, 4), facts=acts)
def test_undoing_the_last_word_leaves_the_refills_as_they_were(
    first: int, facts: list[PacksFetched | TabletsCounted | EntryUndone]
) -> None:
    entries = [said(number, START + (number + 1) * HOUR_MS, fact) for number, fact in enumerate(facts)]
    if entries:
        undoing = said(99, START + 99 * HOUR_MS, EntryUndone(entry=entries[-1].entry))
        assert left_after(home(first), [*entries, undoing]) == left_after(home(first), entries[:-1])
