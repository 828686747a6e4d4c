"""Which fills are told of twice, by the box and by a person, and whose word counts?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace

from controller.wire.instants import HOUR_MS
from hub.care.entries import BY_BOX, BoxFilled, Entry

SAME_FILL_MS = 12 * HOUR_MS
"""What is said of one lid within such a time is said of one fill: nobody fills it twice in half a day."""


def told_once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Leave out what the box saw laid into a lid of which a person, or later the box, tells the same fill."""
    found = tuple(entries)
    fills = sorted(
        (entry.at, number, entry.by, entry.fact)
        for number, entry in enumerate(found)
        if isinstance(entry.fact, BoxFilled)
    )
    kept = list(found)
    for at, number, by, fact in fills:
        if by != BY_BOX:
            continue
        # Years of fills lie here in order; only those of the same half day are looked at.
        near = fills[bisect_left(fills, (at - SAME_FILL_MS,)) : bisect_left(fills, (at + SAME_FILL_MS + 1,))]
        better = {
            name
            for other_at, other, other_by, said in near
            if said.box == fact.box and (other_by != BY_BOX or (other_at, other) > (at, number))
            for name in said.compartments
        }
        left = {name: lying for name, lying in fact.compartments.items() if name not in better}
        kept[number] = replace(found[number], fact=replace(fact, compartments=left))
    return tuple(kept)
