"""Does the pin of the lock do what a dose asks for, and no more than its coil bears, seen from outside?

Runs inside the bench's machine with the real controller and no broker; prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from controller.engine import Engine
from controller.keeping.outbox import Outbox
from controller.wire.envelope import Stamp
from controller.wire.instants import HOUR_MS
from controller.wire.plan import Amount, Plan, PlannedSlot
from controller.witness.inputs import PlanArrived, Started
from firmware.board import LAYOUTS
from tests.gpio_bench import chip

PIN = 15
LIMIT_S = 1.0
REST_S = 1.0
BUTTON = 13
DUE = "mon-am"
CONFIG = f"""
[box]
id = "kitchen"
hardware = "pi"
layout = "7x2"
directory = "state"
[pins]
lids = {json.dumps(chip.LIDS).replace(":", " =")}
buttons = {{ help = {BUTTON} }}
[lock]
kind = "solenoid"
pin = {PIN}
fails = "locked"
by_hand = "the bench has no door"
energised_max_s = {LIMIT_S}
hold_off_s = {REST_S}
[clock]
trust = "synced"
"""


class Probe:
    """Somebody with a voltmeter at the pin: when it was high, and for how long."""

    def __init__(self) -> None:
        device = (chip.CONFIG / "header" / "dev_name").read_text().strip()
        name = (chip.CONFIG / "header" / "bank0" / "chip_name").read_text().strip()
        self._value = os.open(Path("/sys/devices/platform") / device / name / f"sim_gpio{PIN}" / "value", 0)
        self.pulses: list[tuple[float, float]] = []
        self._since_s: float | None = None
        threading.Thread(target=self._watch, daemon=True).start()

    def is_high(self) -> bool:
        return os.pread(self._value, 4, 0).strip() == b"1"

    def after(self, then_s: float) -> list[float]:
        """Return how long each pulse lasted that began after an instant; one that lasts still, until now."""
        now_s, since_s = time.monotonic(), self._since_s
        running = [] if since_s is None else [(since_s, now_s)]
        return [ended - began for began, ended in (*self.pulses, *running) if began >= then_s]

    def _watch(self) -> None:
        while True:
            high, now_s = self.is_high(), time.monotonic()
            if high and self._since_s is None:
                self._since_s = now_s
            elif not high and self._since_s is not None:
                self.pulses.append((self._since_s, now_s))
                self._since_s = None
            time.sleep(0.002)


def remembered(folder: Path) -> None:
    """Let the box have been told before of a dose that may be taken from now on, for two hours."""
    now_ms = time.time_ns() // 1_000_000
    stamp = Stamp(at=now_ms, boot="before", mono_ms=1, clock="synced")
    slot = PlannedSlot(
        slot="azathioprine/2026-11-23/08:00", compartment=DUE, opens_at=now_ms - 1_000,
        due_at=now_ms + HOUR_MS, late_at=now_ms + HOUR_MS, closes_at=now_ms + 2 * HOUR_MS,
        amounts=(Amount(medicine="azathioprine-50mg-tablet", amount=0.5),),
    )  # fmt: skip
    until = now_ms + 24 * HOUR_MS
    plan = Plan(v=1, box="kitchen", plan="p1", made_at=now_ms, until=until, slots=(slot,))
    (folder / "state").mkdir()
    outbox = Outbox(folder / "state" / "outbox.sqlite3", box="kitchen", mint=lambda: "bench", now="x")
    engine = Engine(
        box="kitchen", compartments=LAYOUTS["7x2"], outbox=outbox, version="bench", chance=lambda: 0.0
    )
    engine.handle(Started(stamp=stamp, version="bench", lids={}))
    engine.handle(PlanArrived(stamp=stamp, plan=plan))
    outbox.close()


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end_s:
            raise SystemExit(f"nothing came within {seconds} s")
        time.sleep(0.01)


def kinds(folder: Path) -> list[str]:
    with sqlite3.connect(f"file:{folder}/state/outbox.sqlite3?mode=ro", uri=True) as connection:
        rows = connection.execute("select body from outbox order by seq").fetchall()
    return [json.loads(body)["kind"] for (body,) in rows]


def pulses(probe: Probe) -> list[float]:
    """Return how long three whole pulses lasted."""
    began_s = time.monotonic()
    wait_until(lambda: len(probe.after(began_s)) >= 4, 30)
    return probe.after(began_s)[:3]


def main() -> int:
    folder = Path(tempfile.mkdtemp())
    (folder / "box.toml").write_text(CONFIG)
    remembered(folder)
    header = chip.Chip()
    header.hold()
    probe = Probe()
    command = [sys.executable, "-m", "controller.cli", "run", "--config", str(folder / "box.toml")]
    process = subprocess.Popen(command)
    wait_until(lambda: "lock.opened" in kinds(folder), 150)
    due = pulses(probe)
    wait_until(probe.is_high, 10)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed_s = time.monotonic()
    wait_until(lambda: not probe.is_high(), 5)
    fell_s = time.monotonic() - killed_s
    process = subprocess.Popen(command)
    wait_until(lambda: len(probe.after(killed_s + fell_s)) >= 2, 150)
    header.move(DUE, opened=True)
    wait_until(lambda: "dose.taken" in kinds(folder), 30)
    header.move(DUE, opened=False)
    wait_until(lambda: "lock.locked" in kinds(folder), 30)
    time.sleep(0.2)
    locked_s = time.monotonic()
    time.sleep(3 * (LIMIT_S + REST_S))
    result = {
        "longest_s": round(max(due), 3),
        "shortest_s": round(min(due), 3),
        "fell_after_kill_s": round(fell_s, 3),
        "pulses_while_locked": len(probe.after(locked_s)),
        "high_while_locked": probe.is_high(),
        "longest_of_all_s": round(max(probe.after(0.0)), 3),
    }
    process.send_signal(signal.SIGTERM)
    process.wait()
    result["high_at_the_end"] = probe.is_high()
    print("LOCK " + json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
