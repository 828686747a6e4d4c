"""When is the retained state of a box worth publishing again?

When it says something new, and every five minutes on the boot clock all the same: silence is how the
hub learns that a box and its broker died together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from controller.wire.messages import BoxState

HEARTBEAT_MS = 300_000
DRAINED_FROM = 10
"""A queue at least this deep is worth a fresh state once it has drained."""


@dataclass(slots=True)
class Heartbeat:
    """What the hub was told last, and when on the boot clock."""

    told: BoxState | None = None
    told_mono_ms: int = 0

    def forget(self) -> None:
        """Tell the next state whatever it is, because nobody may have heard the last."""
        self.told = None

    def worth_telling(self, state: BoxState, mono_ms: int) -> bool:
        """Tell whether to publish this state now; if so it is noted as told."""
        if not self._is_news(state) and mono_ms < self.told_mono_ms + HEARTBEAT_MS:
            return False
        self.told, self.told_mono_ms = state, mono_ms
        return True

    def next_deadline(self) -> int | None:
        """Return when the next heartbeat is due on the boot clock."""
        return None if self.told is None else self.told_mono_ms + HEARTBEAT_MS

    def _is_news(self, state: BoxState) -> bool:
        told = self.told
        if told is None or (state.outbox == 0 and told.outbox >= DRAINED_FROM):
            return True
        # Its instant, the depth of the queue and what its computer measures change all the time and tell
        # nothing new; what ails it does.
        if _ailing(state) != _ailing(told):
            return True
        return replace(state, at=told.at, outbox=told.outbox, health=told.health) != told


def _ailing(state: BoxState) -> tuple[str, ...]:
    return () if state.health is None else state.health.ailing
