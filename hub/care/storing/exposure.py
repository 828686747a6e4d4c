"""What did the tablets of a fill go through while they lay in the box?

The sensor reads the air of the box, not of a compartment: behind a closed lid it is drier or damper for a
while, and as warm. So this bounds nothing; it says what was measured around the tablets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controller.wire.plan import Limit
from hub.care.storing.beyond import Beyond, all_beyond, told_once
from hub.care.storing.samples import Watch
from hub.care.storing.stays import Stay
from hub.care.storing.warmth import Warmth, warmth


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What one stay went through so far: how warm it was, and how long each limit was passed."""

    stay: Stay
    warmth: Warmth
    beyond: tuple[Beyond, ...]

    @property
    def passed(self) -> tuple[Beyond, ...]:
        """Return the limits beyond which the air was for a while."""
        return told_once(one for one in self.beyond if one.span_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillExposure:
    """What a fill of one regimen went through: all its stays, with the longest in front.

    They began at one instant, so whatever any of them went through the longest one did too.
    """

    regimen: str
    fill: str
    exposures: tuple[Exposure, ...]

    @property
    def longest(self) -> Exposure:
        """Return what the tablets that lay longest went through."""
        return self.exposures[0]

    def touched(self, limit: Limit) -> tuple[str, ...]:
        """Return the compartments whose tablets were there while the air was beyond a limit."""
        return tuple(
            one.stay.place[1]
            for one in self.exposures
            if any(found.limit == limit and found.span_ms for found in one.beyond)
        )


def exposure(stay: Stay, watch: Watch, limits: Sequence[Limit], at: int) -> Exposure:
    """Say what was measured around some tablets from when they were laid in until they were gone, or now."""
    until = at if stay.until is None else min(stay.until, at)
    around = watch.within(stay.since, max(stay.since, until))
    return Exposure(stay=stay, warmth=warmth(around), beyond=all_beyond(around, limits))


def by_fill(exposures: Iterable[Exposure]) -> tuple[FillExposure, ...]:
    """Put together what each fill of a regimen went through, in the order in which they were laid in."""
    found: dict[tuple[int, str, str, str], list[Exposure]] = {}
    for one in exposures:
        stay = one.stay
        found.setdefault((stay.since, stay.fill, stay.regimen, stay.place[0]), []).append(one)
    return tuple(
        FillExposure(
            regimen=regimen,
            fill=fill,
            exposures=tuple(sorted(found[key], key=lambda one: -one.warmth.end)),
        )
        for key in sorted(found)
        for _, fill, regimen, _ in [key]
    )
