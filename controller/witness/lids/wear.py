"""Does a switch bounce more than it did when it was new?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from controller.wire.events.lids import BOUNCES_MAX
from controller.wire.marks import Within

Rate = Annotated[float, Within(0, BOUNCES_MAX)]
"""Bounces a movement, over one day."""

KEPT_DAYS = 8
"""So many days on which a lid moved are compared with as many from when the box knew it first."""
ENOUGH_DAYS = 4
MANY_BOUNCES = 20.0
GROWN = 3.0
LEAST_FIRST = 1.0
"""One that hardly bounced at first is not worn for bouncing as little as others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """How much one switch bounced on its first days and on its newest; `told` is what was told of."""

    first: tuple[Rate, ...] = ()
    recent: tuple[Rate, ...] = ()
    told: Rate | None = None

    @property
    def newest(self) -> float:
        """Return the median of the newest days."""
        days = (*self.first, *self.recent)[-KEPT_DAYS:]
        return _median(days) if days else 0.0

    @property
    def first_weeks(self) -> float | None:
        """Return the median of the first days, `None` while they are not over."""
        return _median(self.first) if self.recent else None


def worn(wear: Wear, rate: float) -> tuple[Wear, Literal["many_bounces", "grown"] | None]:
    """Add the day's bounces a movement; say, once, why the switch counts as wearing."""
    if len(wear.first) < KEPT_DAYS:
        wear = replace(wear, first=(*wear.first, rate))
    else:
        wear = replace(wear, recent=(*wear.recent, rate)[-KEPT_DAYS:])
    newest = wear.newest
    if wear.told is not None:
        # A new switch behind the same lid is watched afresh.
        return (replace(wear, told=None) if newest <= wear.told / 2 else wear), None
    because: Literal["many_bounces", "grown"] | None = None
    if len(wear.first) + len(wear.recent) >= ENOUGH_DAYS and newest > MANY_BOUNCES:
        because = "many_bounces"
    elif len(wear.recent) == KEPT_DAYS and newest >= GROWN * max(LEAST_FIRST, _median(wear.first)):
        because = "grown"
    return (wear if because is None else replace(wear, told=newest)), because


def _median(rates: tuple[float, ...]) -> float:
    # The module of statistics costs the box more memory than all that is said here.
    ordered = sorted(rates)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
