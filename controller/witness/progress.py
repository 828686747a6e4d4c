"""What is known of each slot of the plan, and what becomes of it when a newer plan comes?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from controller.wire.envelope import Stamp, StreamId
from controller.wire.instants import MINUTE_MS
from controller.wire.marks import Within
from controller.wire.plan import Plan, PlannedSlot
from controller.wire.words import Instant, SlotId, Word
from controller.witness.clock import Watch, is_trusted, wall_of
from controller.witness.contact import Contact
from controller.witness.inputs import NEVER_MS

Outcome = Literal["pending", "taken", "self_reported", "missed", "unobserved", "unjudged"]
"""`unjudged`: its window had closed before the box first heard of it; the hub judges silence."""

SETTLE_MS = 500
"""A lid is reported up to 100 ms after its first edge, so a window is judged a little after it closed."""

FUTURE_MS = 10 * MINUTE_MS
PAST_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known of one slot.

    `blind` says why its window cannot be testified to, whatever else was watched.
    Reminders planned up to `reminded_through` have been given or passed over.
    """

    outcome: Outcome = "pending"
    blind: Word | None = None
    reminded_through: Instant | None = None
    snoozes: Annotated[int, Within(0, 1_000)] = 0
    snoozed_until: Instant | None = None

    @property
    def answered(self) -> bool:
        """Tell whether the slot has its one intake."""
        return self.outcome in ("taken", "self_reported")


PENDING = Progress()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slots:
    """What differs from a pending slot. Remembered as one part; equal only to itself.

    `unplaced` slots came while nobody knew the time, at `seen_ms` on the clock of `seen_boot`.
    """

    progress: dict[SlotId, Progress] = field(default_factory=dict)
    unplaced: tuple[SlotId, ...] = ()
    seen_boot: StreamId | None = None
    seen_ms: int = 0
    ended: bool = False


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
    changes something. Both are made by `survey`.
    """

    held: Held | None = None
    slots: Slots = field(default_factory=Slots)
    past: Past = field(default_factory=Past)
    current: tuple[PlannedSlot, ...] = ()
    wake_at: int = NEVER_MS

    def of(self, slot: PlannedSlot) -> Progress:
        """Return what is known of a slot."""
        return self.slots.progress.get(slot.slot, PENDING)

    def at_lid(self, compartment: str) -> tuple[PlannedSlot, ...]:
        """Return the planned slots of one compartment in the order of their windows."""
        return () if self.held is None else self.held.by_compartment.get(compartment, ())

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


def hold(plan: Plan) -> Held:
    """Put a plan's slots in order, once."""
    slots = tuple(sorted(plan.slots, key=lambda slot: (slot.opens_at, slot.slot)))
    by_compartment: dict[str, list[PlannedSlot]] = {}
    for slot in slots:
        by_compartment.setdefault(slot.compartment, []).append(slot)
    return Held(
        plan=plan, slots=slots, by_compartment={name: tuple(found) for name, found in by_compartment.items()}
    )


def take_plan(course: Course, plan: Plan, now: Stamp) -> Course:
    """Hold a newer plan: keep what is known of the slots it still holds, withdraw the others silently.

    What the box first hears of is left `unplaced` until `place` is told the time.
    """
    if course.held is not None and not _supersedes(plan, course.held.plan, now):
        return course
    before = {} if course.held is None else {slot.slot: slot for slot in course.held.slots}
    unplaced = set(course.slots.unplaced)
    progress: dict[str, Progress] = {}
    fresh: list[str] = []
    for slot in plan.slots:
        known = _known(course, slot.slot)
        earlier = before.get(slot.slot)
        if known.answered:
            progress[slot.slot] = known
        elif earlier is None or slot.slot in unplaced or _window(earlier) != _window(slot):
            fresh.append(slot.slot)
            if known != PENDING:
                progress[slot.slot] = known
        elif known != PENDING:
            progress[slot.slot] = known
    slots = Slots(progress=progress, unplaced=tuple(fresh), seen_boot=now.boot, seen_ms=now.mono_ms)
    past = _past(course, {slot.slot for slot in plan.slots})
    return replace(course, held=hold(plan), slots=slots, past=past)


def place(course: Course, now: Stamp, watch: Watch, contact: Contact) -> Course:
    """Say of each newly known slot, now that the time is trusted, what can be testified of it."""
    if not course.slots.unplaced or course.held is None:
        return course
    same_boot = course.slots.seen_boot == now.boot and course.slots.seen_ms <= now.mono_ms
    seen_at = wall_of(now, course.slots.seen_ms) if same_boot else now.at
    unplaced = set(course.slots.unplaced)
    progress = dict(course.slots.progress)
    for slot in course.held.slots:
        known = progress.get(slot.slot, PENDING)
        if slot.slot not in unplaced or known.answered:
            continue
        if slot.closes_at <= seen_at:
            judged = known.outcome in ("missed", "unobserved")
            progress[slot.slot] = known if judged else replace(known, outcome="unjudged")
            continue
        late = slot.opens_at < seen_at and (
            watch.since is None
            or watch.since > slot.opens_at
            or contact.lid(slot.compartment).opened_since(slot.opens_at, now)
        )
        known = replace(known, outcome="pending", blind="plan_late" if late else None)
        if known == PENDING:
            progress.pop(slot.slot, None)
        else:
            progress[slot.slot] = known
    slots = replace(course.slots, progress=progress, unplaced=(), seen_boot=None, seen_ms=0)
    return replace(course, slots=slots)


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
    # A window that was watched to its end stays missed; what nobody saw may still be seen.
    if now <= slot.closes_at and known.outcome != "missed":
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
    if course.held is not None and not course.slots.ended:
        marks.append(course.held.plan.until + 1)
    return replace(course, current=tuple(current), wake_at=min(marks, default=NEVER_MS))


def _supersedes(plan: Plan, held: Plan, now: Stamp) -> bool:
    if plan == held:
        return False
    if plan.plan == held.plan or plan.made_at >= held.made_at:
        return True
    # A hub whose clock ran ahead must not lock the box to a plan made in the future.
    return is_trusted(now) and held.made_at > now.at + FUTURE_MS


def _known(course: Course, name: str) -> Progress:
    """Return what is known of a slot, also where it had left the plan with its intake."""
    intake = course.past.intakes.get(name)
    return course.slots.progress.get(name, PENDING) if intake is None else Progress(outcome=intake)


def _past(course: Course, kept: set[str]) -> Past:
    """Return the intakes of what has left the plan now or before, without what is `kept` in it."""
    before = course.past.intakes
    intakes = {name: intake for name, intake in before.items() if name not in kept}
    for name, known in course.slots.progress.items():
        if name not in kept and (known.outcome == "taken" or known.outcome == "self_reported"):
            intakes[name] = known.outcome
    if intakes == before:
        return course.past
    return Past(intakes=dict(list(intakes.items())[-PAST_MAX:]))


def _window(slot: PlannedSlot) -> tuple[object, ...]:
    return (slot.compartment, slot.opens_at, slot.due_at, slot.late_at, slot.closes_at)
