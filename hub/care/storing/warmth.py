"""How warm was it, as far as it harms tablets: what is the mean kinetic temperature of a time?

It weighs an hour of heat as much as the many mild hours that break down as much of a substance. USP <1079.2>
reckons it over 30 days that end now, from all there is; it excuses neither cold nor a want of control.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from controller.wire.instants import DAY_MS
from hub.care.storing.samples import Gap, Sample, Watch

MONTH_MS = 30 * DAY_MS
HEAT_K = 83_144 / 8.3144
"""The heat of activation over the gas constant: 83.144 kJ/mol over 8.3144 J/(mol K)."""
ZERO_C_K = 273.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmth:
    """The mean and the mean kinetic temperature of a time, `None` where nothing was measured in it.

    `is_enough` tells whether so much of it was measured that they may be set beside a limit.
    """

    begin: int
    end: int
    mean_c: float | None
    kinetic_c: float | None
    coverage: float
    is_enough: bool
    gaps: tuple[Gap, ...]


def warmth(watch: Watch) -> Warmth:
    """Return how warm a watched time was."""
    return Warmth(
        begin=watch.begin,
        end=watch.end,
        mean_c=mean_c(watch.samples),
        kinetic_c=kinetic_mean_c(watch.samples),
        coverage=watch.coverage,
        is_enough=watch.is_enough,
        gaps=watch.gaps(),
    )


def kinetic_mean_c(samples: Sequence[Sample]) -> float | None:
    """Return the mean kinetic temperature; each sample counts for as long as it speaks."""
    weight = sum(one.span_ms for one in samples)
    if weight <= 0:
        return None
    powers = [-HEAT_K / (one.temperature_c.mean + ZERO_C_K) for one in samples]
    # Their largest is taken out: exp() of such powers alone would lose its last digits.
    largest = max(powers)
    total = sum(
        one.span_ms * math.exp(power - largest) for one, power in zip(samples, powers, strict=True)
    )  # fmt: skip
    return HEAT_K / -(largest + math.log(total / weight)) - ZERO_C_K


def mean_c(samples: Sequence[Sample]) -> float | None:
    """Return the plain mean temperature."""
    weight = sum(one.span_ms for one in samples)
    if weight <= 0:
        return None
    return sum(one.span_ms * one.temperature_c.mean for one in samples) / weight
