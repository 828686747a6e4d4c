"""What was told of the damp that came in by the lids of a box, and how is it said?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from controller.wire.events import LidDampRise
from controller.wire.instants import MINUTE_MS
from controller.wire.shape import from_plain
from hub.care.restamping import moved
from hub.care.storing.rises import Rises, rises
from hub.reporting.timing import timed
from hub.store.port import Store

RISEN = ("lid.damp_rise",)


def damp_rises(
    store: Store, box: str, begin: int, end: int, is_owned: Callable[[str, int], bool]
) -> tuple[Rises, ...]:
    """Return what came in by each lid of a box in a time in which it belonged to whom it is asked for."""
    # A clock that cannot be trusted would put an opening into a time in which it was not.
    found = [
        replace(said, since=moved(said.since, by_ms))
        for event, by_ms in timed(store, box, RISEN)
        if by_ms is not None
        for said in (from_plain(LidDampRise, json.loads(event.data), event.kind),)
    ]
    return rises(one for one in found if begin <= one.since < end and is_owned(box, one.since))


def rise_lines(found: Iterable[Rises]) -> Iterator[str]:
    """Say of each compartment how much damper the box became with it."""
    for one in found:
        times = "once" if one.times == 1 else f"{one.times} times"
        shared = f"; {one.shared} of them with other lids open too" if one.shared else ""
        minutes = max(1, round(one.open_ms / MINUTE_MS))
        yield (
            f"damp let in by {one.compartment}: {times}, {one.mean_pct:.0f} % humidity more on average, "
            f"{one.most_pct:.0f} % at most, open for {minutes} min in all{shared}"
        )


def plain_rise(found: Rises) -> dict[str, object]:
    """Return what a program wants to know of what came in by a compartment."""
    return {
        "compartment": found.compartment, "times": found.times, "mean_pct": round(found.mean_pct, 1),
        "most_pct": found.most_pct, "open_ms": found.open_ms, "shared": found.shared,
    }  # fmt: skip
