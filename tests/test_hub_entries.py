"""Does a stranger's word stay without effect over every restart, and do ten thousand words stop no hub?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import MINUTE_MS
from hub.care.duty import watch_at
from hub.care.entries import DutyTaken, Entry, Fact, SlotStated, TabletsCounted
from hub.engine import ENTRIES_AT_ONCE, Engine
from hub.store.sqlite.store import SqliteStore, open_store
from hub.writing import entry_of
from tests.care_days import at
from tests.hub_examples import HOME, MORNING
from tests.test_hub_engine import TEXT, started

NOW = at("07:00")
STRANGERS = ("mallory", "box", "kitchen", "ADA", "")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return a store in a file, as the hub keeps it."""
    with closing(open_store(tmp_path / "pillbox.db")) as opened:
        yield opened


def said(fact: Fact, by: str, number: int = 0) -> Entry:
    return entry_of("ada", fact, by=by, at_ms=NOW + number)


@pytest.mark.parametrize("by", STRANGERS)
def test_what_a_stranger_wrote_has_no_effect_after_a_restart_either(store: SqliteStore, by: str) -> None:
    """It had none at first, and all once the hub was started again: the duty was the stranger's choice."""
    facts = (DutyTaken(who="cem"), TabletsCounted(regimen="azathioprine", tablets=0))
    hub = started(store, NOW)
    for fact in facts:
        hub.write(said(fact, by), NOW + MINUTE_MS)
    assert store.entries_waiting() == []
    for _ in range(2):
        assert store.entries("ada") == []
        assert store.load(HOME, "ada", NOW).entries == ()
        Engine(store).start(NOW + 2 * MINUTE_MS)
    assert [store.entry(said(fact, by).entry) for fact in facts] == [said(fact, by) for fact in facts]


def test_the_word_of_a_caregiver_who_has_left_since_still_counts(store: SqliteStore) -> None:
    hub = started(store, NOW)
    counted = said(TabletsCounted(regimen="azathioprine", tablets=7), "cem")
    hub.write(counted, NOW + MINUTE_MS)
    without_cem = TEXT.replace('id = "cem"', 'id = "dan"').replace('who = "cem"', 'who = "dan"')
    hub.import_household(without_cem, NOW + 2 * MINUTE_MS)
    assert hub.household is not None
    assert hub.household.writer("ada", "cem") is None
    Engine(store).start(NOW + 3 * MINUTE_MS)
    assert store.entries("ada") == [counted]
    assert store.load(HOME, "ada", NOW).entries == (counted,)


def test_a_duty_that_a_stranger_gave_away_stays_whose_it_was(store: SqliteStore) -> None:
    hub = started(store, NOW)
    assert hub.household is not None
    before = watch_at(hub.household, "ada", store.entries("ada"), NOW + MINUTE_MS)
    hub.write(said(DutyTaken(who="cem"), "mallory"), NOW)
    assert watch_at(hub.household, "ada", store.entries("ada"), NOW + MINUTE_MS) == before


def test_a_flood_of_words_is_taken_in_by_and_by_in_its_order(store: SqliteStore) -> None:
    """Ten thousand in one turn kept the hub deaf for minutes, and whoever restarts a deaf hub, for ever."""
    hub = started(store, NOW)
    flood = [
        said(TabletsCounted(regimen="azathioprine", tablets=number % 50), "bea", number)
        for number in range(2 * ENTRIES_AT_ONCE + 1)
    ]
    with store.transaction():
        for entry in flood:
            store.add_entry(entry)
    waiting = []
    while store.entries_waiting():
        hub.take_entries(NOW + MINUTE_MS)
        waiting.append(len(store.entries_waiting()))
    assert waiting == [ENTRIES_AT_ONCE + 1, 1, 0]
    assert store.load(HOME, "ada", NOW).entries == tuple(flood)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(["ada", "bea", "cem", *STRANGERS]), min_size=1, max_size=6))
def test_only_who_has_a_part_in_the_care_is_kept_in_mind(writers: list[str]) -> None:
    with closing(open_store(None)) as store:
        hub = started(store, NOW)
        for number, by in enumerate(writers):
            hub.write(said(SlotStated(slot=MORNING, outcome="skipped"), by, number), NOW + MINUTE_MS)
        kept = [entry.by for entry in store.entries("ada")]
        assert kept == [by for by in writers if by in ("ada", "bea", "cem")]
