"""What was the mean of each moving window of a watched time, and when had the hours in one been too many?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from controller.wire.plan import Limit
from hub.care.storing.samples import Sample

Span = tuple[int, int]


def moving_means(
    samples: Sequence[Sample], limit: Limit, mean_of: Callable[[Sample], float | None]
) -> tuple[float | None, ...]:
    """Return, for the end of each sample, the mean of the window before it.

    It is `None` where less of the window was measured than the limit asks for, and with a sample that says
    nothing itself.
    """
    held: deque[tuple[Sample, float]] = deque()
    weight = total = 0.0
    found: list[float | None] = []
    for one in samples:
        value = mean_of(one)
        if value is None:
            found.append(None)
            continue
        held.append((one, value))
        weight, total = weight + one.span_ms, total + value * one.span_ms
        while held[0][0].until <= one.until - (limit.window_ms or 0):
            old, said = held.popleft()
            weight, total = weight - old.span_ms, total - said * old.span_ms
        found.append(total / weight if weight >= max(1, limit.dwell_ms) else None)
    return tuple(found)


class Hours:
    """The hours beyond a limit that count within its window; once they are enough they count anew."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._spans: deque[Span] = deque()
        self._counted_ms = 0

    def are_enough(self, since: int, until: int) -> bool:
        """Count one more time beyond the limit, and tell whether that made them enough."""
        self._spans.append((since, until))
        self._counted_ms += until - since
        while self._spans[0][1] <= until - (self._limit.window_ms or 0):
            begun, ended = self._spans.popleft()
            self._counted_ms -= ended - begun
        if self._counted_ms < self._limit.dwell_ms:
            return False
        self._spans.clear()
        self._counted_ms = 0
        return True
