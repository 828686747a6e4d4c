"""What goes into each compartment for the coming week, and how many tablets must be halved for it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.care.people import Household
from hub.care.schedule import ONE_DAY, slots_between
from hub.care.supplying.stock import EIGHTHS, eighths_of, tablets_of

FILLED_DAYS = 7
"""A worksheet is for a week: after it every compartment of a week's box would be due a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What goes into one compartment of one regimen, for the intake of a date."""

    compartment: str
    regimen: str
    medicine: str
    eighths: int
    day: date

    @property
    def is_parted(self) -> bool:
        """Whether a part of a tablet is among it."""
        return self.eighths % EIGHTHS != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What a whole worksheet needs of one medicine; `to_halve` tablets must be cut for its halves.

    `odd_parts` counts the portions with parts other than halves.
    """

    medicine: str
    eighths: int
    to_halve: int
    odd_parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """A week of one box, compartment by compartment in the order of the box."""

    box: str
    first: date
    last: date
    portions: tuple[Portion, ...] = ()
    totals: tuple[Total, ...] = field(default=())

    def contents(self, compartments: Iterable[str]) -> Mapping[str, Mapping[str, float]]:
        """Return what goes into some compartments, as a fill records it; empty ones are left out."""
        wanted = set(compartments)
        found: dict[str, dict[str, int]] = {}
        for portion in self.portions:
            if portion.compartment in wanted:
                lying = found.setdefault(portion.compartment, {})
                lying[portion.regimen] = lying.get(portion.regimen, 0) + portion.eighths
        return {
            name: {regimen: tablets_of(eighths) for regimen, eighths in lying.items()}
            for name, lying in found.items()
        }


def worksheet(household: Household, box: str, first: date) -> Worksheet:
    """Return what goes into a box for a week from a date.

    Nothing is laid in for a dose that is held, nor for one of a trip on which the box stays at home.
    """
    last = first + (FILLED_DAYS - 1) * ONE_DAY
    portions = [
        Portion(
            compartment=slot.compartment,
            regimen=slot.regimen,
            medicine=part.medicine,
            eighths=eighths_of(part.amount),
            day=date.fromisoformat(slot.slot.split("/")[1]),
        )
        for regimen in household.regimens.values()
        if regimen.box == box
        for slot in slots_between(household, regimen, first, last)
        if slot.status != "held" and slot.compartment
        for part in slot.amounts
    ]
    order = {name: number for number, name in enumerate(household.boxes[box].compartments)}
    portions.sort(key=lambda one: (one.day, order.get(one.compartment, len(order)), one.regimen))
    return Worksheet(box=box, first=first, last=last, portions=tuple(portions), totals=_totals(portions))


def _totals(portions: Iterable[Portion]) -> tuple[Total, ...]:
    by_medicine: dict[str, list[int]] = {}
    for portion in portions:
        by_medicine.setdefault(portion.medicine, []).append(portion.eighths)
    return tuple(_total(medicine, amounts) for medicine, amounts in sorted(by_medicine.items()))


def _total(medicine: str, amounts: list[int]) -> Total:
    half = EIGHTHS // 2
    halves = sum(amount % EIGHTHS == half for amount in amounts)
    return Total(
        medicine=medicine,
        eighths=sum(amounts),
        to_halve=(halves + 1) // 2,
        odd_parts=sum(amount % half != 0 for amount in amounts),
    )
