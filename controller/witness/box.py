"""What does the box make of everything that happens to it?

`step` is total: whatever comes, it answers with the next state and what to do, and never raises.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from controller.wire.envelope import Stamp
from controller.wire.events import BoxHealth, BoxStarted, BoxStopping, DoseMissed
from controller.wire.plan import Plan
from controller.witness import health, requests
from controller.witness.air import airing, climate
from controller.witness.clock import begin, follow, is_trusted, resume
from controller.witness.doses import dose, progress, reminders, succession
from controller.witness.inputs import (
    NEVER_MS,
    ButtonPressed,
    ButtonReleased,
    ClimateRead,
    CommandArrived,
    DeviceRead,
    Effect,
    HubSeen,
    Input,
    LidMoved,
    PlanArrived,
    Play,
    Record,
    RecordingFailed,
    Saying,
    Stalled,
    Started,
    Stopping,
    Tick,
)
from controller.witness.lids import contact, days, moving
from controller.witness.lock import locking
from controller.witness.lock.turns import turn_lock
from controller.witness.state import Boot, Box, recall, remembered
from controller.witness.telling import attending, panel, speaking
from controller.witness.telling.showing import state_message, view

__all__ = [
    "Box", "next_deadline", "recall", "remembered", "state_message", "step", "view",
]  # fmt: skip

Said = tuple[Box, tuple[Saying, ...]]


def step(box: Box, happening: Input) -> tuple[Box, tuple[Effect, ...]]:
    """Take what happened: the box after it, and what must be recorded and played, in this order."""
    stamp = happening.stamp
    if isinstance(happening, Started):
        now = stamp
        after, said = _begin(box, happening)
        broken = True
    else:
        watch, now, stepped = follow(box.watch, box.now, stamp)
        if isinstance(happening, Stalled):
            watch = resume(watch, now)
        if isinstance(happening, Tick) and watch is box.watch and now.mono_ms < _wake_ms(box, now):
            return replace(box, now=now), ()
        broken = watch is not box.watch
        said = () if stepped is None else (stepped,)
        boot = box.boot if box.boot is not None and box.boot.boot == now.boot else Boot(boot=now.boot)
        after = replace(box, now=now, watch=watch, boot=boot)
        if broken and is_trusted(now):
            after, more = _resume(after, now)
            said += more
        after, more = _handle(after, happening, now)
        said += more
    after, more = _pass_time(after, now, force=broken or _wants_survey(box, after))
    said += more
    after, more = turn_lock(box, after, happening, said)
    said += more
    after, plays = attending.attend(after, now, said)
    said += plays
    effects = tuple(_effect(stamp, saying) for saying in said)
    return after, (*effects, *speaking.spoken(box, after, said))


def next_deadline(box: Box) -> int | None:
    """Return when a `Tick` must come at the latest, on the boot clock of the newest stamp."""
    if box.now is None:
        return None
    wake_ms = _wake_ms(box, box.now)
    return None if wake_ms >= NEVER_MS else wake_ms


def _effect(stamp: Stamp, saying: Saying) -> Effect:
    return saying if isinstance(saying, Play) else Record(stamp=stamp, data=saying)


def _wake_ms(box: Box, now: Stamp) -> int:
    """Return when time alone changes something next, on the boot clock."""
    wakes = (box.contact.wake_ms, box.burst.wake_ms, box.air.wake_ms, box.signals.wake_ms)
    wake_ms = min(*wakes, attending.wake_ms(box, now))
    if box.mode.refill:
        wake_ms = min(wake_ms, box.refill_ms + requests.REFILL_IDLE_MS)
    wake_at = min(box.course.wake_at, box.days.wake_at)
    if box.lock is not None:
        wake_ms, wake_at = min(wake_ms, box.lock.wake_ms), min(wake_at, box.lock.wake_at)
    if is_trusted(now) and wake_at < NEVER_MS:
        wake_ms = min(wake_ms, wake_at - (now.at - now.mono_ms))
    return wake_ms


def _begin(box: Box, started: Started) -> Said:
    """Begin a new watch. What was shown, timed or waited for in the run before is over."""
    stamp = started.stamp
    same_boot = box.boot is not None and box.boot.boot == stamp.boot
    found = {name: started.lids.get(name, False) for name in box.compartments if name in started.lids}
    lids, moved = contact.begin(box.contact, stamp, found, box.compartments, same_boot=same_boot)
    hello = BoxStarted(
        version=started.version,
        because="restart" if same_boot else "power_on",
        lids_open=tuple(name for name in box.compartments if lids.lid(name).open),
    )
    air, replaced = climate.begin(box.air, stamp, started.sensors)
    after = replace(
        box,
        now=stamp,
        boot=box.boot if same_boot else Boot(boot=stamp.boot),
        watch=begin(stamp),
        contact=lids,
        kept=box.kept if same_boot or not box.kept.openings else dose.Kept(),
        refill_ms=stamp.mono_ms,
        air=air,
        signals=panel.Signals(),
        health=health.begin(box.health),
        lock=None if box.lock is None else locking.begin(box.lock, stamp),
    )
    after, untold = moving.begin(after, same_boot=same_boot)
    said: tuple[Saying, ...] = (hello, *moved, *replaced, *untold)
    if is_trusted(stamp):
        after, more = _resume(after, stamp)
        said += more
    return after, said


def _resume(box: Box, now: Stamp) -> Said:
    """Judge what waited for a clock to be trusted."""
    course = succession.place(progress.rebased(box.course, now.at), now, box.watch, box.contact)
    course, said = dose.timed(course, box.kept, now)
    kept = dose.Kept() if box.kept.openings else box.kept
    waiting = course.waiting
    if waiting is not None:
        course, judged = dose.close_windows(course, now, box.watch, box.contact)
        course = succession.take_plan(replace(course, waiting=None), waiting, now)
        course = succession.place(course, now, box.watch, box.contact)
        said += judged
    course = succession.look_again(course, now, box.contact)
    box, more = moving.noted(replace(box, course=course, kept=kept), said, now.mono_ms)
    return box, (*more, *said)


def _handle(box: Box, happening: Input, now: Stamp) -> Said:
    match happening:
        case LidMoved():
            return moving.lid_moved(box, happening, now)
        case ClimateRead():
            air, early = climate.pass_time(box.air, now)
            opened = airing.opened_at(box.contact, happening.stamp.mono_ms)
            air, said = climate.read(air, happening, now, opened)
            return replace(box, air=air), (*early, *said)
        case DeviceRead(reading=measured, stamp=stamp):
            known, told = health.read(box.health, measured, stamp)
            return replace(box, health=known), told
        case ButtonPressed(button=button, stamp=stamp) | ButtonReleased(button=button, stamp=stamp):
            down = isinstance(happening, ButtonPressed)
            box, held = moving.pressed(box)
            box, said = requests.button_moved(box, button, stamp, now, down=down)
            return box, (*held, *said)
        case PlanArrived(plan=plan):
            return _plan_arrived(box, plan, now)
        case CommandArrived(command=command):
            return requests.commanded(box, command, now)
        case HubSeen(online=online):
            return replace(box, signals=replace(box.signals, hub_online=online)), ()
        case RecordingFailed(failed=failed):
            return replace(box, signals=replace(box.signals, cannot_record=failed)), ()
        case Stopping():
            air, said = climate.emptied(box.air, now)
            return replace(box, air=air), (*said, BoxStopping(because="asked"))
        case Tick() | Started() | Stalled():
            return box, ()
        case _:
            assert_never(happening)


def _plan_arrived(box: Box, plan: Plan, now: Stamp) -> Said:
    if plan.box != box.box_id:
        return box, ()
    if box.course.held is None or is_trusted(now):
        course = succession.take_plan(box.course, plan, now)
    else:
        course = succession.let_wait(box.course, plan, now)
    if course is box.course:
        return box, ()
    if is_trusted(now):
        course = succession.place(course, now, box.watch, box.contact)
        course = succession.look_again(course, now, box.contact)
    air, said = climate.take_limits(box.air, plan.every_limit, now)
    return replace(box, course=course, air=air), said


def _wants_survey(before: Box, after: Box) -> bool:
    return after.course is not before.course or after.mode is not before.mode


def _pass_time(box: Box, now: Stamp, *, force: bool) -> Said:
    """Let every part say what time alone has brought about."""
    box, idle = requests.pass_time(box, now)
    box, stood = moving.pass_time(box, now)
    air, measured = climate.pass_time(box.air, now)
    signals, sounds = panel.pass_time(box.signals, now.mono_ms)
    box = replace(box, air=air, signals=signals)
    said = (*idle, *stood, *measured, *sounds)
    if is_trusted(now) and (force or idle or now.at >= box.course.wake_at):
        course, judged = _attend(box, now)
        passed = {saying.compartment for saying in judged if isinstance(saying, DoseMissed)}
        box = replace(box, course=course, days=days.missed(box.days, sorted(passed)))
        said += judged
    if is_trusted(now) and (force or now.at >= box.days.wake_at):
        box, day = moving.turn_day(box, now)
        said += day
    return box, said


def _attend(box: Box, now: Stamp) -> tuple[progress.Course, tuple[Saying, ...]]:
    """Judge closed windows, remind, say that the plan has run out, and find what comes next."""
    course, closed = dose.close_windows(box.course, now, box.watch, box.contact)
    course, given = reminders.remind(course, now.at, box.mode)
    said: tuple[Saying, ...] = (*closed, *given)
    if course.held is not None and not course.slots.ended and now.at > course.held.plan.until:
        course = replace(course, slots=replace(course.slots, ended=True))
        said = (*said, BoxHealth(because="plan_ended"))
    return progress.survey(course, now.at, reminders.coming(course, now.at, box.mode)), said
