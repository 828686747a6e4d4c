"""What can happen to a patient's ledger? Everything the care core is ever told, with its time in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from controller.wire.envelope import Envelope
from controller.wire.words import Presence
from hub.care.entries import Entry
from hub.care.ledger import MessageRecord
from hub.care.people import Household


@dataclass(frozen=True, slots=True, kw_only=True)
class EventArrived:
    """A new event of a box of this patient arrived (never a repeat). `at` is the hub's clock.

    `is_former`: the box was this patient's when it recorded the event, and is somebody else's now.
    """

    at: int
    envelope: Envelope
    is_former: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceArrived:
    """A box said, or its last will said, whether it is there."""

    at: int
    box: str
    presence: Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxHeard:
    """Anything else came from a box, such as its state: it lives."""

    at: int
    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged:
    """A caregiver takes an alert on."""

    at: int
    alert: str
    by: str
    intent: str | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterEnded:
    """An attempt to send a letter about an alert came to its end; `ok` is `None` where nobody knows it.

    `failures` counts the attempts that have failed by now; 0 where only the hub's own death cut one short.
    """

    at: int
    letter: MessageRecord
    ok: bool | None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMade:
    """A named person wrote a fact into the care of this patient: a correction, a count, a check done."""

    at: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleArrived:
    """Something technical that people must mend: a quarantined message, a dead channel."""

    at: int
    box: str
    trouble: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleOver:
    """Such a trouble is mended; `trouble` is the word under which it was told."""

    at: int
    box: str
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLink:
    """The hub has heard nothing from its broker for long, or `heard` it (again)."""

    at: int
    heard: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdChanged:
    """The household was imported anew: plans must be made again."""

    at: int
    household: Household


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """The hub's clock reached `at`."""

    at: int


Happening = Union[
    EventArrived, PresenceArrived, BoxHeard, AlertAcknowledged, LetterEnded, EntryMade, TroubleArrived,
    TroubleOver, BrokerLink, HouseholdChanged, TimePassed,
]  # fmt: skip
