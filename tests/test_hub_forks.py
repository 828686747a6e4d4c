"""Does a box whose card was restored or replaced lose nothing, and is nothing it repeats acted on twice?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.envelope import Envelope
from controller.wire.instants import DAY_MS
from controller.wire.messages import FORKED
from hub.care.happenings import TroubleArrived
from hub.engine import Engine
from hub.errors import StoreRefused
from hub.intake import remembered
from hub.intake.remembered import NEW_STREAMS_A_DAY
from hub.store.sqlite.store import SqliteStore
from tests.hub_examples import (
    NOON,
    NotingCare,
    acks,
    arrival,
    arrivals,
    box_event,
    causes,
    engine_on,
    noted,
    opened,
)


def again(seq: int, stream: str, first: int) -> Envelope:
    """Return event `first` of stream s1 as its box sends it anew."""
    return replace(box_event(first), stream=stream, seq=seq)


def other(seq: int, stream: str = "s1") -> Envelope:
    """Return what a box restored from an image records under a number it has used before."""
    return box_event(seq, stream=stream, when=NOON + 1_000 + seq)


def test_a_stream_with_other_content_is_never_acknowledged_again_but_as_forked(tmp_path: Path) -> None:
    with opened(tmp_path / "hub.db") as store:
        engine = engine_on(store, NotingCare())
        engine.take(arrivals(1, 2, 3), NOON)
        assert acks(engine.take([arrival(other(3))], NOON)) == [("s1", FORKED)]
        assert acks(engine.take(arrivals(1), NOON)) == [("s1", FORKED)]
    with opened(tmp_path / "hub.db") as store:
        engine = engine_on(store, NotingCare())
        assert acks(engine.take(arrivals(4), NOON)) == [("s1", FORKED)], "also after a restart"
        assert noted(store) == causes(1, 2, 3, 4), "what was still on its way is not lost"


def test_what_waited_above_a_gap_is_acted_on_when_its_stream_forks() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        engine.take([*arrivals(1, 3, 5), arrival(other(1))], NOON)
        assert noted(store) == causes(1, 3, 5)
        assert store.mark("kitchen", "s1").gap_since is None


def test_an_event_that_comes_again_under_a_new_stream_is_stored_and_acted_on_once() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        engine.take(arrivals(1, 2), NOON)
        anew = [again(1, "s2", 1), again(2, "s2", 2), other(3, "s2")]
        for _ in range(2):
            assert acks(engine.take([arrival(one) for one in anew], NOON)) == [("s2", 3)]
        assert noted(store) == [*causes(1, 2), *causes(3, stream="s2")]
        assert store.counts()["event"] == 3


def test_what_waits_above_a_gap_that_its_box_has_left_is_acted_on_under_the_new_stream(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "hub.db") as store:
        engine_on(store, NotingCare()).take(arrivals(1, 3, 4), NOON)
    with opened(tmp_path / "hub.db") as store:
        engine = engine_on(store, NotingCare())
        anew = [again(seq, "s2", seq + 1) for seq in (1, 2)]
        assert acks(engine.take([arrival(one) for one in anew], NOON)) == [("s2", 2)]
        engine.take(arrivals(2, 3), NOON)
    with opened(tmp_path / "hub.db") as store:
        engine_on(store, NotingCare()).take(arrivals(2, 3, 4), NOON)
        assert noted(store) == [*causes(1), *causes(1, 2, stream="s2"), *causes(4)]
        assert store.counts()["event"] == 4


@dataclass
class Card:
    """What lies on the card of a box: its stream and what the hub has not confirmed."""

    stream: str = "s0"
    written: int = 0
    rows: dict[int, int] = field(default_factory=dict)

    def copy(self) -> Card:
        return Card(self.stream, self.written, dict(self.rows))


@dataclass
class RestoredBox:
    """A box whose card is copied, put back and replaced while it records and sends."""

    store: SqliteStore
    engine: Engine
    card: Card = field(default_factory=Card)
    image: Card = field(default_factory=Card)
    streams: int = 0
    moment: int = 0
    on_its_way: list[Envelope] = field(default_factory=list)

    def record(self, count: int) -> None:
        for _ in range(count):
            self.moment += 1
            self.card.written += 1
            self.card.rows[self.card.written] = self.moment

    def renew(self) -> None:
        self.streams += 1
        rows = dict(enumerate(self.card.rows.values(), 1))
        self.card = Card(f"s{self.streams}", len(rows), rows)

    def restore(self) -> None:
        # What the box recorded since the image and had not sent is gone with the broken card.
        self.card = self.image.copy()

    def send(self, count: int, *, loses_acks: bool) -> None:
        rows = sorted(self.card.rows.items())[:count]
        sent = [
            box_event(seq, stream=self.card.stream, when=NOON + moment * 1_000_000) for seq, moment in rows
        ]
        self.on_its_way += sent
        for stream, seq in acks(self.engine.take(list(map(arrival, sent)), NOON)):
            if loses_acks or stream != self.card.stream:
                continue
            if seq > self.card.written:
                self.renew()
            else:
                known = {event.at for event in self.store.events("kitchen", 0, 10**15)}
                gone = [row for one, row in self.card.rows.items() if one <= seq]
                assert {NOON + moment * 1_000_000 for moment in gone} <= known, "deleted and not stored"
                self.card.rows = {one: row for one, row in self.card.rows.items() if one > seq}

    def repeat(self, place: int) -> None:
        """Let the broker bring something old once more."""
        if self.on_its_way:
            self.engine.take([arrival(self.on_its_way[place % len(self.on_its_way)])], NOON)


ACTS = st.one_of(
    st.tuples(st.just("record"), st.integers(1, 4)),
    st.tuples(st.just("live"), st.integers(1, 4)),
    st.tuples(st.just("send"), st.integers(1, 6)),
    st.tuples(st.just("deaf"), st.integers(1, 6)),
    st.tuples(st.just("repeat"), st.integers(0, 50)),
    st.tuples(st.sampled_from(["copy", "restore", "renew", "restart"]), st.just(0)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTS, min_size=8, max_size=30))
def test_whatever_becomes_of_its_card_each_event_a_box_still_has_is_stored_and_acted_on_once(
    acts: list[tuple[str, int]],
) -> None:
    with opened() as store:
        box = RestoredBox(store, engine_on(store, NotingCare()))
        for act, count in acts:
            match act:
                case "record":
                    box.record(count)
                case "live":
                    box.record(count)
                    box.send(count, loses_acks=False)
                case "send" | "deaf":
                    box.send(count, loses_acks=act == "deaf")
                case "repeat":
                    box.repeat(count)
                case "copy":
                    box.image = box.card.copy()
                case "restore":
                    box.restore()
                case "renew":
                    box.renew()
                case _:
                    box.engine = engine_on(store, NotingCare())
        kept = {NOON + moment * 1_000_000 for moment in box.card.rows.values()}
        for _ in range(4):
            box.send(10_000, loses_acks=False)
        assert box.card.rows == {}
        stored = store.events("kitchen", 0, 10**15)
        moments = [event.at for event in stored]
        assert len(moments) == len(set(moments)) == len(noted(store))
        assert kept <= set(moments)
        assert {f"event kitchen/{one.stream}/{one.seq}" for one in stored} == set(noted(store))


def test_a_box_that_begins_ever_new_streams_is_told_of_and_not_obeyed_and_memory_stays_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remembered, "STREAMS_KEPT", 10)
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        flood = [
            box_event(2, stream=f"f{number}", when=NOON + number) for number in range(NEW_STREAMS_A_DAY + 30)
        ]
        for batch in (flood[:50], flood[50:], flood[:50]):
            engine.take([arrival(one) for one in batch], NOON)
        assert store.counts()["stream"] == NEW_STREAMS_A_DAY
        assert engine._memory is not None
        assert len(engine._memory.streams) == 10
        (trouble,) = (one for one in care.happenings if isinstance(one, TroubleArrived))
        assert trouble.trouble == "many_streams"
        first = [other(1, "f0")]
        assert acks(engine.take([arrival(one) for one in first], NOON)) == [("f0", 2)], "reopened"
        late = arrival(other(1, "tomorrow"))
        assert acks(engine.take([late], NOON)) == [], "the box keeps it"
        assert acks(engine.take([late], NOON + DAY_MS)) == [("tomorrow", 1)]


def test_a_commit_that_fails_again_and_again_uses_up_no_streams() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        run = store._run

        def refuse(sql: str, values: Any = ()) -> Any:
            if sql == "COMMIT":
                raise StoreRefused("the disk is full")
            return run(sql, values)

        store._run = refuse  # type: ignore[method-assign]  # the test is the disk
        for _ in range(NEW_STREAMS_A_DAY + 1):
            with pytest.raises(StoreRefused):
                engine.take(arrivals(1), NOON)
        store._run = run  # type: ignore[method-assign]  # and mends it
        assert acks(engine.take(arrivals(1), NOON)) == [("s1", 1)]
