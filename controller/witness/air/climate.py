"""What is the air in the box like, and does the sensor still tell?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeGuard

from controller.wire.envelope import Stamp
from controller.wire.events import ClimateSampled, HumiditySpan, LightSpan, SensorRecovered, TemperatureSpan
from controller.wire.events.climate import SensorRole
from controller.wire.instants import MINUTE_MS
from controller.wire.messages import ClimateNow
from controller.wire.plan import Limit, Measure
from controller.wire.vapour import dew_gap_k, vapour_hpa
from controller.witness.air import limits as rule_book
from controller.witness.air.airing import Draught, Opened, aired
from controller.witness.air.rules import Rules
from controller.witness.clock import wall_of
from controller.witness.inputs import NEVER_MS, ClimateRead, Saying
from controller.witness.sensing.believing import Doubted, Past, look
from controller.witness.sensing.comparing import APART_MS, Comparison, compare, doubted
from controller.witness.sensing.faults import Faults, Told, failed, kept_of, recovered
from firmware.ports import ClimateReading, NoReading

BUCKET_MS = 15 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The readings of up to 15 minutes of one sensor; `lids_open` of them were made with a lid open."""

    sensor: str
    began_ms: int
    readings: tuple[ClimateReading, ...] = ()
    role: SensorRole | None = None
    lids_open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What is known of the air. All but the faults and the rules begins anew with each run."""

    faults: Faults = field(default_factory=Faults)
    rules: Rules = field(default_factory=Rules)
    pasts: Mapping[str, Past] = field(default_factory=dict)
    comparison: Comparison = field(default_factory=Comparison)
    buckets: tuple[Bucket, ...] = ()
    newest: ClimateNow | None = None
    draught: Draught = field(default_factory=Draught)

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


def read(air: Air, taken: ClimateRead, now: Stamp, opened: Opened = MappingProxyType({})) -> Said:
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
        air = _collected(replace(air, faults=faults), taken, taken.reading, opened)
        said += ended
    if taken.of_medicine:
        # What is in doubt may be the truth: what is bad of it counts, and what is good does not.
        rules, judged = _judged(air.rules, taken, taken.reading, now, opened, in_doubt=in_doubt)
        air = replace(air, rules=rules)
        said += judged
    if taken.of_medicine and not in_doubt:
        mono_ms, humidity_pct = taken.stamp.mono_ms, taken.reading.humidity_pct
        draught, rises = aired(air.draught, opened, humidity_pct, mono_ms, now)
        air = replace(air, draught=draught)
        said += rises
    return air, said


def pass_time(air: Air, now: Stamp) -> Said:
    """Emit the samples of the buckets that are full, and let the limits judge the time that has passed."""
    if now.mono_ms < air.wake_ms:
        return air, ()
    full = tuple(bucket for bucket in air.buckets if now.mono_ms >= bucket.began_ms + BUCKET_MS)
    said = tuple(_sample(bucket, now) for bucket in full)
    # What has counted is remembered with the sample, for which something is written anyway.
    known = rule_book.keep(air.rules, now) if full else air.rules
    rules, judged = rule_book.pass_time(known, now)
    left = tuple(bucket for bucket in air.buckets if bucket not in full)
    return replace(air, rules=rules, buckets=left), (*said, *judged)


def take_limits(air: Air, limits: tuple[Limit, ...], now: Stamp) -> Said:
    """Judge by a newer plan's limits."""
    rules, said = rule_book.take(air.rules, limits, now)
    return replace(air, rules=rules), said


def emptied(air: Air, now: Stamp) -> Said:
    """Say what the readings collected so far come to, remember what has counted, and collect anew."""
    rules = rule_book.keep(air.rules, now)
    return replace(air, buckets=(), rules=rules), tuple(_sample(bucket, now) for bucket in air.buckets)


def _sample(bucket: Bucket, now: Stamp) -> ClimateSampled:
    low, mean, high = _span(one.temperature_c for one in bucket.readings)
    driest, middle, dampest = _span(one.humidity_pct for one in bucket.readings)
    seen = [one.light_pct for one in bucket.readings if _is_light(one.light_pct)]
    return ClimateSampled(
        sensor=bucket.sensor,
        since=wall_of(now, bucket.began_ms),
        readings=len(bucket.readings),
        temperature_c=TemperatureSpan(low=low, mean=mean, high=high),
        humidity_pct=HumiditySpan(low=driest, mean=middle, high=dampest),
        role=bucket.role,
        light_pct=_light(seen) if seen else None,
        lids_open=bucket.lids_open or None,
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


def _collected(air: Air, taken: ClimateRead, reading: ClimateReading, opened: Opened) -> Air:
    before = next((bucket for bucket in air.buckets if bucket.sensor == taken.sensor), None)
    begun = before or Bucket(sensor=taken.sensor, began_ms=taken.stamp.mono_ms, role=_role(taken))
    fuller = replace(begun, readings=(*begun.readings, reading), lids_open=begun.lids_open + bool(opened))
    if before is None:
        air = replace(air, buckets=(*air.buckets, fuller))
    else:
        air = replace(air, buckets=tuple(fuller if one is before else one for one in air.buckets))
    if not taken.of_medicine:
        return air
    newest = ClimateNow(
        at=taken.stamp.at,
        temperature_c=round(reading.temperature_c, 1),
        humidity_pct=round(reading.humidity_pct, 1),
        sensor=taken.sensor,
    )
    return replace(air, newest=newest)


def _judged(
    rules: Rules, taken: ClimateRead, reading: ClimateReading, now: Stamp, opened: Opened, *, in_doubt: bool
) -> rule_book.Said:
    temperature_c, humidity_pct = reading.temperature_c, reading.humidity_pct
    values: dict[Measure, float] = {"temperature_c": round(temperature_c, 2)}
    if not opened:
        values["humidity_pct"] = round(humidity_pct, 2)
        values["dew_gap_k"] = round(dew_gap_k(temperature_c, humidity_pct), 2)
        values["vapour_hpa"] = round(vapour_hpa(temperature_c, humidity_pct), 2)
        if _is_light(reading.light_pct):
            values["light_pct"] = round(reading.light_pct, 2)
    judge = rule_book.suspected if in_doubt else rule_book.measured
    return judge(rules, values, taken.stamp.mono_ms, now)


def _is_light(light_pct: float | None) -> TypeGuard[float]:
    # A light that cannot be believed says nothing; the air that was read with it is still the air.
    return light_pct is not None and 0 <= light_pct <= 100


def _light(seen: list[float]) -> LightSpan:
    least, mean, most = _span(seen)
    return LightSpan(low=least, mean=mean, high=most)


def _span(values: Iterable[float]) -> tuple[float, float, float]:
    found = tuple(values)
    return round(min(found), 1), round(sum(found) / len(found), 1), round(max(found), 1)
