"""What does each caregiver get on a day on which ten things fail? One message for each condition and step.

The day before the clocks change in London, and the night: every fault comes at its minute, and what the
patient does is written down as well. The shipped hub and box; all else is played.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.messages import AlertAck
from controller.wire.topics import outgoing
from hub.care.ledger import MessageRecord
from hub.engine import Engine
from hub.errors import StoreRefused
from hub.household import parse_household
from hub.store.sqlite.file import open_database
from hub.store.sqlite.store import SqliteStore
from tests.evidence.living import WEATHER, Home, seldom_said
from tests.world_letters import CALM_MAIL, Fate

FIRST_DAY = date(2026, 3, 28)
"""In London the clocks go from 01:00 to 02:00 in the night after it."""

HOUSEHOLD = """
[home]
country = "GB"
[[patient]]
id = "ada"
name = "Ada"
timezone = "Europe/London"
[[box]]
id = "kitchen"
patient = "ada"
compartments = ["night", "morning", "evening"]
[[regimen]]
id = "azathioprine"
patient = "ada"
box = "kitchen"
medicine = "azathioprine-50mg-tablet"
window = { opens = "-30m", late = "+60m", closes = "+2h" }
remind = ["+0m"]
[[regimen.step]]
from = 2026-03-01
times = { "01:30" = 0.5, "08:00" = 0.5, "20:00" = 1 }
compartments = { "01:30" = "night", "08:00" = "morning", "20:00" = "evening" }
[[caregiver]]
id = "bea"
name = "Bea"
channels = { push = "json://127.0.0.1:9/bea", mail = "json://127.0.0.1:9/mail" }
wants = { ada = ["dose", "storage", "device", "care"] }
[[caregiver]]
id = "cem"
name = "Cem"
channels = { push = "json://127.0.0.1:9/cem" }
wants = { ada = ["dose", "care"] }
[[ladder]]
patient = "ada"
steps = [
  { after = "0m", who = "bea", channel = "push" },
  { after = "15m", who = "bea", channel = "mail" },
  { after = "30m", who = "cem", channel = "push" },
]
"""


class FillableStore(SqliteStore):
    """The shipped store on a disk that can be full."""

    full = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Refuse while the disk is full."""
        if self.full:
            raise StoreRefused("the disk is full")
        with super().transaction():
            yield


@dataclass(frozen=True)
class Fault:
    """One thing that fails: what, from when, and for how long (in minutes of the day, by UTC)."""

    name: str
    begins: int
    lasts: int


