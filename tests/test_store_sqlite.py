"""Does the SQLite file keep its promises: killed anywhere, read by others, full, foreign, started twice?"""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from hub.care.ledger import BoxRecord
from hub.errors import StoreRefused
from hub.store import migrations, tables
from hub.store.library import Database
from hub.store.rows import Table
from hub.store.sqlite.arrivals import _TWINS
from hub.store.sqlite.store import SqliteStore, open_store
from tests.hub_examples import (
    MORNING,
    NOON,
    NotingCare,
    acks,
    arrivals,
    causes,
    engine_on,
    noted,
    opened,
    outcome_note,
    slot_record,
)

ROOT = Path(__file__).parent.parent


def run_python(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", source, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Killed anywhere.

KILLED_EVERYWHERE = """
import os, shutil, sys
from pathlib import Path
from hub.store.sqlite.store import open_store
from tests.hub_examples import NOON, Arrival, NotingCare, acks, arrivals, causes, engine_on, noted

BATCHES = [(1, 2), (4, 4), (2,), (3, 5), (5,)]
POISON = Arrival(topic="pillbox/v1/kitchen/event", payload=b"{")

def live(path, kill_at, said):
    store = open_store(path)
    engine = engine_on(store, NotingCare())
    statements = 0
    def count(sql):
        nonlocal statements
        statements += 1
        if statements == kill_at:
            os._exit(9)
    store._connection.set_trace_callback(count)
    for batch in BATCHES:
        for stream, seq in acks(engine.take([*arrivals(*batch), POISON], NOON)):
            os.write(said, f"{seq}\\n".encode())
    os._exit(0)

def check(path, acknowledged):
    store = open_store(path)
    mark = store.mark("kitchen", "s1").watermark
    assert max([0, *acknowledged]) <= mark, "acknowledged before it was durable"
    assert noted(store) == causes(*range(1, mark + 1)), "what follows is not what arrived"
    assert store.integrity() == "ok"
    engine = engine_on(store, NotingCare())
    assert acks(engine.take(arrivals(1, 2, 3, 4, 5), NOON)) == [("s1", 5)]
    assert noted(store) == causes(1, 2, 3, 4, 5), "lost or doubled"
    store.close()

folder, kill_at = Path(sys.argv[1]), 0
template = folder / "template.sqlite"
store = open_store(template)
engine_on(store, NotingCare())
store.close()
while True:
    kill_at += 1
    path = folder / f"{kill_at}.sqlite"
    shutil.copy(template, path)
    heard, said = os.pipe()
    child = os.fork()
    if child == 0:
        live(path, kill_at, said)
    os.close(said)
    with os.fdopen(heard) as lines:
        acknowledged = [int(line) for line in lines]
    _, status = os.waitpid(child, 0)
    check(path, acknowledged)
    if os.waitstatus_to_exitcode(status) == 0:
        break
    assert os.waitstatus_to_exitcode(status) == 9
print(kill_at)
"""


def test_a_hub_killed_at_any_statement_has_lost_and_doubled_nothing(tmp_path: Path) -> None:
    done = run_python(KILLED_EVERYWHERE, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 25, "each of the statements was a moment to die"


# Others at the same file.


def test_a_reader_sees_whole_transactions_while_the_hub_writes(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store:
        engine = engine_on(store, NotingCare())
        reader = open_store(path, "read")
        with store.transaction():
            store.apply([slot_record()])
            assert reader.slot("ada", MORNING) is None, "what is not committed is not seen"
        assert reader.slot("ada", MORNING) == slot_record()
        engine.take(arrivals(1, 2), NOON)
        assert reader.counts()["event"] == 2
        reader.close()


REPORTING = """
import sys
from pathlib import Path
from hub.store.sqlite.store import open_store
store = open_store(Path(sys.argv[1]), "read")
print("ready", flush=True)
while True:
    events = store.events("kitchen", 0, 10**15)
    notes = store.history("ada", "azathioprine/2026-11-23/08:00")
    assert [one.seq for one in events] == list(range(1, len(events) + 1)), "half a batch was seen"
    assert len(notes) >= len(events), "what follows was seen after what arrived"
    if len(events) == 600:
        break
print("saw all")
"""


def test_another_program_reads_a_true_picture_while_the_hub_writes(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store:
        engine = engine_on(store, NotingCare())
        reader = subprocess.Popen(
            [sys.executable, "-c", REPORTING, str(path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert reader.stdout is not None
        try:
            assert reader.stdout.readline() == "ready\n"
            for first in range(1, 601, 3):
                assert acks(engine.take(arrivals(first, first + 1, first + 2), NOON)) == [("s1", first + 2)]
            assert reader.stdout.readline() == "saw all\n"
            assert reader.wait(20) == 0
        finally:
            reader.kill()
            reader.wait()
            reader.stdout.close()


def test_a_file_that_was_left_in_order_can_be_read_while_no_hub_runs(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store, store.transaction():
        store.apply([slot_record()])
    reader = open_store(path, "read")
    assert reader.slot("ada", MORNING) == slot_record()
    with pytest.raises(StoreRefused, match="readonly"), reader.transaction():
        reader.apply([slot_record(outcome="taken")])
    reader.close()


def test_two_hubs_cannot_own_one_file_but_the_next_can(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    first = open_store(path)
    with pytest.raises(StoreRefused, match=r"another hub is running on .*hub\.sqlite"):
        open_store(path)
    beside = open_store(path, "write")
    with beside.transaction():
        beside.add_household("imported beside the hub", NOON)
    beside.close()
    newest = first.household()
    assert newest is not None
    assert newest.text == "imported beside the hub"
    first.close()
    open_store(path).close()


def test_a_refused_hub_does_not_take_the_lock_with_it(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    path.write_bytes(b"this is no database, and long enough to be looked at" * 99)
    for _ in range(2):
        with pytest.raises(StoreRefused, match="cannot be opened: file is not a database"):
            open_store(path)


def test_a_writer_waits_for_another_programs_transaction(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store:
        begun, done = threading.Event(), threading.Event()

        def import_beside() -> None:
            with closing(open_store(path, "write")) as beside, beside.transaction():
                beside.add_household("beside", NOON)
                begun.set()
                done.wait(5)

        importing = threading.Thread(target=import_beside)
        importing.start()
        assert begun.wait(5)
        threading.Timer(0.2, done.set).start()
        with store.transaction():
            store.apply([slot_record()])
        importing.join(5)
        assert store.counts()["household"] == 1
        assert store.counts()["slot"] == 1


FOUR_AT_ONCE = """
import sys
from pathlib import Path
from hub.store.sqlite.store import open_store
sys.stdin.readline()
open_store(Path(sys.argv[1]), "write").close()
"""


def test_programs_that_start_at_once_make_the_tables_once(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", FOUR_AT_ONCE, str(path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in started:
        _, said = one.communicate(timeout=30)
        assert one.returncode == 0, said


def test_a_program_waits_for_another_one_that_makes_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hub.sqlite"
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("PRAGMA journal_mode = WAL")
    first.execute("BEGIN IMMEDIATE")
    looks, said = threading.Event(), list[str]()

    def migrate_in_sight(database: Database) -> None:
        looks.set()
        migrations.migrate(database)

    def open_second() -> None:
        try:
            open_store(path, "write").close()
        except StoreRefused as refused:
            said.append(str(refused))

    monkeypatch.setattr("hub.store.sqlite.file.migrate", migrate_in_sight)
    second = threading.Thread(target=open_second)
    second.start()
    assert looks.wait(5)
    migrations.steps.apply(Database(first, execute_plugins=False))
    first.execute("COMMIT")
    first.close()
    second.join(15)
    assert said == []


# How it is kept.


def test_a_commit_is_on_disk_and_the_log_is_written_ahead(tmp_path: Path) -> None:
    with opened(tmp_path / "hub.sqlite") as store:
        assert store._rows("PRAGMA synchronous") == [(2,)], "FULL: less loses commits in a power cut"
        assert store._rows("PRAGMA journal_mode") == [("wal",)]


def test_a_transaction_takes_the_write_lock_at_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store, store.transaction():
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_only_its_owner_may_read_who_takes_which_medicine(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store, store.transaction():
        store.apply([slot_record()])
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file.name


def test_a_folder_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match=r"hub\.sqlite\.lock cannot be written: No such file"):
        open_store(tmp_path / "nowhere" / "hub.sqlite")
    with pytest.raises(StoreRefused, match="cannot be written"):
        open_store(tmp_path / "nowhere" / "hub.sqlite", "write")
    with pytest.raises(StoreRefused, match="has the hub ever run"):
        open_store(tmp_path / "hub.sqlite", "read")
    assert not (tmp_path / "hub.sqlite").exists(), "looking must not make a file"


def fill(store: SqliteStore) -> None:
    """Let the file grow no further, as on a full disk."""
    (pages,) = store._rows("PRAGMA page_count")[0]
    store._run(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_takes_nothing_and_forgets_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with opened(tmp_path / "hub.sqlite") as store:
        care = NotingCare()
        engine = engine_on(store, care)
        engine.take(arrivals(1), NOON)
        fill(store)
        many = range(2, 400)
        with pytest.raises(StoreRefused, match="full"):
            engine.take(arrivals(*many), NOON)
        assert noted(store) == causes(1)
        assert store.mark("kitchen", "s1").watermark == 1
        store._run("PRAGMA max_page_count = 1000000")
        assert acks(engine.take(arrivals(*many), NOON)) == [("s1", 399)]
        assert noted(store) == causes(*range(1, 400))


def test_a_damaged_row_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with opened(tmp_path / "hub.sqlite") as store:
        with store.transaction():
            store.apply([slot_record()])
            store._run("UPDATE slot SET amounts = '[{' WHERE slot = ?", (MORNING,))
        with pytest.raises(StoreRefused, match="a row of table 'slot' is damaged"):
            store.slot("ada", MORNING)
        store._run("UPDATE slot SET amounts = '[]', status = 'lost'")
        with pytest.raises(StoreRefused, match=r"slot\.status is 'lost'"):
            store.slot("ada", MORNING)


def test_a_closed_store_refuses_in_a_sentence() -> None:
    store = open_store(None)
    store.close()
    with pytest.raises(StoreRefused, match="closed"):
        store.counts()
    with pytest.raises(StoreRefused, match="closed"):
        store.apply([outcome_note()])


# The form of the tables.


def every_table() -> Iterator[Table[Any]]:
    for value in vars(tables).values():
        if isinstance(value, Table):
            yield value


@pytest.mark.parametrize("table", list(every_table()), ids=lambda table: table.name)
def test_a_record_has_a_column_for_each_of_its_fields(table: Table[Any]) -> None:
    with opened() as store:
        columns = {row[1]: row for row in store._rows(f"PRAGMA table_info({table.name})")}
    assert set(table.columns) == {field.name for field in fields(table.shape)}
    assert set(table.columns) <= columns.keys()
    unknown = columns.keys() - set(table.columns) - {"id", "cleared_at", "state", "attempts", "next_try_at"}
    assert not unknown, "a column that nothing fills"


def test_a_database_of_a_newer_hub_is_refused_whoever_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    open_store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('hub', 'm999_later')"
        )
    connection.close()
    for purpose in ("hub", "write", "read"):
        with pytest.raises(StoreRefused, match=r"a newer version of the hub \(m999_later\)"):
            open_store(path, purpose)


def test_a_database_of_an_older_hub_is_brought_up_by_the_hub_and_not_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    database = Database(str(path), execute_plugins=False)
    migrations.steps.apply(database, stop_before="m003_who_is_told")
    database.close()
    with pytest.raises(StoreRefused, match="start the hub once"):
        open_store(path, "read")
    with opened(path) as store:
        assert store.counts()["message"] == 0
    open_store(path, "read").close()


def test_slots_and_boxes_of_an_older_hub_are_read_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    database = Database(str(path), execute_plugins=False)
    migrations.steps.apply(database, stop_before="m005_what_waits_for_the_close")
    database.execute(
        "INSERT INTO slot (patient, slot, regimen, box, compartment, remind_at, amounts, status, evidence, "
        "because, opens_at, due_at, late_at, closes_at, reminded) VALUES ('ada', 'a/2026-11-23/08:00', 'a', "
        "'kitchen', 'mon-am', '[]', '[]', 'planned', 'none', '', 1, 2, 3, 4, 0)"
    )
    database.execute(
        "INSERT INTO box (box, patient, presence, faults, plan, plan_until) "
        "VALUES ('kitchen', 'ada', 'online', '{}', 'p-1', 5)"
    )
    database.conn.commit()
    database.close()
    with opened(path) as store:
        slot = store.slot("ada", "a/2026-11-23/08:00")
        assert slot is not None
        assert (slot.closes_at, slot.early) == (4, None)
        (box,) = store.boxes()
        assert box == BoxRecord(box="kitchen", patient="ada", presence="online", plan="p-1")


def test_a_step_that_fails_leaves_the_tables_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hub.sqlite"
    monkeypatch.setattr(migrations, "_index", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_store(path)
    monkeypatch.undo()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    with opened(path) as store:
        assert store.counts()["event"] == 0


def test_numpy_is_not_imported_for_a_database_and_can_be_imported_after() -> None:
    source = (
        "import sys; from hub.store.library import Database; "
        "assert 'numpy' not in sys.modules, 'paid for and not used'; "
        "import importlib.util; "
        "assert importlib.util.find_spec('numpy') is None or __import__('numpy').array([1])[0] == 1"
    )
    done = run_python(source)
    assert done.returncode == 0, done.stderr


# Removed or replaced while in use.


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_gone_takes_nothing_more_and_says_so(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "hub.db"
    with closing(open_store(path)) as store:
        with store.transaction():
            store.add_household("first", 1)
        path.unlink()
        if replaced:
            with closing(open_store(tmp_path / "other.db", "write")):
                pass
            os.replace(tmp_path / "other.db", path)
        with pytest.raises(StoreRefused, match="was removed or replaced"), store.transaction():
            store.add_household("second", 2)


def test_an_open_alert_of_an_older_hub_is_read_and_climbed_anew(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    database = Database(str(path), execute_plugins=False)
    migrations.steps.apply(database, stop_before="m007_who_was_reached")
    database.execute(
        """INSERT INTO alert (alert, patient, box, condition, kind, want, state, title, body, told, because,
            raised_at, changed_at, rung, next_step_at, climb_from)
        VALUES ('a-1', 'ada', 'kitchen', 'device.silent kitchen', 'device.silent', 'device', 'told',
            'Box not heard', 'b', '["bea"]', 'told', ?, ?, 2, ?, 0)""",
        (NOON, NOON, NOON + 3_600_000),
    )
    database.conn.commit()
    database.close()
    with opened(path) as store:
        kept = store.alert("a-1")
        assert kept is not None
        assert (kept.rung, kept.rounds, kept.position, kept.ladder, kept.told) == (2, 0, 0, (), ("bea",))
        engine_on(store)
        (letter,) = (one.message for one in store.messages_due(NOON, 9) if one.message.alert == "a-1")
        assert (letter.message, letter.to, letter.made_at) == ("a-1-3", "bea", NOON)


def test_an_event_is_sought_in_other_streams_by_its_index(tmp_path: Path) -> None:
    with opened(tmp_path / "hub.sqlite") as store:
        (plan,) = store._rows(f"EXPLAIN QUERY PLAN {_TWINS}", ("kitchen", "b1", 1, "k", "{}", "s1"))
        assert "event_by_moment" in plan[3], "a search of every event for each that arrives would stop a hub"


def test_a_letter_of_an_older_hub_is_kept_without_a_brief_text(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    database = Database(str(path), execute_plugins=False)
    migrations.steps.apply(database, stop_before="m011_what_others_may_read")
    database.execute(
        """INSERT INTO message (message, patient, "to", channel, title, body, kind, state, made_at,
            attempts, next_try_at)
        VALUES ('m-1', 'ada', 'bea', 'push', 't', 'Ada: all.', 'alert', 'pending', 1, 0, 1)"""
    )
    database.conn.commit()
    database.close()
    with opened(path) as store:
        (due,) = store.messages_due(NOON, 9)
        assert (due.message.body, due.message.brief) == ("Ada: all.", "")
