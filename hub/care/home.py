"""What follows for one patient from what happened? The one door to the care core.

`step` is total and pure: it reads no clock and raises nothing; the same happenings give the same changes.
The shell stores the changes of a step in one transaction, and only then publishes and sends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from controller.wire.envelope import Envelope
from controller.wire.events import (
    DoseAsNeeded,
    DoseExtraAnswered,
    DoseTaken,
    LockForced,
    LockOverride,
    RefillDone,
    ReminderSnoozed,
)
from hub.care.alerting.alerts import (
    acknowledge,
    follow_household,
    settle_alerts,
)
from hub.care.alerting.passing_on import settle_people
from hub.care.alerting.reaching import letter_ended
from hub.care.answering import answer_extra, entry_by_box
from hub.care.boxes import contradict, happened_at, hear, presence, settle_boxes, testify
from hub.care.deciding import decide
from hub.care.enrolment import enrol, excuse, publish_plans
from hub.care.entering import take_entry
from hub.care.entries import AsNeededTaken
from hub.care.happenings import (
    AlertAcknowledged,
    BoxHeard,
    BrokerLink,
    EntryMade,
    EventArrived,
    Happening,
    HouseholdChanged,
    LetterEnded,
    PresenceArrived,
    TimePassed,
    TroubleArrived,
    TroubleOver,
)
from hub.care.hub_clock import follow_clock, next_deadline
from hub.care.judge import (
    INTAKE,
    closing_at,
    excusing_at,
    is_premature,
    shows_open,
    silence,
    testimony,
    waiting,
)
from hub.care.ledger import AT_OTHER_BOX, Change, Ledger, Verdict
from hub.care.locks import take_lock
from hub.care.page import Page
from hub.care.people import Household
from hub.care.reminders import has_phone, remind, snooze
from hub.care.standing import settle_standing
from hub.care.supplying.refilling import take_refill
from hub.care.troubles import take_trouble

__all__ = ["next_deadline", "open_ledger", "step"]


def open_ledger(household: Household, patient: str) -> Ledger:
    """Return the ledger of a patient of whom nothing is known yet. The first step makes the plans."""
    return Ledger(patient=patient, household=household)


def step(ledger: Ledger, happening: Happening) -> tuple[Ledger, tuple[Change, ...]]:
    """Take in one happening and do whatever is due by its time; return every record that changed."""
    page = Page(ledger, happening.at)
    follow_clock(page, ledger)
    if isinstance(happening, HouseholdChanged):
        page.household = happening.household
        page.planning_at = page.people_at = page.standing_at = None
    if page.planning_at is None or page.planning_at <= page.at:
        follow_household(page)
        enrol(page)
    match happening:
        case EventArrived():
            _take_event(page, happening)
        case PresenceArrived():
            if happening.box in page.boxes:
                presence(page, happening)
        case BoxHeard():
            hear(page, happening.box)
        case AlertAcknowledged():
            acknowledge(page, happening)
        case LetterEnded():
            letter_ended(page, happening)
        case EntryMade():
            take_entry(page, happening.entry)
        case TroubleArrived() | TroubleOver() | BrokerLink():
            take_trouble(page, happening)
        case HouseholdChanged() | TimePassed():
            pass
        case _:
            assert_never(happening)
    _settle_slots(page)
    settle_standing(page)
    settle_people(page)
    settle_alerts(page)
    settle_boxes(page)
    return page.closed()


def _take_event(page: Page, arrived: EventArrived) -> None:
    envelope = arrived.envelope
    is_own = envelope.box in page.boxes and page.owns(envelope.box)
    if not is_own and not arrived.is_former:
        return
    hear(page, envelope.box)
    _take_back(page, envelope)
    found = testimony(envelope)
    if found is not None:
        _hear_of(page, envelope, *found)
    elif isinstance(envelope.data, ReminderSnoozed):
        slot = page.slots.get(envelope.data.slot)
        if slot is not None and slot.box == envelope.box:
            snooze(page, slot, envelope.data)
    if isinstance(envelope.data, DoseAsNeeded):
        _take_as_needed(page, envelope, envelope.data)
    if is_own:
        if isinstance(envelope.data, RefillDone):
            take_refill(page, envelope, envelope.data)
        testify(page, envelope)
        if isinstance(envelope.data, LockOverride | LockForced):
            take_lock(page, envelope.box, envelope.data, happened_at(page, envelope))
        if isinstance(envelope.data, DoseExtraAnswered):
            answer_extra(page, envelope, envelope.data)


def _take_as_needed(page: Page, envelope: Envelope, said: DoseAsNeeded) -> None:
    """Keep what was taken as needed, and let every box of the patient know of it."""
    regimen = page.household.regimens.get(said.regimen)
    if regimen is not None and regimen.patient != page.patient:
        return
    fact = AsNeededTaken(
        regimen=said.regimen,
        amount=said.amount,
        taken_at=said.opened_at,
        box=envelope.box,
        compartment=said.compartment,
    )
    page.keep(entry_by_box(envelope, fact, patient=page.patient, by=envelope.box, at=page.at))
    publish_plans(page)


def _hear_of(page: Page, envelope: Envelope, name: str, verdict: Verdict) -> None:
    """Hear what a box says became of a slot.

    An intake is a fact wherever it was seen: a slot may have been moved to another box since. That nothing
    was seen only the box can say in which the slot lies.
    """
    slot = page.slots.get(name)
    is_intake = verdict.outcome in INTAKE
    if slot is None or (slot.box != envelope.box and not is_intake):
        return
    if is_premature(slot, verdict, page.at):
        if (kept := waiting(slot, verdict, envelope.stamp)) != slot:
            page.put_slot(kept)
            page.next_slot_at = None
        return
    if slot.box != envelope.box:
        verdict = replace(verdict, because=AT_OTHER_BOX)
    decide(page, slot, verdict)
    if slot.box != envelope.box:
        publish_plans(page)
    if isinstance(envelope.data, DoseTaken):
        contradict(page, page.slots[name], envelope.data)


def _take_back(page: Page, envelope: Envelope) -> None:
    """Drop what waits for the close of a window that is open again by the clock of its box.

    The clock had run ahead and was set right, which `clock.stepped` or any later event shows by its stamp.
    """
    for slot in [slot for slot in page.slots.values() if slot.early is not None]:
        if slot.box == envelope.box and shows_open(slot, envelope.stamp):
            page.put_slot(replace(slot, early=None))


def _settle_slots(page: Page) -> None:
    """Do what time alone asks of the slots, and find when it asks again."""
    if page.next_slot_at is not None and page.next_slot_at > page.at:
        return
    reminds = has_phone(page)
    turns = []
    for slot in tuple(page.slots.values()):
        if slot.status == "withdrawn" or (slot.outcome is not None and slot.early is None):
            continue
        if slot.status == "held":
            excused_at = excusing_at(slot, page.started_at)
            if excused_at <= page.at:
                excuse(page, slot)
            else:
                turns.append(excused_at)
            continue
        closes_at = closing_at(slot, page.started_at)
        if closes_at <= page.at:
            decide(page, slot, slot.early or silence(slot))
            continue
        turns.append(closes_at)
        if reminds and page.at < slot.closes_at:
            left = remind(page, slot)
            if left is not None:
                turns.append(left)
    page.next_slot_at = min(turns, default=None)