def minute(clock: str, *, next_day: bool = False) -> int:
    """Return how many minutes after the first midnight a clock in UTC shows a time."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes) + (24 * 60 if next_day else 0)


FAULTS = (
    Fault("the broker is down", minute("06:40"), 30),
    Fault("the box is unplugged", minute("08:30"), 40),
    Fault("the network flaps every minute", minute("09:30"), 30),
    Fault("the hub is restarted", minute("10:15"), 1),
    Fault("Bea's webhook is dead", minute("10:30"), 14 * 60),
    Fault("the clock of the hub is a day ahead", minute("11:00"), 3),
    Fault("Cem's provider answers 500", minute("13:00"), 20),
    Fault("the hub's disk is full", minute("14:00"), 40),
    Fault("the clocks are put forward", minute("01:00", next_day=True), 0),
    Fault("the power is cut", minute("03:00", next_day=True), 50),
)


class FaultyHome(Home):
    """A home on that day: nothing is left to chance."""

    mail = CALM_MAIL

    @property
    def fillable(self) -> FillableStore:
        """The store whose disk can be full."""
        assert isinstance(self.store, FillableStore)
        return self.store

    def _new_day(self) -> None:
        if self.now_ms > self.begins_ms:
            return
        for fault in FAULTS:
            self._at(fault.begins, lambda fault=fault: self._begin(fault))  # type: ignore[misc]  # the loop's fault is bound as a default
        taken = (
            ("01:31", "night", False), ("08:04", "morning", False), ("01:20", "night", True),
            ("07:06", "morning", True),
        )  # fmt: skip
        for clock, lid, next_day in taken:
            self._at(minute(clock, next_day=next_day), lambda lid=lid: self.kitchen.handle_lid(lid))  # type: ignore[misc]  # as above
        self._at(minute("13:05"), lambda: self._befall("help", 0))

    def _at(self, minutes: int, happens: Callable[[], None]) -> None:
        self.at(self.begins_ms + minutes * MINUTE_MS, happens)

    def _begin(self, fault: Fault) -> None:
        ends_ms = self.now_ms + fault.lasts * MINUTE_MS
        match fault.name:
            case "the broker is down":
                self.kitchen.link(up=False)
                # A broker that is dead publishes no last will either.
                self.session += 1
                self.retained.clear()
                self.at(ends_ms, lambda: self.kitchen.link(up=True))
                self.at(ends_ms, lambda: self._leaves_hub(self._engine().announce(self.hub_ms())))
            case "the box is unplugged":
                self.kitchen.power_cut(fault.lasts * MINUTE_MS)
            case "the network flaps every minute":
                self._flap(ends_ms)
            case "the hub is restarted":
                self.kill_hub(20 * SECOND_MS)
            case "the clock of the hub is a day ahead":
                self._set_hub_clock(DAY_MS)
                self.at(ends_ms, lambda: self._set_hub_clock(0))
            case "the hub's disk is full":
                self.fillable.full = True
                self.at(ends_ms, lambda: setattr(self.fillable, "full", False))
            case "the power is cut":
                self.kitchen.power_cut(fault.lasts * MINUTE_MS)
                self.kill_hub(fault.lasts * MINUTE_MS)
            case "Bea's webhook is dead":
                self.truth.spells["bea/push"].append((self.now_ms, ends_ms))
            case "Cem's provider answers 500":
                self.truth.spells["cem/push"].append((self.now_ms, ends_ms))
            case _:
                pass

    def _engine(self) -> Engine:
        assert self.hub is not None
        return self.hub

    def _outlive(self, happens: Callable[[], None]) -> None:
        """Let what a full disk refuses be tried again, as the running hub does every two seconds."""
        try:
            super()._outlive(happens)
        except StoreRefused:
            self.at(self.now_ms + 2 * SECOND_MS, happens)

    def fate(self, letter: MessageRecord) -> Fate:
        """Let only a channel that is dead refuse."""
        return "refused" if self.truth.during(f"{letter.to}/{letter.channel}", self.now_ms) else "taken"

    def hears(self, letter: MessageRecord) -> None:
        """Let whoever hears of something answer within twenty minutes."""
        if letter.kind == "alert" and letter.alert is not None:
            self.at(self.now_ms + 20 * MINUTE_MS, lambda: self._answer(letter))

    def _answer(self, letter: MessageRecord) -> None:
        assert letter.alert is not None
        alert = self.store.alert(letter.alert)
        if alert is None or alert.state in ("resolved", "acknowledged"):
            return
        ack = AlertAck(v=1, alert=letter.alert, by=letter.to)
        self.publish(outgoing("alert_ack", ack, box="kitchen", alert=letter.alert), to_hub=True)


def faulty_day() -> FaultyHome:
    """Live through that day and night."""
    logging.disable(logging.CRITICAL)
    begins_ms = int(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC).timestamp() * 1000)
    store = FillableStore(*open_database(None, "hub"), None)
    home = FaultyHome(
        seed=1, household=parse_household(HOUSEHOLD), store=store, begins_ms=begins_ms, days=2,
        weather=WEATHER,
    )  # fmt: skip
    home.trips = ()
    with store.transaction():
        store.add_household(HOUSEHOLD, begins_ms)
    with seldom_said():
        home.run()
    logging.disable(logging.NOTSET)
    return home


def letters_of(home: FaultyHome) -> list[tuple[int, MessageRecord]]:
    """Return what caregivers got up to noon of the second day."""
    until_ms = home.begins_ms + DAY_MS + 12 * HOUR_MS
    return [(at_ms, letter) for at_ms, letter in home.told if at_ms < until_ms]


def told_table(home: FaultyHome) -> str:
    """Lay the day out: the faults and the letters, in the order of time."""
    rows = [
        (home.begins_ms + fault.begins * MINUTE_MS, f"**{fault.name}**, {fault.lasts} min", "", "")
        for fault in FAULTS
    ]
    rows += [(at_ms, letter.title, letter.to, letter.channel) for at_ms, letter in letters_of(home)]
    lines = ["| UTC | what | to | by |", "|---|---|---|---|"]
    for at_ms, what, to, channel in sorted(rows):
        clock = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%d March %H:%M:%S").lstrip("0")
        lines.append(f"| {clock} | {what} | {to.title()} | {channel} |")
    return "\n".join(lines)
