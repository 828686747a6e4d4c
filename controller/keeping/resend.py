"""Which queued events should be sent now?

A PUBACK proves nothing, so an event is sent again until the hub itself confirms it: from the last
acknowledgement upwards, with growing pauses, for ever. Doses do not expire.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

WINDOW = 200
"""Events that may be under way at once; it also bounds what the link has to hold."""

FIRST_PAUSE_MS = 5_000
LONGEST_PAUSE_MS = 300_000
JITTER = 0.25
"""The share of a pause that chance may add, so that a street of boxes does not shout in step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """How far the hub has confirmed, and how far has been sent since the last start from there."""

    linked: bool = False
    acked: int = 0
    sent_to: int = 0
    attempt: int = 0
    next_try_mono_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Send up to `limit` events above `above`."""

    above: int
    limit: int


def link_up(state: Resend) -> Resend:
    """Start again from the acknowledgement: what the last connection carried may be lost."""
    return replace(state, linked=True, sent_to=state.acked, attempt=0, next_try_mono_ms=None)


def link_down(state: Resend) -> Resend:
    """Hold everything back."""
    return replace(state, linked=False, sent_to=state.acked, attempt=0, next_try_mono_ms=None)


def due(state: Resend, mono_ms: int) -> Resend:
    """Start again from the acknowledgement if the pause since the last progress has passed."""
    if not state.linked or state.next_try_mono_ms is None or mono_ms < state.next_try_mono_ms:
        return state
    return replace(state, sent_to=state.acked, attempt=state.attempt + 1, next_try_mono_ms=None)


def span(state: Resend) -> Span | None:
    """Tell what may be sent now; `None` while the link is down or the window is full."""
    room = WINDOW - (state.sent_to - state.acked)
    if not state.linked or room <= 0:
        return None
    return Span(above=state.sent_to, limit=room)


def sent(state: Resend, sent_to: int, mono_ms: int, chance: float) -> Resend:
    """Note what has been handed to the link; `chance` is a random number from 0 to 1."""
    waiting = state.next_try_mono_ms
    if waiting is None:
        waiting = mono_ms + pause_ms(state.attempt, chance)
    return replace(state, sent_to=max(sent_to, state.sent_to), next_try_mono_ms=waiting)


def acked(state: Resend, seq: int, mono_ms: int, chance: float) -> Resend:
    """Note how far the hub has confirmed; an older word than the last changes nothing."""
    if seq <= state.acked:
        return state
    sent_to = max(state.sent_to, seq)
    waiting = None if sent_to <= seq else mono_ms + pause_ms(0, chance)
    return replace(state, acked=seq, sent_to=sent_to, attempt=0, next_try_mono_ms=waiting)


def pause_ms(attempt: int, chance: float) -> int:
    """Return how long to wait for progress before attempt number `attempt` + 1."""
    doubled = min(FIRST_PAUSE_MS << min(attempt, 10), LONGEST_PAUSE_MS)
    return doubled + int(doubled * JITTER * min(max(chance, 0.0), 1.0))
