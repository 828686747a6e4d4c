"""What is to be said of the air of one box over a time?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controller.wire.instants import DAY_MS
from controller.wire.plan import Limit
from hub.care.storing.beyond import Beyond, all_beyond, told_once
from hub.care.storing.dampness import Dampness, dampness
from hub.care.storing.hours import Habit, habits
from hub.care.storing.samples import Watch
from hub.care.storing.warmth import MONTH_MS, Warmth, warmth

HABIT_MS = 14 * DAY_MS
"""A habit of a place shows within two weeks; a season further back is not how it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxAir:
    """A time, limit by limit, and how damp it was; how warm the 30 days were that end with it.

    `habits` are those of its last two weeks; `kinetic_limit_c` is the lowest limit to warmth, if any.
    """

    box: str
    watch: Watch
    month: Warmth
    dampness: Dampness | None
    beyond: tuple[Beyond, ...]
    habits: tuple[Habit, ...]
    kinetic_limit_c: float | None

    @property
    def is_too_warm(self) -> bool:
        """Whether the 30 days were warmer than the medicine is kept; never said where too little was read."""
        found, limit_c = self.month.kinetic_c, self.kinetic_limit_c
        return self.month.is_enough and found is not None and limit_c is not None and found > limit_c

    @property
    def passed(self) -> tuple[Beyond, ...]:
        """Return the limits beyond which the air may have been for a while."""
        return told_once(one for one in self.beyond if one.at_most_ms)


def box_air(box: str, air: Watch, period: tuple[int, int], limits: Sequence[Limit], zone: str) -> BoxAir:
    """Say what the air of a box was like in a period; `air` reaches back as far as is asked for."""
    begin, end = period
    lately = air.within(max(begin, end - HABIT_MS), end)
    watch = air.within(begin, end)
    return BoxAir(
        box=box,
        watch=watch,
        month=warmth(air.within(end - MONTH_MS, end)),
        dampness=dampness(watch),
        beyond=all_beyond(watch, limits),
        habits=tuple(dict.fromkeys(habit for limit in limits for habit in habits(lately, limit, zone))),
        kinetic_limit_c=kinetic_limit_c(limits),
    )


def kinetic_limit_c(limits: Iterable[Limit]) -> float | None:
    """Return what a mean kinetic temperature is set beside: the lowest of the limits to warmth."""
    found = (one.limit for one in limits if one.measure == "temperature_c" and one.side == "above")
    return min(found, default=None)
