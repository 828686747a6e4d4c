"""What can still be read of a damaged outbox?"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from controller.keeping.database import UNREADABLE, lenient_text
from controller.keeping.rows import confirmed_mark, is_readable

_ONWARDS = "SELECT seq, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT 1"
_BACKWARDS = "SELECT seq, body FROM outbox WHERE seq < ? ORDER BY seq DESC LIMIT 1"
_BEYOND_ALL = 2**63 - 1


def salvage(aside: Path, confirmed: int) -> list[str]:
    """Return the queued events that can be read, in their order, without those the hub has confirmed.

    They go into a new stream: what the hub knows already it would then count twice.
    """
    try:
        db = sqlite3.connect(aside, isolation_level=None)
    except sqlite3.Error:
        return []
    with contextlib.closing(db):
        db.text_factory = lenient_text
        mark = max(confirmed, confirmed_mark(db))
        found = dict(_walk(db, _ONWARDS, mark, stop_at=None))
        # A bad page ends the walk. What lies behind it can be reached from the other end.
        found.update(_walk(db, _BACKWARDS, _BEYOND_ALL, stop_at=max(found, default=mark)))
    return [str(body) for _, body in sorted(found.items()) if is_readable(body)]


def _walk(
    db: sqlite3.Connection, query: str, seq: int, *, stop_at: int | None
) -> Iterator[tuple[int, object]]:
    with contextlib.suppress(*UNREADABLE):
        while row := db.execute(query, (seq,)).fetchone():
            if not isinstance(row[0], int) or (stop_at is not None and row[0] <= stop_at):
                return
            seq = row[0]
            yield seq, row[1]
