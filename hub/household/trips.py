"""Where do patients travel, and by which clocks do they live there?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from hub.care.people import Patient, Trip, TripPolicy
from hub.care.travelling.offsets import DAYS_MAX, SHIFT_MAX_MS, SHIFT_MIN_MS
from hub.household.zones import read_zone
from hub.tables import Table


def read_trips(root: Table, patients: Mapping[str, Patient]) -> tuple[Trip, ...]:
    """Read the trips; those of one patient never overlap."""
    found: list[Trip] = []
    for table in root.children("trip", named_by="patient"):
        trip = _trip(table, patients)
        for other in found:
            if overlap(trip, other):
                raise table.refusal(
                    "from", f"is {trip.begins}, within the trip from {other.begins} until {other.until}"
                )
        found.append(trip)
    return tuple(found)


def overlap(one: Trip, other: Trip) -> bool:
    """Tell whether two trips are one patient's and have a date in common."""
    return one.patient == other.patient and one.begins <= other.until and other.begins <= one.until


def _trip(table: Table, patients: Mapping[str, Patient]) -> Trip:
    table.only("patient", "from", "until", "zone", "policy", "shift", "with_box", "by")
    begins, until = table.day("from"), table.day("until")
    if until < begins:
        raise table.refusal("until", f"is {until}, before it begins on {begins}")
    if (until - begins).days >= DAYS_MAX:
        raise table.refusal("until", f"is {until}; a trip lasts {DAYS_MAX} days at most")
    policy = cast(TripPolicy, table.choice("policy", get_args(TripPolicy)))
    if policy != "shift" and table.has("shift"):
        raise table.refusal("shift", f'stands beside policy "{policy}"; it belongs to policy "shift"')
    return Trip(
        patient=table.known("patient", table.slug("patient"), patients, "a patient of this file"),
        begins=begins,
        until=until,
        zone=read_zone(table, "zone"),
        policy=policy,
        shift_ms=table.span_ms("shift", SHIFT_MIN_MS, SHIFT_MAX_MS) if policy == "shift" else 0,
        with_box=table.truth("with_box") if table.has("with_box") else True,
        by=table.text("by") if table.has("by") else "",
    )
