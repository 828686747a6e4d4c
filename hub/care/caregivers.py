"""Who looks after a patient, in which order are they tried, and whose turn is it? As plain frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

ON_DUTY = "on-duty"
"""What a ladder calls whoever is on duty for the patient."""

WantKind = Literal["dose", "storage", "supply", "device", "care"]
CanaryRhythm = Literal["daily", "weekly", "off"]
WAKING: tuple[WantKind, ...] = ("dose", "care")
"""What does not wait for the end of a caregiver's quiet hours where the home says nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caregiver:
    """A person who is alerted. `channels` maps a name to an Apprise address; `wants` patient to kinds.

    `quiet` are two local times in `timezone` (`None`: the patient's); what `wakes` them never waits. A call
    for help, which is `care`, always does. `full_text` are the channels whose messages may name people and
    medicines, `None` where the kind of each address decides. `canary` is how often a channel that nothing
    else has proved says that it works.
    """

    id: str
    name: str
    channels: Mapping[str, str]
    wants: Mapping[str, tuple[WantKind, ...]]
    quiet: tuple[str, str] | None = None
    timezone: str | None = None
    wakes: tuple[WantKind, ...] = WAKING
    full_text: tuple[str, ...] | None = None
    canary: CanaryRhythm = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """Whom to try `after_ms` the alert was raised. `who` is a caregiver's id or `on-duty`."""

    after_ms: int
    who: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The order in which caregivers and channels are tried for one patient.

    It is for the kinds in `wants`, or without any for all kinds that have no ladder of their own. It is
    climbed again and again, or `rounds` times if that is given.
    """

    patient: str
    steps: tuple[LadderStep, ...]
    wants: tuple[WantKind, ...] = ()
    rounds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """From a weekday (`mon`) and a local time on, every week, this caregiver has the duty."""

    weekday: str
    time: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDays:
    """On these local dates, both included, this caregiver has the duty, whatever the week says."""

    begins: date
    until: date
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who has the duty for one patient: always `who`, or by `turns` of the week in `zone`, but for `days`.

    `zone` is the caregivers' own, `None` where it is the patient's. Somebody may take it over at any time.
    """

    patient: str
    who: str | None = None
    zone: str | None = None
    turns: tuple[Turn, ...] = ()
    days: tuple[DutyDays, ...] = ()
