"""Which dated steps does a prescription have, and can each be taken as it is written?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.people import AsNeeded, Box, Interval, Medicine, Rhythm, Step
from hub.care.schedule import WEEKDAYS, is_rhythm_day
from hub.tables import Table

TIMES_MAX = 24
STEPS_MAX = 400
RHYTHM_DAYS_MAX = 366
INTERVAL_MAX_MS = 72 * HOUR_MS
"""Longer rhythms are counted in days: nobody keeps to the hour what is taken twice a week."""

_KINDS = ("times", "interval", "as_needed")
_NO_RHYTHM = Rhythm()


def read_steps(table: Table, box: Box | None, medicine: Medicine) -> tuple[Step, ...]:
    """Read the dated steps of a regimen, by their first date; they never overlap."""
    tables = table.children("step")
    if not 1 <= len(tables) <= STEPS_MAX:
        raise table.refusal(
            "step", f"is given {len(tables)} times; 1 to {STEPS_MAX} dated steps are possible"
        )
    steps = sorted((_step(step, box, medicine) for step in tables), key=lambda step: step.begins)
    for one, other in pairwise(steps):
        if one.until is None:
            why = f"from {one.begins} goes on for ever; give it an until before {other.begins}"
            raise table.refusal("step", why)
        if other.begins <= one.until:
            why = f"from {one.begins} until {one.until} overlaps the step from {other.begins}"
            raise table.refusal("step", why)
    return tuple(steps)


def read_dates(table: Table) -> tuple[date, date | None]:
    """Read the first and the last date of something, both included."""
    begins = table.day("from")
    until = table.day("until") if table.has("until") else None
    if until is not None and until < begins:
        raise table.refusal("until", f"is {until}, before it begins on {begins}")
    return begins, until


def gaps_ms(step: Step) -> Iterator[tuple[str, int]]:
    """Go through the times of a step, each with how long after it the next is due on an ordinary day."""
    if step.interval is not None:
        yield step.interval.first, step.interval.every_ms
    elif step.times:
        minutes = [int(time[:2]) * 60 + int(time[3:]) for time in step.times]
        for time, (now, then) in zip(step.times, pairwise([*minutes, minutes[0] + 24 * 60]), strict=True):
            yield time, (then - now) * MINUTE_MS


def _step(table: Table, box: Box | None, medicine: Medicine) -> Step:
    table.only(
        "from", "until", *_KINDS, "compartments", "weekdays", "every", "cycle", "by", "why"
    )  # fmt: skip
    begins, until = read_dates(table)
    given = [kind for kind in _KINDS if table.has(kind)]
    if len(given) > 1:
        raise table.refusal(given[1], f"stands beside {given[0]}; a step has one of the two")
    interval = _interval(table.child("interval"), medicine) if table.has("interval") else None
    need = _as_needed(table.child("as_needed"), box, medicine) if table.has("as_needed") else None
    times = {} if interval or need else _times(table.child("times"), table, medicine)
    rhythm = _rhythm(table)
    if rhythm != _NO_RHYTHM and not times:
        raise table.refusal(given[0], "has no days of its own; weekdays, every and cycle belong to times")
    _refuse_empty_rhythm(table, rhythm, begins, until)
    return Step(
        begins=begins,
        until=until,
        times=times,
        compartments=_compartments(table, box, [interval.first] if interval else list(times)),
        rhythm=rhythm,
        interval=interval,
        as_needed=need,
        by=table.text("by") if table.has("by") else "",
        why=table.text("why") if table.has("why") else "",
    )


def _times(times: Table, table: Table, medicine: Medicine) -> dict[str, float]:
    found = {times.time_key(time): _tablets(times, time, medicine) for time in sorted(times.content)}
    if not 1 <= len(found) <= TIMES_MAX:
        raise table.refusal("times", f"has {len(found)} times of the day; 1 to {TIMES_MAX} are possible")
    return found


def _interval(table: Table, medicine: Medicine) -> Interval:
    table.only("first", "every", "amount")
    return Interval(
        first=table.time("first"),
        every_ms=table.span_ms("every", HOUR_MS, INTERVAL_MAX_MS),
        amount=_tablets(table, "amount", medicine),
    )


def _as_needed(table: Table, box: Box | None, medicine: Medicine) -> AsNeeded:
    table.only("amount", "least_gap", "most_a_day", "reason", "compartment")
    amount = _tablets(table, "amount", medicine)
    most = table.number("most_a_day", 0.125, 100)
    if most < amount:
        raise table.refusal("most_a_day", f"is {most:g}, less than the {amount:g} of one time")
    place = None
    if table.has("compartment"):
        if box is None:
            raise table.refusal("compartment", "is given, but the regimen names no box")
        place = table.known(
            "compartment", table.slug("compartment"), box.compartments, f"a compartment of box {box.id!r}"
        )
    return AsNeeded(
        amount=amount,
        least_gap_ms=table.span_ms("least_gap", MINUTE_MS, 7 * DAY_MS),
        most_a_day=most,
        reason=table.text("reason"),
        compartment=place,
    )


def _rhythm(table: Table) -> Rhythm:
    weekdays: tuple[str, ...] = ()
    if table.has("weekdays"):
        listed = table.listed("weekdays")
        chosen = {listed.choice(place, WEEKDAYS) for place in listed.content}
        if not chosen:
            raise table.refusal("weekdays", "is empty")
        weekdays = tuple(day for day in WEEKDAYS if day in chosen)
    every_ms = table.span_ms("every", DAY_MS, RHYTHM_DAYS_MAX * DAY_MS) if table.has("every") else None
    if every_ms is not None and every_ms % DAY_MS:
        raise table.refusal("every", "is not a whole number of days such as 2d; hours belong to an interval")
    cycle = None
    if table.has("cycle"):
        days = table.child("cycle").only("on", "off")
        cycle = days.whole("on", 1, RHYTHM_DAYS_MAX), days.whole("off", 1, RHYTHM_DAYS_MAX)
    every = None if every_ms is None else every_ms // DAY_MS
    return Rhythm(weekdays=weekdays, every_days=every, cycle=cycle)


def _refuse_empty_rhythm(table: Table, rhythm: Rhythm, begins: date, until: date | None) -> None:
    if rhythm == _NO_RHYTHM:
        return
    tried = 7 * (rhythm.every_days or 1) if rhythm.cycle is None else 7 * RHYTHM_DAYS_MAX
    last = begins + timedelta(days=tried)
    last = last if until is None else min(last, until)
    days = (date.fromordinal(number) for number in range(begins.toordinal(), last.toordinal() + 1))
    if not any(is_rhythm_day(rhythm, begins, day) for day in days):
        key = "weekdays" if rhythm.weekdays else "cycle"
        raise table.refusal(key, "leaves no day of this step on which there is anything to take")


def _compartments(table: Table, box: Box | None, times: list[str]) -> dict[str, str]:
    if not table.has("compartments"):
        if times and box is not None and box.layout is None:
            raise table.refusal("compartments", _unsaid(times[0], box))
        return {}
    if box is None:
        raise table.refusal("compartments", "is given, but the regimen names no box")
    places = table.child("compartments")
    for time in places.content:
        places.known_key(time, times, "a time of this step")
        places.known(time, places.slug(time), box.compartments, f"a compartment of box {box.id!r}")
    missing = [time for time in times if time not in places.content]
    if missing and box.layout is None:
        raise table.refusal("compartments", _unsaid(missing[0], box))
    return dict(sorted(places.content.items()))


def _unsaid(time: str, box: Box) -> str:
    return f"does not say where {time} lies; box {box.id!r} lists its compartments"


def _tablets(times: Table, time: str, medicine: Medicine) -> float:
    amount = times.number(time, 0.125, 100)
    if amount % medicine.smallest_part:
        part = f"{medicine.smallest_part:g} tablet"
        raise times.refusal(time, f"is {amount:g}, but {medicine.id} comes in steps of {part}")
    return amount
