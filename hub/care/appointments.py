"""What is a blood test, an appointment or a vaccination of a patient, as the home wrote it down?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub.care.leaflets import CheckKind

REMIND_DAYS = 2
OVERDUE_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A blood test or appointment with its rhythm; without `every_days` it is once.

    `remind_days` before it is due, and on the day, the patient is reminded; `overdue_days` after it,
    caregivers are told. `time` is local (`HH:MM`), `bring` what to take along, `regimen` what it goes with.
    """

    id: str
    patient: str
    title: str
    begins: date
    every_days: int | None = None
    until: date | None = None
    kind: CheckKind = "blood_test"
    time: str | None = None
    place: str = ""
    bring: str = ""
    regimen: str | None = None
    remind_days: int = REMIND_DAYS
    overdue_days: int = OVERDUE_DAYS
