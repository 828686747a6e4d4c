"""Does a place keep to the limits of the medicine that is to lie there, by what was measured?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from controller.wire.plan import Limit
from hub.care.storing.beyond import Beyond, all_beyond, told_once
from hub.care.storing.dampness import Dampness, dampness
from hub.care.storing.hours import Habit, habits
from hub.care.storing.samples import Watch

Verdict = Literal["passed", "touched", "kept", "unknown"]
"""`passed`: beyond a limit for its whole dwell; `touched`: for less; `unknown`: too little was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What a place was like, limit by limit; of light only where a sensor sees it."""

    watch: Watch
    verdict: Verdict
    dampness: Dampness | None
    beyond: tuple[Beyond, ...]
    habits: tuple[Habit, ...]

    @property
    def passed(self) -> tuple[Beyond, ...]:
        """Return the limits beyond which the air may have been for a while."""
        return told_once(one for one in self.beyond if one.at_most_ms)

    @property
    def sees_light(self) -> bool:
        """Whether light was measured there."""
        return any(one.light_pct is not None for one in self.watch.samples)


def placement(watch: Watch, limits: Sequence[Limit], zone: str) -> Placement:
    """Judge a place before the box is filled there."""
    found = all_beyond(watch, limits)
    return Placement(
        watch=watch,
        verdict=_verdict(watch, found),
        dampness=dampness(watch),
        beyond=found,
        habits=tuple(habit for one in found for habit in habits(watch, one.limit, zone)),
    )


def _verdict(watch: Watch, found: tuple[Beyond, ...]) -> Verdict:
    """Say the worst that was seen. "Kept" is said only of what was watched: silence proves nothing."""
    if any(one.is_dwelt for one in found):
        return "passed"
    if not watch.is_enough or not found:
        return "unknown"
    return "touched" if any(one.at_most_ms for one in found) else "kept"
