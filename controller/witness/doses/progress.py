"""What is known of each slot of the plan, and when does time alone change something?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from controller.wire.envelope import StreamId
from controller.wire.instants import MINUTE_MS
from controller.wire.marks import Within
from controller.wire.plan import HANDLING_MS, Plan, PlannedSlot
from controller.wire.words import Instant, SlotId, Slug, Word
from controller.witness.clock import instant
from controller.witness.doses.needed import Needed
from controller.witness.inputs import NEVER_MS

Outcome = Literal["pending", "taken", "self_reported", "missed", "unobserved", "unjudged"]
"""`unjudged`: its window had closed before the box first heard of it; the hub judges silence."""

SETTLE_MS = 500
"""A lid is reported up to 100 ms after its first edge, so a window is judged a little after it closed."""

REOPENED_MS = MINUTE_MS
"""A window this far from its end, after a step of the clock, is worth reminding of again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known of one slot.

    `blind` says why its window cannot be testified to, whatever else was watched.
    Reminders planned up to `reminded_through` have been given or passed over. `opened_at` is the opening that
    was taken for its intake.
    """

    outcome: Outcome = "pending"
    blind: Word | None = None
    reminded_through: Instant | None = None
    snoozes: Annotated[int, Within(0, 1_000)] = 0
    snoozed_until: Instant | None = None
    opened_at: Instant | None = None

    @property
    def answered(self) -> bool:
        """Tell whether the slot has its one intake."""
        return self.outcome in ("taken", "self_reported")


PENDING = Progress()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slots:
    """What differs from a pending slot. Remembered as one part; equal only to itself.

    `unplaced` slots came while nobody knew the time, at `seen_ms` on the clock of `seen_boot`.
    `last_intakes` maps a regimen to when it was last taken; it outlives the plan.
    """

    progress: dict[SlotId, Progress] = field(default_factory=dict)
    unplaced: tuple[SlotId, ...] = ()
    seen_boot: StreamId | None = None
    seen_ms: int = 0
    ended: bool = False
    last_intakes: dict[Slug, Instant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """The newest intakes of slots that have left the plan, oldest first: a hold that ends brings them back.

    Remembered as a part of its own: it changes with a plan, and need not be written with every dose.
    """

    intakes: dict[SlotId, Literal["taken", "self_reported"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """The plan the box holds, with its slots in the order of their windows, as a whole and by lid."""

    plan: Plan
    slots: tuple[PlannedSlot, ...]
    by_compartment: Mapping[str, tuple[PlannedSlot, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The plan and how far it has come.

    `current` are the pending slots whose window is open; at `wake_at` (wall time) time alone
    changes something. Both are made by `survey`. A newer plan is `waiting` until the time is known.
    """

    held: Held | None = None
    slots: Slots = field(default_factory=Slots)
    past: Past = field(default_factory=Past)
    needed: Needed = field(default_factory=Needed)
    waiting: Plan | None = None
    current: tuple[PlannedSlot, ...] = ()
    wake_at: int = NEVER_MS

    def of(self, slot: PlannedSlot) -> Progress:
        """Return what is known of a slot."""
        return self.slots.progress.get(slot.slot, PENDING)

    def at_lid(self, compartment: str) -> tuple[PlannedSlot, ...]:
        """Return the planned slots of one compartment in the order of their windows."""
        return () if self.held is None else self.held.by_compartment.get(compartment, ())

    def is_handled(self, compartment: str, at: int) -> bool:
        """Tell whether an opening of a lid belongs to the handling that began with an intake there."""
        if self.held is None:
            return False
        handling_ms = self.held.plan.handling_ms
        lasts_ms = HANDLING_MS if handling_ms is None else handling_ms
        known = (self.of(slot).opened_at for slot in self.at_lid(compartment))
        return any(since is not None and since <= at <= since + lasts_ms for since in known)

    def too_soon(self, slot: PlannedSlot, at: int) -> bool:
        """Tell whether the last intake of a slot's regimen is too close for another one."""
        return at < self.free_at(slot, at)

    def free_at(self, slot: PlannedSlot, at: int) -> int:
        """Return when a slot's regimen may be taken again, as seen from an instant.

        That is at once where nothing stands against it. An intake that lies ahead was timed by a clock that
        has gone back: it keeps nothing closed.
        """
        last = self.slots.last_intakes.get(regimen_of(slot))
        return at if last is None or last > at else last + (slot.least_gap_ms or 0)

    def taken_at(self, slots: Iterable[PlannedSlot], at: int) -> Course:
        """Return the course that remembers when these regimens were last taken."""
        timed = {regimen_of(slot): instant(at) for slot in slots if slot.least_gap_ms}
        if not timed:
            return self
        last = {**self.slots.last_intakes, **timed}
        return replace(self, slots=replace(self.slots, last_intakes=last))

    def covering(self, at: int) -> Iterator[PlannedSlot]:
        """Go through the slots whose window covers an instant, earliest due first."""
        slots = () if self.held is None else self.held.slots
        covering = [slot for slot in slots if slot.opens_at <= at <= slot.closes_at]
        return iter(sorted(covering, key=lambda slot: (slot.due_at, slot.slot)))

    def pending(self) -> Iterator[tuple[PlannedSlot, Progress]]:
        """Go through the slots that have neither an intake nor a judgement."""
        progress = self.slots.progress
        for slot in () if self.held is None else self.held.slots:
            known = progress.get(slot.slot, PENDING)
            if known.outcome == "pending":
                yield slot, known

    def knowing(self, changes: Mapping[str, Progress]) -> Course:
        """Return the course with newer knowledge of some slots."""
        if not changes:
            return self
        progress = {**self.slots.progress, **changes}
        return replace(self, slots=replace(self.slots, progress=progress))


