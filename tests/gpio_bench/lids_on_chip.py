"""Does the lid adapter on lgpio count every opening of 14 bouncing lids, and know when it went deaf?

Runs inside the bench's machine; prints one line of JSON.
"""

from __future__ import annotations

import collections
import itertools
import json
import sys
import time
from collections.abc import Callable

from firmware.board import PinMap
from firmware.gpio.lids import GpioLids
from firmware.gpio.pins import open_pins
from firmware.ports import LidReading
from tests.gpio_bench import chip

OPEN_AT_BOOT = "sun-pm"


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)


def main() -> int:
    header = chip.Chip()
    header.level(OPEN_AT_BOOT, opened=True)
    pins = open_pins("lgpio")
    lids = GpioLids(pins, PinMap(lids=chip.LIDS).lids, switch="closes_with_lid", boot_clock=boot_ms)
    pushed = header.hold()
    time.sleep(0.3)
    pushed.set()
    readings: list[LidReading] = []
    baseline = lids.start(readings.append)
    made = chip.openings(header, 150, but=OPEN_AT_BOOT)
    wait_until(lambda: sum(reading.open for reading in readings) >= 150)
    time.sleep(0.3)
    counts = compared(readings, made)
    alive_before = lids.alive()
    deaf = deafen(header, lids, readings)
    lids.close()
    pins.close()
    header.remove()
    open_at_boot = [lid for lid, is_open in baseline.items() if is_open]
    found = {"open_at_boot": open_at_boot, **counts, "alive_before": alive_before, **deaf}
    print("LIDS " + json.dumps(found))
    return 0


def compared(readings: list[LidReading], made: dict[str, int]) -> dict[str, object]:
    """Compare what was reported with what the hands did."""
    opened = collections.Counter(reading.compartment for reading in readings if reading.open)
    shut = collections.Counter(reading.compartment for reading in readings if not reading.open)
    in_order = all(
        before.open != after.open and before.mono_ms < after.mono_ms
        for lid in made
        for before, after in itertools.pairwise([each for each in readings if each.compartment == lid])
    )
    return {
        "made": sum(made.values()),
        "counted": opened.total(),
        "equal": opened == made and shut == made,
        "in_order": in_order,
    }


def deafen(header: chip.Chip, lids: GpioLids, readings: list[LidReading]) -> dict[str, object]:
    """End lgpio's only thread the way a stray exception would, and see that this is noticed."""
    import lgpio

    def raise_in_thread(*_: object) -> None:
        raise RuntimeError("planted: what any exception in a callback does")

    lgpio._notify_thread.callbacks[0].func = raise_in_thread
    seen = len(readings)
    header.move("mon-am", opened=True)
    wait_until(lambda: not lids.alive(), 3)
    noticed = not lids.alive()
    header.move("tue-am", opened=True)
    wait_until(lambda: any(reading.compartment == "tue-am" for reading in readings[seen:]), 3)
    polled = [r for r in readings[seen:] if r.compartment == "tue-am" and r.open and r.because == "poll"]
    return {"deaf_noticed": noticed, "deaf_polled": len(polled)}


if __name__ == "__main__":
    sys.exit(main())
