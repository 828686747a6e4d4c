"""Does the lock hold the lids now, or let them go, and why?

Locked by default. It lets go for what the box knows to be due, for what may be taken as needed, for an act of
a person who may, and as the home decided where the box cannot know. Whoever holds the help or refill button
opens it always: no clock, plan, hub, disk or switch stands between a patient and a dose that is due.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from controller.wire.envelope import BootMs, Stamp, StreamId
from controller.wire.events.lock import LockForced, LockLocked, LockOpened, LockOverride
from controller.wire.instants import HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.messages import Command
from controller.wire.words import SlotId, Slug, Word
from controller.witness.clock import instant, is_trusted
from controller.witness.doses import needed
from controller.witness.doses.progress import Course
from controller.witness.inputs import NEVER_MS, Play, Saying
from controller.witness.lids.contact import Contact
from firmware.ports import WAYS_OUT, Button, LockSide

HOLD_MS = 10 * SECOND_MS
"""So long a button is held for the way out: nobody does that by mistake, and hardly a small child."""
OVERRIDE_MS = 15 * MINUTE_MS
UNLOCK_MS = 10 * MINUTE_MS
UNLOCK_MAX_MS = HOUR_MS
SLEWED_MS = 2 * SECOND_MS
"""By so much the boot clock's reading of one instant may wander before it is worth remembering anew."""
MOVES_MS = 3 * SECOND_MS
"""A lid that opens so soon after the lock was told to hold may have been faster than its bolt."""

Act = Literal["command", "override"]

