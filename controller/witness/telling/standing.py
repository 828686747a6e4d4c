"""Which standing condition is sounded now?

Each sounds once when it begins. One that comes and goes, as a weak radio does, is not sounded again for
hours; one that begins by night waits for the morning, and is never sounded if it ends before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from controller.wire.instants import HOUR_MS, MINUTE_MS, SECOND_MS
from controller.witness.inputs import NEVER_MS, Play
from firmware.ports import Glyph, Sound

SETTLED_MS: Final[dict[Glyph, int]] = {
    "no_hub": 15 * MINUTE_MS,
    "clock": 5 * MINUTE_MS,
    "no_plan": 5 * MINUTE_MS,
}
"""So long it must stand before it is worth a sound: each of these is so for a moment after every start."""

AGAIN_MS = 6 * HOUR_MS
APART_MS = 10 * SECOND_MS
"""Between any two sounds, so that none cuts another off or follows a reminder as if it belonged to it."""

SOUND_OF: Final[dict[Glyph, Sound]] = {
    "cannot_record": "cannot_record", "no_plan": "no_plan", "clock": "clock", "fault": "fault", "hot": "hot",
    "damp": "damp", "cold": "cold", "low_supply": "low_supply", "no_hub": "no_hub",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Since when each condition stands, when it was sounded last, and when anything was; by boot clock."""

    since_ms: Mapping[Glyph, int] = field(default_factory=dict)
    sounded_ms: Mapping[Glyph, int] = field(default_factory=dict)
    played_ms: int = -APART_MS

    def wake_ms(self) -> int:
        """Return when the next sound is due by this alone, on the boot clock."""
        return min((self._ready_ms(sign) for sign in self._waiting()), default=NEVER_MS)

    def ready(self, now_ms: int) -> Glyph | None:
        """Return the gravest condition that is to be sounded now, if any."""
        return next((sign for sign in self._waiting() if self._ready_ms(sign) <= now_ms), None)

    def _waiting(self) -> tuple[Glyph, ...]:
        return tuple(sign for sign in SOUND_OF if sign in self.since_ms and self._is_new(sign))

    def _is_new(self, sign: Glyph) -> bool:
        sounded_ms = self.sounded_ms.get(sign)
        return sounded_ms is None or self.since_ms[sign] >= sounded_ms + AGAIN_MS

    def _ready_ms(self, sign: Glyph) -> int:
        return max(self.since_ms[sign] + SETTLED_MS.get(sign, 0), self.played_ms + APART_MS)


def followed(standing: Standing, found: tuple[Glyph, ...], now_ms: int, *, played: bool) -> Standing:
    """Return what stands now that these conditions were found, and whether anything else was `played`."""
    since_ms = {sign: standing.since_ms.get(sign, now_ms) for sign in found}
    played_ms = now_ms if played else standing.played_ms
    if since_ms == standing.since_ms and played_ms == standing.played_ms:
        return standing
    return Standing(since_ms=since_ms, sounded_ms=standing.sounded_ms, played_ms=played_ms)


def sounded(standing: Standing, now_ms: int) -> tuple[Standing, tuple[Play, ...]]:
    """Sound what is to be sounded now; the caller has asked whether it may."""
    sign = standing.ready(now_ms)
    if sign is None:
        return standing, ()
    after = Standing(
        since_ms=standing.since_ms, sounded_ms={**standing.sounded_ms, sign: now_ms}, played_ms=now_ms
    )
    return after, (Play(sound=SOUND_OF[sign]),)
