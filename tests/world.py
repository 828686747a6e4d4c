"""What happens to boxes, broker and hub when everything fails that can? One seed, one clock, one answer.

The world runs the shipped engines of both programs in virtual time: only the wires between them, the power,
the clocks and the people are played. Everything that happens is drawn from one seed, so that a failure can
be repeated by its number.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.messages import Ack, AlertAck
from controller.wire.topics import Outgoing, match_topic, outgoing, topic_of
from hub.care import home
from hub.care.happenings import EventArrived, Happening
from hub.care.ledger import Change, Ledger, MessageRecord
from hub.care.people import Household
from hub.care.schedule import slots_of_day
from hub.engine import Engine as HubEngine
from hub.intake.arrivals import Arrival
from hub.store.port import Store
from tests.world_box import WorldBox
from tests.world_homes import ZONES, Order, household_text


@dataclass(frozen=True, kw_only=True)
class Weather:
    """How often things go wrong: chances a day, for each box or for the home."""

    power_cut: float = 0.02
    link_cut: float = 0.03
    clock_step: float = 0.01
    boots_untrusted: float = 0.3
    hub_kill: float = 0.03
    hub_pause: float = 0.02
    hub_clock_step: float = 0.002
    broker_kill: float = 0.03
    order: float = 0.01
    channel_fails: float = 0.05
    message_lost: float = 0.02
    message_twice: float = 0.02
    delay_ms_max: int = 1_500
    strangers: float = 0.03
    lid_stays_open: float = 0.05


CALM = Weather(
    power_cut=0, link_cut=0, clock_step=0, boots_untrusted=0, hub_kill=0, hub_pause=0, hub_clock_step=0,
    broker_kill=0, order=0, channel_fails=0, message_lost=0, message_twice=0, delay_ms_max=100, strangers=0,
)  # fmt: skip

BATCH_MS = 2_000
"""How long the hub is busy before it looks again. With the way there and back it is less than the pause after
which a box sends again: what is not lost is told once."""

LOSABLE = frozenset({"event", "ack"})
"""What the protocol itself makes good. A lost plan is made good by MQTT's own session."""

SETTLE_MS = 2 * DAY_MS + 43 * MINUTE_MS
"""How long the world stays calm at its end, so that every outbox drains and every window is judged.

Not a round number: at the full hour something is always still under way."""


class WatchedCare:
    """The shipped care core, which also counts how often each event of a box was acted on."""

    def __init__(self) -> None:
        self.acted: Counter[tuple[str, str, int]] = Counter()

    def open_ledger(self, household: Household, patient: str) -> Ledger:
        """Pass on."""
        return home.open_ledger(household, patient)

    def step(self, ledger: Ledger, happening: Happening) -> tuple[Ledger, tuple[Change, ...]]:
        """Count, and pass on."""
        if isinstance(happening, EventArrived):
            envelope = happening.envelope
            self.acted[envelope.box, envelope.stream, envelope.seq] += 1
        return home.step(ledger, happening)

    def next_deadline(self, ledger: Ledger) -> int | None:
        """Pass on."""
        return home.next_deadline(ledger)


