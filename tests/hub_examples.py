"""What do the tests of the hub's shell share? A home, its events, and a core that takes notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from controller.wire.envelope import Envelope, envelope_json
from controller.wire.events import EventData, LidOpened
from controller.wire.shape import read_json
from controller.wire.topics import Outgoing, topic_of
from hub.care.happenings import EventArrived, Happening, HouseholdChanged
from hub.care.ledger import AlertRecord, BoxRecord, Change, Ledger, MessageRecord, OutcomeNote, SlotRecord
from hub.care.people import Household
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.store.port import Store
from hub.store.sqlite.store import SqliteStore, open_store
from tests import care_days

HOME = care_days.household()
MORNING = care_days.MORNING
NOON = care_days.at("12:00")
LID = LidOpened(compartment="mon-am", because="edge")


def slot_record(slot: str = MORNING, **said: Any) -> SlotRecord:
    due_at = said.pop("due_at", NOON)
    base = SlotRecord(
        patient="ada",
        slot=slot,
        regimen="azathioprine",
        box="kitchen",
        compartment="mon-am",
        opens_at=due_at - 60,
        due_at=due_at,
        late_at=due_at + 60,
        closes_at=due_at + 120,
        remind_at=(due_at,),
        amounts=(),
    )
    return replace(base, **said)


def alert_record(alert: str = "a-1", **said: Any) -> AlertRecord:
    base = AlertRecord(
        alert=alert,
        patient="ada",
        box="kitchen",
        condition=f"dose.missed {MORNING}",
        kind="dose.missed",
        want="dose",
        state="told",
        title="Not opened",
        body="The Monday morning compartment was not opened.",
        raised_at=NOON,
        changed_at=NOON,
    )
    return replace(base, **said)


def message_record(message: str = "a-1-1", **said: Any) -> MessageRecord:
    base = MessageRecord(
        message=message,
        patient="ada",
        to="bea",
        channel="push",
        title="t",
        body="b",
        kind="alert",
        made_at=NOON,
    )
    return replace(base, **said)


def outcome_note(slot: str = MORNING, **said: Any) -> OutcomeNote:
    base = OutcomeNote(
        at=NOON,
        patient="ada",
        slot=slot,
        outcome="taken",
        timing="late",
        evidence="lid",
        because="b",
        cause="c",
    )
    return replace(base, **said)


def box_event(seq: int, data: EventData = LID, *, stream: str = "s1", when: int = 0) -> Envelope:
    return replace(care_days.event(seq, data, when=when or NOON + seq), stream=stream)


def arrival(envelope: Envelope) -> Arrival:
    return Arrival(topic=topic_of("event", box=envelope.box), payload=envelope_json(envelope).encode())


def arrivals(*seqs: int, stream: str = "s1") -> list[Arrival]:
    return [arrival(box_event(seq, stream=stream)) for seq in seqs]


def acks(messages: Sequence[Outgoing]) -> list[tuple[str, int]]:
    """Return the acknowledgements among what leaves the hub, as stream and sequence number."""
    found = [read_json(one.payload) for one in messages if one.topic.endswith("/ack")]
    return [(one["stream"], one["seq"]) for one in found]


def topics(messages: Sequence[Outgoing]) -> list[str]:
    return [message.topic.removeprefix("pillbox/v1/") for message in messages]


@dataclass
class NotingCare:
    """A core that writes one outcome note for each event, so that the store shows what was acted on."""

    happenings: list[Happening] = field(default_factory=list)
    fails_on: Callable[[Happening], bool] = lambda happening: False
    deadline: int | None = None
    more: Callable[[Happening], tuple[Change, ...]] = lambda happening: ()

    def open_ledger(self, household: Household, patient: str) -> Ledger:
        boxes = {box.id: BoxRecord(box=box.id, patient=patient) for box in household.boxes.values()}
        return Ledger(patient=patient, household=household, boxes=boxes)

    def step(self, ledger: Ledger, happening: Happening) -> tuple[Ledger, tuple[Change, ...]]:
        if self.fails_on(happening):
            raise ZeroDivisionError("a bug in the core")
        self.happenings.append(happening)
        changes = self.more(happening)
        match happening:
            case EventArrived(at=at, envelope=envelope):
                cause = f"event {envelope.box}/{envelope.stream}/{envelope.seq}"
                changes = (outcome_note(at=at, cause=cause), *changes)
            case HouseholdChanged(household=household):
                ledger = replace(ledger, household=household)
            case _:
                pass
        return ledger, changes

    def next_deadline(self, ledger: Ledger) -> int | None:
        return self.deadline

    def events(self) -> list[int]:
        return [one.envelope.seq for one in self.happenings if isinstance(one, EventArrived)]


def noted(store: Store) -> list[str]:
    """Return what the store says was acted on, in order."""
    return [note.cause for note in store.history("ada", MORNING)]


def causes(*seqs: int, stream: str = "s1") -> list[str]:
    return [f"event kitchen/{stream}/{seq}" for seq in seqs]


def engine_on(store: Store, care: NotingCare | None = None, home: Household = HOME, **said: Any) -> Engine:
    """Return a started engine whose household is there already."""
    more: dict[str, Any] = dict(said) if care is None else {"care": care, **said}
    engine = Engine(store, read_household=lambda text: home, **more)
    engine.start(NOON)
    if store.household() is None:
        engine.import_household("a home", NOON)
    return engine


@contextmanager
def opened(path: Path | None = None) -> Iterator[SqliteStore]:
    store = open_store(path)
    try:
        yield store
    finally:
        store.close()
