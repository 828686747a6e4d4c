"""What may a box testify of the air in it, and of the sensors that feel it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from controller.wire.instants import HOUR_MS
from controller.wire.marks import Within
from controller.wire.plan import LimitKind, Measure
from controller.wire.words import Brightness, ExcursionKind, Humidity, Instant, Level, Slug, Temperature, Word

Readings = Annotated[int, Within(0, 2**53 - 1)]
SpanMs = Annotated[int, Within(0, 2**53 - 1)]

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
class LightSpan:
    """Least, mean and most light of a period, per cent of the brightest that the sensor can tell."""

    low: Brightness
    mean: Brightness
    high: Brightness


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateSampled:
    """What a sensor read over up to 15 minutes, from `since` to the event's `at`.

    `light_pct` stands where light was seen. `lids_open` of the readings were made while a lid was open, but
    not for long, or had just been: they tell of the room more than of the box.
    """

    sensor: Word
    since: Instant
    readings: int
    temperature_c: TemperatureSpan
    humidity_pct: HumiditySpan
    role: SensorRole | None = None
    light_pct: LightSpan | None = None
    lids_open: Readings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionStarted:
    """Storage has been outside the limit of `rule` for its whole dwell, since `since`.

    `value` is the reading, or the mean. Where the `kind` of the limit counts within a window, `counted_ms`
    says how much of the last `window_ms`; `level` is how grave the plan calls it.
    """

    excursion: ExcursionKind
    rule: Word
    because: Word
    since: Instant
    limit: float | None = None
    value: float | None = None
    level: Level | None = None
    counted_ms: SpanMs | None = None
    window_ms: SpanMs | None = None
    measure: Measure | None = None
    kind: LimitKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionEnded:
    """Storage is back inside the limit of `rule`; `extreme` is the worst value seen."""

    excursion: ExcursionKind
    rule: Word
    because: Word
    since: Instant
    extreme: float | None = None
    measure: Measure | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LidDampRise:
    """The air in the box became damper with an opened lid, by `rise_pct` up to `humidity_pct`.

    The lid was opened at `since` and had stood open for `open_ms` when this was told. What came in while
    other lids were open too, `beside`, cannot be told apart.
    """

    compartment: Slug
    because: Word
    since: Instant
    open_ms: SpanMs
    rise_pct: Humidity
    humidity_pct: Humidity
    beside: tuple[Slug, ...] = ()
