"""Which standing conditions does the panel show, and in which words?"""

from __future__ import annotations

from typing import Final

from controller.wire.envelope import Stamp
from controller.wire.words import ExcursionKind
from controller.witness.air.climate import Air
from controller.witness.clock import is_trusted
from controller.witness.doses.progress import Course
from firmware.ports import Glyph

_STORAGE: Final[dict[ExcursionKind, Glyph]] = {
    "hot": "hot", "damp": "damp", "condensation": "damp", "cold": "cold", "stale": "fault",
}  # fmt: skip
TROUBLE: Final[dict[Glyph, str]] = {
    "cannot_record": "this box cannot record now: tell your caregiver",
    "no_plan": "no plan: ask your caregiver",
    "clock": "the clock is not set yet",
    "fault": "the sensor in the box gives no reading to rely on",
    "hot": "too warm for the medicine: ask your pharmacist",
    "damp": "too damp for the medicine: ask your pharmacist",
    "cold": "too cold for the medicine: ask your pharmacist",
    "low_supply": "the supply runs low: tell your caregiver",
    "no_hub": "no connection to the hub",
}
"""The signs of trouble, the gravest first, and what each one says."""


def standing_wrong(
    course: Course, air: Air, now: Stamp, *, hub_online: bool, cannot_record: bool
) -> tuple[Glyph, ...]:
    """Return the sign of everything that stands wrong, the gravest first."""
    found: set[Glyph] = set()
    if cannot_record:
        found.add("cannot_record")
    plan = None if course.held is None else course.held.plan
    if plan is None or (is_trusted(now) and now.at > plan.until):
        found.add("no_plan")
    elif plan.notices is not None and plan.notices.low_supply:
        found.add("low_supply")
    if not is_trusted(now):
        found.add("clock")
    if air.faults.of_medicine():
        found.add("fault")
    found.update(
        _STORAGE[running.excursion]
        for running in air.rules.excursions.running.values()
        if running.excursion in _STORAGE
    )
    if not hub_online:
        found.add("no_hub")
    return tuple(sign for sign in TROUBLE if sign in found)
