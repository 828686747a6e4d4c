"""Which blood test or appointment is added, proposed by the leaflet, or comes to its end?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from hub.asking.acting import Act, change_household
from hub.asking.answers import Refused
from hub.asking.dates import date_read
from hub.care.appointments import Check
from hub.care.checking.occurrences import occurrences
from hub.care.checking.reminding import VACCINATION, vaccination_notes
from hub.care.checking.suggesting import suggested
from hub.household.appointments import DAYS_MAX
from hub.tables import nearest

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
SHOWN_AHEAD = timedelta(days=400)
SHOWN_MAX = 8


def add_check(act: Act) -> int:
    """Add a check, once it was shown with its coming dates."""
    new = _new(act)
    known = own_checks(act)
    if any(one.id == new.id for one in known):
        raise Refused(f"{act.patient} has a check {new.id!r} already; end it, or choose another id")
    return _store(act, [new], [*_shown(act, new), *_notes(act, new)])


def suggest_checks(act: Act) -> int:
    """Propose the checks that go with a regimen's medicine, and add them once somebody has agreed."""
    if act.asked.check is None:
        own = [one.id for one in act.household.regimens_of(act.patient)]
        raise Refused(f"say for which regimen: pillbox-hub check suggest {' or '.join(own) or 'ID'}")
    name = act.regimen(act.asked.check)
    regimen = act.household.regimens[name]
    medicine = act.household.medicines[regimen.medicine]
    begun = min(step.begins for step in regimen.steps)
    if not medicine.checks:
        raise Refused(f"the file of {medicine.id} names no check that goes with it")
    known = {one.id for one in own_checks(act)}
    found: list[Check] = []
    preview = []
    for rhythm in medicine.checks:
        new = suggested(rhythm, patient=act.patient, regimen=name, begun=begun, today=act.today)
        for one in new:
            if one.id in known:
                preview.append(f"{one.id} is there already and stays as it is")
                continue
            found.append(one)
            preview += _shown(act, one)
        preview += [
            f"  beside {one.id}: {one.title}, which stays; `check end` ends what is counted twice"
            for one in own_checks(act)
            if one.kind == rhythm.kind and one.id not in {check.id for check in new}
        ]
        preview.append(f"  by: {rhythm.source}; counted from {begun}. The clinic's own dates count.")
    if not found:
        raise Refused("; ".join(line for line in preview if "already" in line))
    return _store(act, found, preview)


def end_check(act: Act) -> int:
    """Let a check have no times after a date; what took place stays.

    What has only one time, or has not begun by then, is taken out as a whole: an end date alone would leave
    that time standing, reminded of and at last overdue.
    """
    one = named_check(act)
    until = date_read(act.asked.until) if act.asked.until else act.today
    if one.every_days is None or until < one.begins:
        return _take_out(act, one)
    ended = replace(one, until=until)
    checks = tuple(ended if check == one else check for check in act.household.checks)
    preview = [f"{one.title} ({one.id}): no time after {until}; what took place stays in the record"]
    return change_household(act, replace(act.household, checks=checks), preview)


def _take_out(act: Act, one: Check) -> int:
    times = occurrences(one, act.store.entries(act.patient), act.today, act.today + SHOWN_AHEAD)
    took_place = [time for time in times if time.state == "done"]
    if took_place:
        raise Refused(f"{one.id} took place on {took_place[-1].on}; that stays in the record")
    on = times[0].on if times else one.begins
    preview = [f"{one.title} ({one.id}), on {on}, is taken out: nobody is reminded of it any more"]
    checks = tuple(check for check in act.household.checks if check != one)
    return change_household(act, replace(act.household, checks=checks), preview)


def own_checks(act: Act) -> list[Check]:
    """Return the checks of the patient."""
    return list(act.household.checks_of(act.patient))


def named_check(act: Act) -> Check:
    """Return the check that was named.

    Raises:
        Refused: The patient has none of that name.

    """
    known = {one.id: one for one in own_checks(act)}
    name = act.asked.check
    if name not in known:
        raise Refused(f"{act.patient} has no check {name!r}{nearest(name or '', known)}")
    return known[name]


def _new(act: Act) -> Check:
    asked = act.asked
    if asked.check is None or not _ID.fullmatch(asked.check):
        raise Refused("give it an id of small letters, digits and hyphens: pillbox-hub check add ms-clinic")
    if not asked.title or asked.begins is None:
        raise Refused("say what it is and when: --title 'MS clinic' --from 2026-12-07")
    begins, until = date_read(asked.begins), date_read(asked.until) if asked.until else None
    if begins < act.today:
        raise Refused(f"{begins} is over; what took place is told with: pillbox-hub check done")
    if until is not None and until < begins:
        raise Refused(f"it would end on {until}, before it begins on {begins}")
    if asked.time is not None and not _TIME.fullmatch(asked.time):
        raise Refused(f"{asked.time!r} is not a time such as 09:30")
    return Check(
        id=asked.check,
        patient=act.patient,
        title=_text("--title", asked.title),
        begins=begins,
        every_days=None if asked.every is None else _days("--every", asked.every, 1, 3_650),
        until=until,
        kind=asked.kind,
        time=asked.time,
        place=_text("--place", asked.place or ""),
        bring=_text("--bring", asked.bring or ""),
        regimen=None if asked.regimen is None else act.regimen(asked.regimen),
        remind_days=_days("--remind", asked.remind, 0, DAYS_MAX),
        overdue_days=_days("--overdue", asked.overdue, 1, DAYS_MAX),
    )


def _days(option: str, days: int, low: int, high: int) -> int:
    if not low <= days <= high:
        raise Refused(f"{option} is {days}, outside {low} to {high} days")
    return days


def _text(option: str, text: str) -> str:
    if len(text) > 200 or any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in text):
        raise Refused(f"{option} is one line of at most 200 characters")
    return text.strip()


def _shown(act: Act, new: Check) -> Iterator[str]:
    yield f"{new.title} ({new.id}), {new.kind.replace('_', ' ')}:"
    coming = occurrences(new, (), act.today, max(act.today, new.begins) + SHOWN_AHEAD)
    dates = [f"{one.on:%a} {one.on}" for one in coming[:SHOWN_MAX]]
    more = ", …" if len(coming) > SHOWN_MAX or (new.every_days and new.until is None) else ""
    at = f" at {new.time}" if new.time else ""
    yield f"  on {', '.join(dates)}{more}{at}"
    person = act.household.patients[act.patient]
    if person.channels:
        yield f"  {person.name} is reminded {new.remind_days} days before and on the day"
    else:
        yield f"  {person.name} has no phone in the household: nobody is reminded before it"


def _notes(act: Act, new: Check) -> Iterable[str]:
    if new.kind != VACCINATION:
        return
    for medicine, said, source in vaccination_notes(act.household, act.patient):
        yield f"  the leaflet of {medicine} says: “{said}” ({source})"


def _store(act: Act, new: list[Check], preview: list[str]) -> int:
    return change_household(act, replace(act.household, checks=(*act.household.checks, *new)), preview)
