"""What else crosses the wire besides events and plans?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from controller.wire.envelope import StreamId
from controller.wire.health import DeviceHealth
from controller.wire.marks import Within
from controller.wire.words import (
    ClockTrust,
    Humidity,
    Instant,
    Presence,
    SlotId,
    Slug,
    Temperature,
    Version,
    Word,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxStatus:
    """Is the box there? Retained, and the box's last will. A will carries no honest instant."""

    v: Version
    box: Slug
    status: Presence
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateNow:
    """The newest believed reading of the medicine's sensor and when it was made."""

    at: Instant
    temperature_c: Temperature
    humidity_pct: Humidity
    sensor: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSlot:
    """The slot that is due now or next."""

    slot: SlotId
    compartment: Slug
    due_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxState:
    """A retained snapshot of a box. `lids` maps each compartment to whether its lid is open."""

    v: Version
    box: Slug
    at: Instant
    boot: StreamId
    clock: ClockTrust
    version: str
    lids: dict[str, bool]
    outbox: Annotated[int, Within(0, 2**53 - 1)]
    hub: Presence
    refill: bool
    climate: ClimateNow | None = None
    next_slot: NextSlot | None = None
    plan: Word | None = None
    plan_until: Instant | None = None
    health: DeviceHealth | None = None


FORKED = 2**53 - 1
"""The `seq` of an ack that says: this stream is known with other content (its card was restored from an
image). It lies above anything a box wrote, so the box begins a new stream and sends anew what it holds; a
plain ack would make it delete testimony that the hub has refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """Everything of `stream` up to and including `seq` is durable at the hub; 0 means nothing yet."""

    v: Version
    box: Slug
    stream: StreamId
    seq: Annotated[int, Within(0, 2**53 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something the box should do now, if the command has not expired by the box's own clock.

    `unlock` opens its lock until `until` and says `by` whom it is asked for.
    """

    v: Version
    box: Slug
    id: Word
    command: Literal["cue", "quiet", "find_me", "refill_start", "refill_done", "self_test", "unlock"]
    expires_at: Instant
    compartment: Slug | None = None
    until: Instant | None = None
    by: Slug | None = None


AlertState = Literal["raised", "told", "acknowledged", "resolved", "reopened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who has taken an alert on, with what intent, and until when."""

    by: Slug
    at: Instant
    intent: str | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert and its state, for caregivers' devices. Retained: it names no medicine and nobody ill."""

    v: Version
    box: Slug
    alert: Word
    kind: Word
    state: AlertState
    title: str
    body: str
    raised_at: Instant
    changed_at: Instant
    told: tuple[Slug, ...] = ()
    acknowledged: Acknowledgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAck:
    """A caregiver takes an alert on; `key` proves that it is they who say so."""

    v: Version
    alert: Word
    by: Slug
    intent: str | None = None
    until: Instant | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStatus:
    """Is anybody minding the boxes? Retained, and the hub's last will."""

    v: Version
    status: Presence
    because: Word
