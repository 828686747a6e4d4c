"""Which blood tests and appointments does a household file name?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from controller.wire.instants import DAY_MS
from hub.care.appointments import OVERDUE_DAYS, REMIND_DAYS, Check
from hub.care.leaflets import CheckKind
from hub.care.people import Patient, Regimen
from hub.household.carers import A_PATIENT
from hub.tables import Table

KINDS = get_args(CheckKind)
DAYS_MAX = 60
_KEYS = (
    "id", "patient", "title", "from", "every", "until", "kind", "time", "place", "bring", "regimen",
    "remind_days", "overdue_days",
)  # fmt: skip


def read_checks(
    root: Table, patients: Mapping[str, Patient], regimens: Mapping[str, Regimen]
) -> tuple[Check, ...]:
    """Read the blood tests and appointments."""
    found: dict[tuple[str, str], Check] = {}
    for table in root.children("check", named_by="id"):
        table.only(*_KEYS)
        patient = table.known("patient", table.slug("patient"), patients, A_PATIENT)
        key = patient, table.slug("id")
        if key in found:
            raise table.refusal("id", f"is {key[1]!r} a second time for {patient!r}")
        found[key] = _check(table, patient, regimens)
    return tuple(found.values())


def _check(table: Table, patient: str, regimens: Mapping[str, Regimen]) -> Check:
    begins = table.day("from")
    until = table.day("until") if table.has("until") else None
    if until is not None and until < begins:
        raise table.refusal("until", f"is {until}, before it begins on {begins}")
    every_ms = table.span_ms("every", DAY_MS, 3_650 * DAY_MS) if table.has("every") else None
    if every_ms is not None and every_ms % DAY_MS:
        raise table.refusal("every", "is not a whole number of days such as 7d")
    return Check(
        id=table.slug("id"),
        patient=patient,
        title=table.text("title"),
        begins=begins,
        every_days=None if every_ms is None else every_ms // DAY_MS,
        until=until,
        kind=cast(CheckKind, table.choice("kind", KINDS)) if table.has("kind") else "blood_test",
        time=table.time("time") if table.has("time") else None,
        place=table.text("place") if table.has("place") else "",
        bring=table.text("bring") if table.has("bring") else "",
        regimen=_regimen(table, patient, regimens) if table.has("regimen") else None,
        remind_days=table.whole("remind_days", 0, DAYS_MAX) if table.has("remind_days") else REMIND_DAYS,
        overdue_days=table.whole("overdue_days", 1, DAYS_MAX) if table.has("overdue_days") else OVERDUE_DAYS,
    )


def _regimen(table: Table, patient: str, regimens: Mapping[str, Regimen]) -> str:
    own = [one.id for one in regimens.values() if one.patient == patient]
    return table.known("regimen", table.slug("regimen"), own, f"a regimen of {patient!r}")
