"""What does a box know, and what of it must outlive a power cut?

Each part that is remembered is an object of its own that is equal only to itself: as long as nothing in
it has changed it is the same object, so its text is written once and the shell can compare cheaply.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from controller.wire.envelope import Stamp, StreamId
from controller.wire.errors import Malformed
from controller.wire.plan import Plan, check_plan
from controller.wire.shape import from_plain, to_plain, write_json
from controller.witness.air.climate import Air
from controller.witness.air.limits import distinct
from controller.witness.air.rules import Excursions, Rules
from controller.witness.air.tallies import Tallies
from controller.witness.clock import Watch
from controller.witness.doses.dose import Kept
from controller.witness.doses.needed import Needed
from controller.witness.doses.progress import Course, Held, Past, Slots, hold
from controller.witness.doses.reminders import Mode
from controller.witness.health import Ailing, Health
from controller.witness.lids.contact import Contact, Lids
from controller.witness.lids.days import Before, Days, Today
from controller.witness.lids.disturbed import Burst, Unsaid, recalled
from controller.witness.lids.unasked import Unasked
from controller.witness.lock.locking import Locking, Turned
from controller.witness.sensing.faults import Faults
from controller.witness.telling.hours import Hours
from controller.witness.telling.panel import Signals
from firmware.ports import LockSide

Shape = TypeVar("Shape")

HOURS = Hours()
"""The hours of a home that has said nothing of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boot:
    """The last boot in which the box watched. Remembered as one part; equal only to itself."""

    boot: StreamId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """Everything one box knows. `now` is the newest stamp, `None` before the first."""

    box_id: str
    compartments: tuple[str, ...]
    now: Stamp | None = None
    boot: Boot | None = None
    watch: Watch = field(default_factory=Watch)
    contact: Contact = field(default_factory=Contact)
    days: Days = field(default_factory=Days)
    burst: Burst = field(default_factory=Burst)
    unasked: Unasked = field(default_factory=Unasked)
    course: Course = field(default_factory=Course)
    kept: Kept = field(default_factory=Kept)
    mode: Mode = field(default_factory=Mode)
    refill_ms: int = 0
    air: Air = field(default_factory=Air)
    signals: Signals = field(default_factory=Signals)
    health: Health = field(default_factory=Health)
    lock: Locking | None = None
    hours: Hours = field(default_factory=Hours)


def new_box(
    box_id: str, compartments: tuple[str, ...], lock: LockSide | None = None, hours: Hours = HOURS
) -> Box:
    """Return a box that knows nothing yet and takes every lid for closed; `lock` is how one fails, if any."""
    locking = None if lock is None else Locking(fails=lock)
    return Box(box_id=box_id, compartments=tuple(compartments), lock=locking, hours=hours)


def remembered(box: Box) -> dict[str, str]:
    """Return what must be stored with the records of a step: the name and JSON text of each part.

    The text of a part that has not changed is the very same `str` object.
    """
    parts = {
        "slots": box.course.slots,
        "past": box.course.past,
        "needed": box.course.needed,
        "lids": box.contact.known,
        "lids_today": box.days.today,
        "lids_before": box.days.before,
        "unsaid": box.burst.unsaid,
        "kept": box.kept,
        "mode": box.mode,
        "excursions": box.air.rules.excursions,
        "tallies": box.air.rules.kept,
        "faults": box.air.faults,
        "ailing": box.health.ailing,
    }
    texts = {name: _text(part) for name, part in parts.items()}
    if box.boot is not None:
        texts["boot"] = _text(box.boot)
    if box.course.held is not None:
        texts["plan"] = _plan_text(box.course.held)
    if box.lock is not None:
        texts["lock"] = _text(box.lock.known)
    return texts


def recall(
    box_id: str,
    compartments: tuple[str, ...],
    parts: Mapping[str, str],
    lock: LockSide | None = None,
    hours: Hours = HOURS,
) -> Box:
    """Return the box that these parts were remembered of.

    Never raises: a missing or damaged part is as if it had never been known. Where the plan is known but
    what became of its slots is not, the box is about to hear of those slots for the first time.
    """
    box = new_box(box_id, compartments, lock, hours)
    lids = _part(Lids, parts, "lids") or Lids()
    known = {name: lid for name, lid in lids.lids.items() if name in box.compartments}
    course = _recalled_course(box_id, parts)
    rules = Rules(
        excursions=_part(Excursions, parts, "excursions") or Excursions(),
        kept=_part(Tallies, parts, "tallies") or Tallies(),
    )
    if course.held is not None:
        rules = replace(rules, limits=distinct(course.held.plan.every_limit))
    return replace(
        box,
        boot=_part(Boot, parts, "boot"),
        contact=Contact(known=Lids(lids=known)),
        days=Days(
            today=_part(Today, parts, "lids_today") or Today(),
            before=_part(Before, parts, "lids_before") or Before(),
        ),
        burst=recalled(_part(Unsaid, parts, "unsaid") or Unsaid()),
        course=course,
        kept=_part(Kept, parts, "kept") or Kept(),
        mode=_part(Mode, parts, "mode") or Mode(),
        health=Health(ailing=_part(Ailing, parts, "ailing") or Ailing()),
        air=Air(faults=_part(Faults, parts, "faults") or Faults(), rules=rules),
        lock=None if box.lock is None else replace(box.lock, known=_part(Turned, parts, "lock") or Turned()),
    )


def _recalled_course(box_id: str, parts: Mapping[str, str]) -> Course:
    needed = _part(Needed, parts, "needed") or Needed()
    plan = _part(Plan, parts, "plan")
    slots = _part(Slots, parts, "slots")
    if plan is None or plan.box != box_id:
        return Course(needed=needed)
    try:
        check_plan(plan)
    except Malformed:
        return Course(needed=needed)
    if slots is None:
        slots = Slots(unplaced=tuple(slot.slot for slot in plan.slots))
    past = _part(Past, parts, "past") or Past()
    return Course(held=hold(plan), slots=slots, past=past, needed=needed)


def _part(shape: type[Shape], parts: Mapping[str, str], name: str) -> Shape | None:
    """Read one part; what cannot be read is as if it had never been known."""
    try:
        plain: Any = json.loads(parts[name])
        return from_plain(shape, plain, name)
    except (KeyError, ValueError, TypeError, RecursionError):
        return None


# A box changes a few parts at a time; 64 texts are several boxes' worth, as in tests and replays.
@lru_cache(maxsize=64)
def _text(part: Any) -> str:
    return write_json(to_plain(part))


@lru_cache(maxsize=16)
def _plan_text(held: Held) -> str:
    return write_json(to_plain(held.plan))
