"""By which clocks does a traveller live on each day, and at which instant is a time of the day due there?

The box never changes its zone by itself: a trip is entered, with its dates. Clocks are described by how far
they are ahead of UTC; a shift moves that by a step a day, so that it never jumps, whatever the clocks at
home or abroad do meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import zip_longest

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.people import Trip
from hub.care.wall_clock import ONE_DAY, local_instant

SHIFT_MIN_MS = 15 * MINUTE_MS
SHIFT_MAX_MS = 4 * HOUR_MS
DAYS_MAX = 400

LATER_MAX_MS = 12 * HOUR_MS
EARLIER_MAX_MS = 14 * HOUR_MS
"""Between these a slot keeps its date abroad. Beyond them, over the date line, the calendar there is a whole
day off: the same date would leave a day without any dose, or bring two days' doses into one."""

_NOON = "12:00"
_EPOCH = date(1970, 1, 1).toordinal()


def lived_instant(home: str, trips: tuple[Trip, ...], day: date, time: str) -> int:
    """Return when a time of a nominal date is due by the clocks the patient lives by.

    `trips` are those of one patient, by date. How close that is to the dose before is not asked here.
    """
    ahead_ms = offsets(home, trips, time).get(day)
    return local_instant(home, day, time) if ahead_ms is None else _read_ms(day, time) - ahead_ms


def zone_on(home: str, trips: Iterable[Trip], patient: str, day: date) -> str:
    """Return by which zone's clocks a patient is told the time on a date: home's, unless they moved."""
    away = (trip.zone for trip in trips if trip.patient == patient and trip.begins <= day <= trip.until
            if trip.policy != "home")  # fmt: skip
    return next(away, home)


@lru_cache(maxsize=4_096)
def offsets(home: str, trips: tuple[Trip, ...], time: str) -> Mapping[date, int]:
    """Return how far ahead of UTC the clocks are by which a time is read, for each day away from home.

    The days of a trip, and those after it on which the way back is not finished; all others are as at home.
    """
    found: dict[date, int] = {}
    step_ms: int | None = None
    for trip, following in zip_longest(trips, trips[1:]):
        if trip.policy != "home":
            step_ms = trip.shift_ms if trip.policy == "shift" else None
        days_off = _days_off(home, trip)
        for day in _days(trip.begins, trip.until):
            before_ms = _before(found, home, day, time)
            aim_ms = _ahead_ms(home, day, time)
            if trip.policy != "home":
                aim_ms = _ahead_ms(trip.zone, day, time, days_off)
            elif before_ms == _ahead_ms(home, day - ONE_DAY, time):
                step_ms = None
            found[day] = _nearer(before_ms, aim_ms, step_ms)
        day = trip.until + ONE_DAY
        while step_ms is not None and (following is None or day < following.begins):
            home_ms, before_ms = _ahead_ms(home, day, time), _before(found, home, day, time)
            if before_ms == home_ms:
                break
            found[day] = _nearer(before_ms, home_ms, step_ms)
            day += ONE_DAY
        if following is not None and day < following.begins:
            step_ms = None
    return found


def last_day_away(home: str, trips: tuple[Trip, ...]) -> date:
    """Return the last date on which a time of the day may not be as at home."""
    # Another time of that day may see a change of the clocks a day earlier or later than noon.
    return max((trips[-1].until, *offsets(home, trips, _NOON))) + ONE_DAY


def _days(first: date, last: date) -> Iterable[date]:
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


def _days_off(home: str, trip: Trip) -> int:
    # Once for the whole trip: a change of the clocks on the way must not swap the dates.
    later_ms = local_instant(trip.zone, trip.begins, _NOON) - local_instant(home, trip.begins, _NOON)
    return -1 if later_ms > LATER_MAX_MS else 1 if later_ms < -EARLIER_MAX_MS else 0


def _read_ms(day: date, time: str) -> int:
    return (day.toordinal() - _EPOCH) * DAY_MS + int(time[:2]) * HOUR_MS + int(time[3:]) * MINUTE_MS


def _ahead_ms(zone: str, day: date, time: str, days_off: int = 0) -> int:
    return _read_ms(day, time) - local_instant(zone, day + days_off * ONE_DAY, time)


def _before(found: Mapping[date, int], home: str, day: date, time: str) -> int:
    known = found.get(day - ONE_DAY)
    return _ahead_ms(home, day - ONE_DAY, time) if known is None else known


def _nearer(from_ms: int, aim_ms: int, step_ms: int | None) -> int:
    if step_ms is None:
        return aim_ms
    return from_ms + max(-step_ms, min(step_ms, aim_ms - from_ms))