def regimen_of(slot: PlannedSlot) -> str:
    """Return the regimen of a slot, the first part of its id."""
    return slot.slot.split("/", 1)[0]


def hold(plan: Plan) -> Held:
    """Put a plan's slots in order, once."""
    slots = tuple(sorted(plan.slots, key=lambda slot: (slot.opens_at, slot.slot)))
    by_compartment: dict[str, list[PlannedSlot]] = {}
    for slot in slots:
        by_compartment.setdefault(slot.compartment, []).append(slot)
    return Held(
        plan=plan, slots=slots, by_compartment={name: tuple(found) for name, found in by_compartment.items()}
    )


def rebased(course: Course, now: int) -> Course:
    """Take back what was reckoned by a clock that ran ahead: it went back, and time is to come again.

    A clock that leaps a year ahead for a minute judges every slot of the plan. Without this the box
    would then remind of nothing for two weeks. What people did stays: no intake is taken back.
    """
    held = course.held
    if held is None:
        return course
    changes: dict[str, Progress] = {}
    for slot in held.slots:
        known = course.slots.progress.get(slot.slot)
        if known is not None and not known.answered:
            again = _again(known, slot, now)
            if again != known:
                changes[slot.slot] = again
    course = course.knowing(changes)
    if course.slots.ended and now <= held.plan.until:
        course = replace(course, slots=replace(course.slots, ended=False))
    return course


def _again(known: Progress, slot: PlannedSlot, now: int) -> Progress:
    """Return what is still to be held of a slot without an intake, as seen from an earlier instant."""
    if known.reminded_through is not None and known.reminded_through > now:
        known = replace(known, reminded_through=now)
    if now <= slot.opens_at:
        return replace(known, outcome="pending", blind=None)
    # A clock that was hours ahead had called an open window missed and let every reminder fall silent. A
    # small step back over the end takes no word back: that window was watched.
    open_for_ms = slot.closes_at - now
    if open_for_ms >= 0 and (known.outcome != "missed" or open_for_ms >= REOPENED_MS):
        return replace(known, outcome="pending")
    return known


def survey(course: Course, now: int, reminders: Iterable[int]) -> Course:
    """Find which slots are current and when time alone changes something next.

    Args:
        course: What is to be surveyed.
        now: The wall instant.
        reminders: The instants of reminders still to be given.

    """
    current: list[PlannedSlot] = []
    marks = [at for at in reminders if at > now]
    for slot, _ in course.pending():
        if slot.opens_at > now:
            marks.append(slot.opens_at)
            break
        if now <= slot.closes_at:
            current.append(slot)
        marks += (at for at in (slot.due_at, slot.late_at + 1, slot.closes_at + SETTLE_MS) if at > now)
        marks += (at for at in (course.free_at(slot, now),) if at > now)
    if course.held is not None and not course.slots.ended:
        marks.append(course.held.plan.until + 1)
    return replace(course, current=tuple(current), wake_at=min(marks, default=NEVER_MS))
