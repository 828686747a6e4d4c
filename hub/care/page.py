"""What does one step change? A page of the ledger that is written on once and then closed.

The ledger itself never changes. A page copies a table only when a row of it changes, and keeps the last
version of every record it touched, so that nobody outside ever sees a half-made step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.care.alerting.naming import Moment
from hub.care.entries import Entry
from hub.care.ledger import (
    AlertRecord,
    BoxRecord,
    Change,
    Intake,
    Ledger,
    MessageRecord,
    OutcomeNote,
    PlanRecord,
    SlotRecord,
)
from hub.care.people import Box, Household, Patient
from hub.care.supplying.intakes import let_go


class Page:
    """One step being written. Made, filled and closed inside `hub.care.home.step`."""

    __slots__ = (
        "_changes", "_ledger", "_own_alerts", "_own_slots", "alerts", "at", "boxes", "clock_at", "entries",
        "holidays", "household", "next_slot_at", "noted", "past", "patient", "people_at", "planning_at",
        "slots", "standing_at", "started_at",
    )  # fmt: skip

    def __init__(self, ledger: Ledger, at: int) -> None:
        self._ledger = ledger
        self._changes: dict[tuple[str, ...], Change] = {}
        self.at = at
        self.patient = ledger.patient
        self.household: Household = ledger.household
        self.slots: Mapping[str, SlotRecord] = ledger.slots
        self.alerts: Mapping[str, AlertRecord] = ledger.alerts
        self._own_slots: dict[str, SlotRecord] | None = None
        self._own_alerts: dict[str, AlertRecord] | None = None
        self.boxes: Mapping[str, BoxRecord] = ledger.boxes
        self.entries: tuple[Entry, ...] = ledger.entries
        self.past: tuple[Intake, ...] = ledger.past
        self.holidays: frozenset[date] = ledger.holidays
        self.started_at = at if ledger.started_at is None else ledger.started_at
        self.clock_at = at if ledger.clock_at is None else ledger.clock_at
        self.planning_at = ledger.planning_at
        self.next_slot_at = ledger.next_slot_at
        self.standing_at = ledger.standing_at
        self.people_at = ledger.people_at
        self.noted = ledger.noted

    def put_slot(self, slot: SlotRecord) -> None:
        """Write a slot. Unless it is decided, the next instant that concerns a slot must be found anew."""
        if self._own_slots is None:
            self.slots = self._own_slots = dict(self.slots)
        self._own_slots[slot.slot] = slot
        self._changes[("slot", slot.slot)] = slot
        # A decided slot asks for nothing more: the instant known so far may come too early, never too late.
        if slot.outcome is None:
            self.next_slot_at = None

    def put_alert(self, alert: AlertRecord) -> None:
        """Write an alert."""
        if self._own_alerts is None:
            self.alerts = self._own_alerts = dict(self.alerts)
        self._own_alerts[alert.alert] = alert
        self._changes[("alert", alert.alert)] = alert

    def put_box(self, box: BoxRecord) -> None:
        """Write what is known of a box."""
        self.boxes = {**self.boxes, box.box: box}
        self._changes[("box", box.box)] = box

    def put_plan(self, plan: PlanRecord) -> None:
        """Write the newest plan of a box."""
        self._changes[("plan", plan.box)] = plan

    def note(self, note: OutcomeNote) -> None:
        """Append to the history of outcomes."""
        self._changes[("note", str(len(self._changes)), note.slot)] = note

    def keep(self, entry: Entry) -> None:
        """Keep an entry that follows from what a box has seen; the same one again changes nothing."""
        if all(entry.entry != known.entry for known in self.entries):
            self.entries = (*self.entries, entry)
            self._changes[("entry", entry.entry)] = entry
            self.standing_at = None

    def send(self, message: MessageRecord) -> None:
        """Ask for a message to a person."""
        self._changes[("message", message.message)] = message

    def written_to(self, alert: str) -> tuple[str, ...]:
        """Return to whom this step writes about an alert."""
        return tuple(
            one.to for one in self._changes.values() if isinstance(one, MessageRecord) and one.alert == alert
        )

    def forget_slots(self, keys: Collection[str]) -> None:
        """Let slots leave the ledger, but for what was taken for them; the store keeps them."""
        leaving = [self.slots[key] for key in keys]
        self.past = let_go(replace(self._ledger, household=self.household, past=self.past), leaving)
        kept = {key: slot for key, slot in self.slots.items() if key not in keys}
        self.slots = self._own_slots = kept
        self.next_slot_at = None

    def forget_alert(self, key: str) -> None:
        """Let an alert leave the ledger; the store keeps it."""
        kept = {other: alert for other, alert in self.alerts.items() if other != key}
        self.alerts = self._own_alerts = kept

    def forget_box(self, key: str) -> None:
        """Let a box that the household gave up leave the ledger; the store keeps it."""
        self.boxes = {other: box for other, box in self.boxes.items() if other != key}

    def open_alerts(self) -> Iterator[AlertRecord]:
        """Go through the alerts that are not resolved; changes made meanwhile are not seen."""
        return (alert for alert in tuple(self.alerts.values()) if alert.state != "resolved")

    def open_alert(self, condition: str) -> AlertRecord | None:
        """Return the open alert about a condition."""
        for alert in self.alerts.values():
            if alert.condition == condition and alert.state != "resolved":
                return alert
        return None

    def person(self) -> Patient | None:
        """Return the patient, or `None` where the household no longer knows them."""
        return self.household.patients.get(self.patient)

    def writer(self, who: str) -> str | None:
        """Return the name of whoever may write into this care: the patient or a caregiver of theirs."""
        return self.household.writer(self.patient, who)

    def moment(self, at: int | None = None) -> Moment:
        """Return where the people of this page read, and when: now, or at another instant."""
        return Moment(zone_of(self.household, self.patient), self.at if at is None else at)

    def own_boxes(self) -> tuple[Box, ...]:
        """Return the boxes that the household gives to this patient."""
        return self.household.boxes_of(self.patient)

    def first_box(self) -> str:
        """Return the box that alerts about the patient stand under; empty: only people are told of them."""
        return next((box.id for box in self.own_boxes()), "")

    def owns(self, box: str) -> bool:
        """Say whether a box is this patient's."""
        found = self.household.boxes.get(box)
        return found is not None and found.patient == self.patient

    def closed(self) -> tuple[Ledger, tuple[Change, ...]]:
        """Return the ledger after the step, and every record that changed."""
        ledger = replace(
            self._ledger,
            household=self.household,
            slots=self.slots,
            alerts=self.alerts,
            boxes=self.boxes,
            entries=self.entries,
            past=self.past,
            started_at=self.started_at,
            clock_at=self.clock_at,
            planning_at=self.planning_at,
            next_slot_at=self.next_slot_at,
            standing_at=self.standing_at,
            people_at=self.people_at,
            noted=self.noted,
        )
        return ledger, tuple(self._changes.values())


def zone_of(household: Household, patient: str) -> ZoneInfo:
    """Return a patient's zone, or UTC where nobody can say."""
    person = household.patients.get(patient)
    try:
        return ZoneInfo(person.timezone if person else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
