"""How long did each compartment stand open, as its box told at the end of each day?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from controller.wire.events import LidDay
from controller.wire.instants import DAY_MS, MINUTE_MS
from controller.wire.shape import from_plain
from hub.care.alerting.naming import compartment_words
from hub.store.port import Store

TOLD = ("lid.day",)
LATE_MS = DAY_MS
"""So much later a day may be told of, where its box slept at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLids:
    """The days of a box that were told of, and of each compartment how often and how long it was open."""

    box: str
    told_ms: int
    lids: tuple[tuple[str, int, int], ...]


def open_lids(store: Store, box: str, begin: int, end: int, is_owned: Callable[[str, int], bool]) -> OpenLids:
    """Add up the days that ended in a time; a day belongs to whom the box belonged to when it began."""
    told_ms = 0
    found: dict[str, tuple[int, int]] = {}
    for event in store.events(box, begin, end + LATE_MS, TOLD):
        day = from_plain(LidDay, json.loads(event.data), event.kind)
        if not begin < day.until <= end or not is_owned(box, day.since):
            continue
        told_ms += max(0, day.until - day.since)
        for use in day.lids:
            opened, open_ms = found.get(use.compartment, (0, 0))
            found[use.compartment] = opened + use.opened, open_ms + use.open_ms
    lids = sorted((name, opened, open_ms) for name, (opened, open_ms) in found.items())
    return OpenLids(box=box, told_ms=told_ms, lids=tuple(lids))


def open_lines(found: OpenLids) -> Iterator[str]:
    """Say how long a day the compartments stood open, and which the longest, where a day was told of."""
    if not found.told_ms:
        return
    days = found.told_ms / DAY_MS
    total_ms = sum(open_ms for _, _, open_ms in found.lids)
    line = f"its lids stood open {_minutes(total_ms / days)} a day in all, over {days:.1f} days it told of"
    longest = max(found.lids, key=lambda lid: lid[2], default=None)
    if longest is not None and longest[2] >= MINUTE_MS:
        where = compartment_words(longest[0])
        line += f"; the longest, {_minutes(longest[2])} in that time, the {where}"
    yield f"{line}; an open compartment takes damp"


def plain_open(found: OpenLids) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "box": found.box,
        "told_ms": found.told_ms,
        "lids": [
            {"compartment": name, "opened": opened, "open_ms": open_ms}
            for name, opened, open_ms in found.lids
        ],
    }


def _minutes(span_ms: float) -> str:
    minutes = round(span_ms / MINUTE_MS)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
