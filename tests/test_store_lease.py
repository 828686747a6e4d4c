"""Does every store agree with itself who of several hubs acts? The same tests for each implementation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import LeaseLost, StoreGone
from hub.store.port import Store
from hub.store.ports.lease import BootMoment, Lease
from hub.store.sqlite.store import SqliteStore, open_store
from tests.hub_examples import NOON, message_record, opened

SPAN_MS = 60_000


@dataclass
class BootClock:
    """The clock of one machine, for all its hubs."""

    at_ms: int = 1_000
    boot: str = "first"

    def __call__(self) -> BootMoment:
        return BootMoment(boot=self.boot, at_ms=self.at_ms)


@pytest.fixture(params=["a file", "memory"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two hubs on every implementation; a PostgreSQL one joins here."""
    path = tmp_path / "hub.sqlite" if request.param == "a file" else None
    one = open_store(path, "write")
    two = _beside(one) if path is None else open_store(path, "write")
    yield one, two
    one.close()
    two.close()


Pair = tuple[Store, Store]


def lease_of(store: Store) -> Lease:
    found = store.lease()
    assert found is not None
    return found


def test_whoever_comes_first_acts_and_holds_it_for_its_span(pair: Pair) -> None:
    one, two = pair
    assert one.lease() is None
    assert one.claim_lease("one", BootClock(), SPAN_MS)
    assert two.lease() == Lease(holder="one", number=1, boot="first", until_ms=1_000 + SPAN_MS)


def test_nobody_takes_a_lease_that_is_not_over(pair: Pair) -> None:
    one, two = pair
    clock = BootClock()
    one.claim_lease("one", clock, SPAN_MS)
    clock.at_ms += SPAN_MS - 1
    assert not two.claim_lease("two", clock, SPAN_MS)
    clock.at_ms += 1
    assert two.claim_lease("two", clock, SPAN_MS)
    assert (lease_of(one).holder, lease_of(one).number) == ("two", 2)


def test_with_the_machine_that_starts_anew_every_lease_ends(pair: Pair) -> None:
    one, two = pair
    one.claim_lease("one", BootClock(at_ms=9_000_000), SPAN_MS)
    assert two.claim_lease("two", BootClock(at_ms=5, boot="second"), SPAN_MS)


def test_a_lease_whose_holder_is_known_to_be_gone_need_not_be_waited_for(pair: Pair) -> None:
    one, two = pair
    clock = BootClock()
    one.claim_lease("one", clock, SPAN_MS)
    assert two.claim_lease("two", clock, SPAN_MS, is_left=True)


def test_keeping_a_lease_prolongs_it_and_a_store_without_one_keeps_nothing(pair: Pair) -> None:
    one, two = pair
    clock = BootClock()
    one.keep_lease()
    assert one.lease() is None
    one.claim_lease("one", clock, SPAN_MS)
    clock.at_ms += 10
    one.keep_lease()
    assert lease_of(two).until_ms == 1_010 + SPAN_MS


def test_what_is_over_and_taken_by_nobody_is_still_its_holders(pair: Pair) -> None:
    """A machine that slept must not end its only hub."""
    one, two = pair
    clock = BootClock()
    one.claim_lease("one", clock, SPAN_MS)
    clock.at_ms += 10 * SPAN_MS
    with one.transaction():
        one.apply([message_record()])
    assert (lease_of(two).holder, lease_of(two).until_ms) == ("one", clock.at_ms + SPAN_MS)


