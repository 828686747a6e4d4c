"""What has a box of the world said, in its own order?"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from controller.wire.instants import MINUTE_MS, instant_ms
from tests.world_box import Window, WorldBox

FOREVER = (0, 2**62)

INTAKES = ("dose.taken", "dose.self_reported")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One event as it was recorded; `true_ms` is when, by no clock of the box."""

    key: tuple[str, int]
    kind: str
    at: int
    true_ms: int
    boot: str
    mono_ms: int
    clock: str
    data: dict[str, Any]

    @property
    def slot(self) -> str:
        """The slot that a dose event or a reminder names."""
        return str(self.data["slot"])


def spoken(box: WorldBox, *kinds: str) -> Iterator[Spoken]:
    """Go through what a box recorded, of some kinds or of all."""
    return (event for event in _all_spoken(box, len(box.recorded)) if not kinds or event.kind in kinds)


@lru_cache(maxsize=8)
def _all_spoken(box: WorldBox, count: int) -> tuple[Spoken, ...]:
    """Read everything a box has recorded, once for all laws; `count` events by now."""
    found = []
    for key in sorted(box.recorded, key=lambda key: (int(key[0].rsplit("-", 1)[1]), key[1])):
        plain = json.loads(box.recorded[key])
        found.append(
            Spoken(
                key=key,
                kind=plain["kind"],
                at=instant_ms(plain["at"]),
                true_ms=box.recorded_ms[key],
                boot=plain["boot"],
                mono_ms=plain["mono_ms"],
                clock=plain["clock"],
                data=plain["data"],
            )
        )
    return tuple(found)


def versions_of(box: WorldBox, slot: str) -> list[Window]:
    """Return every version of a slot's window that a plan brought to the box."""
    return [version for _, version in box.heard.get(slot, ())]


def newest_plans(box: WorldBox, true_ms: int) -> list[frozenset[str]]:
    """Return the slots of the plan that a box holds; where plans may have overtaken each other, of each."""
    count = bisect_right(box.deliveries, true_ms, key=attrgetter("at_ms"))
    newest_ms = box.deliveries[count - 1].at_ms if count else 0
    settled = newest_ms <= true_ms - MINUTE_MS
    found: list[frozenset[str]] = []
    for plan in reversed(box.deliveries[:count]):
        is_older = plan.at_ms <= newest_ms - MINUTE_MS
        if is_older and settled:
            break
        found.append(plan.slots)
        if is_older:
            break
    return found
