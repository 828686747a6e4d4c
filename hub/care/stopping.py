"""Has somebody stopped taking a medicine, or is it fading out? Dates in a row, and most doses of a week.

Stopping on one's own is the danger the founding leaflet names (L6). One missed dose has an alert of its own;
these say what only shows over days. What could not be seen proves nothing and ends no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from controller.wire.instants import DAY_MS
from hub.care.alerting.words import wording
from hub.care.alerting.words.wording import Words
from hub.care.judge import INTAKE
from hub.care.ledger import SlotRecord
from hub.care.page import Page

STOPPED = "dose.stopped"
DATES_IN_A_ROW = 3
"""So many dates of a regimen without an intake are told; three are commonly a drug holiday."""
FADING = "dose.fading"
FADING_DAYS = 7
"""Over so many days back a regimen is looked at; the ledger keeps a day more."""
FADING_DOSES = 6
"""Fewer known doses say too little: of a weekly medicine one dose is an alert of its own."""
FADES_BELOW, BACK_FROM = 1 / 2, 2 / 3
"""It fades while less than half is taken, and is back from two thirds on: between them nothing flaps."""
_NOT_TAKEN = ("missed", "skipped")


def stopped(page: Page) -> Iterator[tuple[str, Words]]:
    """Go through the regimens that are not taken any more, with what is said of each."""
    for regimen in page.household.regimens_of(page.patient):
        row = _row(page, regimen.id)
        known = [slot for slot in row if slot.outcome in _NOT_TAKEN]
        if len({_date(slot) for slot in known}) >= DATES_IN_A_ROW:
            leaflet = page.household.medicines[regimen.medicine].leaflet.get("regularly", "")
            yield regimen.id, wording.stopped(known, len(row) - len(known), leaflet, page.moment())


def fading(page: Page) -> Iterator[tuple[str, Words]]:
    """Go through the regimens of which less than half was taken in a week, with what is said of each.

    One that is not taken at all has the other alert: it is one condition, told once.
    """
    ended = {regimen for regimen, _ in stopped(page)}
    for regimen in page.household.regimens_of(page.patient):
        week = [
            slot
            for slot in page.slots.values()
            if slot.regimen == regimen.id and page.at - FADING_DAYS * DAY_MS <= slot.due_at < page.at
        ]
        known = [slot for slot in week if slot.outcome in (*INTAKE, *_NOT_TAKEN)]
        taken = sum(slot.outcome in INTAKE for slot in known)
        is_open = page.open_alert(f"{FADING} {regimen.id}") is not None
        enough = BACK_FROM if is_open else FADES_BELOW
        if regimen.id in ended or len(known) < FADING_DOSES or taken >= len(known) * enough:
            continue
        # What is held, or not yet known, is neither; what nobody could see is said as such.
        unseen = sum(slot.outcome in ("unobserved", "unconfirmed") for slot in week)
        leaflet = page.household.medicines[regimen.medicine].leaflet.get("regularly", "")
        yield regimen.id, wording.fading(taken, len(known), unseen, FADING_DAYS, leaflet)


def _row(page: Page, regimen: str) -> list[SlotRecord]:
    """Return the decided slots after the last intake, oldest first; a hold ends the row as an intake does."""
    row: list[SlotRecord] = []
    slots = [slot for slot in page.slots.values() if slot.regimen == regimen and slot.outcome is not None]
    for slot in sorted(slots, key=lambda slot: (slot.due_at, slot.slot), reverse=True):
        if slot.outcome in INTAKE or slot.outcome == "held":
            break
        row.insert(0, slot)
    return row


def _date(slot: SlotRecord) -> date:
    return date.fromisoformat(slot.slot.split("/")[1])
