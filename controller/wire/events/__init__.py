"""What may a box testify? One frozen shape for each event kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from controller.wire.events.climate import (
    ClimateSampled,
    ExcursionEnded,
    ExcursionStarted,
    HumiditySpan,
    LidDampRise,
    LightSpan,
    SensorFault,
    SensorRecovered,
    TemperatureSpan,
)
from controller.wire.events.doses import (
    DoseAsNeeded,
    DoseExtra,
    DoseExtraAnswered,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseUnobserved,
    DoseWrongCompartment,
)
from controller.wire.events.lids import (
    LidClosed,
    LidDay,
    LidDisturbed,
    LidLeftOpen,
    LidOpened,
    LidOutOfHours,
    LidRepeated,
    LidSource,
    LidStuck,
    LidUnmoved,
    LidUse,
    LidWearing,
)
from controller.wire.events.lock import LockForced, LockLocked, LockOpened, LockOverride
from controller.wire.words import Instant, Openings, SlotId, Slug, Word

__all__ = [
    "KINDS", "KIND_OF", "SAMPLES", "BoxHealth", "BoxStarted", "BoxStopping", "ClimateSampled",
    "ClockStepped", "DoseAsNeeded", "DoseExtra", "DoseExtraAnswered", "DoseMissed", "DoseSelfReported",
    "DoseTaken", "DoseUnobserved",
    "DoseWrongCompartment", "EventData", "ExcursionEnded", "ExcursionStarted", "HelpRequested",
    "HumiditySpan", "LidClosed", "LidDampRise", "LidDay", "LidDisturbed", "LidLeftOpen", "LidOpened",
    "LidOutOfHours", "LidRepeated", "LidSource", "LidStuck", "LidUnmoved", "LidUse", "LidWearing",
    "LightSpan", "LockForced", "LockLocked", "LockOpened", "LockOverride", "RefillDone",
    "RefillStarted", "ReminderGiven", "ReminderSnoozed", "SensorFault", "SensorRecovered",
    "TemperatureSpan",
]  # fmt: skip


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
class ClockStepped:
    """The wall clock jumped by `by_ms` against the boot clock, or its trust changed."""

    by_ms: int
    because: Word


EventData = Union[
    BoxStarted, BoxStopping, BoxHealth, LidOpened, LidClosed, LidLeftOpen, LidStuck,
    LockOpened, LockLocked, LockForced, LockOverride,
    LidDay, LidDisturbed, LidOutOfHours, LidRepeated, LidUnmoved, LidWearing,
    DoseTaken, DoseMissed, DoseUnobserved, DoseExtra, DoseExtraAnswered,
    DoseWrongCompartment, DoseSelfReported, DoseAsNeeded,
    ReminderGiven, ReminderSnoozed, HelpRequested, RefillStarted, RefillDone,
    ClimateSampled, ExcursionStarted, ExcursionEnded, LidDampRise, SensorFault, SensorRecovered,
    ClockStepped,
]  # fmt: skip

KINDS: dict[str, type[EventData]] = {
    "box.started": BoxStarted, "box.stopping": BoxStopping, "box.health": BoxHealth,
    "lid.opened": LidOpened, "lid.closed": LidClosed, "lid.left_open": LidLeftOpen, "lid.stuck": LidStuck,
    "lock.opened": LockOpened, "lock.locked": LockLocked,
    "lock.forced": LockForced, "lock.override": LockOverride,
    "lid.day": LidDay, "lid.disturbed": LidDisturbed, "lid.out_of_hours": LidOutOfHours,
    "lid.repeated": LidRepeated, "lid.unmoved": LidUnmoved, "lid.wearing": LidWearing,
    "dose.taken": DoseTaken, "dose.missed": DoseMissed, "dose.unobserved": DoseUnobserved,
    "dose.extra": DoseExtra, "dose.extra_answered": DoseExtraAnswered,
    "dose.wrong_compartment": DoseWrongCompartment,
    "dose.self_reported": DoseSelfReported, "dose.as_needed": DoseAsNeeded,
    "reminder.given": ReminderGiven, "reminder.snoozed": ReminderSnoozed,
    "help.requested": HelpRequested,
    "refill.started": RefillStarted, "refill.done": RefillDone,
    "climate.sampled": ClimateSampled,
    "excursion.started": ExcursionStarted, "excursion.ended": ExcursionEnded,
    "lid.damp_rise": LidDampRise,
    "sensor.fault": SensorFault, "sensor.recovered": SensorRecovered,
    "clock.stepped": ClockStepped,
}  # fmt: skip

KIND_OF: dict[type[EventData], str] = {shape: kind for kind, shape in KINDS.items()}

SAMPLES = frozenset({"climate.sampled", "lid.day"})
"""Kinds that are the first to be refused when the box runs out of room; the rest testify."""
