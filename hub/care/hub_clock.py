"""When must the hub think again, and has its own clock been set, or has it slept, since it last did?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from controller.wire.instants import MINUTE_MS
from hub.care.alerting.alerts import alert_turns_at
from hub.care.boxes import awaited
from hub.care.ledger import Ledger
from hub.care.page import Page

SET_BACK_MS = MINUTE_MS
"""The hub's clock counts as set back when it falls behind the latest time by this much."""
OVERSLEPT_MS = 10 * MINUTE_MS
"""The hub counts as having slept, or its clock as set forward, when it is this late for its own deadline."""


def next_deadline(ledger: Ledger) -> int | None:
    """Return when time alone will change something; `None` before the first step."""
    if ledger.started_at is None:
        return None
    return min(_deadlines(ledger, ledger.started_at), default=None)


def _deadlines(ledger: Ledger, started_at: int) -> Iterator[int]:
    if ledger.planning_at is not None:
        yield ledger.planning_at
    if ledger.next_slot_at is not None:
        yield ledger.next_slot_at
    if ledger.standing_at is not None:
        yield ledger.standing_at
    if ledger.people_at is not None:
        yield ledger.people_at
    for alert in ledger.alerts.values():
        turns_at = alert_turns_at(alert)
        if turns_at is not None:
            yield turns_at
    for due_at, _, _ in awaited(ledger.boxes.values(), ledger.alerts.values(), started_at):
        yield due_at


def follow_clock(page: Page, ledger: Ledger) -> None:
    """Notice a clock that was set, or a sleep.

    Spans that this hub measures go back with its clock, else a leap ahead and back would leave an alert
    waiting for a time that is far away. Instants of slots, and what has been decided, stay as they are.
    """
    latest = _latest(ledger)
    if latest is not None and page.at <= latest - SET_BACK_MS:
        _set_back(page, latest - page.at, is_new=ledger.started_at is None)
        page.clock_at = page.at
        return
    if page.at - page.clock_at >= OVERSLEPT_MS:
        deadline = next_deadline(ledger)
        if deadline is not None and page.at - deadline >= OVERSLEPT_MS:
            page.started_at = page.at
            page.next_slot_at = None
    page.clock_at = max(page.clock_at, page.at)


def _latest(ledger: Ledger) -> int | None:
    if ledger.clock_at is not None:
        return ledger.clock_at
    # After a restart the records tell what time it has been already.
    heard = [box.heard_at for box in ledger.boxes.values() if box.heard_at is not None]
    return max([*heard, *(alert.changed_at for alert in ledger.alerts.values())], default=None)


def _set_back(page: Page, by_ms: int, *, is_new: bool) -> None:
    def earlier(instant: int | None) -> int | None:
        return None if instant is None else max(0, instant - by_ms)

    page.started_at = min(page.at, page.started_at if is_new else max(0, page.started_at - by_ms))
    page.planning_at = page.next_slot_at = page.people_at = None
    for box in page.boxes.values():
        page.put_box(
            replace(
                box,
                heard_at=earlier(box.heard_at),
                presence_at=earlier(box.presence_at),
                untrusted_since=earlier(box.untrusted_since),
                faults={sensor: max(0, since - by_ms) for sensor, since in box.faults.items()},
            )
        )
    for slot in [slot for slot in page.slots.values() if slot.reminded and page.at < slot.opens_at]:
        page.put_slot(replace(slot, reminded=0))
    for alert in page.open_alerts():
        if alert.next_step_at is not None:
            page.put_alert(replace(alert, next_step_at=earlier(alert.next_step_at)))
