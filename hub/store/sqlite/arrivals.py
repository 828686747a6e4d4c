"""How does SQLite keep what arrived: events, how far streams are known, and what could not be used?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from hub.store.port import Quarantined, StoredEvent, StreamMark
from hub.store.sqlite.file import SqliteFile
from hub.store.tables import EVENT, STREAM

_event_row = attrgetter(*EVENT.columns)
_mark_row = attrgetter(*STREAM.columns)

_ADD_EVENT = f"{EVENT.insert} ON CONFLICT (box, stream, seq) DO NOTHING"
_TWINS = (
    f"{EVENT.select} WHERE box = ? AND boot = ? AND mono_ms = ? AND kind = ? AND data = ? AND stream <> ?"
)
"""Without an order: for its sake SQLite went through every event of the box, half a millisecond for each."""

_TRUSTED_OF_BOOT = (
    f"{EVENT.select} WHERE box = ? AND boot = ? AND clock <> 'untrusted' "
    "ORDER BY mono_ms, stream, seq LIMIT 1"
)

_ADD_QUARANTINED = """
    INSERT INTO quarantine
        (digest, topic, payload, reason, box, stream, seq, times, received_at, last_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (digest) DO UPDATE SET
        times = quarantine.times + excluded.times, last_at = excluded.last_at
"""
_TRIM_QUARANTINE = """
    DELETE FROM quarantine WHERE digest IN (
        SELECT q.digest FROM quarantine q
        LEFT JOIN stream s ON s.box = q.box AND s.stream = q.stream
        WHERE q.seq IS NULL OR q.seq <= s.watermark
        ORDER BY q.last_at, q.digest
        LIMIT ?
    )
"""


class SqliteArrivals(SqliteFile):
    """The part of the store that remembers what came from boxes."""

    def add_events(self, events: Sequence[StoredEvent]) -> None:
        """Store events whose keys are new."""
        self._run_many(_ADD_EVENT, map(_event_row, events))

    def remove_events(self, keys: Iterable[tuple[str, str, int]]) -> None:
        """Forget events, by box, stream and number, that are stored anew under another stream."""
        self._run_many("DELETE FROM event WHERE box = ? AND stream = ? AND seq = ?", keys)

    def event(self, box: str, stream: str, seq: int) -> StoredEvent | None:
        """Return one event."""
        row = self._row(f"{EVENT.select} WHERE box = ? AND stream = ? AND seq = ?", (box, stream, seq))
        return None if row is None else _stored_event(row)

    def twin(self, event: StoredEvent) -> StoredEvent | None:
        """Return the same event of the same box as it was stored under another of its streams."""
        moment = (event.box, event.boot, event.mono_ms, event.kind, event.data, event.stream)
        found = [_stored_event(row) for row in self._rows(_TWINS, moment)]
        return min(found, key=lambda one: (one.stream, one.seq), default=None)

    def events(self, box: str, from_ms: int, to_ms: int, kinds: Iterable[str] = ()) -> list[StoredEvent]:
        """Return a box's events of a period (end excluded) by `at`; of all kinds if none is named."""
        wanted = list(kinds)
        among = f" AND kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
        sql = f"{EVENT.select} WHERE box = ? AND at >= ? AND at < ?{among} ORDER BY at, stream, seq"
        return [_stored_event(row) for row in self._rows(sql, (box, from_ms, to_ms, *wanted))]

    def untimed(self, box: str, kinds: Iterable[str]) -> list[tuple[StoredEvent, StoredEvent]]:
        """Return a box's events with an untrusted clock, each with the first trusted one of the same boot."""
        wanted = list(kinds)
        among = ", ".join("?" * len(wanted))
        asked = f"WHERE box = ? AND clock = 'untrusted' AND kind IN ({among})"
        sql = f"{EVENT.select} {asked} ORDER BY boot, mono_ms, stream, seq"
        found = [_stored_event(row) for row in self._rows(sql, (box, *wanted))]
        trusted = {boot: self._row(_TRUSTED_OF_BOOT, (box, boot)) for boot in {one.boot for one in found}}
        known = {boot: _stored_event(row) for boot, row in trusted.items() if row is not None}
        return [(one, known[one.boot]) for one in found if one.boot in known]

    def held(self, box: str, stream: str, above: int) -> dict[int, StoredEvent | None]:
        """Return what is kept above a watermark; `None` stands for a quarantined message."""
        place = "WHERE box = ? AND stream = ? AND seq > ?"
        found: dict[int, StoredEvent | None] = {
            row[0]: None for row in self._rows(f"SELECT seq FROM quarantine {place}", (box, stream, above))
        }
        for row in self._rows(f"{EVENT.select} {place}", (box, stream, above)):
            event = _stored_event(row)
            found[event.seq] = event
        return found

    def mark(self, box: str, stream: str) -> StreamMark:
        """Return how far a stream is known; of an unknown one, a fresh mark."""
        row = self._row(f"{STREAM.select} WHERE box = ? AND stream = ?", (box, stream))
        return StreamMark(box=box, stream=stream) if row is None else STREAM.record(row)

    def set_marks(self, marks: Iterable[StreamMark]) -> None:
        """Store how far streams are known."""
        self._run_many(STREAM.upsert, map(_mark_row, marks))

    def gaps(self) -> list[StreamMark]:
        """Return the streams that have a gap now."""
        sql = f"{STREAM.select} WHERE gap_since IS NOT NULL ORDER BY box, stream"
        return [STREAM.record(row) for row in self._rows(sql)]

    def add_quarantined(self, messages: Iterable[Quarantined]) -> None:
        """Keep messages that could not be used; the same topic and content again only counts."""
        self._run_many(
            _ADD_QUARANTINED,
            (
                (
                    poison.digest, poison.topic, poison.payload, poison.reason, poison.box, poison.stream,
                    poison.seq, poison.times, poison.received_at, poison.received_at,
                )
                for poison in messages
            ),
        )  # fmt: skip

    def trim_quarantine(self, keep: int) -> None:
        """Forget the oldest quarantined messages beyond `keep`, but never one that fills its place."""
        row = self._row("SELECT COUNT(*) FROM quarantine")
        if row is not None and row[0] > keep:
            self._run(_TRIM_QUARANTINE, (row[0] - keep,))

    def quarantined(self, limit: int = 100) -> list[Quarantined]:
        """Return the newest quarantined messages, newest first."""
        columns = "topic, payload, reason, received_at, digest, box, stream, seq, times"
        rows = self._rows(f"SELECT {columns} FROM quarantine ORDER BY last_at DESC, digest LIMIT ?", (limit,))
        names = columns.split(", ")
        return [Quarantined(**dict(zip(names, row, strict=True))) for row in rows]


def _stored_event(row: tuple[object, ...]) -> StoredEvent:
    # Not through `Table.record`: there may be a hundred thousand of them in a report.
    return StoredEvent(**dict(zip(EVENT.columns, row, strict=True)))  # type: ignore[arg-type]  # from our table