_OVER: Final[dict[str, Word]] = {
    "as_needed": "not_now", "refill": "refill_done", "command": "time_over", "override": "time_over",
    "clock_untrusted": "clock_trusted", "no_plan": "plan_known", "plan_ended": "plan_known",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why the lock lets go; `until_ms` is when the window of the slot closes, on the boot clock."""

    because: Word
    slot: SlotId | None = None
    until_ms: BootMs | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turned:
    """How the lock was left, and which act of a person still counts. Remembered as one part.

    `why` is `None` while it holds. `act` counts until `until_ms` on the clock of `boot`. `refill` says that
    who refills may open it: they were let in by a command, or had opened it by an act.
    """

    why: Why | None = None
    boot: StreamId | None = None
    act: Act | None = None
    until_ms: BootMs = 0
    refill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Locking:
    """The lock of a box. `fails` is what the home decided for when the box cannot know what is due.

    `orders` counts the acts of people: with each the lock is told anew, also where it should be open already.
    """

    fails: LockSide
    known: Turned = field(default_factory=Turned)
    since_ms: int = 0
    held: Button | None = None
    held_ms: int = 0
    orders: int = 0
    wake_ms: int = NEVER_MS
    wake_at: int = NEVER_MS

    @property
    def released(self) -> bool:
        """Whether the lids may be opened."""
        return self.known.why is not None


Said = tuple[Locking, tuple[Saying, ...]]


def begin(lock: Locking, now: Stamp) -> Locking:
    """Begin a new watch: a button that was held is held no more."""
    return Locking(fails=lock.fails, known=lock.known, since_ms=now.mono_ms)


def stalled(lock: Locking) -> Locking:
    """Forget a button that is held: nobody saw whether it was let go while the program stood still."""
    return replace(lock, held=None)


def button_moved(lock: Locking, button: Button, stamp: Stamp, now: Stamp, *, down: bool) -> Said:
    """Note that a button is held or let go; one held long enough opens, however late that is told."""
    if down:
        return (replace(lock, held=button, held_ms=stamp.mono_ms) if button in WAYS_OUT else lock), ()
    if button != lock.held:
        return lock, ()
    lock, said = _held_out(lock, stamp.mono_ms, now)
    return replace(lock, held=None), said


def unlocked(lock: Locking, command: Command, now: Stamp) -> Said:
    """Open by a command of the hub, which names who asks.

    With a doubtful clock nobody can say whether it has expired: then only who stands at the box opens it.
    """
    if command.by is None or not is_trusted(now):
        return lock, ()
    span_ms = UNLOCK_MS if command.until is None else min(command.until - now.at, UNLOCK_MAX_MS)
    if span_ms <= 0:
        return lock, ()
    return _act(lock, "command", span_ms, now, by=command.by)


def refilling(lock: Locking, because: str, now: Stamp) -> Locking:
    """Note that a refill begins: one that a button began opens nothing, or a child could begin one."""
    if because != "command" and not _is_acting(lock.known, now):
        return lock
    return replace(lock, known=replace(lock.known, refill=True))


def forced(lock: Locking, compartment: str, stamp: Stamp) -> tuple[LockForced, ...]:
    """Say that a lid was opened which the lock should have held."""
    if lock.released or stamp.mono_ms < lock.since_ms + MOVES_MS:
        return ()
    return (LockForced(compartment=compartment, because="opened_while_locked"),)


def settle(lock: Locking, course: Course, contact: Contact, now: Stamp, *, refill: bool) -> Said:
    """Hold or let go as it should be now, and find when time alone changes that."""
    said: tuple[Saying, ...] = ()
    if lock.held is not None and now.mono_ms >= lock.held_ms + HOLD_MS:
        lock, said = _held_out(lock, now.mono_ms, now)
    if lock.known.refill and not refill:
        lock = replace(lock, known=replace(lock.known, refill=False))
    before = lock.known.why
    why = _why(lock, course, now, refill=refill) or (before if _stands_open(contact) else None)
    if not _is_same(before, why):
        act = lock.known.act if lock.known.boot == now.boot else None
        lock = replace(lock, known=replace(lock.known, why=why, boot=now.boot, act=act))
    if before is None and why is not None:
        said = (*said, LockOpened(because=why.because, slot=why.slot))
        lock = replace(lock, since_ms=now.mono_ms)
    elif before is not None and why is None:
        said = (*said, LockLocked(because=_over(before, course, now)))
        lock = replace(lock, since_ms=now.mono_ms)
    return _woken(lock, course, now), said


def doubt(course: Course, now: Stamp) -> Word | None:
    """Say why the box cannot know what is due, `None` where it can."""
    if not is_trusted(now):
        return "clock_untrusted"
    if course.held is None:
        return "no_plan"
    return "plan_ended" if now.at > course.held.plan.until else None


def _why(lock: Locking, course: Course, now: Stamp, *, refill: bool) -> Why | None:
    """Return why the lock lets go now: an act of a person first, then what is due."""
    known = lock.known
    if known.act is not None and _is_acting(known, now):
        return Why(because=known.act)
    if refill and known.refill:
        return Why(because="refill")
    due = _due(course, now) if is_trusted(now) else _still_due(lock, course, now)
    if due is not None:
        return due
    plan = None if course.held is None else course.held.plan
    if plan is not None and is_trusted(now) and needed.allowed(course.needed, plan, now):
        return Why(because="as_needed")
    because = doubt(course, now)
    return None if because is None or lock.fails == "locked" else Why(because=because)


def _due(course: Course, now: Stamp) -> Why | None:
    for slot in course.covering(now.at):
        if course.of(slot).outcome == "pending" and not course.too_soon(slot, now.at):
            until_ms = now.mono_ms + slot.closes_at - now.at
            return Why(because="due", slot=slot.slot, until_ms=until_ms)
    return None


def _still_due(lock: Locking, course: Course, now: Stamp) -> Why | None:
    """Go on with what was due while the clock was trusted: the boot clock knows when its window closes."""
    why, same_boot = lock.known.why, lock.known.boot == now.boot
    if why is None or why.slot is None or why.until_ms is None or not same_boot:
        return None
    known = course.slots.progress.get(why.slot)
    is_answered = known is not None and known.answered
    return None if is_answered or now.mono_ms >= why.until_ms else why


def _is_acting(known: Turned, now: Stamp) -> bool:
    return known.act is not None and known.boot == now.boot and now.mono_ms < known.until_ms


def _is_same(before: Why | None, why: Why | None) -> bool:
    if before is None or why is None:
        return before is why
    wandered_ms = abs((before.until_ms or 0) - (why.until_ms or 0))
    return (before.because, before.slot) == (why.because, why.slot) and wandered_ms < SLEWED_MS


def _stands_open(contact: Contact) -> bool:
    """Tell whether somebody has a hand in the box: a bolt is not driven against a lid just opened."""
    return any(lid.open and not lid.left_open and lid.stuck is None for lid in contact.known.lids.values())


def _over(before: Why, course: Course, now: Stamp) -> Word:
    if before.slot is None:
        return _OVER.get(before.because, "not_now")
    known = course.slots.progress.get(before.slot)
    if known is not None and known.answered:
        return known.outcome
    is_over = is_trusted(now) or (before.until_ms is not None and now.mono_ms >= before.until_ms)
    return "window_over" if is_over else "clock_untrusted"


def _held_out(lock: Locking, until_ms: int, now: Stamp) -> Said:
    if lock.held is None or until_ms < lock.held_ms + HOLD_MS:
        return lock, ()
    said = LockOverride(because=f"{lock.held}_held")
    lock, opened = _act(lock, "override", OVERRIDE_MS, now)
    known = replace(lock.known, refill=True)
    return replace(lock, known=known, held=None), (said, *opened, Play(sound="chime"))


def _act(lock: Locking, act: Act, span_ms: int, now: Stamp, by: Slug | None = None) -> Said:
    known = Turned(
        why=Why(because=act),
        boot=now.boot,
        act=act,
        until_ms=now.mono_ms + span_ms,
        refill=lock.known.refill,
    )
    until = instant(now.at + span_ms) if is_trusted(now) else None
    opened = LockOpened(because=act, by=by, until=until)
    return replace(lock, known=known, orders=lock.orders + 1, since_ms=now.mono_ms), (opened,)


def _woken(lock: Locking, course: Course, now: Stamp) -> Locking:
    """Find when, on either clock, time alone may change what the lock does."""
    plan = None if course.held is None else course.held.plan
    walls, monos = (frozenset(), frozenset()) if plan is None else needed.turns(course.needed, plan, now.boot)
    marks = set(monos)
    if lock.held is not None:
        marks.add(lock.held_ms + HOLD_MS)
    if _is_acting(lock.known, now):
        marks.add(lock.known.until_ms)
    if lock.known.why is not None and lock.known.why.until_ms is not None:
        marks.add(lock.known.why.until_ms)
    wake_ms = min((mark for mark in marks if mark > now.mono_ms), default=NEVER_MS)
    wake_at = min((mark for mark in walls if mark > now.at), default=NEVER_MS)
    if (wake_ms, wake_at) == (lock.wake_ms, lock.wake_at):
        return lock
    return replace(lock, wake_ms=wake_ms, wake_at=wake_at)
