"""Is what the outbox took still there, once and in order, whatever happens to the file, disk and process?"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import CannotRecord
from controller.keeping.ballast import BALLAST_BYTES
from controller.keeping.outbox import Outbox
from controller.wire.envelope import read_envelope
from tests.box_parts import REPOSITORY, open_outbox, opened, sample, stored


def numbers(outbox: Outbox) -> list[int]:
    return [seq for seq, _ in outbox.pending(0, 10_000)]


def marks(outbox: Outbox) -> list[int]:
    """Return which of the testimonies of `opened` are there, by their boot-clock stamp."""
    return [read_envelope(text).stamp.mono_ms for _, text in outbox.pending(0, 100_000)]


def test_what_was_committed_is_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "box.sqlite3")
    assert outbox.commit([opened(1), opened(2)], {"plan": '{"a":1}'}) == (1, 2)
    outbox.close()
    again = open_outbox(tmp_path / "box.sqlite3", first_mint=99)
    assert marks(again) == [1, 2]
    assert again.parts() == {"plan": '{"a":1}'}
    assert again.stream == "stream-1"
    assert (again.depth, again.written, again.confirmed) == (2, 2, 0)


def test_an_event_is_sealed_with_the_identity_of_its_row() -> None:
    outbox = open_outbox()
    outbox.commit([opened(5, "mon-pm")], {})
    [(seq, text)] = outbox.pending(0, 10)
    event = read_envelope(text)
    assert (event.box, event.stream, event.seq) == ("kitchen", "stream-1", seq)
    assert event.kind == "lid.opened"
    assert event.stamp == opened(5).stamp


def test_the_file_is_opened_the_only_way_that_outlives_a_power_cut(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "box.sqlite3")
    assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._db.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"


def test_a_drained_queue_goes_on_counting_and_never_uses_a_number_twice(tmp_path: Path) -> None:
    """A plain key starts at 1 again when the table is empty: the hub would drop the new event as known."""
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(1), opened(2), opened(3)], {})
    assert outbox.acked("stream-1", 3) == "progress"
    assert outbox.depth == 0
    outbox.close()
    again = open_outbox(path)
    assert (again.written, again.confirmed) == (3, 3)
    assert again.commit([opened(4)], {}) == (4,)


def test_an_acknowledgement_frees_only_its_own_stream() -> None:
    outbox = open_outbox()
    outbox.commit([opened(1), opened(2)], {})
    assert outbox.acked("another-stream", 2) == "foreign"
    assert outbox.acked("another-stream", 999) == "foreign"
    assert numbers(outbox) == [1, 2]


def test_acknowledgements_late_repeated_and_out_of_order_are_harmless() -> None:
    outbox = open_outbox()
    outbox.commit([opened(number) for number in range(1, 6)], {})
    assert outbox.acked("stream-1", 3) == "progress"
    assert outbox.acked("stream-1", 1) == "stale"
    assert outbox.acked("stream-1", 3) == "stale"
    assert outbox.acked("stream-1", 0) == "stale"
    assert numbers(outbox) == [4, 5]
    assert (outbox.confirmed, outbox.depth) == (3, 2)


def test_a_hub_that_knows_more_than_was_written_makes_the_box_begin_a_new_stream() -> None:
    """The card was restored from a backup: its next numbers are taken at the hub, by other events."""
    outbox = open_outbox()
    outbox.commit([opened(1), opened(2), opened(3)], {})
    outbox.acked("stream-1", 2)
    assert outbox.acked("stream-1", 4) == "renewed"
    assert outbox.stream == "stream-2"
    assert numbers(outbox) == [1], "what is left is counted from 1 in the new stream"
    assert marks(outbox) == [3]
    assert outbox.commit([opened(4)], {}) == (2,)
    assert outbox.acked("stream-1", 4) == "foreign"
    assert outbox.acked("stream-2", 2) == "progress"


def test_a_restored_backup_loses_nothing_that_it_writes_after_the_restore(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(1)], {})
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    backup = path.read_bytes()
    outbox.commit([opened(2), opened(3)], {})
    outbox.close()
    path.write_bytes(backup)
    restored = open_outbox(path, first_mint=7)
    restored.commit([opened(4)], {})
    assert restored.stream == "stream-1", "the file cannot know that it is old"
    assert restored.acked("stream-1", 3) == "renewed"
    assert restored.stream == "stream-7"
    assert marks(restored) == [1, 4]


def test_the_new_stream_outlives_a_restart(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "box.sqlite3")
    outbox.commit([opened(1)], {})
    outbox.acked("stream-1", 9)
    outbox.close()
    again = open_outbox(tmp_path / "box.sqlite3", first_mint=50)
    assert again.stream == "stream-2"
    assert numbers(again) == [1]


def test_events_and_memory_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "box.sqlite3")
    outbox.commit([opened(1)], {"slots": '{"a":1}'})
    outbox._db.execute("CREATE TRIGGER stop BEFORE INSERT ON memory BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(CannotRecord):
        outbox.commit([opened(2)], {"slots": '{"a":2}'})
    assert marks(outbox) == [1]
    assert outbox.parts() == {"slots": '{"a":1}'}
    outbox._db.execute("DROP TRIGGER stop")
    assert outbox.commit([opened(2)], {"slots": '{"a":2}'}) == (2,), "a refused commit burns no number"


@settings(max_examples=60)
@given(
    script=st.lists(
        st.one_of(st.integers(1, 4), st.tuples(st.sampled_from(["own", "other"]), st.integers(0, 40))),
        max_size=25,
    )
)
def test_law_1_nothing_leaves_the_queue_but_by_an_acknowledgement_of_its_stream(
    script: list[int | tuple[str, int]],
) -> None:
    outbox = open_outbox()
    held: dict[str, dict[int, int]] = {outbox.stream: {}}
    made = 0
    for move in script:
        mine = held[outbox.stream]
        if isinstance(move, int):
            fresh = list(range(made + 1, made + 1 + move))
            made += move
            seqs = outbox.commit([opened(number) for number in fresh], {})
            assert all(seq not in mine for seq in seqs)
            mine.update(zip(seqs, fresh, strict=True))
        elif move[0] == "other":
            assert outbox.acked("not-ours", move[1]) == "foreign"
        else:
            stream, written = outbox.stream, outbox.written
            result = outbox.acked(stream, move[1])
            if move[1] > written:
                assert result == "renewed"
                left = [mine[seq] for seq in sorted(mine)]
                assert outbox.stream not in held
                held[outbox.stream] = dict(enumerate(left, start=1))
            else:
                for seq in [seq for seq in mine if seq <= move[1]]:
                    del mine[seq]
        mine = held[outbox.stream]
        assert numbers(outbox) == sorted(mine)
        assert marks(outbox) == [mine[seq] for seq in sorted(mine)]
        assert outbox.depth == len(mine)


def test_pending_gives_what_lies_above_and_no_more_than_asked() -> None:
    outbox = open_outbox()
    outbox.commit([opened(number) for number in range(1, 11)], {})
    assert [seq for seq, _ in outbox.pending(4, 3)] == [5, 6, 7]
    assert outbox.pending(10, 3) == []


def test_a_note_of_the_shell_is_kept_beside_and_replaced(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "box.sqlite3")
    assert outbox.note("wall_ms") is None
    outbox.keep_note("wall_ms", "1")
    outbox.keep_note("wall_ms", "2")
    outbox.close()
    assert open_outbox(tmp_path / "box.sqlite3").note("wall_ms") == "2"


# A damaged file.


def damage(path: Path, at: int, length: int = 2_048) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(os.urandom(length))


def test_a_file_that_is_no_database_is_kept_aside_and_a_new_stream_begun(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    path.write_bytes(b"this was a database once" * 400)
    outbox = open_outbox(path, first_mint=5)
    assert outbox.stream == "stream-5"
    assert outbox.damaged == "box.sqlite3.damaged-20261123T060000Z"
    assert (tmp_path / outbox.damaged).read_bytes().startswith(b"this was a database once")
    assert outbox.commit([opened(1)], {}) == (1,)


def test_what_can_still_be_read_of_a_damaged_queue_comes_along(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(number) for number in range(200)], {})
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    outbox.close()
    size = path.stat().st_size
    damage(path, size - 4_096, 4_096)
    again = open_outbox(path, first_mint=2)
    assert again.damaged is not None
    found = marks(again)
    assert len(found) > 100
    assert found == sorted(found)
    assert again.stream == "stream-2", "the hub may know some of these by their old numbers"


@pytest.mark.parametrize("replaced", [False, True])
def test_what_waits_in_a_file_that_was_removed_goes_into_a_new_one(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(1)], {})
    path.unlink()
    if replaced:
        open_outbox(tmp_path / "other.sqlite3", first_mint=50).close()
        os.replace(tmp_path / "other.sqlite3", path)
    outbox.commit([opened(2)], {"plan": '{"a":1}'})
    assert outbox.damaged is not None
    outbox.close()
    again = open_outbox(path, first_mint=99)
    assert marks(again) == [1, 2]
    assert again.parts() == {"plan": '{"a":1}'}
    assert again.stream not in ("stream-1", "stream-50", "stream-99")


def test_two_damaged_files_in_one_second_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    for number in (1, 2):
        path.write_bytes(b"broken %d " % number * 900)
        open_outbox(path).close()
        for ending in ("", "-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
    kept = sorted(tmp_path.glob("*.damaged-*"))
    assert [file.read_bytes()[:8] for file in kept] == [b"broken 1", b"broken 2"]


def test_a_file_that_breaks_while_in_use_is_replaced_and_the_commit_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    outbox.commit([opened(number) for number in range(300)], {"plan": "{}"})
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    damage(path, 0, path.stat().st_size)
    outbox._db.execute("PRAGMA cache_size = 0")
    outbox._db.execute("PRAGMA shrink_memory")
    outbox.commit([opened(1_000)], {"plan": "{}"})
    assert outbox.damaged is not None
    assert marks(outbox)[-1] == 1_000
    assert outbox.parts() == {"plan": "{}"}


def test_a_directory_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotRecord, match="cannot be opened"):
        open_outbox(tmp_path / "file" / "box.sqlite3")


# A full disk.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of six mebibytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted as root; see the test that bounds the file instead")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, *, leave: int = 0) -> Path:
    """Use up the disk but for so many bytes."""
    filler = place / "filler"
    room = os.statvfs(place)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)
    return filler


def fill_until_refused(outbox: Outbox) -> int:
    """Commit numbered testimony until it is refused; return how much was taken."""
    for number in range(20_000):
        try:
            outbox.commit([opened(number)], {})
        except CannotRecord:
            return number
    raise AssertionError("the disk was never full")


def test_on_a_full_disk_samples_are_refused_and_testimony_finds_room(small_disk: Path) -> None:
    outbox = open_outbox(small_disk / "box.sqlite3")
    assert (small_disk / "box.ballast").stat().st_size == BALLAST_BYTES
    fill(small_disk)
    taken = 0
    while not outbox.tight:
        outbox.commit([opened(taken), sample(taken)], {})
        taken += 1
        assert taken < 10_000
    for _ in range(500):
        outbox.commit([opened(taken), sample(taken)], {})
        taken += 1
    assert outbox.samples_refused > 500
    assert not (small_disk / "box.ballast").exists()
    found = [read_envelope(text) for _, text in outbox.pending(0, 100_000)]
    assert sum(event.kind == "lid.opened" for event in found) == taken, "no testimony was refused"


def test_when_even_the_ballast_is_eaten_it_is_refused_aloud_and_nothing_taken_is_lost(
    small_disk: Path,
) -> None:
    outbox = open_outbox(small_disk / "box.sqlite3")
    fill(small_disk)
    taken = fill_until_refused(outbox)
    assert taken > 1_000, "the ballast keeps room for weeks of doses"
    assert marks(outbox) == list(range(taken))
    outbox.close()
    assert marks(open_outbox(small_disk / "box.sqlite3")) == list(range(taken))


def test_when_room_returns_events_are_taken_again_and_the_ballast_is_rebuilt(small_disk: Path) -> None:
    outbox = open_outbox(small_disk / "box.sqlite3")
    filler = fill(small_disk)
    taken = fill_until_refused(outbox)
    filler.unlink()
    outbox.acked("stream-1", taken)
    outbox.commit([opened(taken), sample(taken)], {})
    assert not outbox.tight
    assert (small_disk / "box.ballast").stat().st_size == BALLAST_BYTES
    assert outbox.depth == 2


def test_a_full_disk_cannot_take_an_acknowledgement_and_says_so_by_keeping_the_rows(small_disk: Path) -> None:
    outbox = open_outbox(small_disk / "box.sqlite3")
    filler = fill(small_disk)
    taken = fill_until_refused(outbox)
    outbox.acked("stream-1", 5)
    assert outbox.depth in (taken, taken - 5)
    assert len(numbers(outbox)) == outbox.depth
    filler.unlink()
    outbox.acked("stream-1", 6)
    assert outbox.depth == taken - 6


def test_a_file_that_may_not_grow_refuses_and_takes_again(tmp_path: Path) -> None:
    """The same without root: SQLite bounds its own file, which gives the error a full disk gives."""
    outbox = open_outbox(tmp_path / "box.sqlite3")
    pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
    outbox._db.execute(f"PRAGMA max_page_count = {pages + 1}")
    fill_until_refused(outbox)
    outbox.commit([sample(1)], {})
    assert outbox.samples_refused
    kept = marks(outbox)
    outbox._db.execute("PRAGMA max_page_count = 100000")
    outbox.commit([opened(77_777)], {})
    assert marks(outbox) == [*kept, 77_777]


# A process that dies.

WRITER = """
import sys
from pathlib import Path
from tests.box_parts import open_outbox, opened
outbox = open_outbox(Path(sys.argv[1]), first_mint=1)
number = int(sys.argv[2])
while True:
    outbox.commit([opened(number), opened(number + 1)], {"last": str(number + 1)})
    print(number + 1, flush=True)
    number += 2
"""


def test_law_1_what_was_reported_as_recorded_outlives_a_kill_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    chance = random.Random(20261123)
    last, reported = 0, -1
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(last)], cwd=REPOSITORY, stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        for _ in range(chance.randrange(1, 60)):
            reported = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        reported = int(rest[-1]) if rest else reported
        writer.wait(timeout=10)
        found = [event["mono_ms"] for event in stored(path)]
        assert found == list(range(len(found))), "every event once and in order"
        assert len(found) > reported, "what was reported as recorded is there"
        assert len(found) % 2 == 0, "a commit is there as a whole or not at all"
        with closing(sqlite3.connect(path)) as db:
            (memory,) = db.execute("SELECT json FROM memory WHERE part = 'last'").fetchone()
        assert json.loads(memory) == found[-1], "and so is the memory that belongs to it"
        last = len(found)
