"""Which compartment let how much damp into the box?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from controller.wire.events import LidDampRise


@dataclass(frozen=True, slots=True, kw_only=True)
class Rises:
    """What came in by one compartment: how often, by how much on average and at most, and for how long open.

    `shared` counts the times in which other lids were open too, so that nobody knows by which it came.
    """

    compartment: str
    times: int
    mean_pct: float
    most_pct: float
    open_ms: int
    shared: int


def rises(told: Iterable[LidDampRise]) -> tuple[Rises, ...]:
    """Put together what was told of each compartment, the one that let most in first."""
    found: dict[str, list[LidDampRise]] = {}
    for one in told:
        found.setdefault(one.compartment, []).append(one)
    of_each = (_of(name, said) for name, said in found.items())
    return tuple(sorted(of_each, key=lambda one: (-one.times * one.mean_pct, one.compartment)))


def _of(compartment: str, said: list[LidDampRise]) -> Rises:
    return Rises(
        compartment=compartment,
        times=len(said),
        mean_pct=sum(one.rise_pct for one in said) / len(said),
        most_pct=max(one.rise_pct for one in said),
        open_ms=sum(one.open_ms for one in said),
        shared=sum(bool(one.beside) for one in said),
    )
