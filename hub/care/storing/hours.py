"""At which hours of the day is the air of a place beyond a limit again and again?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from controller.wire.instants import MINUTE_MS
from controller.wire.plan import Limit
from hub.care.storing.beyond import is_beyond, readings
from hub.care.storing.samples import Sample, Watch
from hub.care.wall_clock import ONE_DAY, local_time

HOURS = 24
PIECE_MS = 15 * MINUTE_MS
"""Every zone is whole quarters of an hour away from UTC, so no piece lies in two local hours."""
SEEN_MS = 30 * MINUTE_MS
"""An hour counts as measured if half of it was."""
SHARE = 1 / 3
"""What happens on fewer of the days is no habit of a place."""
FEWEST_DAYS = 2

HourOfDay = tuple[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """Hours, from `begins` up to `ends`, in which the air was beyond a limit on `days` of `seen_days`.

    Past midnight `ends` is the smaller one, and a day is the one on which the hours begin.
    """

    limit: Limit
    begins: int
    ends: int
    days: int
    seen_days: int


def habits(watch: Watch, limit: Limit, zone: str) -> tuple[Habit, ...]:
    """Find the hours of the day in which a place passes a limit on a third of the days or more."""
    if limit.counts == "mean":
        return ()  # what a whole day came to has no hours
    seen, passed = _hours(watch, limit, zone)
    recurring = [hour for hour in range(HOURS) if _recurs(seen, passed, hour)]
    return tuple(_habit(limit, hours, seen, passed) for hours in _joined(recurring))


def _hours(watch: Watch, limit: Limit, zone: str) -> tuple[set[HourOfDay], set[HourOfDay]]:
    """Return the hours that were measured, and those in half or more of which the limit was passed."""
    seen_ms: Counter[HourOfDay] = Counter()
    beyond_ms: Counter[HourOfDay] = Counter()
    for one in watch.samples:
        found = readings(one, limit)
        for hour, span_ms in _pieces(one, zone) if found is not None else ():
            seen_ms[hour] += span_ms
            if found is not None and is_beyond(found[1], limit):
                beyond_ms[hour] += span_ms
    seen = {hour for hour, span_ms in seen_ms.items() if span_ms >= SEEN_MS}
    return seen, {hour for hour in seen if beyond_ms[hour] * 2 >= seen_ms[hour]}


def _pieces(sample: Sample, zone: str) -> Iterator[tuple[HourOfDay, int]]:
    since = sample.since
    while since < sample.until:
        until = min(sample.until, since - since % PIECE_MS + PIECE_MS)
        then = local_time(zone, since)
        yield (then.date(), then.hour), until - since
        since = until


def _recurs(seen: set[HourOfDay], passed: set[HourOfDay], hour: int) -> bool:
    days = sum(one == hour for _, one in passed)
    return days >= max(FEWEST_DAYS, SHARE * sum(one == hour for _, one in seen))


def _joined(hours: list[int]) -> Iterator[list[int]]:
    """Join hours that follow each other, also those around midnight."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and runs[-1][-1] == hour - 1:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][-1] == HOURS - 1:
        runs[0] = [*runs.pop(), *runs[0]]
    yield from runs


def _habit(limit: Limit, hours: list[int], seen: set[HourOfDay], passed: set[HourOfDay]) -> Habit:
    def days(found: set[HourOfDay]) -> set[date]:
        return {day if hour >= hours[0] else day - ONE_DAY for day, hour in found if hour in hours}

    return Habit(
        limit=limit,
        begins=hours[0],
        ends=(hours[-1] + 1) % HOURS,
        days=len(days(passed)),
        seen_days=len(days(seen)),
    )
