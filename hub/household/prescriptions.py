"""What is prescribed, when, and is it something that can be taken as written?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.people import Box, Hold, Medicine, Patient, Regimen, Step, Supply, Window
from hub.care.schedule import WEEK_LAYOUT
from hub.tables import Table, span_text

HALF = "half"
CLOSES_MAX_MS = 22 * HOUR_MS
"""Plans begin with yesterday: on a short day, a longer window could be open when its slot leaves them."""

REMINDERS_MAX = 12
TIMES_MAX = 24
STEPS_MAX = 400


def read_regimen(
    table: Table,
    patients: Mapping[str, Patient],
    boxes: Mapping[str, Box],
    cabinet: Mapping[str, Medicine],
) -> Regimen:
    """Read one regimen with its steps, holds and supply."""
    table.only("id", "patient", "box", "medicine", "window", "remind", "step", "hold", "supply")
    patient = table.known("patient", table.slug("patient"), patients, "a patient of this file")
    box = boxes[table.known("box", table.slug("box"), boxes, "a box of this file")]
    if box.patient != patient:
        raise table.refusal("box", f"is {box.id!r}, which is the box of {box.patient!r}")
    medicine = cabinet[table.known("medicine", table.slug("medicine"), cabinet, "a medicine the hub knows")]
    window = _window(table.child("window"))
    regimen = Regimen(
        id=table.slug("id"),
        patient=patient,
        box=box.id,
        medicine=medicine.id,
        window=window,
        remind_ms=_remind_ms(table, window) if table.has("remind") else (),
        steps=_steps(table, box, medicine),
        holds=tuple(_hold(hold) for hold in table.children("hold")),
        supply=_supply(table.child("supply")) if table.has("supply") else None,
    )
    if window.closes_ms is None:
        _refuse_outside_half(table, regimen)
    return regimen


def _window(table: Table) -> Window:
    table.only("opens", "late", "closes")
    half = table.text("closes") == HALF
    late_ms = table.span_ms("late", 0, DAY_MS)
    closes_ms = None if half else table.span_ms("closes", MINUTE_MS, CLOSES_MAX_MS)
    if closes_ms is not None and closes_ms < late_ms:
        raise table.refusal("closes", f"is {span_text(closes_ms)}, before a dose counts as late")
    return Window(opens_ms=table.span_ms("opens", -DAY_MS, -MINUTE_MS), late_ms=late_ms, closes_ms=closes_ms)


def _remind_ms(table: Table, window: Window) -> tuple[int, ...]:
    remind = table.listed("remind")
    if len(remind.content) > REMINDERS_MAX:
        raise table.refusal("remind", f"has {len(remind.content)} steps; at most {REMINDERS_MAX} are given")
    found = [remind.span_ms(place, -DAY_MS, DAY_MS) for place in remind.content]
    for at_ms in found:
        if at_ms < window.opens_ms:
            raise table.refusal(
                "remind", f"has {span_text(at_ms, signed=True)}, before the dose window opens"
            )
        if window.closes_ms is not None and at_ms > window.closes_ms:
            raise table.refusal(
                "remind", f"has {span_text(at_ms, signed=True)}, after the dose window closes"
            )
    if any(later <= earlier for earlier, later in pairwise(found)):
        raise table.refusal("remind", "is not in ascending order")
    return tuple(found)


def _refuse_outside_half(table: Table, regimen: Regimen) -> None:
    """Refuse what on an ordinary day would lie after a window that closes half-way to the next slot.

    Days that the clocks shorten, and the seams between steps, are left to the schedule: it drops such a
    reminder for that day.
    """
    last_ms = max(regimen.remind_ms, default=0)
    for step in regimen.steps:
        minutes = [int(time[:2]) * 60 + int(time[3:]) for time in step.times]
        for time, (now, then) in zip(step.times, pairwise([*minutes, minutes[0] + 24 * 60]), strict=True):
            half_ms = (then - now) * MINUTE_MS // 2
            half = f"{span_text(half_ms, signed=True)} (half-way to the next)"
            why = f"after the window of {time} closes at {half}"
            if regimen.window.late_ms > half_ms:
                late = span_text(regimen.window.late_ms, signed=True)
                raise table.refusal("window", f"has late = {late}, {why}")
            if last_ms > half_ms:
                raise table.refusal("remind", f"has {span_text(last_ms, signed=True)}, {why}")


def _steps(table: Table, box: Box, medicine: Medicine) -> tuple[Step, ...]:
    tables = table.children("step")
    if not 1 <= len(tables) <= STEPS_MAX:
        raise table.refusal(
            "step", f"is given {len(tables)} times; 1 to {STEPS_MAX} dated steps are possible"
        )
    steps = sorted((_step(step, box, medicine) for step in tables), key=lambda step: step.begins)
    for one, other in pairwise(steps):
        if one.until is None:
            why = f"from {one.begins} goes on for ever; give it an until before {other.begins}"
            raise table.refusal("step", why)
        if other.begins <= one.until:
            why = f"from {one.begins} until {one.until} overlaps the step from {other.begins}"
            raise table.refusal("step", why)
    return tuple(steps)


def _step(table: Table, box: Box, medicine: Medicine) -> Step:
    table.only("from", "until", "times", "compartments")
    begins, until = _span(table)
    times = table.child("times")
    found = {times.time_key(time): _tablets(times, time, medicine) for time in sorted(times.content)}
    if not 1 <= len(found) <= TIMES_MAX:
        raise table.refusal("times", f"has {len(found)} times of the day; 1 to {TIMES_MAX} are possible")
    places = table.child("compartments") if table.has("compartments") else Table(table.file, table.place, {})
    for time in places.content:
        places.known_key(time, found, "a time of this step")
        places.known(time, places.slug(time), box.compartments, f"a compartment of box {box.id!r}")
    missing = [time for time in found if time not in places.content]
    if missing and box.layout != WEEK_LAYOUT:
        why = f"does not say where {missing[0]} lies; box {box.id!r} lists its compartments"
        raise table.refusal("compartments", why)
    return Step(begins=begins, until=until, times=found, compartments=dict(sorted(places.content.items())))


def _tablets(times: Table, time: str, medicine: Medicine) -> float:
    amount = times.number(time, 0.125, 100)
    if amount % medicine.smallest_part:
        part = f"{medicine.smallest_part:g} tablet"
        raise times.refusal(time, f"is {amount:g}, but {medicine.id} comes in steps of {part}")
    return amount


def _span(table: Table) -> tuple[date, date | None]:
    begins = table.day("from")
    until = table.day("until") if table.has("until") else None
    if until is not None and until < begins:
        raise table.refusal("until", f"is {until}, before it begins on {begins}")
    return begins, until


def _hold(table: Table) -> Hold:
    table.only("from", "until", "by", "why")
    begins, until = _span(table)
    return Hold(begins=begins, until=until, by=table.text("by"), why=table.text("why"))


def _supply(table: Table) -> Supply:
    table.only("tablets", "counted_on", "expires", "pack", "refills_left", "lead_days")
    return Supply(
        tablets=table.number("tablets", 0, 100_000),
        counted_on=table.day("counted_on"),
        expires=table.day("expires") if table.has("expires") else None,
        pack=table.whole("pack", 1, 10_000) if table.has("pack") else None,
        refills_left=table.whole("refills_left", 0, 1_000) if table.has("refills_left") else None,
        lead_days=table.whole("lead_days", 0, 365) if table.has("lead_days") else None,
    )
