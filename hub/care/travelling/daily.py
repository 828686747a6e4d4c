"""What does a trip look like day by day, and where does a gap between two doses differ from the usual?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from hub.care.ledger import SlotRecord
from hub.care.people import Household, Trip
from hub.care.schedule import ONE_DAY, journey_near, local_time, slots_between
from hub.care.travelling.moving import LOOK_BACK, REACH

NIGHT = ("23:00", "06:00")
"""Who is due then there is woken for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One slot of a trip. `zone` is where the patient is; a gap is to the dose of the regimen before."""

    slot: SlotRecord
    day: date
    due_ms: int
    zone: str
    gap_ms: int | None
    usual_ms: int | None

    @property
    def is_unusual(self) -> bool:
        """Whether the gap before it is not what it is at home on that date."""
        return self.gap_ms != self.usual_ms

    @property
    def is_at_night(self) -> bool:
        """Whether it falls into the night where the patient is."""
        time = f"{local_time(self.zone, self.due_ms):%H:%M}"
        return time >= NIGHT[0] or time < NIGHT[1]


def with_trip(household: Household, trip: Trip) -> Household:
    """Return the household with one more trip, by date."""
    return replace(household, trips=tuple(sorted((*household.trips, trip), key=lambda one: one.begins)))


def travelled(household: Household, trip: Trip) -> list[Intake]:
    """Return what is due from the day before a trip until a day after all is usual, by due time."""
    last = _last_day(household, trip)
    found: list[Intake] = []
    at_home = replace(household, trips=tuple(one for one in household.trips if one.patient != trip.patient))
    for regimen in household.regimens_of(trip.patient):
        usual = dict(_gaps(slots_between(at_home, regimen, trip.begins - LOOK_BACK, last)))
        slots = slots_between(household, regimen, trip.begins - LOOK_BACK, last)
        gaps = dict(_gaps(slots))
        found += [
            Intake(
                slot=slot,
                day=day,
                due_ms=slot.due_at,
                zone=trip.zone
                if trip.begins <= day <= trip.until
                else household.patients[trip.patient].timezone,
                gap_ms=gaps.get(slot.slot),
                usual_ms=usual.get(slot.slot),
            )
            for slot in slots
            if (day := date.fromisoformat(slot.slot.split("/")[1])) >= trip.begins - ONE_DAY
        ]
    return sorted(found, key=lambda one: (one.day, one.due_ms, one.slot.slot))


def overtaken(before: Household, after: Household, patient: str, now_ms: int, today: date) -> str | None:
    """Name the first slot still to come that a change of trips would put into the past."""
    days = today - 2 * ONE_DAY, today + 3 * ONE_DAY
    for regimen in after.regimens_of(patient):
        due = {slot.slot: slot.due_at for slot in slots_between(before, regimen, *days)}
        for slot in slots_between(after, regimen, *days):
            if slot.due_at < now_ms < due.get(slot.slot, now_ms):
                return slot.slot
    return None


def _last_day(household: Household, trip: Trip) -> date:
    following = [
        one.begins for one in household.trips if one.patient == trip.patient and one.begins > trip.until
    ]
    limit = min(following, default=trip.until + REACH)
    moved = [
        day
        for regimen in household.regimens_of(trip.patient)[:1]
        for _, day, _ in journey_near(household, regimen, trip.begins, trip.until).moved
        if day < limit
    ]
    return min(max([trip.until, *moved]) + ONE_DAY, limit)


def _gaps(slots: Sequence[SlotRecord]) -> Iterator[tuple[str, int]]:
    for before, slot in pairwise(slots):
        yield slot.slot, slot.due_at - before.due_at
