"""When is the patient reminded of a blood test or an appointment, and what is said?

Some days before and on the day, at nine, on the patient's phone; once each, because a message of the same
name is stored once. Where the patient has no phone nobody is reminded; the alert of what is overdue remains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from hub.care.alerting.words.check_wording import check_ahead
from hub.care.appointments import Check
from hub.care.checking.occurrences import Occurrence, occurrences
from hub.care.daytime import TOLD_FROM, TOLD_UNTIL
from hub.care.ledger import MessageRecord
from hub.care.page import Page
from hub.care.people import Household
from hub.care.wall_clock import local_instant, local_time

KIND = "check"
FORWARD_DAYS = 60
"""So far ahead of its date by the rhythm a time may be set forward and is still reminded of."""
VACCINATION = "vaccination"
"""The topic of a leaflet that says something of vaccinations."""


def remind_of_checks(page: Page) -> None:
    """Send the reminders whose day it is and that this hub has not asked for yet."""
    person = page.person()
    if person is None or not person.channels:
        return
    noted = set()
    for check, time, days in _of_today(page, person.timezone):
        name = _message_id(check, time, days)
        noted.add(name)
        if name in page.noted:
            continue
        notes = vaccination_notes(page.household, page.patient) if check.kind == VACCINATION else ()
        words = check_ahead(person.name, check, time.on, days, notes)
        page.send(
            MessageRecord(
                message=name,
                patient=page.patient,
                to=person.id,
                channel=next(iter(person.channels)),
                title=words.title,
                body=words.body,
                brief=words.brief,
                kind=KIND,
                made_at=page.at,
            )
        )
    page.noted = frozenset(noted)


def vaccination_notes(household: Household, patient: str) -> tuple[tuple[str, str, str], ...]:
    """Return what the leaflets of everything a patient takes say of vaccinations: medicine, words, source."""
    found = {}
    for regimen in household.regimens_of(patient):
        medicine = household.medicines[regimen.medicine]
        if VACCINATION in medicine.leaflet:
            found[medicine.name] = medicine.leaflet[VACCINATION], medicine.sources.get(VACCINATION, "")
    return tuple((name, *said) for name, said in found.items())


def _of_today(page: Page, zone: str) -> Iterator[tuple[Check, Occurrence, int]]:
    """Go through the open times of which this day reminds, with how many days are left."""
    today = local_time(zone, page.at).date()
    if not local_instant(zone, today, TOLD_FROM) <= page.at < local_instant(zone, today, TOLD_UNTIL):
        return
    for check in page.household.checks_of(page.patient):
        for time in occurrences(check, page.entries, today, _horizon(check, today)):
            days = (time.on - today).days
            if time.state in ("due", "moved") and days in (check.remind_days, 0):
                yield check, time, days


def _horizon(check: Check, today: date) -> date:
    # One that was brought forward is due by its rhythm later than the day it is set for now.
    return today + timedelta(days=check.remind_days + max(check.every_days or 0, FORWARD_DAYS))


def _message_id(check: Check, time: Occurrence, days: int) -> str:
    seed = f"{check.patient}|{check.id}|{time.due}|{time.on}|{days}"
    return f"c-{hashlib.sha256(seed.encode()).hexdigest()[:12]}"
