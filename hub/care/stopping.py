"""Has somebody stopped taking a medicine? Several dates in a row without one intake.

Stopping on one's own is the danger the founding leaflet names (L6). One missed dose has an alert of its own;
this one says what only shows over days. What could not be seen proves nothing and ends no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hub.care.alerting import wording
from hub.care.alerting.wording import Words
from hub.care.judge import INTAKE
from hub.care.ledger import SlotRecord
from hub.care.page import Page

STOPPED = "dose.stopped"
DATES_IN_A_ROW = 3
"""So many dates of a regimen without an intake are told; three are commonly a drug holiday."""
_NOT_TAKEN = ("missed", "skipped")


def stopped(page: Page) -> Iterator[tuple[str, Words]]:
    """Go through the regimens that are not taken any more, with what is said of each."""
    for regimen in page.household.regimens_of(page.patient):
        row = _row(page, regimen.id)
        known = [slot for slot in row if slot.outcome in _NOT_TAKEN]
        if len({_date(slot) for slot in known}) >= DATES_IN_A_ROW:
            leaflet = page.household.medicines[regimen.medicine].leaflet.get("regularly", "")
            yield regimen.id, wording.stopped(known, len(row) - len(known), leaflet, page.moment())


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
