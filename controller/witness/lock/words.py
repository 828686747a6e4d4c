"""When does it help to say on the panel that the box is locked, or open?"""

from __future__ import annotations

from dataclasses import replace

from controller.wire.envelope import Stamp
from controller.witness.doses.progress import Course
from controller.witness.lock.locking import Locking, doubt
from firmware.ports import PanelView

HOLDING = "keep holding to open the lids"
WAY_OUT = "locked: hold help or refill for 10 seconds to open"
WAY_OUT_REFILLING = "locked: press refill, wait, then hold it for 10 seconds to open"
"""Held at once, the button would open the lids and end the refill, and what is filled then would count."""
OPEN = "the lids are open"


def with_lock(
    view: PanelView, lock: Locking | None, course: Course, now: Stamp, *, refill: bool
) -> PanelView:
    """Return the view with a word about the lock where somebody would stand before it and wonder."""
    if lock is None:
        return view
    if lock.held is not None:
        return replace(view, text=HOLDING)
    if not lock.released and (refill or doubt(course, now) is not None):
        way_out = WAY_OUT_REFILLING if refill else WAY_OUT
        return replace(view, text=f"{view.text}; {way_out}" if view.text else way_out)
    if lock.released and lock.known.act is not None and view.glyph == "idle":
        return replace(view, text=OPEN)
    return view
