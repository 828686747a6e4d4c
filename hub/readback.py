"""What has an import changed, and what will the coming days look like? Said back, to be checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from controller.wire.instants import DAY_MS
from hub.care.ledger import SlotRecord
from hub.care.people import Household
from hub.reporting.words import amount_text

DAYS = 3


def changes(before: Household | None, after: Household) -> list[str]:
    """Return one line for each thing that is new, gone or different."""
    found = []
    for name, old, new in _parts(before, after):
        for key in sorted(old.keys() | new.keys()):
            if key not in old:
                found.append(f"new {name} {key}")
            elif key not in new:
                found.append(f"{name} {key} is gone")
            elif old[key] != new[key]:
                found.append(f"{name} {key} has changed")
    return found


def coming_days(household: Household, patient: str, slots: Sequence[SlotRecord], now_ms: int) -> list[str]:
    """Return the coming slots of a patient in local time, as the box will have them."""
    person = household.patients[patient]
    zone = ZoneInfo(person.timezone)
    coming = [slot for slot in slots if now_ms < slot.closes_at and slot.due_at < now_ms + DAYS * DAY_MS]
    lines = [f"{person.name}: the coming {DAYS * 24} hours, times in {person.timezone}"]
    lines += [f"  {_slot(household, slot, zone)}" for slot in coming]
    return lines if coming else [*lines, "  no slot"]


def _slot(household: Household, slot: SlotRecord, zone: ZoneInfo) -> str:
    due = datetime.fromtimestamp(slot.due_at // 1000, UTC).astimezone(zone)
    tablets = ", ".join(
        f"{amount_text(amount.amount)} {household.medicines[amount.medicine].name}" for amount in slot.amounts
    )
    held = "  (on hold)" if slot.status == "held" else ""
    return f"{due:%a %d %b %H:%M}  {slot.compartment}  {tablets}{held}"


def _parts(
    before: Household | None, after: Household
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    old = _kinds(before) if before is not None else {}
    for name, new in _kinds(after).items():
        yield name, old.get(name, {}), new


def _kinds(household: Household) -> dict[str, Mapping[str, Any]]:
    return {
        "patient": household.patients,
        "box": household.boxes,
        "regimen": household.regimens,
        "caregiver": household.caregivers,
        "ladder of": household.ladders,
        "duty for": household.duties,
        "check": {check.id: check for check in household.checks},
    }
