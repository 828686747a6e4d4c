"""How long, or at what mean, within a moving window: what must be counted over days and over restarts?

A window is kept in shares of it, by the boot clock, and so moves by a share at a time. What is remembered is
remembered with its stamp: after a restart as much of it is too old as both clocks can prove to have passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from controller.wire.envelope import Stamp
from controller.wire.instants import MINUTE_MS
from controller.wire.plan import Limit
from controller.wire.words import Word
from controller.witness.clock import is_trusted

GAP_MS = 30 * MINUTE_MS
"""Nobody knows what the air was like in a longer silence: it counts towards no dwell."""
SHARES = {"cumulative": 120, "mean": 24}
SHARE_LEAST_MS = 15 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a window, from `began_ms` on: how much counted in it, and the mean where one is asked for."""

    began_ms: int
    counted_ms: int
    mean: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a rule has counted, and the newest reading, which speaks until the next one."""

    shares: tuple[Share, ...] = ()
    value: float | None = None
    read_ms: int = 0

    @property
    def counted_ms(self) -> int:
        """Return how much has counted within the window."""
        return sum(share.counted_ms for share in self.shares)

    @property
    def mean(self) -> float | None:
        """Return the mean of what was measured, `None` where nothing was."""
        counted_ms = self.counted_ms
        total = sum((share.mean or 0.0) * share.counted_ms for share in self.shares)
        return round(total / counted_ms, 2) if counted_ms else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tallies:
    """The shares of every window by rule, as they stood at `saved`. Remembered as one part."""

    saved: Stamp | None = None
    shares: dict[Word, tuple[Share, ...]] = field(default_factory=dict)


def is_tallied(limit: Limit) -> bool:
    """Tell whether a rule counts within a window."""
    return limit.counts in SHARES and limit.window_ms is not None and limit.measure != "silence"


def counts_alike(one: Limit | None, other: Limit | None) -> bool:
    """Tell whether what was counted for one limit counts for another, whatever dwell it asks for."""
    if one is None or other is None:
        return False
    return (one.counts, one.measure, one.side, one.limit, one.window_ms) == (
        other.counts, other.measure, other.side, other.limit, other.window_ms,
    )  # fmt: skip


def tallied(tally: Tally, limit: Limit, value: float, mono_ms: int) -> Tally:
    """Count the time since the reading before, by what that one said, and take the newest one."""
    window_ms = limit.window_ms or 0
    share_ms = max(SHARE_LEAST_MS, window_ms // SHARES.get(limit.counts, 1))
    shares = tuple(one for one in tally.shares if one.began_ms + share_ms > mono_ms - window_ms)
    known, heard_ms = tally.value, mono_ms - tally.read_ms
    if known is not None and 0 < heard_ms <= GAP_MS and (limit.counts == "mean" or is_beyond(known, limit)):
        mean = known if limit.counts == "mean" else None
        shares = _grown(shares, Share(began_ms=tally.read_ms, counted_ms=heard_ms, mean=mean), share_ms)
    return Tally(shares=shares, value=value, read_ms=mono_ms)


def is_beyond(value: float, limit: Limit) -> bool:
    """Tell whether a value is beyond a limit; the limit itself is within."""
    return value > limit.limit if limit.side == "above" else value < limit.limit


def kept(before: Tallies, tallies: Mapping[Word, Tally], now: Stamp) -> Tallies:
    """Return what must be remembered: the very same object where nothing more has counted."""
    shares = {rule: tally.shares for rule, tally in tallies.items() if tally.shares}
    return before if shares == before.shares else Tallies(saved=now, shares=shares)


def recalled(remembered: Tallies, now: Stamp) -> dict[Word, Tally]:
    """Return the tallies as they stand at the start of another run, on its boot clock."""
    saved = remembered.saved
    if saved is None:
        return {}
    passed_ms = 0
    if saved.boot == now.boot:
        passed_ms = now.mono_ms - saved.mono_ms
    elif is_trusted(saved) and is_trusted(now):
        # Where nobody knows how long the box was off, nothing that counted is too old by it.
        passed_ms = now.at - saved.at
    shift_ms = now.mono_ms - max(0, passed_ms) - saved.mono_ms
    return {
        rule: Tally(shares=tuple(replace(one, began_ms=one.began_ms + shift_ms) for one in shares))
        for rule, shares in remembered.shares.items()
    }


def _grown(shares: tuple[Share, ...], more: Share, share_ms: int) -> tuple[Share, ...]:
    last = shares[-1] if shares else None
    if last is None or more.began_ms >= last.began_ms + share_ms:
        return (*shares, more)
    counted_ms = last.counted_ms + more.counted_ms
    mean = None
    if last.mean is not None and more.mean is not None:
        mean = round((last.mean * last.counted_ms + more.mean * more.counted_ms) / counted_ms, 4)
    return (*shares[:-1], replace(last, counted_ms=counted_ms, mean=mean))
