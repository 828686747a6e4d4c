"""What becomes of the slots when a newer plan comes?"""

from __future__ import annotations

from dataclasses import replace

from controller.wire.envelope import Stamp
from controller.wire.instants import MINUTE_MS
from controller.wire.plan import Plan, PlannedSlot
from controller.witness.clock import Watch, is_trusted, wall_of
from controller.witness.doses.progress import PENDING, Course, Past, Progress, Slots, hold, regimen_of
from controller.witness.lids.contact import Contact

FUTURE_MS = 10 * MINUTE_MS
PAST_MAX = 100


def let_wait(course: Course, plan: Plan, now: Stamp) -> Course:
    """Keep a newer plan for the moment at which the time is known, and the windows of the old one judged.

    A box that had been off for days was sent a plan without them before its clock was set: what it had
    seen of them, or that it saw nothing, was never told.
    """
    newest = course.waiting or (None if course.held is None else course.held.plan)
    if newest is not None and not _supersedes(plan, newest, now):
        return course
    return replace(course, waiting=plan)


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
    slots = Slots(
        progress=progress,
        unplaced=tuple(fresh),
        seen_boot=now.boot,
        seen_ms=now.mono_ms,
        last_intakes=course.slots.last_intakes,
    )
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
        begun = slot.opens_at < seen_at
        late = begun and (
            watch.since is None
            or watch.since > slot.opens_at
            or contact.lid(slot.compartment).was_open_since(slot.opens_at, now)
        )
        # What was known to blind this window still does, unless it has been moved and only now begins.
        blind = (known.blind if begun else None) or ("plan_late" if late else None)
        known = replace(known, outcome="pending", blind=blind)
        if known == PENDING:
            progress.pop(slot.slot, None)
        else:
            progress[slot.slot] = known
    slots = replace(course.slots, progress=progress, unplaced=(), seen_boot=None, seen_ms=0)
    return replace(course, slots=slots)


def _supersedes(plan: Plan, held: Plan, now: Stamp) -> bool:
    if plan == held:
        return False
    if plan.plan == held.plan or plan.made_at >= held.made_at:
        return True
    # A hub whose clock ran ahead must not lock the box to a plan made in the future.
    return is_trusted(now) and held.made_at > now.at + FUTURE_MS


def look_again(course: Course, now: Stamp, contact: Contact) -> Course:
    """Take back the intakes of which somebody says that the lid was only looked into: they are due again.

    A lid that has moved since they said so keeps its intake, for that may have been the dose.
    """
    reopened: dict[str, Progress] = {}
    last = dict(course.slots.last_intakes)
    for slot in () if course.held is None else course.held.slots:
        known = course.of(slot)
        if slot.looked_at is None or known.outcome != "taken" or known.opened_at is None:
            continue
        is_over = now.at >= slot.closes_at or known.opened_at > slot.looked_at
        if is_over or contact.lid(slot.compartment).was_open_since(slot.looked_at + 1, now):
            continue
        reopened[slot.slot] = Progress(blind="only_looked")
        if last.get(regimen_of(slot)) == known.opened_at:
            del last[regimen_of(slot)]
    if not reopened:
        return course
    course = course.knowing(reopened)
    return replace(course, slots=replace(course.slots, last_intakes=last))


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
