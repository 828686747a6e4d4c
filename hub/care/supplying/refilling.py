"""What did a guided refill lay into the box? What the plan wanted in each lid that was filled in its turn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import takewhile

from controller.wire.envelope import Envelope
from controller.wire.events import RefillDone
from controller.wire.instants import DAY_MS
from controller.wire.naming import lid_words
from hub.care.entries import BY_BOX, BoxFilled, Entry
from hub.care.ledger import SlotRecord
from hub.care.page import Page
from hub.care.people import Household
from hub.care.schedule import ONE_DAY, local_time, slots_between
from hub.care.supplying.stock import eighths_of, tablets_of
from hub.care.supplying.worksheet import FILLED_DAYS


def take_refill(page: Page, envelope: Envelope, refill: RefillDone) -> None:
    """Keep a fill in the name of the box for every lid that was filled in its turn."""
    stamp = envelope.stamp
    at = page.at if stamp.clock == "untrusted" else min(stamp.at, page.at)
    laid = laid_in(page.household, envelope.box, refill.filled, at)
    if laid:
        seed = f"{envelope.box}|{envelope.stream}|{envelope.seq}"
        name = f"e-{hashlib.sha256(seed.encode()).hexdigest()[:12]}"
        fact = BoxFilled(box=envelope.box, compartments=laid)
        page.keep(Entry(entry=name, patient=page.patient, at=at, by=BY_BOX, fact=fact))


def laid_in(
    household: Household, box: str, filled: Iterable[str], at: int
) -> Mapping[str, Mapping[str, float]]:
    """Return what the plan wanted in each lid that was filled at an instant, as the box asked for it."""
    by_lid: dict[str, list[SlotRecord]] = {name: [] for name in filled}
    for slot in _coming(household, box, at):
        if slot.compartment in by_lid:
            by_lid[slot.compartment].append(slot)
    return {name: _amounts(name, slots) for name, slots in by_lid.items() if slots}


def _coming(household: Household, box: str, at: int) -> list[SlotRecord]:
    patient = household.patients[household.boxes[box].patient]
    today = local_time(patient.timezone, at).date()
    coming = [
        slot
        for regimen in household.regimens.values()
        if regimen.box == box
        for slot in slots_between(household, regimen, today - ONE_DAY, today + FILLED_DAYS * ONE_DAY)
        if slot.status != "held" and at <= slot.due_at < at + FILLED_DAYS * DAY_MS
    ]
    return sorted(coming, key=lambda slot: (slot.due_at, slot.slot))


def _amounts(compartment: str, slots: Iterable[SlotRecord]) -> Mapping[str, float]:
    by_date: dict[str, dict[str, int]] = {}
    for slot in slots:
        day = by_date.setdefault(slot.slot.split("/")[1], {})
        day[slot.regimen] = day.get(slot.regimen, 0) + sum(eighths_of(part.amount) for part in slot.amounts)
    days = list(by_date.values())
    # A lid of a week's box belongs to one day; in another, the box asks for the days up to a change of dose.
    alike = days[:1] if lid_words(compartment) else list(takewhile(lambda day: day == days[0], days))
    return {regimen: tablets_of(eighths * len(alike)) for regimen, eighths in days[0].items()}
