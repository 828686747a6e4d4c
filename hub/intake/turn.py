"""What follows from what has just arrived? One turn: worked out in memory, committed whole, or forgotten.

Nothing that a turn finds out is seen by anybody before its one transaction is durable. If that fails, the
turn is thrown away: what the hub remembers is then as it was before, and the messages come again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from controller.wire.envelope import Envelope, Stamp, envelope_json
from controller.wire.errors import Malformed
from controller.wire.events import KINDS
from controller.wire.shape import from_plain, read_json
from controller.wire.shown import shown
from controller.wire.topics import topic_of
from hub.care.happenings import BoxHeard, EventArrived, Happening, TroubleArrived
from hub.care.ledger import Change, Ledger
from hub.care.people import Household
from hub.care.supplying.intakes import recalled
from hub.intake.arrivals import Arrival, quarantined
from hub.intake.memory import Memory, past_intakes
from hub.intake.streams import Stream
from hub.store.port import Quarantined, Store, StoredEvent, StreamKey, StreamMark

QUARANTINE_KEPT = 10_000

log = logging.getLogger("hub.intake.turn")


class Turn:
    """What one batch of arrivals, or one tick, leads to."""

    def __init__(self, memory: Memory, at_ms: int) -> None:
        self.at_ms = at_ms
        self.changes: list[Change] = []
        self.acks: dict[StreamKey, int] = {}
        self.ledgers: dict[str, Ledger] = {}
        self.streams: dict[StreamKey, Stream] = {}
        self._born: dict[StreamKey, None] = {}
        self._memory = memory
        self._store = memory.store
        self._events: dict[tuple[str, str, int], StoredEvent] = {}
        self._moments: dict[tuple[str, str, int, str, str], StoredEvent] = {}
        self._gone: dict[tuple[str, str, int], None] = {}
        self._poison: dict[str, Quarantined] = {}
        self._troubles: set[tuple[str | None, str]] = set()
        self._heard: dict[str, None] = {}

    # What is known, as this turn sees it.

    @property
    def household(self) -> Household:
        """Who lives here."""
        return self._memory.household

    @property
    def known_patients(self) -> Collection[str]:
        """Everybody of whom the hub keeps something in mind."""
        return self._memory.ledgers.keys()

    def ledger(self, patient: str) -> Ledger:
        """Return what is known of a patient, from this turn, from memory or from the store."""
        found = self.ledgers.get(patient) or self._memory.ledgers.get(patient)
        if found is None:
            found = self._opened(patient)
            self.ledgers[patient] = found
        return found

    def _opened(self, patient: str) -> Ledger:
        fresh = self._memory.care.open_ledger(self._memory.household, patient)
        kept = self._store.load(self._memory.household, patient, self.at_ms)
        boxes = {**fresh.boxes, **kept.boxes}
        return replace(fresh, slots=kept.slots, alerts=kept.alerts, boxes=boxes, entries=kept.entries)

    def stream(self, key: StreamKey) -> Stream:
        """Return how far a stream is known and what is held above that."""
        found = self.streams.get(key) or self._memory.streams.get(key)
        if found is None:
            found = _opened_stream(self._store, key)
            self.streams[key] = found
        return found

    def is_too_new(self, key: StreamKey) -> bool:
        """Tell whether a box begins one stream too many with this one; else count it if it is new."""
        if key in self._born or self.stream(key).mark != StreamMark(box=key[0], stream=key[1]):
            return False
        more = sum(box == key[0] for box, _ in self._born)
        if self._memory.births.is_enough(key[0], more, self.at_ms):
            self.streams.pop(key, None)
            return True
        self._born[key] = None
        return False

    def stored(self, box: str, stream: str, seq: int) -> StoredEvent | None:
        """Return an event that this turn or an earlier one has stored."""
        key = (box, stream, seq)
        return self._events.get(key) or (None if key in self._gone else self._store.event(*key))

    def twin(self, event: StoredEvent) -> StoredEvent | None:
        """Return the same event as its box had sent it under another of its streams."""
        kept = self._moments.get(_moment(event), event)
        if kept.stream != event.stream:
            return kept
        found = self._store.twin(event)
        return None if found is None or (found.box, found.stream, found.seq) in self._gone else found

    # What this turn adds.

    def keep(self, event: StoredEvent) -> None:
        """Store an event whose key is new."""
        self._events[event.box, event.stream, event.seq] = event
        self._moments.setdefault(_moment(event), event)

    def move(self, before: StoredEvent, event: StoredEvent) -> None:
        """Store an event under the stream it has come in now, and no more under the one before."""
        key = (before.box, before.stream, before.seq)
        if self._events.pop(key, None) is None:
            self._gone[key] = None
        self._events[event.box, event.stream, event.seq] = self._moments[_moment(event)] = event

    def quarantine(self, poison: Quarantined) -> None:
        """Set a message aside; the same one again only counts."""
        known = self._poison.get(poison.digest)
        self._poison[poison.digest] = poison if known is None else replace(known, times=known.times + 1)

    def trouble(self, box: str | None, trouble: str, text: str) -> None:
        """Tell people about something technical, once a turn for each box and kind of trouble."""
        if (box, trouble) in self._troubles:
            return
        self._troubles.add((box, trouble))
        said = shown(text)
        log.warning("trouble with %s: %s: %s", box or "a stranger", trouble, said)
        if box is None:
            return
        self.step(self.patient_of(box), TroubleArrived(at=self.at_ms, box=box, trouble=trouble, text=said))

    def heard(self, box: str) -> None:
        """Note that a box lives, where nothing else says so."""
        self._heard[box] = None

    def patient_of(self, box: str) -> str:
        """Return whose box it is."""
        return self.household.boxes[box].patient

    def deliver(self, envelope: Envelope) -> None:
        """Let what follows from an event follow."""
        patient = self.patient_of(envelope.box)
        former = self._former(envelope)
        if former is not None and former not in self.household.patients:
            return
        slot = getattr(envelope.data, "slot", None)
        if slot is not None:
            self.recall_slot(former or patient, slot)
        arrived = EventArrived(at=self.at_ms, envelope=envelope, is_former=former is not None)
        if self.step(former or patient, arrived):
            if former is None:
                self._heard.pop(envelope.box, None)
            return
        arrival = Arrival(
            topic=topic_of("event", box=envelope.box),
            payload=envelope_json(envelope).encode("utf-8", "replace"),
        )
        self.quarantine(quarantined(arrival, "the hub could not act on it; its log says why", self.at_ms))
        self.trouble(envelope.box, "hub_fault", f"an event of kind {envelope.kind} could not be acted on")

    def _former(self, envelope: Envelope) -> str | None:
        """Return who had the box when it recorded an event, if that is somebody else than now.

        A box that was offline still told of its patient when it was another's, whose caregivers then read
        of an extra opening that was not theirs.
        """
        box = self.ledger(self.patient_of(envelope.box)).boxes.get(envelope.box)
        if box is None or box.came_at is None or envelope.stamp.clock == "untrusted":
            return None
        return box.former if envelope.stamp.at < box.came_at else None

    def take_over(self) -> None:
        """Give every ledger what only the store knows: whose box it was before, what was taken long ago."""
        for patient in self.household.patients:
            ledger = self.ledger(patient)
            past = past_intakes(self._store, replace(ledger, household=self.household))
            self.ledgers[patient] = replace(ledger, past=past)
        kept = {box.box: box for box in self._store.boxes()}
        for box in self.household.boxes.values():
            ledger = self.ledger(box.patient)
            if box.id in kept and box.id not in ledger.boxes:
                boxes = {**ledger.boxes, box.id: kept[box.id]}
                self.ledgers[box.patient] = replace(ledger, boxes=boxes)

    def recall_slot(self, patient: str, slot: str) -> None:
        """Put a slot back into the ledger that had left it: late testimony must still heal it."""
        ledger = self.ledger(patient)
        if slot not in ledger.slots and (kept := self._store.slot(patient, slot)) is not None:
            self.ledgers[patient] = recalled(ledger, kept)

    def step(self, patient: str, happening: Happening) -> bool:
        """Take one step of the core. A step that fails is a bug: it is logged and changes nothing."""
        ledger = self._memory.with_holidays(self.ledger(patient), self.at_ms)
        try:
            after, changes = self._memory.care.step(ledger, happening)
        except Exception:
            # A bug in the core must not stop the next message (law 10).
            log.exception("the core failed on %s for patient %s", type(happening).__name__, patient)
            return False
        self.ledgers[patient] = after
        self.changes.extend(changes)
        return True

    # The end of the turn.

    def commit(self, *also: Callable[[Store], Any]) -> None:
        """Make everything durable in one transaction, with what `also` writes, and only then remember it.

        Raises:
            StoreRefused: Nothing of this turn is stored, and nothing of it is remembered.

        """
        for box in self._heard:
            self.step(self.patient_of(box), BoxHeard(at=self.at_ms, box=box))
        self._heard.clear()
        known = self._memory.streams.get
        marks = [
            s.mark for key, s in self.streams.items() if (kept := known(key)) is None or kept.mark != s.mark
        ]
        if self._events or self._poison or marks or self.changes or also:
            with self._store.transaction():
                self._store.remove_events(self._gone)
                self._store.add_events(list(self._events.values()))
                if self._poison:
                    self._store.add_quarantined(self._poison.values())
                    self._store.trim_quarantine(QUARANTINE_KEPT)
                self._store.set_marks(marks)
                self._store.apply(self.changes)
                for write in also:
                    write(self._store)
        self._memory.ledgers.update(self.ledgers)
        for key, stream in self.streams.items():
            self._memory.streams.keep(key, stream)
        for box, _ in self._born:
            self._memory.births.add(box, self.at_ms)


def _moment(event: StoredEvent) -> tuple[str, str, int, str, str]:
    """Return what makes an event the same one in every stream of its box."""
    return event.box, event.boot, event.mono_ms, event.kind, event.data


def _opened_stream(store: Store, key: StreamKey) -> Stream:
    mark = store.mark(*key)
    if mark.gap_since is None:
        return Stream(mark=mark)
    kept = store.held(*key, mark.watermark)
    return Stream(
        mark=mark, held={seq: None if event is None else envelope_of(event) for seq, event in kept.items()}
    )


def envelope_of(event: StoredEvent) -> Envelope | None:
    """Return a stored event as it arrived; `None` if this version cannot read it any more."""
    stamp = Stamp(at=event.at, boot=event.boot, mono_ms=event.mono_ms, clock=event.clock)
    try:
        data = from_plain(KINDS[event.kind], read_json(event.data), "event.data")
    except (KeyError, Malformed):
        return None
    return Envelope(box=event.box, stream=event.stream, seq=event.seq, stamp=stamp, data=data)
