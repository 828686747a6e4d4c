"""When is the patient's phone to remind? Only of a dose that is due and not yet taken, held or over."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from controller.wire.events import ReminderSnoozed
from hub.care.alerting.naming import Moment
from hub.care.alerting.words import wording
from hub.care.ledger import MessageRecord, SlotRecord
from hub.care.page import Page
from hub.care.people import Patient
from hub.care.travelling.offsets import zone_on


def reminds_at(slot: SlotRecord) -> int | None:
    """Return when the next reminder step of a slot is due, `None` when no more may come."""
    if slot.status != "planned" or slot.outcome is not None or slot.reminded >= len(slot.remind_at):
        return None
    at = slot.remind_at[slot.reminded]
    if slot.snoozed_until is not None and slot.snoozed_until > at:
        at = slot.snoozed_until
    return at if at < slot.closes_at else None


def has_phone(page: Page) -> bool:
    """Say whether the patient can be reminded anywhere but at the box."""
    person = page.person()
    return person is not None and bool(person.channels)


def remind(page: Page, slot: SlotRecord) -> int | None:
    """Send the newest reminder step that is due, if one is; return when the next will be.

    The older steps that a hub slept through would only tell the same once more.
    """
    due_at = reminds_at(slot)
    if due_at is None or due_at > page.at:
        return due_at
    person = page.person()
    if person is None or not person.channels or page.at >= slot.closes_at:
        return None
    reminded = replace(slot, reminded=bisect_right(slot.remind_at, page.at))
    page.put_slot(reminded)
    words = wording.reminder(person.name, slot, _where_read(page, person, slot))
    page.send(
        MessageRecord(
            message=_message_id(page, slot, slot.remind_at[reminded.reminded - 1]),
            patient=page.patient,
            to=person.id,
            channel=next(iter(person.channels)),
            title=words.title,
            body=words.body,
            brief=words.brief,
            kind="reminder",
            made_at=page.at,
            slot=slot.slot,
        )
    )
    return reminds_at(reminded)


def snooze(page: Page, slot: SlotRecord, snoozed: ReminderSnoozed) -> None:
    """Put the reminders of a slot off, as the patient asked at the box."""
    if slot.snoozed_until is None or snoozed.until > slot.snoozed_until:
        page.put_slot(replace(slot, snoozed_until=snoozed.until))


def _where_read(page: Page, person: Patient, slot: SlotRecord) -> Moment:
    # The phone shows the time of where its owner is; caregivers stay at home, and so does what they read.
    day = date.fromisoformat(slot.slot.split("/")[1])
    zone = zone_on(person.timezone, page.household.trips, person.id, day)
    return page.moment() if zone == person.timezone else Moment(ZoneInfo(zone), page.at)


def _message_id(page: Page, slot: SlotRecord, step_at: int) -> str:
    # By the instant of the step, not its number: after a change of `remind`, step 1 was a message already
    # sent. By now: a clock that ran ahead may have reminded of the same step weeks before its time. And by
    # since when that clock is followed: it may have said this very instant before it was set back.
    seed = f"{slot.patient}|{slot.slot}|{step_at}|{page.at}|{page.started_at}"
    return f"r-{hashlib.sha256(seed.encode()).hexdigest()[:12]}"
