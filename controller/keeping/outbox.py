"""What has the box witnessed that the hub has not yet confirmed as stored?

The one durable thing in the box: a queue of events and the memory of the core, in one SQLite file, so
that both change in one transaction. WAL with `synchronous=FULL`, because NORMAL lost a seventh of its
acknowledged commits in power cuts. AUTOINCREMENT, because a plain key starts again at 1 once the queue
has drained, and the new event then looks like an old one and is dropped.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from controller.errors import CannotRecord
from controller.keeping import rows
from controller.keeping.ballast import Ballast
from controller.keeping.database import identity, is_damaged, transaction
from controller.keeping.numbering import Numbering
from controller.keeping.opening import begin_anew, is_no_room, make_directory, open_anyhow
from controller.wire.envelope import body_of, sealed_json
from controller.wire.events import KIND_OF, SAMPLES
from controller.witness.inputs import Record

AckOutcome = Literal["foreign", "stale", "progress", "renewed"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS memory (part TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS unreadable (seq INTEGER PRIMARY KEY, body BLOB);
"""
_KEEP_PART = "INSERT OR REPLACE INTO memory (part, json) VALUES (?, ?)"

log = logging.getLogger(__name__)


class Outbox:
    """The queue and memory of one box. Used by one thread.

    `depth` events wait; `written` is the highest number ever given in this `stream`; everything up to
    `confirmed` is stored at the hub. `damaged` names the file that had to be moved aside, if any;
    `unwritable` says why everything is kept in memory alone; `unreadable` are the places in the queue of
    events that cannot be read; `forgotten` counts the parts of the memory that cannot.
    """

    def __init__(self, path: Path | None, *, box: str, mint: Callable[[], str], now: str = "") -> None:
        """Open or create the file.

        Args:
            path: The database file; its directory is made. `None` keeps everything in memory.
            box: The box whose events these are.
            mint: Returns a new stream id that was never used before.
            now: Goes into the name of a damaged file that is moved aside.

        Raises:
            CannotRecord: The file can neither be opened nor replaced.

        """
        self.box = box
        self.damaged: str | None = None
        self.unwritable: str | None = None
        self.unreadable: set[int] = set()
        self.forgotten = self.samples_refused = 0
        self.depth = self.written = self.confirmed = 0
        self._path = path
        self._mint = mint
        self._now = now
        self._suspect: sqlite3.Error | None = None
        self._heard = 0
        self._numbering = Numbering(stream="")
        self._ballast = None if path is None else Ballast(path.with_suffix(".ballast"))
        try:
            if path is not None:
                make_directory(path.parent)
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise CannotRecord(f"the outbox {path} cannot be opened: {error}") from error
        if self._ballast is not None:
            self._ballast.restore()

    @property
    def stream(self) -> str:
        """The stream of what is recorded from here on."""
        return self._numbering.stream

    def commit(self, records: Sequence[Record], parts: Mapping[str, str]) -> tuple[int, ...]:
        """Store events and changed parts of the core's memory in one transaction.

        Returns their sequence numbers; a sample that was refused for want of room has none.

        Raises:
            CannotRecord: Nothing of this was stored.

        """
        bodies = [body_of(record.stamp, record.data) for record in records]
        testimony = [body for body, record in zip(bodies, records, strict=True) if not is_sample(record)]
        samples = len(bodies) - len(testimony)
        if self._suspect is None and self._is_gone():
            self._suspect = sqlite3.OperationalError("its file was removed or replaced")
        if self._suspect is not None:
            return self._store_anew(bodies, parts, self._suspect)
        if self.tight and not self._ballast_back():
            self.samples_refused += samples
            return self._store_in_tight_room(testimony, parts)
        try:
            return self._store(bodies, parts)
        except sqlite3.Error as error:
            if is_damaged(error):
                return self._store_anew(bodies, parts, error)
            if not is_no_room(error, self._path):
                raise CannotRecord(f"the outbox cannot be written: {error}") from error
            self.samples_refused += samples
            return self._store_in_tight_room(testimony, parts)

    def pending(self, above: int, limit: int) -> list[tuple[int, str]]:
        """Return up to `limit` events with a sequence number above `above`, ready for the wire.

        One that cannot be read is left out and noted as `unreadable`.
        """
        try:
            found = self._db.execute(
                "SELECT seq, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", (above, limit)
            ).fetchall()
        except sqlite3.Error as error:
            # The next commit replaces a damaged file; until then there is nothing to send.
            log.error("the outbox cannot be read: %s", error)
            self._suspect = error if is_damaged(error) else None
            return []
        readable = [(seq, body) for seq, body in found if rows.is_readable(body)]
        if len(readable) < len(found):
            self.unreadable |= {seq for seq, _ in found} - {seq for seq, _ in readable}
        return [(seq, sealed_json(self.box, *self._numbering.of(seq), body)) for seq, body in readable]

    def stand_in(self, record: Record) -> None:
        """Let this event take the places of those that cannot be read. Raises nothing: it is tried again."""
        try:
            rows.set_aside(self._db, self.unreadable, body_of(record.stamp, record.data))
        except sqlite3.Error as error:
            log.warning("an unreadable event could not be set aside: %s", error)
            return
        log.error("%d events cannot be read; they are told and kept aside", len(self.unreadable))
        self.unreadable = set()

    def acked(self, stream: str, seq: int) -> AckOutcome:
        """Take the hub's word that everything of `stream` up to `seq` is stored there.

        `renewed` means the hub knows more than this file ever wrote, or other events under its numbers,
        which it says with the highest number there is: the file was restored from a backup. What is left
        then goes into a new stream, since the old numbers are taken at the hub.
        """
        reach = self._numbering.reach(stream, self.written)
        if reach is None:
            return "foreign"
        first, last = reach
        up_to = first + seq
        try:
            if up_to > last:
                self._renew()
                return "renewed"
            if up_to <= self.confirmed:
                return "stale"
            self._heard = max(self._heard, up_to if first == 0 else 0)
            rows.forget(self._db, first, up_to)
            before = self.confirmed
            self._count()
        except sqlite3.Error as error:
            # The rows stay and are sent again; the hub knows them and says so again.
            log.warning("an acknowledgement could not be written down: %s", error)
            self._suspect = error if is_damaged(error) else None
            return "stale"
        return "progress" if self.confirmed > before else "stale"

    def parts(self) -> dict[str, str]:
        """Return the stored memory of the core that can be read: part name to JSON. Never raises."""
        try:
            found, self.forgotten = rows.memory_parts(self._db)
        except sqlite3.Error as error:
            log.error("the memory of the box cannot be read: %s", error)
            self._suspect = error if is_damaged(error) else None
            self.forgotten = 1
            return {}
        return found

    def note(self, key: str) -> str | None:
        """Return a small fact that the shell kept, if it is known. Never raises."""
        return rows.note(self._db, key)

    def keep_note(self, key: str, value: str) -> None:
        """Keep a small fact of the shell as far as there is room: it is no testimony."""
        with contextlib.suppress(sqlite3.Error), transaction(self._db):
            self._db.execute(rows.KEEP_META, (f"note.{key}", value))

    @property
    def tight(self) -> bool:
        """Tell whether the ballast has been given up and only testimony is taken."""
        return self._ballast is not None and not self._ballast.there

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._db.close()

    def _open(self) -> None:
        self._db, aside, why = open_anyhow(self._path, _SCHEMA, self._ballast, self._now)
        self.damaged = None if aside is None else aside.name
        if why is not None:
            self.unwritable, self._path, self._ballast = why, None, None
        self._find_stream()
        if why is not None:
            self._numbering = Numbering(stream=self._mint(), carried=self.stream, carried_to=self.written)
            rows.name_stream(self._db, self.stream)

    def _is_gone(self) -> bool:
        """Tell whether the file was removed or replaced: SQLite would go on writing to what nobody finds."""
        return self._path is not None and identity(self._path) != self._identity

    def _find_stream(self) -> None:
        self._identity = None if self._path is None else identity(self._path)
        stored = rows.stored_stream(self._db)
        self._heard = 0 if stored is None else rows.confirmed_mark(self._db)
        self._numbering = Numbering(stream=stored or self._mint())
        self._count()
        if stored is None and self.written == 0:
            rows.name_stream(self._db, self.stream)
        elif stored is None:
            rows.renumber(self._db, rows.queued(self._db, 0), self.stream)
            self._count()

    def _store(self, bodies: Sequence[str], parts: Mapping[str, str]) -> tuple[int, ...]:
        with transaction(self._db):
            seqs = [rows.insert(self._db, body) for body in bodies]
            self._db.executemany(_KEEP_PART, parts.items())
        if seqs:
            self.written = seqs[-1]
            self.depth += len(seqs)
        return tuple(seqs)

    def _store_anew(self, bodies: list[str], parts: Mapping[str, str], why: sqlite3.Error) -> tuple[int, ...]:
        """Begin a new file in the place of one that turned out damaged while in use."""
        if self._path is None:
            raise CannotRecord(f"the outbox in memory is damaged: {why}") from why
        try:
            kept = rows.queued(self._db, self._heard) if self._is_gone() else None
            self._db.close()
            self._db, aside = begin_anew(
                self._path, _SCHEMA, why, self._now, kept=kept, confirmed=self._heard
            )
            self.damaged, self._suspect = aside.name, None
            self._find_stream()
            return self._store(bodies, parts)
        except (sqlite3.Error, OSError) as error:
            self._suspect = why
            raise CannotRecord(f"the outbox is damaged and cannot be replaced: {error}") from error

    def _store_in_tight_room(self, bodies: list[str], parts: Mapping[str, str]) -> tuple[int, ...]:
        """Store testimony on a full disk: fold the log away, then give up the ballast, then refuse."""
        for make_room in (self._fold, self._give_up_ballast):
            make_room()
            try:
                return self._store(bodies, parts)
            except sqlite3.Error as error:
                why = error
        raise CannotRecord(f"the outbox has no room: {why}") from why

    def _fold(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _give_up_ballast(self) -> None:
        if self._ballast is not None and self._ballast.there:
            log.error("the disk is full: the ballast is given up to keep room for doses")
            self._ballast.give_up()
        self._fold()

    def _ballast_back(self) -> bool:
        return self._ballast is None or self._ballast.restore()

    def _renew(self) -> None:
        fresh = self._mint()
        rows.renumber(self._db, rows.queued(self._db, self._heard), fresh)
        self._numbering, self._heard = Numbering(stream=fresh), 0
        self._count()
        log.error("the hub knows other events by these numbers: %d go into a new stream", self.depth)

    def _count(self) -> None:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        self.written = row[0] if row else 0
        depth, first = self._db.execute("SELECT count(*), min(seq) FROM outbox").fetchone()
        self.depth = depth
        self.confirmed = self.written if first is None else first - 1


def is_sample(record: Record) -> bool:
    """Tell whether an event is among the first to be refused when room runs out."""
    return KIND_OF[type(record.data)] in SAMPLES
