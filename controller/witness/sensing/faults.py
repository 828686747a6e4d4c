"""Which sensors are at fault, and has it been told?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from controller.wire.events.climate import SensorFault, SensorRecovered, SensorRole
from controller.wire.words import Word

_ENDED = {"disagreeing": "agreeing_again", "frozen": "moving_again"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of a sensor at fault."""

    because: Word
    role: SensorRole | None = None
    against: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faults:
    """The sensors at fault, in their order. Remembered as one part; equal only to itself.

    A box that remembered them before there could be several sensors remembered no more than their names.
    """

    sensors: tuple[Word, ...] = ()
    told: dict[Word, Told] = field(default_factory=dict)

    def of_medicine(self) -> bool:
        """Tell whether the sensor by which the storage is judged is at fault."""
        return any(name not in self.told or self.told[name].role is None for name in self.sensors)

    def compared(self) -> Iterable[tuple[Word, Told]]:
        """Go through the sensors that were told to disagree."""
        return ((name, told) for name, told in self.told.items() if told.because == "disagreeing")


def failed(faults: Faults, sensor: str, told: Told) -> tuple[Faults, tuple[SensorFault, ...]]:
    """Note a fault; it is told once, whatever else is wrong with the sensor until it has recovered."""
    if sensor in faults.sensors:
        return faults, ()
    after = Faults(sensors=(*faults.sensors, sensor), told={**faults.told, sensor: told})
    return after, (SensorFault(sensor=sensor, because=told.because, role=told.role, against=told.against),)


def recovered(
    faults: Faults, sensor: str, because: str | None = None
) -> tuple[Faults, tuple[SensorRecovered, ...]]:
    """End a fault, if the sensor is at fault."""
    if sensor not in faults.sensors:
        return faults, ()
    told = faults.told.get(sensor)
    ended = because or _ENDED.get("" if told is None else told.because, "reading_again")
    after = Faults(
        sensors=tuple(name for name in faults.sensors if name != sensor),
        told={name: other for name, other in faults.told.items() if name != sensor},
    )
    return after, (SensorRecovered(sensor=sensor, because=ended),)


def kept_of(faults: Faults, sensors: Sequence[str]) -> tuple[Faults, tuple[SensorRecovered, ...]]:
    """End the faults of sensors that the box has no more, or in another role; the medicine's is the first.

    Their sign would stay on the panel for ever, and their alert could not end.
    """
    said: tuple[SensorRecovered, ...] = ()
    for name in faults.sensors:
        role: SensorRole | None = None if sensors[:1] == (name,) else "beside"
        told = faults.told.get(name, Told(because="absent"))
        if name not in sensors or told.role != role:
            faults, ended = recovered(faults, name, "replaced")
            said += ended
    return faults, said
