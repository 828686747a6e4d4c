"""What follows when a word changes what became of a slot? Its history, the alerts, the corrections."""

from __future__ import annotations

from dataclasses import replace

from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.telling import hand_over, slot_of, tell_correction
from hub.care.alerting.words import wording
from hub.care.boxes import silent_since
from hub.care.entries import Statement, in_force
from hub.care.judge import (
    is_stated,
    judged,
    may_become,
    ruled,
    ruling,
    saying,
    statement_verdict,
    witnessing,
)
from hub.care.ledger import AlertRecord, OutcomeNote, SlotRecord, Verdict
from hub.care.page import Page


def decide(page: Page, slot: SlotRecord, verdict: Verdict, by: str | None = None) -> None:
    """Let a verdict change a slot, and with it what people were told about it.

    People outrank sensors: while a person's word stands, what the box says is kept beside it. Only that a
    lid was looked into says nothing of an intake that is seen later.
    """
    if verdict.speaker != "person" and is_stated(slot):
        kept = witnessing(slot, verdict, page.at)
        if kept == slot:
            return
        page.put_slot(kept)
        if kept.witnessed is not None and ruling(kept, patient=page.patient) == kept.witnessed:
            _follow(page, kept, *ruled(kept, kept.witnessed, page.at), by)
        return
    result = judged(slot, verdict, page.at)
    if result is not None:
        _follow(page, slot, *result, by)


def take_statement(page: Page, slot: SlotRecord, statement: Statement) -> None:
    """Let a person's word about a slot, or its undoing, decide what stands."""
    said = statement_verdict(statement, patient=page.patient)
    if said is not None and not may_become(slot, said):
        return
    told = saying(slot, statement)
    verdict = ruling(told, patient=page.patient)
    if verdict is None:
        # Nothing else is known of it: the window, the box and silence decide again.
        page.put_slot(replace(told, outcome=None, timing=None, evidence="none", because="", opened_at=None))
        return
    decided, note = ruled(told, replace(verdict, said=statement.why), page.at)
    if (decided.outcome, decided.because, decided.opened_at) == (slot.outcome, slot.because, slot.opened_at):
        page.put_slot(told)
        return
    # The word that stands is told in the name of whose it is, also where somebody else brought it back.
    speaker = next((one.by for one in reversed(in_force(told.statements))), statement.by)
    _follow(page, slot, decided, replace(note, cause=f"person {statement.by}"), page.writer(speaker))


def _follow(page: Page, slot: SlotRecord, decided: SlotRecord, note: OutcomeNote, by: str | None) -> None:
    page.put_slot(replace(decided, alerted=None))
    page.standing_at = None
    page.note(note)
    newer = _alert(page, decided, was_silent=slot.outcome == "unconfirmed")
    words = wording.healed(decided, page.moment(), by)
    for alert in page.open_alerts():
        if slot_of(alert) == slot.slot and alert.kind != f"dose.{decided.outcome}":
            resolve(page, alert, str(decided.outcome), words, newer=newer)
    if slot.alerted is not None:
        readers = hand_over(page, slot.alerted.people, newer)
        tell_correction(page, slot.alerted, words, readers)


def _stayed_at_home(page: Page, slot: SlotRecord) -> bool:
    """Say whether a dose lies in a box on other days, which was left at home on an entered trip."""
    regimen = page.household.regimens.get(slot.regimen)
    return not slot.box and regimen is not None and regimen.box is not None


def _alert(page: Page, slot: SlotRecord, *, was_silent: bool) -> AlertRecord | None:
    """Raise what an outcome asks for, if anything."""
    now = page.moment()
    match slot.outcome:
        case "missed":
            words = wording.missed(slot, now)
        case "unobserved" if _stayed_at_home(page, slot):
            # An alert for each dose of a holiday told people only what they had entered themselves.
            return None
        case "unobserved":
            words = wording.unobserved(slot, now)
        case "unconfirmed":
            words = wording.unconfirmed(slot, now, silent_since(page, slot.box))
        case _:
            return None
    words = wording.now_known(words) if was_silent else words
    kind = f"dose.{slot.outcome}"
    box = slot.box or page.first_box()
    return raise_alert(page, kind=kind, want="dose", box=box, about=slot.slot, words=words)
