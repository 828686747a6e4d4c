"""What became of a slot, and whose word may change that?

One table says it all: who speaks, what stands so far, what it may become. Whatever the table does not
name leaves the slot as it is. The box testifies, silence is judged here, a hold excuses, and a named
person outranks every sensor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from controller.wire.envelope import Envelope, Stamp
from controller.wire.events import DoseMissed, DoseSelfReported, DoseTaken, DoseUnobserved, EventData
from controller.wire.instants import MINUTE_MS
from controller.wire.words import Timing
from hub.care.entries import Statement, in_force
from hub.care.ledger import ONLY_LOOKED, Outcome, OutcomeNote, SlotRecord, Speaker, Verdict

GRACE_MS = 5 * MINUTE_MS
"""How long after a slot closed, or after the hub began to listen, testimony may still be on its way."""

SKEW_MS = 2 * MINUTE_MS
"""By so much the clocks of a box and of the hub may differ when both are right."""

_TESTIMONY: frozenset[Outcome] = frozenset({"taken", "missed", "unobserved", "self_reported"})
INTAKE: frozenset[Outcome] = frozenset({"taken", "self_reported"})
_STATED: frozenset[Outcome] = frozenset({"self_reported", "skipped"})
_NOTHING: frozenset[Outcome] = frozenset()
_SET_ASIDE = "undoing"

MAY_BECOME: Mapping[Speaker, Mapping[Outcome | None, frozenset[Outcome]]] = {
    "box": {
        None: _TESTIMONY,
        "unconfirmed": _TESTIMONY,
        # A lid report that arrives late heals; of two testimonies without an intake the first stands.
        "missed": INTAKE,
        "unobserved": INTAKE,
        "held": INTAKE,
    },
    "silence": {None: frozenset({"unconfirmed", "unobserved"})},
    "hold": {None: frozenset({"held"})},
    "person": {
        None: _STATED,
        "unconfirmed": _STATED,
        "missed": _STATED,
        "unobserved": _STATED,
        "taken": _STATED,
        "held": frozenset({"self_reported"}),
        "self_reported": frozenset({"skipped"}),
        "skipped": frozenset({"self_reported"}),
    },
}

MAY_BECOME_OFF_PLAN: Mapping[Speaker, frozenset[Outcome]] = {
    # The box may not have heard of the new plan yet: an intake there is a fact, a "missed" is not.
    "box": INTAKE,
    "person": frozenset({"self_reported"}),
}
"""What an undecided slot may become that the plan withdrew or holds."""


def may_become(slot: SlotRecord, verdict: Verdict) -> bool:
    """Say whether a verdict changes what stands."""
    if verdict.outcome not in MAY_BECOME[verdict.speaker].get(slot.outcome, _NOTHING):
        return False
    if slot.outcome is not None or slot.status == "planned":
        return True
    if slot.status == "held" and verdict.speaker == "hold":
        return True
    return verdict.outcome in MAY_BECOME_OFF_PLAN.get(verdict.speaker, _NOTHING)


def judged(slot: SlotRecord, verdict: Verdict, at: int) -> tuple[SlotRecord, OutcomeNote] | None:
    """Return the slot as it stands now with the note for its history, or `None` if nothing changes."""
    if is_premature(slot, verdict, at) or not may_become(slot, verdict):
        return None
    return ruled(slot, verdict, at)


def ruled(slot: SlotRecord, verdict: Verdict, at: int) -> tuple[SlotRecord, OutcomeNote]:
    """Return the slot as a verdict that counts makes it, with the note for its history."""
    because = _reason(slot, verdict)
    decided = replace(
        slot,
        outcome=verdict.outcome,
        timing=verdict.timing,
        evidence=verdict.evidence,
        because=because,
        decided_at=at,
        opened_at=verdict.opened_at,
        early=None,
    )
    note = OutcomeNote(
        at=at,
        patient=slot.patient,
        slot=slot.slot,
        outcome=verdict.outcome,
        timing=verdict.timing,
        evidence=verdict.evidence,
        because=because,
        cause=verdict.cause,
        said=verdict.said,
    )
    return decided, note


def is_premature(slot: SlotRecord, verdict: Verdict, at: int) -> bool:
    """Say whether the box calls a window over that is not over by the hub's clock.

    One of the two clocks is wrong. A box whose clock ran three hours ahead called a window missed that was
    still open, and the caregivers were told at once; a hub whose clock was behind took a true "missed" for
    such a mistake and forgot it.
    """
    is_over = verdict.speaker == "box" and verdict.outcome in ("missed", "unobserved")
    return is_over and at < slot.closes_at - SKEW_MS


def waiting(slot: SlotRecord, verdict: Verdict, stamp: Stamp) -> SlotRecord:
    """Return the slot with a premature verdict that waits for the close; a newer one replaces it."""
    if shows_open(slot, stamp) or not may_become(slot, verdict):
        return slot
    return replace(slot, early=verdict)


def shows_open(slot: SlotRecord, stamp: Stamp) -> bool:
    """Say whether the clock of the box, which it trusts, shows a time before the slot's window is over."""
    return stamp.clock != "untrusted" and stamp.at < slot.closes_at - SKEW_MS


