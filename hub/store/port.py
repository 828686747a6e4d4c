"""What must any store of the hub be able to do?

SQLite keeps this protocol now and PostgreSQL can keep it later, both under the same contract tests
(`tests/test_store_contract.py`). All of one `transaction()` becomes durable together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from hub.care.ledger import AlertRecord, BoxRecord, Change, Ledger, MessageRecord, OutcomeNote, SlotRecord
from hub.care.people import Household
from hub.store.ports.channels import ChannelStore
from hub.store.ports.entries import EntryStore
from hub.store.ports.events import StoredEvent as StoredEvent
from hub.store.ports.events import UntimedEventStore
from hub.store.ports.intakes import IntakeStore
from hub.store.ports.lease import LeaseStore

StreamKey = tuple[str, str]
"""A box and one of its streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A message that could not be used, cut to its first bytes. The same message again only counts.

    `box`, `stream` and `seq` are set where its envelope was sound: it then fills its place in the stream.
    """

    topic: str
    payload: bytes
    reason: str
    received_at: int
    digest: str
    box: str | None = None
    stream: str | None = None
    seq: int | None = None
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMark:
    """How far a stream is known without a gap, and how long a gap above that has stood.

    `repeats` counts how often the box has sent again what lies right above the gap. `forked_at` is when the
    box was found to use numbers of this stream for other content.
    """

    box: str
    stream: str
    watermark: int = 0
    gap_since: int | None = None
    repeats: int = 0
    forked_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHousehold:
    """One version; `applied_at`: when plans were last made from it; `changed_by`: `None` if imported."""

    version: int
    text: str
    imported_at: int
    applied_at: int | None
    changed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """A message to a person that waits for its next attempt; `attempt` counts from 1."""

    message: MessageRecord
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One recorded attempt to deliver a message; `ok` is `None` while its end is unknown."""

    message: str
    attempt: int
    began_at: int
    ended_at: int | None
    ok: bool | None
    reply: str


MessageState = Literal["pending", "sending", "delivered", "failed"]


