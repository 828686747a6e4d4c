"""What is the air in the box like, and does the sensor still tell?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from controller.wire.envelope import Stamp
from controller.wire.events import (
    ClimateSampled,
    HumiditySpan,
    SensorFault,
    SensorRecovered,
    TemperatureSpan,
)
from controller.wire.instants import MINUTE_MS
from controller.wire.messages import ClimateNow
from controller.wire.plan import Limit
from controller.wire.words import Word
from controller.witness import limits as rule_book
from controller.witness.clock import wall_of
from controller.witness.inputs import NEVER_MS, Saying
from controller.witness.limits import Rules, dew_gap_k
from firmware.ports import ClimateReading, NoReading

BUCKET_MS = 15 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faults:
    """The sensors that have failed. Remembered as one part; equal only to itself."""

    sensors: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The readings of up to 15 minutes of one sensor: temperature and humidity."""

    sensor: str
    began_ms: int
    readings: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What is known of the air. The bucket and the newest reading begin anew with each run."""

    faults: Faults = field(default_factory=Faults)
    rules: Rules = field(default_factory=Rules)
    bucket: Bucket | None = None
    newest: ClimateNow | None = None

    @property
    def wake_ms(self) -> int:
        """Return when, on the boot clock, time alone gives this part something to say."""
        full_ms = NEVER_MS if self.bucket is None else self.bucket.began_ms + BUCKET_MS
        return min(full_ms, self.rules.wake_ms)


Said = tuple[Air, tuple[Saying, ...]]


def begin(air: Air, now: Stamp) -> Air:
    """Begin to measure."""
    return Air(faults=air.faults, rules=rule_book.begin(air.rules, now))


def read(air: Air, sensor: str, reading: ClimateReading | NoReading, stamp: Stamp, now: Stamp) -> Said:
    """Take one reading, good or not. A run of failures is told once, and so is its end."""
    if isinstance(reading, ClimateReading) and not _plausible(reading):
        reading = NoReading(because="implausible")
    failed = air.faults.sensors
    if isinstance(reading, NoReading):
        if sensor in failed:
            return air, ()
        faults = Faults(sensors=(*failed, sensor))
        return replace(air, faults=faults), (SensorFault(sensor=sensor, because=reading.because),)
    said: list[Saying] = []
    if failed:
        # A box has one sensor: where another one reads now, the failed one has been taken out.
        air = replace(air, faults=Faults())
        for name in failed:
            because = "reading_again" if name == sensor else "replaced"
            said.append(SensorRecovered(sensor=name, because=because))
    if air.bucket is not None and air.bucket.sensor != sensor:
        said += emptied(air, now)
        air = replace(air, bucket=None)
    air, judged = _judged(_collected(air, sensor, reading, stamp), reading, stamp, now)
    return air, (*said, *judged)


def pass_time(air: Air, now: Stamp) -> Said:
    """Emit the sample of a full bucket, and let the limits judge the time that has passed."""
    if now.mono_ms < air.wake_ms:
        return air, ()
    said: tuple[Saying, ...] = ()
    if air.bucket is not None and now.mono_ms >= air.bucket.began_ms + BUCKET_MS:
        said = emptied(air, now)
        air = replace(air, bucket=None)
    rules, judged = rule_book.pass_time(air.rules, now)
    return replace(air, rules=rules), (*said, *judged)


def take_limits(air: Air, limits: tuple[Limit, ...]) -> Said:
    """Judge by a newer plan's limits."""
    rules, said = rule_book.take(air.rules, limits)
    return replace(air, rules=rules), said


def emptied(air: Air, now: Stamp) -> tuple[Saying, ...]:
    """Say what the readings collected so far come to."""
    bucket = air.bucket
    if bucket is None:
        return ()
    temperatures, humidities = zip(*bucket.readings, strict=True)
    low, mean, high = _span(temperatures)
    driest, middle, dampest = _span(humidities)
    return (
        ClimateSampled(
            sensor=bucket.sensor,
            since=wall_of(now, bucket.began_ms),
            readings=len(bucket.readings),
            temperature_c=TemperatureSpan(low=low, mean=mean, high=high),
            humidity_pct=HumiditySpan(low=driest, mean=middle, high=dampest),
        ),
    )


def _plausible(reading: ClimateReading) -> bool:
    # NaN and the infinities fail both comparisons.
    return -60 <= reading.temperature_c <= 130 and 0 <= reading.humidity_pct <= 100


def _collected(air: Air, sensor: str, reading: ClimateReading, stamp: Stamp) -> Air:
    before = air.bucket
    bucket = Bucket(
        sensor=sensor,
        began_ms=stamp.mono_ms if before is None else before.began_ms,
        readings=(
            *(() if before is None else before.readings),
            (reading.temperature_c, reading.humidity_pct),
        ),
    )
    newest = ClimateNow(
        at=stamp.at,
        temperature_c=round(reading.temperature_c, 1),
        humidity_pct=round(reading.humidity_pct, 1),
    )
    return replace(air, bucket=bucket, newest=newest)


def _judged(air: Air, reading: ClimateReading, stamp: Stamp, now: Stamp) -> Said:
    temperature_c, humidity_pct = reading.temperature_c, reading.humidity_pct
    rules, said = rule_book.measured(
        air.rules,
        {
            "temperature_c": round(temperature_c, 2),
            "humidity_pct": round(humidity_pct, 2),
            "dew_gap_k": round(dew_gap_k(temperature_c, humidity_pct), 2),
        },
        stamp.mono_ms,
        now,
    )
    return replace(air, rules=rules), said


def _span(values: tuple[float, ...]) -> tuple[float, float, float]:
    return round(min(values), 1), round(sum(values) / len(values), 1), round(max(values), 1)
