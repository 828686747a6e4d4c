"""What may be taken as needed in the coming days, and what was taken of it lately?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from controller.wire.plan import Intake, PlannedAsNeeded
from hub.care.entries import AsNeededTaken, Entry, ExtraAnswered, Fact, in_force
from hub.care.people import AsNeeded, Household, Regimen, Step
from hub.care.schedule import is_held
from hub.care.wall_clock import local_instant

LEAST, MOST = 0.125, 100.0
"""The amounts of tablets that the wire can carry."""


def planned_as_needed(
    household: Household, box: str, days: tuple[date, date], entries: Iterable[Entry]
) -> tuple[PlannedAsNeeded, ...]:
    """Return what may be taken as needed out of a box, in spans of whole days of its patient.

    A day begins when the patient's does, not at midnight. What is on hold is in no span. `taken` reaches
    back as far as an intake can still stand against the next one.
    """
    patient = household.boxes[box].patient if box in household.boxes else ""
    regimens = [one for one in household.regimens_of(patient) if one.box == box]
    if not any(step.as_needed for one in regimens for step in one.steps):
        return ()
    facts = [entry.fact for entry in in_force(entries)]
    return tuple(
        _spanned(household, regimen, need, span, _taken(regimen, need, facts), days[0])
        for regimen in regimens
        for step in regimen.steps
        if (need := step.as_needed) is not None and need.compartment is not None
        for span in _spans(regimen, step, *days)
    )


def day_starts(household: Household, patient: str, days: tuple[date, date]) -> tuple[int, ...]:
    """Return when each of some days of a patient begins, and when the last one ends; of a stranger none."""
    person = household.patients.get(patient)
    if person is None:
        return ()
    first, last = days[0].toordinal(), days[1].toordinal()
    return tuple(
        local_instant(person.timezone, date.fromordinal(number), person.day_starts)
        for number in range(first, last + 2)
    )


def _spans(regimen: Regimen, step: Step, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Go through the runs of days on which a step is in force and nothing holds it, the end not included."""
    begins: date | None = None
    for number in range(first.toordinal(), last.toordinal() + 2):
        day = date.fromordinal(number)
        in_step = step.begins <= day <= last and (step.until is None or day <= step.until)
        runs = in_step and not is_held(regimen.holds, day)
        if runs and begins is None:
            begins = day
        elif not runs and begins is not None:
            yield begins, day
            begins = None


def _taken(regimen: Regimen, need: AsNeeded, facts: Iterable[Fact]) -> Iterator[Intake]:
    """Go through what was taken of a regimen, also where the box had warned and the patient took it."""
    for fact in facts:
        if isinstance(fact, AsNeededTaken) and fact.regimen == regimen.id:
            yield Intake(at=fact.taken_at, amount=min(max(fact.amount, LEAST), MOST))
        elif isinstance(fact, ExtraAnswered) and fact.regimen == regimen.id and fact.answer == "took":
            yield Intake(at=fact.opened_at, amount=need.amount)


def _spanned(
    household: Household,
    regimen: Regimen,
    need: AsNeeded,
    span: tuple[date, date],
    taken: Iterable[Intake],
    first: date,
) -> PlannedAsNeeded:
    person = household.patients[regimen.patient]
    zone, starts = person.timezone, person.day_starts
    counts_from = local_instant(zone, first, starts) - need.least_gap_ms
    recent = sorted((one for one in taken if one.at >= counts_from), key=lambda one: one.at)
    return PlannedAsNeeded(
        regimen=regimen.id,
        compartment=need.compartment or "",
        medicine=regimen.medicine,
        amount=need.amount,
        least_gap_ms=need.least_gap_ms,
        most_a_day=need.most_a_day,
        begins_at=local_instant(zone, span[0], starts),
        ends_at=local_instant(zone, span[1], starts),
        taken=tuple(recent),
    )
