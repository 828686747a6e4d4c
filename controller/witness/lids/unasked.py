"""Were lids opened out of hours, or again and again, while no dose asked for it? A child, or confusion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from controller.wire.envelope import BootMs
from controller.wire.events.doses import DoseExtra, DoseWrongCompartment
from controller.wire.events.lids import LidOutOfHours, LidRepeated
from controller.wire.instants import HOUR_MS
from controller.witness.clock import instant
from controller.witness.doses.progress import Course
from controller.witness.inputs import Saying

REPEATED = 5
"""So many openings within an hour that no dose had asked for are told as repeated."""
WITHIN_MS = HOUR_MS
COUNTED_MOST = 64
NOTHING_DUE = frozenset({"not_due", "closed", "nothing_planned"})
"""Why an opening is extra that no dose could have asked for; any other has a warning of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """The openings of the last hour that no dose had asked for, and when, on the boot clock, it was told.

    Not remembered: after a restart the count begins anew.
    """

    openings: tuple[tuple[str, int, BootMs], ...] = ()
    told_ms: int | None = None


def noted(
    unasked: Unasked, verdict: Iterable[Saying], course: Course, mono_ms: int
) -> tuple[Unasked, tuple[Saying, ...]]:
    """Judge what a lid has just been taken for; what is said comes before it, so that it is told first."""
    said: list[Saying] = []
    for judged in verdict:
        if isinstance(judged, DoseExtra) and _is_out_of_hours(judged, course):
            said.append(
                LidOutOfHours(
                    compartment=judged.compartment, because="watch_hours", opened_at=judged.opened_at
                )
            )
        if isinstance(judged, DoseExtra | DoseWrongCompartment):
            unasked, more = _counted(unasked, judged, mono_ms)
            said += more
    return unasked, tuple(said)


def _is_out_of_hours(extra: DoseExtra, course: Course) -> bool:
    """Tell whether the home watches now and no dose waits; whom something hurts may look for a tablet."""
    at = extra.opened_at
    if course.held is None or extra.because not in NOTHING_DUE:
        return False
    if not any(span.begins_at <= at < span.ends_at for span in course.held.plan.watch or ()):
        return False
    return not any(course.of(slot).outcome == "pending" for slot in course.covering(at))


def _counted(
    unasked: Unasked, judged: DoseExtra | DoseWrongCompartment, mono_ms: int
) -> tuple[Unasked, tuple[Saying, ...]]:
    recent = tuple(one for one in unasked.openings if 0 <= mono_ms - one[2] < WITHIN_MS)
    recent = recent[-COUNTED_MOST:]
    # Two medicines in one lid are two verdicts on one opening.
    if any(one[:2] == (judged.compartment, judged.opened_at) for one in recent):
        return unasked, ()
    recent = (*recent, (judged.compartment, judged.opened_at, mono_ms))
    is_told = unasked.told_ms is not None and 0 <= mono_ms - unasked.told_ms < WITHIN_MS
    if len(recent) < REPEATED or is_told:
        return Unasked(openings=recent, told_ms=unasked.told_ms), ()
    said = LidRepeated(
        because="within_an_hour",
        count=len(recent),
        since=instant(recent[0][1]),
        compartments=tuple(dict.fromkeys(name for name, _, _ in recent)),
    )
    return Unasked(openings=recent, told_ms=mono_ms), (said,)
