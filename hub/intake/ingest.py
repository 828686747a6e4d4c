"""What does each message that has arrived lead to? Stored once, acted on in order, or set aside and counted.

Whatever is in a batch, the rest of the batch goes on; and whatever has been taken in may be acknowledged to
the broker once the turn is committed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import assert_never

from controller.wire.envelope import Envelope
from controller.wire.shown import shown
from hub.care.happenings import AlertAcknowledged, PresenceArrived
from hub.intake.arrivals import (
    AckRead,
    Arrival,
    EventRead,
    EventUnread,
    NotForUs,
    PresenceRead,
    Reading,
    Refused,
    StateRead,
    quarantined,
    read_arrival,
)
from hub.intake.remembered import NEW_STREAMS_A_DAY
from hub.intake.streams import (
    Deliverable,
    Stream,
    forked,
    is_known_above,
    is_too_far,
    place,
    repeated,
    vacated,
)
from hub.intake.turn import Turn
from hub.store.port import StoredEvent, StreamKey

log = logging.getLogger("hub.intake.ingest")


def take_in(turn: Turn, arrivals: Iterable[Arrival]) -> None:
    """Work out what a batch of messages leads to. Never raises because of what is in them."""
    for arrival in arrivals:
        reading = read_arrival(arrival, turn.household.boxes)
        _take_one(turn, arrival, reading)


def _take_one(turn: Turn, arrival: Arrival, reading: Reading) -> None:
    match reading:
        case EventRead():
            _take_event(turn, arrival, reading)
        case EventUnread():
            _take_unread(turn, arrival, reading)
        case PresenceRead():
            _take_presence(turn, arrival, reading)
        case StateRead():
            turn.heard(reading.box)
        case AckRead():
            ack = reading.ack
            said = AlertAcknowledged(
                at=turn.at_ms,
                alert=ack.alert,
                by=ack.by,
                intent=shown(ack.intent or "") or None,
                until=ack.until,
            )
            before = len(turn.changes)
            turn.step(turn.patient_of(reading.box), said)
            if len(turn.changes) == before:
                # Whoever answered believes to have taken it on; at least the log says otherwise.
                log.warning(
                    "the answer of %s to alert %s changes nothing: no such open alert, a caregiver who does "
                    "not follow this patient, or a promise already past",
                    ack.by, ack.alert,
                )  # fmt: skip
        case Refused():
            turn.quarantine(quarantined(arrival, reading.reason, turn.at_ms))
            turn.trouble(reading.box, reading.trouble, reading.reason)
        case NotForUs():
            pass
        case _:
            assert_never(reading)


def _take_presence(turn: Turn, arrival: Arrival, reading: PresenceRead) -> None:
    if arrival.retained and reading.presence == "online":
        # A box and a broker that die together leave "online" at the broker for ever, told anew at each
        # connection: it may say that a box came while nobody listened, and never that it still lives.
        known = turn.ledger(turn.patient_of(reading.box)).boxes.get(reading.box)
        if known is not None and known.presence == "online":
            return
    happening = PresenceArrived(at=turn.at_ms, box=reading.box, presence=reading.presence)
    turn.step(turn.patient_of(reading.box), happening)


def _take_event(turn: Turn, arrival: Arrival, read: EventRead) -> None:
    envelope = read.envelope
    key, seq = (envelope.box, envelope.stream), envelope.seq
    if not _is_welcome(turn, key):
        return
    stream = turn.stream(key)
    event = _row(envelope, read.data, turn.at_ms)
    known = None
    if seq <= stream.mark.watermark or is_known_above(stream, seq):
        known = turn.stored(*key, seq)
    if known is not None:
        if _content(known) != _content(event):
            _refuse_other_content(turn, arrival, key, seq)
        else:
            _move(turn, key, seq, repeated(stream, seq, turn.at_ms))
    elif is_too_far(stream, seq):
        log.warning("%s has no room for event %d above a gap after %d", key, seq, stream.mark.watermark)
    elif (twin := turn.twin(event)) is not None:
        _take_twin(turn, read, event, twin)
    else:
        turn.keep(event)
        _move(turn, key, seq, place(stream, seq, envelope, turn.at_ms))


def _is_welcome(turn: Turn, key: StreamKey) -> bool:
    """Note that a box lives, and answer its stream, unless it has begun too many today."""
    turn.heard(key[0])
    if turn.is_too_new(key):
        text = f"it begins new streams again and again, {NEW_STREAMS_A_DAY} today; its card may be failing"
        turn.trouble(key[0], "many_streams", text)
        return False
    turn.acks.setdefault(key, 0)
    return True


def _take_twin(turn: Turn, read: EventRead, event: StoredEvent, twin: StoredEvent) -> None:
    """Take an event that its box had already sent under another stream: stored once, and acted on once."""
    key, seq, other = (event.box, event.stream), event.seq, (twin.box, twin.stream)
    stream, before = turn.stream(key), turn.stream(other)
    if is_known_above(before, twin.seq):
        # There it waits above a gap, which the box may never fill now that it has gone on to this stream.
        turn.move(twin, event)
        turn.streams[other] = vacated(before, twin.seq)
        _move(turn, key, seq, place(stream, seq, read.envelope, turn.at_ms))
    elif seq <= stream.mark.watermark or seq in stream.held:
        _move(turn, key, seq, repeated(stream, seq, turn.at_ms))
    else:
        _move(turn, key, seq, place(stream, seq, None, turn.at_ms))


def _take_unread(turn: Turn, arrival: Arrival, unread: EventUnread) -> None:
    header = unread.header
    key, seq = (header.box, header.stream), header.seq
    if not _is_welcome(turn, key):
        return
    stream = turn.stream(key)
    if is_known_above(stream, seq) or turn.stored(*key, seq) is not None:
        _refuse_other_content(turn, arrival, key, seq)
        return
    if is_too_far(stream, seq):
        return
    first_time = seq > stream.mark.watermark and seq not in stream.held
    turn.quarantine(quarantined(arrival, unread.reason, turn.at_ms, header))
    if first_time:
        turn.trouble(header.box, unread.trouble, unread.reason)
        _move(turn, key, seq, place(stream, seq, None, turn.at_ms))
    else:
        _move(turn, key, seq, repeated(stream, seq, turn.at_ms))


def _move(turn: Turn, key: StreamKey, seq: int, to: tuple[Stream, Deliverable]) -> None:
    """Remember how far the stream is known since event `seq` came, and act on what that has set free.

    An acknowledgement says no more than what was proven now. To a repeat of 2 the hub answered "4 is durable"
    as well, and a box restored from an image deleted its own 3 and 4, which nobody had ever seen.
    """
    stream, free = to
    before = turn.stream(key).mark.watermark
    turn.streams[key] = stream
    watermark = stream.mark.watermark
    proven = watermark if watermark > before else seq if seq <= watermark else 0
    if key in turn.acks:
        turn.acks[key] = max(turn.acks[key], proven)
    for envelope in free:
        turn.deliver(envelope)


def _refuse_other_content(turn: Turn, arrival: Arrival, key: StreamKey, seq: int) -> None:
    reason = f"event {seq} of stream {key[1]} is stored with other content"
    turn.quarantine(quarantined(arrival, reason, turn.at_ms))
    turn.trouble(key[0], "other_content", reason)
    _move(turn, key, seq, forked(turn.stream(key), turn.at_ms))


def _row(envelope: Envelope, data: str, at_ms: int) -> StoredEvent:
    stamp = envelope.stamp
    return StoredEvent(
        box=envelope.box,
        stream=envelope.stream,
        seq=envelope.seq,
        kind=envelope.kind,
        at=stamp.at,
        boot=stamp.boot,
        mono_ms=stamp.mono_ms,
        clock=stamp.clock,
        data=data,
        received_at=at_ms,
    )


def _content(event: StoredEvent) -> tuple[object, ...]:
    """Return what must be equal for two events with one key to be the same event."""
    return event.kind, event.at, event.boot, event.mono_ms, event.clock, event.data
