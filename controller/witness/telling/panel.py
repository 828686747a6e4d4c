"""What does the patient see now, in light, sign and words?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from controller.wire.envelope import Stamp
from controller.wire.events import (
    DoseAsNeeded,
    DoseExtra,
    DoseSelfReported,
    DoseTaken,
    DoseWrongCompartment,
)
from controller.wire.instants import MINUTE_MS, SECOND_MS
from controller.wire.naming import lid_words
from controller.wire.plan import PlannedSlot
from controller.witness.air.climate import Air
from controller.witness.clock import is_trusted
from controller.witness.doses.asking import WORDS, Question, asked
from controller.witness.doses.filling import Guide, ToFill, place_words
from controller.witness.doses.progress import Course
from controller.witness.doses.reminders import cue_of, due_now, step_at
from controller.witness.inputs import NEVER_MS, Play, Saying
from controller.witness.telling.conditions import TROUBLE, standing_wrong
from controller.witness.telling.hours import Hours
from controller.witness.telling.panel_words import due_text, extra_text, held_text, place_text, refill_text
from controller.witness.telling.standing import Standing
from firmware.ports import Button, Glyph, Lamp, Light, PanelView, Sound

WARNING_MS = MINUTE_MS
THANKS_MS = 10 * SECOND_MS
FIND_MS = 2 * MINUTE_MS
FIND_EVERY_MS = 15 * SECOND_MS

WARNING_LAMPS: Final[Mapping[Glyph, Lamp]] = {
    "wrong": Lamp(colour="red", light="fast_blink"),
    "extra": Lamp(colour="red", light="long_short"),
    "held": Lamp(colour="white", light="double_dark"),
}
WARNING_SOUNDS: Final[Mapping[Glyph, Sound]] = {"wrong": "wrong", "extra": "extra", "held": "held"}
FILL_LAMP: Final = Lamp(colour="white", light="steady")
LATE_LAMP: Final = Lamp(colour="amber", light="triple_blink")
DUE_LIGHTS: Final[Mapping[Light, Light]] = {"fast_blink": "quick_double"}
"""How a cue is shown whose light is that of a warning: "due" at its loudest looked like "wrong"."""

CALLING: Final[frozenset[Glyph]] = frozenset(
    {"due", "late", "wrong", "extra", "held", "refill", "cannot_record", "thanks", "find_me"}
)
"""Signs of what somebody is to do or has just done; they are not dimmed by night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LidWarning:
    """A wrong or extra opening that is still being warned of."""

    glyph: Glyph
    compartment: str
    text: str
    until_ms: int
    filling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What is shown for a while, on the boot clock, and what the shell has told of itself."""

    warning: LidWarning | None = None
    question: Question | None = None
    notice: str = ""
    notice_glyph: Glyph = "thanks"
    notice_until_ms: int = 0
    find_until_ms: int = 0
    find_next_ms: int = NEVER_MS
    hub_online: bool = False
    cannot_record: bool = False
    commands: tuple[str, ...] = ()
    standing: Standing = field(default_factory=Standing)
    pressed_ms: Mapping[Button, int] = field(default_factory=dict)

    @property
    def wake_ms(self) -> int:
        """Return when, on the boot clock, the next of these ends."""
        ends = (
            NEVER_MS if self.warning is None else self.warning.until_ms,
            NEVER_MS if self.question is None else self.question.until_ms,
            self.notice_until_ms if self.notice else NEVER_MS,
            self.find_next_ms,
        )
        return min(ends)


Said = tuple[Signals, tuple[Saying, ...]]


def react(signals: Signals, said: Iterable[Saying], now_ms: int, *, mute: bool, held: bool = False) -> Said:
    """Show and sound what a lid has just been judged to be; `held` if something on hold may lie there."""
    warning: LidWarning | None = None
    said = tuple(said)
    for saying in said:
        if isinstance(saying, DoseTaken | DoseSelfReported | DoseAsNeeded):
            signals = noticed(signals, "thank you", now_ms)
        warning = _warning(saying, now_ms + WARNING_MS, held=held) or warning
    if warning is None:
        return signals, ()
    question = asked(said, now_ms) or signals.question
    signals = replace(signals, warning=warning, question=question, notice="")
    return signals, () if mute else (Play(sound=WARNING_SOUNDS[warning.glyph]),)


def _warning(saying: Saying, until_ms: int, *, held: bool) -> LidWarning | None:
    """Say what to warn of at a lid. What was taken too often is graver than that something is on hold."""
    glyph: Glyph = "held" if held else "extra"
    match saying:
        case DoseExtra(because="not_due" | "closed" | "nothing_planned", compartment=compartment) if held:
            text = held_text(None, compartment)
        case DoseExtra(compartment=compartment):
            glyph, text = "extra", extra_text(saying)
        case DoseWrongCompartment(compartment=compartment):
            glyph = "held" if held else "wrong"
            place = place_text(saying.slot, saying.expected)
            text = f"{'on hold, and ' if held else ''}not this one: open {place}"
        case DoseTaken(compartment=compartment) if held:
            text = held_text(saying.slot, compartment)
        case _:
            return None
    return LidWarning(glyph=glyph, compartment=compartment, text=text, until_ms=until_ms)


def noticed(signals: Signals, text: str, now_ms: int, glyph: Glyph = "thanks") -> Signals:
    """Show a short answer to what the patient has just done: a tick, unless it came to nothing."""
    return replace(signals, notice=text, notice_glyph=glyph, notice_until_ms=now_ms + THANKS_MS)


def thanked(signals: Signals, now_ms: int) -> Signals:
    """Show that the answer to a question was taken down; nothing is warned of or asked any more."""
    return noticed(replace(signals, warning=None, question=None), "noted: thank you", now_ms)


def not_this_one(signals: Signals, compartment: str, coming: ToFill) -> Signals:
    """Warn at a lid that is not the one to be filled, until it is closed."""
    text = f"not this one: fill {place_words(coming)}"
    warning = LidWarning(glyph="wrong", compartment=compartment, text=text, until_ms=NEVER_MS, filling=True)
    return replace(signals, warning=warning, notice="")


def guided_on(signals: Signals, coming: ToFill | None) -> Signals:
    """Let a warning of refilling name the lid that is next now; it ends where its own lid is, or none."""
    warning = signals.warning
    if warning is None or not warning.filling:
        return signals
    if coming is None or coming.compartment == warning.compartment:
        return replace(signals, warning=None)
    return not_this_one(signals, warning.compartment, coming)


def finding(signals: Signals, now_ms: int) -> Said:
    """Begin to sound and flash so that the box can be found."""
    signals = replace(signals, find_until_ms=now_ms + FIND_MS, find_next_ms=now_ms + FIND_EVERY_MS)
    return signals, (Play(sound="find_me"),)


def closed(signals: Signals, compartment: str) -> Signals:
    """End a warning: its lid is closed again."""
    if signals.warning is None or signals.warning.compartment != compartment:
        return signals
    return replace(signals, warning=None)


def pass_time(signals: Signals, now_ms: int) -> Said:
    """End what has been shown for long enough, and go on sounding for whoever looks for the box."""
    if now_ms < signals.wake_ms:
        return signals, ()
    if signals.warning is not None and now_ms >= signals.warning.until_ms:
        signals = replace(signals, warning=None)
    if signals.question is not None and now_ms >= signals.question.until_ms:
        signals = replace(signals, question=None)
    if signals.notice and now_ms >= signals.notice_until_ms:
        signals = replace(signals, notice="")
    if now_ms < signals.find_next_ms:
        return signals, ()
    if now_ms >= signals.find_until_ms:
        return replace(signals, find_until_ms=0, find_next_ms=NEVER_MS), ()
    return replace(signals, find_next_ms=now_ms + FIND_EVERY_MS), (Play(sound="find_me"),)


def shown(
    course: Course,
    air: Air,
    signals: Signals,
    *,
    refill: bool,
    guide: Guide | None,
    now: Stamp,
    hours: Hours,
) -> PanelView:
    """Return everything the patient sees now."""
    due = due_now(course, now.at) if is_trusted(now) else ()
    trouble = standing_wrong(
        course, air, now, hub_online=signals.hub_online, cannot_record=signals.cannot_record
    )
    warning = signals.warning
    lamps = {} if refill else {slot.compartment: _lamp(course, slot, now.at) for slot in reversed(due)}
    if guide is not None and guide.coming is not None:
        lamps[guide.coming.compartment] = FILL_LAMP
    if warning is not None:
        lamps[warning.compartment] = WARNING_LAMPS[warning.glyph]
    glyph: Glyph
    sign = _sign(signals, trouble)
    if sign is not None:
        glyph, text = sign
    elif refill:
        glyph, text = "refill", refill_text(guide)
    elif due:
        late = any(now.at > slot.late_at for slot in due)
        glyph, text = "late" if late else "due", due_text(due)
    elif trouble:
        glyph, text = trouble[0], TROUBLE[trouble[0]]
    else:
        glyph, text = "idle", ""
    marks = tuple(sign for sign in trouble if sign != glyph)
    dim = hours.is_dimmed(now.at, calls=glyph in CALLING or bool(lamps))
    return PanelView(glyph=glyph, lamps=lamps, marks=marks, text=text, dim=dim)


def _sign(signals: Signals, trouble: tuple[Glyph, ...]) -> tuple[Glyph, str] | None:
    """Return what must be seen before everything that is planned, the most urgent first."""
    if signals.find_until_ms:
        return "find_me", "here I am"
    if signals.warning is not None:
        return signals.warning.glyph, signals.warning.text
    if "cannot_record" in trouble:
        return "cannot_record", TROUBLE["cannot_record"]
    if signals.notice:
        return signals.notice_glyph, signals.notice
    if signals.question is not None:
        extra = signals.question.extra
        return "extra", f"{lid_words(extra.compartment) or extra.compartment.upper()} {WORDS}"
    return None


def _lamp(course: Course, slot: PlannedSlot, at: int) -> Lamp:
    if at > slot.late_at:
        return LATE_LAMP
    light = cue_of(course, step_at(slot, at)).light
    return Lamp(colour="blue", light=DUE_LIGHTS.get(light, light))
