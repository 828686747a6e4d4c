"""How damp was it on average, beside what medicines are tested at and what is called a dry place?"""

from __future__ import annotations

from dataclasses import dataclass

from controller.wire.vapour import saturation_hpa, vapour_hpa
from hub.care.storing.samples import Watch

TESTED_PCT = 60.0
"""At 25 °C and so much humidity a medicine's years are tested (ICH Q1A)."""
DRY_HPA = 0.40 * saturation_hpa(20.0)
"""A dry place has 40 % humidity at 20 °C, or as much vapour at another temperature (USP <659>)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dampness:
    """The means of a watched time. A heated room is seldom a dry place: that is told to programs alone."""

    humidity_pct: float
    vapour_hpa: float

    @property
    def is_dry_place(self) -> bool:
        """Whether tablets that need a dry place could lie there open."""
        return self.vapour_hpa <= DRY_HPA

    @property
    def is_beyond_tested(self) -> bool:
        """Whether it was damper than what medicines are tested at."""
        return self.humidity_pct > TESTED_PCT


def dampness(watch: Watch) -> Dampness | None:
    """Return how damp a watched time was, `None` where nothing was measured in it.

    What was read with a lid just opened is the air of the room, and left out.
    """
    closed = [one for one in watch.samples if not one.is_aired]
    weight = sum(one.span_ms for one in closed)
    if not weight:
        return None
    damp = ((one.span_ms, one.temperature_c.mean, one.humidity_pct.mean) for one in closed)
    sums = [(span_ms * pct, span_ms * vapour_hpa(warm, pct)) for span_ms, warm, pct in damp]
    return Dampness(
        humidity_pct=sum(pct for pct, _ in sums) / weight, vapour_hpa=sum(hpa for _, hpa in sums) / weight
    )
