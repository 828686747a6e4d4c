"""What did the sensor of a box say over a time, as far as the store holds it?"""

from __future__ import annotations

import json
from collections.abc import Callable

from controller.wire.events import ClimateSampled
from controller.wire.instants import DAY_MS
from controller.wire.shape import from_plain
from hub.care.storing.samples import Sample, Watch, watch_of
from hub.care.storing.stuck import STUCK_MS, believed
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
    # A clock that cannot be trusted would put a hot hour where nobody lived it: that time stays a gap.
    said = ((event, _said(event)) for event in events if event.clock != "untrusted")
    # By the medicine's own sensor alone: another one is there to be compared, and may hang in the room.
    found = (_sample(event, one) for event, one in said if one.role is None)
    # What began before a box was handed on was read where it stood before.
    kept, stuck = believed(one for one in found if is_owned is None or is_owned(box, one.since))
    return watch_of(kept, begin, end, stuck)


def _said(event: StoredEvent) -> ClimateSampled:
    return from_plain(ClimateSampled, json.loads(event.data), event.kind)


def _sample(event: StoredEvent, said: ClimateSampled) -> Sample:
    return Sample(
        since=said.since,
        until=event.at,
        temperature_c=said.temperature_c,
        humidity_pct=said.humidity_pct,
        light_pct=said.light_pct,
        is_aired=2 * (said.lids_open or 0) >= max(1, said.readings),
    )
