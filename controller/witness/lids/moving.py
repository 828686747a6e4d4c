"""What follows at the box when a lid has moved, and what do the lids tell when only time has passed?"""

from __future__ import annotations

from dataclasses import replace

from controller.wire.envelope import Stamp
from controller.witness import requests
from controller.witness.clock import is_trusted, timely
from controller.witness.doses import dose
from controller.witness.inputs import LidMoved, Play, Saying
from controller.witness.lids import contact, days, disturbed, unasked
from controller.witness.state import Box
from controller.witness.telling import panel
from controller.witness.telling.panel import LidWarning

DISTURBED_TEXT = "several lids opened at once: look whether tablets lie where they should"

Said = tuple[Box, tuple[Saying, ...]]


def lid_moved(box: Box, moved: LidMoved, now: Stamp) -> Said:
    """Take one movement of a lid: tell it, count it, and judge what an opening was."""
    compartment = moved.compartment
    if compartment not in box.compartments:
        return box, ()
    burst, over = disturbed.pass_time(box.burst, moved.stamp.mono_ms)
    box = replace(box, burst=burst)
    before = box.contact.lid(compartment)
    lids, said = contact.moved(
        box.contact, moved.stamp, compartment, is_open=moved.open, because=moved.because
    )
    if not said:
        return box, over
    box = replace(box, contact=lids, days=days.moved(box.days, before, moved))
    box, warned = requests.lid_moved(box, moved, now)
    said = (*over, *said, *warned)
    at = timely(moved.stamp, now)
    if not moved.open:
        course = box.course if at is None else dose.lid_closed(box.course, compartment, before, at, now)
        return replace(box, course=course, signals=panel.closed(box.signals, compartment)), said
    if moved.because == "at_boot":
        return box, said
    box, more = _opened(box, moved, at, now)
    return box, (*said, *more)


def _opened(box: Box, moved: LidMoved, at: int | None, now: Stamp) -> Said:
    """Judge one opening, by itself or as one of many at the same moment."""
    compartment, mono_ms = moved.compartment, moved.stamp.mono_ms
    early: tuple[Saying, ...] = ()
    blind = _why_no_intake(box, compartment)
    if blind is None:
        burst = disturbed.opened(box.burst, box.course, compartment, mono_ms)
        burst, passed = disturbed.passed(burst)
        box, more = noted(replace(box, burst=burst), passed, mono_ms)
        early = (*more, *passed)
        if burst.is_disturbed or disturbed.is_many(burst, len(box.compartments)):
            box, said = _disturbed(box, compartment, at, now)
            return box, (*early, *said)
    if at is None:
        untimed = dose.Untimed(compartment=compartment, mono_ms=mono_ms, blind=blind)
        return replace(box, kept=box.kept.and_also(now.boot, untimed)), early
    opening = dose.Opening(
        compartment=compartment,
        at=at,
        boot=now.boot,
        mono_ms=mono_ms,
        blind=blind,
        because="lid_opened" if is_trusted(moved.stamp) else "restamped",
    )
    course, verdict = dose.opened(box.course, opening)
    plan = course.held
    held = plan is not None and plan.plan.holds_back(compartment, at)
    signals, sounds = panel.react(box.signals, verdict, now.mono_ms, mute=False, held=held)
    burst, at_once = disturbed.held_back(box.burst, verdict)
    box, more = noted(replace(box, course=course, signals=signals, burst=burst), at_once, mono_ms)
    return box, (*early, *more, *at_once, *sounds)


def noted(box: Box, verdict: tuple[Saying, ...], mono_ms: int) -> Said:
    """Return what is told besides of openings that no dose had asked for."""
    counted, said = unasked.noted(box.unasked, verdict, box.course, mono_ms)
    return replace(box, unasked=counted), said


def pressed(box: Box) -> Said:
    """Tell what is held back before anybody answers it with a button."""
    return _told(box) if not box.burst.is_disturbed else (box, ())


def pass_time(box: Box, now: Stamp) -> Said:
    """Tell which lids stood open too long, and of a moment in which several opened, once it is over."""
    lids, stood = contact.pass_time(box.contact, now.mono_ms)
    box = replace(box, contact=lids)
    if now.mono_ms < box.burst.wake_ms:
        return box, stood
    box, said = _told(box)
    return box, (*stood, *said)


def begin(box: Box, *, same_boot: bool) -> Said:
    """Begin a new watch; what a power cut kept from being told is told now."""
    _, said = disturbed.told(box.burst)
    counts = days.begin(box.days, same_boot=same_boot)
    box = replace(box, burst=disturbed.Burst(), unasked=unasked.Unasked(), days=counts)
    box, more = noted(box, said, 0 if box.now is None else box.now.mono_ms)
    return box, (*more, *said)


def turn_day(box: Box, now: Stamp) -> Said:
    """End the patient's day if it is over. The clock must be trusted."""
    plan = None if box.course.held is None else box.course.held.plan
    turned, said = days.turn(box.days, plan, box.contact, now.at, now.mono_ms)
    return replace(box, days=turned), said


def _told(box: Box) -> Said:
    burst, said = disturbed.told(box.burst)
    box, more = noted(replace(box, burst=burst), said, box.now.mono_ms if box.now else 0)
    return box, (*more, *said)


def _disturbed(box: Box, compartment: str, at: int | None, now: Stamp) -> Said:
    burst, course = disturbed.shaken(box.burst, box.course, at)
    kept = disturbed.doubted(box.kept, burst)
    if at is None:
        mono_ms = max(ms for _, ms in burst.openings)
        untimed = dose.Untimed(compartment=compartment, mono_ms=mono_ms, blind=disturbed.BLIND)
        kept = kept.and_also(now.boot, untimed)
    warning = LidWarning(
        glyph="extra",
        compartment=compartment,
        text=DISTURBED_TEXT,
        until_ms=now.mono_ms + panel.WARNING_MS,
    )
    is_new = not box.burst.is_disturbed
    signals = replace(box.signals, warning=warning, question=None, notice="")
    box = replace(box, burst=burst, course=course, kept=kept, signals=signals)
    return box, (Play(sound="extra"),) if is_new else ()


def _why_no_intake(box: Box, compartment: str) -> str | None:
    """Say why an opening of this lid cannot be an intake now, `None` where it can."""
    if box.mode.refill:
        return "refill"
    # A switch told once as stuck had gone on to answer every dose that came due, and to warn of an extra
    # opening at every bounce.
    return "switch_unsteady" if box.contact.lid(compartment).stuck == "chatter" else None
