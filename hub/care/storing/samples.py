"""For which time is it known what the air in a box was like, and for which is it not?

Everything about storage is said of a `Watch`, which knows its own gaps: a sensor that says nothing must
never look like one that says that all is well.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from controller.wire.events import HumiditySpan, LightSpan, TemperatureSpan
from controller.wire.instants import MINUTE_MS

BELIEVED_MS = 15 * MINUTE_MS
"""A sample tells of so long at most: one that spans a sleep of the box was read at its beginning."""
GAP_MS = 30 * MINUTE_MS
"""Nobody knows what the air was like in a longer silence; the box reckons so too."""
ENOUGH = 0.8
"""The share of a time that must have been measured before its mean says something of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the air was like from one instant to another: lowest, mean and highest.

    `is_aired` where half or more of it was read with a lid just opened: of damp and light in the closed box
    it tells nothing. `light_pct` is `None` where nothing saw light.
    """

    since: int
    until: int
    temperature_c: TemperatureSpan
    humidity_pct: HumiditySpan
    light_pct: LightSpan | None = None
    is_aired: bool = False

    @property
    def span_ms(self) -> int:
        """Return for how long it speaks."""
        return self.until - self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time of which nobody knows what the air was like."""

    since: int
    until: int

    @property
    def span_ms(self) -> int:
        """Return how long nothing is known."""
        return self.until - self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of the air from `begin` to `end`; its samples ascend and share no instant.

    In the times that are `stuck` there were samples that cannot be believed; they count as silence.
    """

    begin: int
    end: int
    samples: tuple[Sample, ...] = ()
    stuck: tuple[Gap, ...] = ()

    @property
    def span_ms(self) -> int:
        """Return how long the whole time is."""
        return max(0, self.end - self.begin)

    @property
    def watched_ms(self) -> int:
        """Return for how long of it the air is known."""
        return sum(one.span_ms for one in self.samples)

    @property
    def coverage(self) -> float:
        """Return the share of the time in which the air is known, 0 where there is no time."""
        return self.watched_ms / self.span_ms if self.span_ms else 0.0

    @property
    def is_enough(self) -> bool:
        """Whether enough was measured to speak of the whole time."""
        return self.coverage >= ENOUGH

    def gaps(self) -> tuple[Gap, ...]:
        """Return every silence that is longer than half an hour, at the ends too."""
        edges = [self.begin, *(edge for one in self.samples for edge in (one.since, one.until)), self.end]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return tuple(Gap(since=since, until=until) for since, until in pairs if until - since > GAP_MS)

    def within(self, begin: int, end: int) -> Watch:
        """Return what is known of a part of the time; what lies beyond the whole stays unknown."""
        end = max(begin, end)
        first = bisect_right(self.samples, begin, key=lambda one: one.until)
        last = bisect_left(self.samples, end, key=lambda one: one.since)
        found = (_clipped(one, begin, end) for one in self.samples[first:last])
        stuck = (replace(one, since=max(begin, one.since), until=min(end, one.until)) for one in self.stuck)
        return Watch(
            begin=begin,
            end=end,
            samples=tuple(one for one in found if one.span_ms > 0),
            stuck=tuple(one for one in stuck if one.span_ms > 0),
        )


def watch_of(samples: Iterable[Sample], begin: int, end: int, stuck: tuple[Gap, ...] = ()) -> Watch:
    """Put samples in order and cut them to a time; of two about one instant the earlier one counts.

    Between two samples lies at most the time from one reading to the next, which the earlier one then tells
    of too; a longer silence is a gap.
    """
    kept: list[Sample] = []
    for one in sorted(samples, key=lambda one: (one.since, one.until)):
        one = replace(one, until=min(one.until, one.since + BELIEVED_MS))
        if kept and one.since < kept[-1].until:
            one = replace(one, since=kept[-1].until)
        if one.span_ms <= 0:
            continue
        if kept and one.since - kept[-1].until <= GAP_MS:
            kept[-1] = replace(kept[-1], until=one.since)
        kept.append(one)
    return Watch(begin=begin, end=max(begin, end), samples=tuple(kept), stuck=stuck).within(begin, end)


def _clipped(sample: Sample, begin: int, end: int) -> Sample:
    return replace(sample, since=max(begin, sample.since), until=min(end, sample.until))
