"""What may a box testify of the air in it, and of the sensors that feel it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from controller.wire.instants import HOUR_MS
from controller.wire.words import ExcursionKind, Humidity, Instant, Temperature, Word

SensorRole = Literal["beside"]
"""`beside`: only compared with the medicine's sensor. Where none is named, it is the medicine's own."""

STUCK_MS = 12 * HOUR_MS
"""Exactly the same temperature and humidity for so long is no air, but a sensor that froze. Box and hub agree
on it, so that neither believes what the other does not."""


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
    """What a sensor read over up to 15 minutes, from `since` to the event's `at`."""

    sensor: Word
    since: Instant
    readings: int
    temperature_c: TemperatureSpan
    humidity_pct: HumiditySpan
    role: SensorRole | None = None


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
    """A sensor gives no reading, or none that can be believed; `against` is another one it disagrees with."""

    sensor: Word
    because: Word
    role: SensorRole | None = None
    against: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRecovered:
    """A sensor that was at fault can be believed again."""

    sensor: Word
    because: Word
