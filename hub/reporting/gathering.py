"""What does the store know of a patient's days? Also of one who has left the household since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from controller.wire.events import KINDS
from controller.wire.instants import DAY_MS
from controller.wire.shape import from_plain
from hub.care.entries import ExtraAnswered, in_force
from hub.care.ledger import SlotRecord
from hub.care.people import Household
from hub.care.planning import limits_in, strictest
from hub.care.schedule import local_instant
from hub.care.storing.box_air import BoxAir, box_air
from hub.care.storing.warmth import MONTH_MS
from hub.errors import HouseholdRefused
from hub.reporting.account import Opening, Report, Seen, Whose, report_of
from hub.reporting.air import watched_air
from hub.reporting.excursions import excursions
from hub.reporting.locks import lock_turns
from hub.reporting.owning import FAR_MS, Owned, parsed, readable
from hub.reporting.told import Period, Told, told_of
from hub.reporting.words import local
from hub.store.port import Store, StoredEvent

OPENINGS = ("dose.extra", "dose.wrong_compartment")
UNSURE_MS = DAY_MS
"""How far an event's own instant may lie from the opening it tells of."""


def whose_report(store: Store, patient: str | None, medicines: Iterable[Path]) -> Whose:
    """Find the patient in the newest household that knows them.

    The report of a patient who had moved out was refused, and their whole history with it. One whom no
    household knows is reported still, if there are records: by the id, in UTC.

    Raises:
        HouseholdRefused: Several patients are possible, or nothing at all is known of this one.

    """
    versions = store.households()[::-1]
    folders = tuple(medicines)
    newest = parsed(versions[0], folders)
    if patient is None:
        if len(newest.patients) != 1:
            known = ", ".join(newest.patients)
            raise HouseholdRefused(f"say which patient with --patient: {known}")
        patient = next(iter(newest.patients))
    for stored in versions:
        household = newest if stored is versions[0] else readable(stored, folders)
        if household is not None and patient in household.patients:
            return _known(household, patient, stored.version, left=stored is not versions[0])
    if not store.slots_between(patient, 0, FAR_MS):
        known = ", ".join(newest.patients)
        raise HouseholdRefused(f"the household has no patient {patient!r}; it has {known}")
    return Whose(patient=patient, name=patient, zone="UTC", left=True)


def gathered(
    store: Store, whose: Whose, first: date, last: date, now_ms: int, medicines: Iterable[Path]
) -> Report:
    """Bring together what the store holds of the days of a patient, both ends included."""
    begin = local_instant(whose.zone, first, "00:00")
    end = local_instant(whose.zone, last + timedelta(days=1), "00:00")
    slots = store.slots_between(whose.patient, begin, end)
    owned = Owned(store, whose.patient, tuple(medicines))
    boxes = sorted({slot.box for slot in slots if slot.box} | owned.boxes())
    found = report_of(
        whose,
        (first.isoformat(), last.isoformat()),
        slots,
        lambda slot: store.history(whose.patient, slot),
        now_ms,
        Seen(
            openings=tuple(_openings(store, boxes, begin, end, owned)),
            excursions=tuple(excursions(store, boxes, begin, end, owned)),
            air=tuple(_air(store, whose, slots, (begin, min(end, now_ms)), owned)),
            locks=tuple(lock_turns(store, boxes, begin, end, owned.at)),
            alerts=tuple(
                alert
                for alert in store.alerts(resolved_too=True)
                if alert.patient == whose.patient and begin <= alert.raised_at < end
            ),
        ),
    )
    today = local(now_ms, found.zone).date()
    period = Period(first=first, last=last, begin=begin, end=end, today=today)
    return replace(found, told=_told(store, whose, period))


def _told(store: Store, whose: Whose, period: Period) -> Told:
    entries = store.entries(whose.patient)
    alerts = [alert for alert in store.alerts(resolved_too=True) if alert.patient == whose.patient]
    return told_of(whose.household, whose.patient, entries, alerts, period)


def _known(household: Household, patient: str, version: int, *, left: bool) -> Whose:
    person = household.patients[patient]
    names = {one.id: one.name for one in household.caregivers.values()} | {patient: person.name}
    return Whose(
        patient=patient,
        name=person.name,
        zone=person.timezone,
        version=version,
        left=left,
        medicines=household.medicines,
        names=names,
        household=household,
    )


def _air(
    store: Store, whose: Whose, slots: Sequence[SlotRecord], period: tuple[int, int], owned: Owned
) -> Iterator[BoxAir]:
    """Say of each box what its air was like, by the limits of what lay in it; a silent box is said, too."""
    begin, end = period
    for box in sorted({slot.box for slot in slots if slot.box}) if begin < end else ():
        medicines = {part.medicine for slot in slots if slot.box == box for part in slot.amounts}
        found = [
            limit for name in sorted(medicines & {*whose.medicines}) for limit in whose.medicines[name].limits
        ]
        limits = strictest(found if whose.household is None else limits_in(whose.household, box, found))
        air = watched_air(store, box, min(begin, end - MONTH_MS), end, owned.at)
        yield box_air(box, air, period, limits, whose.zone)


def _openings(store: Store, boxes: Iterable[str], begin: int, end: int, owned: Owned) -> Iterator[Opening]:
    events = [
        event for box in boxes for event in store.events(box, begin - UNSURE_MS, end + UNSURE_MS, OPENINGS)
    ]
    answers = {
        (fact.box, fact.compartment, fact.opened_at): fact.answer
        # The first answer to an opening counts.
        for fact in (entry.fact for entry in reversed(in_force(store.entries(owned.patient))))
        if isinstance(fact, ExtraAnswered)
    }
    found = [_opening(event) for event in events]
    for opening in sorted(found, key=lambda one: (one.opened_at, one.box, one.compartment)):
        if begin <= opening.opened_at < end and owned.at(opening.box, opening.opened_at):
            answer = answers.get((opening.box, opening.compartment, opening.opened_at))
            yield replace(opening, answer=answer if opening.kind == "extra" else None)


def _opening(event: StoredEvent) -> Opening:
    said: Any = from_plain(KINDS[event.kind], json.loads(event.data), event.kind)
    return Opening(
        kind=event.kind.partition(".")[2],
        box=event.box,
        compartment=said.compartment,
        opened_at=said.opened_at,
        because=said.because,
        slot=said.slot,
        expected=getattr(said, "expected", None),
    )
