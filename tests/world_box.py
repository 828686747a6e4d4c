"""What does one box of the world live through, and what is the truth about it?"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from controller.engine import Engine
from controller.keeping.outbox import Outbox
from controller.reaction import Reaction
from controller.wire.envelope import Stamp, body_of
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, instant_ms
from controller.wire.topics import Outgoing, match_topic
from controller.wire.words import ClockTrust
from controller.witness.inputs import ButtonPressed, ClimateRead, LidMoved, Record, Started, Tick
from firmware.ports import ClimateReading, NoReading
from hub.care.people import Box
from hub.care.schedule import slots_of_day
from tests.world_homes import NEEDED

if TYPE_CHECKING:
    from tests.world import World

SPEECH_MS = 60
"""How long after its first edge a lid's movement reaches the core: the debounce."""


@dataclass(frozen=True)
class Watch:
    """A stretch of true time in which the box was powered, trusted its clock, and the clock was right."""

    begins_ms: int
    ends_ms: int
    offset_ms: int


@dataclass(frozen=True)
class Move:
    """A lid was moved by somebody, whether or not anything saw it."""

    at_ms: int
    compartment: str
    open: bool


@dataclass(frozen=True)
class Window:
    """What a plan asked of a slot: its lid, and from when to when."""

    compartment: str
    opens_at: int
    closes_at: int


@dataclass(frozen=True)
class Delivery:
    """A plan reached the box."""

    at_ms: int
    slots: frozenset[str]


