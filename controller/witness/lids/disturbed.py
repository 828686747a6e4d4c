"""Did so many lids open at one moment that the box itself was moved, dropped or turned over?

Nobody opens half of a box within two seconds. What these openings were taken for is taken back, and one
event tells of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from controller.wire.envelope import BootMs
from controller.wire.events.doses import DoseExtra, DoseWrongCompartment
from controller.wire.events.lids import LidDisturbed
from controller.wire.events.lock import LockForced
from controller.wire.instants import SECOND_MS
from controller.wire.words import Instant, SlotId, Slug
from controller.witness.clock import instant
from controller.witness.doses.dose import Kept
from controller.witness.doses.needed import Needed
from controller.witness.doses.progress import Course, regimen_of
from controller.witness.inputs import NEVER_MS, Saying

MOMENT_MS = 2 * SECOND_MS
LIDS_LEAST = 3
BLIND = "lid_disturbed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unsaid:
    """What is told once the moment is over: the verdicts on single openings, or that the box was disturbed.

    `compartments` are those that opened while it was disturbed, `slots` those whose intake was taken back;
    `forced` are lids that opened in spite of the lock. Remembered as one part; equal only to itself.
    """

    extras: tuple[DoseExtra, ...] = ()
    wrongs: tuple[DoseWrongCompartment, ...] = ()
    forced: tuple[LockForced, ...] = ()
    compartments: tuple[Slug, ...] = ()
    since: Instant | None = None
    slots: tuple[SlotId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The openings of this moment, each on the boot clock, and what was known before them."""

    openings: tuple[tuple[str, BootMs], ...] = ()
    last_intakes: Mapping[str, int] = field(default_factory=dict)
    needed: Needed = field(default_factory=Needed)
    unsaid: Unsaid = field(default_factory=Unsaid)
    wake_ms: int = NEVER_MS

    @property
    def is_disturbed(self) -> bool:
        """Tell whether so many lids have opened that none of them was opened by itself."""
        return bool(self.unsaid.compartments)


_NOTHING = Unsaid()


def opened(burst: Burst, course: Course, compartment: str, mono_ms: int) -> Burst:
    """Add one opening to the moment, or begin another one with it; `course` is what was known before it."""
    recent = tuple(one for one in burst.openings if abs(mono_ms - one[1]) <= MOMENT_MS)
    if not recent:
        return replace(
            burst,
            openings=((compartment, mono_ms),),
            last_intakes=course.slots.last_intakes,
            needed=course.needed,
        )
    return replace(burst, openings=(*recent, (compartment, mono_ms)))


def passed(burst: Burst) -> tuple[Burst, tuple[Saying, ...]]:
    """Say what was held back of lids that opened before this moment: nothing that happens now changes it.

    Lids that somebody opens one after another, for as long as they like, are told of as they are opened.
    """
    unsaid, names = burst.unsaid, {name for name, _ in burst.openings}
    if burst.is_disturbed:
        return burst, ()
    extras = tuple(one for one in unsaid.extras if one.compartment in names)
    wrongs = tuple(one for one in unsaid.wrongs if one.compartment in names)
    forced = tuple(one for one in unsaid.forced if one.compartment in names)
    said: tuple[Saying, ...] = (
        *(one for one in unsaid.extras if one not in extras),
        *(one for one in unsaid.wrongs if one not in wrongs),
        *(one for one in unsaid.forced if one not in forced),
    )
    if not said:
        return burst, ()
    unsaid = replace(unsaid, extras=extras, wrongs=wrongs, forced=forced)
    waits = replace(burst, unsaid=unsaid, wake_ms=NEVER_MS)
    return _waiting(waits), said


def is_many(burst: Burst, lids: int) -> bool:
    """Tell whether at least three lids, and half of the box, opened within the moment."""
    names = {name for name, _ in burst.openings}
    return len(names) >= LIDS_LEAST and 2 * len(names) >= lids


