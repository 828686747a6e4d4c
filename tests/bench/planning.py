"""What does a fortnight's plan cost for thousands of patients, and does it grow with what lies behind?"""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from controller.wire.instants import DAY_MS, instant_ms
from hub.care.happenings import TimePassed
from hub.care.home import open_ledger, step
from hub.care.ledger import SlotRecord
from hub.care.people import Box, Household, Patient, Regimen, Step
from hub.care.schedule import slots_between
from hub.household import parse_household
from hub.store.sqlite.store import open_store
from tests.bench.cores import HOME, REGIMEN
from tests.bench.figures import Figure, p50_p99

PATIENTS = 10_000
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
NOW_MS = instant_ms("2026-11-23T06:00:00Z")
HISTORY_DAYS = 1_000
LOADS = 40
SHORT_DAYS = 30
QUARTER = "the first quarter of these patients"


def planning_figures(directory: Path, scale: float) -> list[Figure]:
    """Measure the first plan of many patients, and taking one up from the store with and without a past."""
    directory.mkdir(parents=True, exist_ok=True)
    model = parse_household(HOME + "".join(REGIMEN.format(name=name) for name in ("one", "two", "three")))
    count = int(PATIENTS * scale)
    home = _many(model, count)
    found = []
    for patient in home.patients:
        began = time.perf_counter()
        step(open_ledger(home, patient), TimePassed(at=NOW_MS))
        found.append((time.perf_counter() - began) * 1e6)
    p50, p99 = p50_p99(found)
    first, last = found[: count // 4], found[-(count // 4) :]
    fresh, old = _taken_up(directory, model, SHORT_DAYS), _taken_up(directory, model, HISTORY_DAYS)
    return [
        Figure(
            what=f"hub, first plan of one of {count:,} patients", value=p50, p99=p99, unit="us", count=count,
            floor=statistics.median(first), floor_is=QUARTER,
        ),
        Figure(
            what="hub, the last quarter of these patients", value=statistics.median(last), unit="us",
            count=len(last),
            floor=statistics.median(first), floor_is=QUARTER,
        ),
        Figure(
            what=f"hub, taken up after {HISTORY_DAYS:,} days", value=old, unit="us", count=LOADS,
            floor=fresh, floor_is=f"the same patient after {SHORT_DAYS} days",
        ),
    ]  # fmt: skip


def _many(model: Household, count: int) -> Household:
    """Return a household of `count` patients with a box and three regimens each, in several zones."""
    patients: dict[str, Patient] = {}
    boxes: dict[str, Box] = {}
    regimens: dict[str, Regimen] = {}
    for number in range(count):
        who = f"p{number}"
        patients[who] = Patient(id=who, name=who, timezone=ZONES[number % len(ZONES)])
        boxes[who] = replace(model.boxes["kitchen"], id=who, patient=who)
        for one in model.regimens.values():
            name = f"{one.id}-{number}"
            regimens[name] = replace(one, id=name, patient=who, box=who)
    return replace(model, patients=patients, boxes=boxes, regimens=regimens)


def _taken_up(directory: Path, model: Household, days: int) -> float:
    """Return the median time of loading a patient with so many days behind them, and planning, in us."""
    begins = date(2026, 11, 23) - timedelta(days=HISTORY_DAYS)
    # As many dated versions of each regimen as there were months.
    steps = tuple(
        Step(begins=begin, until=begin + timedelta(days=29), times={"08:00": 1.0, "20:00": 0.5})
        for begin in (begins + timedelta(days=30 * month) for month in range(days // 30))
    )
    after = max((one.until for one in steps if one.until), default=begins) + timedelta(days=1)
    last = Step(begins=after, until=None, times={"08:00": 1.0, "20:00": 0.5})
    regimens = {one.id: replace(one, steps=(*steps, last)) for one in model.regimens.values()}
    home = replace(model, regimens=regimens)
    with closing(open_store(directory / f"hub-{days}.db", "hub")) as store:
        with store.transaction():
            store.apply(_past(home, days))
        found = []
        for number in range(LOADS):
            began = time.perf_counter()
            step(store.load(home, "ada", NOW_MS), TimePassed(at=NOW_MS + number))
            found.append((time.perf_counter() - began) * 1e6)
    return statistics.median(found)


def _past(home: Household, days: int) -> list[SlotRecord]:
    first, last = date(2026, 11, 22) - timedelta(days=days), date(2026, 11, 22)
    return [
        replace(slot, outcome="taken", timing="on_time", evidence="lid", because="lid_opened",
                decided_at=slot.due_at, opened_at=slot.due_at)
        for regimen in home.regimens.values()
        for slot in (slots_between(home, regimen, first, last) if days else ())
        if slot.closes_at < NOW_MS - DAY_MS
    ]  # fmt: skip
