"""How do the tests of the care core play out a day? A small household and somebody who keeps its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from controller.wire.envelope import Envelope, Stamp
from controller.wire.events import DoseMissed, DoseTaken, DoseUnobserved, EventData
from controller.wire.instants import HOUR_MS, MINUTE_MS, instant_ms
from controller.wire.words import ClockTrust
from hub.care.caregivers import Caregiver, Duty, Ladder, LadderStep
from hub.care.entries import Entry, EntryUndone, SlotStated, Stated
from hub.care.happenings import (
    AlertAcknowledged,
    BoxHeard,
    EntryMade,
    EventArrived,
    Happening,
    LetterEnded,
    TimePassed,
)
from hub.care.home import next_deadline, open_ledger, step
from hub.care.ledger import (
    AlertRecord,
    BoxRecord,
    Change,
    Ledger,
    MessageRecord,
    OutcomeNote,
    PlanRecord,
    SlotRecord,
)
from hub.care.people import Box, Hold, Household, Medicine, Patient, Regimen, Step, Window
from hub.writing import entry_of

MORNING = "azathioprine/2026-11-23/08:00"
EVENING = "azathioprine/2026-11-23/20:00"
TOMORROW = "azathioprine/2026-11-24/08:00"
RULE = "Take a forgotten dose as soon as you remember it. Never take two doses together."
WEEK = tuple(
    f"{day}-{half}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for half in ("am", "pm")
)

BEA = Caregiver(
    id="bea",
    name="Bea",
    channels={"push": "ntfy://127.0.0.1/bea", "sms": "json://127.0.0.1/bea"},
    wants={"ada": ("dose", "storage", "supply", "device", "care")},
)
CEM = Caregiver(
    id="cem", name="Cem", channels={"mail": "mailto://127.0.0.1"}, wants={"ada": ("dose", "supply")}
)
STEPS = (
    LadderStep(after_ms=0, who="on-duty", channel="push"),
    LadderStep(after_ms=15 * MINUTE_MS, who="bea", channel="sms"),
    LadderStep(after_ms=30 * MINUTE_MS, who="cem", channel="mail"),
)


def at(clock: str, day: int = 23) -> int:
    """Return an instant of November 2026 in London, where it is UTC."""
    return instant_ms(f"2026-11-{day:02d}T{clock}Z")


def regimen(*, times: Mapping[str, float] | None = None, holds: tuple[Hold, ...] = ()) -> Regimen:
    """Return half a tablet at 08:00 and one at 20:00, each window closing four hours after it is due."""
    return Regimen(
        id="azathioprine",
        patient="ada",
        box="kitchen",
        medicine="azathioprine-50mg-tablet",
        window=Window(opens_ms=-HOUR_MS, late_ms=HOUR_MS, closes_ms=4 * HOUR_MS),
        remind_ms=(0, 30 * MINUTE_MS, 60 * MINUTE_MS),
        steps=(Step(begins=date(2026, 11, 23), until=None, times=times or {"08:00": 0.5, "20:00": 1.0}),),
        holds=holds,
    )


def household(
    *,
    caregivers: Iterable[Caregiver] = (BEA, CEM),
    steps: tuple[LadderStep, ...] = STEPS,
    duty: str | None = "bea",
    regimens: Iterable[Regimen] | None = None,
    phone: bool = True,
) -> Household:
    """Return Ada's home, with Bea and Cem to care for her."""
    found = [regimen()] if regimens is None else list(regimens)
    channels = {"phone": "ntfy://127.0.0.1/ada"} if phone else {}
    medicine = Medicine(
        id="azathioprine-50mg-tablet", name="Azathioprine", strength="50 mg", form="tablet",
        smallest_part=0.5, limits=(), leaflet={"missed_dose": RULE},
    )  # fmt: skip
    return Household(
        country="GB",
        subdivision=None,
        patients={"ada": Patient(id="ada", name="Ada", timezone="Europe/London", channels=channels)},
        boxes={"kitchen": Box(id="kitchen", patient="ada", layout="7x2", compartments=WEEK)},
        regimens={one.id: one for one in found},
        medicines={"azathioprine-50mg-tablet": medicine},
        caregivers={one.id: one for one in caregivers},
        ladders=(Ladder(patient="ada", steps=steps),) if steps else (),
        duties={"ada": Duty(patient="ada", who=duty)} if duty else {},
    )


def event(
    seq: int, data: EventData, *, when: int = 0, box: str = "kitchen", clock: ClockTrust = "synced"
) -> Envelope:
    """Return an event as the box would send it."""
    stamp = Stamp(at=when, boot="b1", mono_ms=when, clock=clock)
    return Envelope(box=box, stream="s1", seq=seq, stamp=stamp, data=data)


def taken(slot: str, opened_at: int) -> DoseTaken:
    return DoseTaken(
        slot=slot, compartment="mon-am", timing="on_time", evidence="lid", because="lid_opened",
        opened_at=opened_at,
    )  # fmt: skip


def missed(slot: str) -> DoseMissed:
    return DoseMissed(slot=slot, compartment="mon-am", evidence="none", because="window_watched")


def unobserved(slot: str, because: str = "box_off") -> DoseUnobserved:
    return DoseUnobserved(slot=slot, compartment="mon-am", evidence="none", because=because)


