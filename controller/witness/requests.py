"""What may people ask of the box, with a button at the lid or a command from the hub?"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from controller.wire.envelope import Stamp
from controller.wire.events import BoxHealth, DoseExtraAnswered, HelpRequested, RefillDone, RefillStarted
from controller.wire.instants import HOUR_MS
from controller.wire.messages import Command
from controller.witness.clock import instant, is_trusted, timely
from controller.witness.doses import asking, dose, filling, needed, reminders
from controller.witness.doses.filling import Filling, Guide
from controller.witness.inputs import LidMoved, Play, Saying
from controller.witness.lock import locking
from controller.witness.state import Box
from controller.witness.telling import panel
from controller.witness.telling.tremor import is_same_press
from firmware.ports import Button, Glyph

REFILL_IDLE_MS = HOUR_MS
"""Refill mode ends by itself: forgotten, it would blind the box to every dose from then on."""

COMMANDS_KNOWN = 32

Said = tuple[Box, tuple[Saying, ...]]


def button_moved(box: Box, button: Button, stamp: Stamp, now: Stamp, *, down: bool) -> Said:
    """Do what a button asks for when it goes down, and note how long it is held."""
    box, said = _settled_press(box, button, stamp, now) if down else (box, ())
    if box.lock is None:
        return box, said
    lock, more = locking.button_moved(box.lock, button, stamp, now, down=down)
    return replace(box, lock=lock), (*said, *more)


def _settled_press(box: Box, button: Button, stamp: Stamp, now: Stamp) -> Said:
    """Do what a button asks for, once for a hand that shakes."""
    signals = box.signals
    again = is_same_press(signals.pressed_ms, button, stamp.mono_ms)
    pressed_ms = {**signals.pressed_ms, button: stamp.mono_ms}
    box = replace(box, signals=replace(signals, pressed_ms=pressed_ms))
    return (box, ()) if again else pressed(box, button, stamp, now)


def pressed(box: Box, button: Button, stamp: Stamp, now: Stamp) -> Said:
    """Do what a button of the box asks for; while the box asks something, the button that answers answers."""
    answer = asking.answered(box.signals.question, button, now.mono_ms)
    if answer is not None:
        return _answered(box, answer, now), (answer,)
    match button:
        case "help":
            return _help_wanted(box, now)
        case "refill":
            return _refill_done(box, "button") if box.mode.refill else _refill_started(box, "button", now)
        case "snooze" if (guide := guide_of(box, now)) is not None:
            if guide.coming is None:
                return box, ()
            return _guided(box, filling.skipped(box.mode.filling, guide.coming), now), ()
        case "snooze" | "taken_elsewhere" | "quiet":
            at = timely(stamp, now)
            if at is not None:
                return _put_off(box, button, at, now)
            if button == "taken_elsewhere":
                untimed = dose.Untimed(mono_ms=stamp.mono_ms)
                box = replace(box, kept=box.kept.and_also(now.boot, untimed))
                signals = panel.noticed(box.signals, "noted: thank you", now.mono_ms)
            else:
                signals = panel.noticed(box.signals, "the clock is not set yet", now.mono_ms, "clock")
            return replace(box, signals=signals), ()
        case _:
            assert_never(button)


def commanded(box: Box, command: Command, now: Stamp) -> Said:
    """Do what a command of the hub asks for, once, and not after it has expired."""
    expired = is_trusted(now) and now.at > command.expires_at
    if command.box != box.box_id or expired or command.id in box.signals.commands:
        return box, ()
    known = (*box.signals.commands, command.id)[-COMMANDS_KNOWN:]
    box = replace(box, signals=replace(box.signals, commands=known))
    match command.command:
        case "cue":
            return box, _cue(box, command.compartment, now)
        case "quiet":
            return replace(box, mode=box.mode.quietened(now.at, command.until)), ()
        case "find_me":
            signals, said = panel.finding(box.signals, now.mono_ms)
            return replace(box, signals=signals), said
        case "refill_start":
            return (box, ()) if box.mode.refill else _refill_started(box, "command", now)
        case "refill_done":
            return _refill_done(box, "command") if box.mode.refill else (box, ())
        case "self_test":
            return box, (BoxHealth(because="self_test", text=_health_text(box, now)), Play(sound="chime"))
        case "unlock" if box.lock is not None:
            lock, said = locking.unlocked(box.lock, command, now)
            return replace(box, lock=lock), said
        case "unlock":
            return box, ()
        case _:
            assert_never(command.command)


def guide_of(box: Box, now: Stamp) -> Guide | None:
    """Return where a refill has come to, `None` where there is none or the box cannot guide it."""
    if not box.mode.refill:
        return None
    return filling.guide(box.mode.filling, box.course, box.compartments, now)


def lid_moved(box: Box, moved: LidMoved, now: Stamp) -> Said:
    """Note that somebody is still refilling and which lids were opened meanwhile, and guide on."""
    if not box.mode.refill:
        return box, ()
    compartment = moved.compartment
    if moved.open and compartment not in box.mode.opened:
        box = replace(box, mode=replace(box.mode, opened=(*box.mode.opened, compartment)))
    box = replace(box, refill_ms=now.mono_ms)
    guide = guide_of(box, now)
    # A switch that chatters has opened no lid, and a lid that was found open was not opened in its turn.
    doubtful = moved.because == "at_boot" or box.contact.lid(compartment).stuck == "chatter"
    if guide is None or guide.coming is None or doubtful:
        return box, ()
    if not moved.open:
        return _guided(box, filling.closed(box.mode.filling, guide.coming, compartment), now), ()
    box = _guided(box, filling.opened(box.mode.filling, guide.coming, compartment), now)
    if compartment == guide.coming.compartment:
        return box, ()
    signals = panel.not_this_one(box.signals, compartment, guide.coming)
    return replace(box, signals=signals), (Play(sound="wrong"),)


def pass_time(box: Box, now: Stamp) -> Said:
    """End a refill that nobody goes on with."""
    if box.mode.refill and now.mono_ms >= box.refill_ms + REFILL_IDLE_MS:
        return _refill_done(box, "left_on")
    return box, ()


def _help_wanted(box: Box, now: Stamp) -> Said:
    """Ask for help; where nobody can hear it, the patient must not be shown a tick."""
    called = HelpRequested(because="button")
    if box.signals.hub_online:
        signals = panel.noticed(box.signals, "help is asked for", now.mono_ms)
        return replace(box, signals=signals), (called,)
    signals = panel.noticed(box.signals, "no connection: call somebody", now.mono_ms, "no_hub")
    return replace(box, signals=signals), (called, Play(sound="unheard"))


def _put_off(box: Box, button: str, at: int, now: Stamp) -> Said:
    signals = box.signals
    if button == "quiet":
        signals = panel.noticed(signals, "no sound of reminders for an hour", now.mono_ms)
        return replace(box, mode=box.mode.quietened(at, None), signals=signals), ()
    if button == "snooze":
        course, snoozed = reminders.snooze(box.course, at)
        signals = panel.noticed(signals, *_snooze_answer(box, bool(snoozed), now))
        return replace(box, course=course, signals=signals), snoozed
    course, said = dose.self_reported(box.course, at)
    if not said:
        signals = panel.noticed(signals, "nothing is due now", now.mono_ms, "idle")
    signals, sounds = panel.react(signals, said, now.mono_ms, mute=True)
    return replace(box, course=course, signals=signals), (*said, *sounds)


def _snooze_answer(box: Box, put_off: bool, now: Stamp) -> tuple[str, int, Glyph]:
    if put_off:
        return "I remind you again in 15 minutes", now.mono_ms, "thanks"
    due = reminders.due_now(box.course, now.at)
    if not due:
        return "nothing is due now", now.mono_ms, "idle"
    is_late = any(now.at > slot.late_at for slot in due)
    return f"put off {reminders.SNOOZES_MAX} times: not again", now.mono_ms, "late" if is_late else "due"


def _answered(box: Box, answer: DoseExtraAnswered, now: Stamp) -> Box:
    question, held = box.signals.question, box.course.held
    course = box.course
    if answer.answer == "took" and question is not None and held is not None:
        course = replace(
            course, needed=needed.stated(course.needed, held.plan, question.extra, now.boot, now.mono_ms)
        )
    return replace(box, course=course, signals=panel.thanked(box.signals, now.mono_ms))


def _guided(box: Box, progress: Filling, now: Stamp) -> Box:
    """Go on with the guide; a warning that still stands names the lid that is next from here on."""
    if progress == box.mode.filling:
        return box
    box = replace(box, mode=replace(box.mode, filling=progress))
    guide = guide_of(box, now)
    coming = None if guide is None else guide.coming
    return replace(box, signals=panel.guided_on(box.signals, coming))


def _refill_started(box: Box, because: str, now: Stamp) -> Said:
    """Begin a refill; the answer to an earlier button does not hide the lid to be filled."""
    since = instant(now.at) if is_trusted(now) else None
    mode = replace(box.mode, refill=True, opened=(), filling=Filling(since=since))
    signals = replace(box.signals, question=None, notice="")
    lock = None if box.lock is None else locking.refilling(box.lock, because, now)
    box = replace(box, mode=mode, refill_ms=now.mono_ms, signals=signals, lock=lock)
    return box, (RefillStarted(because=because),)


def _refill_done(box: Box, because: str) -> Said:
    opened = tuple(name for name in box.compartments if name in box.mode.opened)
    told = box.mode.filling
    done = RefillDone(
        because=because, opened=opened, filled=told.filled, skipped=told.skipped, wrong=told.wrong
    )
    mode = replace(box.mode, refill=False, opened=(), filling=Filling())
    return replace(box, mode=mode, signals=panel.guided_on(box.signals, None)), (done,)


def _cue(box: Box, compartment: str | None, now: Stamp) -> tuple[Saying, ...]:
    if not is_trusted(now) or box.mode.quiet_at(now.at):
        return ()
    due = reminders.due_now(box.course, now.at)
    steps = [reminders.step_at(slot, now.at) for slot in due if compartment in (None, slot.compartment)]
    sound = reminders.cue_of(box.course, max(steps, default=1)).sound
    return (Play(sound=sound),) if steps and sound != "none" else ()


def _health_text(box: Box, now: Stamp) -> str:
    is_open = [name for name in box.compartments if box.contact.lid(name).open]
    sensors = box.air.faults.sensors
    return "; ".join(
        (
            f"clock {now.clock}",
            f"lids open: {', '.join(is_open) or 'none'}",
            f"sensors failed: {', '.join(sensors) or 'none'}",
            "no plan" if box.course.held is None else f"plan {box.course.held.plan.plan}",
        )
    )
