"""By when must a medicine be ordered, so that it is there before the last tablet is gone?

On a working day a pharmacy works on an order; somebody can order and fetch only on a working day on which
they are at home. Which days are holidays is an argument: a calendar is no business of the core.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from hub.care.people import Away, Household
from hub.care.schedule import ONE_DAY
from hub.care.supplying.forecast import Forecast

LEAD_DAYS = 2
"""From asking to having, in working days, where the home has not said."""
SATURDAY = 5
LOOKED_BACK_DAYS = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """On which days nobody works, and on which nobody of the home can fetch anything."""

    holidays: frozenset[date] = frozenset()
    away: tuple[Away, ...] = ()

    def is_working(self, day: date) -> bool:
        """Tell whether a pharmacy or a surgery works on a day."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def can_fetch(self, day: date) -> bool:
        """Tell whether somebody of the home can order or fetch on a day."""
        return self.is_working(day) and not any(gone.begins <= day <= gone.until for gone in self.away)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """The last safe dates. `is_prescription_needed`: no refill is left, so the doctor must be asked first.

    `early_days` is how many days of the time before the run-out are lost to days when nothing can be had,
    weekends aside: holidays and absences.
    """

    order_by: date
    fetch_by: date
    is_prescription_needed: bool
    early_days: int = 0


def closed_days(household: Household, patient: str, holidays: Collection[date]) -> Closed:
    """Gather when nothing can be fetched: holidays, absences of the home, and the patient's own journeys."""
    trips = tuple(
        Away(begins=trip.begins, until=trip.until, why="a journey")
        for trip in household.trips
        if trip.patient == patient
    )
    return Closed(holidays=frozenset(holidays), away=(*household.away, *trips))


def ordering(
    found: Forecast, closed: Closed, *, lead_days: int | None, refills_left: int | None
) -> Ordering | None:
    """Return by when to order; `None` where nothing runs out."""
    if found.run_out is None:
        return None
    lead = LEAD_DAYS if lead_days is None else lead_days
    fetch_by, order_by = last_safe_days(found.run_out, lead, closed)
    _, plain = last_safe_days(found.run_out, lead, Closed())
    return Ordering(
        order_by=order_by,
        fetch_by=fetch_by,
        is_prescription_needed=refills_left == 0,
        early_days=(plain - order_by).days,
    )


def last_safe_days(run_out: date, lead_days: int, closed: Closed) -> tuple[date, date]:
    """Return the last day to fetch before the first date not covered, and the last to order for it."""
    fetch_by = next((day for day in _before(run_out) if closed.can_fetch(day)), run_out)
    if lead_days == 0:
        return fetch_by, fetch_by
    passed = 0
    for day in _before(fetch_by):
        passed += closed.is_working(day)
        if passed >= lead_days and closed.can_fetch(day):
            return fetch_by, day
    return fetch_by, run_out - LOOKED_BACK_DAYS * ONE_DAY


def _before(day: date) -> Iterator[date]:
    for _ in range(LOOKED_BACK_DAYS):
        day -= ONE_DAY
        yield day
