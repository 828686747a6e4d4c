"""How do the coming blood tests and appointments come into the calendar of a phone?

iCalendar (RFC 5545), made by the icalendar library. A calendar is often shared and shows on locked screens:
an event says only what kind of date it is, unless everything is asked for.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from hub.asking.acting import Act
from hub.asking.answers import answer
from hub.asking.check_changes import own_checks
from hub.care.appointments import Check
from hub.care.checking.occurrences import Occurrence, occurrences
from hub.care.wall_clock import local_instant

BEFORE, AHEAD = timedelta(days=30), timedelta(days=400)
LASTS = timedelta(minutes=30)
PRODUCT = "-//Smart Pillbox//Pillbox hub//EN"
PLAIN = {
    "blood_test": "Blood test", "appointment": "Appointment", "vaccination": "Vaccination",
    "treatment": "Treatment",
}  # fmt: skip


def write_calendar(act: Act) -> int:
    """Write the checks of a month back and a year ahead as one iCalendar file."""
    calendar = calendar_of(act)
    if act.asked.json:
        return answer(act.asked, (), {"calendar": calendar.decode("utf-8")})
    # CRLF line ends are part of the format: text mode would double them on some systems.
    sys.stdout.buffer.write(calendar)
    return 0


def calendar_of(act: Act) -> bytes:
    """Return the iCalendar file; the same checks at the same instant give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    entries = act.store.entries(act.patient)
    for check in own_checks(act):
        for time in occurrences(check, entries, act.today, act.today + AHEAD):
            if time.on >= act.today - BEFORE:
                calendar.add_component(_event(act, check, time))
    return bytes(calendar.to_ical())


def _event(act: Act, check: Check, time: Occurrence) -> Event:
    event = Event()
    # The date by the rhythm never changes: one that was moved replaces itself in the phone.
    event.add("uid", f"{time.due}-{check.id}-{act.patient}@pillbox")
    event.add("dtstamp", datetime.fromtimestamp(act.now_ms // 1000, UTC))
    event.add("summary", check.title if act.asked.full else PLAIN[check.kind])
    if check.time is None:
        event.add("dtstart", time.on)
        event.add("dtend", time.on + timedelta(days=1))
    else:
        begins = datetime.fromtimestamp(local_instant(act.zone.key, time.on, check.time) // 1000, UTC)
        event.add("dtstart", begins)
        event.add("dtend", begins + LASTS)
    event.add("status", "CONFIRMED")
    if act.asked.full and check.place:
        event.add("location", check.place)
    if act.asked.full and check.bring:
        event.add("description", f"Bring: {check.bring}.")
    if time.state in ("due", "moved") and check.remind_days:
        event.add_component(_alarm(check))
    return event


def _alarm(check: Check) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", PLAIN[check.kind])
    alarm.add("trigger", timedelta(days=-check.remind_days))
    return alarm
