"""Does one letter that a worn card has turned stop nothing but itself, and is it told?"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.engine import Engine
from controller.keeping.outbox import Outbox
from controller.keeping.rows import whole
from controller.wire.envelope import read_envelope
from tests.box_parts import (
    ACK_TOPIC,
    ack,
    events,
    kinds,
    move,
    open_outbox,
    opened,
    stamp,
    started_engine,
    tick,
)

FORKED = 2**53 - 1
"""What the hub answers where it knows other events by a stream's numbers."""


def turn(path: Path, statement: str) -> None:
    """Damage a closed file as no check of SQLite's notices."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)


def turn_row(path: Path, seq: int) -> None:
    letter = "cast(replace(cast(body AS BLOB), x'6b696e64', x'6bE96e64') AS TEXT)"
    turn(path, f"UPDATE outbox SET body = {letter} WHERE seq = {seq}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An outbox of five events, closed."""
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(number) for number in range(1, 6)], {"plan": "{}", "lids": '{"lids":{}}'})
    outbox.keep_note("wall_ms", "17")
    outbox.close()
    return path


def sent(outbox: Outbox) -> list[int]:
    return [seq for seq, _ in outbox.pending(0, 100)]


def test_an_unreadable_event_holds_up_none_of_the_others(path: Path) -> None:
    turn_row(path, 3)
    outbox = open_outbox(path)
    assert sent(outbox) == [1, 2, 4, 5]
    assert outbox.unreadable == {3}


def test_law_1_a_place_that_cannot_be_read_is_taken_by_the_word_of_it_and_the_hub_confirms_the_rest(
    path: Path,
) -> None:
    """The hub confirms without a gap: a place left empty holds up all that comes after it."""
    turn_row(path, 3)
    outbox = open_outbox(path)
    engine = started_engine(outbox)
    told: dict[int, str] = {}
    for second in range(6, 60, 6):
        told |= {event["seq"]: event["data"]["because"] for event in events(tick(engine, 1_000 * second))}
    assert told[3] == "event_unreadable"
    assert sorted(told) == [*range(1, 7)], "five events, the start of the box, and no gap"
    engine.receive(ACK_TOPIC, ack(outbox.stream, 6), stamp(61_000))
    assert outbox.depth == 0


def test_what_cannot_be_read_is_kept_as_it_is(path: Path) -> None:
    turn_row(path, 3)
    outbox = open_outbox(path)
    outbox.pending(0, 10)
    outbox.stand_in(opened(9))
    [(seq, body)] = outbox._db.execute("SELECT seq, body FROM unreadable").fetchall()
    assert (seq, b"k\xe9nd" in body) == (3, True)
    assert outbox.unreadable == set()
    assert sent(outbox) == [1, 2, 3, 4, 5]


def test_an_unreadable_event_that_the_hub_has_already_is_not_told_a_second_time(path: Path) -> None:
    """Its acknowledgement was on the way: another event under its number would fork the stream."""
    turn_row(path, 3)
    outbox = open_outbox(path)
    engine = started_engine(outbox)
    engine.receive(ACK_TOPIC, ack("stream-1", 5), stamp(100))
    told = [event for second in range(6, 60, 6) for event in events(tick(engine, 1_000 * second))]
    assert {event["seq"] for event in told} == {6}
    assert outbox.stream == "stream-1"


@pytest.mark.parametrize("body", ["NULL || ''", "x'ff00'", "17", "'{}'", '\'{"kind":"x"}\'', "'['", "''"])
def test_whatever_stands_in_a_row_is_set_aside_and_never_raises(path: Path, body: str) -> None:
    turn(path, f"UPDATE outbox SET body = coalesce({body}, '') WHERE seq = 2")
    outbox = open_outbox(path)
    assert sent(outbox) == [1, 3, 4, 5]
    outbox.stand_in(opened(9))
    assert sent(outbox) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("text", ["cast(x'7bff7d' AS TEXT)", "'{\"lids\"'", "x'00ff'", "3"])
def test_an_unreadable_part_of_the_memory_is_as_if_never_known_and_told(path: Path, text: str) -> None:
    turn(path, f"UPDATE memory SET json = {text} WHERE part = 'lids'")
    outbox = open_outbox(path)
    assert outbox.parts() == {"plan": "{}"}
    engine = started_engine(outbox)
    move(engine, 1_000, is_open=True)
    told = [json.loads(text)["data"] for _, text in outbox.pending(0, 100) if "memory_unreadable" in text]
    assert [each["count"] for each in told] == [1]
    assert json.loads(outbox.parts()["lids"])["lids"]["mon-am"]["open"] is True


@pytest.mark.parametrize("value", ["'17x5'", "cast(x'ff' AS TEXT)", "''", "'-4'", "x'ff'"])
def test_a_note_that_is_no_number_counts_for_nothing(path: Path, value: str) -> None:
    turn(path, f"UPDATE meta SET value = {value} WHERE key = 'note.wall_ms'")
    assert whole(open_outbox(path).note("wall_ms")) == 0


def test_a_note_that_is_a_number_counts() -> None:
    assert (whole("17"), whole(None), whole("9" * 5_000)) == (17, 0, 0)


