"""Which slots does a regimen have on which day, and at which instants?

Times are wall clock in the patient's zone. A time that the clocks jump over in spring is shifted forward
by the jump (02:30 becomes 03:30); a time that comes twice in autumn counts the first time only. So every
(regimen, date, time) is exactly one slot at exactly one instant, on days of 23, 24, 24.5 and 25 hours.
An interval knows no wall clock: so many hours pass between two of its slots, and what the clocks show then
only names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from controller.wire.instants import DAY_MS
from controller.wire.plan import Amount
from hub.care.layouts import WEEKDAYS, place
from hub.care.ledger import SlotRecord
from hub.care.people import Hold, Household, Interval, Regimen, Rhythm, Step, Trip, Window
from hub.care.travelling.moving import LOOK_BACK, REACH, Dose, Journey, journey, trips_near
from hub.care.wall_clock import ONE_DAY, care_day, local_instant, local_time

__all__ = [
    "ONE_DAY", "WEEKDAYS", "care_day", "is_held", "is_rhythm_day", "journey_near", "local_instant",
    "local_time", "slots_between", "slots_of_day",
]  # fmt: skip

AT_HOME = Journey()


def slots_of_day(household: Household, regimen: Regimen, day: date) -> tuple[SlotRecord, ...]:
    """Return the slots of one local date, by due time."""
    return slots_between(household, regimen, day, day)


def slots_between(household: Household, regimen: Regimen, first: date, last: date) -> tuple[SlotRecord, ...]:
    """Return the slots of the local dates `first` to `last`, both included, by due time.

    What lies in no box has neither box nor compartment. A slot on a date that a hold covers has the
    status `held`; it exists all the same, so that the record can say why nothing was taken.
    """
    table = _table(household, regimen, first, last, journey_near(household, regimen, first, last))
    found = [
        slot
        for number in range(first.toordinal(), last.toordinal() + 1)
        for slot in _slots(table, date.fromordinal(number))
    ]
    # A gap can shift a time past the next one, so dates and times in order are not instants in order.
    return tuple(sorted(found, key=lambda slot: (slot.due_at, slot.slot)))


def journey_near(household: Household, regimen: Regimen, first: date, last: date) -> Journey:
    """Return the trips that matter to a regimen on some days, with all that they move.

    All regimens of the patient travel together; the one that is asked about may differ from the household's.
    """
    trips = trips_near(household.trips, regimen.patient, first, last) if household.trips else ()
    if not trips:
        return AT_HOME
    own = {one.id: one for one in household.regimens_of(regimen.patient)} | {regimen.id: regimen}
    since, until = trips[0].begins - LOOK_BACK, trips[-1].until + REACH
    tables = tuple(_table(household, one, since, until, AT_HOME) for one in own.values())
    return _travelled(household.patients[regimen.patient].timezone, trips, tables)


def _table(household: Household, regimen: Regimen, first: date, last: date, journey: Journey) -> _Timetable:
    return _timetable(
        household.patients[regimen.patient].timezone,
        regimen.id,
        regimen.patient,
        regimen.box or "",
        _layout(household, regimen),
        regimen.medicine,
        regimen.window,
        regimen.remind_ms,
        tuple(_dated(step) for step in regimen.steps if _is_near(step.begins, step.until, first, last)),
        tuple(hold for hold in regimen.holds if _is_near(hold.begins, hold.until, first, last)),
        journey,
    )


def _layout(household: Household, regimen: Regimen) -> str:
    """Return the layout by which times are placed; a box that lists its compartments is told each place."""
    box = household.boxes.get(regimen.box or "")
    return "7x2" if box is None or box.layout is None else box.layout


def _is_near(begins: date, until: date | None, first: date, last: date) -> bool:
    """Say whether a dated part can matter to these days; of years of others nothing need be looked at.

    Half the interval to the next slot looks a day beyond each end.
    """
    return begins <= last + ONE_DAY and (until is None or first - ONE_DAY <= until)


def is_rhythm_day(rhythm: Rhythm, begins: date, day: date) -> bool:
    """Tell whether a rhythm that is counted from `begins` has something to take on a date."""
    passed = (day - begins).days
    if rhythm.weekdays and WEEKDAYS[day.weekday()] not in rhythm.weekdays:
        return False
    if rhythm.every_days is not None and passed % rhythm.every_days:
        return False
    return rhythm.cycle is None or passed % sum(rhythm.cycle) < rhythm.cycle[0]


def is_held(holds: tuple[Hold, ...], day: date) -> bool:
    """Tell whether somebody has ordered a pause that covers this local date."""
    return any(hold.begins <= day and (hold.until is None or day <= hold.until) for hold in holds)


@dataclass(frozen=True, slots=True)
class _Dated:
    """What of a step decides its slots, hashable."""

    begins: date
    until: date | None
    times: tuple[tuple[str, float], ...]
    compartments: tuple[tuple[str, str], ...]
    rhythm: Rhythm
    interval: Interval | None


def _dated(step: Step) -> _Dated:
    times, compartments = tuple(step.times.items()), tuple(step.compartments.items())
    return _Dated(step.begins, step.until, times, compartments, step.rhythm, step.interval)


@dataclass(frozen=True, slots=True, eq=False)
class _Timetable:
    """A regimen in its zone. It is hashed by identity: `_timetable` returns the same one for the same facts.

    Planning asks for nearly the same days again every day and after every change: 14 days of three
    regimens take 600 us to make and 25 us to remember.
    """

    zone: str
    regimen: str
    patient: str
    box: str
    layout: str
    medicine: str
    window: Window
    remind_ms: tuple[int, ...]
    steps: tuple[_Dated, ...]
    holds: tuple[Hold, ...]
    journey: Journey


_timetable = lru_cache(maxsize=1_024)(_Timetable)


@dataclass(frozen=True, slots=True)
class _Intake:
    """One time of one date of a regimen."""

    due_ms: int
    time: str
    amount: float
    compartment: str
    is_timed: bool
    opens_from_ms: int | None = None
    closes_by_ms: int | None = None


@lru_cache(maxsize=256)
def _travelled(zone: str, trips: tuple[Trip, ...], tables: tuple[_Timetable, ...]) -> Journey:
    away = Journey(trips)

    def doses(day: date) -> Iterator[Dose]:
        for table in tables:
            in_box = table.box and not away.is_without_box(day)
            for one in _intakes(table, day):
                yield Dose(
                    regimen=table.regimen,
                    day=day,
                    time=one.time,
                    home_ms=one.due_ms,
                    is_timed=one.is_timed,
                    lid=f"{table.box}/{one.compartment}" if in_box else "",
                    least_gap_ms=table.window.least_gap_ms,
                )

    return journey(zone, trips, doses)


@lru_cache(maxsize=16_384)
def _intakes(table: _Timetable, day: date) -> tuple[_Intake, ...]:
    """Return what is due on one local date, in no order."""
    return tuple(
        intake if table.journey is AT_HOME else _away(table, day, intake)
        for step in table.steps
        if step.begins <= day and (step.until is None or day <= step.until)
        for intake in (
            _timed(table, step, day) if step.interval is None else _spaced(table, step, step.interval, day)
        )
    )


def _away(table: _Timetable, day: date, intake: _Intake) -> _Intake:
    if table.journey.is_without_box(day):
        intake = replace(intake, compartment="")
    moved = table.journey.moved.get((table.regimen, day, intake.time))
    if moved is None:
        return intake
    return replace(
        intake, due_ms=moved.due_ms, opens_from_ms=moved.opens_from_ms, closes_by_ms=moved.closes_by_ms
    )


def _timed(table: _Timetable, step: _Dated, day: date) -> Iterator[_Intake]:
    if is_rhythm_day(step.rhythm, step.begins, day):
        places = dict(step.compartments)
        for time, amount in step.times:
            where = places.get(time) or _compartment_of_week(table, day, time)
            yield _Intake(local_instant(table.zone, day, time), time, amount, where, is_timed=True)


def _spaced(table: _Timetable, step: _Dated, interval: Interval, day: date) -> Iterator[_Intake]:
    first_ms = local_instant(table.zone, step.begins, interval.first)
    named = dict(step.compartments).get(interval.first)
    from_ms = local_instant(table.zone, day, "00:00")
    number = max(0, -(-(from_ms - first_ms) // interval.every_ms))
    while True:
        due_ms = first_ms + number * interval.every_ms
        shown = local_time(table.zone, due_ms)
        if shown.date() > day:
            return
        if shown.date() == day:
            time = f"{shown:%H:%M}"
            where = named or _compartment_of_week(table, day, time)
            yield _Intake(due_ms, time, interval.amount, where, is_timed=False)
        number += 1


def _compartment_of_week(table: _Timetable, day: date, time: str) -> str:
    return "" if not table.box else place(table.layout, day.weekday(), time)


@lru_cache(maxsize=16_384)
def _slots(table: _Timetable, day: date) -> tuple[SlotRecord, ...]:
    return tuple(_slot(table, day, intake) for intake in _intakes(table, day))


def _slot(table: _Timetable, day: date, intake: _Intake) -> SlotRecord:
    due_ms = intake.due_ms
    opens_ms = max(due_ms + table.window.opens_ms, intake.opens_from_ms or 0)
    after_due_ms = table.window.closes_ms
    if after_due_ms is None:
        after_due_ms = _interval_ms(table, day, due_ms) // 2
    closes_ms = due_ms + after_due_ms
    if intake.closes_by_ms is not None:
        closes_ms = min(closes_ms, intake.closes_by_ms)
    reminds = [due_ms + remind_ms for remind_ms in table.remind_ms]
    return SlotRecord(
        patient=table.patient,
        slot=f"{table.regimen}/{day.isoformat()}/{intake.time}",
        regimen=table.regimen,
        box=table.box if intake.compartment else "",
        compartment=intake.compartment,
        opens_at=opens_ms,
        due_at=due_ms,
        # A day that the clocks shorten can close a window earlier than the household file foresaw.
        late_at=min(due_ms + table.window.late_ms, closes_ms),
        closes_at=closes_ms,
        remind_at=tuple([at for at in reminds if opens_ms <= at <= closes_ms]),
        amounts=(Amount(medicine=table.medicine, amount=intake.amount),),
        status="held" if is_held(table.holds, day) else "planned",
    )


def _interval_ms(table: _Timetable, day: date, due_ms: int) -> int:
    """Return the elapsed time to the regimen's next due instant.

    Where neither this date nor the next has one (the regimen ends, or rests between two steps) it is the
    time since the one before, else a day: half of a rest of weeks would keep a window open for days.
    """
    near = [
        intake.due_ms
        for near_day in (day - ONE_DAY, day, day + ONE_DAY)
        for intake in _intakes(table, near_day)
    ]
    later = min((at for at in near if at > due_ms), default=None)
    if later is not None:
        return later - due_ms
    earlier = max((at for at in near if at < due_ms), default=None)
    return DAY_MS if earlier is None else due_ms - earlier
