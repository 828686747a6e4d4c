"""How do the tests of storage make the air of a home? Samples of a quarter of an hour, and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from controller.wire.events import HumiditySpan, TemperatureSpan
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Limit
from hub.care.storing.samples import Sample, Watch, watch_of
from hub.medicines import read_cabinet

START_MS = 1_793_491_200_000
"""2026-11-01T00:00:00Z, a Sunday."""
QUARTER_MS = 15 * MINUTE_MS
ALL_LIMITS: Sequence[Limit] = read_cabinet()["azathioprine-50mg-tablet"].limits
"""What the shipped file of azathioprine says."""
LIMITS: Sequence[Limit] = tuple(one for one in ALL_LIMITS if one.measure != "vapour_hpa")
"""What of it is asked of a box that nobody calls sealed."""


def limit(rule: str) -> Limit:
    """Return one of the limits of azathioprine."""
    return next(one for one in ALL_LIMITS if one.rule == rule)


def sample(
    since: int, warm: float = 22.0, damp: float = 45.0, *, span_ms: int = QUARTER_MS, spread: float = 0.0
) -> Sample:
    """Return what the sensor says of a quarter of an hour; `spread` is how far its ends lie from the mean."""
    return Sample(
        since=since,
        until=since + span_ms,
        temperature_c=TemperatureSpan(low=warm - spread, mean=warm, high=warm + spread),
        humidity_pct=HumiditySpan(low=damp - spread, mean=damp, high=damp + spread),
    )


def stretch(warm: float, hours: float, *, since: int = START_MS, damp: float = 45.0) -> list[Sample]:
    """Return hours of one air."""
    number = round(hours * HOUR_MS / QUARTER_MS)
    return [sample(since + index * QUARTER_MS, warm, damp) for index in range(number)]


def after_another(*parts: tuple[float, float]) -> list[Sample]:
    """Return stretches of (temperature, hours) that follow each other."""
    found: list[Sample] = []
    for warm, hours in parts:
        found += stretch(warm, hours, since=found[-1].until if found else START_MS)
    return found


def whole(samples: Iterable[Sample]) -> Watch:
    """Watch the time that samples span."""
    known = list(samples)
    return watch_of(known, known[0].since, known[-1].until)


def days_of(number: int, air: Callable[[int, float], tuple[float, float]]) -> list[Sample]:
    """Return days whose air (warm, damp) is said for each day and hour of UTC."""
    found = []
    for index in range(number * DAY_MS // QUARTER_MS):
        since = START_MS + index * QUARTER_MS
        day, rest_ms = divmod(since - START_MS, DAY_MS)
        warm, damp = air(day, rest_ms / HOUR_MS)
        found.append(sample(since, warm, damp))
    return found