class WorldBox:
    """The box as a thing in a kitchen: lids, power, a clock, and the shipped engine inside."""

    def __init__(self, world: World, box: Box) -> None:
        self.world = world
        self.box = box
        self.lids = dict.fromkeys(box.compartments, False)
        self.engine: Engine | None = None
        self.boots = 0
        self.streams = 0
        self.booted_ms = 0
        self.offset_ms = 0
        self.trust: ClockTrust = "synced"
        self.linked = True
        self.recorded: dict[tuple[str, int], str] = {}
        self.recorded_ms: dict[tuple[str, int], int] = {}
        self.deliveries: list[Delivery] = []
        self.heard: dict[str, list[tuple[int, Window]]] = {}
        self.moves: list[Move] = []
        self.watches: list[Watch] = []
        self._watching_since: int | None = None
        self._tick_due: int | None = None
        self._life = 0
        self.outbox = Witnessed(self)

    # Power.

    def power_on(self) -> None:
        """Boot: a new process over what the outbox kept."""
        now_ms = self.world.now_ms
        self.boots += 1
        self._life += 1
        self.booted_ms = now_ms
        self.outbox.reopen()
        self.engine = Engine(
            box=self.box.id,
            compartments=self.box.compartments,
            outbox=self.outbox,
            version="world",
            chance=self.world.wires.random,
        )
        self._begin_watch()
        self._take(self.engine.handle(Started(stamp=self.stamp(), version="world", lids=dict(self.lids))))
        if self.linked:
            self._link_up()

    def power_cut(self, off_ms: int) -> None:
        """Pull the plug; without a battery the clock stands still until somebody sets it."""
        if self.engine is None or self.world.calm:
            return
        self._end_watch()
        self.engine = None
        self._life += 1
        back_ms = min(self.world.now_ms + off_ms, self.world.calm_ms - 1)
        if self.world.chance.random() < self.world.weather.boots_untrusted:
            self.trust = "untrusted"
            self.offset_ms -= max(0, back_ms - self.world.now_ms)
            self.world.at(back_ms + self.world.chance.randrange(DAY_MS), self.sync)
        self.world.at(back_ms, self._come_back)

    def _come_back(self) -> None:
        if self.engine is None:
            self.power_on()

    def mend(self) -> None:
        """Set everything right for the calm at the end."""
        if self.engine is None:
            self.power_on()
        self.sync()
        self.link(up=True)

    # Clock.

    def stamp(self, at_ms: int | None = None) -> Stamp:
        """Return what the box's two clocks show at an instant of true time."""
        true_ms = self.world.now_ms if at_ms is None else at_ms
        return Stamp(
            at=max(0, true_ms + self.offset_ms),
            boot=f"boot-{self.boots}",
            mono_ms=max(0, true_ms - self.booted_ms + 10_000),
            clock=self.trust,
        )

    def clock_fault(self) -> None:
        """Step the wall clock either way, trusted or not, and set it right later."""
        if self.world.calm:
            return
        chance = self.world.chance
        step_ms = chance.choice((-1, 1)) * int(SECOND_MS * 10 ** chance.uniform(0.5, 5.3))
        self._set_clock(self.offset_ms + step_ms, chance.choice(("synced", "rtc", "untrusted")))
        self.world.within(DAY_MS, self.sync)

    def sync(self) -> None:
        """Let the network set the clock."""
        self._set_clock(0, "synced")

    def _set_clock(self, offset_ms: int, trust: ClockTrust) -> None:
        if (offset_ms, trust) == (self.offset_ms, self.trust):
            return
        broken = offset_ms != self.offset_ms or "untrusted" in (trust, self.trust)
        if broken:
            self._end_watch()
        self.offset_ms, self.trust = offset_ms, trust
        if broken:
            self._begin_watch()
        self.tick()

    def _begin_watch(self) -> None:
        self._watching_since = self.world.now_ms if self.trust != "untrusted" else None

    def _end_watch(self) -> None:
        if self._watching_since is not None and self.engine is not None:
            self.watches.append(Watch(self._watching_since, self.world.now_ms, self.offset_ms))
        self._watching_since = None

    def watches_now(self) -> list[Watch]:
        """Return every stretch the box could watch, the one that goes on included."""
        if self._watching_since is None or self.engine is None:
            return self.watches
        return [*self.watches, Watch(self._watching_since, self.world.now_ms, self.offset_ms)]

    # Link.

    def link_cut(self, for_ms: int) -> None:
        """Cut the network for a while; the box goes on by itself."""
        if self.world.calm:
            return
        self.link(up=False)
        self.world.at(min(self.world.now_ms + for_ms, self.world.calm_ms), lambda: self.link(up=True))

    def link(self, *, up: bool) -> None:
        """Set whether the broker can be reached."""
        if up == self.linked:
            return
        self.linked = up
        if self.engine is None:
            return
        if up:
            self._link_up()
        else:
            self._take(self.engine.link(False, self.stamp()))

    def _link_up(self) -> None:
        assert self.engine is not None
        self._take(self.engine.link(True, self.stamp()))
        for message in list(self.world.retained.values()):
            self.receive(message)

    def receive(self, message: Outgoing) -> None:
        """Let a message from the broker arrive, if the box is there and listens to its topic."""
        row = match_topic(message.topic)
        if self.engine is None or not self.linked or row is None:
            return
        name, ids = row
        if name == "hub_status" or (name in {"plan", "ack", "command"} and ids.get("box") == self.box.id):
            if name == "plan":
                self._hear_plan(message)
            self._take(self.engine.receive(message.topic, message.payload, self.stamp()))

    def _hear_plan(self, message: Outgoing) -> None:
        """Note which plan reached the box, and each version of a slot with when it first came."""
        asked = windows_in(message.payload)
        if asked is None:
            return
        now_ms = self.world.now_ms
        self.deliveries.append(Delivery(now_ms, frozenset(asked)))
        for slot, window in asked.items():
            versions = self.heard.setdefault(slot, [])
            if not any(known == window for _, known in versions):
                versions.append((now_ms, window))

    # The core's time.

    def tick(self) -> None:
        """Let the core see the time."""
        if self.engine is not None:
            self._take(self.engine.handle(Tick(stamp=self.stamp())))

    def _take(self, reaction: Reaction) -> None:
        assert self.engine is not None
        for message in (*reaction.outgoing, *self.engine.pump(self.stamp().mono_ms)):
            self.world.publish(message, to_hub=True)
        due = self.engine.next_deadline()
        if due is None:
            return
        true_ms = max(self.world.now_ms, due - 10_000 + self.booted_ms)
        if true_ms != self._tick_due:
            self._tick_due = true_ms
            self.world.at(true_ms, lambda: self._tick_at(true_ms))

    def _tick_at(self, true_ms: int) -> None:
        if true_ms == self._tick_due:
            self._tick_due = None
            self.tick()

    # People.

    def new_day(self) -> None:
        """Draw what the patient does on the local day that begins now."""
        zone = ZoneInfo(self.world.household.patients[self.box.patient].timezone)
        day = datetime.fromtimestamp(self.world.now_ms / 1000, UTC).astimezone(zone).date()
        chance = self.world.chance
        for regimen in self.world.household.regimens.values():
            if regimen.box != self.box.id:
                continue
            for slot in slots_of_day(self.world.household, regimen, day + timedelta(days=1)):
                self._intend(slot.compartment, slot.opens_at, slot.due_at, slot.late_at, slot.closes_at)
        self._need()
        if chance.random() < 0.2:
            self.world.within(DAY_MS, lambda: self.handle_lid(chance.choice(self.box.compartments[:-1])))
        if chance.random() < 0.05:
            button = chance.choice(("snooze", "taken_elsewhere", "help", "refill", "quiet"))
            self.world.within(DAY_MS, lambda: self.press(button))
        if chance.random() < 0.02:
            self.world.within(HOUR_MS, self.climate_day)

    def _need(self) -> None:
        """Draw how often the patient opens the lid of what is as needed: rarely for days, then too often."""
        if self.world.now_ms // DAY_MS % 12 > 1:
            return
        needs = random.Random(f"{self.world.seed} {self.box.id} {self.world.now_ms}")
        for _ in range(needs.randrange(8)):
            after_ms = needs.randrange(DAY_MS)
            self.world.at(self.world.now_ms + after_ms, self._take_as_needed)

    def _take_as_needed(self) -> None:
        if not self.lids[NEEDED]:
            self.move(NEEDED, opened=True)
            self.world.at(self.world.now_ms + 20_000, lambda: self.move(NEEDED, opened=False))
            self.world.at(self.world.now_ms + MINUTE_MS, self.answer)

    def _intend(self, compartment: str, opens: int, due: int, late: int, closes: int) -> None:
        chance = self.world.chance
        mood = chance.random()
        if mood < 0.75:
            when = chance.randrange(due - 10 * MINUTE_MS, late)
        elif mood < 0.85:
            when = chance.randrange(late, closes + 1)
        elif mood < 0.90:
            when = chance.randrange(opens - HOUR_MS, due)
        elif mood < 0.93:
            when = chance.choice((opens, due, late, closes, opens - 1, closes + 1))
        else:
            return
        self.world.at(max(self.world.now_ms, when), lambda: self.handle_lid(compartment))
        if chance.random() < 0.04:
            again = when + chance.randrange(2 * HOUR_MS)
            self.world.at(max(self.world.now_ms, again), lambda: self.handle_lid(compartment))

    def handle_lid(self, compartment: str) -> None:
        """Open a lid and close it again, sometimes only much later."""
        if self.lids[compartment]:
            return
        self.move(compartment, opened=True)
        is_long = self.world.chance.random() < self.world.weather.lid_stays_open
        stays_ms = self.world.chance.randrange(14 * HOUR_MS) if is_long else 20_000
        self.world.at(self.world.now_ms + stays_ms, lambda: self.move(compartment, opened=False))
        self.world.at(self.world.now_ms + MINUTE_MS, self.answer)

    def answer(self) -> None:
        """Answer most of what the box asks, now and then with both buttons, one after the other."""
        mood = self.world.now_ms // 1_000 % 7
        if self.engine is None or self.engine.view.glyph != "extra" or not mood:
            return
        for button in ("taken_elsewhere", "snooze")[: 1 + mood // 5]:
            self.press(button)

    def move(self, compartment: str, *, opened: bool) -> None:
        """Move a lid; if the box is powered, its core hears of it once the contact has settled."""
        self.lids[compartment] = opened
        self.moves.append(Move(self.world.now_ms, compartment, opened))
        if self.engine is None:
            return
        stamp, life = self.stamp(), self._life
        self.world.at(self.world.now_ms + SPEECH_MS, lambda: self._say(life, stamp, compartment, opened))

    def _say(self, life: int, stamp: Stamp, compartment: str, opened: bool) -> None:
        if self.engine is None or life != self._life:
            return
        if self.world.wires.random() < 0.2:
            self.tick()  # Something else comes first, and the newest stamp is later than the edge.
        moved = LidMoved(stamp=stamp, compartment=compartment, open=opened, because="edge")
        self._take(self.engine.handle(moved))

    def press(self, button: str) -> None:
        """Press a button of the box."""
        if self.engine is not None:
            pressed = ButtonPressed(stamp=self.stamp(), button=button)  # type: ignore[arg-type]  # one of the five
            self._take(self.engine.handle(pressed))
            if button == "refill":
                self.world.at(self.world.now_ms + 10 * MINUTE_MS, lambda: self.press_again(button))

    def press_again(self, button: str) -> None:
        """End refilling, so that the box does not stay deaf to intakes for ever."""
        if self.engine is not None and not self.world.calm:
            self._take(self.engine.handle(ButtonPressed(stamp=self.stamp(), button="refill")))

    def climate_day(self) -> None:
        """Read the sensor for some hours; rarely it fails, or the air is damp, hot or cold for a while."""
        chance = self.world.chance
        air = ClimateReading(temperature_c=chance.uniform(-5, 50), humidity_pct=chance.uniform(0, 100))
        begins_ms = self.world.now_ms
        for number in range(chance.randrange(4, 40)):
            reading: ClimateReading | NoReading = air
            if chance.random() < 0.05:
                reading = NoReading(because="crc")
            self.world.at(begins_ms + number * 20 * MINUTE_MS, lambda reading=reading: self._read(reading))  # type: ignore[misc]  # the loop's reading is bound as a default

    def _read(self, reading: ClimateReading | NoReading) -> None:
        if self.engine is not None:
            read = ClimateRead(stamp=self.stamp(), sensor="sht4x", reading=reading)
            self._take(self.engine.handle(read))

    def mint(self) -> str:
        """Name a new stream."""
        self.streams += 1
        return f"{self.box.id}-stream-{self.streams}"


class Witnessed(Outbox):
    """The shipped outbox, which also tells the world what it has promised to keep."""

    def __init__(self, world_box: WorldBox) -> None:
        self._world_box = world_box
        super().__init__(None, box=world_box.box.id, mint=world_box.mint)

    def reopen(self) -> None:
        """Know after a boot only what the file says."""
        self._find_stream()

    def commit(self, records: Sequence[Record], parts: Mapping[str, str]) -> tuple[int, ...]:
        """Store as shipped, and note what is promised from now on."""
        seqs = super().commit(records, parts)
        box = self._world_box
        for seq, record in zip(seqs, records, strict=True):
            key = (self.stream, seq)
            if key in box.recorded:
                box.world.breaches.append(f"law 1: {box.box.id} gave two events the place {key}")
            box.recorded[key] = body_of(record.stamp, record.data)
            box.recorded_ms[key] = box.world.now_ms
        return seqs


@lru_cache(maxsize=64)
def windows_in(payload: str) -> dict[str, Window] | None:
    """Read what a plan asks, once, however often it is delivered; `None` if it is rubbish.

    Not with the product's own reader: the truth about a box must not rest on what the box makes of it.
    """
    try:
        return {
            slot["slot"]: Window(
                compartment=slot["compartment"],
                opens_at=instant_ms(slot["opens_at"]),
                closes_at=instant_ms(slot["closes_at"]),
            )
            for slot in json.loads(payload)["slots"]
        }
    except (ValueError, KeyError, TypeError):
        return None
