"""Did the sensor read exactly the same for so long that its readings cannot be believed?

Air in a home is never the same to a tenth for half a day, in warmth and damp at once. What a frozen sensor
reads is, and would make any place a good one.
"""

from __future__ import annotations

from collections.abc import Iterable

from controller.wire.events import climate as climate_events
from hub.care.storing.samples import GAP_MS, Gap, Sample

STUCK_MS = climate_events.STUCK_MS


def believed(samples: Iterable[Sample]) -> tuple[tuple[Sample, ...], tuple[Gap, ...]]:
    """Return the samples that can be believed, and the times of those that cannot."""
    runs: list[list[Sample]] = []
    for one in sorted(samples, key=lambda one: (one.since, one.until)):
        if runs and _goes_on(runs[-1][-1], one):
            runs[-1].append(one)
        else:
            runs.append([one])
    kept = tuple(one for run in runs if not _is_stuck(run) for one in run)
    spans = (Gap(since=run[0].since, until=_end(run)) for run in runs if _is_stuck(run))
    return kept, tuple(spans)


def _is_stuck(run: list[Sample]) -> bool:
    return _end(run) - run[0].since >= STUCK_MS and len(run) > 1


def _end(run: list[Sample]) -> int:
    return max(one.until for one in run)


def _goes_on(before: Sample, one: Sample) -> bool:
    """Tell whether two samples, without a silence between them, read one and the same value throughout."""
    near = one.since - before.until <= GAP_MS
    same = (before.temperature_c, before.humidity_pct) == (one.temperature_c, one.humidity_pct)
    return near and same and _is_flat(one)


def _is_flat(sample: Sample) -> bool:
    warm, damp = sample.temperature_c, sample.humidity_pct
    return warm.low == warm.high and damp.low == damp.high