def test_a_busy_hub_writes_its_lease_anew_only_when_half_of_it_is_gone(pair: Pair) -> None:
    one, two = pair
    clock = BootClock()
    one.claim_lease("one", clock, SPAN_MS)
    for later_ms, until_ms in ((SPAN_MS // 2, 1_000 + SPAN_MS), (1, 1_001 + SPAN_MS + SPAN_MS // 2)):
        clock.at_ms += later_ms
        with one.transaction():
            one.apply([message_record()])
        assert lease_of(two).until_ms == until_ms


@dataclass
class Hubs:
    """Several hubs on one file."""

    path: Path
    clock: BootClock = field(default_factory=BootClock)
    stores: dict[str, SqliteStore] = field(default_factory=dict)

    def open(self, name: str) -> SqliteStore:
        self.stores[name] = open_store(self.path, "write")
        return self.stores[name]

    def claim(self, name: str) -> bool:
        return self.stores[name].claim_lease(name, self.clock, SPAN_MS)

    def close(self) -> None:
        for one in self.stores.values():
            one.close()


@pytest.fixture
def hubs(tmp_path: Path) -> Iterator[Hubs]:
    found = Hubs(tmp_path / "hub.sqlite")
    for name in ("one", "two"):
        found.open(name)
    yield found
    found.close()


def test_a_hub_that_was_frozen_can_neither_write_nor_begin_an_attempt_when_it_comes_back(hubs: Hubs) -> None:
    one, two = hubs.stores["one"], hubs.stores["two"]
    assert hubs.claim("one")
    with one.transaction():
        one.apply([message_record()])
    hubs.clock.at_ms += SPAN_MS
    assert hubs.claim("two")
    with pytest.raises(LeaseLost, match="another hub has taken over"), one.transaction():
        one.begin_attempt("a-1-1", NOON)
    assert two.attempts("a-1-1") == []
    with pytest.raises(LeaseLost):
        one.keep_lease()
    with two.transaction():
        assert two.begin_attempt("a-1-1", NOON) == 1


def test_a_hub_that_lost_its_lease_never_gets_it_back_by_itself(hubs: Hubs) -> None:
    """What it remembers is not what the other has done since."""
    hubs.claim("one")
    hubs.clock.at_ms += SPAN_MS
    hubs.claim("two")
    hubs.clock.at_ms += 10 * SPAN_MS
    with pytest.raises(LeaseLost), hubs.stores["one"].transaction():
        pass
    assert issubclass(LeaseLost, StoreGone), "it ends, to be started again"


def test_a_program_that_only_adds_to_the_records_needs_no_lease(hubs: Hubs) -> None:
    hubs.claim("one")
    with hubs.stores["two"].transaction():
        hubs.stores["two"].apply([message_record()])
    assert len(hubs.stores["one"].messages_due(NOON, 9)) == 1


def test_a_lock_that_was_seized_ends_whoever_held_it(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    one, two = open_store(path, "hub"), open_store(path, "write")
    two.seize_lock()
    with pytest.raises(StoreGone), one.transaction():
        pass
    two.check()
    with two.transaction():
        pass
    assert [file.name for file in tmp_path.iterdir() if ".lock" in file.name] == ["hub.sqlite.lock"]
    one.close()
    two.close()


acts = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["act", "claim"]), st.integers(0, 90_000)))


@given(acts)
def test_no_two_hubs_ever_act_at_once_whoever_freezes_and_comes_back(
    steps: list[tuple[str, str, int]],
) -> None:
    """On one connection: what another connection would have committed is what this one reads."""
    clock = BootClock()
    with opened() as store:
        made = {name: _beside(store) for name in "abc"}
        held: list[str] = []
        counter = itertools.count(1)
        for name, act, later_ms in steps:
            clock.at_ms += later_ms
            before = store.lease()
            if act == "claim":
                took = (
                    made[name].claim_lease(name, clock, SPAN_MS)
                    if not _lost(made[name], held, name)
                    else False
                )
                if took and (not held or held[-1] != name):
                    assert before is None or before.is_over(clock()), "it was still another's"
                    held.append(name)
            else:
                ok = _acts(made[name], f"m{next(counter)}")
                holds = made[name]._held is not None
                assert ok == (not holds or bool(held and held[-1] == name))


def _beside(store: SqliteStore) -> SqliteStore:
    return SqliteStore(store._database)


def _lost(store: SqliteStore, held: list[str], name: str) -> bool:
    """Tell whether this hub has already been replaced: then it has ended."""
    return store._held is not None and bool(held) and held[-1] != name


def _acts(store: SqliteStore, name: str) -> bool:
    try:
        with store.transaction():
            store.apply([message_record(name)])
    except LeaseLost:
        return False
    return store.message(name) is not None
