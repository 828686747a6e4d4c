"""What does a changed prescription say, and what is different on which day?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from controller.wire.naming import DAYS, lid_words
from hub.care.ledger import SlotRecord
from hub.care.people import Hold, Household, Regimen, Rhythm, Step
from hub.care.regimens.amounts import amount_words
from hub.care.regimens.changing import covers
from hub.care.schedule import ONE_DAY, WEEKDAYS, slots_of_day

SHOWN_BEFORE = timedelta(days=1)
SHOWN_AFTER = timedelta(days=6)
"""A week from each seam, so that a rhythm of weekdays is seen once."""

FILLED_DAYS = 7
YEARLESS = timedelta(days=180)
"""A date nearer than this has the same name in no other year that somebody could mean."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChange:
    """What is to be taken on one date, before and after a change."""

    day: date
    before: str
    after: str

    @property
    def is_different(self) -> bool:
        """Whether anything changes on this date."""
        return self.before != self.after


def read_back(steps: Iterable[Step], today: date) -> str:
    """Say a change as one question, as it is read back to whoever ordered it."""
    said = "; ".join(f"from {day_words(step.begins, today)}: {_taken(step)}" for step in steps)
    return f"{said}; is that right?"


def day_words(day: date, today: date | None = None) -> str:
    """Name a date with its weekday: `Monday 7 December`; with its year where it is far from today.

    A slip of the year was read back as the date that was meant.
    """
    year = "" if today is None or abs(day - today) < YEARLESS else f" {day.year}"
    return f"{DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}{year}"


def day_changes(household: Household, old: Regimen, new: Regimen, seams: Iterable[date]) -> list[DayChange]:
    """Compare two versions of a regimen day by day around each seam; days without a difference are in it."""
    days = {
        seam + timedelta(days=n) for seam in seams for n in range(-SHOWN_BEFORE.days, SHOWN_AFTER.days + 1)
    }
    return [
        DayChange(day=day, before=_day(household, old, day), after=_day(household, new, day))
        for day in sorted(days)
    ]


def no_longer(old: Regimen, new: Regimen) -> list[str]:
    """Name each dated step that a change takes out: most begin after the days that are shown one by one."""
    kept = [_taken_alike(step) for step in new.steps]
    gone = [step for step in old.steps if _taken_alike(step) not in kept]
    return [f"from {day_words(step.begins)}: {_taken(step)}" for step in gone]


def to_empty(household: Household, regimen: Regimen, hold: Hold, today: date) -> list[str]:
    """Name the lids under which held tablets may lie already: those of the coming week, in their order.

    What is due after that week is not laid in yet: its lids hold doses that are still to be taken.
    """
    return list(dict.fromkeys(_lids(household, regimen, hold, today)))


def _lids(household: Household, regimen: Regimen, hold: Hold, today: date) -> Iterator[str]:
    for number in range(FILLED_DAYS):
        day = today + number * ONE_DAY
        if covers(hold, day):
            for slot in slots_of_day(household, regimen, day):
                if slot.compartment and slot.status != "held":
                    yield lid_words(slot.compartment) or slot.compartment


def _taken_alike(step: Step) -> Step:
    return replace(step, until=None, compartments={}, by="", why="")


def _taken(step: Step) -> str:
    if not step.times:
        return "at an interval" if step.interval else "as needed"
    parts = [f"{amount_words(amount)} at {time}" for time, amount in step.times.items()]
    return f"{_joined(parts)}{_rhythm(step.rhythm)}"


def _joined(parts: list[str]) -> str:
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _rhythm(rhythm: Rhythm) -> str:
    names = [DAYS[WEEKDAYS.index(day)] for day in rhythm.weekdays]
    on = f", only on {_joined(names)}" if names else ""
    every = "" if rhythm.every_days is None else f", every {rhythm.every_days} days"
    cycle = "" if rhythm.cycle is None else f", {rhythm.cycle[0]} days on and {rhythm.cycle[1]} days off"
    return on + every + cycle


def _day(household: Household, regimen: Regimen, day: date) -> str:
    return ", ".join(_slot(slot) for slot in slots_of_day(household, regimen, day)) or "nothing"


def _slot(slot: SlotRecord) -> str:
    amount = amount_words(sum(part.amount for part in slot.amounts))
    return f"{slot.slot[-5:]} {amount}{' (on hold)' if slot.status == 'held' else ''}"
