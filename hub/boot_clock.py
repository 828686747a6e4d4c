"""What time is it by the clock that never goes back, and is a hub acting by it?"""

from __future__ import annotations

import time
from pathlib import Path

from hub.store.ports.lease import BootMoment, LeaseStore

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_moment() -> BootMoment:
    """Return the moment by CLOCK_BOOTTIME, which no time server moves and which counts through sleep."""
    at_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    try:
        boot = BOOT_ID.read_text("ascii").strip()
    except OSError:
        boot = "unknown"
    return BootMoment(boot=boot, at_ms=at_ms)


def is_hub_acting(store: LeaseStore) -> bool:
    """Say whether a hub works on this store now, or did a moment ago."""
    lease = store.lease()
    return lease is not None and not lease.is_over(boot_moment())