@dataclass
class World:
    """Boxes, a lossy broker and a hub on one clock."""

    seed: int
    household: Household
    store: Store
    begins_ms: int
    days: int
    weather: Weather = Weather()
    zones: Sequence[str] = ZONES
    boxes: dict[str, WorldBox] = field(default_factory=dict)
    now_ms: int = 0
    letters_unsure: bool = False
    """Whether a letter may arrive without the hub's ever knowing."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        # Wires and strangers have dice of their own: what they do must not change what the patient does.
        self.wires = random.Random(f"wires {self.seed}")
        self.strange = random.Random(f"strangers {self.seed}")
        self.now_ms = self.begins_ms
        self.calm_ms = self.begins_ms + self.days * DAY_MS
        self.ends_ms = self.calm_ms + SETTLE_MS
        self.trace = hashlib.sha256()
        self.published: list[tuple[int, Outgoing]] = []
        self.told: list[tuple[int, MessageRecord]] = []
        self.messages_sent = 0
        self.retained: dict[str, Outgoing] = {}
        self.care = WatchedCare()
        self.breaches: list[str] = []
        self.orders: list[Order] = []
        self.households = [(self.begins_ms, self.household)]
        self.session = 0
        self.faults = 0
        self.hub: HubEngine | None = None
        self.hub_offset_ms = 0
        self.hub_inbox: list[Arrival] = []
        self._hub_due: int | None = None
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        for box in self.household.boxes.values():
            self.boxes[box.id] = WorldBox(self, box)

    def run(self) -> World:
        """Live from the first to the last day and return this world for its laws to be judged."""
        self.start_hub()
        for box in self.boxes.values():
            box.power_on()
        for day in range(self.days):
            self.at(self.begins_ms + day * DAY_MS, lambda: self._new_day())
        self.at(self.calm_ms, self._calm_down)
        while self._heap and self._heap[0][0] <= self.ends_ms:
            at_ms, _, happens = heapq.heappop(self._heap)
            self.now_ms = max(self.now_ms, at_ms)
            happens()
        return self

    def at(self, at_ms: int, happens: Callable[[], None]) -> None:
        """Let something happen at an instant of true time."""
        self._count += 1
        heapq.heappush(self._heap, (at_ms, self._count, happens))

    def within(self, span_ms: int, happens: Callable[[], None]) -> None:
        """Let something happen within a span from now, drawn by chance."""
        self.at(self.now_ms + self.chance.randrange(span_ms), happens)

    @property
    def calm(self) -> bool:
        """Whether nothing goes wrong any more."""
        return self.now_ms >= self.calm_ms

    def note(self, text: str) -> None:
        """Add to the trace whose digest tells two runs apart."""
        self.trace.update(f"{self.now_ms} {text}\n".encode())

    # People and faults of one day.

    def _new_day(self) -> None:
        weather = self.weather
        for box in self.boxes.values():
            box.new_day()
            self._perhaps(weather.power_cut, lambda box=box: box.power_cut(self._long()))  # type: ignore[misc]  # the loop's box is bound as a default
            self._perhaps(weather.link_cut, lambda box=box: box.link_cut(self._long()))  # type: ignore[misc]  # as above
            self._perhaps(weather.clock_step, box.clock_fault)
        self._perhaps(weather.hub_kill, self.kill_hub)
        self._perhaps(weather.hub_pause, lambda: self.kill_hub(self._long()))
        self._perhaps(weather.hub_clock_step, self._step_hub_clock)
        self._perhaps(weather.broker_kill, self.kill_broker)
        self._perhaps(weather.order, self.order)
        if self.strange.random() < self.weather.strangers:
            self._stranger()

    def _perhaps(self, chance: float, happens: Callable[[], None]) -> None:
        if self.chance.random() < chance:
            self.faults += 1
            self.within(DAY_MS, happens)

    def _long(self) -> int:
        """Draw how long a fault lasts: mostly minutes, sometimes days."""
        return int(MINUTE_MS * 10 ** self.chance.uniform(0, 3.4))

    def _calm_down(self) -> None:
        self.weather = CALM
        for box in self.boxes.values():
            box.mend()
        if self.hub is None:
            self.start_hub()

    # The broker: a wire that forgets, loses, repeats and reorders.

    def publish(self, message: Outgoing, *, to_hub: bool) -> None:
        """Carry a message: keep it when retained, deliver it late, twice or never."""
        self.note(f"{message.topic} {message.payload}")
        if message.retain:
            self.retained[message.topic] = message
        name, ids = match_topic(message.topic) or ("", {})
        if name in LOSABLE and self.wires.random() < self.weather.message_lost:
            return
        copies = 2 if self.wires.random() < self.weather.message_twice else 1
        session = self.session
        for _ in range(copies):
            arrives_ms = self.now_ms + self.wires.randrange(self.weather.delay_ms_max)
            self.at(
                arrives_ms, lambda: self._deliver(message, to_hub=to_hub, session=session, box=ids.get("box"))
            )

    def _deliver(self, message: Outgoing, *, to_hub: bool, session: int, box: str | None) -> None:
        if session != self.session:
            return  # It was under way when the broker was killed.
        if to_hub:
            self.to_hub(message.topic, message.payload.encode())
            return
        for listener in self.boxes.values() if box is None else filter(None, [self.boxes.get(box)]):
            listener.receive(message)

    def kill_broker(self) -> None:
        """Lose all that is under way and retained; everybody reconnects."""
        self.session += 1
        self.retained.clear()
        for box in self.boxes.values():
            box.link(up=False)
            self.within(MINUTE_MS, lambda box=box: box.link(up=True))  # type: ignore[misc]  # the loop's box is bound as a default
        if self.hub is not None:
            self._leaves_hub(self.hub.announce(self.hub_ms()))
        session = self.session
        self.at(self.now_ms + 10 * MINUTE_MS, lambda: self._look_at_broker(session))

    def _look_at_broker(self, session: int) -> None:
        """See that whoever connects to the broker after its death finds the plans there again."""
        if self.hub is None or session != self.session:
            return
        for box in self.boxes:
            if topic_of("plan", box=box) not in self.retained:
                self.breaches.append(f"law 4: the broker died and nobody gave it the plan of {box} again")

    def order(self) -> None:
        """Let the clinic order a hold for somebody, or other times, from today or tomorrow on."""
        if self.hub is None or self.calm:
            return
        chance = self.chance
        order = Order(
            patient=chance.randrange(len(self.boxes)),
            day=self.today() + timedelta(days=chance.randrange(2)),
            days=chance.choice((0, 1, 3)),
        )
        self.orders.append(order)
        self._import_orders()
        if order.days and chance.random() < 0.5:
            # It was a mistake, or the clinic thinks again within the day.
            self.within(12 * HOUR_MS, lambda: self._lift(order))

    def _lift(self, order: Order) -> None:
        """Let a hold be lifted again; a hub that is down is told when it is back."""
        if self.hub is None:
            self.at(self.now_ms + MINUTE_MS, lambda: self._lift(order))
            return
        self.orders.remove(order)
        self._import_orders()

    def _import_orders(self) -> None:
        assert self.hub is not None
        begins = datetime.fromtimestamp(self.begins_ms / 1000, UTC).date()
        text = household_text(self.seed, begins, len(self.boxes), self.orders, self.zones)
        messages = self.hub.import_household(text, self.hub_ms())
        assert self.hub.household is not None
        # Known before anything leaves: the first letter may already remind of a slot the order brought.
        self.household = self.hub.household
        self.households.append((self.now_ms, self.household))
        self._leaves_hub(messages)
        self._wake_hub()

    def today(self) -> date:
        """Return the date in UTC."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC).date()

    def _stranger(self) -> None:
        """Publish rubbish on every topic; nothing of it may change what happens."""
        names = ("event", "status", "state", "ack", "plan", "command")
        for box_id in (*self.boxes, "stranger"):
            topic = topic_of(self.strange.choice(names), box=box_id)  # type: ignore[arg-type]  # a name of the table
            rubbish = self.strange.choice((b"", b"{}", b"\xff", b'{"v":1}', b"[" * 900, b'{"v":1,"box":"x"}'))
            if self.hub is not None:
                self.to_hub(topic, rubbish)
            for box in self.boxes.values():
                box.receive(Outgoing(topic, rubbish.decode("latin-1"), 1, False))
        for name in self.boxes:
            # What an old card's stream, or a neighbour's, was told reaches the box as well.
            ack = Ack(v=1, box=name, stream="stranger", seq=self.strange.randrange(1, 100))
            for box in self.boxes.values():
                box.receive(outgoing("ack", ack, box=name))

    # The hub: an engine over a store that outlives it.

    def hub_ms(self) -> int:
        """Return what the hub's own clock shows."""
        return self.now_ms + self.hub_offset_ms

    def start_hub(self) -> None:
        """Start the hub's program over what its store kept."""
        self.hub = HubEngine(self.store, care=self.care)
        self._leaves_hub(self.hub.start(self.hub_ms()))
        self._wake_hub()

    def kill_hub(self, pause_ms: int = SECOND_MS) -> None:
        """Kill the hub: what it had heard but not yet committed is gone, perhaps for good."""
        if self.hub is None or self.calm:
            return
        self.hub = None
        self.hub_inbox.clear()
        self.at(min(self.now_ms + pause_ms, self.calm_ms), self._restart_hub)

    def _restart_hub(self) -> None:
        if self.hub is None:
            self.start_hub()

    def _step_hub_clock(self) -> None:
        if self.chance.random() < 0.3:
            # A bad answer of a time server: far ahead, and set right before anything is judged by it.
            self._set_hub_clock(self.chance.randrange(40 * DAY_MS))
            self.within(4 * MINUTE_MS, lambda: self._set_hub_clock(0))
            return
        self._set_hub_clock(self.chance.choice((-1, 1)) * self.chance.randrange(10 * MINUTE_MS))
        self.within(HOUR_MS, lambda: self._set_hub_clock(0))

    def _set_hub_clock(self, offset_ms: int) -> None:
        """Step the hub's clock; its loop looks at the time every second."""
        self.hub_offset_ms = offset_ms
        if self.hub is not None and self.hub.is_due(self.hub_ms()):
            self._leaves_hub(self.hub.tick(self.hub_ms()))
        self._wake_hub()

    def to_hub(self, topic: str, payload: bytes) -> None:
        """Let a message arrive at the hub; it takes what comes meanwhile with it, as one batch."""
        if self.hub is None:
            return
        if not self.hub_inbox:
            self.at(self.now_ms + BATCH_MS, self._drain_hub)
        self.hub_inbox.append(Arrival(topic=topic, payload=payload))

    def _drain_hub(self) -> None:
        if self.hub is None or not self.hub_inbox:
            return
        batch, self.hub_inbox = self.hub_inbox, []
        self._leaves_hub(self.hub.take(batch, self.hub_ms()))
        self._wake_hub()

    def _wake_hub(self) -> None:
        if self.hub is None:
            return
        known = [
            at for at in (self.hub.next_deadline(), self.hub.next_parcel_at(self.hub_ms())) if at is not None
        ]
        if not known:
            return
        true_ms = max(self.now_ms, min(known) - self.hub_offset_ms)
        if true_ms != self._hub_due:
            self._hub_due = true_ms
            self.at(true_ms, lambda: self._tick_hub(true_ms))

    def _tick_hub(self, true_ms: int) -> None:
        if self.hub is None or true_ms != self._hub_due:
            return
        self._hub_due = None
        self._leaves_hub(self.hub.tick(self.hub_ms()))
        self._wake_hub()

    def _leaves_hub(self, messages: list[Outgoing]) -> None:
        self._publish_from_hub(messages)
        assert self.hub is not None
        for parcel in self.hub.parcels_due(self.hub_ms()):
            begun = self.hub.attempts_begun([one.letter.message for one in parcel], self.hub_ms())
            letters = [one.letter for one in parcel if one.letter.message in begun]
            if not letters:
                continue
            self.messages_sent += 1
            failed = self.wires.random() < self.weather.channel_fails
            for letter in () if failed else letters:
                self._tell(letter)
            names, reply = [letter.message for letter in letters], "no answer" if failed else "taken"
            self._publish_from_hub(self.hub.attempts_ended(names, not failed, reply, self.hub_ms()))
            for letter in () if failed else letters:
                if letter.kind == "alert" and letter.alert and self.wires.random() < 0.8:
                    at_ms = self.now_ms + self.wires.randrange(20 * MINUTE_MS)
                    self.at(at_ms, lambda letter=letter: self._acknowledge(letter))  # type: ignore[misc]  # the loop's letter is bound as a default

    def _publish_from_hub(self, messages: list[Outgoing]) -> None:
        for message in messages:
            self.published.append((self.now_ms, message))
            self.publish(message, to_hub=False)

    def _tell(self, letter: MessageRecord) -> None:
        self._arrived(letter)
        self._look_at_letter(letter)

    def _arrived(self, letter: MessageRecord) -> None:
        self.told.append((self.now_ms, letter))
        self.note(f"to {letter.to}: {letter.title} {letter.body}")

    def _look_at_letter(self, letter: MessageRecord) -> None:
        """See that what leaves the hub is still so when it leaves."""
        alert = None if letter.alert is None else self.store.alert(letter.alert)
        if letter.kind == "alert" and alert is not None and alert.state in ("acknowledged", "resolved"):
            self.breaches.append(
                f"law 8: {letter.to} was alerted of {alert.condition!r}, which is {alert.state}"
            )
        if letter.kind != "reminder":
            return
        slot = None if letter.slot is None else self.store.slot(letter.patient, letter.slot)
        if slot is None or slot.outcome is not None or not slot.opens_at <= self.hub_ms() < slot.closes_at:
            self.breaches.append(f"law 5: the phone reminded of {letter.slot}, which is over or unknown")
        elif not self.is_planned(slot.regimen, slot.slot):
            self.breaches.append(f"law 5: the phone reminded of {letter.slot}, which is held or withdrawn")

    def is_planned(self, regimen: str, slot: str) -> bool:
        """Tell whether a slot stands in the household's regimens as they are now, and is not held."""
        day = date.fromisoformat(slot.split("/")[1])
        found = slots_of_day(self.household, self.household.regimens[regimen], day)
        return any(known.slot == slot and known.status == "planned" for known in found)

    def _acknowledge(self, letter: MessageRecord) -> None:
        """Let a caregiver take an alert on, over MQTT as a phone would."""
        assert letter.alert is not None
        box = next(box.box.id for box in self.boxes.values() if box.box.patient == letter.patient)
        ack = AlertAck(v=1, alert=letter.alert, by=letter.to)
        self.publish(outgoing("alert_ack", ack, box=box, alert=letter.alert), to_hub=True)


def summary(world: World) -> Mapping[str, int]:
    """Count what a world went through, for the report of a run."""
    return {
        "box_days": world.days * len(world.boxes),
        "events": sum(len(box.recorded) for box in world.boxes.values()),
        "faults": world.faults,
        "letters_to_people": len(world.told),
        "messages_to_people": world.messages_sent,
    }
