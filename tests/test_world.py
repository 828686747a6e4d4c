"""Which laws hold for every seed, whatever fails? Run with `-k seed` and the printed number to repeat one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from controller.wire.instants import HOUR_MS
from hub.store.sqlite.store import open_store
from tests.world import CALM, Weather, World, summary
from tests.world_homes import ZONES, home_of, household_text
from tests.world_laws import broken_laws

BOX_YEARS = int(os.environ.get("PILLBOX_WORLD_YEARS", "12"))
"""How many box-years a run lives through: what fits into a merge. A nightly run asks for 200 or more."""

BOXES = 4
DAYS = 183
SEEDS = BOX_YEARS * 365 // (BOXES * DAYS) + 1
FIRST_SEED = int(os.environ.get("PILLBOX_WORLD_SEED", "1"))
BEGINS = date(2026, 1, 10)


@pytest.fixture(autouse=True)
def seldom_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a healthy box speak twice a day, so that box-years and not heartbeats are simulated."""
    monkeypatch.setattr("controller.heartbeat.HEARTBEAT_MS", 12 * HOUR_MS)
    monkeypatch.setattr("hub.care.boxes.SILENT_MS", 25 * HOUR_MS)


def world_of(
    seed: int,
    *,
    days: int = DAYS,
    boxes: int = BOXES,
    weather: Weather | None = None,
    begins: date | None = None,
    zones: Sequence[str] = ZONES,
) -> World:
    """Make the world of a seed; it begins half a year later in every second one, so both DST changes come."""
    begins = begins or (BEGINS if seed % 2 else date(2026, 7, 10))
    store = open_store(None)
    begins_ms = int(datetime(begins.year, begins.month, begins.day, tzinfo=UTC).timestamp() * 1000)
    world = World(
        seed=seed,
        household=home_of(seed, begins, boxes, zones),
        store=store,
        begins_ms=begins_ms,
        days=days,
        weather=weather or Weather(),
        zones=zones,
    )
    with store.transaction():
        store.add_household(household_text(seed, begins, boxes, zones=zones), begins_ms)
    return world


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
def test_every_law_holds_in_a_stormy_half_year(seed: int) -> None:
    """Laws 1 to 5 and 9 over four boxes for half a year, with every fault the world knows."""
    world = world_of(seed).run()
    assert not broken_laws(world), f"repeat with PILLBOX_WORLD_SEED={seed} PILLBOX_WORLD_YEARS=1"
    went_through = summary(world)
    assert went_through["events"] > 1000, f"seed {seed}: nothing happened in {went_through}"
    assert went_through["faults"] > 20, f"seed {seed}: nothing failed in {went_through}"


@pytest.mark.parametrize(("seed", "days"), [(101, 20), (102, 20), (103, DAYS)])
def test_law_7_the_same_seed_gives_the_same_world(seed: int, days: int) -> None:
    """Two runs publish, record and tell the same bytes in the same order."""
    one, other = (world_of(seed, days=days, boxes=2).run() for _ in range(2))
    assert one.trace.hexdigest() == other.trace.hexdigest()


@pytest.mark.parametrize("shift_days", [-49, 700])
def test_law_6_a_world_that_begins_another_day_goes_as_the_first(shift_days: int) -> None:
    """Same storm, same people, other dates: every outcome comes with the same words, as much later.

    In a zone that never changes its clocks: what a change does to a day is another law.
    """
    one, other = (
        world_of(301, days=30, begins=BEGINS + timedelta(days=shift), zones=("UTC",)).run()
        for shift in (0, shift_days)
    )
    assert not broken_laws(other)
    moved = [
        (patient, moved_by(slot, shift_days), outcome, timing, because)
        for patient, slot, outcome, timing, because in outcomes(one)
    ]
    assert moved == outcomes(other)
    assert len(moved) > 60


def moved_by(slot: str, days: int) -> str:
    """Return the id of the slot of the same regimen and time, some days later."""
    regimen, day, time = slot.split("/")
    return f"{regimen}/{date.fromisoformat(day) + timedelta(days=days)}/{time}"


@pytest.mark.parametrize("seed", [201, 202, 203])
def test_law_10_a_stranger_changes_no_record(seed: int) -> None:
    """The same calm world with rubbish on every topic ends with the same outcome for every slot."""
    quiet = world_of(seed, days=30, weather=CALM).run()
    loud = world_of(seed, days=30, weather=replace(CALM, strangers=1.0)).run()
    assert not broken_laws(loud)
    assert outcomes(quiet) == outcomes(loud)


def outcomes(world: World) -> list[tuple[str, str, object, object, str]]:
    """What became of every slot."""
    return [
        (patient, slot.slot, slot.outcome, slot.timing, slot.because)
        for patient in world.household.patients
        for slot in world.store.slots_between(patient, 0, 2**62)
    ]