def shaken(burst: Burst, course: Course, at: int | None) -> tuple[Burst, Course]:
    """Take back what the openings of this moment were taken for; their windows are doubtful from here on.

    `at` is the instant of the newest opening, `None` while nobody knows the time.
    """
    names = {name for name, _ in burst.openings}
    held = course.held
    taken: list[str] = []
    if at is not None and held is not None:
        for slot in (slot for name in sorted(names) for slot in course.at_lid(name)):
            known = course.of(slot)
            opened_at = known.opened_at
            is_of_it = known.outcome == "taken" and opened_at is not None and abs(at - opened_at) <= MOMENT_MS
            is_open = known.outcome == "pending" and slot.opens_at <= at <= slot.closes_at
            if is_of_it:
                taken.append(slot.slot)
            if is_of_it or is_open:
                doubtful = replace(known, outcome="pending", opened_at=None, blind=known.blind or BLIND)
                course = course.knowing({slot.slot: doubtful})
        course = replace(_unmarked(course, burst, taken), needed=burst.needed)
    unsaid = burst.unsaid
    told = (*unsaid.compartments, *(name for name, _ in burst.openings if name not in unsaid.compartments))
    since = unsaid.since or (None if at is None else instant(at - _span_ms(burst)))
    unsaid = Unsaid(compartments=tuple(dict.fromkeys(told)), since=since, slots=(*unsaid.slots, *taken))
    return _waiting(replace(burst, unsaid=unsaid)), course


def doubted(kept: Kept, burst: Burst) -> Kept:
    """Let the openings of this moment that wait for a trusted clock be no intakes either."""
    marks = set(burst.openings)
    openings = tuple(
        replace(one, blind=one.blind or BLIND) if (one.compartment, one.mono_ms) in marks else one
        for one in kept.openings
    )
    return kept if openings == kept.openings else replace(kept, openings=openings)


def held_back(burst: Burst, verdict: Iterable[Saying]) -> tuple[Burst, tuple[Saying, ...]]:
    """Keep the verdicts on a second lid within the moment, and return what is told at once.

    An intake is: were the power to fail now, it must not be lost.
    """
    if len({name for name, _ in burst.openings}) < 2:
        return burst, tuple(verdict)
    unsaid, at_once = burst.unsaid, []
    for saying in verdict:
        match saying:
            case DoseExtra():
                unsaid = replace(unsaid, extras=(*unsaid.extras, saying))
            case DoseWrongCompartment():
                unsaid = replace(unsaid, wrongs=(*unsaid.wrongs, saying))
            case _:
                at_once.append(saying)
    return _waiting(replace(burst, unsaid=unsaid)), tuple(at_once)


def forced(burst: Burst, told: LockForced, mono_ms: int) -> tuple[Burst, tuple[Saying, ...]]:
    """Keep that a lid opened in spite of the lock, where it is not the first to open within the moment.

    A locked box that falls springs every lid: that is told once, and not as a lock forced for each.
    """
    names = {name for name, _ in burst.openings}
    if len(names) < 2 or (told.compartment, mono_ms) not in burst.openings:
        return burst, (told,)
    if burst.is_disturbed:
        return burst, ()
    unsaid = replace(burst.unsaid, forced=(*burst.unsaid.forced, told))
    return _waiting(replace(burst, unsaid=unsaid)), ()


def told(burst: Burst) -> tuple[Burst, tuple[Saying, ...]]:
    """Say what was held back: the moment is over, or nobody was there to see its end."""
    unsaid = burst.unsaid
    said: tuple[Saying, ...] = (*unsaid.extras, *unsaid.wrongs, *unsaid.forced)
    if burst.is_disturbed:
        event = LidDisturbed(
            because="many_at_once",
            compartments=unsaid.compartments,
            since=unsaid.since,
            slots=unsaid.slots,
        )
        said = (event,)
    return replace(burst, unsaid=_NOTHING, wake_ms=NEVER_MS) if said else burst, said


def pass_time(burst: Burst, now_ms: int) -> tuple[Burst, tuple[Saying, ...]]:
    """Say what was held back once the moment is over."""
    return told(burst) if now_ms >= burst.wake_ms else (burst, ())


def recalled(unsaid: Unsaid) -> Burst:
    """Return the moment in which the power failed."""
    return Burst(unsaid=unsaid)


def _waiting(burst: Burst) -> Burst:
    unsaid = burst.unsaid
    if not (unsaid.compartments or unsaid.extras or unsaid.wrongs or unsaid.forced):
        return burst
    return replace(burst, wake_ms=max(ms for _, ms in burst.openings) + MOMENT_MS + 1)


def _unmarked(course: Course, burst: Burst, taken: Iterable[str]) -> Course:
    """Let no gap be counted from an intake that was none."""
    held = course.held
    names = set(taken)
    if held is None or not names:
        return course
    last = dict(course.slots.last_intakes)
    for slot in held.slots:
        if slot.slot in names:
            regimen = regimen_of(slot)
            last.pop(regimen, None)
            if regimen in burst.last_intakes:
                last[regimen] = burst.last_intakes[regimen]
    return replace(course, slots=replace(course.slots, last_intakes=last))


def _span_ms(burst: Burst) -> int:
    times = [ms for _, ms in burst.openings]
    return max(times) - min(times)
