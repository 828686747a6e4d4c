"""How is a trip said, as a whole and day by day?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from controller.wire.instants import HOUR_MS, MINUTE_MS, instant_text
from hub.care.people import Household, Trip
from hub.care.regimens.amounts import amount_words
from hub.care.regimens.previewing import day_words
from hub.care.schedule import local_time
from hub.care.travelling.daily import Intake
from hub.household.saying import trip_lines


def trip_words(trip: Trip) -> str:
    """Say a trip in one line."""
    box = "" if trip.with_box else ", the box stays at home"
    return f"{trip.zone} from {trip.begins} until {trip.until}, {trip_lines(trip)['policy']}{box}"


def day_lines(household: Household, trip: Trip, intakes: Sequence[Intake]) -> Iterator[str]:
    """Say every intake of a trip by its nominal date: when it is due at home and there, and its gap."""
    home = household.patients[trip.patient].timezone
    for day, due in groupby(intakes, key=lambda one: one.day):
        yield f"{day_words(day)}:"
        for one in due:
            at_home = _clock(home, one)
            there = f", {_clock(trip.zone, one)} there" if trip.begins <= day <= trip.until else ""
            held = " (on hold)" if one.slot.status == "held" else ""
            yield f"{'! ' if one.is_unusual else '  '}{_name(one)}: {at_home} at home{there}{held}{_gap(one)}"


def compared(intakes: Sequence[Intake]) -> Iterator[str]:
    """Say in a line for each regimen what a policy means: its gaps, and what is due from 23:00 to 06:00."""
    for regimen in dict.fromkeys(one.slot.regimen for one in intakes):
        own = [one for one in intakes if one.slot.regimen == regimen and one.gap_ms is not None]
        gaps = [one.gap_ms for one in own if one.gap_ms is not None]
        unusual, nights = sum(one.is_unusual for one in own), sum(one.is_at_night for one in own)
        if gaps:
            yield (
                f"{regimen}: {unusual} of {len(own)} gaps differ from the usual, the shortest is "
                f"{_span(min(gaps))}, the longest {_span(max(gaps))}; {nights} fall into the night"
            )


def packed(household: Household, trip: Trip, intakes: Sequence[Intake]) -> Iterator[str]:
    """Say what has to be taken along where the box stays at home."""
    if trip.with_box:
        return
    yield "The box stays at home and is asked nothing of these days. To take along:"
    for regimen in household.regimens_of(trip.patient):
        amounts = [
            part.amount
            for one in intakes
            if one.slot.regimen == regimen.id and trip.begins <= one.day <= trip.until
            if one.slot.status != "held"
            for part in one.slot.amounts
        ]
        if amounts:
            yield f"  {regimen.id}: {amount_words(sum(amounts))} tablets, in {len(amounts)} doses"


def plain_days(intakes: Sequence[Intake]) -> list[dict[str, Any]]:
    """Return the intakes of a trip as plain JSON; gaps are in minutes."""
    return [
        {
            "slot": one.slot.slot,
            "due_at": instant_text(one.due_ms),
            "where": one.zone,
            "local": f"{local_time(one.zone, one.due_ms):%Y-%m-%dT%H:%M}",
            "gap_min": None if one.gap_ms is None else one.gap_ms // MINUTE_MS,
            "usual_gap_min": None if one.usual_ms is None else one.usual_ms // MINUTE_MS,
            "unusual": one.is_unusual,
        }
        for one in intakes
    ]


def _name(one: Intake) -> str:
    return f"{one.slot.regimen} {one.slot.slot[-5:]}"


def _clock(zone: str, one: Intake) -> str:
    then = local_time(zone, one.due_ms)
    return f"{then:%H:%M}" if then.date() == one.day else f"{then:%H:%M} on {day_words(then.date())}"


def _gap(one: Intake) -> str:
    if one.gap_ms is None:
        return ""
    usual = f", usually {_span(one.usual_ms)}" if one.is_unusual and one.usual_ms is not None else ""
    return f"; {_span(one.gap_ms)} after the one before{usual}"


def _span(span_ms: int) -> str:
    hours, rest_ms = divmod(span_ms, HOUR_MS)
    return f"{hours} h" if not rest_ms else f"{hours} h {rest_ms // MINUTE_MS} min"
