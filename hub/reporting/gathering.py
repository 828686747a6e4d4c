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
from hub.care.people import Household
from hub.care.schedule import local_instant
from hub.errors import HouseholdRefused
from hub.household import parse_household
from hub.reporting.account import Excursion, Opening, Report, Seen, Whose, report_of
from hub.store.port import Store, StoredEvent, StoredHousehold

OPENINGS = ("dose.extra", "dose.wrong_compartment")
EXCURSIONS = ("excursion.started", "excursion.ended")
FAR_MS = 2**52
"""After every event: an excursion of the period may end long after it."""
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
    newest = _parsed(versions[0], folders)
    if patient is None:
        if len(newest.patients) != 1:
            known = ", ".join(newest.patients)
            raise HouseholdRefused(f"say which patient with --patient: {known}")
        patient = next(iter(newest.patients))
    for stored in versions:
        household = newest if stored is versions[0] else _readable(stored, folders)
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
    owned = _Owned(store, whose.patient, tuple(medicines))
    boxes = sorted({slot.box for slot in slots if slot.box} | owned.boxes())
    return report_of(
        whose,
        (first.isoformat(), last.isoformat()),
        slots,
        lambda slot: store.history(whose.patient, slot),
        now_ms,
        Seen(
            openings=tuple(_openings(store, boxes, begin, end, owned)),
            excursions=tuple(_excursions(store, boxes, begin, end, owned)),
            alerts=tuple(
                alert
                for alert in store.alerts(resolved_too=True)
                if alert.patient == whose.patient and begin <= alert.raised_at < end
            ),
        ),
    )


def _parsed(stored: StoredHousehold, folders: Sequence[Path]) -> Household:
    return parse_household(stored.text, file="the stored household", medicines_dirs=folders, lawful=True)


def _readable(stored: StoredHousehold, folders: Sequence[Path]) -> Household | None:
    """Read an old version; one whose medicine file was taken away since is passed over."""
    try:
        return _parsed(stored, folders)
    except HouseholdRefused:
        return None


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
    )


class _Owned:
    """Whose box was it? A box that was handed on must not bring one patient's openings to the other."""

    def __init__(self, store: Store, patient: str, folders: Sequence[Path]) -> None:
        self.patient = patient
        self._spans: dict[str, list[tuple[int, int]]] = {}
        ends_at = FAR_MS
        versions = store.households()
        for number, stored in enumerate(versions[::-1], 1):
            # What came before the first import belongs to whom that import names.
            begins_at = 0 if number == len(versions) else stored.imported_at
            household = _readable(stored, folders)
            for box in household.boxes.values() if household is not None else ():
                if box.patient == patient:
                    self._spans.setdefault(box.id, []).append((begins_at, ends_at))
            ends_at = stored.imported_at

    def boxes(self) -> set[str]:
        """Return every box that was ever this patient's."""
        return set(self._spans)

    def at(self, box: str, instant_ms: int) -> bool:
        """Tell whether a box was this patient's at an instant."""
        # A box that no readable household names is known by the patient's own slots.
        spans = self._spans.get(box, [(0, FAR_MS)])
        return any(begins_at <= instant_ms < ends_at for begins_at, ends_at in spans)


def _openings(store: Store, boxes: Iterable[str], begin: int, end: int, owned: _Owned) -> Iterator[Opening]:
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


def _excursions(
    store: Store, boxes: Iterable[str], begin: int, end: int, owned: _Owned
) -> Iterator[Excursion]:
    found = [one for box in boxes for one in _of_box(store.events(box, 0, FAR_MS, EXCURSIONS))]
    for one in sorted(found, key=lambda one: (one.since, one.box, one.rule)):
        ended_at = FAR_MS if one.ended_at is None else one.ended_at
        if one.since < end and ended_at >= begin and owned.at(one.box, one.since):
            yield one


def _of_box(events: Iterable[StoredEvent]) -> Iterator[Excursion]:
    """Join each excursion's start and end: they name the same rule and the same beginning."""
    open_ones: dict[tuple[str, int], Excursion] = {}
    for event in events:
        said: Any = from_plain(KINDS[event.kind], json.loads(event.data), event.kind)
        key = said.rule, said.since
        one = open_ones.pop(key, None) or Excursion(
            excursion=said.excursion, box=event.box, rule=said.rule, since=said.since
        )
        if event.kind == "excursion.started":
            open_ones[key] = one
        else:
            yield replace(one, ended_at=event.at, extreme=said.extreme)
    yield from open_ones.values()
