"""What stands in the outbox's tables, and what of it can still be read?

SQLite keeps no checksums: a worn card may turn one letter of a row, and every check of the file still
says that all is well. What is read here is therefore never believed to be text, JSON or a number.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from controller.keeping.database import UNREADABLE, transaction
from controller.wire.envelope import StreamId, header_of, sealed_json
from controller.wire.errors import Malformed
from controller.wire.shape import from_plain

KEEP_META = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"
_KEEP_BYTES = "INSERT OR REPLACE INTO unreadable (seq, body) SELECT seq, CAST(body AS BLOB) FROM outbox"


def insert(db: sqlite3.Connection, body: str) -> int:
    """Put one event at the end of the queue and return its number."""
    seq = db.execute("INSERT INTO outbox (body) VALUES (?)", (body,)).lastrowid
    assert seq is not None
    return seq


def is_readable(body: Any) -> bool:
    """Tell whether the hub could tell which event this is; what is wrong inside it, the hub tells.

    An event without a readable envelope is one that the hub can never confirm: nothing behind it was
    ever confirmed either.
    """
    if not isinstance(body, str) or not body.startswith("{"):
        return False
    try:
        header_of(sealed_json("box", "stream", 1, body))
    except Malformed:
        return False
    return True


def queued(db: sqlite3.Connection, above: int) -> list[str]:
    """Return the queue above a number, with what in it cannot be read."""
    found = db.execute("SELECT body FROM outbox WHERE seq > ? ORDER BY seq", (above,)).fetchall()
    return [str(body) for (body,) in found]


def renumber(db: sqlite3.Connection, bodies: Sequence[str], stream: str) -> None:
    """Begin a new stream with these events; its numbers start at 1."""
    with transaction(db):
        db.execute("DELETE FROM outbox")
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
        db.execute("DELETE FROM meta WHERE key = 'confirmed'")
        for body in bodies:
            insert(db, body)
        db.execute(KEEP_META, ("stream", stream))


def name_stream(db: sqlite3.Connection, stream: str) -> None:
    """Say in which stream new rows are numbered."""
    with transaction(db):
        db.execute(KEEP_META, ("stream", stream))


def forget(db: sqlite3.Connection, above: int, up_to: int) -> None:
    """Let go of what the hub has confirmed, and keep in mind how far that goes."""
    with transaction(db):
        db.execute("DELETE FROM outbox WHERE seq > ? AND seq <= ?", (above, up_to))
        if above == 0:
            db.execute(KEEP_META, ("confirmed", str(up_to)))


def set_aside(db: sqlite3.Connection, seqs: Iterable[int], body: str) -> None:
    """Put another event in the place of unreadable ones; their bytes are kept.

    The place itself must stay taken: the hub confirms without a gap.
    """
    with transaction(db):
        for seq in seqs:
            db.execute(f"{_KEEP_BYTES} WHERE seq = ?", (seq,))
            db.execute("UPDATE outbox SET body = ? WHERE seq = ?", (body, seq))


def stored_stream(db: sqlite3.Connection) -> str | None:
    """Return the stream that the file names, `None` where it names none that can be used."""
    found = _meta(db, "stream")
    try:
        return from_plain(StreamId, found, "stream")
    except Malformed:
        return None


def confirmed_mark(db: sqlite3.Connection) -> int:
    """Return up to which number the hub is known to have confirmed this stream."""
    with contextlib.suppress(*UNREADABLE):
        return whole(_meta(db, "confirmed"))
    return 0


def note(db: sqlite3.Connection, key: str) -> str | None:
    """Return a small fact that was kept, if it is known and can be read."""
    with contextlib.suppress(*UNREADABLE):
        return _meta(db, f"note.{key}")
    return None


def whole(text: str | None) -> int:
    """Read a number that was kept, 0 where it is none: a turned digit had ended the program in a loop."""
    try:
        return max(0, int(text or 0))
    except ValueError:
        return 0


def memory_parts(db: sqlite3.Connection) -> tuple[dict[str, str], int]:
    """Return the memory of the core that can be read, and how many parts of it cannot."""
    found = db.execute("SELECT part, json FROM memory").fetchall()
    parts = {part: text for part, text in found if isinstance(part, str) and _is_object(text)}
    return parts, len(found) - len(parts)


def _is_object(text: Any) -> bool:
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _meta(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])
