"""How is each entry of a household said back, line by line, to whoever has the prescription in hand?

Every entry is a few named lines; two versions of it are compared line by line. Addresses are never repeated:
they hold passwords.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from controller.wire.instants import HOUR_MS
from controller.wire.naming import tablet_words
from hub.care.alerting.privacy import reads_in_full
from hub.care.appointments import Check
from hub.care.caregivers import Caregiver, Duty, Ladder
from hub.care.layouts import COMPARTMENTS
from hub.care.people import Box, Hold, Household, Medicine, Patient, Regimen, Rhythm, Step, Trip, TripPolicy
from hub.household.watches import written_hours
from hub.tables import span_text

Lines = Mapping[str, str]
"""What is said of one entry: the name of a line, and its text."""

POLICY_WORDS: Mapping[TripPolicy, str] = {
    "home": "stay on home time",
    "local": "move to local time at once",
    "shift": "move towards local time by at most {step} a day, and back by the same steps",
}

FOR_EVER = "until further notice"


def tablets_words(amount: float, medicine: Medicine) -> str:
    """Say a dose with its unit: `50 Azathioprine` had hidden milligrams that were typed as tablets."""
    return f"{tablet_words(amount)} of {medicine.name} {medicine.strength}"


def regimen_lines(household: Household, regimen: Regimen) -> Lines:
    """Say what is prescribed: medicine and strength, window, reminders, each step and hold."""
    medicine = household.medicines[regimen.medicine]
    window = regimen.window
    closes = "half-way to the next" if window.closes_ms is None else span_text(window.closes_ms, signed=True)
    opens, late = (span_text(span, signed=True) for span in (window.opens_ms, window.late_ms))
    least = f", at least {_length(window.least_gap_ms)} apart" if window.least_gap_ms else ""
    reminders = ", ".join(span_text(at_ms, signed=True) for at_ms in regimen.remind_ms)
    lines = {
        "patient": regimen.patient,
        "medicine": f"{medicine.name} {medicine.strength} {medicine.form} ({medicine.id})",
        "box": regimen.box or "in no box",
        "window": f"opens {opens}, late from {late}, closes {closes}{least}",
        "reminders": reminders or "none",
    }
    lines |= {f"step from {step.begins}": _step(step) for step in regimen.steps}
    for number, hold in enumerate(regimen.holds, 1):
        name = f"hold from {hold.begins}"
        lines[name if name not in lines else f"{name} ({number})"] = _hold(hold)
    if regimen.supply is not None:
        supply = regimen.supply
        lines["supply"] = (
            f"{supply.tablets:g} tablets counted on {supply.counted_on}, "
            f"expires {_unsaid(supply.expires)}, pack {_unsaid(supply.pack)}, "
            f"refills left {_unsaid(supply.refills_left)}, lead days {_unsaid(supply.lead_days)}"
        )
    return lines


def entries(household: Household) -> Mapping[str, Mapping[str, Lines]]:
    """Say every entry of a household, by kind and id."""
    return {
        "home": {"": _home(household)},
        "patient": {one.id: _patient(one) for one in household.patients.values()},
        "box": {one.id: _box(one) for one in household.boxes.values()},
        "regimen": {one.id: regimen_lines(household, one) for one in household.regimens.values()},
        "caregiver": {one.id: _caregiver(one) for one in household.caregivers.values()},
        "ladder of": {_ladder_name(one): _ladder(one) for one in household.ladders},
        "duty for": {one.patient: _duty(one) for one in household.duties.values()},
        "trip of": {f"{one.patient} from {one.begins}": trip_lines(one) for one in household.trips},
        "check": {f"{one.id} of {one.patient}": _check(one) for one in household.checks},
    }


def trip_lines(trip: Trip) -> Lines:
    """Say where somebody travels, and by which clocks they live there."""
    return {
        "when": f"until {trip.until}",
        "zone": trip.zone,
        "policy": POLICY_WORDS[trip.policy].format(step=_length(trip.shift_ms)),
        "box": "taken along" if trip.with_box else "stays at home and is asked nothing of these days",
        "by": trip.by or "unsaid",
    }


def secret_lines(household: Household) -> Iterator[tuple[str, str, str, str]]:
    """Go through what may be compared and never shown: kind, id, the name of the line, and the secret."""
    for patient in household.patients.values():
        for name, address in patient.channels.items():
            yield "patient", patient.id, f"channel {name}", address
    for caregiver in household.caregivers.values():
        for name, address in caregiver.channels.items():
            yield "caregiver", caregiver.id, f"channel {name}", address


def _step(step: Step) -> str:
    ordered = ", ".join(part for part in (step.by and f"by {step.by}", step.why) if part)
    return f"{_until(step.until)}: {_doses(step)}{_days(step.rhythm)}{f' ({ordered})' if ordered else ''}"


def _doses(step: Step) -> str:
    if step.interval is not None:
        every, amount = _length(step.interval.every_ms), tablet_words(step.interval.amount)
        first = step.interval.first
        return f"{amount} every {every}, the first at {first}{_place(step, first)}"
    need = step.as_needed
    if need is not None:
        place = f", in {need.compartment}" if need.compartment else ""
        return (
            f"{tablet_words(need.amount)} when needed for {need.reason}, at least "
            f"{_length(need.least_gap_ms)} apart, at most {tablet_words(need.most_a_day)} in 24 hours"
            f"{place}"
        )
    return ", ".join(
        f"{time} {tablet_words(amount)}{_place(step, time)}" for time, amount in step.times.items()
    )


def _length(span_ms: int) -> str:
    hours, rest_ms = divmod(span_ms, HOUR_MS)
    return span_text(span_ms) if rest_ms else f"{hours} {'hour' if hours == 1 else 'hours'}"


def _days(rhythm: Rhythm) -> str:
    on = f", on {' and '.join(rhythm.weekdays)}" if rhythm.weekdays else ""
    every = "" if rhythm.every_days is None else f", every {rhythm.every_days} days"
    cycle = "" if rhythm.cycle is None else f", {rhythm.cycle[0]} days on and {rhythm.cycle[1]} days off"
    return on + every + cycle


def _place(step: Step, time: str) -> str:
    return f" in {step.compartments[time]}" if time in step.compartments else ""


def _hold(hold: Hold) -> str:
    return f"{f'until {hold.until}' if hold.until else 'until resumed'}, by {hold.by}: {hold.why}"


def _until(until: object) -> str:
    return f"until {until}" if until else FOR_EVER


def _unsaid(value: object) -> str:
    return "unsaid" if value is None else str(value)


def _home(household: Household) -> Lines:
    cues = ", ".join(f"{cue.light} and {cue.sound}" for cue in household.cues)
    return {
        "country": "-".join(part for part in (household.country, household.subdivision) if part),
        "cues": cues or "the usual ones",
    }


def _patient(patient: Patient) -> Lines:
    return {
        "name": patient.name,
        "timezone": patient.timezone,
        "language": patient.language,
        "day_starts": patient.day_starts,
        "phone": patient.phone or "unsaid",
        "channels": ", ".join(patient.channels) or "none",
        "full text": _full_text(patient),
        "alias": patient.alias or "none",
    }


def _box(box: Box) -> Lines:
    return {
        "patient": box.patient,
        "layout": _layout(box),
        "fill_day": box.fill_day or "unsaid",
        "watch hours": _watch(box),
        **({"sealed": "yes, a dry place is asked of it"} if box.sealed else {}),
    }


def _watch(box: Box) -> str:
    if box.watch is None:
        return "none: a lid that no dose asks for is told as an extra opening"
    urgency = "at once" if box.watch.want == "care" else "soon"
    return f"{written_hours(box.watch)}, told {urgency}"


def _layout(box: Box) -> str:
    if box.layout is None:
        return ", ".join(box.compartments)
    return ", and ".join([box.layout, *box.compartments[len(COMPARTMENTS[box.layout]) :]])


def _caregiver(caregiver: Caregiver) -> Lines:
    wants = {f"wants for {patient}": ", ".join(kinds) for patient, kinds in caregiver.wants.items()}
    return {
        "name": caregiver.name,
        "channels": ", ".join(caregiver.channels) or "none",
        "full text": _full_text(caregiver),
        "quiet": _quiet(caregiver),
        "proof of its channels": caregiver.canary,
        **wants,
    }


def _full_text(person: Caregiver | Patient) -> str:
    named = [channel for channel in person.channels if reads_in_full(person, channel)]
    return f"by {', '.join(named)}" if named else "by none: it names no patient, medicine or compartment"


def _quiet(caregiver: Caregiver) -> str:
    if caregiver.quiet is None:
        return "never"
    where = f" in {caregiver.timezone}" if caregiver.timezone else ""
    wakes = " and ".join(dict.fromkeys(("care", *caregiver.wakes)))
    return f"{' to '.join(caregiver.quiet)}{where}, woken by {wakes}"


def _ladder_name(ladder: Ladder) -> str:
    return f"{ladder.patient}{' for ' if ladder.wants else ''}{' and '.join(ladder.wants)}"


def _duty(duty: Duty) -> Lines:
    zone = {"zone": duty.zone} if duty.zone else {}
    turns = {f"from {one.weekday} {one.time}": one.who for one in duty.turns}
    days = {f"{one.begins} to {one.until}": one.who for one in duty.days}
    return {**({"who": duty.who} if duty.who else {}), **zone, **turns, **days}


def _ladder(ladder: Ladder) -> Lines:
    rounds = {} if ladder.rounds is None else {"rounds": f"{ladder.rounds}, then a last word to everybody"}
    return rounds | {
        f"step {number}": f"after {span_text(step.after_ms)} {step.who} by {step.channel}"
        for number, step in enumerate(ladder.steps, 1)
    }


def _check(check: Check) -> Lines:
    every = "once" if check.every_days is None else f"every {check.every_days} days"
    return {
        "title": check.title,
        "when": f"from {check.begins}, {every}, {_until(check.until)}",
        **({"time": check.time} if check.time else {}),
        "kind": check.kind.replace("_", " "),
        "reminder": f"{check.remind_days} days before and on the day; overdue after {check.overdue_days}",
        **({"place": check.place} if check.place else {}),
        **({"bring": check.bring} if check.bring else {}),
        **({"regimen": check.regimen} if check.regimen else {}),
    }
