"""Who lives here, what is prescribed, and who is told? The household as plain frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from controller.wire.plan import Cue, Limit

ON_DUTY = "on-duty"
"""What a ladder calls whoever is on duty for the patient."""

WantKind = Literal["dose", "storage", "supply", "device", "care"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person who takes medicine. `day_starts` and all times are local `HH:MM`."""

    id: str
    name: str
    timezone: str
    language: str = "en"
    day_starts: str = "03:00"
    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box and its compartments. `layout` is `7x2` or `None` where compartments are listed."""

    id: str
    patient: str
    layout: str | None
    compartments: tuple[str, ...]
    fill_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A dose window relative to the due time.

    `closes_ms` is `None` for half the interval to the next slot.
    """

    opens_ms: int
    late_ms: int
    closes_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A dated part of a regimen. Both dates are included; without `until` it goes on."""

    begins: date
    until: date | None
    times: Mapping[str, float]
    compartments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A pause ordered by somebody. Both dates are included; without `until` it lasts until resumed."""

    begins: date
    until: date | None
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What lies outside the box, counted on a local date."""

    tablets: float
    counted_on: date
    expires: date | None = None
    pack: int | None = None
    refills_left: int | None = None
    lead_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """What is prescribed to one patient of one medicine, in one box."""

    id: str
    patient: str
    box: str
    medicine: str
    window: Window
    remind_ms: tuple[int, ...]
    steps: tuple[Step, ...]
    holds: tuple[Hold, ...] = ()
    supply: Supply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A blood test or appointment with its rhythm."""

    id: str
    patient: str
    title: str
    begins: date
    every_days: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caregiver:
    """A person who is alerted. `channels` maps a name to an Apprise address; `wants` patient to kinds."""

    id: str
    name: str
    channels: Mapping[str, str]
    wants: Mapping[str, tuple[WantKind, ...]]
    quiet: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """Whom to try `after_ms` the alert was raised. `who` is a caregiver's id or `on-duty`."""

    after_ms: int
    who: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The order in which caregivers and channels are tried for one patient."""

    patient: str
    steps: tuple[LadderStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """A product as data.

    Amounts are whole multiples of `smallest_part` of a tablet. `leaflet` maps a topic such as
    `missed_dose` to what is quoted, `sources` the same topic to where it is from.
    """

    id: str
    name: str
    strength: str
    form: str
    smallest_part: float
    limits: tuple[Limit, ...]
    leaflet: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Everything a home is set up with. Every id that is referred to exists (checked on reading)."""

    country: str
    subdivision: str | None
    patients: Mapping[str, Patient]
    boxes: Mapping[str, Box]
    regimens: Mapping[str, Regimen]
    medicines: Mapping[str, Medicine]
    checks: tuple[Check, ...] = ()
    caregivers: Mapping[str, Caregiver] = field(default_factory=dict)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    duties: Mapping[str, str] = field(default_factory=dict)
    cues: tuple[Cue, ...] = ()
