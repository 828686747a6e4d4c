"""When may there be current in the coil of a lock, so that it does what is wanted and does not burn?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Coil:
    """What a coil bears: current for `limit_ms` at a time (`None`: for ever), then `rest_ms` without."""

    limit_ms: int | None
    rest_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """Whether there is current now, and since when on one clock; `None` before there ever was any."""

    flows: bool = False
    since_ms: int | None = None


def driven(coil: Coil, current: Current, now_ms: int, *, wanted: bool) -> tuple[Current, int | None]:
    """Return the current from now on, and when to look again if nothing else is wanted until then.

    What is wanted for longer than the coil bears comes again and again, with a rest each time.
    """
    since_ms = current.since_ms
    if current.flows and since_ms is not None:
        ends_ms = None if coil.limit_ms is None else since_ms + coil.limit_ms
        if wanted and (ends_ms is None or now_ms < ends_ms):
            return current, ends_ms
        return Current(since_ms=now_ms), now_ms + coil.rest_ms if wanted else None
    if not wanted:
        return current, None
    rested_ms = now_ms if since_ms is None or coil.limit_ms is None else since_ms + coil.rest_ms
    if now_ms < rested_ms:
        return current, rested_ms
    return Current(flows=True, since_ms=now_ms), None if coil.limit_ms is None else now_ms + coil.limit_ms
