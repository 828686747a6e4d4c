"""Since when has the box been watching with a clock to be trusted, and what broke its watch last?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from controller.wire.envelope import Stamp
from controller.wire.events import ClockStepped
from controller.wire.instants import FIRST_MS, LAST_MS

Break = Literal["box_off", "clock_untrusted", "clock_stepped", "stalled"]

STEP_MS = 2_000
"""A time daemon slews smaller errors away; only a jump beyond this makes a window doubtful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An unbroken watch: powered, awake, with a trusted clock that did not step.

    `since` is its first wall instant, `None` while there is none; `broke` is what ended the one before;
    `started_ms` is when this run of the program began, on the boot clock.
    """

    since: int | None = None
    broke: Break = "box_off"
    started_ms: int = 0

    def why_unwatched(self, opens_at: int, now: Stamp, closes_at: int) -> Break | None:
        """Say what kept the box from watching a whole window, `None` where it did watch it all."""
        if self.since is not None and self.since <= opens_at:
            return None
        # A box that starts with a doubtful clock was off, not doubtful, in windows that ended before.
        if self.broke == "clock_untrusted" and closes_at < wall_of(now, self.started_ms):
            return "box_off"
        return self.broke


def is_trusted(stamp: Stamp) -> bool:
    """Tell whether a stamp's wall time may be compared with a calendar."""
    return stamp.clock != "untrusted"


def wall_of(now: Stamp, mono_ms: int) -> int:
    """Return the wall instant of an earlier reading of the boot clock, as the clock goes now."""
    return instant(now.at - (now.mono_ms - mono_ms))


def timely(stamp: Stamp, now: Stamp) -> int | None:
    """Return the wall instant of a stamp: its own, or reckoned back, or `None` while nobody knows it."""
    if is_trusted(stamp):
        return stamp.at
    return wall_of(now, stamp.mono_ms) if is_trusted(now) else None


def instant(value_ms: int) -> int:
    """Return the nearest instant that the wire can carry."""
    return min(max(value_ms, FIRST_MS), LAST_MS)


def begin(stamp: Stamp) -> Watch:
    """Begin a new watch: the program has just started."""
    trusted = is_trusted(stamp)
    return Watch(
        since=stamp.at if trusted else None,
        broke="box_off" if trusted else "clock_untrusted",
        started_ms=stamp.mono_ms,
    )


def resume(watch: Watch, now: Stamp) -> Watch:
    """Begin a new watch after a time in which the program stood still; a doubtful clock stays the reason."""
    if watch.since is None:
        return watch
    return replace(watch, since=now.at, broke="stalled")


def follow(watch: Watch, last: Stamp | None, stamp: Stamp) -> tuple[Watch, Stamp, ClockStepped | None]:
    """Take the next stamp: the watch after it, the newest stamp, and the step that it betrays.

    The report of a lid comes after its first edge, so an older stamp is no step and moves nothing.
    Steps are read off the distance between the two clocks alone.
    """
    if last is None or stamp.boot != last.boot:
        return begin(stamp), stamp, None
    if stamp.mono_ms < last.mono_ms:
        return watch, last, None
    by_ms = (stamp.at - stamp.mono_ms) - (last.at - last.mono_ms)
    stepped = abs(by_ms) > STEP_MS
    was, trusted = is_trusted(last), is_trusted(stamp)
    if was == trusted and not stepped:
        return watch, stamp, None
    if was != trusted:
        because = "trust_gained" if trusted else "trust_lost"
    else:
        because = "stepped_ahead" if by_ms > 0 else "stepped_back"
    broken = Watch(
        since=stamp.at if trusted else None,
        broke="clock_stepped" if was and trusted else "clock_untrusted",
        started_ms=watch.started_ms,
    )
    return broken, stamp, ClockStepped(by_ms=by_ms if stepped else 0, because=because)
