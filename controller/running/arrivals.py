"""What can arrive at the program's one queue?

Every thread that senses something only puts one of these there; all that follows happens in one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union, assert_never

from controller.wire.envelope import Stamp
from controller.witness.inputs import (
    ButtonPressed,
    ButtonReleased,
    ClimateRead,
    DeviceRead,
    Input,
    LidMoved,
)
from firmware.ports import ClimateReading, DeviceReading, LidReading, NoReading, Press


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp:
    """The broker took the box in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDown:
    """The connection is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A message came in."""

    topic: str
    payload: bytes


LinkEvent = Union[LinkUp, LinkDown, Arrived]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateTaken:
    """A sensor was read at `mono_ms` on the boot clock."""

    sensor: str
    reading: ClimateReading | NoReading
    mono_ms: int
    of_medicine: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMeasured:
    """The computer in the box was measured at `mono_ms` on the boot clock."""

    reading: DeviceReading
    mono_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked:
    """Somebody wants the program to end."""

    because: str


Sensed = Union[LidReading, Press, ClimateTaken, DeviceMeasured]
"""What the box itself sensed, at `mono_ms` on the boot clock."""

Arrival = Union[Sensed, LinkUp, LinkDown, Arrived, StopAsked]


def happening(sensed: Sensed, stamp: Stamp) -> Input:
    """Return what was sensed as the core takes it; the stamp is of its `mono_ms`."""
    match sensed:
        case LidReading(compartment=lid, open=is_open, because=because, bounces=bounces):
            return LidMoved(stamp=stamp, compartment=lid, open=is_open, because=because, bounces=bounces)
        case Press(button=button, down=down):
            moved = ButtonPressed if down else ButtonReleased
            return moved(stamp=stamp, button=button)
        case ClimateTaken(sensor=sensor, reading=reading, of_medicine=of_medicine):
            return ClimateRead(stamp=stamp, sensor=sensor, reading=reading, of_medicine=of_medicine)
        case DeviceMeasured(reading=measured):
            return DeviceRead(stamp=stamp, reading=measured)
        case _:
            assert_never(sensed)
