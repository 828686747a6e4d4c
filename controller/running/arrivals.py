"""What can arrive at the program's one queue?

Every thread that senses something only puts one of these there; all that follows happens in one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from controller.wire.envelope import Stamp
from controller.witness.inputs import LidMoved
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


Arrival = Union[LidReading, Press, ClimateTaken, DeviceMeasured, LinkUp, LinkDown, Arrived, StopAsked]


def lid_moved(reading: LidReading, stamp: Stamp) -> LidMoved:
    """Return a lid's change as the core takes it; the stamp is that of its first edge."""
    return LidMoved(
        stamp=stamp,
        compartment=reading.compartment,
        open=reading.open,
        because=reading.because,
        bounces=reading.bounces,
    )
