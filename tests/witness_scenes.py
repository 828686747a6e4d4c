"""How is one box driven through a day in a test? In virtual time, with a tick at every deadline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from controller.wire.envelope import Envelope, Stamp, envelope_json, read_envelope
from controller.wire.events import EventData, LidSource
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms, instant_text
from controller.wire.messages import Command
from controller.wire.plan import Amount, Cue, Limit, Plan, PlannedSlot, check_plan
from controller.wire.words import ClockTrust
from controller.witness.box import Box, next_deadline, recall, remembered, step, view
from controller.witness.inputs import (
    ButtonPressed,
    ButtonReleased,
    ClimateRead,
    CommandArrived,
    HubSeen,
    Input,
    LidMoved,
    PlanArrived,
    Play,
    Record,
    Say,
    Started,
    Tick,
)
from controller.witness.state import new_box
from controller.witness.telling.standing import SOUND_OF
from controller.witness.telling.tremor import SHAKE_MS
from firmware.ports import Button, ClimateReading, NoReading, PanelView, Sound, Utterance

MONDAY = instant_ms("2026-11-23T00:00:00Z")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COMPARTMENTS = tuple(f"{day}-{half}" for day in DAYS for half in ("am", "pm"))
Event = TypeVar("Event")


def on(text: str, day: int = 0) -> int:
    """Return the instant of `HH:MM[:SS]` on the Monday of the scene, or on a later day."""
    hours, minutes, *rest = (float(part) for part in text.split(":"))
    seconds = rest[0] if rest else 0.0
    return MONDAY + day * DAY_MS + round((hours * 3600 + minutes * 60 + seconds) * 1000)


def slot(
    time: str = "08:00",
    *,
    day: int = 0,
    regimen: str = "a",
    compartment: str | None = None,
    early_ms: int = HOUR_MS,
    late_ms: int = HOUR_MS,
    closes_ms: int = 4 * HOUR_MS,
    remind: Iterable[int] = (0, 30, 60, 120),
    amount: float = 1.0,
) -> PlannedSlot:
    """Return a slot due at a time of the scene, by default in its day's compartment."""
    due_at = on(time, day)
    half = "am" if int(time[:2]) < 12 else "pm"
    return PlannedSlot(
        slot=f"{regimen}/{instant_text(due_at)[:10]}/{time[:5]}",
        compartment=compartment or f"{DAYS[day % 7]}-{half}",
        opens_at=due_at - early_ms,
        due_at=due_at,
        late_at=due_at + late_ms,
        closes_at=due_at + closes_ms,
        amounts=(Amount(medicine="m", amount=amount),),
        remind_at=tuple(due_at + minutes * MINUTE_MS for minutes in remind),
    )


def plan_of(
    *slots: PlannedSlot,
    name: str = "p1",
    made_at: int = MONDAY,
    until: int = MONDAY + 14 * DAY_MS,
    limits: tuple[Limit, ...] = (),
    cues: tuple[Cue, ...] = (),
) -> Plan:
    """Return a plan that a box accepts."""
    plan = Plan(
        v=1, box="kitchen", plan=name, made_at=made_at, until=until, slots=slots, limits=limits, cues=cues
    )
    check_plan(plan)
    return plan


