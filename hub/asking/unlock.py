"""Whose box is to be opened, for how long, and can it be asked now?"""

from __future__ import annotations

import argparse

from controller.wire.instants import MINUTE_MS
from hub.asking.acting import Act, acting, write_entry
from hub.asking.answers import Refused
from hub.asking.moments import said_moment
from hub.boot_clock import is_hub_acting
from hub.care.entries import UnlockAsked
from hub.tables import nearest

MINUTES_MAX = 60


def unlock(asked: argparse.Namespace) -> int:
    """Show what would be opened and for how long, and ask the box for it once somebody has said yes."""
    with acting(asked, changes=True) as act:
        minutes = asked.minutes
        if not 1 <= minutes <= MINUTES_MAX:
            raise Refused(f"--minutes is {minutes}: a lock is opened for 1 to {MINUTES_MAX} minutes")
        box = _box(act)
        by = act.by
        if asked.yes and not is_hub_acting(act.store):
            raise Refused("no hub is running, so nobody can ask the box: hold its help button for 10 seconds")
        until = act.now_ms + minutes * MINUTE_MS
        ends = said_moment(act.zone.key, until, act.now_ms)
        preview = [
            f"The lock of box {box} opens now and until {ends} ({act.zone.key}), asked for by {by}.",
            *_doubts(act, box),
            "  all its lids can be opened then, whatever is due; a box without a lock does nothing",
        ]
        return write_entry(act, UnlockAsked(box=box, until=until), preview)


def _box(act: Act) -> str:
    known = [box.id for box in act.household.boxes_of(act.patient)]
    name = act.asked.box
    if not known:
        raise Refused(f"{act.patient!r} has no box")
    if name is None and len(known) == 1:
        return known[0]
    if name is None:
        raise Refused(f"say which box: --box {' or --box '.join(known)}")
    if name not in known:
        raise Refused(f"{act.patient!r} has no box {name!r}{nearest(name, known)}")
    return str(name)


def _doubts(act: Act, box: str) -> list[str]:
    """Say what may keep the box from being asked: it is away, or nobody is there to ask it."""
    found = [one for one in act.store.boxes() if one.box == box]
    doubts = []
    if not found or found[0].presence != "online":
        doubts.append("  ! the box is not online now; if that stays so for two minutes, it is not asked")
    if not is_hub_acting(act.store):
        doubts.append("  ! no hub is running that could ask it")
    return doubts
