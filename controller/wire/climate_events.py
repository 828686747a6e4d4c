"""What may a box testify of the air in it, and of the sensors that feel it?"""

from __future__ import annotations

from dataclasses import dataclass

from controller.wire.words import ExcursionKind, Humidity, Instant, Temperature, Word


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
