"""Whose turn is it, and in which order are people tried? The duties and ladders of a household file."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from controller.wire.instants import DAY_MS
from hub.care.caregivers import ON_DUTY, Caregiver, Duty, DutyDays, Ladder, LadderStep, Turn
from hub.care.people import Patient
from hub.care.schedule import WEEKDAYS
from hub.household.carers import A_PATIENT, read_wants
from hub.household.zones import read_zone
from hub.tables import Table

ROUNDS_MAX = 100
_A_CAREGIVER = "a caregiver of this file"


def read_duties(
    root: Table, patients: Mapping[str, Patient], caregivers: Mapping[str, Caregiver]
) -> dict[str, Duty]:
    """Read who is on duty: one person, or a week's rota with its exceptions, for each patient."""
    found: dict[str, Duty] = {}
    for table in root.children("duty", named_by="patient"):
        table.only("patient", "who", "zone", "turns", "days")
        patient = table.known("patient", table.slug("patient"), patients, A_PATIENT)
        if patient in found:
            raise table.refusal("patient", f"is {patient!r} a second time; one person is on duty at a time")
        if not table.has("who") and not table.has("turns"):
            raise table.refusal("who", "is missing: name a caregiver, or the turns of a week")
        if table.has("who") and table.has("turns"):
            raise table.refusal("who", "stands beside turns; give one of the two")
        found[patient] = Duty(
            patient=patient,
            who=_who(table, caregivers) if table.has("who") else None,
            zone=read_zone(table, "zone") if table.has("zone") else None,
            turns=_turns(table, caregivers),
            days=_days(table, caregivers),
        )
    return found


def _who(table: Table, caregivers: Mapping[str, Caregiver]) -> str:
    return table.known("who", table.slug("who"), caregivers, _A_CAREGIVER)


def _turns(table: Table, caregivers: Mapping[str, Caregiver]) -> tuple[Turn, ...]:
    found: list[Turn] = []
    for turn in table.children("turns"):
        turn.only("from", "who")
        weekday, _, time = turn.text("from").partition(" ")
        if weekday not in WEEKDAYS or not turn.is_time(time):
            raise turn.refusal("from", 'is not a weekday and a time such as "fri 18:00"')
        if any((one.weekday, one.time) == (weekday, time) for one in found):
            raise turn.refusal("from", f"is {weekday} {time} a second time")
        found.append(Turn(weekday=weekday, time=time, who=_who(turn, caregivers)))
    if table.has("turns") and not found:
        raise table.refusal("turns", "is empty: nobody would ever have the duty")
    return tuple(found)


def _days(table: Table, caregivers: Mapping[str, Caregiver]) -> tuple[DutyDays, ...]:
    found: list[DutyDays] = []
    for days in table.children("days"):
        days.only("from", "until", "who")
        begins, until = days.day("from"), days.day("until")
        if until < begins:
            raise days.refusal("until", f"is {until}, before it begins on {begins}")
        if any(one.begins <= until and begins <= one.until for one in found):
            raise days.refusal("from", "begins within other days; one person is on duty at a time")
        found.append(DutyDays(begins=begins, until=until, who=_who(days, caregivers)))
    return tuple(found)


def read_ladders(
    root: Table,
    patients: Mapping[str, Patient],
    caregivers: Mapping[str, Caregiver],
    duties: Mapping[str, Duty],
) -> tuple[Ladder, ...]:
    """Read in which order people are tried, at most one ladder for each patient and kind of alerts."""
    found: list[Ladder] = []
    for table in root.children("ladder", named_by="patient"):
        table.only("patient", "wants", "rounds", "steps")
        patient = table.known("patient", table.slug("patient"), patients, A_PATIENT)
        wants = read_wants(table, "wants") if table.has("wants") else ()
        for other in found:
            if other.patient == patient and (set(other.wants) & set(wants) or not (other.wants or wants)):
                twice = f"two ladders for {' and '.join(sorted({*other.wants} & {*wants}))}"
                why = twice if wants else "a second ladder; each patient has one, and others name their wants"
                raise table.refusal("patient", f"is {patient!r} with {why}")
        steps = table.children("steps")
        if not steps:
            raise table.refusal("steps", "is missing or empty: nobody would ever be told")
        ladder = Ladder(
            patient=patient,
            steps=tuple(_step(step, caregivers, duties.get(patient)) for step in steps),
            wants=wants,
            rounds=table.whole("rounds", 1, ROUNDS_MAX) if table.has("rounds") else None,
        )
        for step, (one, other_step) in zip(steps[1:], pairwise(ladder.steps), strict=True):
            if other_step.after_ms < one.after_ms:
                raise step.refusal("after", "comes before the step above it; write the steps in their order")
        found.append(ladder)
    return tuple(found)


def _step(table: Table, caregivers: Mapping[str, Caregiver], duty: Duty | None) -> LadderStep:
    table.only("after", "who", "channel")
    who, channel = table.slug("who"), table.slug("channel")
    if who == ON_DUTY and duty is None:
        raise table.refusal("who", f"is {ON_DUTY!r}, but no [[duty]] says who that is")
    table.known("who", who, [ON_DUTY, *caregivers], _A_CAREGIVER)
    people = on_duty_ever(duty) if who == ON_DUTY and duty is not None else (who,)
    # Whoever has no channel of that name is reached by the first of their own.
    channels = dict.fromkeys(name for one in people for name in caregivers[one].channels)
    table.known("channel", channel, channels, f"a channel of {' or '.join(map(repr, people))}")
    return LadderStep(after_ms=table.span_ms("after", 0, 7 * DAY_MS), who=who, channel=channel)


def on_duty_ever(duty: Duty) -> tuple[str, ...]:
    """Return everybody whom a rota names."""
    named = [duty.who, *(turn.who for turn in duty.turns), *(days.who for days in duty.days)]
    return tuple(dict.fromkeys(one for one in named if one is not None))
