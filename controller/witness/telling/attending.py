"""Which sounds and views does time alone bring about on the panel?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from controller.wire.envelope import Stamp
from controller.witness.inputs import NEVER_MS, Play, Saying
from controller.witness.state import Box
from controller.witness.telling import standing
from controller.witness.telling.conditions import standing_wrong


def attend(box: Box, now: Stamp, said: Iterable[Saying]) -> tuple[Box, tuple[Play, ...]]:
    """Note what stands wrong, and sound what is new of it, unless something else sounds now."""
    signals = box.signals
    found = standing_wrong(
        box.course, box.air, now, hub_online=signals.hub_online, cannot_record=signals.cannot_record
    )
    played = any(isinstance(saying, Play) for saying in said)
    stands = standing.followed(signals.standing, found, now.mono_ms, played=played)
    plays: tuple[Play, ...] = ()
    if not played and _silent_until(box, now.at) is None:
        stands, plays = standing.sounded(stands, now.mono_ms)
    if stands is not signals.standing:
        box = replace(box, signals=replace(signals, standing=stands))
    return box, plays


def wake_ms(box: Box, now: Stamp) -> int:
    """Return when, on the boot clock, the panel sounds or is dimmed by time alone."""
    since_ms = now.at - now.mono_ms
    wake_ms = box.signals.standing.wake_ms()
    until = _silent_until(box, now.at) if wake_ms < NEVER_MS else None
    if until is not None:
        wake_ms = max(wake_ms, until - since_ms)
    if box.hours.dimmed is None:
        return wake_ms
    return min(wake_ms, box.hours.next_edge(now.at, box.hours.dimmed) - since_ms)


def _silent_until(box: Box, at: int) -> int | None:
    """Return when silence may end that is wanted now, `None` where none is."""
    ends: list[int] = []
    if box.hours.silent is not None and box.hours.is_silent(at):
        ends.append(box.hours.next_edge(at, box.hours.silent))
    if box.mode.quiet_until is not None and box.mode.quiet_at(at):
        ends.append(box.mode.quiet_until)
    return max(ends, default=None)
