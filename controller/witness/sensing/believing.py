"""Can this reading be believed, by what the same sensor read before?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from controller.wire.events.climate import STUCK_MS
from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.wire.words import Word
from firmware.ports import ClimateReading, NoReading

RANGE_C, RANGE_PCT = (-60.0, 130.0), (0.0, 100.0)
"""What a message can carry. Nearer bounds are the drivers' business, who know their chips."""

FAILED_PAIR = (0.0, 0.0)
"""What a Sense HAT gives for "invalid", and a dead bus for anything: no air is at 0 degrees and 0 %."""

JUMP_C, JUMP_PCT = 5.0, 20.0
"""Air does not change by more from one minute to the next, unless the box is carried; then it stays so."""

JUMP_WITHIN_MS = 3 * MINUTE_MS
"""Readings further apart than this may differ by anything: one or two between them were lost."""

JUMPS = 3
"""So many jumps within an hour are the sensor's, not the air's."""

CALM_MS = 10 * MINUTE_MS
"""A sensor that jumped is believed again when it has not jumped for so long."""

GAP_MS = 30 * MINUTE_MS
"""After a longer silence a sensor is looked at as if for the first time."""

Pair = tuple[float, float]
Verdict = Literal["believed", "withheld"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """The reading counts for nothing; `because` is what is told."""

    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What one sensor read until now, on the boot clock. It begins anew with each run.

    `pair` is the newest temperature and humidity that were not odd, unchanged since `same_ms`; `odd` is a
    jump that the next reading may confirm; `jumps` are the newest ones.
    """

    pair: Pair | None = None
    read_ms: int = 0
    same_ms: int = 0
    odd: Pair | None = None
    jumps: tuple[int, ...] = ()
    jumping: bool = False


def look(past: Past, reading: ClimateReading | NoReading, mono_ms: int) -> tuple[Past, Verdict | Doubted]:
    """Judge one reading by those before it.

    A jump is withheld, not doubted: the next reading tells whether it was the air or the sensor.
    """
    if isinstance(reading, NoReading):
        return past, Doubted(because=reading.because)
    pair = (reading.temperature_c, reading.humidity_pct)
    if not plausible(pair):
        return past, Doubted(because="implausible")
    silent_ms = mono_ms - past.read_ms
    if past.pair is None or silent_ms > GAP_MS:
        return Past(pair=pair, read_ms=mono_ms, same_ms=mono_ms), "believed"
    if silent_ms <= JUMP_WITHIN_MS and far(pair, past.pair) and not _confirmed(pair, past):
        jumps = (*(at for at in past.jumps if mono_ms - at < HOUR_MS), mono_ms)[-JUMPS:]
        jumping = past.jumping or len(jumps) == JUMPS
        past = replace(past, odd=pair, jumps=jumps, jumping=jumping, read_ms=mono_ms)
        return past, Doubted(because="jumping") if jumping else "withheld"
    if _confirmed(pair, past) and not past.jumping:
        # It was the air: nothing is laid to the sensor.
        past = replace(past, jumps=past.jumps[:-1])
    same_ms = past.same_ms if pair == past.pair else mono_ms
    jumping = past.jumping and mono_ms - past.jumps[-1] < CALM_MS
    jumps = past.jumps if jumping or not past.jumping else ()
    past = Past(pair=pair, read_ms=mono_ms, same_ms=same_ms, jumps=jumps, jumping=jumping)
    if jumping:
        return past, Doubted(because="jumping")
    if mono_ms - same_ms >= STUCK_MS:
        return past, Doubted(because="frozen")
    return past, "believed"


def plausible(pair: Pair) -> bool:
    """Tell whether a sensor that works could read this; NaN and the infinities fail both comparisons."""
    (low_c, high_c), (low_pct, high_pct) = RANGE_C, RANGE_PCT
    return low_c <= pair[0] <= high_c and low_pct <= pair[1] <= high_pct and pair != FAILED_PAIR


def far(one: Pair, other: Pair) -> bool:
    """Tell whether two readings are further apart than one minute's air."""
    return abs(one[0] - other[0]) > JUMP_C or abs(one[1] - other[1]) > JUMP_PCT


def _confirmed(pair: Pair, past: Past) -> bool:
    return past.odd is not None and not far(pair, past.odd)
