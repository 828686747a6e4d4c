"""What does the hub do with everything it hears, and what leaves it? The whole hub but for threads and wires.

No thread, no clock, no MQTT: time comes with every call, and what is to be published goes back to the caller
after it is committed. One thread calls; every call that changes something is one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from controller.wire.instants import MINUTE_MS
from controller.wire.topics import Outgoing, outgoing
from hub import announcing
from hub.care import home
from hub.care.alerting.alerts import CLEARED_AFTER_MS
from hub.care.entries import Entry
from hub.care.happenings import (
    AlertAcknowledged,
    BrokerLink,
    EntryMade,
    Happening,
    HouseholdChanged,
    TimePassed,
)
from hub.care.hub_clock import SET_BACK_MS
from hub.care.ledger import AlertRecord, Change
from hub.care.people import Household
from hub.deadlines import Deadlines
from hub.household import parse_household
from hub.intake.arrivals import Arrival
from hub.intake.ingest import take_in
from hub.intake.memory import Care, Memory
from hub.intake.turn import Turn
from hub.letters.canary import canaries
from hub.letters.desk import Desk
from hub.letters.parcels import USUAL_PACE, Pace
from hub.letters.postbox import Ended, follow
from hub.residence import Found, Reader, Residence
from hub.store.port import Store
from hub.writing import note_taken_in, slot_meant

STUCK_PAUSE_MS = MINUTE_MS
"""How long a patient is left alone whose deadline does not move on: the hub must not spin on a bug."""

ENTRIES_AT_ONCE = 100

log = logging.getLogger("hub.engine")


def _nobody(changes: Sequence[Change]) -> None:
    """Watch nothing."""


class Engine(Desk):
    """The hub. `observer` is given what every turn changed, once that is durable."""

    def __init__(
        self,
        store: Store,
        *,
        read_household: Reader = parse_household,
        observer: Callable[[Sequence[Change]], None] = _nobody,
        care: Care = home,
        pace: Pace = USUAL_PACE,
    ) -> None:
        super().__init__(store, pace)
        self._read_household = read_household
        self._observer = observer
        self._care = care
        self._memory: Memory | None = None
        self._latest_ms = 0
        self._residence = Residence(store, read_household)
        self._patients = Deadlines()
        self._clearing = Deadlines()

    # Who lives here.

    @property
    def household(self) -> Household | None:
        """The household the hub works with; `None` before one was imported."""
        return None if self._memory is None else self._memory.household

    def start(self, at_ms: int) -> list[Outgoing]:
        """Take up the work where it was left: judge everything again, and announce.

        Raises:
            StoreRefused: The store cannot be read or written.

        """
        self._memory = None
        self._latest_ms = at_ms
        self._residence = Residence(self._store, self._read_household)
        self.reload_if_changed(at_ms)
        self._letters_ended(self._post.interrupted(at_ms), at_ms)
        for alert in self._store.uncleared():
            self._clearing.set(alert.alert, alert.changed_at + CLEARED_AFTER_MS)
        return self.announce(at_ms)

    def announce(self, at_ms: int) -> list[Outgoing]:
        """Return all that must stand at the broker, for every new connection."""
        boxes = {} if self._memory is None else self._memory.household.boxes
        status = announcing.NOBODY_HOME if self._memory is None else announcing.LISTENING
        return announcing.standing(self._store, boxes, at_ms, status)

    def reload_if_changed(self, at_ms: int) -> list[Outgoing]:
        """Work with the newest household of the store, which another program may have imported."""
        found = self._residence.newer(at_ms)
        said = [] if found is None else self._adopt_household(found, at_ms)
        refusal = self._residence.refusal()
        return [*said, *self.trouble_everywhere("household_refused", refusal, at_ms)] if refusal else said

    def import_household(self, text: str, at_ms: int) -> list[Outgoing]:
        """Store a new version of the household and make its plans.

        Raises:
            HouseholdRefused: The text is no household; nothing is stored.

        """
        read = self._read_household(text)
        with self._store.transaction():
            version = self._store.add_household(text, at_ms)
        return self._adopt_household(Found(household=read, version=version, fresh=True), at_ms)

    def _adopt_household(self, found: Found, at_ms: int) -> list[Outgoing]:
        before, household = self._memory, found.household
        memory = Memory(store=self._store, care=self._care, household=household)
        # Somebody may have left while the hub was down, and left an open alert behind.
        patients = {*household.patients, *(alert.patient for alert in self._store.alerts())}
        memory.inherit(before)
        # Who has left the household is told so once more: their plans end and their reminders stop.
        patients |= memory.ledgers.keys()
        patients |= {box.patient for box in self._store.boxes() if box.left_at is None}
        turn = Turn(memory, at_ms)
        turn.take_over()
        is_new = found.fresh or before is not None
        change: Happening = (
            HouseholdChanged(at=at_ms, household=household) if is_new else TimePassed(at=at_ms)
        )
        for patient in sorted(patients):
            turn.step(patient, change)
        said = self._finish(turn, lambda store: store.set_household_applied(found.version, at_ms))
        self._memory = memory
        self._residence.version = found.version
        for patient in patients - set(household.patients):
            del memory.ledgers[patient]
            self._patients.set(patient, None)
        return [outgoing("hub_status", announcing.LISTENING), *said] if before is None else said

    # What arrives.

    def take(self, arrivals: Sequence[Arrival], at_ms: int) -> list[Outgoing]:
        """Take in a batch in one transaction; what is returned first are the acknowledgements.

        After this returns, every message of the batch may be acknowledged to the broker.

        Raises:
            StoreRefused: Nothing was stored; the messages must stay unacknowledged and come again.

        """
        turn = self._turn(at_ms)
        take_in(turn, arrivals)
        return self._finish(turn)

    def is_due(self, at_ms: int) -> bool:
        """Take note of the time and tell whether `tick` must be called: cheap enough for every turn.

        Not only at a deadline: after a clock that leapt a year ahead and came back, every deadline lay in
        that year, and a hub that heard no box judged and told nothing until then.
        """
        deadline = self.next_deadline()
        went_back = self._went_back(at_ms)
        if not went_back:
            self._latest_ms = max(self._latest_ms, at_ms)
        return went_back or (deadline is not None and deadline <= at_ms)

    def tick(self, at_ms: int) -> list[Outgoing]:
        """Let everything happen that was due by now; after the clock went back, find every deadline anew.

        Raises:
            StoreRefused: Nothing was stored; the deadlines stand.

        """
        turn = self._turn(at_ms)
        went_back = self._went_back(at_ms)
        for patient in sorted(turn.known_patients) if went_back else self._patients.due(at_ms):
            turn.step(patient, TimePassed(at=at_ms))
        if went_back:
            self._post.hasten(at_ms)
        gone = set(self._clearing.due(at_ms))
        alerts = [alert for alert in self._store.uncleared() if alert.alert in gone] if gone else []
        found = self._finish(turn, *([lambda store: store.set_cleared(gone, at_ms)] if gone else []))
        if went_back:
            self._latest_ms = at_ms
            self._clearing.none_after(at_ms + CLEARED_AFTER_MS)
        for name in gone:
            self._clearing.set(name, None)
        return [*found, *announcing.taken_back(alerts)]

    def next_deadline(self) -> int | None:
        """Return when `tick` must be called next if the clock goes on; `None` if nothing waits."""
        found = [at for at in (self._patients.earliest(), self._clearing.earliest()) if at is not None]
        return min(found, default=None)

    def broker_link(self, at_ms: int, *, heard: bool) -> list[Outgoing]:
        """Take note that the broker has been out of reach for long, or that it is heard (again)."""
        turn = self._turn(at_ms)
        for patient in turn.household.patients:
            turn.step(patient, BrokerLink(at=at_ms, heard=heard))
        return self._finish(turn)

    # What people do.

    def acknowledge(
        self, alert: str, by: str, at_ms: int, *, intent: str | None = None, until: int | None = None
    ) -> list[Outgoing]:
        """Let a caregiver take an alert on. One nobody knows changes nothing."""
        turn = self._turn(at_ms)
        for known in self._store.alerts():
            if known.alert == alert:
                said = AlertAcknowledged(at=at_ms, alert=alert, by=by, intent=intent, until=until)
                turn.step(known.patient, said)
        return self._finish(turn)

    def write(self, entry: Entry, at_ms: int) -> list[Outgoing]:
        """Store what a person writes in and let follow what follows; once, however often it comes."""
        with self._store.transaction():
            self._store.add_entry(entry)
        return self.take_entries(at_ms)

    def take_entries(self, at_ms: int) -> list[Outgoing]:
        """Take in what people have written into the store, which another program may have done.

        Some at a time: ten thousand in one turn kept the hub deaf for minutes.
        """
        waiting = self._store.entries_waiting()[:ENTRIES_AT_ONCE]
        if self._memory is None or not waiting:
            return []
        turn = self._turn(at_ms)
        for entry in waiting:
            if (slot := slot_meant(self._store, entry)) is not None:
                turn.recall_slot(entry.patient, slot)
            turn.step(entry.patient, EntryMade(at=at_ms, entry=entry))
        said = self._finish(turn, lambda store: note_taken_in(store, turn.household, waiting, at_ms))
        return [*said, *announcing.commanded(waiting, turn.household, at_ms)]

    def trouble(self, box: str, trouble: str, text: str, at_ms: int) -> list[Outgoing]:
        """Tell people about something technical that they must mend. `trouble` is one machine word."""
        turn = self._turn(at_ms)
        turn.trouble(box, trouble, text)
        return self._finish(turn)

    def trouble_everywhere(self, trouble: str, text: str, at_ms: int) -> list[Outgoing]:
        """Tell whoever minds any box of this hub about something technical of the hub itself."""
        turn = self._turn(at_ms)
        one_of_each = {box.patient: box.id for box in turn.household.boxes.values()}
        for box in one_of_each.values():
            turn.trouble(box, trouble, text)
        return self._finish(turn)

    def prove_channels(self, at_ms: int) -> list[Outgoing]:
        """Write to the caregivers whose channels have to show that they work."""
        turn = self._turn(at_ms)
        turn.changes += canaries(turn.household, self._store.proofs(), self._store.alerts(), at_ms)
        return self._finish(turn) if turn.changes else []

    def _letters_ended(self, ends: Sequence[Ended], at_ms: int) -> list[Outgoing]:
        turn = self._turn(at_ms)
        for ended in ends:
            follow(turn, ended)
        return self._finish(turn, *(ended.write for ended in ends))

    def _went_back(self, at_ms: int) -> bool:
        return at_ms <= self._latest_ms - SET_BACK_MS

    def _turn(self, at_ms: int) -> Turn:
        if self._memory is None:
            # Without a household every box is a stranger: what comes is set aside and not acknowledged.
            nobody = Household(country="", subdivision=None, patients={}, boxes={}, regimens={}, medicines={})
            return Turn(Memory(store=self._store, care=self._care, household=nobody), at_ms)
        return Turn(self._memory, at_ms)

    def _finish(self, turn: Turn, *also: Callable[[Store], Any]) -> list[Outgoing]:
        turn.commit(*also)
        self._latest_ms = max(self._latest_ms, turn.at_ms)
        for patient, ledger in turn.ledgers.items():
            due_at = self._care.next_deadline(ledger)
            if due_at is not None and due_at <= turn.at_ms:
                log.error("the deadline of patient %s does not move on from %d", patient, due_at)
                due_at = turn.at_ms + STUCK_PAUSE_MS
            self._patients.set(patient, due_at)
        for change in turn.changes:
            if isinstance(change, AlertRecord):
                resolved = change.state == "resolved"
                self._clearing.set(change.alert, change.changed_at + CLEARED_AFTER_MS if resolved else None)
        self._observer(turn.changes)
        return [*announcing.acknowledgements(turn), *announcing.published(turn.changes)]
