"""Which edges does one look at an expander tell of, and when were they?

A chip keeps the levels at which it interrupted until it is read, and nothing of what follows. So a look
shows two moments: the interrupt, whose time the kernel knows, and the look itself. What moved in between is
stamped with the look: it was so then, and may have been so a little sooner. Between the two a contact may
have bounced unseen, so it comes to rest only after the look. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from firmware.debounce import QUIET_MS
from firmware.expander.registers import Look
from firmware.expander.wiring import INPUTS_PER_CHIP

PULSE_MS = 150
"""No hand opens and shuts a lid in less. A pulse that lies wholly between two looks shorter than this is a
contact that bounced or a box that was knocked: how long it was, nobody saw."""

Edge = tuple[int, bool, int]
"""The input, its new level and the time."""


def edges(
    known: int, look: Look, *, fell_ms: int, now_ms: int, last_edges_ms: Mapping[int, int]
) -> Iterator[Edge]:
    """Yield the edges by which a chip came from the levels `known` to those of a look, per input in order.

    `fell_ms` is when the interrupt came, `last_edges_ms` when each input moved last: a contact that reverted
    within the time in which it has to rest only bounced, however late it was looked at. Such a contact is
    told once more at the level that it has, for it is not at rest.
    """
    captured_levels = (look.captured & look.interrupted) | (known & ~look.interrupted)
    for number in range(INPUTS_PER_CHIP):
        before, captured, level = (bool(bits >> number & 1) for bits in (known, captured_levels, look.level))
        if captured != before and level != before:
            yield number, level, fell_ms
        elif captured != before:
            if now_ms - fell_ms >= PULSE_MS and fell_ms - last_edges_ms.get(number, -QUIET_MS) >= QUIET_MS:
                yield number, captured, fell_ms
            yield number, level, now_ms
        elif level != before:
            yield number, level, now_ms
