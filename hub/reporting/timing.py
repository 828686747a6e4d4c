"""When did it truly happen, of all that a box told of, as far as the hub knows by now?"""

from __future__ import annotations

from collections.abc import Iterable

from controller.wire.envelope import Stamp
from hub.care.restamping import moved, moved_by_ms
from hub.reporting.owning import FAR_MS
from hub.store.port import Store, StoredEvent


def stamp_of(event: StoredEvent) -> Stamp:
    """Return the stamp of an event as its box made it."""
    return Stamp(at=event.at, boot=event.boot, mono_ms=event.mono_ms, clock=event.clock)


def timed(store: Store, box: str, kinds: Iterable[str]) -> list[tuple[StoredEvent, int | None]]:
    """Return events in their true order, each with by how much its clock was wrong.

    That is `None` where nobody knows it; those come first, so that no end meets its beginning too late.
    """
    wanted = tuple(kinds)
    wrong = {
        (event.stream, event.seq): moved_by_ms(stamp_of(event), stamp_of(trusted))
        for event, trusted in store.untimed(box, wanted)
    }
    found = [
        (event, wrong.get((event.stream, event.seq)) if event.clock == "untrusted" else 0)
        for event in store.events(box, 0, FAR_MS, wanted)
    ]
    return sorted(found, key=lambda one: (one[1] is not None, moved(one[0].at, one[1] or 0)))
