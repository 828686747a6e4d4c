"""What may a box testify? One frozen shape for each event kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union

from controller.wire.dose_events import (
    DoseAsNeeded,
    DoseExtra,
    DoseExtraAnswered,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseUnobserved,
    DoseWrongCompartment,
)
from controller.wire.words import (
    ExcursionKind,
    Humidity,
    Instant,
    Openings,
    SlotId,
    Slug,
    Temperature,
    Word,
)

__all__ = [
    "KINDS", "KIND_OF", "SAMPLES", "BoxHealth", "BoxStarted", "BoxStopping", "ClimateSampled",
    "ClockStepped", "DoseAsNeeded", "DoseExtra", "DoseExtraAnswered", "DoseMissed", "DoseSelfReported",
    "DoseTaken", "DoseUnobserved",
    "DoseWrongCompartment", "EventData", "ExcursionEnded", "ExcursionStarted", "HelpRequested",
    "HumiditySpan", "LidClosed", "LidLeftOpen", "LidOpened", "LidSource", "LidStuck", "RefillDone",
    "RefillStarted", "ReminderGiven", "ReminderSnoozed", "SensorFault", "SensorRecovered",
    "TemperatureSpan",
]  # fmt: skip

LidSource = Literal["edge", "poll", "at_boot"]
"""How a lid's movement was noticed: its edge, the poll that heals lost edges, or at start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxStarted:
    """The controller began to watch; `lids_open` is the baseline it found."""

    version: str
    because: Word
    lids_open: tuple[Slug, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxStopping:
    """The controller stops on purpose."""

    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxHealth:
    """Something about the device itself that people may have to mend, such as `plan_ended`."""

    because: Word
    text: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LidOpened:
    """A lid opened; `at_boot` means it happened unseen while the box was off."""

    compartment: Slug
    because: LidSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LidClosed:
    """A lid closed, after `open_ms` where the opening was seen in this boot."""

    compartment: Slug
    because: LidSource
    open_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LidLeftOpen:
    """A lid has stood open for `open_ms`."""

    compartment: Slug
    because: Word
    open_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LidStuck:
    """A switch behaves as no lid does."""

    compartment: Slug
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderGiven:
    """The box reminded the patient; `step` counts from 1."""

    slot: SlotId
    compartment: Slug
    step: int
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderSnoozed:
    """The patient put the reminder off until `until`."""

    slot: SlotId
    compartment: Slug
    until: Instant
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequested:
    """The patient pressed the help button."""

    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillStarted:
    """Openings are no intakes from here on."""

    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillDone:
    """Refilling ended; `opened` names the compartments that were opened meanwhile.

    Where the box guided it, `filled` names those opened in their turn and closed again, in that order,
    `skipped` those the person left out, and `wrong` counts the openings of other lids.
    """

    because: Word
    opened: tuple[Slug, ...]
    filled: tuple[Slug, ...] = ()
    skipped: tuple[Slug, ...] = ()
    wrong: Openings = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureSpan:
    """Lowest, mean and highest temperature of a period, degrees Celsius."""

    low: Temperature
    mean: Temperature
    high: Temperature


@dataclass(frozen=True, slots=True, kw_only=True)
class HumiditySpan:
    """Lowest, mean and highest relative humidity of a period, per cent."""

    low: Humidity
    mean: Humidity
    high: Humidity


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateSampled:
    """What the sensor read over up to 15 minutes, from `since` to the event's `at`."""

    sensor: Word
    since: Instant
    readings: int
    temperature_c: TemperatureSpan
    humidity_pct: HumiditySpan


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionStarted:
    """Storage has been outside the limit of `rule` for its whole dwell, since `since`."""

    excursion: ExcursionKind
    rule: Word
    because: Word
    since: Instant
    limit: float | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionEnded:
    """Storage is back inside the limit of `rule`; `extreme` is the worst value seen."""

    excursion: ExcursionKind
    rule: Word
    because: Word
    since: Instant
    extreme: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorFault:
    """A sensor gave no valid reading."""

    sensor: Word
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRecovered:
    """A sensor that had failed reads again."""

    sensor: Word
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStepped:
    """The wall clock jumped by `by_ms` against the boot clock, or its trust changed."""

    by_ms: int
    because: Word


EventData = Union[
    BoxStarted, BoxStopping, BoxHealth, LidOpened, LidClosed, LidLeftOpen, LidStuck,
    DoseTaken, DoseMissed, DoseUnobserved, DoseExtra, DoseExtraAnswered,
    DoseWrongCompartment, DoseSelfReported, DoseAsNeeded,
    ReminderGiven, ReminderSnoozed, HelpRequested, RefillStarted, RefillDone,
    ClimateSampled, ExcursionStarted, ExcursionEnded, SensorFault, SensorRecovered, ClockStepped,
]  # fmt: skip

KINDS: dict[str, type[EventData]] = {
    "box.started": BoxStarted, "box.stopping": BoxStopping, "box.health": BoxHealth,
    "lid.opened": LidOpened, "lid.closed": LidClosed, "lid.left_open": LidLeftOpen, "lid.stuck": LidStuck,
    "dose.taken": DoseTaken, "dose.missed": DoseMissed, "dose.unobserved": DoseUnobserved,
    "dose.extra": DoseExtra, "dose.extra_answered": DoseExtraAnswered,
    "dose.wrong_compartment": DoseWrongCompartment,
    "dose.self_reported": DoseSelfReported, "dose.as_needed": DoseAsNeeded,
    "reminder.given": ReminderGiven, "reminder.snoozed": ReminderSnoozed,
    "help.requested": HelpRequested,
    "refill.started": RefillStarted, "refill.done": RefillDone,
    "climate.sampled": ClimateSampled,
    "excursion.started": ExcursionStarted, "excursion.ended": ExcursionEnded,
    "sensor.fault": SensorFault, "sensor.recovered": SensorRecovered,
    "clock.stepped": ClockStepped,
}  # fmt: skip

KIND_OF: dict[type[EventData], str] = {shape: kind for kind, shape in KINDS.items()}

SAMPLES = frozenset({"climate.sampled"})
"""Kinds that are the first to be refused when the box runs out of room; the rest testify."""
