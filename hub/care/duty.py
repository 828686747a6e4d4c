"""Who has the duty for a patient at an instant, and until when?

The week's rota and its exceptions are set up in the household; one act of a caregiver outranks them until it
ends. Nothing is kept: it is worked out from what is written, so that a restart knows the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from controller.wire.instants import DAY_MS
from hub.care.caregivers import Duty
from hub.care.entries import DutyTaken, Entry, EntryUndone, in_force
from hub.care.people import Household
from hub.care.schedule import WEEKDAYS
from hub.care.wall_clock import ONE_DAY, care_day, local_instant

MIDNIGHT = "00:00"
_A_WEEK = timedelta(days=8)
"""A turn of the week lies no further away, also where the clocks change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Somebody's duty: `until` is when it passes to another, `None` where nothing says so.

    `by` is who handed it over, `None` where the household says whose it is.
    """

    who: str | None
    until: int | None
    by: str | None = None


def watch_at(household: Household, patient: str, entries: Iterable[Entry], at: int) -> Watch:
    """Return whose duty it is at an instant."""
    acts = [one for one in entries if isinstance(one.fact, (DutyTaken, EntryUndone)) and one.at <= at]
    for entry in reversed(in_force(acts)):
        act = entry.fact
        if not isinstance(act, DutyTaken) or not _follows(household, act.who, patient):
            continue
        until = act.until if act.until is not None else _rota(household, patient, entry.at).until
        if until is not None and until <= at:
            # A later act outranks an earlier one for good: a duty that was given back does not return.
            break
        return Watch(who=act.who, until=until, by=entry.by)
    return _rota(household, patient, at)


def _follows(household: Household, who: str, patient: str) -> bool:
    caregiver = household.caregivers.get(who)
    return caregiver is not None and patient in caregiver.wants


def _rota(household: Household, patient: str, at: int) -> Watch:
    duty = household.duties.get(patient)
    person = household.patients.get(patient)
    if duty is None or person is None:
        return Watch(who=None, until=None)
    zone = duty.zone or person.timezone
    now = _by_rota(duty, zone, at)
    # Where nobody ever changes, a look at every bound finds that too.
    changes = sorted({bound for bound in _bounds(duty, zone, at) if bound > at})
    until = next((bound for bound in changes if _by_rota(duty, zone, bound) != now), None)
    return Watch(who=now, until=until)


def _by_rota(duty: Duty, zone: str, at: int) -> str | None:
    today = care_day(zone, MIDNIGHT, at)
    for days in duty.days:
        if days.begins <= today <= days.until:
            return days.who
    begun = [(turns_at, who) for turns_at, who in _turns(duty, zone, today) if turns_at <= at]
    return max(begun, default=(0, duty.who))[1]


def _bounds(duty: Duty, zone: str, at: int) -> Iterator[int]:
    ends = [days.until + ONE_DAY for days in duty.days]
    # After an exception that leaves things as they are, the next change is a turn of the week after it.
    for near in (care_day(zone, MIDNIGHT, at), *ends):
        for turns_at, _ in _turns(duty, zone, near):
            yield turns_at
    for day in (*(days.begins for days in duty.days), *ends):
        yield local_instant(zone, day, MIDNIGHT)


def _turns(duty: Duty, zone: str, near: date) -> Iterator[tuple[int, str]]:
    day = near - _A_WEEK
    while day <= near + _A_WEEK:
        for turn in duty.turns:
            if WEEKDAYS[day.weekday()] == turn.weekday:
                yield local_instant(zone, day, turn.time), turn.who
        day += ONE_DAY


def next_look_at(watch: Watch, at: int) -> int:
    """Return when to look again at whose duty it is: when it passes on, or tomorrow."""
    return at + DAY_MS if watch.until is None else min(watch.until, at + DAY_MS)