@dataclass
class Scene:
    """One box, its true time and its clock. `said` holds every record with its stamp, in order.

    `standing` are the sounds of what only stands wrong, `sounds` all others.
    """

    box: Box = field(default_factory=lambda: new_box("kitchen", COMPARTMENTS))
    wall_ms: int = MONDAY
    mono_ms: int = 1_000
    boot: int = 1
    clock: ClockTrust = "synced"
    said: list[Record] = field(default_factory=list)
    sounds: list[tuple[int, Sound]] = field(default_factory=list)
    standing: list[tuple[int, Sound]] = field(default_factory=list)
    spoken: list[Utterance] = field(default_factory=list)
    lids: dict[str, bool] = field(default_factory=dict)
    ticks: int = 0

    @classmethod
    def begun(cls, plan: Plan | None = None, at: int = MONDAY, clock: ClockTrust = "synced") -> Scene:
        """Return a scene whose box has started and holds a plan."""
        scene = cls(wall_ms=at, clock=clock)
        scene.start()
        if plan is not None:
            scene.plan(plan)
        return scene

    def stamp(self, before_ms: int = 0) -> Stamp:
        """Return the stamp of now, or of a little before."""
        return Stamp(
            at=self.wall_ms - before_ms,
            boot=f"boot-{self.boot}",
            mono_ms=self.mono_ms - before_ms,
            clock=self.clock,
        )

    def take(self, happening: Input) -> list[EventData]:
        """Let something happen; return what was recorded of it, checked to be fit for the wire."""
        self.box, effects = step(self.box, happening)
        found: list[EventData] = []
        for effect in effects:
            if isinstance(effect, Play):
                heard = self.standing if effect.sound in SOUND_OF.values() else self.sounds
                heard.append((happening.stamp.at, effect.sound))
                continue
            if isinstance(effect, Say):
                self.spoken.append(effect.utterance)
                continue
            envelope = Envelope(box="kitchen", stream="s", seq=1, stamp=effect.stamp, data=effect.data)
            assert read_envelope(envelope_json(envelope)) == envelope
            self.said.append(effect)
            found.append(effect.data)
        return found

    def start(
        self, lids: Mapping[str, bool] | None = None, *, sensors: tuple[str, ...] | None = None
    ) -> list[EventData]:
        """Start the program; lids that were never moved are closed."""
        if lids is not None:
            self.lids.update(lids)
        found = {name: self.lids.get(name, False) for name in COMPARTMENTS}
        return self.take(Started(stamp=self.stamp(), version="1.0", lids=found, sensors=sensors))

    def restart(
        self, *, off_ms: int = 0, power: bool = False, sensors: tuple[str, ...] | None = None
    ) -> list[EventData]:
        """End the program and start it again from what it remembered, with or without a power cut."""
        lock = None if self.box.lock is None else self.box.lock.fails
        self.box = recall("kitchen", COMPARTMENTS, remembered(self.box), lock)
        self.wall_ms += off_ms
        self.mono_ms += off_ms
        if power:
            self.boot += 1
            self.mono_ms = 1_000
        return self.start(sensors=sensors)

    def plan(self, plan: Plan) -> list[EventData]:
        """Let a plan arrive."""
        return self.take(PlanArrived(stamp=self.stamp(), plan=plan))

    def lid(
        self, compartment: str, is_open: bool, *, because: LidSource = "edge", before_ms: int = 0
    ) -> list[EventData]:
        """Move a lid, reported `before_ms` after its first edge."""
        self.lids[compartment] = is_open
        return self.take(
            LidMoved(stamp=self.stamp(before_ms), compartment=compartment, open=is_open, because=because)
        )

    def open(self, compartment: str, at: int | None = None) -> list[EventData]:
        """Open a lid now, or go on to an instant first."""
        if at is not None:
            self.until(at)
        return self.lid(compartment, True)

    def close(self, compartment: str, at: int | None = None) -> list[EventData]:
        """Close a lid now, or go on to an instant first."""
        if at is not None:
            self.until(at)
        return self.lid(compartment, False)

    def use(self, compartment: str, at: int | None = None) -> list[EventData]:
        """Open a lid and close it ten seconds later; return what the opening was taken for."""
        found = self.open(compartment, at)
        self.after(10_000)
        self.close(compartment)
        return found

    def press(self, button: Button, *, shaking: bool = False) -> list[EventData]:
        """Press a button; a hand that is not `shaking` has let go of it long enough before."""
        last_ms = self.box.signals.pressed_ms.get(button)
        if last_ms is not None and not shaking and self.mono_ms - last_ms < SHAKE_MS:
            self.after(SHAKE_MS)
        return self.take(ButtonPressed(stamp=self.stamp(), button=button))

    def let_go(self, button: Button) -> list[EventData]:
        """Let a button go that was pressed."""
        return self.take(ButtonReleased(stamp=self.stamp(), button=button))

    def command(self, command: Command) -> list[EventData]:
        """Let a command arrive."""
        return self.take(CommandArrived(stamp=self.stamp(), command=command))

    def climate(
        self,
        temperature_c: float | str,
        humidity_pct: float = 50.0,
        light_pct: float | None = None,
        *,
        sensor: str = "sht4x",
        of_medicine: bool = True,
    ) -> list[EventData]:
        """Read a sensor; a word instead of a temperature is a failed reading."""
        reading = (
            NoReading(because=temperature_c)
            if isinstance(temperature_c, str)
            else ClimateReading(temperature_c=temperature_c, humidity_pct=humidity_pct, light_pct=light_pct)
        )
        return self.take(
            ClimateRead(stamp=self.stamp(), sensor=sensor, reading=reading, of_medicine=of_medicine)
        )

    def hub(self, online: bool) -> None:
        """Let the hub come or go."""
        self.take(HubSeen(stamp=self.stamp(), online=online))

    def tick(self) -> list[EventData]:
        """Let a tick come now."""
        self.ticks += 1
        return self.take(Tick(stamp=self.stamp()))

    def after(self, span_ms: int) -> list[EventData]:
        """Let time pass, with a tick at each deadline and none at the end."""
        end_ms = self.mono_ms + span_ms
        said: list[EventData] = []
        while (deadline := next_deadline(self.box)) is not None and deadline <= end_ms:
            assert deadline > self.mono_ms, "a deadline that has passed already makes a busy loop"
            self._go(deadline - self.mono_ms)
            said += self.tick()
            following = next_deadline(self.box)
            assert following is None or following > self.mono_ms, "a tick that changes no deadline"
        self._go(end_ms - self.mono_ms)
        return said

    def until(self, at: int) -> list[EventData]:
        """Let time pass up to a wall instant."""
        return self.after(max(0, at - self.wall_ms))

    def jump(self, by_ms: int) -> list[EventData]:
        """Set the wall clock by an amount; the box notices at its next stamp."""
        self.wall_ms += by_ms
        return self.tick()

    def trust(self, clock: ClockTrust, by_ms: int = 0) -> list[EventData]:
        """Change how far the wall clock can be trusted, and set it by an amount."""
        self.clock = clock
        return self.jump(by_ms)

    def view(self) -> PanelView:
        """Return what the patient sees."""
        return view(self.box)

    def of(self, kind: type[Event]) -> list[Event]:
        """Return every event of a kind so far."""
        return [record.data for record in self.said if isinstance(record.data, kind)]

    def _go(self, span_ms: int) -> None:
        self.wall_ms += span_ms
        self.mono_ms += span_ms


def moved_slot(planned: PlannedSlot, by_ms: int) -> PlannedSlot:
    """Return a slot with all its instants shifted and its id kept."""
    return replace(
        planned,
        opens_at=planned.opens_at + by_ms,
        due_at=planned.due_at + by_ms,
        late_at=planned.late_at + by_ms,
        closes_at=planned.closes_at + by_ms,
        remind_at=tuple(at + by_ms for at in planned.remind_at),
    )


def only(found: list[EventData], kind: type[Event]) -> Event:
    """Return the one event of a kind among those found."""
    matching = [event for event in found if isinstance(event, kind)]
    assert len(matching) == 1, f"wanted one {kind.__name__}, found {found}"
    return matching[0]
