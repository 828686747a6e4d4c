"""Which events of a box's stream may be acted on now, and how far is the stream known? (pure)

Events reach the core in the order of their sequence numbers, whatever order they arrive in: what lies above a
gap is kept and waits. The box sends again until it is acknowledged, so a gap is short, with one exception: a
hub whose disk was lost or restored from an old copy waits for events that the box has long deleted. That gap
is given up after patience and repeats; if an event of it does arrive later, it is still stored and acted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from controller.wire.envelope import Envelope
from controller.wire.instants import MINUTE_MS
from controller.wire.messages import FORKED
from hub.store.port import StreamMark

GAP_PATIENCE_MS = 15 * MINUTE_MS
GAP_REPEATS = 3
"""A box sends everything from its last acknowledgement on. If what lies above the gap has come three times
more and what lies in it never, then the box does not have it any more."""

HELD_MAX = 2_000
"""Far more than a box has in flight. What comes beyond is not kept or acknowledged, so it comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream of one box. `held` is what lies above the gap; `None` fills a place that is unreadable."""

    mark: StreamMark
    held: Mapping[int, Envelope | None] = field(default_factory=dict)


Deliverable = tuple[Envelope, ...]


def is_too_far(stream: Stream, seq: int) -> bool:
    """Tell whether there is no room to hold this event."""
    return seq > stream.mark.watermark + 1 and len(stream.held) >= HELD_MAX


def is_known_above(stream: Stream, seq: int) -> bool:
    """Tell whether a place above the watermark is already filled by a sound event."""
    return stream.held.get(seq) is not None


def place(stream: Stream, seq: int, envelope: Envelope | None, at_ms: int) -> tuple[Stream, Deliverable]:
    """Fill a place and return what may be acted on now, in order.

    The place must not hold a sound event yet. `envelope` is `None` for one that could not be read.
    """
    mark = stream.mark
    if mark.forked_at is not None:
        # The box has left this stream: nothing that is still on its way may wait for what never comes.
        mark = replace(mark, watermark=max(mark.watermark, seq))
        return Stream(mark=mark), () if envelope is None else (envelope,)
    if seq <= mark.watermark:
        return stream, () if envelope is None else (envelope,)
    if seq == mark.watermark + 1 and not stream.held:
        return replace(stream, mark=replace(mark, watermark=seq)), () if envelope is None else (envelope,)
    held = {**stream.held, seq: envelope}
    if seq == min(held) and seq != mark.watermark + 1:
        mark = replace(mark, repeats=0)
    return _drained(mark, held, at_ms)


def repeated(stream: Stream, seq: int, at_ms: int) -> tuple[Stream, Deliverable]:
    """Note that the box has sent a held event again; gives up a gap that can never fill."""
    mark = stream.mark
    since = mark.gap_since
    if since is None or not stream.held or seq != min(stream.held):
        return stream, ()
    # A gap that seems to begin later was found by a clock that had run ahead: its patience begins now.
    since = min(since, at_ms)
    mark = replace(mark, repeats=mark.repeats + 1, gap_since=since)
    if mark.repeats < GAP_REPEATS or at_ms - since < GAP_PATIENCE_MS:
        return replace(stream, mark=mark), ()
    return _drained(replace(mark, watermark=seq - 1), stream.held, at_ms)


def vacated(stream: Stream, seq: int) -> Stream:
    """Empty a place above the gap: what was held there has come under another stream of its box."""
    held = {place: envelope for place, envelope in stream.held.items() if place != seq}
    return Stream(mark=stream.mark if held else replace(stream.mark, gap_since=None, repeats=0), held=held)


def forked(stream: Stream, at_ms: int) -> tuple[Stream, Deliverable]:
    """Note that the box uses numbers of this stream anew: from now on it is told to begin another one.

    Every gap is given up: what is missing comes under the new stream or never.
    """
    mark = stream.mark
    if mark.forked_at is not None:
        return stream, ()
    free = tuple(envelope for _, envelope in sorted(stream.held.items()) if envelope is not None)
    watermark = max(mark.watermark, *stream.held, 0)
    return Stream(mark=replace(mark, watermark=watermark, gap_since=None, repeats=0, forked_at=at_ms)), free


def confirmed(mark: StreamMark, proven: int) -> int:
    """Return the number to acknowledge a stream with, of which `proven` is known to be the box's own."""
    return min(proven, mark.watermark) if mark.forked_at is None else FORKED


def _drained(mark: StreamMark, held: Mapping[int, Envelope | None], at_ms: int) -> tuple[Stream, Deliverable]:
    left = dict(held)
    watermark, free = mark.watermark, []
    while watermark + 1 in left:
        watermark += 1
        envelope = left.pop(watermark)
        if envelope is not None:
            free.append(envelope)
    if not left:
        mark = replace(mark, watermark=watermark, gap_since=None, repeats=0)
    elif watermark != mark.watermark or mark.gap_since is None:
        mark = replace(mark, watermark=watermark, gap_since=at_ms, repeats=0)
    return Stream(mark=mark, held=left), tuple(free)
