"""Which streams does the hub keep in mind, and how many may one box begin?

A box that begins a stream with every event grew the hub's memory for ever: 20,000 streams in two seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from controller.wire.instants import DAY_MS
from hub.intake.streams import Stream
from hub.store.port import StreamKey

STREAMS_KEPT = 4_096
HELD_KEPT = 20_000
"""So much is kept in mind; an older stream is opened again from the store when it is needed."""

NEW_STREAMS_A_DAY = 100
"""A box begins a stream with a new card or a damaged outbox; far more is a fault, and is told, not obeyed."""


class Streams:
    """The streams used last, as they are committed."""

    def __init__(self) -> None:
        self._known: dict[StreamKey, Stream] = {}
        self._held = 0

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[StreamKey]:
        return iter(self._known)

    def get(self, key: StreamKey) -> Stream | None:
        """Return a stream, if it is still in mind."""
        stream = self._known.pop(key, None)
        if stream is not None:
            self._known[key] = stream
        return stream

    def keep(self, key: StreamKey, stream: Stream) -> None:
        """Keep a stream in mind, and let go of those that were not used for longest."""
        self._forget(key)
        self._known[key] = stream
        self._held += len(stream.held)
        while len(self._known) > 1 and (len(self._known) > STREAMS_KEPT or self._held > HELD_KEPT):
            self._forget(next(iter(self._known)))

    def _forget(self, key: StreamKey) -> None:
        gone = self._known.pop(key, None)
        self._held -= 0 if gone is None else len(gone.held)


@dataclass(slots=True)
class Births:
    """How many streams each box has begun today, as far as that is committed."""

    day: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def is_enough(self, box: str, more: int, at_ms: int) -> bool:
        """Tell whether a box has begun so many streams today that one more is not taken."""
        today = self.counts.get(box, 0) if at_ms // DAY_MS == self.day else 0
        return today + more >= NEW_STREAMS_A_DAY

    def add(self, box: str, at_ms: int) -> None:
        """Count one more."""
        if at_ms // DAY_MS != self.day:
            self.day = at_ms // DAY_MS
            self.counts.clear()
        self.counts[box] = self.counts.get(box, 0) + 1
