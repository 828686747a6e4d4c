"""What happens in one simulated home over a year, and what is the truth about it?

The shipped witness core and the shipped hub, with everything else played: the patient, the caregivers, the
air, the power, the wires. Beside what the programs say stands what was so, which no program is told.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.messages import AlertAck, BoxStatus
from controller.wire.topics import Outgoing, outgoing, topic_of
from controller.witness.inputs import ClimateRead
from firmware.ports import ClimateReading, NoReading
from hub.care.entries import SlotStated
from hub.care.happenings import Happening
from hub.care.ledger import Change, Ledger, MessageRecord, SlotRecord
from hub.care.people import Box
from hub.care.schedule import slots_of_day
from hub.household import parse_household
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.evidence.habits import MISFORTUNES, habits_of, home_text, trips_of
from tests.world import WatchedCare, Weather
from tests.world_box import WorldBox
from tests.world_letters import Fate, LetterWorld

BEGINS = date(2026, 1, 10)
WILL_MS = 45 * SECOND_MS
"""A broker gives up on a silent client after one and a half times its keepalive of 30 s."""
READ_MS, READ_CLOSELY_MS = 25 * MINUTE_MS, 5 * MINUTE_MS
BEAT_MS = 5 * MINUTE_MS
FAR_MS = 2**60

WEATHER = Weather(
    power_cut=0, link_cut=0, clock_step=0, boots_untrusted=0.1, hub_kill=0, hub_pause=0, hub_clock_step=0,
    broker_kill=0, order=0, message_lost=0.01, message_twice=0.01, delay_ms_max=1_500, strangers=0,
    lid_stays_open=0.002,
)  # fmt: skip

AIR = {"heat": (42.0, 40.0), "hot": (32.0, 45.0), "damp": (22.0, 82.0)}


@contextmanager
def seldom_said() -> Iterator[None]:
    """Let a healthy box say twice a day what it says all the time: its heartbeat and its climate samples."""
    with (
        patch("controller.heartbeat.HEARTBEAT_MS", 12 * HOUR_MS),
        patch("controller.witness.air.climate.BUCKET_MS", 12 * HOUR_MS),
    ):
        yield


class Truth:
    """What was so: spells by name, as (begin, end) in true time, and single instants."""

    def __init__(self) -> None:
        self.spells: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.pocket: set[str] = set()
        self.pressed: list[int] = []

    def during(self, name: str, at_ms: int, slack_ms: int = 0) -> tuple[int, int] | None:
        """Return the spell of a name that holds at an instant, or held shortly before."""
        for begins, ends in self.spells[name]:
            if begins <= at_ms <= ends + slack_ms:
                return begins, ends
        return None

    def touches(self, name: str, from_ms: int, to_ms: int) -> bool:
        """Tell whether any spell of a name overlaps a stretch."""
        return any(begins <= to_ms and ends >= from_ms for begins, ends in self.spells[name])


class LivingCare(WatchedCare):
    """The shipped care core, which has heard every heartbeat of a box that is there.

    The heartbeats of a healthy box, one every five minutes, are not sent one by one: that would be most of
    the work of a year. Before anything is judged the core is given the newest.
    """

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home

    def step(self, ledger: Ledger, happening: Happening) -> tuple[Ledger, tuple[Change, ...]]:
        """Hear the newest heartbeat, and pass on."""
        return super().step(self._heard(ledger, 0), happening)

    def next_deadline(self, ledger: Ledger) -> int | None:
        """Pass on; a box that is there is not waited for."""
        return super().next_deadline(self._heard(ledger, FAR_MS))

    def _heard(self, ledger: Ledger, more_ms: int) -> Ledger:
        box = self._home.kitchen
        record = ledger.boxes.get(box.box.id)
        if record is None or record.heard_at is None:
            return ledger
        beat_ms = box.beat_ms() + self._home.hub_offset_ms + (more_ms if box.is_live else 0)
        if beat_ms <= record.heard_at:
            return ledger
        return replace(ledger, boxes={**ledger.boxes, record.box: replace(record, heard_at=beat_ms)})


class Home(LetterWorld):
    """One patient with a box, two caregivers, and a year."""

    @property
    def kitchen(self) -> LivingBox:
        """The one box of this home."""
        box = self.boxes["kitchen"]
        assert isinstance(box, LivingBox)
        return box

    def __post_init__(self) -> None:
        super().__post_init__()
        self.people = random.Random(f"people {self.seed}")
        self.luck = random.Random(f"luck {self.seed}")
        self.truth = Truth()
        self.habits = habits_of(random.Random(f"habits {self.seed}"), self.days)
        self.trips = trips_of(random.Random(f"trips {self.seed}"), self.first_day, self.days)
        self.zone = ZoneInfo(self.household.patients["ada"].timezone)
        self.care = LivingCare(self)
        self.boxes = {box.id: LivingBox(self, box) for box in self.household.boxes.values()}
        self.at(self.begins_ms + MINUTE_MS, self.kitchen.read_air)

    @property
    def first_day(self) -> date:
        """The first day of the year that is lived."""
        return datetime.fromtimestamp(self.begins_ms / 1000, UTC).date()

    def is_away(self, day: date) -> bool:
        """Tell whether the patient is on a trip, entered or not."""
        return any(trip.begins <= day <= trip.until for trip in self.trips)

    def publish(self, message: Outgoing, *, to_hub: bool) -> None:
        """Carry a message; of a state the hub takes only that its box is there, which it knows."""
        if message.topic.endswith("/state"):
            self.retained[message.topic] = message
        else:
            super().publish(message, to_hub=to_hub)

    # What befalls a home.

    def _new_day(self) -> None:
        self.kitchen.new_day()
        for name, misfortune in MISFORTUNES.items():
            if self.luck.random() < misfortune.a_year / 365:
                self.faults += 1
                low, high = misfortune.least_ms, misfortune.most_ms
                lasts_ms = int(max(low, 1) * (high / max(low, 1)) ** self.luck.random())
                begins_ms = self.now_ms + self.luck.randrange(DAY_MS)
                self.at(begins_ms, lambda name=name, lasts_ms=lasts_ms: self._befall(name, lasts_ms))  # type: ignore[misc]  # the loop's values are bound as defaults

    def _befall(self, name: str, lasts_ms: int) -> None:
        if self.calm:
            return
        box, ends_ms = self.kitchen, min(self.now_ms + lasts_ms, self.calm_ms - 1)
        match name:
            case "unplugged":
                box.power_cut(lasts_ms)
            case "power_cut":
                box.power_cut(lasts_ms)
                self._stop_hub(ends_ms)
            case "wifi_out":
                box.link_cut(lasts_ms)
            case "wifi_flaps":
                self.truth.spells["flaps"].append((self.now_ms, ends_ms))
                self._flap(ends_ms)
            case "hub_restart" | "hub_down":
                self._stop_hub(ends_ms)
            case "broker_restart":
                self.truth.spells["broker"].append((self.now_ms, self.now_ms + 2 * MINUTE_MS))
                self.kill_broker()
            case "help":
                if box.engine is not None and not self.is_away(self.local_day()):
                    self.truth.pressed.append(self.now_ms)
                    box.press("help")
            case _:
                self.truth.spells[name].append((self.now_ms, ends_ms))
                if name in (*AIR, "sensor_fails"):
                    box.read_air()

    def _stop_hub(self, ends_ms: int) -> None:
        if self.hub is not None:
            self.truth.spells["hub"].append((self.now_ms, ends_ms))
            self.kill_hub(ends_ms - self.now_ms)

    def _flap(self, ends_ms: int) -> None:
        if self.now_ms >= ends_ms or self.calm:
            return
        self.kitchen.link_cut(self.luck.randrange(10, 55) * SECOND_MS)
        self.at(self.now_ms + MINUTE_MS, lambda: self._flap(ends_ms))

    def local_day(self) -> date:
        """Return the date where the patient lives."""
        return self.local().date()

    def local(self) -> datetime:
        """Return the time where the patient lives."""
        return datetime.fromtimestamp(self.now_ms / 1000, self.zone)

    # People who are told.

    def fate(self, letter: MessageRecord) -> Fate:
        """Let a dead channel refuse everything."""
        if self.truth.during(f"{letter.to}/{letter.channel}", self.now_ms):
            return "refused"
        return super().fate(letter)

    def hears(self, letter: MessageRecord) -> None:
        """Let a caregiver answer: mostly within minutes, at night often in the morning, or not at all."""
        people = self.people
        draws = people.random(), people.random(), people.lognormvariate(2.2, 1.1)
        if letter.kind != "alert" or letter.alert is None or letter.to == "ada" or draws[0] > 0.85:
            return
        now = self.local()
        is_night = now.hour >= 23 or now.hour < 7
        wakes = not is_night or (letter.title.startswith("Help") and draws[1] < 0.8) or draws[1] < 0.3
        begins_ms = self.now_ms if wakes else self.now_ms + ((7 - now.hour) % 24) * HOUR_MS
        at_ms = begins_ms + int(min(draws[2], 300) * MINUTE_MS)
        self.at(at_ms, lambda: self._answer(letter))

    def _answer(self, letter: MessageRecord) -> None:
        assert letter.alert is not None
        alert = self.store.alert(letter.alert)
        if alert is None or alert.state in ("resolved", "acknowledged"):
            return
        promises = self.people.random() < 0.2
        ack = AlertAck(
            v=1, alert=letter.alert, by=letter.to, intent="on my way" if promises else None,
            until=self.hub_ms() + 2 * HOUR_MS if promises else None,
        )  # fmt: skip
        self.publish(outgoing("alert_ack", ack, box="kitchen", alert=letter.alert), to_hub=True)
        slot = self.store.slot("ada", alert.condition.partition(" ")[2])
        if slot is not None:
            self.at(self.now_ms + 5 * MINUTE_MS, lambda: self._ask_about(slot, letter.to))

    def _ask_about(self, slot: SlotRecord, by: str) -> None:
        """Let a caregiver call: some learn that it was taken elsewhere, some doses are taken only now."""
        if self.hub is None or self.calm:
            return
        if slot.slot in self.truth.pocket:
            if self.people.random() < 0.6:
                fact = SlotStated(slot=slot.slot, outcome="self_reported")
                entry = entry_of("ada", fact, by=by, at_ms=self.hub_ms(), why="said so on the telephone")
                self._leaves_hub(self.hub.write(entry, self.hub_ms()))
                self._wake_hub()
        elif self.people.random() < 0.3 and not self.is_away(self.local_day()):
            self.kitchen.handle_lid(slot.compartment)


class LivingBox(WorldBox):
    """The box in a kitchen of somebody with habits."""

    def __init__(self, home: Home, box: Box) -> None:
        super().__init__(home, box)
        self.home = home
        self.is_live = False
        self._quiet_since = home.begins_ms
        self._read_due = 0

    # Being there.

    def beat_ms(self) -> int:
        """Return when the hub last had a heartbeat of this box."""
        return self.home.now_ms if self.is_live else self._quiet_since

    def _mark(self) -> None:
        """Take note whether the box is there: powered, and connected to the broker."""
        home, is_live = self.home, self.engine is not None and self.linked
        if is_live == self.is_live:
            return
        if is_live:
            home.truth.spells["gone"].append((self._quiet_since, home.now_ms))
            # Its first state after it has connected, which ends the alert about its silence.
            home.at(home.now_ms + SECOND_MS, self._speak)
        self.is_live, self._quiet_since = is_live, home.now_ms

    def power_on(self) -> None:
        """Boot."""
        super().power_on()
        self._mark()
        self.read_air()

    def power_cut(self, off_ms: int) -> None:
        """Pull the plug; the broker says so a little later."""
        self._speak()
        super().power_cut(off_ms)
        self._mark()
        self.home.at(self.home.now_ms + WILL_MS, self._will)

    def link(self, *, up: bool) -> None:
        """Set whether the broker can be reached."""
        if not up and self.linked:
            self._speak()
            session = self.home.session
            self.home.at(self.home.now_ms + WILL_MS, lambda: self._will(session))
        super().link(up=up)
        self._mark()

    def _speak(self) -> None:
        """Let the hub have the newest state for certain, and wait for the next from now on."""
        state = self.home.retained.get(topic_of("state", box=self.box.id))
        if self.is_live and state is not None:
            self.home.to_hub(state.topic, state.payload.encode())

    def _will(self, session: int | None = None) -> None:
        home = self.home
        is_gone = not self.is_live and home.now_ms - self._quiet_since >= WILL_MS
        if is_gone and session in (None, home.session):
            will = BoxStatus(v=1, box=self.box.id, status="offline", because="lost")
            home.publish(outgoing("status", will, box=self.box.id), to_hub=True)

    # The air.

    def read_air(self) -> None:
        """Read the sensor, and again in a while: more often while the air is bad."""
        home = self.home
        if home.now_ms >= home.ends_ms:
            return
        spells = [name for name in AIR if home.truth.during(name, home.now_ms)]
        failed = home.truth.during("sensor_fails", home.now_ms)
        if self.engine is not None:
            temperature_c, humidity_pct = AIR[spells[0]] if spells else (22.0, 50.0)
            # No sensor reads exactly the same for long.
            temperature_c += home.now_ms // READ_CLOSELY_MS % 7 / 10
            air: ClimateReading | NoReading = ClimateReading(
                temperature_c=temperature_c, humidity_pct=humidity_pct
            )
            reading = NoReading(because="crc") if failed else air
            self._take(self.engine.handle(ClimateRead(stamp=self.stamp(), sensor="sht4x", reading=reading)))
        self._read_due = home.now_ms + (READ_CLOSELY_MS if spells or failed else READ_MS)
        due_ms = self._read_due
        home.at(due_ms, lambda: self.read_air() if due_ms == self._read_due else None)

    # The patient.

    def new_day(self) -> None:
        """Draw what the patient does on the next local day."""
        home = self.home
        day = home.local_day() + timedelta(days=1)
        for regimen in home.household.regimens.values():
            for slot in slots_of_day(home.household, regimen, day):
                self._meet(slot, day)

    def _meet(self, slot: SlotRecord, day: date) -> None:
        home, habits, people = self.home, self.home.habits, self.home.people
        forgets, pocket, heeds, again, wrong, tells = (people.random() for _ in range(6))
        when_ms = slot.due_at + habits.usual_ms + int(people.gauss(0, habits.spread_ms))
        when_ms += habits.weekend_ms if day.weekday() >= 5 else 0
        when_ms = max(when_ms, slot.opens_at + MINUTE_MS)
        number = (day - home.first_day).days
        chance = 0.8 if habits.low[0] <= number < habits.low[1] else habits.forgets
        if home.is_away(day):
            home.truth.pocket.add(slot.slot)
            return
        if pocket < habits.from_pocket:
            home.truth.pocket.add(slot.slot)
            if tells < 0.3:
                home.at(max(home.now_ms, when_ms), lambda: self.press("taken_elsewhere"))
            return
        if forgets < chance:
            self._forget(slot, heeds)
            return
        home.at(max(home.now_ms, when_ms), lambda: self.handle_lid(slot.compartment))
        if again < habits.opens_again:
            home.at(max(home.now_ms, when_ms) + HOUR_MS, lambda: self.handle_lid(slot.compartment))
        if wrong < habits.wrong_lid:
            other = next(lid for lid in self.box.compartments if lid != slot.compartment)
            home.at(max(home.now_ms, when_ms) - MINUTE_MS, lambda: self.handle_lid(other))

    def _forget(self, slot: SlotRecord, draw: float) -> None:
        """Let the box's reminders bring some of the forgotten doses back, if there is a box to remind."""
        heeds = self.home.habits.heeds_reminder
        for number, remind_ms in enumerate((30 * MINUTE_MS, 90 * MINUTE_MS)):
            if draw < heeds * (0.7 if number == 0 else 1):
                at_ms = max(self.home.now_ms, slot.due_at + remind_ms + 4 * MINUTE_MS)
                self.home.at(at_ms, lambda: self._heed(slot))
                return

    def _heed(self, slot: SlotRecord) -> None:
        if self.engine is not None:
            self.handle_lid(slot.compartment)


def live(seed: int, days: int) -> Home:
    """Live through some days in the home of a seed."""
    trips = trips_of(random.Random(f"trips {seed}"), BEGINS, days)
    text = home_text(seed, BEGINS, trips)
    begins_ms = int(datetime(BEGINS.year, BEGINS.month, BEGINS.day, tzinfo=UTC).timestamp() * 1000)
    store = open_store(None)
    home = Home(
        seed=seed, household=parse_household(text), store=store, begins_ms=begins_ms, days=days,
        weather=WEATHER,
    )  # fmt: skip
    with store.transaction():
        store.add_household(text, begins_ms)
    with seldom_said():
        home.run()
    return home
