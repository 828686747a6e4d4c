"""What travels around every event, and what makes it itself and no other?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from controller.wire.errors import Malformed
from controller.wire.events import KIND_OF, KINDS, EventData
from controller.wire.marks import Pattern, Within
from controller.wire.shape import from_plain, read_json, to_plain, write_json
from controller.wire.words import ClockTrust, Instant, Sequence, Slug, Version, Word

StreamId = Annotated[str, Pattern(r"[a-z0-9][a-z0-9-]{0,63}")]
BootMs = Annotated[int, Within(0, 2**53 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When something happened, on both clocks of the box.

    `at` is wall time (Unix ms) for calendars; `mono_ms` is CLOCK_BOOTTIME since `boot` began,
    for dwell and silence; `clock` says how far `at` can be trusted.
    """

    at: Instant
    boot: StreamId
    mono_ms: BootMs
    clock: ClockTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The envelope without its data. Identity is (box, stream, seq)."""

    v: Version
    box: Slug
    stream: StreamId
    seq: Sequence
    kind: Word
    at: Instant
    boot: StreamId
    mono_ms: BootMs
    clock: ClockTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event as it crosses the wire."""

    box: str
    stream: str
    seq: int
    stamp: Stamp
    data: EventData

    @property
    def kind(self) -> str:
        """Name the event's kind, such as `dose.taken`."""
        return KIND_OF[type(self.data)]


class UnknownKind(Malformed):
    """The envelope is sound but its kind is not one this version knows."""


def envelope_json(envelope: Envelope) -> str:
    """Write an event as one line of JSON."""
    return sealed_json(envelope.box, envelope.stream, envelope.seq, body_of(envelope.stamp, envelope.data))


def body_of(stamp: Stamp, data: EventData) -> str:
    """Write the part of an event that is fixed before it has a stream and a sequence number."""
    plain = {"kind": KIND_OF[type(data)], **to_plain(stamp), "data": to_plain(data)}
    return write_json(plain)


def sealed_json(box: str, stream: str, seq: int, body: str) -> str:
    """Join an outbox row with its identity: the text that crosses the wire."""
    return f'{{"v":1,"box":"{box}","stream":"{stream}","seq":{seq},{body[1:]}'


def header_of(raw: bytes | str) -> tuple[Header, Any]:
    """Read the envelope and return it with the still unread data.

    Raises:
        Malformed: The envelope does not have its form.

    """
    plain = read_json(raw)
    header = from_plain(Header, plain, "event")
    return header, plain.get("data")


def read_envelope(raw: bytes | str) -> Envelope:
    """Read one event.

    Raises:
        UnknownKind: The kind is not known to this version.
        Malformed: The message does not have the form of its kind.

    """
    header, plain = header_of(raw)
    shape = KINDS.get(header.kind)
    if shape is None:
        raise UnknownKind(f"event.kind is {header.kind!r}, which this version does not know")
    data = from_plain(shape, plain, "event.data")
    stamp = Stamp(at=header.at, boot=header.boot, mono_ms=header.mono_ms, clock=header.clock)
    return Envelope(box=header.box, stream=header.stream, seq=header.seq, stamp=stamp, data=data)
