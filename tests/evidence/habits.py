"""Who lives in a simulated home, and how do they live? Drawn from the seed of the home."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.wire.instants import HOUR_MS, MINUTE_MS

ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata")
TIMES = (("08:00",), ("08:00", "20:00"), ("07:30", "19:30"), ("09:00",), ("08:00", "14:00", "21:00"))


@dataclass(frozen=True, kw_only=True)
class Trip:
    """Some days away without the box, and whether anybody enters them."""

    begins: date
    until: date
    entered: bool


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What a patient is like. Times are relative to when a dose is due."""

    usual_ms: int
    spread_ms: int
    weekend_ms: int
    forgets: float
    heeds_reminder: float
    from_pocket: float
    opens_again: float
    wrong_lid: float
    low: tuple[int, int]
    """The days, counted from the first, on which most doses are left out; mostly none."""


def habits_of(chance: random.Random, days: int) -> Habits:
    """Draw a patient: most are steady, some forget much, one in twelve goes through bad weeks."""
    low_from = chance.randrange(days) if chance.random() < 1 / 12 else days
    return Habits(
        usual_ms=chance.randrange(-5, 25) * MINUTE_MS,
        spread_ms=chance.randrange(8, 35) * MINUTE_MS,
        weekend_ms=chance.randrange(70) * MINUTE_MS,
        forgets=chance.choice((0.01, 0.02, 0.03, 0.05, 0.12)),
        heeds_reminder=chance.choice((0.9, 0.8, 0.6)),
        from_pocket=chance.choice((0.0, 0.01, 0.03)),
        opens_again=0.01,
        wrong_lid=0.003,
        low=(low_from, low_from + chance.randrange(4, 20)),
    )


def trips_of(chance: random.Random, begins: date, days: int) -> tuple[Trip, ...]:
    """Draw one or two trips a year; three of four are entered beforehand."""
    found = []
    for half in range(0, days, 182):
        first = begins + timedelta(days=half + chance.randrange(20, 150))
        lasts = chance.randrange(2, 12)
        found.append(Trip(begins=first, until=first + timedelta(days=lasts), entered=chance.random() < 0.75))
    return tuple(found)


CAREGIVERS = """
[[caregiver]]
id = "bea"
name = "Bea"
channels = {{ push = "json://127.0.0.1:9/bea", mail = "json://127.0.0.1:9/mail" }}
wants = {{ ada = ["dose", "storage", "supply", "device", "care"] }}
{quiet}
[[caregiver]]
id = "cem"
name = "Cem"
channels = {{ push = "json://127.0.0.1:9/cem" }}
wants = {{ ada = ["dose", "storage", "supply", "device", "care"] }}
[[ladder]]
patient = "ada"
steps = [
  {{ after = "0m", who = "bea", channel = "push" }},
  {{ after = "15m", who = "bea", channel = "mail" }},
  {{ after = "30m", who = "cem", channel = "push" }},
]
"""


def home_text(seed: int, begins: date, trips: Sequence[Trip]) -> str:
    """Write the household of a home: one patient, one box, two caregivers of whom one is first."""
    chance = random.Random(f"home {seed}")
    zone = chance.choice(ZONES)
    times = chance.choice(TIMES)
    phone = 'channels = { phone = "json://127.0.0.1:9/ada" }' if chance.random() < 0.5 else ""
    quiet = 'quiet = ["22:30", "06:30"]' if chance.random() < 0.5 else ""
    closes = chance.choice(('"half"', '"+4h"'))
    taken = ", ".join(f'"{time}" = 1' for time in times)
    compartments = "" if len(times) < 3 else _lids(times)
    lids = 'layout = "7x2"' if len(times) < 3 else 'compartments = ["one", "two", "three"]'
    return f"""
[home]
country = "GB"
[[patient]]
id = "ada"
name = "Ada"
timezone = "{zone}"
{phone}
[[box]]
id = "kitchen"
patient = "ada"
{lids}
[[regimen]]
id = "azathioprine"
patient = "ada"
box = "kitchen"
medicine = "azathioprine-50mg-tablet"
window = {{ opens = "-60m", late = "+60m", closes = {closes} }}
remind = ["+0m", "+30m", "+90m"]
[[regimen.step]]
from = {begins - timedelta(days=1)}
times = {{ {taken} }}
{compartments}
{CAREGIVERS.format(quiet=quiet)}
{"".join(_trip(trip, zone) for trip in trips if trip.entered)}
"""


def _lids(times: Sequence[str]) -> str:
    lids = ", ".join(f'"{time}" = "{lid}"' for time, lid in zip(times, ("one", "two", "three"), strict=True))
    return f"compartments = {{ {lids} }}"


def _trip(trip: Trip, zone: str) -> str:
    return f"""
[[trip]]
patient = "ada"
from = {trip.begins}
until = {trip.until}
zone = "{zone}"
policy = "home"
with_box = false
"""


@dataclass(frozen=True, kw_only=True)
class Misfortune:
    """Something that befalls a home so often a year, for a time between two bounds."""

    a_year: float
    least_ms: int
    most_ms: int


MISFORTUNES = {
    "unplugged": Misfortune(a_year=6, least_ms=5 * MINUTE_MS, most_ms=8 * HOUR_MS),
    "wifi_out": Misfortune(a_year=10, least_ms=2 * MINUTE_MS, most_ms=20 * HOUR_MS),
    "wifi_flaps": Misfortune(a_year=4, least_ms=30 * MINUTE_MS, most_ms=2 * HOUR_MS),
    "power_cut": Misfortune(a_year=2, least_ms=5 * MINUTE_MS, most_ms=4 * HOUR_MS),
    "hub_restart": Misfortune(a_year=12, least_ms=5_000, most_ms=MINUTE_MS),
    "hub_down": Misfortune(a_year=1, least_ms=HOUR_MS, most_ms=12 * HOUR_MS),
    "broker_restart": Misfortune(a_year=6, least_ms=5_000, most_ms=MINUTE_MS),
    "sensor_fails": Misfortune(a_year=4, least_ms=5 * MINUTE_MS, most_ms=10 * HOUR_MS),
    "heat": Misfortune(a_year=1, least_ms=5 * MINUTE_MS, most_ms=3 * HOUR_MS),
    "hot": Misfortune(a_year=1.5, least_ms=4 * HOUR_MS, most_ms=30 * HOUR_MS),
    "damp": Misfortune(a_year=3, least_ms=HOUR_MS, most_ms=30 * HOUR_MS),
    "help": Misfortune(a_year=3, least_ms=0, most_ms=1),
    "bea/push": Misfortune(a_year=4, least_ms=HOUR_MS, most_ms=60 * HOUR_MS),
    "bea/mail": Misfortune(a_year=2, least_ms=HOUR_MS, most_ms=60 * HOUR_MS),
    "cem/push": Misfortune(a_year=4, least_ms=HOUR_MS, most_ms=60 * HOUR_MS),
}
"""The rates are assumptions: each befalls a hundred homes a hundred times or more. No survey gives them."""
