"""What is the hub's store on SQLite? The parts of it on one open file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hub.store.sqlite.arrivals import SqliteArrivals
from hub.store.sqlite.care import SqliteCare
from hub.store.sqlite.channels import SqliteChannels
from hub.store.sqlite.file import Purpose, open_database
from hub.store.sqlite.lease import SqliteLease
from hub.store.sqlite.messages import SqliteMessages

_TABLES = (
    "event", "stream", "quarantine", "slot", "outcome", "alert", "box", "plan", "message", "attempt",
    "household", "entry", "lease",
)  # fmt: skip


class SqliteStore(SqliteArrivals, SqliteCare, SqliteMessages, SqliteChannels, SqliteLease):
    """Keeps `hub.store.port.Store`."""

    def counts(self) -> Mapping[str, int]:
        """Return how many rows each table holds."""
        found = {}
        for table in _TABLES:
            row = self._row(f"SELECT COUNT(*) FROM {table}")
            found[table] = row[0] if row else 0
        return found

    def integrity(self) -> str:
        """Return what SQLite finds wrong with the file; `ok` if nothing."""
        row = self._row("PRAGMA quick_check(1)")
        return str(row[0]) if row else "no answer"


def open_store(path: Path | None, purpose: Purpose = "hub") -> SqliteStore:
    """Open the hub's records; `None` for some in memory only.

    Raises:
        StoreRefused: The file cannot be opened, another hub owns it, or its form is not this version's.

    """
    return SqliteStore(*open_database(path, purpose), path)
