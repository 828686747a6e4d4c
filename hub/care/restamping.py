"""When was something that a box recorded before it knew the time?

The boot clock of a box never jumps. An event of the same boot with a trusted wall clock tells how far apart
the two clocks were, and with that the true time of every event of that boot. Nothing recorded is rewritten.
"""

from __future__ import annotations

from controller.wire.envelope import Stamp
from controller.wire.instants import FIRST_MS, LAST_MS


def moved_by_ms(untrusted: Stamp, trusted: Stamp) -> int | None:
    """Return by how much the wall clock of a stamp was wrong; `None` where the two cannot tell.

    It is added to every instant that the box read off the same clock at the same time.
    """
    if untrusted.boot != trusted.boot or untrusted.clock != "untrusted" or trusted.clock == "untrusted":
        return None
    return (trusted.at - trusted.mono_ms) - (untrusted.at - untrusted.mono_ms)


def moved(at: int, by_ms: int) -> int:
    """Return an instant of that clock as it truly was, as far as the wire can carry it."""
    return min(max(at + by_ms, FIRST_MS), LAST_MS)
