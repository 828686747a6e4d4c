"""At which hours of the home's day is the panel dim, and which sounds wait for the morning?

Hours are those of the wall clock of the home, reckoned from the instant in the event. A box whose clock is
unsure reckons by it all the same: nobody else knows better, and a lamp or a tune invents no testimony.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from controller.wire.instants import MINUTE_MS

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of every day, in minutes after midnight, the end not included; it may go over midnight."""

    begins: int
    ends: int

    def holds(self, minute: int) -> bool:
        """Tell whether a minute of the day lies in it."""
        if self.begins <= self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends


NIGHT = Span(begins=22 * 60, ends=7 * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What the home says of its hours.

    What only stands wrong makes no sound in `silent`. At rest the panel is dim in `dimmed`, and at all hours
    where `always_dim`, which dims what calls for somebody too.
    """

    zone: tzinfo = UTC
    silent: Span | None = NIGHT
    dimmed: Span | None = None
    always_dim: bool = False

    def is_silent(self, at: int) -> bool:
        """Tell whether what only stands wrong is to be silent now."""
        return self.silent is not None and self.silent.holds(self._minute(at))

    def is_dimmed(self, at: int, *, calls: bool) -> bool:
        """Tell whether the panel is dim now; by night only where nothing on it `calls` for somebody."""
        by_night = self.dimmed is not None and not calls and self.dimmed.holds(self._minute(at))
        return self.always_dim or by_night

    def next_edge(self, at: int, span: Span) -> int:
        """Return the next instant at which a span begins or ends."""
        # Clocks change by an hour at most twice a year; a minute that is asked too early is asked again.
        minute, into_ms = self._minute(at), at % MINUTE_MS
        waits = ((edge - minute - 1) % _DAY_MINUTES + 1 for edge in (span.begins, span.ends))
        return at - into_ms + min(waits) * MINUTE_MS

    def _minute(self, at: int) -> int:
        try:
            local = (_EPOCH + timedelta(milliseconds=at)).astimezone(self.zone)
        except OverflowError:
            return 12 * 60
        return local.hour * 60 + local.minute


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
