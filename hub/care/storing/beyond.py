"""How long was the air beyond a limit: surely, by its mean, and at most?

A sample says the lowest, the mean and the highest of a quarter of an hour, so no time beyond a limit is known
exactly. What is said of it is the time by the mean; the other two say how sure that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from controller.wire.plan import Limit
from controller.wire.vapour import dew_gap_k, vapour_hpa
from hub.care.storing.samples import Sample, Watch
from hub.care.storing.windows import Hours, moving_means

Readings = tuple[float, float, float]
"""Lowest, mean and highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A time without a break in which the air was beyond a limit by its mean.

    `known_at` is when the sample was complete with which the limit's dwell was over, as its kind counts it,
    `None` where it was not. `extreme` is the worst value read in it.
    """

    since: int
    until: int
    extreme: float
    known_at: int | None = None

    @property
    def span_ms(self) -> int:
        """Return how long it lasted."""
        return self.until - self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """What a limit's medicine went through in a time: `at_least_ms <= span_ms <= at_most_ms`.

    `extreme` is the worst value read, `None` where the limit was never passed.
    """

    limit: Limit
    at_least_ms: int
    span_ms: int
    at_most_ms: int
    extreme: float | None
    runs: tuple[Run, ...]

    @property
    def longest_ms(self) -> int:
        """Return how long it lasted at once."""
        return max((run.span_ms for run in self.runs), default=0)

    @property
    def is_dwelt(self) -> bool:
        """Whether it lasted as long as the limit lets it, as its kind counts."""
        return any(run.known_at is not None for run in self.runs)


def all_beyond(watch: Watch, limits: Iterable[Limit]) -> tuple[Beyond, ...]:
    """Judge a time by each limit that is about a reading; for silence, a watch has its gaps."""
    return tuple(beyond(watch, limit) for limit in limits if limit.measure != "silence")


def told_once(found: Iterable[Beyond]) -> tuple[Beyond, ...]:
    """Leave out what says the same again: of two limits at one value, that which was not passed for long."""
    known = list(found)
    kept: list[Beyond] = []
    for one in known:
        others = [other for other in known if other is not one and _edge(other.limit) == _edge(one.limit)]
        is_said = any(other.is_dwelt for other in others) or any(other in kept for other in others)
        if one.is_dwelt or not is_said:
            kept.append(one)
    return tuple(kept)


def _edge(limit: Limit) -> tuple[str, str, float, bool]:
    return limit.measure, limit.side, limit.limit, limit.counts == "mean"


def beyond(watch: Watch, limit: Limit) -> Beyond:
    """Say how long the air was beyond one limit."""
    at_least_ms = span_ms = at_most_ms = 0
    extreme: float | None = None
    said = tuple(zip(watch.samples, _said(watch.samples, limit), strict=True))
    for one, found in said:
        if found is None:
            continue
        mildest, mean, worst = found if limit.side == "above" else found[::-1]
        at_least_ms += one.span_ms * is_beyond(mildest, limit)
        span_ms += one.span_ms * is_beyond(mean, limit)
        at_most_ms += one.span_ms * is_beyond(worst, limit)
        if is_beyond(worst, limit):
            extreme = worst if extreme is None else _worse(extreme, worst, limit)
    return Beyond(
        limit=limit,
        at_least_ms=at_least_ms,
        span_ms=span_ms,
        at_most_ms=at_most_ms,
        extreme=extreme,
        runs=_runs(said, limit),
    )


def readings(sample: Sample, limit: Limit) -> Readings | None:
    """Return what a sample says of the measure of a limit."""
    warm, damp = sample.temperature_c, sample.humidity_pct
    if sample.is_aired and limit.measure != "temperature_c":
        return None
    match limit.measure:
        case "temperature_c":
            return warm.low, warm.mean, warm.high
        case "humidity_pct":
            return damp.low, damp.mean, damp.high
        case "dew_gap_k":
            # Which temperature went with which humidity is not kept: these are the bounds of all pairs.
            return (
                dew_gap_k(warm.low, damp.high),
                dew_gap_k(warm.mean, damp.mean),
                dew_gap_k(warm.high, damp.low),
            )
        case "vapour_hpa":
            return (
                vapour_hpa(warm.low, damp.low),
                vapour_hpa(warm.mean, damp.mean),
                vapour_hpa(warm.high, damp.high),
            )
        case "light_pct":
            light = sample.light_pct
            return None if light is None else (light.low, light.mean, light.high)
        case "silence":
            return None
        case _:
            assert_never(limit.measure)


def is_beyond(value: float, limit: Limit) -> bool:
    """Tell whether a value is beyond a limit; the limit itself is within."""
    return value > limit.limit if limit.side == "above" else value < limit.limit


def _said(samples: Sequence[Sample], limit: Limit) -> Sequence[Readings | None]:
    """Return what each sample says, or the mean of the window that ends with it."""
    if limit.counts != "mean":
        return [readings(one, limit) for one in samples]
    means = moving_means(samples, limit, lambda one: _middle(readings(one, limit)))
    return [None if mean is None else (mean, mean, mean) for mean in means]


def _middle(found: Readings | None) -> float | None:
    return None if found is None else found[1]


def _runs(said: Iterable[tuple[Sample, Readings | None]], limit: Limit) -> tuple[Run, ...]:
    found: list[Run] = []
    hours = Hours(limit)
    aired_from: int | None = None
    for one, values in said:
        if values is None or not is_beyond(values[1], limit):
            # An opening of a lid tells nothing of the closed box: what was so before goes on after it.
            aired_from = aired_from or one.since if one.is_aired and values is None else None
            continue
        joins = one.since if aired_from is None else aired_from
        before = found[-1] if found and found[-1].until == joins else None
        aired_from = None
        since = one.since if before is None else before.since
        known_at = None if before is None else before.known_at
        if known_at is None and _is_known(limit, hours, one, since):
            known_at = one.until
        worst = values[2] if limit.side == "above" else values[0]
        extreme = worst if before is None else _worse(before.extreme, worst, limit)
        run = Run(since=since, until=one.until, extreme=extreme, known_at=known_at)
        found[-1 if before else len(found) :] = [run]
    return tuple(found)


def _is_known(limit: Limit, hours: Hours, one: Sample, since: int) -> bool:
    """Tell whether an excursion is known with a sample, as the kind of its limit counts."""
    match limit.counts:
        case "instant" | "consecutive":
            return one.until - since >= limit.dwell_ms
        case "cumulative":
            return hours.are_enough(one.since, one.until)
        case "mean":
            return True
        case _:
            assert_never(limit.counts)


def _worse(one: float, other: float, limit: Limit) -> float:
    return max(one, other) if limit.side == "above" else min(one, other)
