"""Which homes live in the world? Drawn from the seed: zones, regimens, windows, holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.care.people import Household
from hub.household import parse_household

ZONES = (
    "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "Europe/Berlin",
    "America/St_Johns", "Pacific/Chatham", "Africa/Casablanca", "America/Santiago",
)  # fmt: skip

TIMES = (
    ("08:00",), ("08:00", "20:00"), ("02:30",), ("01:30",), ("01:30", "13:30"), ("13:30",),
    ("07:15", "19:45"), ("12:15",), ("23:30",),
)  # fmt: skip
"""Mostly once a day, as many begin; times in the hours that a change of the clocks skips or repeats."""


NEEDED = "prn"
GAP_HOURS, MOST = 4, 3
"""The lid of what every second patient takes as needed, and its rule."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the clinic orders for one patient: a hold of some days, or the other times from a day on."""

    patient: int
    day: date
    days: int
    """How long it holds; 0 means: the times change."""


def household_text(
    seed: int, begins: date, boxes: int, orders: Sequence[Order] = (), zones: Sequence[str] = ZONES
) -> str:
    """Write a household of as many patients as boxes, each with one or two regimens."""
    chance = random.Random(seed)
    parts = ['[home]\ncountry = "GB"\n']
    for number in range(boxes):
        own = [one for one in orders if one.patient == number]
        parts += [_patient(chance, number, begins, own, zones)]
    patients = [f"p{number}" for number in range(boxes)]
    wants = ", ".join(f'{patient} = ["dose", "storage", "device", "care"]' for patient in patients)
    for caregiver in ("bea", "cem"):
        text = (
            f'[[caregiver]]\nid = "{caregiver}"\nname = "{caregiver.title()}"\n'
            f'channels = {{ push = "json://127.0.0.1:9/{caregiver}" }}\nwants = {{ {wants} }}\n'
        )
        parts += [text]
    for patient in patients:
        steps = (
            '{ after = "0m", who = "on-duty", channel = "push" }, '
            '{ after = "30m", who = "cem", channel = "push" }'
        )
        parts.append(f'[[ladder]]\npatient = "{patient}"\nsteps = [{steps}]\n')
        parts.append(f'[[duty]]\npatient = "{patient}"\nwho = "bea"\n')
    return "\n".join(parts)


def home_of(seed: int, begins: date, boxes: int, zones: Sequence[str] = ZONES) -> Household:
    """Return the household of a seed."""
    return parse_household(household_text(seed, begins, boxes, zones=zones))


def _patient(
    chance: random.Random, number: int, begins: date, orders: Sequence[Order], zones: Sequence[str]
) -> str:
    zone = chance.choice(zones)
    # Not everybody has a phone: to some the box alone must do.
    phone = f'channels = {{ phone = "json://127.0.0.1:9/p{number}" }}' if chance.random() < 0.5 else ""
    text = f"""
[[patient]]
id = "p{number}"
name = "Patient {number}"
timezone = "{zone}"
{phone}

[[box]]
id = "box{number}"
patient = "p{number}"
compartments = ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "{NEEDED}"]
"""
    for name, cells in (("azathioprine", ("a1", "a2", "a3", "a4")), ("other", ("b1", "b2", "b3", "b4"))):
        if name == "azathioprine" or chance.random() < 0.3:
            text += _regimen(chance, number, name, cells, begins, orders if name == "azathioprine" else ())
    return text + (_as_needed(number, begins) if number % 2 else "")


def _as_needed(number: int, begins: date) -> str:
    rule = f'least_gap = "{GAP_HOURS}h", most_a_day = {MOST}'
    need = f'amount = 1, {rule}, reason = "pain", compartment = "{NEEDED}"'
    return f"""
[[regimen]]
id = "pain-{number}"
patient = "p{number}"
box = "box{number}"
medicine = "azathioprine-50mg-tablet"
window = {{ opens = "-60m", late = "+60m", closes = "+3h" }}

[[regimen.step]]
from = {begins - timedelta(days=1)}
as_needed = {{ {need} }}
"""


def _regimen(
    chance: random.Random,
    number: int,
    name: str,
    cells: tuple[str, ...],
    begins: date,
    orders: Sequence[Order],
) -> str:
    first, second = chance.choice(TIMES), chance.choice(TIMES)
    change = begins + timedelta(days=chance.randrange(20, 300))
    hold = begins + timedelta(days=chance.randrange(5, 300))
    held_days = chance.randrange(10)
    closes = chance.choice(('"half"', '"half"', '"+3h"'))
    remind = chance.choice(('"+0m"', '"+0m", "+30m", "+90m"'))
    change = min([change, *(one.day for one in orders if not one.days)])
    held = [(hold, held_days), *((one.day, one.days) for one in orders if one.days)]
    return f"""
[[regimen]]
id = "{name}-{number}"
patient = "p{number}"
box = "box{number}"
medicine = "azathioprine-50mg-tablet"
window = {{ opens = "-60m", late = "+60m", closes = {closes} }}
remind = [{remind}]

[[regimen.step]]
from = {begins - timedelta(days=1)}
until = {change - timedelta(days=1)}
times = {{ {", ".join(f'"{time}" = 0.5' for time in first)} }}
compartments = {{ {_cells(first, cells[:2])} }}

[[regimen.step]]
from = {change}
times = {{ {", ".join(f'"{time}" = 1' for time in second)} }}
compartments = {{ {_cells(second, cells[2:])} }}

{"".join(_hold(day, days) for day, days in held)}
"""


def _hold(day: date, days: int) -> str:
    return f"""
[[regimen.hold]]
from = {day}
until = {day + timedelta(days=days)}
by = "clinic"
why = "treated for an infection"
"""


def _cells(times: tuple[str, ...], cells: tuple[str, ...]) -> str:
    return ", ".join(f'"{time}" = "{cell}"' for time, cell in zip(times, cells, strict=False))
