"""Would every day of this household make a plan that a box can witness honestly?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from math import lcm

from hub.care.ledger import SlotRecord
from hub.care.people import Household, Regimen, Step, Trip
from hub.care.schedule import journey_near, slots_between
from hub.care.travelling.moving import LOOK_BACK, REACH
from hub.errors import HouseholdRefused

SLOTS_A_DAY_MAX = 40
"""Two days of as many slots, with twelve reminders each, still fit into one message."""

# The days around each seam, and a bit more than a year from it, so that both changes of the clocks lie in.
_BEFORE = timedelta(days=2)
_YEAR = timedelta(days=400)
_RHYTHMS_DAYS_MAX = 2_000
"""After so many days two rhythms have met, or meet too rarely to be tried day by day."""


def refuse_unwitnessable(file: str, household: Household) -> None:
    """Refuse a household whose slots no box could tell apart, or whose medicines contradict each other.

    Raises:
        HouseholdRefused: A regimen would not come back to its own times after a trip, two slots of one
            compartment have different due times and windows that overlap, a day has more slots than a plan
            can carry, two slots have one name, what is taken as needed lies with something else, or two
            medicines of a box mean different things by one storage rule.

    """
    _refuse_no_way_back(file, household)
    no_box = [regimen for regimen in household.regimens.values() if regimen.box is None]
    _refuse_twins(file, _expanded(household, no_box))
    for box in household.boxes:
        regimens = [regimen for regimen in household.regimens.values() if regimen.box == box]
        _refuse_two_meanings(file, household, box, regimens)
        slots = list(_expanded(household, regimens))
        _refuse_twins(file, slots)
        _refuse_shared(file, box, regimens, slots)
        _refuse_crowded_days(file, box, slots)
        _refuse_overlaps(file, box, slots)


def _expanded(household: Household, regimens: list[Regimen]) -> Iterator[SlotRecord]:
    steps = [step for regimen in regimens for step in regimen.steps]
    length = max(_YEAR, timedelta(days=min(_RHYTHMS_DAYS_MAX, lcm(*map(_period_days, steps)))))
    abroad = {day for trip in _trips(household, regimens) for day in _trip_days(trip)}
    days = sorted(abroad | {day for step in steps for day in _days_to_try(step, length)})
    # A run of days in a row has one difference between its ordinals and their places in the list.
    for _, run in groupby(enumerate(days), key=lambda item: item[1] - item[0]):
        ordinals = [ordinal for _, ordinal in run]
        first, last = date.fromordinal(ordinals[0]), date.fromordinal(ordinals[-1])
        for regimen in regimens:
            yield from slots_between(household, regimen, first, last)


def _trips(household: Household, regimens: list[Regimen]) -> list[Trip]:
    patients = {regimen.patient for regimen in regimens}
    return [trip for trip in household.trips if trip.patient in patients]


def _trip_days(trip: Trip) -> range:
    return range((trip.begins - LOOK_BACK).toordinal(), (trip.until + REACH).toordinal())


def _period_days(step: Step) -> int:
    cycle = step.rhythm.cycle
    return lcm(7 if step.rhythm.weekdays else 1, step.rhythm.every_days or 1, sum(cycle) if cycle else 1)


def _days_to_try(step: Step, length: timedelta) -> set[int]:
    last = min(step.begins, date.max - length) + length
    days = set(range((step.begins - _BEFORE).toordinal(), last.toordinal()))
    if step.until is not None:
        end = step.until.toordinal()
        days = {day for day in days if day <= end + 2} | set(range(end - 8, end + 3))
    return days


def _refuse_no_way_back(file: str, household: Household) -> None:
    for trip in household.trips:
        for regimen in household.regimens_of(trip.patient):
            if regimen.id in journey_near(household, regimen, trip.begins, trip.until).astray:
                raise HouseholdRefused(
                    f"{file}: trip of {trip.patient} from {trip.begins}: after it {regimen.id} would not "
                    "come back to its own times, because its least_gap leaves no room to catch up; "
                    'use policy = "home".'
                )


def _refuse_twins(file: str, slots: Iterable[SlotRecord]) -> None:
    for name, count in Counter(slot.slot for slot in slots).items():
        if count > 1:
            raise HouseholdRefused(
                f"{file}: {name} would be {count} doses, because the clocks there show that time twice; "
                "choose a longer interval."
            )


def _refuse_shared(file: str, box: str, regimens: list[Regimen], slots: list[SlotRecord]) -> None:
    owners: dict[str, str] = {}
    for regimen in regimens:
        for step in regimen.steps:
            place = None if step.as_needed is None else step.as_needed.compartment
            if place is not None and owners.setdefault(place, regimen.id) != regimen.id:
                raise HouseholdRefused(
                    f"{file}: box[{box}]: {owners[place]} and {regimen.id} are both taken as needed out of "
                    f"compartment {place!r}, so an opening could not tell which was taken."
                )
    for slot in slots:
        if slot.compartment in owners:
            raise HouseholdRefused(
                f"{file}: box[{box}]: {owners[slot.compartment]} is taken as needed out of compartment "
                f"{slot.compartment!r}, where {slot.slot} lies too; give it a compartment of its own."
            )


def _refuse_overlaps(file: str, box: str, slots: list[SlotRecord]) -> None:
    widest: dict[str, SlotRecord] = {}
    # In order of time, so that the first day on which it goes wrong is the one that is named.
    for slot in sorted(slots, key=lambda slot: (slot.opens_at, slot.due_at, slot.slot)):
        other = widest.get(slot.compartment)
        if other is not None and slot.opens_at <= other.closes_at and slot.due_at != other.due_at:
            raise HouseholdRefused(
                f"{file}: box[{box}]: the dose windows of {other.slot} and {slot.slot} overlap in "
                f"compartment {slot.compartment!r}, so an opening could not tell which was taken; "
                "use another compartment, the same time, or narrower windows."
            )
        if other is None or slot.closes_at > other.closes_at:
            widest[slot.compartment] = slot


def _refuse_crowded_days(file: str, box: str, slots: list[SlotRecord]) -> None:
    counts = Counter(slot.slot.split("/")[1] for slot in slots)
    for day, count in counts.items():
        if count > SLOTS_A_DAY_MAX:
            raise HouseholdRefused(
                f"{file}: box[{box}]: {day} has {count} slots; "
                f"a plan carries at most {SLOTS_A_DAY_MAX} a day."
            )


def _refuse_two_meanings(file: str, household: Household, box: str, regimens: list[Regimen]) -> None:
    meanings: dict[str, tuple[tuple[str, ...], str]] = {}
    for name in sorted({regimen.medicine for regimen in regimens}):
        for limit in household.medicines[name].limits:
            meaning = (limit.excursion, limit.measure, limit.side, limit.counts)
            known, other = meanings.setdefault(limit.rule, (meaning, name))
            if known != meaning:
                raise HouseholdRefused(
                    f"{file}: box[{box}]: the medicines {other} and {name} mean different things by the "
                    f"storage rule {limit.rule!r}; rename it in one of their files."
                )
