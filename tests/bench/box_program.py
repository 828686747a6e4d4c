"""The box that is measured: the real program with 28 lids on gpiozero's mock pins, in its own process.

`idle` watches until it is ended; `light` opens each lid once and writes a line of milliseconds for it.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from gpiozero.pins.mock import MockFactory, MockPin

from controller.installing.config import read_config
from controller.keeping.outbox import Outbox
from controller.running.arrivals import Arrived
from controller.running.run import Program
from controller.wire.instants import HOUR_MS, instant_text
from controller.wire.shape import write_json
from controller.wire.topics import topic_of
from firmware.board import BoxSettings, PinMap
from firmware.boxes import open_pi_box
from firmware.device.machine import Machine
from firmware.gpio.pins import Pins
from firmware.ports import BoxHardware, ClimateReading, PanelView, Sound
from firmware.sensors.simulated import SimulatedClimate
from firmware.show.player import FramePlayer

LIDS = tuple(f"c{number}" for number in range(28))
WARM_UP = 4


class HeldPin(MockPin):  # type: ignore[misc] # gpiozero has no types
    """A pin whose contact to ground outlasts the program's pull-up, as a real shut lid does."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.drive_low()


class SecondSensor(SimulatedClimate):
    """Another sensor in the same box."""

    name = "second"


class WatchedPanel:
    """Lights behind the thread that real ones have, which note when each view is drawn; a `Panel`."""

    def __init__(self) -> None:
        self.drawn: queue.SimpleQueue[tuple[float, PanelView]] = queue.SimpleQueue()
        self._player = FramePlayer(self._draw, lambda: None, title="lights")
        self.show, self.alive, self.close = self._player.show, self._player.alive, self._player.close

    def play(self, sound: Sound) -> None:
        """Stay silent."""

    def _draw(self, view: PanelView, _elapsed_ms: int) -> None:
        self.drawn.put((time.perf_counter(), view))


def made(config_path: Path) -> tuple[Program, BoxHardware, MockFactory, WatchedPanel]:
    """Put the program on 28 pins; two of them are those of a HAT's identity, which a mock has not."""
    config = read_config(config_path)
    factory = MockFactory(revision="c03114", pin_class=HeldPin)
    settings = BoxSettings(
        hardware="pi", compartments=LIDS, pins=PinMap(lids={name: pin for pin, name in enumerate(LIDS)})
    )
    clock = config.clock.clock
    hardware = open_pi_box(settings, clock.boot_ms, Pins(factory))
    panel = WatchedPanel()
    air = ClimateReading(temperature_c=21.0, humidity_pct=45.0)
    sensors = SimulatedClimate(lambda: air), SecondSensor(lambda: air)
    hardware = replace(hardware, panel=panel, climates=sensors)
    outbox = Outbox(config.directory / "outbox.sqlite3", box=config.box, mint=lambda: os.urandom(8).hex())
    program = Program(config, hardware, outbox)
    program._wellbeing._device = Machine(config.directory)
    return program, hardware, factory, panel


def plan() -> bytes:
    """Plan one intake that is far away: every other opening is one too many, and warned of."""
    now_ms = time.time_ns() // 1_000_000
    hours = {"opens_at": 20, "due_at": 21, "late_at": 22, "closes_at": 23}
    slot = {
        "slot": "azathioprine/2026-11-23/08:00", "compartment": LIDS[0],
        **{name: instant_text(now_ms + hour * HOUR_MS) for name, hour in hours.items()},
        "amounts": [{"medicine": "azathioprine-50mg-tablet", "amount": 1}],
    }  # fmt: skip
    made, until = instant_text(now_ms), instant_text(now_ms + 48 * HOUR_MS)
    plain = {"v": 1, "box": "kitchen", "plan": "bench", "made_at": made, "until": until, "slots": [slot]}
    return write_json(plain).encode()


def hand(program: Program, factory: MockFactory, panel: WatchedPanel) -> None:
    """Open one lid after the other, none of which is due: each is warned of at its own light.

    Each lid once, as a lid that is opened again and again is a switch that chatters.
    """
    try:
        panel.drawn.get(timeout=60)  # the first view: from here on the box watches
        program._queue.put(Arrived(topic=topic_of("plan", box="kitchen"), payload=plan()))
        for pin, lid in enumerate(LIDS):
            _settle(panel)
            began = time.perf_counter()
            factory.pin(f"GPIO{pin}").drive_high()
            shown = _next(panel, lid)
            if pin >= WARM_UP:
                print(f"{(shown - began) * 1_000:.3f}", flush=True)
            factory.pin(f"GPIO{pin}").drive_low()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def _settle(panel: WatchedPanel) -> None:
    while True:
        try:
            panel.drawn.get(timeout=0.1)
        except queue.Empty:
            return


def _next(panel: WatchedPanel, lid: str) -> float:
    while True:
        at, view = panel.drawn.get(timeout=10)
        if lid in view.lamps:
            return at


def main(job: str, config_path: str) -> int:
    """Run the box until it is ended."""
    program, hardware, factory, panel = made(Path(config_path))
    if job == "light":
        threading.Thread(target=hand, args=(program, factory, panel), daemon=True).start()
    status = program.run()
    hardware.close()
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
