"""Does a box on a full, read-only or hopeless card start, keep what it knows, and say what it cannot keep?"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from controller.errors import CannotRecord
from controller.keeping import database, opening
from controller.keeping.outbox import Outbox
from controller.wire.envelope import read_envelope
from controller.wire.instants import HOUR_MS
from tests.box_parts import (
    ACK_TOPIC,
    PLAN_TOPIC,
    ack,
    events,
    move,
    open_outbox,
    opened,
    plan,
    stamp,
    started_engine,
    stored,
    tick,
)

CANNOT_WRITE = "attempt to write a readonly database"


def identities(outbox: Outbox) -> list[tuple[str, int, int]]:
    found = [read_envelope(text) for _, text in outbox.pending(0, 1_000)]
    return [(event.stream, event.seq, event.stamp.mono_ms) for event in found]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """An outbox of three events of which the hub has confirmed one; its log was never folded in."""
    path = tmp_path / "state" / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(1), opened(2), opened(3)], {"plan": '{"a":1}'})
    outbox.acked("stream-1", 1)
    copy = tmp_path / "pulled"
    copy.mkdir()
    for ending in ("", "-wal"):
        Path(f"{copy / path.name}{ending}").write_bytes(Path(f"{path}{ending}").read_bytes())
    return copy / path.name


@pytest.fixture
def hopeless(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no file be written any more once `kept` is, as on a card that has gone read-only."""

    def refused(*_: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError(CANNOT_WRITE)

    monkeypatch.setattr(opening, "_open_writable", refused)


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    place.mkdir()
    done = subprocess.run(["mount", *options, str(place)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("a disk can only be mounted as root; the other tests here make do without")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.usefixtures("hopeless")
def test_an_outbox_that_cannot_be_written_goes_on_in_memory_with_all_that_it_knew(kept: Path) -> None:
    outbox = open_outbox(kept, first_mint=7)
    assert outbox.unwritable == CANNOT_WRITE
    assert outbox.parts() == {"plan": '{"a":1}'}
    outbox.commit([opened(4)], {})
    assert identities(outbox) == [("stream-1", 2, 2), ("stream-1", 3, 3), ("stream-7", 1, 4)]


@pytest.mark.usefixtures("hopeless")
def test_law_1_what_is_sent_from_memory_is_never_a_second_event_after_a_restart(kept: Path) -> None:
    """The file learns nothing of it, and numbers what it writes later as if nothing had been sent."""
    first = open_outbox(kept, first_mint=7)
    first.commit([opened(4)], {})
    second = open_outbox(kept, first_mint=8)
    second.commit([opened(5)], {})
    told = identities(first) + identities(second)
    assert len({key[:2] for key in told}) == len({key[2] for key in told})


@pytest.mark.usefixtures("hopeless")
def test_an_outbox_in_memory_takes_the_word_of_the_hub_for_each_of_its_two_streams(kept: Path) -> None:
    outbox = open_outbox(kept, first_mint=7)
    outbox.commit([opened(4), opened(5)], {})
    assert outbox.acked("stream-7", 1) == "stale", "what was queued before is still to be confirmed"
    assert identities(outbox) == [("stream-1", 2, 2), ("stream-1", 3, 3), ("stream-7", 2, 5)]
    assert outbox.acked("stream-1", 3) == "progress"
    assert identities(outbox) == [("stream-7", 2, 5)]
    assert outbox.acked("stream-7", 2) == "progress"
    assert (outbox.depth, outbox.confirmed) == (0, outbox.written)
    assert outbox.acked("another", 2) == "foreign"


@pytest.mark.usefixtures("hopeless")
def test_the_hub_confirms_what_a_box_without_a_card_sees_and_nothing_is_sent_for_ever(kept: Path) -> None:
    outbox = open_outbox(kept, first_mint=7)
    engine = started_engine(outbox)
    move(engine, 1_000, is_open=True)
    for stream in ("stream-7", "stream-1"):
        seqs = [seq for found, seq, _ in identities(outbox) if found == stream]
        engine.receive(ACK_TOPIC, ack(stream, max(seqs)), stamp(2_000))
    assert outbox.depth == 0
    assert events(tick(engine, 60_000)) == []


@pytest.mark.usefixtures("hopeless")
def test_a_box_without_a_card_reminds_and_says_on_its_panel_and_to_the_hub_what_it_cannot_do(
    tmp_path: Path,
) -> None:
    engine = started_engine(open_outbox(tmp_path / "box.sqlite3"), linked=False)
    out = engine.link(True, stamp(1_000)).outgoing
    told = [event["data"] for event in events(out) if event["kind"] == "box.health"]
    assert [each["because"] for each in told] == ["cannot_record"]
    assert CANNOT_WRITE in told[0]["text"]
    engine.receive(PLAN_TOPIC, json.dumps(plan()), stamp(2_000))
    assert "cannot record" in (engine.view.text or "")
    reminded = events(tick(engine, 3 * HOUR_MS))
    assert "reminder.given" in [event["kind"] for event in reminded]


def test_the_room_of_the_ballast_lets_a_box_start_and_the_stub_of_its_log_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "box.sqlite3"
    open_outbox(path).close()
    assert (tmp_path / "box.ballast").exists()
    Path(f"{path}-shm").write_bytes(b"\0\0\0")
    Path(f"{path}-wal").write_bytes(b"")
    connect = database.connect

    def while_there_is_room(asked: Path | None, schema: str) -> sqlite3.Connection:
        if (tmp_path / "box.ballast").exists():
            raise sqlite3.OperationalError("disk I/O error")
        assert not Path(f"{path}-shm").exists()
        assert not Path(f"{path}-wal").exists()
        return connect(asked, schema)

    monkeypatch.setattr(opening, "connect", while_there_is_room)
    outbox = open_outbox(path)
    assert outbox.unwritable is None
    outbox.commit([opened(1)], {})
    assert len(stored(path)) == 1


def test_a_log_that_holds_something_is_never_removed(kept: Path) -> None:
    opening._remove_stubs(kept)
    assert identities(open_outbox(kept)) == [("stream-1", 2, 2), ("stream-1", 3, 3)]


def test_a_box_restarts_on_a_full_card_and_records(tmp_path: Path) -> None:
    image = tmp_path / "image"
    with image.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 12 * 2**20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=False)
    with mounted(tmp_path / "card", "-o", "loop", str(image)) as card:
        path = card / "state" / "box.sqlite3"
        outbox = open_outbox(path)
        outbox.commit([opened(1)], {})
        outbox.close()
        fill(card)
        again = open_outbox(path)
        assert (again.unwritable, again.tight) == (None, True)
        again.commit([opened(2)], {})
        again.close()
        assert [event["mono_ms"] for event in stored(path)] == [1, 2]


def fill(card: Path) -> None:
    with (card / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 1_024)
        except OSError:
            return


def test_a_box_on_a_card_that_went_read_only_starts_in_memory(tmp_path: Path) -> None:
    with mounted(tmp_path / "card", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as card:
        outbox = open_outbox(card / "box.sqlite3")
        outbox.commit([opened(1)], {"plan": '{"a":1}'})
        outbox.close()
        subprocess.run(["mount", "-o", "remount,ro", str(card)], check=True)
        again = open_outbox(card / "box.sqlite3", first_mint=9)
        assert again.unwritable is not None
        assert again.parts() == {"plan": '{"a":1}'}
        again.commit([opened(2)], {})
        assert identities(again) == [("stream-1", 1, 1), ("stream-9", 1, 2)]


def test_a_file_that_another_program_holds_is_waited_for_and_not_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "box.sqlite3"
    open_outbox(path).close()
    monkeypatch.setattr("controller.keeping.database.BUSY_MS", 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CannotRecord, match="locked"):
            open_outbox(path)


def test_what_stands_in_the_place_of_the_file_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    path.mkdir()
    outbox = open_outbox(path)
    assert (outbox.unwritable, outbox.damaged) == (None, "box.sqlite3.damaged-20261123T060000Z")
    assert outbox.commit([opened(1)], {}) == (1,)


def test_what_says_who_takes_what_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(1)], {})
    assert path.parent.stat().st_mode & 0o777 == 0o700
    files = sorted(path.parent.glob("box.sqlite3*"))
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    open_outbox(path).close()
    path.chmod(0o644)
    open_outbox(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
