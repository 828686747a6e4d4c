"""When is each dose due on a trip, so that none is lost or doubled and no two come too close?

The doses of a patient are gone through in the order of home. One that would come too soon after the one
before waits, and those after it return to their own times as fast as the gaps allow. What is due at one time
of the day stays together, because it may lie under one lid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from controller.wire.instants import DAY_MS, SECOND_MS
from hub.care.people import Trip
from hub.care.travelling.offsets import last_day_away, lived_instant

LOOK_BACK = timedelta(days=10)
"""The dose before the first one abroad; a least gap is a week at most."""

REACH = timedelta(days=150)
"""After the last date of a trip everything is as at home: the longest way back is 64 days, then the tail."""

_WEEK = timedelta(days=8)
"""Whoever has nothing to take for so long comes back without being held up: a least gap is a week at most."""

_TAILS = (_WEEK, timedelta(days=60))

_NEVER_MET_MS = 3 * DAY_MS
"""So far apart no two windows meet: each ends within a day and a half of its due time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One slot as it is at home. `is_timed`: by the clock on the wall, not so many hours after another.

    `lid` is the compartment with its box, empty where nothing lies in a box that day.
    """

    regimen: str
    day: date
    time: str
    home_ms: int
    is_timed: bool
    lid: str
    least_gap_ms: int

    @property
    def key(self) -> tuple[str, date, str]:
        """What names the slot."""
        return self.regimen, self.day, self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where a slot lies on a trip; its window stays within the bounds, where there are any."""

    due_ms: int
    opens_from_ms: int | None = None
    closes_by_ms: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Journey:
    """Trips that follow each other, with every slot that is not as at home. Hashed by identity.

    `astray` names the regimens that would not be back at their own times in the days that are looked at.
    """

    trips: tuple[Trip, ...] = ()
    moved: Mapping[tuple[str, date, str], Moved] = field(default_factory=dict)
    astray: frozenset[str] = frozenset()

    def is_without_box(self, day: date) -> bool:
        """Tell whether the box stays at home on a date."""
        return any(not trip.with_box and trip.begins <= day <= trip.until for trip in self.trips)


def trips_near(trips: Iterable[Trip], patient: str, first: date, last: date) -> tuple[Trip, ...]:
    """Return the trips of a patient that can matter to some days, with those that lead into them."""
    runs: list[list[Trip]] = []
    for trip in sorted((one for one in trips if one.patient == patient), key=lambda one: one.begins):
        if runs and trip.begins - LOOK_BACK <= runs[-1][-1].until + REACH:
            runs[-1].append(trip)
        else:
            runs.append([trip])
    near = [run for run in runs if run[0].begins - LOOK_BACK <= last and first <= run[-1].until + REACH]
    return tuple(trip for run in near for trip in run)


def journey(home: str, trips: tuple[Trip, ...], doses_of: Callable[[date], Iterable[Dose]]) -> Journey:
    """Move the doses of a patient through their trips; `doses_of` gives all of a date as they are at home.

    The same trips and doses give the same answer, whichever dates are asked for later.
    """
    first, last = trips[0].begins - LOOK_BACK, last_day_away(home, trips)
    for tail in _TAILS:
        days = range(first.toordinal(), (last + tail).toordinal() + 1)
        walk = _Walk(home, trips)
        doses = (dose for day in days for dose in doses_of(date.fromordinal(day)))
        for _, moment in groupby(sorted(doses, key=_order), key=_together):
            walk.take(list(moment))
        astray = walk.astray(after=last + tail - _WEEK)
        if not astray:
            break
    return Journey(trips, walk.moved, astray)


def _order(dose: Dose) -> tuple[int, date, str, bool, str]:
    return dose.home_ms, dose.day, dose.time, dose.is_timed, dose.regimen


def _together(dose: Dose) -> tuple[int, date, str, str]:
    # What is taken every so many hours keeps them, also where it once meets a time of the day.
    return dose.home_ms, dose.day, dose.time, "" if dose.is_timed else dose.regimen


@dataclass(frozen=True, slots=True)
class _Last:
    """The newest doses of one regimen or one lid."""

    due_ms: int
    home_ms: int
    doses: tuple[Dose, ...]


class _Walk:
    """Doses being moved, one time of the day after the other."""

    __slots__ = ("_home", "_lids", "_regimens", "_trips", "moved")

    def __init__(self, home: str, trips: tuple[Trip, ...]) -> None:
        self._home = home
        self._trips = trips
        self._regimens: dict[str, _Last] = {}
        self._lids: dict[str, _Last] = {}
        self.moved: dict[tuple[str, date, str], Moved] = {}

    def take(self, moment: list[Dose]) -> None:
        """Find the instant of what is due together, and note what that narrows."""
        one = moment[0]
        due_ms = one.home_ms
        if one.is_timed:
            due_ms = lived_instant(self._home, self._trips, one.day, one.time)
        for dose in moment:
            due_ms = max(due_ms, self._not_before(dose))
        if due_ms != one.home_ms:
            self.moved.update({dose.key: Moved(due_ms=due_ms) for dose in moment})
        regimens = {dose.regimen: (dose,) for dose in moment}
        lids = {lid: tuple(dose for dose in moment if dose.lid == lid) for lid in {one.lid for one in moment}}
        lids.pop("", None)
        for known, found in ((self._regimens, regimens), (self._lids, lids)):
            for name, doses in found.items():
                now = _Last(due_ms, one.home_ms, doses)
                if name in known:
                    self._narrow(known[name], now)
                known[name] = now

    def astray(self, *, after: date) -> frozenset[str]:
        """Return the regimens whose newest dose after a date is not where it is at home."""
        return frozenset(
            name
            for name, last in self._regimens.items()
            if last.due_ms != last.home_ms and last.doses[0].day > after
        )

    def _not_before(self, dose: Dose) -> int:
        last = self._regimens.get(dose.regimen)
        earliest = 0 if last is None else last.due_ms + least_gap(last.home_ms, dose)
        lid = self._lids.get(dose.lid) if dose.is_timed else None
        if lid is not None:
            earliest = max(earliest, lid.due_ms + (dose.home_ms - lid.home_ms) // 2)
        return earliest

    def _narrow(self, last: _Last, now: _Last) -> None:
        """Part the windows of two slots that have come closer than they are at home."""
        gap_ms = now.due_ms - last.due_ms
        if not 0 < gap_ms < min(now.home_ms - last.home_ms, _NEVER_MET_MS):
            return
        middle_ms = last.due_ms + gap_ms // 2
        for dose in last.doses:
            known = self.moved.get(dose.key, Moved(due_ms=last.due_ms))
            closes_ms = middle_ms if known.closes_by_ms is None else min(known.closes_by_ms, middle_ms)
            self.moved[dose.key] = replace(known, closes_by_ms=closes_ms)
        for dose in now.doses:
            known = self.moved.get(dose.key, Moved(due_ms=now.due_ms))
            opens_ms = max(known.opens_from_ms or 0, middle_ms + SECOND_MS)
            self.moved[dose.key] = replace(known, opens_from_ms=opens_ms)


def least_gap(last_home_ms: int, dose: Dose) -> int:
    """Return how long after the dose before it of its regimen a dose must wait.

    Half of what lies between them at home, or the least gap of its window where that is more; never more
    than at home.
    """
    usual_ms = dose.home_ms - last_home_ms
    return min(usual_ms, max(usual_ms // 2, dose.least_gap_ms))
