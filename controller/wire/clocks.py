"""Which two clocks does a program live by, and can a day pass in a minute?

Both programs take a clock as an argument. The compressed one lets the demo run the real programs through
a whole day; since it counts from CLOCK_BOOTTIME, every process given the same three numbers agrees.
"""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SYNCHRONIZED_MARK = Path("/run/systemd/timesync/synchronized")

_TIME_ERROR = 5
_TIMEX_ROOM = 512
"""More than `struct timex` takes on any machine; with `modes` zero the kernel only reports."""


class Clock(Protocol):
    """Wall time for calendars, boot time for dwell, leases and silence."""

    def wall_ms(self) -> int:
        """Return Unix milliseconds; it may jump either way."""
        ...

    def boot_ms(self) -> int:
        """Return milliseconds since boot; it never goes back and counts through sleep."""
        ...

    def real_s(self, span_ms: int) -> float:
        """Return how many real seconds a span of this clock takes, for waiting."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clocks."""

    def wall_ms(self) -> int:
        """Return the machine's wall time."""
        return time.time_ns() // 1_000_000

    def boot_ms(self) -> int:
        """Return CLOCK_BOOTTIME."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def real_s(self, span_ms: int) -> float:
        """Return the span in seconds."""
        return span_ms / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedClock:
    """A day from `start_ms` on, when the boot clock shows `zero_ms`, running `speed` times as fast."""

    start_ms: int
    zero_ms: int
    speed: float

    def wall_ms(self) -> int:
        """Return the compressed wall time."""
        return self.start_ms + self._passed_ms()

    def boot_ms(self) -> int:
        """Return a boot clock that runs at the same speed; it reads 0 at `zero_ms`."""
        return max(0, self._passed_ms())

    def real_s(self, span_ms: int) -> float:
        """Return how many real seconds a span of compressed time takes."""
        return span_ms / 1000 / self.speed

    def _passed_ms(self) -> int:
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return int((now_ns / 1_000_000 - self.zero_ms) * self.speed)


def set_by_network() -> bool:
    """Tell whether the network has set this machine's clock since it started."""
    return SYNCHRONIZED_MARK.exists() or kernel_synchronized()


def kernel_synchronized() -> bool:
    """Tell whether the kernel holds its clock to be set by the network."""
    libc = ctypes.CDLL(None, use_errno=True)
    state: int = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_ROOM))
    return 0 <= state < _TIME_ERROR