def _reason(slot: SlotRecord, verdict: Verdict) -> str:
    if verdict.speaker == "box" and verdict.outcome == "taken":
        if slot.status == "held" or slot.outcome == "held":
            return "taken_while_held"
        if slot.status == "withdrawn":
            return "taken_after_withdrawal"
    return verdict.because


def testimony(envelope: Envelope) -> tuple[str, Verdict] | None:
    """Read which slot an event decides, and how; `None` for events that decide none."""
    data: EventData = envelope.data
    cause = f"event {envelope.box}/{envelope.stream}/{envelope.seq}"
    outcome: Outcome
    timing: Timing | None = None
    opened_at: int | None = None
    match data:
        case DoseTaken():
            outcome, timing, opened_at = "taken", data.timing, data.opened_at
        case DoseMissed():
            outcome = "missed"
        case DoseUnobserved():
            outcome = "unobserved"
        case DoseSelfReported():
            outcome = "self_reported"
        case _:
            return None
    return data.slot, Verdict(
        speaker="box",
        outcome=outcome,
        because=data.because,
        cause=cause,
        timing=timing,
        evidence=data.evidence,
        opened_at=opened_at,
    )


def silence(slot: SlotRecord) -> Verdict:
    """Say that a slot closed and nobody testified: "we cannot see", never "missed".

    What lies in no box is not even waited for: nothing could have watched it.
    """
    if not slot.box:
        return Verdict(speaker="silence", outcome="unobserved", because="not_in_box", cause="silence")
    return Verdict(speaker="silence", outcome="unconfirmed", because="no_testimony", cause="silence")


def excused() -> Verdict:
    """Say that a hold covers a slot."""
    return Verdict(speaker="hold", outcome="held", because="on_hold", cause="plan")


def is_stated(slot: SlotRecord) -> bool:
    """Say whether a person's word stands about this slot."""
    return bool(in_force(slot.statements))


def witnessing(slot: SlotRecord, verdict: Verdict, at: int) -> SlotRecord:
    """Return a slot about which a person's word stands, with what the box says beside it.

    It changes nothing while that word stands; it is what remains when the word is undone.
    """
    counting = in_force(slot.statements)
    if counting and _seen_after(counting[-1], verdict):
        return replace(slot, witnessed=verdict)
    before = None if slot.witnessed is None else slot.witnessed.outcome
    if is_premature(slot, verdict, at) or verdict.outcome not in MAY_BECOME[verdict.speaker].get(
        before, _NOTHING
    ):
        return slot
    return replace(slot, witnessed=verdict)


def saying(slot: SlotRecord, statement: Statement) -> SlotRecord:
    """Return a slot with one more word of a person; the first one sets aside what was witnessed."""
    aside = slot.witnessed if is_stated(slot) else _standing(slot)
    return replace(slot, statements=(*slot.statements, statement), witnessed=aside)


def ruling(slot: SlotRecord, *, patient: str) -> Verdict | None:
    """Return what stands by the words that count: the last of them, else what was witnessed.

    Who only looked may take the dose later: an intake that was seen after those words stands above them.
    """
    counting = in_force(slot.statements)
    if counting and slot.witnessed is not None and _seen_after(counting[-1], slot.witnessed):
        return slot.witnessed
    return _spoken(counting[-1], patient=patient) if counting else slot.witnessed


def statement_verdict(statement: Statement, *, patient: str) -> Verdict | None:
    """Return what a person says became of a slot; `None` where they undo something."""
    return None if statement.outcome is None else _spoken(statement, patient=patient)


def _spoken(statement: Statement, *, patient: str) -> Verdict:
    # The patient's own word counts as a pressed button.
    looked = statement.outcome == "not_taken"
    return Verdict(
        speaker="person",
        outcome="self_reported" if statement.outcome == "self_reported" else "skipped",
        because=ONLY_LOOKED if looked else "declared",
        cause=f"person {statement.by}",
        evidence="button" if statement.by == patient else "caregiver",
        opened_at=statement.taken_at,
        said=statement.why,
    )


def _seen_after(said: Statement, verdict: Verdict) -> bool:
    # What stood when the word was said it speaks of, whatever the clock of the box showed.
    is_newer = verdict.speaker == "box" and verdict.outcome in INTAKE and verdict.cause != _SET_ASIDE
    seen_at = verdict.opened_at if is_newer else None
    return said.outcome == "not_taken" and seen_at is not None and seen_at > said.at


def _standing(slot: SlotRecord) -> Verdict | None:
    if slot.outcome is None:
        return None
    speaker: Speaker = "box"
    if slot.outcome in ("held", "unconfirmed"):
        speaker = "hold" if slot.outcome == "held" else "silence"
    return Verdict(
        speaker=speaker,
        outcome=slot.outcome,
        because=slot.because,
        cause=_SET_ASIDE,
        timing=slot.timing,
        evidence=slot.evidence,
        opened_at=slot.opened_at,
    )


def closing_at(slot: SlotRecord, started_at: int) -> int:
    """Return when the silence about a slot may be judged: its testimony must have had time to come."""
    return max(slot.closes_at, started_at) + GRACE_MS


def excusing_at(slot: SlotRecord, started_at: int) -> int:
    """Return when a hold is the last word on a slot: at its close, but not by a clock that has just leapt."""
    return max(slot.closes_at, started_at + GRACE_MS)
