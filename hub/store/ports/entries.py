"""What must any store be able to do with what people write in? A part of the port of the hub's store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from hub.care.entries import Entry


class EntryStore(Protocol):
    """What the hub remembers of people's words."""

    def add_entry(self, entry: Entry) -> None:
        """Keep an entry that waits to be taken in; the same one again changes nothing."""
        ...

    def entry(self, entry: str) -> Entry | None:
        """Return one entry, however old."""
        ...

    def entries(self, patient: str) -> list[Entry]:
        """Return what was written about a patient, in its order, but for what was refused."""
        ...

    def entries_waiting(self) -> list[Entry]:
        """Return the entries that were not yet taken in, oldest first. Cheap enough to be asked often."""
        ...

    def set_entries_applied(self, entries: Iterable[Entry], at_ms: int) -> None:
        """Note that entries were taken in."""
        ...

    def set_entries_refused(self, entries: Iterable[Entry]) -> None:
        """Note that entries are no part of anybody's care: only by its name each is found again."""
        ...
