"""What did a person say became of a dose, and what would their word change?"""

from __future__ import annotations

import argparse
from datetime import datetime

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_text
from controller.wire.shape import to_plain
from hub.asking.acting import Act, acting, write_entry
from hub.asking.answers import Refused, answer
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.entries import Entry, EntryUndone, ExtraAnswered, SlotStated, Stated, in_force
from hub.care.judge import may_become, statement_verdict
from hub.care.ledger import SlotRecord
from hub.writing import slot_meant, statement_of

_STATED: dict[str, Stated] = {
    "taken-elsewhere": "self_reported", "skipped": "skipped", "only-looked": "not_taken",
}  # fmt: skip
_SAID: dict[Stated, str] = {
    "self_reported": "taken from elsewhere", "skipped": "skipped", "not_taken": "opened only to look",
}  # fmt: skip
_ANSWERED = {"took": "took it", "looked": "only looked"}
NAMING = "a slot is REGIMEN/DATE/HH:MM, and `pillbox-hub report --format csv` names them"
AHEAD_MS = 5 * MINUTE_MS
"""By so much the clock of whoever types may be ahead."""
NEAR_MS = 2 * DAY_MS
"""What was taken longer before or after belongs to another slot; a slip of the date did so unseen."""
TAKEN_AHEAD_MS = 12 * HOUR_MS
"""A dose that is due later than that was not taken already: a mistyped date would have silenced it."""


def correct(asked: argparse.Namespace) -> int:
    """State what became of a dose, take a word back, or list what was said."""
    with acting(asked, changes=asked.slot is not None) as act:
        if asked.slot is None:
            return _list(act)
        if asked.what is None:
            raise Refused("say what is so: taken-elsewhere, skipped, only-looked, or undo with an entry")
        return _undo(act) if asked.what == "undo" else _state(act, _STATED[asked.what])


def _list(act: Act) -> int:
    written = act.store.entries(act.patient)
    said = [one for one in written if slot_meant(act.store, one) is not None]
    answers = [(one, one.fact) for one in in_force(written) if isinstance(one.fact, ExtraAnswered)]
    counting = {one.entry for one in in_force(said)}
    lines = [_line(act, one, one.entry in counting) for one in said]
    lines += [_answer_line(act, entry, fact) for entry, fact in answers]
    plain = [
        {
            "entry": one.entry,
            "slot": slot_meant(act.store, one),
            "said": "undone" if not isinstance(one.fact, SlotStated) else one.fact.outcome,
            "by": one.by,
            "at": instant_text(one.at),
            "why": one.why,
            "counts": one.entry in counting,
        }
        for one in said
    ]
    told = [
        {"entry": entry.entry, "by": entry.by, "at": instant_text(entry.at), **to_plain(fact)}
        for entry, fact in answers
    ]
    return answer(
        act.asked, lines or ["Nobody has corrected anything."], {"corrections": plain, "answers": told}
    )


def _answer_line(act: Act, entry: Entry, fact: ExtraAnswered) -> str:
    now = Moment(act.zone, act.now_ms)
    what = f"{compartment_words(fact.compartment)}, opened at {now.dated(fact.opened_at)}"
    who = f"{entry.entry}  {now.dated(entry.at)}  {entry.by}"
    return f"{who}, asked at the box: {what}: {_ANSWERED[fact.answer]}"


def _line(act: Act, entry: Entry, counts: bool) -> str:
    when = Moment(act.zone, act.now_ms).dated(entry.at)
    what = f"undoes {entry.undoes}"
    if isinstance(entry.fact, SlotStated):
        what = f"{entry.fact.slot} {_SAID[entry.fact.outcome]}"
    undone = "" if counts or entry.undoes is not None else " (undone)"
    return f"{entry.entry}  {when}  {entry.by}: {what}{f' ({entry.why})' if entry.why else ''}{undone}"


