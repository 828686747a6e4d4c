"""Was a dose taken, missed or not to be seen? Lid openings and closing windows against the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from controller.wire.envelope import BootMs, Stamp, StreamId
from controller.wire.events import (
    DoseExtra,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseUnobserved,
    DoseWrongCompartment,
)
from controller.wire.plan import Plan, PlannedAsNeeded, PlannedSlot
from controller.wire.words import Slug, Timing, Word
from controller.witness.clock import Watch, wall_of
from controller.witness.doses.needed import Ticked, need_at
from controller.witness.doses.needed import opened as needed_at_lid
from controller.witness.doses.progress import SETTLE_MS, Course, Progress
from controller.witness.inputs import Saying
from controller.witness.lids.contact import Contact, Lid

UNTIMED_MAX = 50

Said = tuple[Course, tuple[Saying, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Untimed:
    """An opening, or the patient's word, from a time when the clock could not be trusted.

    Without a compartment it is the button that says "taken elsewhere"; `blind` as in `Opening`.
    """

    mono_ms: BootMs
    compartment: Slug | None = None
    blind: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What was seen and said untimed in one boot; with it ends all hope of knowing when that was."""

    boot: StreamId | None = None
    openings: tuple[Untimed, ...] = ()

    def and_also(self, boot: str, untimed: Untimed) -> Kept:
        """Keep one more, the newest ones if there are too many."""
        openings = self.openings if self.boot == boot else ()
        return Kept(boot=boot, openings=(*openings, untimed)[-UNTIMED_MAX:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An opening whose instant is known; `because` is the word for an intake it makes.

    Where `blind` says why, it is no intake and makes its windows doubtful: somebody refills, or the switch
    chatters as no lid does.
    """

    compartment: str
    at: int
    boot: StreamId
    mono_ms: BootMs
    blind: Word | None = None
    because: str = "lid_opened"


def opened(course: Course, opening: Opening) -> Said:
    """Judge one opening against the plan, by the instant of its first edge."""
    if course.held is None:
        return course, ()
    at = opening.at
    need = need_at(course.held.plan, opening.compartment, at)
    if need is not None:
        return _opened_as_needed(course, course.held.plan, need, opening)
    here = [slot for slot in course.at_lid(opening.compartment) if slot.opens_at <= at <= slot.closes_at]
    unanswered = [slot for slot in here if not course.of(slot).answered]
    if opening.blind is not None:
        blinded = {slot.slot: _blinded(course.of(slot), opening.blind) for slot in unanswered}
        return course.knowing(blinded), ()
    if unanswered:
        return _let_out(course, opening, unanswered)
    if course.is_handled(opening.compartment, at):
        return course, ()
    if here:
        return course, (_extra(opening, "already_taken", here[0]),)
    if at > course.held.plan.until:
        # The last windows may outlast their plan. What else would be due now, nobody has said.
        return course, ()
    for slot in course.covering(at):
        if course.of(slot).outcome == "pending" and not course.too_soon(slot, at):
            return course, (_wrong(opening, slot),)
    return course, (_unplanned(opening, course.at_lid(opening.compartment)),)


def _opened_as_needed(course: Course, plan: Plan, need: PlannedAsNeeded, opening: Opening) -> Said:
    if opening.blind is not None:
        return course, ()
    tick = Ticked(boot=opening.boot, mono_ms=opening.mono_ms, amount=need.amount)
    needed, verdict = needed_at_lid(course.needed, plan, need, opening.at, opening.because, tick)
    return replace(course, needed=needed), (verdict,)


def _let_out(course: Course, opening: Opening, unanswered: list[PlannedSlot]) -> Said:
    """Take an opening for the intakes it may be; what comes too soon after the last one is extra."""
    at = opening.at
    reached = (*unanswered, *_lying_with(course, unanswered, at))
    answers = [slot for slot in reached if not course.too_soon(slot, at)]
    early = [slot for slot in unanswered if course.too_soon(slot, at)]
    said: tuple[Saying, ...] = tuple(_taken(slot, opening) for slot in answers)
    if answers or not course.is_handled(opening.compartment, at):
        said += tuple(_extra(opening, "too_soon", slot) for slot in early)
    changes = {slot.slot: _answered(course.of(slot), "taken", at) for slot in answers}
    # The lid was opened, so that nobody can say later that this window passed without an opening.
    changes |= {slot.slot: _blinded(course.of(slot), "opened_too_soon") for slot in early}
    return course.knowing(changes).taken_at(answers, at), said


def _lying_with(course: Course, answered: list[PlannedSlot], at: int) -> Iterator[PlannedSlot]:
    """Go through the slots whose own window begins later, and whose tablets lie with those just taken."""
    for slot in course.at_lid(answered[0].compartment):
        is_due_with_them = any(slot.due_at == other.due_at for other in answered)
        if slot.opens_at > at and is_due_with_them and not course.of(slot).answered:
            yield slot


def timed(course: Course, kept: Kept, now: Stamp) -> Said:
    """Judge what was waiting for a clock to be trusted, in its order."""
    said: list[Saying] = []
    for untimed in kept.openings if kept.boot == now.boot else ():
        at = wall_of(now, untimed.mono_ms)
        if untimed.compartment is None:
            course, more = self_reported(course, at)
        else:
            opening = Opening(
                compartment=untimed.compartment,
                at=at,
                boot=now.boot,
                mono_ms=untimed.mono_ms,
                blind=untimed.blind,
                because="restamped",
            )
            course, more = opened(course, opening)
        said += more
    return course, tuple(said)


def lid_closed(course: Course, compartment: str, lid: Lid, at: int, now: Stamp) -> Course:
    """Note which windows opened while this lid stood open: of them it cannot testify."""
    blinded: dict[str, Progress] = {}
    for slot in course.at_lid(compartment):
        known = course.of(slot)
        if slot.opens_at <= at and known.outcome == "pending" and lid.stood_open_at(slot.opens_at, now):
            blinded[slot.slot] = _blinded(known, "lid_already_open")
    return course.knowing(blinded)


def close_windows(course: Course, now: Stamp, watch: Watch, contact: Contact) -> Said:
    """Judge every pending slot whose window has closed. The clock must be trusted."""
    judged: dict[str, Progress] = {}
    said: list[Saying] = []
    for slot, known in course.pending():
        if slot.opens_at > now.at:
            break
        if now.at < slot.closes_at + SETTLE_MS:
            continue
        because = known.blind
        lid = contact.lid(slot.compartment)
        if because is None and lid.open and lid.stood_open_at(slot.opens_at, now):
            because = "lid_already_open"
        because = because or watch.why_unwatched(slot.opens_at, now, slot.closes_at)
        if because is None:
            judged[slot.slot] = replace(known, outcome="missed", snoozed_until=None)
            said.append(
                DoseMissed(
                    slot=slot.slot, compartment=slot.compartment, evidence="none", because="window_watched"
                )
            )
        else:
            judged[slot.slot] = replace(known, outcome="unobserved", snoozed_until=None)
            said.append(
                DoseUnobserved(slot=slot.slot, compartment=slot.compartment, evidence="none", because=because)
            )
    return course.knowing(judged), tuple(said)


def self_reported(course: Course, at: int) -> Said:
    """Take the patient's word for the doses that are due first among those whose window is open."""
    unanswered = [slot for slot in course.covering(at) if not course.of(slot).answered]
    group = [slot for slot in unanswered if slot.due_at == unanswered[0].due_at]
    said = tuple(
        DoseSelfReported(slot=slot.slot, compartment=slot.compartment, evidence="button", because="button")
        for slot in group
    )
    changes = {slot.slot: _answered(course.of(slot), "self_reported") for slot in group}
    return course.knowing(changes).taken_at(group, at), said


def _answered(
    known: Progress, outcome: Literal["taken", "self_reported"], opened_at: int | None = None
) -> Progress:
    return replace(known, outcome=outcome, snoozed_until=None, opened_at=opened_at)


def _blinded(known: Progress, because: str) -> Progress:
    return known if known.blind is not None else replace(known, blind=because)


def _timing(slot: PlannedSlot, at: int) -> Timing:
    if at < slot.due_at:
        return "early"
    return "on_time" if at <= slot.late_at else "late"


def _taken(slot: PlannedSlot, opening: Opening) -> DoseTaken:
    return DoseTaken(
        slot=slot.slot,
        compartment=slot.compartment,
        timing=_timing(slot, opening.at),
        evidence="lid",
        because=opening.because,
        opened_at=opening.at,
    )


def _extra(opening: Opening, because: str, slot: PlannedSlot | None) -> DoseExtra:
    return DoseExtra(
        compartment=opening.compartment,
        evidence="lid",
        because=because,
        opened_at=opening.at,
        slot=None if slot is None else slot.slot,
    )


def _wrong(opening: Opening, expected: PlannedSlot) -> DoseWrongCompartment:
    return DoseWrongCompartment(
        slot=expected.slot,
        compartment=opening.compartment,
        expected=expected.compartment,
        evidence="lid",
        because="other_slot_due",
        opened_at=opening.at,
    )


def _unplanned(opening: Opening, slots: tuple[PlannedSlot, ...]) -> DoseExtra:
    """Say of an opening outside all windows which slot of its lid it is nearest to."""
    at = opening.at
    nearest = min(slots, key=lambda slot: max(slot.opens_at - at, at - slot.closes_at), default=None)
    if nearest is None:
        return _extra(opening, "nothing_planned", None)
    return _extra(opening, "not_due" if at < nearest.opens_at else "closed", nearest)
