"""What is kept of an event, and what was recorded before its box knew the time? A part of the hub's store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from controller.wire.words import ClockTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One event as it is kept; `data` is the JSON text that arrived. Key: (box, stream, seq)."""

    box: str
    stream: str
    seq: int
    kind: str
    at: int
    boot: str
    mono_ms: int
    clock: ClockTrust
    data: str
    received_at: int


class UntimedEventStore(Protocol):
    """What the hub remembers of events whose own wall time is not to be trusted."""

    def untimed(self, box: str, kinds: Iterable[str]) -> list[tuple[StoredEvent, StoredEvent]]:
        """Return a box's events with an untrusted clock, each with the first trusted one of the same boot.

        Those of a boot in which the clock never came to be trusted are left out: their time is not known.
        """
        ...
