"""What has arrived? Every message of the wire, read into one of a few plain findings; nothing is ever raised.

Only the hub's own boxes are listened to. An event whose envelope is sound but whose data is not still says
which place in its stream it fills: otherwise one bad event would stop a box's outbox for ever.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from hashlib import sha256
from typing import Union

from controller.wire.envelope import Envelope, Header, Stamp, header_of
from controller.wire.errors import Malformed
from controller.wire.events import KINDS
from controller.wire.messages import AlertAck, BoxStatus
from controller.wire.shape import from_plain, write_json
from controller.wire.topics import TOPICS, match_topic, read_message
from controller.wire.words import Presence
from hub.store.port import Quarantined

PAYLOAD_BYTES_KEPT = 4_096
"""So much of a message that could not be used is kept for whoever looks into it."""

TEXT_KEPT = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message as the broker brought it; `retained` if it stood there before the hub asked.

    `is_unproven`: an acknowledgement whose key is wrong, or missing where the home demands one.
    """

    topic: str
    payload: bytes
    retained: bool = False
    is_unproven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRead:
    """A sound event; `data` is its data as JSON text, with whatever a newer box says beyond our shape."""

    envelope: Envelope
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventUnread:
    """An event whose place in its stream is known and whose content is not."""

    header: Header
    trouble: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRead:
    """A box, or its last will, says whether it is there."""

    box: str
    presence: Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRead:
    """A box has sent a snapshot of itself: it lives."""

    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AckRead:
    """A caregiver takes an alert of a box on."""

    box: str
    ack: AlertAck


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A message that cannot be used; `box` is the one to be mended, where that is known."""

    box: str | None
    trouble: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForUs:
    """A message of the hub's own, such as a plan in a recording."""


Reading = Union[EventRead, EventUnread, PresenceRead, StateRead, AckRead, Refused, NotForUs]


def read_arrival(arrival: Arrival, boxes: Container[str]) -> Reading:
    """Read one message. Total: whatever arrives, something is found."""
    found = match_topic(arrival.topic)
    if found is None:
        return Refused(
            box=None, trouble="unknown_topic", reason=f"{arrival.topic[:80]!r} is no topic of ours"
        )
    name, ids = found
    if TOPICS[name].sender == "hub":
        return NotForUs()
    box = ids["box"]
    if box not in boxes:
        return Refused(box=None, trouble="unknown_box", reason=f"no box {box!r} is part of the household")
    try:
        if name == "event":
            return _read_event(box, arrival.payload)
        _, _, message = read_message(arrival.topic, arrival.payload)
    except Malformed as error:
        return Refused(box=box, trouble="malformed", reason=_printable(str(error)))
    match message:
        case BoxStatus():
            return PresenceRead(box=box, presence=message.status)
        case AlertAck() if arrival.retained:
            # It would be heard anew at every connection, also after the alert was raised again.
            return Refused(box=None, trouble="retained_ack", reason="an acknowledgement must not be retained")
        case AlertAck() if arrival.is_unproven:
            reason = f"an acknowledgement in the name of {message.by!r} bears no key that proves it"
            return Refused(box=None, trouble="unproven_ack", reason=reason)
        case AlertAck():
            return AckRead(box=box, ack=message)
        case _ if arrival.retained:
            # An old snapshot at the broker is no sign of life.
            return NotForUs()
        case _:
            return StateRead(box=box)


def _read_event(box: str, payload: bytes) -> Reading:
    header, plain = header_of(payload)
    if header.box != box:
        reason = f"the topic is of box {box!r}, the event of {header.box!r}"
        return Refused(box=box, trouble="foreign_event", reason=reason)
    shape = KINDS.get(header.kind)
    if shape is None:
        return EventUnread(
            header=header, trouble="unknown_kind", reason=f"{header.kind!r} is no kind we know"
        )
    try:
        data = from_plain(shape, plain, "event.data")
        text = _printable(write_json(plain))
    except (Malformed, ValueError) as error:
        return EventUnread(header=header, trouble="malformed_event", reason=_printable(str(error)))
    stamp = Stamp(at=header.at, boot=header.boot, mono_ms=header.mono_ms, clock=header.clock)
    envelope = Envelope(box=header.box, stream=header.stream, seq=header.seq, stamp=stamp, data=data)
    return EventRead(envelope=envelope, data=text)


def quarantined(
    arrival: Arrival, reason: str, at_ms: int, header: Header | None = None, *, times: int = 1
) -> Quarantined:
    """Return what is kept of a message that could not be used, cut short; `header` gives it its place."""
    digest = sha256(arrival.topic.encode("utf-8", "replace") + b"\0" + arrival.payload)
    return Quarantined(
        topic=_printable(arrival.topic)[:TEXT_KEPT],
        payload=arrival.payload[:PAYLOAD_BYTES_KEPT],
        reason=_printable(reason)[:TEXT_KEPT],
        received_at=at_ms,
        digest=digest.hexdigest(),
        box=None if header is None else header.box,
        stream=None if header is None else header.stream,
        seq=None if header is None else header.seq,
        times=times,
    )


def _printable(text: str) -> str:
    """Return text that any database takes: half a character (a lone surrogate) or NUL would be refused."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
