"""What did people say of a patient in a period: how they are, what took place, what was paused?

It is kept as it was said. Whether an answer is a warning sign is for the leaflet to say, what it means for a
clinician. What somebody took back is still in the report, with who took it back: it was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hub.care.checking.occurrences import AHEAD, Occurrence, OccurrenceState, occurrences
from hub.care.entries import CheckDone, Entry, Felt, in_force, undone_by
from hub.care.feeling import WARNING, signs_of, signs_reported
from hub.care.ledger import AlertRecord
from hub.care.people import Hold, Household


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One check-in. `warned` are the warning signs in it, in the words of the leaflet."""

    entry: str
    at: int
    by: str
    felt: Felt
    warned: tuple[str, ...] = ()
    alert: AlertRecord | None = None
    taken_back: Entry | None = None

    @property
    def is_warning(self) -> bool:
        """Tell whether it named a sign to call about, or was told as one when it was said."""
        return bool(self.warned) or self.alert is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One time of a blood test or appointment, as far as anybody has said."""

    title: str
    due: date
    on: date
    state: OccurrenceState
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A hold of a medicine that touches the period."""

    medicine: str
    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What people said of a period, each part in the order of its dates."""

    answers: tuple[Answered, ...] = ()
    checks: tuple[Checked, ...] = ()
    holds: tuple[Paused, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that are reported, both included, as dates and as instants; on `today` it is made."""

    first: date
    last: date
    begin: int
    end: int
    today: date

    def touches(self, begins: date, until: date | None) -> bool:
        """Tell whether something from one date to another, or without an end, falls into it."""
        return begins <= self.last and (until is None or until >= self.first)


def told_of(
    household: Household | None,
    patient: str,
    entries: Iterable[Entry],
    alerts: Iterable[AlertRecord],
    period: Period,
) -> Told:
    """Bring together what was said; without a household that knows the patient only the entries speak."""
    said = tuple(entries)
    return Told(
        answers=tuple(_answers(household, patient, said, alerts, period)),
        checks=tuple(sorted(_checks(household, patient, said, period), key=_by_date)),
        holds=tuple(sorted(_holds(household, patient, period), key=lambda one: one.hold.begins)),
    )


def _answers(
    household: Household | None,
    patient: str,
    entries: tuple[Entry, ...],
    alerts: Iterable[AlertRecord],
    period: Period,
) -> Iterator[Answered]:
    signs = {} if household is None else signs_of(household, patient)
    raised = {alert.condition: alert for alert in alerts if alert.kind == WARNING}
    back: Mapping[str, Entry] = undone_by(entries)
    for entry in sorted(entries, key=lambda one: one.at):
        if isinstance(entry.fact, Felt) and period.begin <= entry.at < period.end:
            yield Answered(
                entry=entry.entry,
                at=entry.at,
                by=entry.by,
                felt=entry.fact,
                warned=tuple(signs_reported(entry.fact, signs)),
                alert=raised.get(f"{WARNING} {entry.entry}"),
                taken_back=back.get(entry.entry),
            )


def _checks(
    household: Household | None, patient: str, entries: tuple[Entry, ...], period: Period
) -> Iterator[Checked]:
    known = () if household is None else household.checks_of(patient)
    for check in known:
        times = occurrences(check, entries, period.today, period.last + AHEAD)
        for time in times:
            if period.touches(time.due, time.due) or period.touches(time.on, time.on):
                yield _checked(check.title, time)
        before = [time for time in times if time.due <= period.last]
        # What nobody has said took place is not over because the period began after it.
        if before and before[-1].state == "overdue" and max(before[-1].due, before[-1].on) < period.first:
            yield _checked(check.title, before[-1])
    names = {check.id for check in known}
    for entry in in_force(entries):
        fact = entry.fact
        if isinstance(fact, CheckDone) and fact.check not in names and period.touches(fact.on, fact.on):
            yield Checked(title=fact.check, due=fact.due, on=fact.on, state="done", by=entry.by)


def _checked(title: str, time: Occurrence) -> Checked:
    return Checked(title=title, due=time.due, on=time.on, state=time.state, by=time.by)


def _by_date(checked: Checked) -> tuple[date, date, str]:
    return checked.on, checked.due, checked.title


def _holds(household: Household | None, patient: str, period: Period) -> Iterator[Paused]:
    for regimen in () if household is None else household.regimens_of(patient):
        for hold in regimen.holds:
            if period.touches(hold.begins, hold.until):
                yield Paused(medicine=regimen.medicine, hold=hold)
