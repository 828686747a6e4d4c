"""How long was the air beyond a limit: surely, by its mean, and at most?

A sample says the lowest, the mean and the highest of a quarter of an hour, so no time beyond a limit is known
exactly. What is said of it is the time by the mean; the other two say how sure that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from controller.wire.plan import Limit
from hub.care.storing.samples import Sample, Watch
from hub.care.storing.vapour import dew_gap_k

Readings = tuple[float, float, float]
"""Lowest, mean and highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A time without a break in which the air was beyond a limit by its mean.

    `known_at` is when the sample was complete with which it had lasted the limit's dwell, `None` where it
    did not last so long. `extreme` is the worst value read in it.
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
        """Whether it lasted as long at once as the limit lets it."""
        return any(run.known_at is not None for run in self.runs)


def all_beyond(watch: Watch, limits: Iterable[Limit]) -> tuple[Beyond, ...]:
    """Judge a time by each limit that is about a reading; for silence, a watch has its gaps."""
    return tuple(beyond(watch, limit) for limit in limits if limit.measure != "silence")


def beyond(watch: Watch, limit: Limit) -> Beyond:
    """Say how long the air was beyond one limit."""
    at_least_ms = span_ms = at_most_ms = 0
    extreme: float | None = None
    for one in watch.samples:
        found = readings(one, limit)
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
        runs=_runs(watch.samples, limit),
    )


def readings(sample: Sample, limit: Limit) -> Readings | None:
    """Return what a sample says of the measure of a limit."""
    warm, damp = sample.temperature_c, sample.humidity_pct
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
        case "silence":
            return None
        case _:
            assert_never(limit.measure)


def is_beyond(value: float, limit: Limit) -> bool:
    """Tell whether a value is beyond a limit; the limit itself is within."""
    return value > limit.limit if limit.side == "above" else value < limit.limit


def _runs(samples: tuple[Sample, ...], limit: Limit) -> tuple[Run, ...]:
    found: list[Run] = []
    for one in samples:
        said = readings(one, limit)
        if said is None or not is_beyond(said[1], limit):
            continue
        worst = said[2] if limit.side == "above" else said[0]
        before = found[-1] if found and found[-1].until == one.since else None
        since = one.since if before is None else before.since
        known_at = None if before is None else before.known_at
        if known_at is None and one.until - since >= limit.dwell_ms:
            known_at = one.until
        extreme = worst if before is None else _worse(before.extreme, worst, limit)
        run = Run(since=since, until=one.until, extreme=extreme, known_at=known_at)
        found[-1 if before else len(found) :] = [run]
    return tuple(found)


def _worse(one: float, other: float, limit: Limit) -> float:
    return max(one, other) if limit.side == "above" else min(one, other)
