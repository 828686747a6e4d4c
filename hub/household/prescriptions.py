"""What is prescribed, when, and is it something that can be taken as written?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.people import Box, Hold, Medicine, Patient, Regimen, Supply, Window
from hub.household.steps import gaps_ms, read_dates, read_steps
from hub.tables import Table, span_text

HALF = "half"
CLOSES_MAX_MS = 22 * HOUR_MS
"""Plans begin with yesterday: on a short day, a longer window could be open when its slot leaves them."""

REMINDERS_MAX = 12


def read_regimen(
    table: Table,
    patients: Mapping[str, Patient],
    boxes: Mapping[str, Box],
    cabinet: Mapping[str, Medicine],
) -> Regimen:
    """Read one regimen with its steps, holds and supply."""
    table.only("id", "patient", "box", "medicine", "window", "remind", "step", "hold", "supply")
    patient = table.known("patient", table.slug("patient"), patients, "a patient of this file")
    box = _box(table, patient, boxes)
    medicine = cabinet[table.known("medicine", table.slug("medicine"), cabinet, "a medicine the hub knows")]
    window = _window(table.child("window"))
    regimen = Regimen(
        id=table.slug("id"),
        patient=patient,
        box=None if box is None else box.id,
        medicine=medicine.id,
        window=window,
        remind_ms=_remind_ms(table, window) if table.has("remind") else (),
        steps=read_steps(table, box, medicine),
        holds=tuple(_hold(hold) for hold in table.children("hold")),
        supply=_supply(table.child("supply")) if table.has("supply") else None,
    )
    if window.closes_ms is None:
        _refuse_outside_half(table, regimen)
    _refuse_gap(table, regimen)
    return regimen


def _box(table: Table, patient: str, boxes: Mapping[str, Box]) -> Box | None:
    if not table.has("box"):
        if not any(box.patient == patient for box in boxes.values()):
            why = (
                f"is missing, and {patient!r} has no box at all: what is told of a medicine is told by a box"
            )
            raise table.refusal("box", why)
        return None
    box = boxes[table.known("box", table.slug("box"), boxes, "a box of this file")]
    if box.patient != patient:
        raise table.refusal("box", f"is {box.id!r}, which is the box of {box.patient!r}")
    return box


def _window(table: Table) -> Window:
    table.only("opens", "late", "closes", "least_gap")
    half = table.text("closes") == HALF
    late_ms = table.span_ms("late", 0, DAY_MS)
    closes_ms = None if half else table.span_ms("closes", MINUTE_MS, CLOSES_MAX_MS)
    if closes_ms is not None and closes_ms < late_ms:
        raise table.refusal("closes", f"is {span_text(closes_ms)}, before a dose counts as late")
    return Window(
        opens_ms=table.span_ms("opens", -DAY_MS, -MINUTE_MS),
        late_ms=late_ms,
        closes_ms=closes_ms,
        least_gap_ms=table.span_ms("least_gap", MINUTE_MS, 7 * DAY_MS) if table.has("least_gap") else 0,
    )


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
    for time, gap_ms in (pair for step in regimen.steps for pair in gaps_ms(step)):
        half_ms = gap_ms // 2
        half = f"{span_text(half_ms, signed=True)} (half-way to the next)"
        why = f"after the window of {time} closes at {half}"
        if regimen.window.late_ms > half_ms:
            late = span_text(regimen.window.late_ms, signed=True)
            raise table.refusal("window", f"has late = {late}, {why}")
        if last_ms > half_ms:
            raise table.refusal("remind", f"has {span_text(last_ms, signed=True)}, {why}")


def _refuse_gap(table: Table, regimen: Regimen) -> None:
    least_ms = regimen.window.least_gap_ms
    for time, gap_ms in (pair for step in regimen.steps for pair in gaps_ms(step)):
        if least_ms > gap_ms:
            gap = span_text(gap_ms)
            why = f"has least_gap = {span_text(least_ms)}, but the next after {time} is due {gap} later"
            raise table.refusal("window", why)


def _hold(table: Table) -> Hold:
    table.only("from", "until", "by", "why")
    begins, until = read_dates(table)
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