class Store(EntryStore, IntakeStore, ChannelStore, LeaseStore, UntimedEventStore, Protocol):
    """What the hub remembers. Used by one thread; any failure is a `StoreRefused`."""

    def transaction(self) -> AbstractContextManager[None]:
        """Begin to write; commit durably at the end, or undo everything if the block raises."""
        ...

    def close(self) -> None:
        """Let go of the database. Safe to call twice."""
        ...

    def check(self) -> None:
        """Raise `StoreGone` if what is written no longer goes where the next start would look for it."""
        ...

    # What arrived.

    def add_events(self, events: Sequence[StoredEvent]) -> None:
        """Store events whose keys are new."""
        ...

    def remove_events(self, keys: Iterable[tuple[str, str, int]]) -> None:
        """Forget events, by box, stream and number, that are stored anew under another stream."""
        ...

    def event(self, box: str, stream: str, seq: int) -> StoredEvent | None:
        """Return one event."""
        ...

    def twin(self, event: StoredEvent) -> StoredEvent | None:
        """Return the same event of the same box as it was stored under another of its streams."""
        ...

    def events(self, box: str, from_ms: int, to_ms: int, kinds: Iterable[str] = ()) -> list[StoredEvent]:
        """Return a box's events of a period (end excluded) by `at`; of all kinds if none is named."""
        ...

    def held(self, box: str, stream: str, above: int) -> dict[int, StoredEvent | None]:
        """Return what is kept above a watermark; `None` stands for a quarantined message."""
        ...

    def mark(self, box: str, stream: str) -> StreamMark:
        """Return how far a stream is known; of an unknown one, a fresh mark."""
        ...

    def set_marks(self, marks: Iterable[StreamMark]) -> None:
        """Store how far streams are known."""
        ...

    def gaps(self) -> list[StreamMark]:
        """Return the streams that have a gap now."""
        ...

    def add_quarantined(self, messages: Iterable[Quarantined]) -> None:
        """Keep messages that could not be used; the same topic and content again only counts."""
        ...

    def trim_quarantine(self, keep: int) -> None:
        """Forget the oldest quarantined messages beyond `keep`, but never one that fills its place."""
        ...

    def quarantined(self, limit: int = 100) -> list[Quarantined]:
        """Return the newest quarantined messages, newest first."""
        ...

    # What follows from it.

    def apply(self, changes: Iterable[Change]) -> None:
        """Store what a step asked for; of several records with one key the last one counts."""
        ...

    def load(self, household: Household, patient: str, at_ms: int) -> Ledger:
        """Return what can still change or matter: undecided or recent slots, alerts not cleared, boxes.

        And the entries that were taken in. A box that has been taken away stays with its patient until that
        has been noted in its record.
        """
        ...

    def slot(self, patient: str, slot: str) -> SlotRecord | None:
        """Return one slot, however old."""
        ...

    def slots_between(self, patient: str, from_ms: int, to_ms: int) -> list[SlotRecord]:
        """Return the slots due in a period (end excluded), by due time."""
        ...

    def history(self, patient: str, slot: str) -> list[OutcomeNote]:
        """Return every change of a slot's outcome, oldest first."""
        ...

    def alerts(self, *, resolved_too: bool = False) -> list[AlertRecord]:
        """Return the open alerts of all patients, oldest first."""
        ...

    def alert(self, alert: str) -> AlertRecord | None:
        """Return one alert, however old."""
        ...

    def uncleared(self) -> list[AlertRecord]:
        """Return the resolved alerts whose retained message still stands at the broker."""
        ...

    def set_cleared(self, alerts: Iterable[str], at_ms: int) -> None:
        """Note that the retained messages of alerts are taken back."""
        ...

    def cleared_since(self, at_ms: int) -> list[AlertRecord]:
        """Return the alerts taken back since an instant."""
        ...

    def boxes(self) -> list[BoxRecord]:
        """Return what is known of every box, those that were given up too."""
        ...

    def plans(self) -> Mapping[str, str]:
        """Return the newest plan of each box as its JSON text."""
        ...

    # What the home is set up with.

    def add_household(self, text: str, at_ms: int, changed_by: str | None = None) -> int:
        """Keep a new version of the household and return its number."""
        ...

    def household(self) -> StoredHousehold | None:
        """Return the newest version."""
        ...

    def household_version(self) -> int:
        """Return the number of the newest version; 0 if there is none. Cheap enough to be asked often."""
        ...

    def households(self) -> list[StoredHousehold]:
        """Return all versions, oldest first."""
        ...

    def set_household_applied(self, version: int, at_ms: int) -> None:
        """Note that plans were made from a version."""
        ...

    # What people are told.

    def messages_due(self, at_ms: int, limit: int) -> list[DueMessage]:
        """Return messages whose next attempt is due, oldest first.

        Where there are more than `limit`, each channel of each person gets its share: one dead channel
        once hid every other letter behind its own.
        """
        ...

    def begin_attempt(self, message: str, at_ms: int) -> int:
        """Record an attempt before it is made and return its number; 0 if the message is not pending."""
        ...

    def end_attempt(
        self, message: str, *, ok: bool | None, reply: str, at_ms: int, state: MessageState,
        next_try_at: int | None,
    ) -> None:  # fmt: skip
        """Record how the last attempt ended (`None`: nobody knows) and what becomes of the message."""
        ...

    def set_message(self, message: str, state: MessageState, next_try_at: int | None) -> None:
        """Change what becomes of a message without an attempt."""
        ...

    def hasten_messages(self, after_ms: int, to_ms: int) -> None:
        """Let every pending message that waits beyond an instant be tried at another.

        One that waits for the end of somebody's quiet hours goes on waiting, a day at most.
        """
        ...

    def interrupted(self) -> list[str]:
        """Return the messages whose last attempt began and never ended."""
        ...

    def message(self, message: str) -> tuple[MessageRecord, MessageState, int] | None:
        """Return a message, its state and how many attempts were begun."""
        ...

    def attempts(self, message: str) -> list[Attempt]:
        """Return the attempts of a message, oldest first."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Return how many rows each table holds."""
        ...
