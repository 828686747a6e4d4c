"""How does SQLite keep what people write into the care of a patient?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from controller.wire.errors import Malformed
from controller.wire.shape import from_plain, to_plain, write_json
from hub.care.entries import FACT_WORD, FACTS, Entry
from hub.errors import StoreRefused
from hub.store.sqlite.file import SqliteFile

_ADD = (
    'INSERT INTO entry (entry, patient, at, "by", fact, content, why) VALUES (?, ?, ?, ?, ?, ?, ?) '
    "ON CONFLICT (entry) DO NOTHING"
)
ADD_TAKEN_IN = (
    'INSERT INTO entry (entry, patient, at, "by", fact, content, why, applied_at) '
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (entry) DO NOTHING"
)
"""Keep an entry of which everything that follows is in the same transaction."""
REFUSED = 0
"""Stands for the time at which an entry was taken in where it never was."""
_SELECT = 'SELECT entry, patient, at, "by", fact, content, why FROM entry'


class SqliteEntries(SqliteFile):
    """The part of the store that remembers what people wrote in."""

    def add_entry(self, entry: Entry) -> None:
        """Keep an entry that waits to be taken in; the same one again changes nothing."""
        self._run(_ADD, _readable(entry))

    def entry(self, entry: str) -> Entry | None:
        """Return one entry, however old."""
        row = self._row(f"{_SELECT} WHERE entry = ?", (entry,))
        return None if row is None else _entry(row)

    def entries(self, patient: str) -> list[Entry]:
        """Return what was written about a patient, in its order, but for what was refused."""
        where = f"WHERE patient = ? AND applied_at IS NOT {REFUSED} ORDER BY number"
        return [_entry(row) for row in self._rows(f"{_SELECT} {where}", (patient,))]

    def entries_taken_in(self, patient: str) -> list[Entry]:
        """Return what was written about a patient and taken in: what waits must still have its effect."""
        where = f"WHERE patient = ? AND applied_at IS NOT NULL AND applied_at != {REFUSED} ORDER BY number"
        return [_entry(row) for row in self._rows(f"{_SELECT} {where}", (patient,))]

    def entries_waiting(self) -> list[Entry]:
        """Return the entries that were not yet taken in, oldest first. Cheap enough to be asked often."""
        return [_entry(row) for row in self._rows(f"{_SELECT} WHERE applied_at IS NULL ORDER BY number")]

    def set_entries_applied(self, entries: Iterable[Entry], at_ms: int) -> None:
        """Note that entries were taken in."""
        self._run_many(
            "UPDATE entry SET applied_at = ? WHERE entry = ?", [(at_ms, one.entry) for one in entries]
        )

    def set_entries_refused(self, entries: Iterable[Entry]) -> None:
        """Note that entries are no part of anybody's care: only by its name each is found again."""
        self.set_entries_applied(entries, REFUSED)


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """Return the columns of an entry, but for when it was taken in."""
    content = write_json(to_plain(entry.fact))
    fact = FACT_WORD[type(entry.fact)]
    return entry.entry, entry.patient, entry.at, entry.by, fact, content, entry.why


def _readable(entry: Entry) -> tuple[Any, ...]:
    """Return the columns of an entry that can be read back: one that cannot once ended the hub for good."""
    try:
        row = entry_row(entry)
        from_plain(type(entry.fact), json.loads(row[5]), "what was said")
    except ValueError as error:
        raise StoreRefused(f"this cannot be kept: {error}") from error
    return row


def _entry(row: Sequence[Any]) -> Entry:
    name, patient, at, by, word, content, why = row
    try:
        fact = from_plain(FACTS[word], json.loads(content), f"entry {name}")
    except (Malformed, ValueError, KeyError) as error:
        raise StoreRefused(f"a row of table 'entry' is damaged: {error}") from error
    return Entry(entry=name, patient=patient, at=at, by=by, fact=fact, why=why)
