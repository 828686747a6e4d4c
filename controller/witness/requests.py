"""What may people ask of the box, with a button at the lid or a command from the hub?"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from controller.wire.envelope import Stamp
from controller.wire.events import BoxHealth, HelpRequested, RefillDone, RefillStarted
from controller.wire.instants import HOUR_MS
from controller.wire.messages import Command
from controller.witness import dose, panel, reminders
from controller.witness.clock import is_trusted, timely
from controller.witness.inputs import Play, Saying
from controller.witness.state import Box
from firmware.ports import Button

REFILL_IDLE_MS = HOUR_MS
"""Refill mode ends by itself: forgotten, it would blind the box to every dose from then on."""

COMMANDS_KNOWN = 32

Said = tuple[Box, tuple[Saying, ...]]


def pressed(box: Box, button: Button, stamp: Stamp, now: Stamp) -> Said:
    """Do what a button of the box asks for."""
    match button:
        case "help":
            return _help_wanted(box, now)
        case "refill":
            return _refill_done(box, "button") if box.mode.refill else _refill_started(box, "button", now)
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
        case _:
            assert_never(command.command)


def lid_moved(box: Box, compartment: str, *, is_open: bool, now: Stamp) -> Box:
    """Note that somebody is still refilling, and which lids were opened meanwhile."""
    if not box.mode.refill:
        return box
    if is_open and compartment not in box.mode.opened:
        box = replace(box, mode=replace(box.mode, opened=(*box.mode.opened, compartment)))
    return replace(box, refill_ms=now.mono_ms)


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
    return replace(box, signals=signals), (called, Play(sound="warning"))


def _put_off(box: Box, button: str, at: int, now: Stamp) -> Said:
    if button == "quiet":
        return replace(box, mode=box.mode.quietened(at, None)), ()
    if button == "snooze":
        course, snoozed = reminders.snooze(box.course, at)
        return replace(box, course=course), snoozed
    course, said = dose.self_reported(box.course, at)
    signals, sounds = panel.react(box.signals, said, now.mono_ms, mute=True)
    return replace(box, course=course, signals=signals), (*said, *sounds)


def _refill_started(box: Box, because: str, now: Stamp) -> Said:
    mode = replace(box.mode, refill=True, opened=())
    return replace(box, mode=mode, refill_ms=now.mono_ms), (RefillStarted(because=because),)


def _refill_done(box: Box, because: str) -> Said:
    opened = tuple(name for name in box.compartments if name in box.mode.opened)
    mode = replace(box.mode, refill=False, opened=())
    return replace(box, mode=mode), (RefillDone(because=because, opened=opened),)


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
