"""How is one SQLite file opened so that neither a kill nor a power cut takes anything back?

WAL with `synchronous=FULL`: without FULL, a power cut took back commits that had already been reported
(`NORMAL` lost a sixth of them in trials). Every transaction begins `IMMEDIATE`: one that reads first and then
writes would be refused at once, busy time-out or not, if another program wrote in between.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from hub.errors import LeaseLost, StoreGone, StoreRefused, StoreTaken
from hub.store.library import Database
from hub.store.migrations import is_current, migrate

BUSY_S = 10.0
"""How long to wait for another program that writes, such as an import."""

WAL_BYTES_MAX = 64 * 1024 * 1024
"""What the write-ahead log is cut back to after a long reader had let it grow."""

_REFUSALS = (sqlite3.Error, OverflowError, UnicodeEncodeError)
"""How the library says no: also to a number or a text that no column can hold."""

Purpose = Literal["hub", "write", "read"]
"""The one hub that owns the records; another program that adds to them; one that only looks."""


class SqliteFile:
    """An open database and its transactions. Used by the thread that opened it."""

    def __init__(self, database: Database, owner: int | None = None, path: Path | None = None) -> None:
        self._database = database
        self._connection: sqlite3.Connection = database.conn
        self._owner = owner
        self._path = path
        self._identity = None if path is None else _identity(path)
        self._lock = None if owner is None or path is None else _identity(_lock_of(path))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin to write; commit durably at the end, or undo everything if the block raises.

        Raises:
            StoreRefused: The disk is full, the file is damaged or gone, or another program writes for too
                long.

        """
        self.check()
        self._run("BEGIN IMMEDIATE")
        try:
            self._fence()
            yield
            self._run("COMMIT")
        except BaseException:
            # A full disk has then already undone the transaction; what failed first is what is told.
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise

    def _fence(self) -> None:
        """Refuse a transaction, from within it, that is not this program's to make any more."""

    def seize_lock(self) -> None:
        """Put a lock of one's own in the place of one that a frozen hub still holds."""
        if self._path is not None:
            lock = _lock_of(self._path)
            fresh = lock.with_name(f"{lock.name}.{os.getpid()}")
            self._owner = _locked(fresh, self._path)
            fresh.replace(lock)
            self._lock = _identity(lock)

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        if self._owner is not None:
            os.close(self._owner)
            self._owner = None

    def check(self) -> None:
        """Raise `StoreGone` if what is written no longer goes where the next start would look for it."""
        # SQLite goes on writing to a file that was removed or replaced. What was confirmed to the boxes
        # would then be gone with this program, and the boxes have let go of it.
        if self._path is not None and _identity(self._path) != self._identity:
            raise StoreGone(
                f"{self._path} was removed or replaced while the hub uses it; "
                "stop the hub, put the right file there, and start the hub again"
            )
        # Beside a removed lock a second hub ran, and each believed its own memory of the records.
        if self._path is None or self._lock is None:
            return
        lock = _lock_of(self._path)
        found = _identity(lock)
        if found is None:
            raise StoreGone(f"{lock} was removed or replaced while the hub holds it")
        if found != self._lock:
            raise LeaseLost(f"{lock} was removed or replaced: another hub has taken over; this one ends")

    def _run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except _REFUSALS as error:
            raise _refused(error) from error

    def _run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self._connection.executemany(sql, rows)
        except _REFUSALS as error:
            raise _refused(error) from error

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except _REFUSALS as error:
            raise _refused(error) from error

    def _row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        rows = self._rows(sql, values)
        return rows[0] if rows else None


def open_database(path: Path | None, purpose: Purpose) -> tuple[Database, int | None]:
    """Open the file and bring its tables to this version's form; `None` for one in memory only.

    Returns the database and, for the hub itself, the descriptor of the lock it holds.

    Raises:
        StoreRefused: The file cannot be opened, another hub owns it, or its form is not this version's.

    """
    with contextlib.ExitStack() as undo:
        owner = _own(path) if path is not None and purpose == "hub" else None
        if owner is not None:
            undo.callback(os.close, owner)
        try:
            connection = undo.enter_context(contextlib.closing(_connect(path, purpose)))
            database = Database(connection, execute_plugins=False)
            if purpose != "read":
                migrate(database)
            elif not is_current(database):
                raise StoreRefused(f"{path} is from an older version: start the hub once, then look again")
        except sqlite3.Error as error:
            raise StoreRefused(f"{path or 'the database'} cannot be opened: {error}") from error
        undo.pop_all()
    return database, owner


def _connect(path: Path | None, purpose: Purpose) -> sqlite3.Connection:
    if path is None:
        return sqlite3.connect(":memory:", isolation_level=None)
    if purpose == "read":
        if not path.exists():
            raise StoreRefused(
                f"{path} does not exist: has the hub ever run with this configuration? "
                "A new home begins with: pillbox-hub import household.toml"
            )
        uri = f"{path.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_S)
    _make_private(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreRefused(
            f"{path} cannot have a write-ahead log: its file system does not allow it ({mode})"
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_MAX}")
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file a path leads to, `None` where it leads to none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _make_private(path: Path) -> None:
    """Create the file for its owner only: it says who takes which medicine. The log inherits that."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreRefused(f"{path} cannot be written: {error.strerror}") from error


def _own(path: Path) -> int:
    """Take the lock that only one hub may hold: two would each believe their own memory of it."""
    return _locked(_lock_of(path), path)


def _locked(lock: Path, path: Path) -> int:
    try:
        owner = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreRefused(f"{lock} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(owner)
        raise StoreTaken(f"another hub is running on {path}") from error
    return owner


def _refused(error: Exception) -> StoreRefused:
    return StoreRefused(f"the database refused: {error}")