@pytest.mark.parametrize("value", ["cast(x'ff' AS TEXT)", "''", "'A B'", "x'00'"])
def test_an_unreadable_stream_is_replaced_by_a_new_one_with_all_that_waits(path: Path, value: str) -> None:
    turn(path, f"UPDATE meta SET value = {value} WHERE key = 'stream'")
    outbox = open_outbox(path, first_mint=8)
    found = [read_envelope(text) for _, text in outbox.pending(0, 10)]
    assert [(event.stream, event.seq, event.stamp.mono_ms) for event in found] == [
        ("stream-8", number, number) for number in range(1, 6)
    ]


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
@example(at=3_699, bit=7)  # a word of the schema is no text any more
@example(at=3_836, bit=0)  # the name of a column is another one
def test_a_turned_bit_anywhere_in_the_file_lets_the_box_start_record_and_go_on(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    path = tmp_path_factory.mktemp("bit") / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(number) for number in range(1, 6)], {"plan": "{}"})
    outbox.close()
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] ^= 1 << bit
    path.write_bytes(bytes(raw))
    engine = started_engine(open_outbox(path, first_mint=7))
    assert "lid.opened" in kinds(move(engine, 1_000, is_open=True))


def test_what_lies_behind_a_bad_page_is_saved_too(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(number) for number in range(400)], {})
    outbox.close()
    raw = path.read_bytes()
    middle = next(at for at in range(0, len(raw), 4_096) if b'"mono_ms":200,' in raw[at : at + 4_096])
    path.write_bytes(raw[:middle] + b"\xff" * 4_096 + raw[middle + 4_096 :])
    again = open_outbox(path, first_mint=2)
    assert again.damaged is not None
    found = [read_envelope(text).stamp.mono_ms for _, text in again.pending(0, 1_000)]
    assert (found[0], found[-1]) == (0, 399)
    assert found == sorted(set(found))


# Other events under the same numbers.


def test_a_fork_that_the_hub_tells_of_puts_everything_that_waits_into_a_new_stream(tmp_path: Path) -> None:
    """A card restored from an image wrote on, offline, below what the hub has of its stream."""
    outbox = open_outbox(tmp_path / "box.sqlite3")
    engine = started_engine(outbox, linked=False)
    move(engine, 1_000, is_open=True)
    move(engine, 2_000, is_open=False)
    engine.link(True, stamp(3_000))
    out = engine.receive(ACK_TOPIC, ack("stream-1", FORKED), stamp(4_000)).outgoing
    assert kinds(out) == ["box.started", "lid.opened", "lid.closed", "box.health"]
    assert {(event["stream"], event["seq"]) for event in events(out)} == {
        ("stream-2", number) for number in range(1, 5)
    }
    assert events(out)[-1]["data"]["because"] == "stream_renewed"
    again = engine.receive(ACK_TOPIC, ack("stream-1", FORKED), stamp(5_000)).outgoing
    assert (outbox.stream, events(again)) == ("stream-2", []), "the same word again changes nothing"
    engine.receive(ACK_TOPIC, ack("stream-2", 4), stamp(6_000))
    assert outbox.depth == 0


def confirmed_but_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """Return an outbox of five events that heard of three but could not write it down."""
    outbox = open_outbox(path)
    outbox.commit([opened(number) for number in range(1, 6)], {})
    with monkeypatch.context() as full:
        full.setattr("controller.keeping.rows.forget", _refuse)
        assert outbox.acked("stream-1", 3) == "stale"
    assert outbox.depth == 5
    return outbox


def _refuse(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_what_is_known_to_be_confirmed_does_not_go_into_a_new_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = confirmed_but_kept(tmp_path / "box.sqlite3", monkeypatch)
    assert outbox.acked("stream-1", FORKED) == "renewed"
    assert [read_envelope(text).stamp.mono_ms for _, text in outbox.pending(0, 10)] == [4, 5]


def test_what_is_known_to_be_confirmed_does_not_go_into_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = confirmed_but_kept(tmp_path / "box.sqlite3", monkeypatch)
    (tmp_path / "box.sqlite3").unlink()
    outbox.commit([opened(6)], {})
    assert [read_envelope(text).stamp.mono_ms for _, text in outbox.pending(0, 10)] == [4, 5, 6]


def test_a_confirmed_row_that_comes_back_in_a_damaged_file_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(number) for number in range(1, 6)], {})
    outbox.acked("stream-1", 3)
    body = outbox._db.execute("SELECT body FROM outbox WHERE seq = 4").fetchone()[0]
    outbox._db.execute("INSERT INTO outbox VALUES (2, ?)", (body.replace('"mono_ms":4', '"mono_ms":2'),))
    outbox._suspect = sqlite3.DatabaseError("database disk image is malformed")
    outbox.commit([opened(6)], {})
    assert [read_envelope(text).stamp.mono_ms for _, text in outbox.pending(0, 10)] == [4, 5, 6]


def test_a_box_goes_on_from_what_a_restart_finds(path: Path) -> None:
    outbox = open_outbox(path)
    outbox.acked("stream-1", 3)
    outbox.close()
    engine = started_engine(open_outbox(path))
    assert isinstance(engine, Engine)
    assert {event["seq"] for event in events(tick(engine, 6_000))} == {4, 5, 6}
