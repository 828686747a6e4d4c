"""What is the air in the box like, and does the sensor still tell?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from controller.wire.climate_events import SensorRole
from controller.wire.envelope import Stamp
from controller.wire.events import ClimateSampled, HumiditySpan, SensorRecovered, TemperatureSpan
from controller.wire.instants import MINUTE_MS
from controller.wire.messages import ClimateNow
from controller.wire.plan import Limit
from controller.witness import limits as rule_book
from controller.witness.clock import wall_of
from controller.witness.inputs import NEVER_MS, ClimateRead, Saying
from controller.witness.limits import Rules, dew_gap_k
from controller.witness.sensing.believing import Doubted, Past, look
from controller.witness.sensing.comparing import APART_MS, Comparison, compare, doubted
from controller.witness.sensing.faults import Faults, Told, failed, kept_of, recovered
from firmware.ports import ClimateReading, NoReading

BUCKET_MS = 15 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The readings of up to 15 minutes of one sensor: temperature and humidity."""

    sensor: str
    began_ms: int
    readings: tuple[tuple[float, float], ...]
    role: SensorRole | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What is known of the air. All but the faults and the rules begins anew with each run."""

    faults: Faults = field(default_factory=Faults)
    rules: Rules = field(default_factory=Rules)
    pasts: Mapping[str, Past] = field(default_factory=dict)
    comparison: Comparison = field(default_factory=Comparison)
    buckets: tuple[Bucket, ...] = ()
    newest: ClimateNow | None = None

    @property
    def wake_ms(self) -> int:
        """Return when, on the boot clock, time alone gives this part something to say."""
        full_ms = min((bucket.began_ms + BUCKET_MS for bucket in self.buckets), default=NEVER_MS)
        return min(full_ms, self.rules.wake_ms)


Said = tuple[Air, tuple[Saying, ...]]


def begin(
    air: Air, now: Stamp, sensors: Sequence[str] | None = None
) -> tuple[Air, tuple[SensorRecovered, ...]]:
    """Begin to measure with the sensors the box has now, where they are known."""
    faults, gone = (air.faults, ()) if sensors is None else kept_of(air.faults, sensors)
    # Two that disagreed before a restart disagree until they are seen to agree.
    others = ((told.against or name) if told.role is None else name for name, told in faults.compared())
    apart = {name: now.mono_ms - APART_MS for name in others if sensors is None or name in sensors}
    rules = rule_book.begin(air.rules, now)
    return Air(faults=faults, rules=rules, comparison=Comparison(apart=apart)), gone


def read(air: Air, taken: ClimateRead, now: Stamp) -> Said:
    """Take one reading, good or not. What cannot be believed is told once, and so is its end."""
    past, verdict = look(air.pasts.get(taken.sensor, Past()), taken.reading, taken.stamp.mono_ms)
    air = replace(air, pasts={**air.pasts, taken.sensor: past})
    if isinstance(verdict, Doubted):
        return _failed(air, taken.sensor, Told(because=verdict.because, role=_role(taken)))
    if verdict == "withheld" or isinstance(taken.reading, NoReading):
        return air, ()
    air, in_doubt, said = _compared(air, taken, taken.reading)
    if not in_doubt:
        faults, ended = recovered(air.faults, taken.sensor)
        air = _collected(replace(air, faults=faults), taken, taken.reading)
        said += ended
    if taken.of_medicine:
        # What is in doubt may be the truth: what is bad of it counts, and what is good does not.
        air, judged = _judged(air, taken.reading, taken.stamp, now, in_doubt=in_doubt)
        said += judged
    return air, said


def pass_time(air: Air, now: Stamp) -> Said:
    """Emit the samples of the buckets that are full, and let the limits judge the time that has passed."""
    if now.mono_ms < air.wake_ms:
        return air, ()
    full = tuple(bucket for bucket in air.buckets if now.mono_ms >= bucket.began_ms + BUCKET_MS)
    said = tuple(_sample(bucket, now) for bucket in full)
    rules, judged = rule_book.pass_time(air.rules, now)
    left = tuple(bucket for bucket in air.buckets if bucket not in full)
    return replace(air, rules=rules, buckets=left), (*said, *judged)


def take_limits(air: Air, limits: tuple[Limit, ...]) -> Said:
    """Judge by a newer plan's limits."""
    rules, said = rule_book.take(air.rules, limits)
    return replace(air, rules=rules), said


def emptied(air: Air, now: Stamp) -> Said:
    """Say what the readings collected so far come to, and begin to collect anew."""
    return replace(air, buckets=()), tuple(_sample(bucket, now) for bucket in air.buckets)


def _sample(bucket: Bucket, now: Stamp) -> ClimateSampled:
    temperatures, humidities = zip(*bucket.readings, strict=True)
    low, mean, high = _span(temperatures)
    driest, middle, dampest = _span(humidities)
    return ClimateSampled(
        sensor=bucket.sensor,
        since=wall_of(now, bucket.began_ms),
        readings=len(bucket.readings),
        temperature_c=TemperatureSpan(low=low, mean=mean, high=high),
        humidity_pct=HumiditySpan(low=driest, mean=middle, high=dampest),
        role=bucket.role,
    )


def _role(taken: ClimateRead) -> SensorRole | None:
    return None if taken.of_medicine else "beside"


def _compared(air: Air, taken: ClimateRead, reading: ClimateReading) -> tuple[Air, bool, tuple[Saying, ...]]:
    """Compare the sensors; tell whether the one that was read is in doubt now, and of each new doubt."""
    mono_ms = taken.stamp.mono_ms
    pair = (reading.temperature_c, reading.humidity_pct)
    comparison = compare(air.comparison, taken.sensor, pair, mono_ms, of_medicine=taken.of_medicine)
    air = replace(air, comparison=comparison)
    said: tuple[Saying, ...] = ()
    doubts = doubted(comparison, mono_ms)
    for name, against in doubts.items():
        role: SensorRole | None = None if name == comparison.medicine else "beside"
        air, told = _failed(air, name, Told(because="disagreeing", role=role, against=against))
        said += told
    return air, taken.sensor in doubts, said


def _failed(air: Air, sensor: str, told: Told) -> Said:
    faults, said = failed(air.faults, sensor, told)
    rules = air.rules if told.role is not None else rule_book.unheard(air.rules)
    return replace(air, faults=faults, rules=rules), said


def _collected(air: Air, taken: ClimateRead, reading: ClimateReading) -> Air:
    pair = (reading.temperature_c, reading.humidity_pct)
    before = next((bucket for bucket in air.buckets if bucket.sensor == taken.sensor), None)
    if before is None:
        bucket = Bucket(
            sensor=taken.sensor, began_ms=taken.stamp.mono_ms, readings=(pair,), role=_role(taken)
        )
        air = replace(air, buckets=(*air.buckets, bucket))
    else:
        fuller = replace(before, readings=(*before.readings, pair))
        air = replace(air, buckets=tuple(fuller if one is before else one for one in air.buckets))
    if not taken.of_medicine:
        return air
    newest = ClimateNow(
        at=taken.stamp.at,
        temperature_c=round(pair[0], 1),
        humidity_pct=round(pair[1], 1),
        sensor=taken.sensor,
    )
    return replace(air, newest=newest)


def _judged(air: Air, reading: ClimateReading, stamp: Stamp, now: Stamp, *, in_doubt: bool) -> Said:
    temperature_c, humidity_pct = reading.temperature_c, reading.humidity_pct
    judge = rule_book.suspected if in_doubt else rule_book.measured
    rules, said = judge(
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
