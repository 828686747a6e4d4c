"""How is the outbox's file opened, written and, when it is damaged, replaced?"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

BUSY_MS = 5_000
CHECKPOINT_PAGES = 256
"""A WAL of 1 MiB at most: what a full disk leaves must not be eaten by the log of what it holds."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY_CODE = 0xFF
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file may raise: Python takes SQLite's messages, which quote it, for sound text."""

log = logging.getLogger(__name__)


def connect(path: Path | None, schema: str) -> sqlite3.Connection:
    """Open a database, checked and with its tables; `None` opens one in memory.

    Raises:
        sqlite3.Error: It cannot be opened; `is_damaged` tells whether it is worth replacing.

    """
    # Autocommit: every transaction is begun by hand, IMMEDIATE, so that none fails half-way to a lock.
    if path is not None:
        _make_private(path)
    db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
    # One letter that a worn card has turned had made every row behind it unreadable too.
    db.text_factory = lenient_text
    try:
        if path is not None:
            db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise damage(verdict)
        db.executescript(schema)
    except UnicodeDecodeError as error:
        db.close()
        raise damage("its schema is no text") from error
    except sqlite3.Error:
        db.close()
        raise
    return db


def damage(what: str) -> sqlite3.DatabaseError:
    """Make the error of a file that is worth replacing."""
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Write everything inside or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # A failed COMMIT may leave the transaction open; a failed statement may have closed it.
        if db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise


def identity(path: Path) -> tuple[int, int] | None:
    """Return which file a path leads to, `None` where it leads to none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def move_aside(path: Path, now: str) -> Path:
    """Rename a damaged database and its log, keep them, and return the new path."""
    aside = path.with_name(f"{path.name}.damaged-{now}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{now}-{number}")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{ending}", f"{aside}{ending}")
    return aside


def lenient_text(raw: bytes) -> str:
    """Read text as far as it is any."""
    return raw.decode("utf-8", "replace")


def _make_private(path: Path) -> None:
    """Make the file for its owner alone before SQLite makes it for everybody; its log takes after it."""
    with contextlib.suppress(OSError):
        # What cannot be made here cannot be opened either, and SQLite says why.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(handle, 0o600)
        finally:
            os.close(handle)


def is_damaged(error: sqlite3.Error) -> bool:
    """Tell whether the file itself is broken."""
    return primary_code(error) in _DAMAGED


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's code of an error without its extension; 0 when there is none."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & _PRIMARY_CODE
