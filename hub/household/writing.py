"""How is a household written so that the same household is read back?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date

from hub.care.appointments import OVERDUE_DAYS, REMIND_DAYS, Check
from hub.care.caregivers import WAKING, Caregiver, Duty, Ladder
from hub.care.layouts import COMPARTMENTS
from hub.care.people import AsNeeded, Away, Box, Household, Interval, Patient, Regimen, Step, Trip, Window
from hub.household.prescriptions import HALF
from hub.household.watches import written_hours, written_urgency
from hub.tables import span_text

Value = str | int | float | date | list["Value"] | Mapping[str, "Value"]


def household_toml(household: Household) -> str:
    """Write a household as the file `read_household` reads; reading it gives an equal household."""
    blocks = [
        _block("[home]", _home(household)),
        *(_block("[[patient]]", _patient(patient)) for patient in household.patients.values()),
        *(_block("[[box]]", _box(box)) for box in household.boxes.values()),
        *(block for regimen in household.regimens.values() for block in _regimen(regimen)),
        *(_block("[[check]]", _check(check)) for check in household.checks),
        *(_block("[[caregiver]]", _caregiver(caregiver)) for caregiver in household.caregivers.values()),
        *(_block("[[ladder]]", _ladder(ladder)) for ladder in household.ladders),
        *(_block("[[duty]]", _duty(duty)) for duty in household.duties.values()),
        *(_block("[[trip]]", _trip(trip)) for trip in household.trips),
        *(_block("[[away]]", _away(gone)) for gone in household.away),
    ]
    return "\n".join(blocks)


def _block(heading: str, entries: Mapping[str, Value | None]) -> str:
    lines = [f"{_key(key)} = {_value(value)}\n" for key, value in entries.items() if value is not None]
    return f"{heading}\n{''.join(lines)}"


def _home(household: Household) -> dict[str, Value | None]:
    return {
        "country": household.country,
        "subdivision": household.subdivision,
        "cues": [{"light": cue.light, "sound": cue.sound} for cue in household.cues] or None,
    }


def _patient(patient: Patient) -> dict[str, Value | None]:
    return {
        "id": patient.id,
        "name": patient.name,
        "timezone": patient.timezone,
        "language": patient.language,
        "day_starts": patient.day_starts,
        "phone": patient.phone or None,
        "channels": dict(patient.channels) or None,
        "alias": patient.alias or None,
        "full_text": _listed(patient.full_text),
    }


def _box(box: Box) -> dict[str, Value | None]:
    return {
        "id": box.id,
        "patient": box.patient,
        "layout": box.layout,
        "compartments": None if box.layout else list(box.compartments),
        "also": list(box.compartments[len(COMPARTMENTS[box.layout]) :]) or None if box.layout else None,
        "fill_day": box.fill_day,
        "second_check": box.second_check or None,
        "watch_hours": written_hours(box.watch),
        "watch_urgency": written_urgency(box.watch),
        "sealed": box.sealed or None,
    }


def _trip(trip: Trip) -> dict[str, Value | None]:
    return {
        "patient": trip.patient,
        "from": trip.begins,
        "until": trip.until,
        "zone": trip.zone,
        "policy": trip.policy,
        "shift": span_text(trip.shift_ms) if trip.policy == "shift" else None,
        "with_box": None if trip.with_box else False,
        "by": trip.by or None,
    }


def _away(gone: Away) -> dict[str, Value | None]:
    return {"from": gone.begins, "until": gone.until, "why": gone.why}


def _regimen(regimen: Regimen) -> Iterable[str]:
    yield _block(
        "[[regimen]]",
        {
            "id": regimen.id,
            "patient": regimen.patient,
            "box": regimen.box,
            "medicine": regimen.medicine,
            "window": _window(regimen.window),
            "remind": [span_text(at_ms, signed=True) for at_ms in regimen.remind_ms],
        },
    )
    for step in regimen.steps:
        yield _block("[[regimen.step]]", _step(step))
    for hold in regimen.holds:
        dates = {"from": hold.begins, "until": hold.until}
        yield _block("[[regimen.hold]]", {**dates, "by": hold.by, "why": hold.why})
    if regimen.supply is not None:
        supply = regimen.supply
        yield _block(
            "[regimen.supply]",
            {
                "tablets": supply.tablets,
                "counted_on": supply.counted_on,
                "expires": supply.expires,
                "pack": supply.pack,
                "refills_left": supply.refills_left,
                "lead_days": supply.lead_days,
            },
        )


def _window(window: Window) -> dict[str, Value]:
    spans: dict[str, Value] = {
        "opens": span_text(window.opens_ms, signed=True),
        "late": span_text(window.late_ms, signed=True),
        "closes": HALF if window.closes_ms is None else span_text(window.closes_ms, signed=True),
    }
    return {**spans, "least_gap": span_text(window.least_gap_ms)} if window.least_gap_ms else spans


def _step(step: Step) -> dict[str, Value | None]:
    rhythm, interval = step.rhythm, step.interval
    return {
        "from": step.begins,
        "until": step.until,
        "times": dict(step.times) or None,
        "interval": None if interval is None else _interval(interval),
        "as_needed": None if step.as_needed is None else _as_needed(step.as_needed),
        "compartments": dict(step.compartments) or None,
        "weekdays": list(rhythm.weekdays) or None,
        "every": None if rhythm.every_days is None else f"{rhythm.every_days}d",
        "cycle": None if rhythm.cycle is None else {"on": rhythm.cycle[0], "off": rhythm.cycle[1]},
        "by": step.by or None,
        "why": step.why or None,
    }


def _interval(interval: Interval) -> dict[str, Value]:
    every = span_text(interval.every_ms)
    return {"first": interval.first, "every": every, "amount": interval.amount}


def _as_needed(need: AsNeeded) -> dict[str, Value]:
    said: dict[str, Value] = {
        "amount": need.amount,
        "least_gap": span_text(need.least_gap_ms),
        "most_a_day": need.most_a_day,
        "reason": need.reason,
    }
    return said if need.compartment is None else {**said, "compartment": need.compartment}


def _check(check: Check) -> dict[str, Value | None]:
    return {
        "id": check.id,
        "patient": check.patient,
        "title": check.title,
        "from": check.begins,
        "every": None if check.every_days is None else f"{check.every_days}d",
        "until": check.until,
        "kind": None if check.kind == "blood_test" else check.kind,
        "time": check.time,
        "place": check.place or None,
        "bring": check.bring or None,
        "regimen": check.regimen,
        "remind_days": None if check.remind_days == REMIND_DAYS else check.remind_days,
        "overdue_days": None if check.overdue_days == OVERDUE_DAYS else check.overdue_days,
    }


def _caregiver(caregiver: Caregiver) -> dict[str, Value | None]:
    return {
        "id": caregiver.id,
        "name": caregiver.name,
        "channels": dict(caregiver.channels) or None,
        "full_text": _listed(caregiver.full_text),
        "quiet": None if caregiver.quiet is None else list(caregiver.quiet),
        "wakes": None if caregiver.wakes == WAKING else list(caregiver.wakes),
        "timezone": caregiver.timezone,
        "canary": None if caregiver.canary == "weekly" else caregiver.canary,
        "wants": {patient: list(kinds) for patient, kinds in caregiver.wants.items()} or None,
    }


def _listed(names: Iterable[str] | None) -> list[Value] | None:
    return None if names is None else list[Value](names)


def _ladder(ladder: Ladder) -> dict[str, Value | None]:
    steps: list[Value] = [
        {"after": span_text(step.after_ms), "who": step.who, "channel": step.channel} for step in ladder.steps
    ]
    wants: list[Value] = [*ladder.wants]
    return {
        "patient": ladder.patient, "wants": wants or None, "rounds": ladder.rounds, "steps": steps,
    }  # fmt: skip


def _duty(duty: Duty) -> dict[str, Value | None]:
    turns: list[Value] = [{"from": f"{one.weekday} {one.time}", "who": one.who} for one in duty.turns]
    days: list[Value] = [{"from": one.begins, "until": one.until, "who": one.who} for one in duty.days]
    return {
        "patient": duty.patient, "who": duty.who, "zone": duty.zone, "turns": turns or None,
        "days": days or None,
    }  # fmt: skip


def _value(value: Value) -> str:
    match value:
        case str():
            # JSON's escapes are TOML's too, but for DEL, which no text of a household may hold.
            return json.dumps(value, ensure_ascii=False)
        case bool():
            return "true" if value else "false"
        case float() | int():
            return f"{value:g}" if value == int(value) and abs(value) < 1e5 else repr(value)
        case date():
            return value.isoformat()
        case list():
            items = ", ".join(_value(item) for item in value)
            return f"[{items}]"
        case _:
            pairs = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if plain else json.dumps(key, ensure_ascii=False)
