"""How does SQLite keep what follows: slots, their history, alerts, boxes, plans and the household?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from controller.wire.errors import Malformed
from controller.wire.instants import DAY_MS
from controller.wire.plan import Amount
from controller.wire.shape import from_plain
from controller.wire.topics import message_json
from hub.care.entries import Entry
from hub.care.ledger import (
    KEPT_MS,
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
from hub.care.people import Household
from hub.care.supplying.intakes import taken_for
from hub.care.supplying.stock import eighths_of
from hub.errors import StoreRefused
from hub.store.port import StoredHousehold
from hub.store.sqlite.entries import ADD_TAKEN_IN, SqliteEntries, entry_row
from hub.store.tables import ALERT, BOX, HOUSEHOLD, MESSAGE, OUTCOME, SLOT

WINDOW_MS_MAX = 2 * DAY_MS
"""No window closes later than this after its slot was due."""

_ADD_MESSAGE = (
    MESSAGE.insert.replace(") VALUES (", ", state, attempts, next_try_at) VALUES (").removesuffix(")")
    + ", 'pending', 0, ?) ON CONFLICT (message) DO NOTHING"
)
_SET_PLAN = "INSERT INTO plan (box, plan) VALUES (?, ?) ON CONFLICT (box) DO UPDATE SET plan = excluded.plan"
_SET_ALERT = f"{ALERT.upsert}, cleared_at = NULL"
_SET_SLOT = SLOT.upsert
_SET_BOX = BOX.upsert
_ADD_OUTCOME = OUTCOME.insert


class SqliteCare(SqliteEntries):
    """The part of the store that remembers what became of slots and who lives here."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Store what a step asked for; of several records with one key the last one counts."""
        newest: dict[tuple[object, ...], tuple[str, tuple[Any, ...]]] = {}
        for change in changes:
            match change:
                case SlotRecord():
                    newest["slot", change.patient, change.slot] = (_SET_SLOT, SLOT.row(change))
                case OutcomeNote():
                    newest["outcome", len(newest)] = (_ADD_OUTCOME, OUTCOME.row(change))
                case AlertRecord():
                    newest["alert", change.alert] = (_SET_ALERT, ALERT.row(change))
                case BoxRecord():
                    newest["box", change.box] = (_SET_BOX, BOX.row(change))
                case MessageRecord():
                    first_at = change.made_at if change.wait_until is None else change.wait_until
                    row = (*MESSAGE.row(change), first_at)
                    newest.setdefault(("message", change.message), (_ADD_MESSAGE, row))
                case Entry():
                    newest["entry", change.entry] = (ADD_TAKEN_IN, (*entry_row(change), change.at))
                case PlanRecord():
                    newest["plan", change.box] = (_SET_PLAN, (change.box, message_json(change.plan)))
        by_statement: dict[str, list[tuple[Any, ...]]] = {}
        for statement, row in newest.values():
            by_statement.setdefault(statement, []).append(row)
        for statement, rows in by_statement.items():
            self._run_many(statement, rows)

    def load(self, household: Household, patient: str, at_ms: int) -> Ledger:
        """Return what can still change or matter: undecided or recent slots, alerts not cleared, boxes."""
        alerts = self._alerts("WHERE patient = ? AND cleared_at IS NULL ORDER BY raised_at, alert", patient)
        slots = {slot.slot: slot for slot in self._slots_in_mind(patient, at_ms)}
        for alert in alerts:
            about = alert.condition.partition(" ")[2]
            if alert.state != "resolved" and about not in slots and (slot := self.slot(patient, about)):
                slots[about] = slot
        boxes = self._boxes("WHERE patient = ? AND left_at IS NULL", patient)
        return Ledger(
            patient=patient,
            household=household,
            slots=slots,
            alerts={alert.alert: alert for alert in alerts},
            boxes={box.box: box for box in boxes},
            entries=tuple(self.entries_taken_in(patient)),
        )

    def _slots_in_mind(self, patient: str, at_ms: int) -> Iterable[SlotRecord]:
        # Two questions with an index each: one with an "or" read every slot of years at each start.
        recent = "patient = ? AND due_at > ? AND closes_at > ?"
        undecided = "patient = ? AND outcome IS NULL AND status <> 'withdrawn'"
        sql = f"{SLOT.select} WHERE {recent} UNION {SLOT.select} WHERE {undecided} ORDER BY due_at, slot"
        since_ms = at_ms - KEPT_MS
        values = (patient, since_ms - WINDOW_MS_MAX, since_ms, patient)
        return map(SLOT.record, self._rows(sql, values))

    def slot(self, patient: str, slot: str) -> SlotRecord | None:
        """Return one slot, however old."""
        row = self._row(f"{SLOT.select} WHERE patient = ? AND slot = ?", (patient, slot))
        return None if row is None else SLOT.record(row)

    def slots_between(self, patient: str, from_ms: int, to_ms: int) -> list[SlotRecord]:
        """Return the slots due in a period (end excluded), by due time."""
        sql = f"{SLOT.select} WHERE patient = ? AND due_at >= ? AND due_at < ? ORDER BY due_at, slot"
        return [SLOT.record(row) for row in self._rows(sql, (patient, from_ms, to_ms))]

    def intakes_since(self, patient: str, from_ms: int) -> dict[str, Intake]:
        """Return what was taken for each slot due since an instant."""
        sql = (
            "SELECT slot, regimen, outcome, COALESCE(opened_at, due_at), amounts, box, compartment FROM slot "
            "WHERE patient = ? AND due_at >= ? AND outcome IN ('taken', 'self_reported')"
        )
        return {
            slot: taken_for(regimen, outcome, at=at, eighths=_eighths(amounts), place=(box, compartment))
            for slot, regimen, outcome, at, amounts, box, compartment in self._rows(sql, (patient, from_ms))
        }

    def history(self, patient: str, slot: str) -> list[OutcomeNote]:
        """Return every change of a slot's outcome, oldest first."""
        sql = f"{OUTCOME.select} WHERE patient = ? AND slot = ? ORDER BY id"
        return [OUTCOME.record(row) for row in self._rows(sql, (patient, slot))]

    def alerts(self, *, resolved_too: bool = False) -> list[AlertRecord]:
        """Return the open alerts of all patients, oldest first."""
        among = "" if resolved_too else "WHERE state <> 'resolved' "
        return self._alerts(f"{among}ORDER BY raised_at, alert")

    def alert(self, alert: str) -> AlertRecord | None:
        """Return one alert, however old."""
        return next(iter(self._alerts("WHERE alert = ?", alert)), None)

    def uncleared(self) -> list[AlertRecord]:
        """Return the resolved alerts whose retained message still stands at the broker."""
        return self._alerts("WHERE state = 'resolved' AND cleared_at IS NULL ORDER BY changed_at, alert")

    def set_cleared(self, alerts: Iterable[str], at_ms: int) -> None:
        """Note that the retained messages of alerts are taken back."""
        self._run_many("UPDATE alert SET cleared_at = ? WHERE alert = ?", [(at_ms, name) for name in alerts])

    def cleared_since(self, at_ms: int) -> list[AlertRecord]:
        """Return the alerts taken back since an instant."""
        return self._alerts("WHERE cleared_at >= ? ORDER BY cleared_at, alert", at_ms)

    def _alerts(self, rest: str, *values: object) -> list[AlertRecord]:
        return [ALERT.record(row) for row in self._rows(f"{ALERT.select} {rest}", values)]

    def boxes(self) -> list[BoxRecord]:
        """Return what is known of every box, those that were given up too."""
        return self._boxes("ORDER BY box")

    def _boxes(self, rest: str, *values: object) -> list[BoxRecord]:
        return [BOX.record(row) for row in self._rows(f"{BOX.select} {rest}", values)]

    def plans(self) -> Mapping[str, str]:
        """Return the newest plan of each box as its JSON text."""
        return dict(self._rows("SELECT box, plan FROM plan ORDER BY box"))

    def add_household(self, text: str, at_ms: int, changed_by: str | None = None) -> int:
        """Keep a new version of the household and return its number."""
        version = self.household_version() + 1
        self._run(
            "INSERT INTO household (version, text, imported_at, changed_by) VALUES (?, ?, ?, ?)",
            (version, text, at_ms, changed_by),
        )
        return version

    def household(self) -> StoredHousehold | None:
        """Return the newest version."""
        row = self._row(f"{HOUSEHOLD.select} ORDER BY version DESC LIMIT 1")
        return None if row is None else HOUSEHOLD.record(row)

    def household_version(self) -> int:
        """Return the number of the newest version; 0 if there is none. Cheap enough to be asked often."""
        newest = self._row("SELECT MAX(version) FROM household")
        return (newest and newest[0]) or 0

    def households(self) -> list[StoredHousehold]:
        """Return all versions, oldest first."""
        return [HOUSEHOLD.record(row) for row in self._rows(f"{HOUSEHOLD.select} ORDER BY version")]

    def set_household_applied(self, version: int, at_ms: int) -> None:
        """Note that plans were made from a version."""
        self._run("UPDATE household SET applied_at = ? WHERE version = ?", (at_ms, version))


@lru_cache(maxsize=256)
def _eighths(amounts: str) -> int:
    try:
        parts = from_plain(tuple[Amount, ...], json.loads(amounts), "slot.amounts")
    except (Malformed, ValueError) as error:
        raise StoreRefused(f"a row of table 'slot' is damaged: {error}") from error
    return sum(eighths_of(part.amount) for part in parts)
