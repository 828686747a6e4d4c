"""What did the sensor of a box say over a time, as far as the store holds it?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import attrgetter

from controller.wire.events import ClimateSampled
from controller.wire.instants import DAY_MS
from controller.wire.shape import from_plain
from hub.care.restamping import moved, moved_by_ms
from hub.care.storing.samples import Sample, Watch, watch_of
from hub.care.storing.stuck import STUCK_MS, believed
from hub.reporting.timing import stamp_of
from hub.store.port import Store, StoredEvent

SAMPLED = ("climate.sampled",)
LATE_MS = DAY_MS
"""A sample that began in a time may be told of so much later, where the box slept meanwhile."""


def watched_air(
    store: Store, box: str, begin: int, end: int, is_owned: Callable[[str, int], bool] | None = None
) -> Watch:
    """Return what is known of the air of a box, and only from while it belonged to whom it is asked for."""
    # A sensor that froze an hour before the time that is asked for is known by the hours before.
    events = store.events(box, begin - STUCK_MS, end + LATE_MS, SAMPLED)
    # A clock that cannot be trusted would put a hot hour where nobody lived it. Where the box learnt the time
    # later in the same boot, the hour is known all the same; else that time stays a gap.
    found = [*_samples(event for event in events if event.clock != "untrusted")]
    found += [one for one in _restamped(store, box) if begin - STUCK_MS <= one.until < end + LATE_MS]
    found.sort(key=attrgetter("until"))
    # What began before a box was handed on was read where it stood before.
    kept, stuck = believed(one for one in found if is_owned is None or is_owned(box, one.since))
    return watch_of(kept, begin, end, stuck)


def _restamped(store: Store, box: str) -> Iterator[Sample]:
    """Go through what was sampled before the box knew the time, at the time when it truly was."""
    for event, trusted in store.untimed(box, SAMPLED):
        by_ms = moved_by_ms(stamp_of(event), stamp_of(trusted))
        if by_ms is not None:
            for one in _samples((event,)):
                yield replace(one, since=moved(one.since, by_ms), until=moved(one.until, by_ms))


def _samples(events: Iterable[StoredEvent]) -> Iterator[Sample]:
    """Read those of the medicine's own sensor: another is there to be compared, and may hang in the room."""
    for event in events:
        said = from_plain(ClimateSampled, json.loads(event.data), event.kind)
        if said.role is None:
            yield Sample(
                since=said.since,
                until=event.at,
                temperature_c=said.temperature_c,
                humidity_pct=said.humidity_pct,
                light_pct=said.light_pct,
                is_aired=2 * (said.lids_open or 0) >= max(1, said.readings),
            )
