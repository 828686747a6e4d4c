"""How does the outbox come open on a full card, on a read-only one, and where there is no hope for it?

A box that refused to start because it could not write reminded nobody. It starts: with the room of its
ballast, or else with an outbox in memory that says aloud what it is.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from controller.keeping.ballast import Ballast, is_full
from controller.keeping.database import (
    UNREADABLE,
    connect,
    damage,
    is_damaged,
    move_aside,
    primary_code,
    transaction,
)
from controller.keeping.rows import KEEP_META, insert
from controller.keeping.salvage import salvage

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REFUSED = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_CARD = frozenset({errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT})
_IN_RAM = ("/dev/shm", "/run")

log = logging.getLogger(__name__)


def make_directory(path: Path) -> None:
    """Make the directory of an outbox for its owner alone: it says who takes what.

    Raises:
        OSError: It cannot be made, and that is not the card's fault.

    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno not in _CARD:
            raise


def open_anyhow(
    path: Path | None, schema: str, ballast: Ballast | None, now: str
) -> tuple[sqlite3.Connection, Path | None, str | None]:
    """Open an outbox, whatever the card says.

    Returns it, the damaged file that was moved aside, and why it is in memory alone; mostly neither.

    Raises:
        sqlite3.Error: Another program holds the file; that passes.

    """
    if path is None or ballast is None:
        return connect(None, schema), None, None
    try:
        return _open_writable(path, schema, ballast), None, None
    except sqlite3.Error as error:
        why = error
    if primary_code(why) in _BUSY:
        raise why
    if is_damaged(why) or (primary_code(why) in _REFUSED and _takes_a_file(path.parent)):
        ballast.give_up()
        with contextlib.suppress(sqlite3.Error, OSError):
            return *begin_anew(path, schema, why, now), None
    log.critical("the outbox %s cannot be written (%s): what the box sees is kept in memory", path, why)
    _remove_stubs(path)
    return _open_in_memory(path, schema), None, str(why)


def begin_anew(
    path: Path,
    schema: str,
    why: sqlite3.Error,
    now: str,
    *,
    kept: Sequence[str] | None = None,
    confirmed: int = 0,
) -> tuple[sqlite3.Connection, Path]:
    """Begin a new file in the place of a damaged one; return it and where the old one is kept.

    What can still be read of the old queue comes along, or what is `kept` of it.

    Raises:
        sqlite3.Error: The new one cannot be written.
        OSError: The old one cannot be moved.

    """
    aside = move_aside(path, now)
    db = connect(path, schema)
    with transaction(db):
        for body in salvage(aside, confirmed) if kept is None else kept:
            insert(db, body)
    log.error("the outbox was damaged (%s); it is kept as %s and a new one begun", why, aside.name)
    return db, aside


def is_no_room(error: sqlite3.Error, path: Path | None) -> bool:
    """Tell whether a write failed for want of room."""
    if primary_code(error) == sqlite3.SQLITE_FULL:
        return True
    # A full disk under the shared-memory file comes out as an I/O error.
    return primary_code(error) == sqlite3.SQLITE_IOERR and path is not None and is_full(path.parent)


def _open_writable(path: Path, schema: str, ballast: Ballast) -> sqlite3.Connection:
    """Open a file and prove that it can be written; where it cannot, once more with more room."""
    try:
        return _proven(path, schema)
    except sqlite3.Error as error:
        if is_damaged(error) or primary_code(error) in _BUSY:
            raise
        log.error("the outbox cannot be opened (%s); the ballast is given up to make room", error)
    ballast.give_up()
    _remove_stubs(path)
    return _proven(path, schema)


def _proven(path: Path, schema: str) -> sqlite3.Connection:
    db = connect(path, schema)
    try:
        # A database on a read-only card opens well and refuses the first event.
        with transaction(db):
            db.execute("SAVEPOINT trial")
            insert(db, "{}")
            db.execute("INSERT OR REPLACE INTO memory (part, json) VALUES ('', '')")
            db.execute("ROLLBACK TO trial")
            db.execute(KEEP_META, ("opened", "writable"))
    except sqlite3.Error as error:
        db.close()
        if primary_code(error) == sqlite3.SQLITE_ERROR:
            # Its schema is sound to SQLite and yet not ours: a letter in a column's name has turned.
            raise damage(str(error)) from error
        raise
    return db


def _takes_a_file(directory: Path) -> bool:
    """Tell whether it is the file alone that refuses: a turned bit in its head makes it read-only."""
    if is_full(directory):
        return False
    try:
        with tempfile.TemporaryFile(dir=directory) as trial:
            trial.write(b"\0" * 4_096)
            os.fsync(trial.fileno())
    except OSError:
        return False
    return True


def _remove_stubs(path: Path) -> None:
    """Remove the log's index, which is built anew, and a log that holds nothing.

    A start on a full disk had left both behind, too short to be used and in the way of the next start.
    Only for the one program that has this file.
    """
    with contextlib.suppress(OSError):
        Path(f"{path}-shm").unlink(missing_ok=True)
    wal = Path(f"{path}-wal")
    with contextlib.suppress(OSError):
        if wal.stat().st_size == 0:
            wal.unlink()


def _open_in_memory(path: Path, schema: str) -> sqlite3.Connection:
    """Open an outbox in memory that knows all that can still be read of a file that cannot be written."""
    db = connect(None, schema)
    try:
        # Its log cannot be read where nothing can be written beside it: a copy can be opened anywhere.
        with _copied(path) as copy, contextlib.closing(sqlite3.connect(copy)) as found:
            found.backup(db)
        if (verdict := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(verdict)
        db.executescript(schema)
    except (*UNREADABLE, OSError) as error:
        log.error("nothing can be read of the outbox %s: %s", path, error)
        db.close()
        db = connect(None, schema)
    return db


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Copy a database and its log to where there is room, for as long as it takes to read them."""
    with tempfile.TemporaryDirectory(dir=_place_in_ram()) as place:
        for ending in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{ending}", f"{place}/{path.name}{ending}")
        yield Path(place) / path.name


def _place_in_ram() -> str | None:
    return next((place for place in _IN_RAM if os.access(place, os.W_OK)), None)