def stated(*, at: int, slot: str, outcome: Stated, by: str, why: str = "") -> EntryMade:
    """Let a person say what became of a slot of Ada's."""
    fact = SlotStated(slot=slot, outcome=outcome)
    return EntryMade(at=at, entry=entry_of("ada", fact, by=by, at_ms=at, why=why))


def undone(made: EntryMade, *, at: int, by: str) -> EntryMade:
    """Let a person undo an entry."""
    fact = EntryUndone(entry=made.entry.entry)
    return EntryMade(at=at, entry=entry_of("ada", fact, by=by, at_ms=at))


@dataclass
class Keeper:
    """Keeps one ledger: steps it, and stores what the steps ask for as a shell would."""

    home: Household = field(default_factory=household)
    patient: str = "ada"
    dead: frozenset[str] = frozenset()
    """The channels by which nothing arrives; by all others every letter arrives at once."""

    def __post_init__(self) -> None:
        self.ledger: Ledger = open_ledger(self.home, self.patient)
        self.slots: dict[str, SlotRecord] = {}
        self.alerts: dict[str, AlertRecord] = {}
        self.boxes: dict[str, BoxRecord] = {}
        self.plans: list[PlanRecord] = []
        self.notes: list[OutcomeNote] = []
        self.messages: list[MessageRecord] = []
        self.entries: list[Entry] = []
        self.ticks = 0
        self._seq = 0

    def do(self, happening: Happening) -> tuple[Change, ...]:
        """Step once and store the changes."""
        self.ledger, changes = step(self.ledger, happening)
        for change in changes:
            self._store(change)
        for change in changes:
            if isinstance(change, MessageRecord) and change.alert is not None:
                ok = change.channel not in self.dead
                changes += self.do(LetterEnded(at=happening.at, letter=change, ok=ok, failures=int(not ok)))
        return changes

    def until(self, instant: int) -> None:
        """Tick at every deadline up to an instant, and at the instant."""
        while (deadline := next_deadline(self.ledger)) is not None and deadline < instant:
            self.do(TimePassed(at=deadline))
            self.ticks += 1
            assert (next_deadline(self.ledger) or 0) > deadline, "time passed and nothing went on"
        self.do(TimePassed(at=instant))

    def send(
        self, instant: int, data: EventData, *, clock: ClockTrust = "synced", when: int | None = None
    ) -> tuple[Change, ...]:
        """Let an event of a box arrive that was heard all along until then; it may have happened before."""
        self.live(instant)
        self._seq += 1
        happened_at = instant if when is None else when
        envelope = event(self._seq, data, when=happened_at, clock=clock)
        return self.do(EventArrived(at=instant, envelope=envelope))

    def live(self, instant: int, *, every_ms: int = 15 * MINUTE_MS) -> None:
        """Let time pass with a box that is heard all along."""
        if self.ledger.clock_at is None:
            self.do(BoxHeard(at=instant, box="kitchen"))
        now = self.ledger.clock_at or instant
        while now < instant:
            now = min(now + every_ms, instant)
            self.until(now)
            self.do(BoxHeard(at=now, box="kitchen"))

    def acknowledge(
        self, instant: int, alert: AlertRecord, by: str = "bea", until: int | None = None
    ) -> tuple[Change, ...]:
        self.live(instant)
        return self.do(AlertAcknowledged(at=instant, alert=alert.alert, by=by, until=until))

    def alert(self, kind: str) -> AlertRecord:
        """Return the one alert of a kind."""
        [found] = [alert for alert in self.alerts.values() if alert.kind == kind]
        return found

    def alerts_of(self, slot: str) -> list[AlertRecord]:
        """Return every alert about a slot, in the order they were raised."""
        return [alert for alert in self.alerts.values() if alert.condition.endswith(f" {slot}")]

    def do_at(self, instant: int) -> tuple[Change, ...]:
        """Let the hub's clock reach an instant, with no step in between."""
        return self.do(TimePassed(at=instant))

    def kinds(self) -> list[str]:
        return sorted(alert.kind for alert in self.alerts.values() if alert.state != "resolved")

    def told(self, kind: str) -> list[tuple[str, str, str]]:
        """Return who was told about alerts of a kind, on which channel, with what kind of message."""
        of_kind = {alert.alert for alert in self.alerts.values() if alert.kind == kind}
        return [(said.to, said.channel, said.kind) for said in self.messages if said.alert in of_kind]

    def restarted(self) -> Keeper:
        """Return a hub that has loaded the same records from its store."""
        again = replace(self)
        again.ledger = Ledger(
            patient=self.patient,
            household=self.ledger.household,
            slots=dict(self.slots),
            alerts=dict(self.alerts),
            boxes=dict(self.boxes),
            entries=self.ledger.entries,
        )
        for name in ("slots", "alerts", "boxes"):
            setattr(again, name, dict(getattr(self, name)))
        for name in ("plans", "notes", "messages", "entries"):
            setattr(again, name, list(getattr(self, name)))
        again._seq = self._seq
        return again

    def _store(self, change: Change) -> None:
        match change:
            case SlotRecord():
                self.slots[change.slot] = change
            case AlertRecord():
                self.alerts[change.alert] = change
            case BoxRecord():
                self.boxes[change.box] = change
            case Entry():
                self.entries.append(change)
            case PlanRecord():
                self.plans.append(change)
            case OutcomeNote():
                self.notes.append(change)
            case MessageRecord():
                assert change.message not in {said.message for said in self.messages}, (
                    "a message id came twice"
                )
                self.messages.append(change)
