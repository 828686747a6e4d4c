"""Do the sensors of one box agree, and if not, which of them is in doubt?

Two cannot tell which of them lies: then it is the medicine's that cannot be relied on. Of three or more the
one that stands alone is in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from controller.wire.instants import MINUTE_MS
from controller.witness.sensing.believing import Pair

APART_C, APART_PCT = 3.0, 15.0
NEAR_C, NEAR_PCT = 2.0, 10.0
"""They agree again when they are nearer than this: nobody is told twice of sensors at the very limit."""

APART_MS = 30 * MINUTE_MS
"""So long they may differ: one may have been breathed on, or a lid have been open."""

FRESH_MS = 5 * MINUTE_MS
"""Readings further apart in time are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """The newest believed reading of a sensor."""

    pair: Pair
    mono_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the sensors read last, and since when others differ from the medicine's."""

    medicine: str = ""
    felt: Mapping[str, Felt] = field(default_factory=dict)
    apart: Mapping[str, int] = field(default_factory=dict)


def compare(before: Comparison, sensor: str, pair: Pair, mono_ms: int, *, of_medicine: bool) -> Comparison:
    """Take one more reading that its own sensor's past gives no reason to doubt."""
    if of_medicine and before.medicine != sensor:
        before = replace(before, medicine=sensor, apart=before.apart if not before.medicine else {})
    felt = {**before.felt, sensor: Felt(pair=pair, mono_ms=mono_ms)}
    apart = dict(before.apart)
    own = felt.get(before.medicine)
    for name, other in felt.items():
        if own is None or name == before.medicine or abs(own.mono_ms - other.mono_ms) > FRESH_MS:
            continue
        if _beyond(own.pair, other.pair, APART_C, APART_PCT):
            apart.setdefault(name, mono_ms)
        elif not _long_apart(apart, name, mono_ms) or not _beyond(own.pair, other.pair, NEAR_C, NEAR_PCT):
            apart.pop(name, None)
    return replace(before, felt=felt, apart=apart)


def doubted(comparison: Comparison, mono_ms: int) -> dict[str, str]:
    """Return each sensor in doubt, and which other one it disagrees with.

    A difference stands while the other sensor is silent: that it cannot be looked at does not end it.
    """
    medicine = comparison.medicine
    differ = [name for name in comparison.apart if _long_apart(comparison.apart, name, mono_ms)]
    agree = [
        name
        for name, other in comparison.felt.items()
        if name not in (medicine, *differ) and mono_ms - other.mono_ms <= FRESH_MS
    ]
    if not medicine or not differ:
        return {}
    if len(differ) > len(agree):
        return {medicine: differ[0]}
    return dict.fromkeys(differ, medicine)


def _long_apart(apart: Mapping[str, int], name: str, mono_ms: int) -> bool:
    since_ms = apart.get(name)
    return since_ms is not None and mono_ms - since_ms >= APART_MS


def _beyond(one: Pair, other: Pair, most_c: float, most_pct: float) -> bool:
    return abs(one[0] - other[0]) > most_c or abs(one[1] - other[1]) > most_pct
