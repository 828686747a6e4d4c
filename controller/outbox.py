"""What has the box witnessed that the hub has not yet confirmed as stored?

The one durable thing in the box: a queue of events and the memory of the core, in one SQLite file, so
that both change in one transaction. WAL with `synchronous=FULL`, because NORMAL lost a seventh of its
acknowledged commits in power cuts. AUTOINCREMENT, because a plain key starts again at 1 once the queue
has drained, and the new event then looks like an old one and is dropped.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from controller.ballast import Ballast, is_full
from controller.errors import CannotRecord
from controller.wire.envelope import body_of, sealed_json
from controller.wire.events import KIND_OF, SAMPLES
from controller.witness.inputs import Record

AckOutcome = Literal["foreign", "stale", "progress", "renewed"]

BUSY_MS = 5_000
CHECKPOINT_PAGES = 256
"""A WAL of 1 MiB at most: what a full disk leaves must not be eaten by the log of what it holds."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS memory (part TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_KEEP_PART = (
    "INSERT INTO memory (part, json) VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET json = excluded.json"
)
_KEEP_META = (
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY_CODE = 0xFF

log = logging.getLogger(__name__)


class Outbox:
    """The queue and memory of one box. Used by one thread; `path` None keeps it in memory."""

    def __init__(self, path: Path | None, *, box: str, mint: Callable[[], str], now: str = "") -> None:
        """Open or create the file.

        Args:
            path: The database file; its directory is made.
            box: The box whose events these are.
            mint: Returns a new stream id that was never used before.
            now: Goes into the name of a damaged file that is moved aside.

        Raises:
            CannotRecord: The file can neither be opened nor replaced.

        """
        self.box = box
        self.damaged: str | None = None
        self.samples_refused = 0
        self.depth = 0
        self.written = 0
        self.confirmed = 0
        self._path = path
        self._mint = mint
        self._now = now
        self._ballast = None if path is None else Ballast(path.with_suffix(".ballast"))
        try:
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise CannotRecord(f"the outbox {path} cannot be opened: {error}") from error
        if self._ballast is not None:
            self._ballast.restore()

    def commit(self, records: Sequence[Record], parts: Mapping[str, str]) -> tuple[int, ...]:
        """Store events and changed parts of the core's memory in one transaction.

        Returns their sequence numbers; a sample that was refused for want of room has none.

        Raises:
            CannotRecord: Nothing of this was stored.

        """
        bodies = [body_of(record.stamp, record.data) for record in records]
        testimony = [body for body, record in zip(bodies, records, strict=True) if not is_sample(record)]
        samples = len(bodies) - len(testimony)
        if self.tight and not self._ballast_back():
            self.samples_refused += samples
            return self._in_tight_room(testimony, parts)
        try:
            return self._store(bodies, parts)
        except sqlite3.Error as error:
            if _code(error) in _DAMAGED:
                return self._store_anew(bodies, parts, error)
            if not self._no_room(error):
                raise CannotRecord(f"the outbox cannot be written: {error}") from error
            self.samples_refused += samples
            return self._in_tight_room(testimony, parts)

    def pending(self, above: int, limit: int) -> list[tuple[int, str]]:
        """Return up to `limit` events with a sequence number above `above`, ready for the wire."""
        found = self._db.execute(
            "SELECT seq, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", (above, limit)
        ).fetchall()
        return [(seq, sealed_json(self.box, self.stream, seq, body)) for seq, body in found]

    def acked(self, stream: str, seq: int) -> AckOutcome:
        """Take the hub's word that everything of `stream` up to `seq` is stored there.

        `renewed` means the hub knows more than this file ever wrote: it was restored from a backup.
        What is left then goes into a new stream, since the old numbers are taken at the hub.
        """
        if stream != self.stream:
            return "foreign"
        try:
            if seq > self.written:
                self._renew()
                return "renewed"
            if seq <= self.confirmed:
                return "stale"
            with self._transaction():
                self._db.execute("DELETE FROM outbox WHERE seq <= ?", (seq,))
        except sqlite3.Error as error:
            # The rows stay and are sent again; the hub knows them and says so again.
            log.warning("an acknowledgement could not be written down: %s", error)
            return "stale"
        self._count()
        return "progress"

    def parts(self) -> dict[str, str]:
        """Return the stored memory of the core: part name to JSON."""
        return dict(self._db.execute("SELECT part, json FROM memory").fetchall())

    def note(self, key: str) -> str | None:
        """Return a small fact the shell stored with `commit`-like durability, if it is known."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (f"note.{key}",)).fetchone()
        return None if row is None else str(row[0])

    def keep_note(self, key: str, value: str) -> None:
        """Store a small fact of the shell, as far as there is room: it is never testimony."""
        with contextlib.suppress(sqlite3.Error), self._transaction():
            self._set_meta(f"note.{key}", value)

    @property
    def tight(self) -> bool:
        """Tell whether the ballast has been given up and only testimony is taken."""
        return self._ballast is not None and not self._ballast.there

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._db.close()

    def _open(self) -> None:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connect()
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGED or self._path is None:
                raise
            self._db.close()
            self._move_aside(error)
            self._connect()

    def _connect(self) -> None:
        self._db = sqlite3.connect(":memory:" if self._path is None else self._path, isolation_level=None)
        self._db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if self._path is not None:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise _as_damaged(verdict)
        self._db.executescript(_SCHEMA)
        with self._transaction():
            row = self._db.execute("SELECT value FROM meta WHERE key = 'stream'").fetchone()
            self.stream: str = row[0] if row else self._mint()
            if row is None:
                self._set_meta("stream", self.stream)
        self._count()

    def _move_aside(self, why: sqlite3.Error) -> None:
        assert self._path is not None
        aside = self._path.with_name(f"{self._path.name}.damaged-{self._now}")
        number = 1
        while aside.exists():
            number += 1
            aside = self._path.with_name(f"{self._path.name}.damaged-{self._now}-{number}")
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self._path}{ending}", f"{aside}{ending}")
        self.damaged = aside.name
        log.error("the outbox was damaged (%s); it is kept as %s and a new one begun", why, aside.name)

    def _store_anew(self, bodies: list[str], parts: Mapping[str, str], why: sqlite3.Error) -> tuple[int, ...]:
        """Begin a new file in the place of one that turned out damaged while in use."""
        if self._path is None:
            raise CannotRecord(f"the outbox in memory is damaged: {why}") from why
        try:
            self._db.close()
            self._move_aside(why)
            self._connect()
            return self._store(bodies, parts)
        except (sqlite3.Error, OSError) as error:
            raise CannotRecord(f"the outbox is damaged and cannot be replaced: {error}") from error

    def _store(self, bodies: Sequence[str], parts: Mapping[str, str]) -> tuple[int, ...]:
        with self._transaction():
            seqs = [self._insert(body) for body in bodies]
            self._db.executemany(_KEEP_PART, parts.items())
        if seqs:
            self.written = seqs[-1]
            self.depth += len(seqs)
        return tuple(seqs)

    def _insert(self, body: str) -> int:
        seq = self._db.execute("INSERT INTO outbox (body) VALUES (?)", (body,)).lastrowid
        assert seq is not None
        return seq

    def _in_tight_room(self, bodies: list[str], parts: Mapping[str, str]) -> tuple[int, ...]:
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
        with self._transaction():
            bodies = [body for (body,) in self._db.execute("SELECT body FROM outbox ORDER BY seq").fetchall()]
            self._db.execute("DELETE FROM outbox")
            self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
            for body in bodies:
                self._insert(body)
            self._set_meta("stream", fresh)
        self.stream = fresh
        self._count()
        log.error(
            "the hub knows more than this outbox ever wrote: %d events go into a new stream", self.depth
        )

    def _count(self) -> None:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        self.written = row[0] if row else 0
        depth, first = self._db.execute("SELECT count(*), min(seq) FROM outbox").fetchone()
        self.depth = depth
        self.confirmed = self.written if first is None else first - 1

    def _set_meta(self, key: str, value: str) -> None:
        self._db.execute(_KEEP_META, (key, value))

    def _no_room(self, error: sqlite3.Error) -> bool:
        if _code(error) == sqlite3.SQLITE_FULL:
            return True
        # A full disk under the shared-memory file comes out as an I/O error.
        return _code(error) == sqlite3.SQLITE_IOERR and self._path is not None and is_full(self._path.parent)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            # A failed COMMIT may leave the transaction open; a failed statement may have closed it.
            if self._db.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
            raise


def is_sample(record: Record) -> bool:
    """Tell whether an event is the first to be refused when room runs out."""
    return KIND_OF[type(record.data)] in SAMPLES


def _code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", 0) or 0) & _PRIMARY_CODE


def _as_damaged(verdict: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(verdict)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
