"""What does a box of 28 lids and two sensors cost: processor, memory, card, and time to the light?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.debounce import QUIET_MS
from tests.bench.figures import Figure, p50_p99
from tests.bench.idle import cpu_s, memory_mib
from tests.parts import LOOPBACK, Mosquitto, eventually, start_mosquitto

LIMIT_PCT = 1.0
"""A box may use so much of one core of this machine while nothing happens."""
SETTLE_S = 3.0

# Python with gpiozero and paho alone: as many pins, one connection, no rule, no memory, no sensor.
BARE = """
import sys, threading
from gpiozero import DigitalInputDevice
from gpiozero.pins.mock import MockFactory
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
factory = MockFactory(revision="c03114")
pins = [DigitalInputDevice(number, pull_up=True, pin_factory=factory) for number in range(28)]
client = Client(CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=MQTTProtocolVersion.MQTTv5)
client.connect(sys.argv[1], int(sys.argv[2]))
client.loop_start()
threading.Event().wait()
"""


def box_figures(directory: Path, scale: float) -> list[Figure]:
    """Measure the box beside a program that only holds its pins and its connection."""
    directory.mkdir(parents=True)
    with start_mosquitto(directory / "broker") as broker:
        idle = idle_figures(directory, broker, max(10.0, 60 * scale))
        light = light_figure(directory, broker, max(1, round(10 * scale)))
    return [*idle, light, card_figure(directory / "week", max(1, round(7 * scale)))]


def idle_figures(directory: Path, broker: Mosquitto, watch_s: float) -> list[Figure]:
    """Measure processor and memory over some time in which nobody touches the box."""
    bare_words = [sys.executable, "-c", BARE, LOOPBACK, str(broker.port)]
    box_words = [sys.executable, "-m", "tests.bench.box_program", "idle", str(config(directory, broker.port))]
    with running(bare_words) as bare, running(box_words) as box:
        outbox = directory / "state" / "outbox.sqlite3"
        eventually(outbox.exists, within_s=20, what="the box to start")
        threading.Event().wait(SETTLE_S)
        began_s = time.perf_counter()
        before = cpu_s(box.pid), cpu_s(bare.pid)
        threading.Event().wait(watch_s)
        passed_s = time.perf_counter() - began_s
        box_pct = (cpu_s(box.pid) - before[0]) / passed_s * 100
        bare_pct = (cpu_s(bare.pid) - before[1]) / passed_s * 100
        box_mib, bare_mib = memory_mib(box.pid)["Rss"], memory_mib(bare.pid)["Rss"]
    tick_pct = 100 / os.sysconf("SC_CLK_TCK") / passed_s
    return [
        Figure(
            what="28 lids, two sensors: idle processor", value=box_pct, unit="% core", floor=LIMIT_PCT,
            floor_is=f"the limit; the bare program took {max(bare_pct, tick_pct):.2f} %",
        ),
        Figure(
            what="28 lids, two sensors: resident memory", value=box_mib, unit="MiB", floor=bare_mib,
            floor_is="Python with gpiozero, 28 of its mock pins, and paho, connected and waiting",
        ),
    ]  # fmt: skip


def light_figure(directory: Path, broker: Mosquitto, runs: int) -> Figure:
    """Measure from the edge at the pin to the light that is drawn, with the commit in between."""
    found: list[float] = []
    for _ in range(runs):
        path = config(directory, broker.port)
        words = [sys.executable, "-m", "tests.bench.box_program", "light", str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
        found += [float(line) for line in done.stdout.splitlines()]
    assert len(found) >= 20 * runs, "the hand broke off"
    p50, p99 = p50_p99(found)
    return Figure(
        what="lid edge -> committed and the light changes", value=p50, p99=p99, unit="ms", floor=QUIET_MS,
        floor_is=f"the contact's {QUIET_MS} ms of quiet", count=len(found),
    )  # fmt: skip


def card_figure(directory: Path, days: int) -> Figure:
    """Measure what the days of a normal week write to the card."""
    directory.mkdir()
    words = [sys.executable, "-m", "tests.bench.normal_week", str(directory), str(days)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=600)
    found = json.loads(done.stdout)
    mib = found["written"] / days / 2**20
    plain = found["plain"] / days
    return Figure(
        what="written to the card in a normal day", value=mib, unit="MiB", floor=plain / 2**20,
        floor_is=f"the text of its {found['events'] / days:.0f} events alone, {plain / 1024:.0f} KiB a day",
        count=found["events"],
    )  # fmt: skip


def config(directory: Path, port: int) -> Path:
    """Write the configuration of the measured box; its outbox is new each time."""
    path = directory / "controller.toml"
    state = directory / "state"
    for file in state.glob("*"):
        file.unlink()
    state.mkdir(exist_ok=True)
    path.write_text(
        f'[box]\nid = "kitchen"\ndirectory = "state"\nhardware = "simulated"\ncompartments = ["c0"]\n'
        f'[broker]\nhost = "{LOOPBACK}"\nport = {port}\n[clock]\ntrust = "synced"\n',
        encoding="utf-8",
    )
    return path


@contextmanager
def running(words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the measuring is over."""
    program = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        yield program
        assert program.poll() is None, words
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(timeout=20)
