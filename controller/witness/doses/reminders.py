"""When is the patient reminded, how loudly, and when is it put off?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from controller.wire.events import ReminderGiven, ReminderSnoozed
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Cue, PlannedSlot
from controller.wire.words import Instant, Slug
from controller.witness.clock import instant
from controller.witness.doses.filling import Filling
from controller.witness.doses.progress import Course, Progress
from controller.witness.inputs import Play, Saying
from firmware.ports import Sound

SNOOZE_MS = 15 * MINUTE_MS
SNOOZES_MAX = 3
QUIET_MS = HOUR_MS
QUIET_MAX_MS = DAY_MS
CATCH_UP_MS = MINUTE_MS

DEFAULT_CUES: Final = (
    Cue(light="slow_pulse", sound="chime"),
    Cue(light="double_blink", sound="double_chime"),
    Cue(light="fast_blink", sound="insistent"),
)

Said = tuple[Course, tuple[Saying, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mode:
    """What people have asked of the box for a while. Remembered as one part; equal only to itself."""

    refill: bool = False
    opened: tuple[Slug, ...] = ()
    filling: Filling = field(default_factory=Filling)
    quiet_until: Instant | None = None

    def quiet_at(self, at: int) -> bool:
        """Tell whether reminders make no sound now; a clock that went back does not prolong it."""
        return self.quiet_until is not None and 0 < self.quiet_until - at <= QUIET_MAX_MS

    def quietened(self, at: int, until: int | None) -> Mode:
        """Return the mode with reminders silent until an instant, for an hour without one."""
        wanted = at + QUIET_MS if until is None else min(until, at + QUIET_MAX_MS)
        return replace(self, quiet_until=instant(wanted))


def remind(course: Course, at: int, mode: Mode) -> Said:
    """Give every reminder whose instant has come; of several steps that passed, only the latest."""
    if mode.refill:
        return course, ()
    given: dict[str, Progress] = {}
    said: list[Saying] = []
    loudest, late = 0, False
    for slot, known in _open_at(course, at):
        planned = _planned(course, slot, known, at)
        if planned is None or planned > at:
            continue
        step = step_at(slot, at)
        if known.snoozed_until is not None:
            because = "snooze_ended"
        elif at - slot.remind_at[step - 1] >= CATCH_UP_MS:
            because = "catch_up"
        else:
            because = "due" if step == 1 else "still_due"
        said.append(ReminderGiven(slot=slot.slot, compartment=slot.compartment, step=step, because=because))
        given[slot.slot] = replace(known, reminded_through=at, snoozed_until=None)
        loudest, late = max(loudest, step), late or at > slot.late_at
    sound = _sound(course, loudest, late=late)
    if said and sound != "none" and not mode.quiet_at(at):
        said.append(Play(sound=sound))
    return course.knowing(given), tuple(said)


def _sound(course: Course, step: int, *, late: bool) -> Sound:
    """Return how a reminder sounds: a late one has a tune of its own, where the home wants any."""
    sound = cue_of(course, step).sound
    return "late" if late and sound != "none" else sound


def coming(course: Course, at: int, mode: Mode) -> Iterator[int]:
    """Go through the next instant at which each current slot is to be reminded of."""
    if not mode.refill:
        for slot, known in _open_at(course, at):
            planned = _planned(course, slot, known, at)
            if planned is not None:
                yield planned


def snooze(course: Course, at: int) -> Said:
    """Put off the reminders of every slot that is due or already reminded of, at most three times each."""
    put_off: dict[str, Progress] = {}
    said: list[Saying] = []
    until = instant(at + SNOOZE_MS)
    for slot, known in _open_at(course, at):
        if course.too_soon(slot, at):
            continue
        if known.snoozes < SNOOZES_MAX and (slot.due_at <= at or known.reminded_through is not None):
            put_off[slot.slot] = replace(known, snoozes=known.snoozes + 1, snoozed_until=until)
            said.append(
                ReminderSnoozed(slot=slot.slot, compartment=slot.compartment, until=until, because="button")
            )
    return course.knowing(put_off), tuple(said)


def due_now(course: Course, at: int) -> tuple[PlannedSlot, ...]:
    """Return the current slots the patient is to be guided to: due, or already reminded of."""
    return tuple(
        slot
        for slot in course.current
        if slot.opens_at <= at <= slot.closes_at
        and not course.too_soon(slot, at)
        and (slot.due_at <= at or course.of(slot).reminded_through is not None)
    )


def step_at(slot: PlannedSlot, at: int) -> int:
    """Return the number of the newest reminder step of a slot, from 1."""
    return max(1, sum(1 for mark in slot.remind_at if mark <= at))


def cue_of(course: Course, step: int) -> Cue:
    """Return how a reminder step shows and sounds; the last cue goes on for later steps."""
    cues = DEFAULT_CUES if course.held is None or not course.held.plan.cues else course.held.plan.cues
    return cues[min(max(step, 1), len(cues)) - 1]


def _open_at(course: Course, at: int) -> Iterator[tuple[PlannedSlot, Progress]]:
    for slot, known in course.pending():
        if slot.opens_at > at:
            return
        if at < slot.closes_at:
            yield slot, known


def _planned(course: Course, slot: PlannedSlot, known: Progress, at: int) -> int | None:
    """Return when the next reminder of a slot is given: not before its regimen may be taken again."""
    wanted = _wanted(slot, known, at)
    if wanted is None:
        return None
    given = max(wanted, course.free_at(slot, at))
    return given if given < slot.closes_at else None


def _wanted(slot: PlannedSlot, known: Progress, at: int) -> int | None:
    """Return when the next reminder of a slot is wanted, if it is before the window closes."""
    snoozed = known.snoozed_until
    if snoozed is not None:
        # Only a clock that went back makes a snooze end further away than it was ever put off.
        wanted = snoozed if snoozed - at <= SNOOZE_MS else at
        return wanted if wanted < slot.closes_at else None
    through = known.reminded_through
    for mark in slot.remind_at:
        if mark >= slot.closes_at:
            return None
        if through is None or mark > through:
            return mark
    return None
