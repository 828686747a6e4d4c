"""What does a box show to its patient, and say of itself to everybody who asks?"""

from __future__ import annotations

from controller.wire.envelope import Stamp
from controller.wire.messages import BoxState, NextSlot
from controller.wire.plan import PlannedSlot
from controller.witness import health, requests
from controller.witness.clock import is_trusted
from controller.witness.lock.words import with_lock
from controller.witness.state import Box
from controller.witness.telling import panel
from firmware.ports import PanelView


def view(box: Box) -> PanelView:
    """Return everything the patient sees now."""
    if box.now is None:
        return PanelView()
    refill, guide = box.mode.refill, requests.guide_of(box, box.now)
    shown = panel.shown(
        box.course, box.air, box.signals, refill=refill, guide=guide, now=box.now, hours=box.hours
    )
    return with_lock(shown, box.lock, box.course, box.now, refill=refill)


def state_message(box: Box, *, outbox: int, version: str) -> BoxState | None:
    """Return the snapshot for everybody who wants to know how the box is; `None` before the first stamp."""
    if box.now is None:
        return None
    held = box.course.held
    return BoxState(
        v=1,
        box=box.box_id,
        at=box.now.at,
        boot=box.now.boot,
        clock=box.now.clock,
        version=version,
        lids={name: box.contact.lid(name).open for name in box.compartments},
        outbox=outbox,
        hub="online" if box.signals.hub_online else "offline",
        refill=box.mode.refill,
        climate=box.air.newest,
        next_slot=_next_slot(box, box.now),
        plan=None if held is None else held.plan.plan,
        plan_until=None if held is None else held.plan.until,
        health=health.shown(box.health),
    )


def _next_slot(box: Box, now: Stamp) -> NextSlot | None:
    """Return the slot that is due now or next; nobody can tell with a doubtful clock."""
    if not is_trusted(now):
        return None
    first: PlannedSlot | None = None
    for slot, _ in box.course.pending():
        if first is not None and slot.opens_at > first.due_at:
            break
        is_sooner = first is None or (slot.due_at, slot.slot) < (first.due_at, first.slot)
        if slot.closes_at >= now.at and is_sooner:
            first = slot
    if first is None:
        return None
    return NextSlot(slot=first.slot, compartment=first.compartment, due_at=first.due_at)
