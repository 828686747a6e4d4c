"""Who lives here, what is prescribed, and who is told? The household as plain frozen facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar

from controller.wire.plan import Cue, Limit
from hub.care.appointments import Check
from hub.care.caregivers import Caregiver, Duty, Ladder, WantKind
from hub.care.leaflets import CheckRhythm, SideEffect, Sign

TripPolicy = Literal["home", "local", "shift"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person who takes medicine. `day_starts` and all times are local `HH:MM`.

    `alias` is what others may read instead of the name; `full_text` is as of a `Caregiver`;
    `phone` is for caregivers to call.
    """

    id: str
    name: str
    timezone: str
    language: str = "en"
    day_starts: str = "03:00"
    phone: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)
    alias: str = ""
    full_text: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LidWatch:
    """When every lid is told that no dose asks for: between two local times, or without `hours` always.

    `want` says as what it is told: `dose` soon, `care` at once, also to whoever sleeps.
    """

    hours: tuple[str, str] | None
    want: WantKind = "dose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box and its compartments. `layout` is `7x2`, `7x4` or `None` where compartments are listed.

    `second_check`: a fill counts as done only when a second person has looked at it. `sealed`: its
    compartments keep damp out, and something in them dries the air.
    """

    id: str
    patient: str
    layout: str | None
    compartments: tuple[str, ...]
    fill_day: str | None = None
    second_check: bool = False
    watch: LidWatch | None = None
    sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A dose window relative to the due time.

    `closes_ms` is `None` for half the interval to the next slot. `least_gap_ms` is how long after an
    intake of the same regimen the next one must wait, however late the first one was; 0 says nothing.
    """

    opens_ms: int
    late_ms: int
    closes_ms: int | None
    least_gap_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """On which dates of a step there is something to take; without any rule, on every date.

    `every_days` and `cycle` (days on, days off) are counted from the first date of the step.
    """

    weekdays: tuple[str, ...] = ()
    every_days: int | None = None
    cycle: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Every so many hours that really pass, whatever the clocks on the wall do; the first at `first`."""

    first: str
    every_ms: int
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AsNeeded:
    """When the patient needs it: never sooner than `least_gap_ms`, never more than `most_a_day` tablets.

    `most_a_day` counts the last 24 hours. `compartment` is where it lies in the box, `None` elsewhere.
    """

    amount: float
    least_gap_ms: int
    most_a_day: float
    reason: str
    compartment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A dated version of a regimen. Both dates are included; without `until` it goes on.

    It has either `times`, an `interval`, or is `as_needed`. `by` is who ordered it, `why` in their words.
    """

    begins: date
    until: date | None
    times: Mapping[str, float] = field(default_factory=dict)
    compartments: Mapping[str, str] = field(default_factory=dict)
    rhythm: Rhythm = Rhythm()
    interval: Interval | None = None
    as_needed: AsNeeded | None = None
    by: str = ""
    why: str = ""


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
    """What is prescribed to one patient of one medicine; `box` is `None` where it lies in no box."""

    id: str
    patient: str
    box: str | None
    medicine: str
    window: Window
    remind_ms: tuple[int, ...]
    steps: tuple[Step, ...]
    holds: tuple[Hold, ...] = ()
    supply: Supply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A journey, as dates of the home zone, both included.

    `policy`: stay on `home` time, move to the `local` time of `zone`, or `shift` to it by `shift_ms` a day.
    Where the box stays at home (`with_box` is false) it cannot see these days.
    """

    patient: str
    begins: date
    until: date
    zone: str
    policy: TripPolicy
    shift_ms: int = 0
    with_box: bool = True
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Days on which nobody of the home can fetch medicine, both included."""

    begins: date
    until: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """A product as data.

    Amounts are whole multiples of `smallest_part` of a tablet. `leaflet` maps a topic such as
    `missed_dose` to what is quoted, `sources` the same topic to where it is from. So many days a fill may
    lie in a compartment: `fill_days_max`. An injection does not live in a box.
    """

    id: str
    name: str
    strength: str
    form: str
    smallest_part: float
    limits: tuple[Limit, ...]
    leaflet: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    lives_in_box: bool = True
    fill_days_max: int = 7
    signs: tuple[Sign, ...] = ()
    effects: tuple[SideEffect, ...] = ()
    checks: tuple[CheckRhythm, ...] = ()


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
    ladders: tuple[Ladder, ...] = ()
    duties: Mapping[str, Duty] = field(default_factory=dict)
    cues: tuple[Cue, ...] = ()
    trips: tuple[Trip, ...] = ()
    away: tuple[Away, ...] = ()
    _regimens_of: Mapping[str, tuple[Regimen, ...]] = field(init=False, repr=False, compare=False)
    _boxes_of: Mapping[str, tuple[Box, ...]] = field(init=False, repr=False, compare=False)
    _checks_of: Mapping[str, tuple[Check, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort regimens and boxes by patient: going through those of thousands for one took milliseconds."""
        object.__setattr__(self, "_regimens_of", _by_patient(self.regimens.values()))
        object.__setattr__(self, "_boxes_of", _by_patient(self.boxes.values()))
        object.__setattr__(self, "_checks_of", _by_patient(self.checks))

    def regimens_of(self, patient: str) -> tuple[Regimen, ...]:
        """Return what is prescribed to one patient, in the order of the household."""
        return self._regimens_of.get(patient, ())

    def boxes_of(self, patient: str) -> tuple[Box, ...]:
        """Return the boxes of one patient, in the order of the household."""
        return self._boxes_of.get(patient, ())

    def writer(self, patient: str, who: str) -> str | None:
        """Return the name of whoever may write into a care: the patient or a caregiver of theirs."""
        person = self.patients.get(patient)
        if person is None or who == patient:
            return None if person is None else person.name
        caregiver = self.caregivers.get(who)
        return None if caregiver is None or patient not in caregiver.wants else caregiver.name

    def ladder_of(self, patient: str, want: WantKind) -> Ladder | None:
        """Return a patient's ladder for a kind of alerts: the one that names it, else the general one."""
        own = [ladder for ladder in self.ladders if ladder.patient == patient]
        named = (ladder for ladder in own if want in ladder.wants)
        return next(named, next((ladder for ladder in own if not ladder.wants), None))

    def checks_of(self, patient: str) -> tuple[Check, ...]:
        """Return the blood tests and appointments of one patient."""
        return self._checks_of.get(patient, ())


Owned = TypeVar("Owned", Regimen, Box, Check)


def _by_patient(things: Iterable[Owned]) -> Mapping[str, tuple[Owned, ...]]:
    found: dict[str, list[Owned]] = {}
    for thing in things:
        found.setdefault(thing.patient, []).append(thing)
    return {patient: tuple(owned) for patient, owned in found.items()}
