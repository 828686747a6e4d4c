"""What can happen to a box? Everything the core is told, and everything it may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from controller.wire.envelope import Stamp
from controller.wire.events import EventData, LidSource
from controller.wire.messages import Command
from controller.wire.plan import Plan
from firmware.ports import Button, ClimateReading, DeviceReading, NoReading, Sound, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The controller began to watch; `lids` is the baseline, compartment to open.

    `sensors` are those the box has, the medicine's first; `None` where that is not known.
    """

    stamp: Stamp
    version: str
    lids: Mapping[str, bool]
    sensors: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """The controller is about to stop on purpose."""

    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class LidMoved:
    """A debounced change of one lid; the stamp is that of its first edge, `bounces` the edges after it."""

    stamp: Stamp
    compartment: str
    open: bool
    because: LidSource
    bounces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateRead:
    """A sensor was read, well or not; by the medicine's own the storage is judged."""

    stamp: Stamp
    sensor: str
    reading: ClimateReading | NoReading
    of_medicine: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRead:
    """The computer in the box was measured."""

    stamp: Stamp
    reading: DeviceReading


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """The patient pressed a button."""

    stamp: Stamp
    button: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonReleased:
    """The patient let a button go."""

    stamp: Stamp
    button: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanArrived:
    """A plan came from the hub; it has passed `check_plan`."""

    stamp: Stamp
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandArrived:
    """A command came from the hub."""

    stamp: Stamp
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSeen:
    """It is known anew whether a hub minds this box (its status, or the link going down)."""

    stamp: Stamp
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed:
    """The outbox refused an event, or (`failed` false) takes them again."""

    stamp: Stamp
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """The program stood still until now, and saw nothing meanwhile."""

    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time passed; nothing else happened."""

    stamp: Stamp


Input = Union[
    Started, Stopping, LidMoved, ClimateRead, DeviceRead, ButtonPressed, ButtonReleased, PlanArrived,
    CommandArrived,
    HubSeen, RecordingFailed, Stalled, Tick,
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Testify: commit this event to the outbox."""

    stamp: Stamp
    data: EventData


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Let the patient hear a sound once."""

    sound: Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Let the patient hear a sentence, on a box that can speak."""

    utterance: Utterance


Effect = Union[Record, Play, Say]

Saying = Union[EventData, Play]
"""What one part of the core says, before the box stamps it and makes it an effect."""

NEVER_MS = 2**62
"""Later than any instant on either clock: nothing to wait for."""
