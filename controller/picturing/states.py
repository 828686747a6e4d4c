"""What brings the panel into each of its states, and what does it show and sound there?

Each state is reached by the witness itself, from what happens to a box: a picture can show nothing that a box
would not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from controller.wire.envelope import Stamp
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms
from controller.wire.messages import Command
from controller.wire.plan import Amount, HeldLid, Limit, Notices, Plan, PlannedSlot
from controller.wire.words import ClockTrust, ExcursionKind
from controller.witness.box import next_deadline, step, view
from controller.witness.inputs import (
    ButtonPressed,
    ClimateRead,
    CommandArrived,
    HubSeen,
    Input,
    LidMoved,
    PlanArrived,
    Play,
    RecordingFailed,
    Say,
    Started,
    Tick,
)
from controller.witness.state import new_box
from firmware.board import LAYOUTS
from firmware.ports import ClimateReading, Glyph, NoReading, PanelView, Sound

MONDAY: Final = instant_ms("2026-11-23T00:00:00Z")
BOX: Final = "kitchen"
SENSOR: Final = "sht4x"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state as a patient meets it; `words` are said aloud where the box has a voice."""

    view: PanelView
    sound: Sound
    words: str


class _Story:
    """One box in virtual time; a tick comes whenever the box asks for one."""

    def __init__(self, at: int, clock: ClockTrust = "synced") -> None:
        self._box = new_box(BOX, LAYOUTS["7x2"])
        self._at, self._mono_ms, self._clock = at, 1_000, clock
        self.sound: Sound = "none"
        self.words = ""
        self.take(Started(stamp=self.stamp(), version="1", lids={}))

    @property
    def view(self) -> PanelView:
        return view(self._box)

    def stamp(self) -> Stamp:
        return Stamp(at=self._at, boot="boot-1", mono_ms=self._mono_ms, clock=self._clock)

    def take(self, happening: Input) -> None:
        self._box, effects = step(self._box, happening)
        for effect in effects:
            if isinstance(effect, Play):
                self.sound = effect.sound
            elif isinstance(effect, Say):
                self.words = effect.utterance.words

    def wait(self, span_ms: int) -> None:
        end_ms = self._mono_ms + span_ms
        while (due_ms := next_deadline(self._box)) is not None and due_ms <= end_ms:
            self._go(due_ms - self._mono_ms)
            self.take(Tick(stamp=self.stamp()))
        self._go(end_ms - self._mono_ms)

    def until(self, at: int) -> None:
        self.wait(at - self._at)
        self.sound, self.words = "none", ""

    def open(self, lid: str) -> None:
        self.take(LidMoved(stamp=self.stamp(), compartment=lid, open=True, because="edge"))

    def _go(self, span_ms: int) -> None:
        self._at += span_ms
        self._mono_ms += span_ms


def states() -> dict[Glyph, State]:
    """Return every state of the panel in the order in which the docs tell of it."""
    found: dict[Glyph, State] = {}
    for name, act in _ACTS.items():
        story = act()
        found[name] = State(view=story.view, sound=story.sound, words=story.words)
    return found


def _at(hour: int, minute: int = 0) -> int:
    return MONDAY + hour * HOUR_MS + minute * MINUTE_MS


def _slot(hour: int, lid: str) -> PlannedSlot:
    due_at = _at(hour)
    return PlannedSlot(
        slot=f"azathioprine/2026-11-23/{hour:02}:00",
        compartment=lid,
        opens_at=due_at - HOUR_MS,
        due_at=due_at,
        late_at=due_at + HOUR_MS,
        closes_at=due_at + 4 * HOUR_MS,
        amounts=(Amount(medicine="azathioprine-50mg-tablet", amount=1.0),),
        remind_at=(due_at, due_at + 2 * HOUR_MS),
    )


def _limit(rule: ExcursionKind, limit: float) -> Limit:
    clear = limit + 1 if rule == "cold" else limit - 1
    return Limit(
        rule=rule,
        excursion=rule,
        measure="humidity_pct" if rule == "damp" else "temperature_c",
        side="below" if rule == "cold" else "above",
        limit=limit,
        clear=clear,
        dwell_ms=0,
        clear_dwell_ms=0,
    )


