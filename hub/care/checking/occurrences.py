"""Which times of a blood test or appointment are due, moved, done or overdue?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hub.care.appointments import Check
from hub.care.entries import CheckDone, CheckMoved, Entry, in_force

OccurrenceState = Literal["due", "moved", "done", "overdue"]

AHEAD = timedelta(days=60)
"""So far ahead a time is shown, and so much sooner than it is due one can have taken place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time of a check. Key: check, due.

    `due` is its date by the rhythm and never changes; `on` is the date it is set for, or took place on.
    `by` is who said that it was done or moved.
    """

    check: str
    due: date
    on: date
    state: OccurrenceState
    by: str = ""


def occurrences(check: Check, entries: Iterable[Entry], today: date, through: date) -> tuple[Occurrence, ...]:
    """Return every time of a check whose date by the rhythm is not after `through`, in order.

    What was undone does not count. Of several moves the last counts; of several that it was done, the first.
    """
    done: dict[date, Entry] = {}
    moved: dict[date, Entry] = {}
    for entry in in_force(entries):
        fact = entry.fact
        if entry.patient != check.patient:
            continue
        if isinstance(fact, CheckDone) and fact.check == check.id:
            done.setdefault(fact.due, entry)
        elif isinstance(fact, CheckMoved) and fact.check == check.id:
            moved[fact.due] = entry
    return tuple(_judged(check, due, done.get(due), moved.get(due), today) for due in _dates(check, through))


def nearest_open(found: Iterable[Occurrence], on: date) -> Occurrence | None:
    """Return the open time that something done on a day counts for; of two as near, the earlier.

    A blood test taken some days ahead is the one that is coming, not another one.
    """
    still_open = [one for one in found if one.state != "done"]
    return min(still_open, key=lambda one: (abs((one.on - on).days), one.due), default=None)


def _judged(check: Check, due: date, done: Entry | None, moved: Entry | None, today: date) -> Occurrence:
    if done is not None and isinstance(done.fact, CheckDone):
        return Occurrence(check=check.id, due=due, on=done.fact.on, state="done", by=done.by)
    on, by, state = due, "", "due"
    if moved is not None and isinstance(moved.fact, CheckMoved):
        on, by, state = moved.fact.to, moved.by, "moved"
    late = (today - on).days >= max(check.overdue_days, 1)
    settled: OccurrenceState = "overdue" if late else "moved" if state == "moved" else "due"
    return Occurrence(check=check.id, due=due, on=on, state=settled, by=by)


def _dates(check: Check, through: date) -> tuple[date, ...]:
    if check.begins > through:
        return ()
    if check.every_days is None or check.every_days < 1:
        return (check.begins,)
    last = through if check.until is None else min(through, check.until)
    days = range(check.begins.toordinal(), last.toordinal() + 1, check.every_days)
    return tuple(date.fromordinal(day) for day in days)
