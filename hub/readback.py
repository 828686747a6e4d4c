"""What has an import changed, what is prescribed, and what will the coming days look like?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from controller.wire.instants import DAY_MS
from hub.care.ledger import SlotRecord
from hub.care.people import Household, Regimen, Step
from hub.household.saying import Lines, entries, regimen_lines, secret_lines, tablets_words

DAYS = 3

TABLETS_ASKED = 4
"""More tablets at one time are asked about, and never refused: some regimens do ask for many."""


def changes(before: Household | None, after: Household) -> list[str]:
    """Return one line for each thing that is new or gone, and old and new of each that is different."""
    old_entries = entries(before) if before is not None else {}
    old_secrets = _secrets(before) if before is not None else {}
    new_secrets = _secrets(after)
    found = []
    for kind, new in entries(after).items():
        old = old_entries.get(kind, {})
        for key in sorted(old.keys() | new.keys()):
            name = f"{kind} {key}".strip()
            if before is None and kind == "home":
                continue
            if key not in old:
                found.append(f"new {name}")
            elif key not in new:
                found.append(f"{name} is gone")
            else:
                found += [f"{name}: {line}" for line in _differences(old[key], new[key])]
                found += [
                    f"{name}: {line} has another address"
                    for line, address in new_secrets.get((kind, key), {}).items()
                    if old_secrets.get((kind, key), {}).get(line, address) != address
                ]
    return found


def prescribed(household: Household, patient: str) -> list[str]:
    """Return everything that is prescribed to a patient, to be checked line by line."""
    lines = [f"{household.patients[patient].name}: what is prescribed; compare it with the prescription"]
    for regimen in household.regimens.values():
        if regimen.patient == patient:
            said = regimen_lines(household, regimen)
            lines.append(f"  {regimen.id}: {said['medicine']}, {_where(regimen)}")
            lines += [
                f"    {name}{' ' if name.startswith(('step', 'hold')) else ': '}{text}"
                for name, text in said.items()
                if name not in ("patient", "medicine", "box")
            ]
    return lines if len(lines) > 1 else [*lines, "  nothing"]


def questions(household: Household) -> Iterator[str]:
    """Ask about doses that may be milligrams typed as tablets."""
    for regimen in household.regimens.values():
        medicine = household.medicines[regimen.medicine]
        for step in regimen.steps:
            for when, amount in _amounts(step):
                if amount > TABLETS_ASKED:
                    yield (
                        f"regimen {regimen.id}, step from {step.begins}, {when}: "
                        f"{tablets_words(amount, medicine)} at one time. "
                        "Amounts are tablets, not milligrams. Is that what the prescription says?"
                    )


def _amounts(step: Step) -> Iterator[tuple[str, float]]:
    yield from step.times.items()
    if step.interval is not None:
        yield step.interval.first, step.interval.amount
    if step.as_needed is not None:
        yield "when needed", step.as_needed.amount


def _where(regimen: Regimen) -> str:
    return "in no box" if regimen.box is None else f"box {regimen.box}"


def idle(household: Household) -> str:
    """Name what is kept and not yet acted upon: somebody who fills it in may rely on it. May be empty."""
    others = [f"fill_day of {one.id}" for one in household.boxes.values() if one.fill_day]
    others += [f"language of {one.id}" for one in household.patients.values() if one.language != "en"]
    return ", ".join(others)


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
        tablets_words(amount.amount, household.medicines[amount.medicine]) for amount in slot.amounts
    )
    held = "  (on hold)" if slot.status == "held" else ""
    return f"{due:%a %d %b %H:%M}  {slot.compartment or 'in no box'}  {tablets}{held}"


def _differences(old: Lines, new: Lines) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        if name not in old:
            yield f"{name} is new: {new[name]}"
        elif name not in new:
            yield f"{name} is gone: {old[name]}"
        elif old[name] != new[name]:
            yield f"{name}: {old[name]} -> {new[name]}"


def _secrets(household: Household) -> Mapping[tuple[str, str], Mapping[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for kind, key, line, address in secret_lines(household):
        found.setdefault((kind, key), {})[line] = address
    return found
