"""What time is it on both clocks, and how far can the wall clock be trusted?

A Pi has no clock of its own: after a power cut it may wake up in the past, and says nothing. Until
the network has set it, or a clock chip holds it, no verdict may rest on it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from pathlib import Path

from controller.config import ClockSettings
from controller.wire.envelope import Stamp
from controller.wire.words import ClockTrust

SYNCHRONIZED_MARK = Path("/run/systemd/timesync/synchronized")
CLOCK_CHIP = Path("/dev/rtc0")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_TIME_ERROR = 5
_TIMEX_ROOM = 512
"""More than `struct timex` takes on any machine; with `modes` zero the kernel only reports."""


def kernel_synchronized() -> bool:
    """Tell whether the kernel holds its clock to be set by the network."""
    libc = ctypes.CDLL(None, use_errno=True)
    state: int = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_ROOM))
    return 0 <= state < _TIME_ERROR


def system_trust() -> ClockTrust:
    """Say what this machine knows of its own wall clock."""
    if SYNCHRONIZED_MARK.exists() or kernel_synchronized():
        return "synced"
    return "rtc" if CLOCK_CHIP.exists() else "untrusted"


def boot_name(settings: ClockSettings) -> str:
    """Name this boot; a compressed day that begins anew is a boot of its own."""
    name = BOOT_ID.read_text("ascii").strip()
    return name if settings.zero_ms is None else f"{name}-{settings.zero_ms}"


class Watchmaker:
    """Stamps what happens with both clocks."""

    def __init__(
        self,
        settings: ClockSettings,
        *,
        boot: str,
        floor_ms: int,
        look: Callable[[], ClockTrust] = system_trust,
    ) -> None:
        """Take the clock; `floor_ms` is the newest wall time that was ever believed."""
        self.clock = settings.clock
        self.trust: ClockTrust = "untrusted"
        self._settled = settings.trust
        self._boot = boot
        self._floor_ms = floor_ms
        self._look = look
        self._offset_ms = self.clock.wall_ms() - self.clock.boot_ms()
        self.examine()

    def stamp(self, mono_ms: int | None = None) -> Stamp:
        """Stamp an instant of the boot clock, by default this one, with the wall time it had."""
        boot_ms = self.clock.boot_ms()
        then_ms = boot_ms if mono_ms is None else min(mono_ms, boot_ms)
        wall_ms = max(0, self.clock.wall_ms() - (boot_ms - then_ms))
        return Stamp(at=wall_ms, boot=self._boot, mono_ms=then_ms, clock=self.trust)

    def examine(self) -> bool:
        """Look at the clock again; return whether it stepped or its trust changed."""
        offset_ms = self.clock.wall_ms() - self.clock.boot_ms()
        trust = self._settled or self._system_trust()
        changed = trust != self.trust or abs(offset_ms - self._offset_ms) > 1_000
        self.trust = trust
        self._offset_ms = offset_ms
        return changed

    def believed_ms(self) -> int | None:
        """Return the wall time worth remembering as a floor, if it is to be believed now."""
        return None if self.trust == "untrusted" else self.clock.wall_ms()

    def _system_trust(self) -> ClockTrust:
        found = self._look()
        # A clock chip with a flat battery wakes up in the past. The network's word outranks the floor: what
        # was remembered may itself have been wrong.
        if found == "rtc" and self.clock.wall_ms() < self._floor_ms:
            return "untrusted"
        return found