def _plan(notices: Notices | None = None) -> Plan:
    return Plan(
        v=1,
        box=BOX,
        plan="p-1",
        made_at=MONDAY,
        until=MONDAY + 14 * DAY_MS,
        slots=(_slot(8, "mon-am"), _slot(20, "mon-pm")),
        limits=(_limit("hot", 30.0), _limit("damp", 75.0), _limit("cold", 5.0)),
        notices=notices,
    )


def _begun(at: int = _at(13), *, plan: Plan | None = None) -> _Story:
    """Return a box that has a plan, a hub and nothing to do yet, at an instant of a Monday."""
    story = _Story(_at(7, 30))
    story.take(HubSeen(stamp=story.stamp(), online=True))
    story.take(PlanArrived(stamp=story.stamp(), plan=plan or _plan()))
    story.until(at)
    return story


def _due() -> _Story:
    story = _begun(_at(7, 59))
    story.wait(MINUTE_MS)
    return story


def _late() -> _Story:
    story = _begun(_at(9, 59))
    story.wait(MINUTE_MS)
    return story


def _opened(lid: str, at: int, plan: Plan | None = None) -> _Story:
    story = _begun(at, plan=plan)
    story.open(lid)
    return story


def _held() -> _Story:
    held = HeldLid(compartment="thu-am", begins_at=MONDAY, ends_at=MONDAY + 7 * DAY_MS)
    return _opened("thu-am", _at(13), _plan(Notices(held=(held,))))


def _refill() -> _Story:
    story = _begun()
    story.take(ButtonPressed(stamp=story.stamp(), button="refill"))
    return story


def _find_me() -> _Story:
    story = _begun()
    order = Command(v=1, box=BOX, id="c-1", command="find_me", expires_at=_at(23))
    story.take(CommandArrived(stamp=story.stamp(), command=order))
    return story


def _air(reading: ClimateReading | NoReading) -> _Story:
    story = _begun()
    story.take(ClimateRead(stamp=story.stamp(), sensor=SENSOR, reading=reading))
    return story


def _warm(temperature_c: float, humidity_pct: float) -> Callable[[], _Story]:
    return lambda: _air(ClimateReading(temperature_c=temperature_c, humidity_pct=humidity_pct))


def _low_supply() -> _Story:
    story = _begun()
    low = replace(_plan(Notices(low_supply=True)), plan="p-2", made_at=MONDAY + 1)
    story.take(PlanArrived(stamp=story.stamp(), plan=low))
    return story


def _cannot_record() -> _Story:
    story = _begun()
    story.take(RecordingFailed(stamp=story.stamp(), failed=True))
    return story


def _no_plan() -> _Story:
    story = _Story(_at(13))
    story.take(HubSeen(stamp=story.stamp(), online=True))
    story.wait(10 * MINUTE_MS)
    return story


def _clock() -> _Story:
    story = _Story(_at(13), "untrusted")
    story.take(HubSeen(stamp=story.stamp(), online=True))
    story.take(PlanArrived(stamp=story.stamp(), plan=_plan()))
    story.wait(10 * MINUTE_MS)
    return story


def _no_hub() -> _Story:
    story = _begun(_at(13))
    story.take(HubSeen(stamp=story.stamp(), online=False))
    story.wait(20 * MINUTE_MS)
    return story


_ACTS: Final[dict[Glyph, Callable[[], _Story]]] = {
    "idle": _begun,
    "due": _due,
    "late": _late,
    "wrong": lambda: _opened("wed-pm", _at(8, 5)),
    "extra": lambda: _opened("sun-pm", _at(13)),
    "held": _held,
    "thanks": lambda: _opened("mon-am", _at(8, 5)),
    "refill": _refill,
    "find_me": _find_me,
    "hot": _warm(34.0, 45.0),
    "damp": _warm(22.0, 82.0),
    "cold": _warm(2.0, 45.0),
    "fault": lambda: _air(NoReading(because="absent")),
    "low_supply": _low_supply,
    "no_hub": _no_hub,
    "clock": _clock,
    "no_plan": _no_plan,
    "cannot_record": _cannot_record,
}