def _state(act: Act, outcome: Stated) -> int:
    slot = act.store.slot(act.patient, act.asked.slot)
    if slot is None:
        raise Refused(f"{act.patient} has no slot {act.asked.slot!r}; {NAMING}")
    fact = SlotStated(slot=slot.slot, outcome=outcome, taken_at=_taken_at(act, outcome, slot))
    verdict = statement_verdict(statement_of(act.by, fact, act.now_ms), patient=act.patient)
    if verdict is None or not may_become(slot, verdict):
        raise Refused(f"{slot.slot} is {_standing(slot)}; this would change nothing")
    if outcome != "skipped" and slot.due_at > act.now_ms + TAKEN_AHEAD_MS:
        due = Moment(act.zone, act.now_ms).dated(slot.due_at)
        raise Refused(f"{slot.slot} is due only at {due}; nothing but `skipped` can be said of it now")
    preview = [
        _named(act, slot),
        f"  stands as: {_standing(slot)}",
        f"  would be:  {_SAID[outcome]}{_when(act, fact.taken_at)}, by {act.by}",
        *_reminding(act.now_ms, slot, outcome),
        "  Whoever was alerted about it is told of the correction.",
    ]
    return write_entry(act, fact, preview, why=act.asked.why)


def _reminding(now_ms: int, slot: SlotRecord, outcome: Stated) -> list[str]:
    """Say what becomes of the reminders: of a lid that was only looked into the box reminds anew."""
    if outcome == "not_taken" and slot.outcome == "taken" and slot.evidence == "lid":
        again = "  The box reminds of it again, and its lid's next opening is the intake."
        return [again] if now_ms < slot.closes_at else []
    return ["  Nobody would be reminded of it any more."] if now_ms < slot.due_at else []


def _undo(act: Act) -> int:
    entry = act.store.entry(act.asked.slot)
    name = None if entry is None else slot_meant(act.store, entry)
    if entry is None or entry.patient != act.patient or name is None:
        raise Refused(f"{act.patient} has no correction {act.asked.slot!r}; `pillbox-hub correct` lists them")
    slot = act.store.slot(act.patient, name)
    if slot is None:
        raise Refused(f"{act.patient} has no slot {name!r} any more")
    preview = [
        _named(act, slot),
        f"  stands as: {_standing(slot)}",
        f"  this would not count any more: {_line(act, entry, counts=True)}",
    ]
    return write_entry(act, EntryUndone(entry=entry.entry), preview, why=act.asked.why)


def _named(act: Act, slot: SlotRecord) -> str:
    due = Moment(act.zone, act.now_ms).dated(slot.due_at)
    return f"{slot.slot}: the {compartment_words(slot.compartment)}, due at {due}"


def _standing(slot: SlotRecord) -> str:
    unknown = {"planned": "not yet decided", "held": "on hold", "withdrawn": "not in the plan any more"}
    stands = unknown[slot.status] if slot.outcome is None else slot.outcome.replace("_", " ")
    return f"{stands}, {slot.because.replace('_', ' ')}" if slot.because else stands


def _when(act: Act, taken_at: int | None) -> str:
    return "" if taken_at is None else f" at {Moment(act.zone, act.now_ms).dated(taken_at)}"


def _taken_at(act: Act, outcome: Stated, slot: SlotRecord) -> int | None:
    if act.asked.at is None:
        return None
    if outcome != "self_reported":
        raise Refused("--at belongs to taken-elsewhere")
    try:
        then = datetime.fromisoformat(act.asked.at)
    except ValueError as error:
        raise Refused(f"{act.asked.at!r} is not a local time such as 2026-11-23T12:30") from error
    if then.tzinfo is not None:
        raise Refused(f"{act.asked.at!r} names a zone; write the patient's local time without one")
    taken_at = round(then.replace(tzinfo=act.zone).timestamp()) * 1000
    if taken_at > act.now_ms + AHEAD_MS:
        raise Refused(f"{act.asked.at} has not come yet")
    if abs(taken_at - slot.due_at) > NEAR_MS:
        raise Refused(f"{act.asked.at} is not within two days of when {slot.slot} was due")
    return taken_at
