"""Does the fall-back pin library, RPi.GPIO played by fake-rpi, drive the same lids?

fake-rpi tells no edges and calls every pin an output, so it is given the events and the functions of the
real library; everything else is its own.
"""

from __future__ import annotations

import contextlib
import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from firmware.gpio.lids import GpioLids
from firmware.gpio.pins import Pins, open_pins
from firmware.ports import LidReading

with contextlib.redirect_stdout(io.StringIO()):  # it prints a banner
    import fake_rpi
fake_rpi.toggle_print(False)

LIDS = {"a": 17, "b": 27}


class EventGpio(fake_rpi.RPi._GPIO):  # type: ignore[misc] # fake-rpi has no types
    """fake-rpi's GPIO with edges: pins are pulled up, and `ground` closes a contact."""

    def __init__(self) -> None:
        super().__init__()
        self.callbacks: dict[int, Callable[[int], None]] = {}
        self.functions: dict[int, int] = {}
        self.grounded: set[int] = set()
        self.outputs: dict[int, Any] = {}
        self.cleaned: list[int | None] = []

    def setup(self, channel: int, state: int, initial: int = 0, pull_up_down: int | None = None) -> None:
        self.functions[channel] = state
        self.set_input(channel, 0 if channel in self.grounded else 1)

    def gpio_function(self, channel: int) -> int:
        return self.functions.get(channel, 1)  # what the library calls IN

    def output(self, channel: int, state: Any) -> None:
        self.outputs[channel] = state

    def add_event_detect(
        self,
        channel: int,
        edge: int,
        callback: Callable[[int], None] | None = None,
        bouncetime: int | None = None,
    ) -> None:
        assert callback is not None
        self.callbacks[channel] = callback

    def remove_event_detect(self, channel: int) -> None:
        self.callbacks.pop(channel, None)

    def cleanup(self, channel: int | None = None) -> None:
        self.cleaned.append(channel)

    def ground(self, channel: int, closed: bool) -> None:
        (self.grounded.add if closed else self.grounded.discard)(channel)
        self.set_input(channel, 0 if closed else 1)
        if channel in self.callbacks:
            self.callbacks[channel](channel)


@pytest.fixture
def gpio(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventGpio]:
    """RPi.GPIO, for as long as the test runs, on what says it is a Pi 4 B."""
    from gpiozero.pins.local import LocalPiFactory

    made = EventGpio()
    library = type(sys)("RPi")
    library.GPIO = made  # type: ignore[attr-defined] # as the real package has it
    monkeypatch.setitem(sys.modules, "RPi", library)
    monkeypatch.setitem(sys.modules, "RPi.GPIO", made)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.rpigpio", raising=False)
    monkeypatch.setattr(LocalPiFactory, "_get_revision", lambda self: 0xC03114)
    yield made
    # Not by the monkeypatch, which would put it back for the tests that follow.
    sys.modules.pop("gpiozero.pins.rpigpio", None)


class Box:
    """Two lids on the fall-back library."""

    def __init__(self) -> None:
        self.pins: Pins = open_pins("rpigpio")
        self.readings: list[LidReading] = []
        self.more = threading.Condition()
        self.lids = GpioLids(self.pins, LIDS, switch="closes_with_lid", boot_clock=boot_ms)

    def report(self, reading: LidReading) -> None:
        with self.more:
            self.readings.append(reading)
            self.more.notify_all()

    def wait_for(self, count: int) -> list[LidReading]:
        with self.more:
            assert self.more.wait_for(lambda: len(self.readings) >= count, timeout=5), self.readings
            return list(self.readings)


@pytest.fixture
def box(gpio: EventGpio) -> Iterator[Box]:
    gpio.grounded |= {17, 27}
    made = Box()
    yield made
    made.lids.close()
    made.pins.close()


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def test_the_fall_back_is_gpiozeros_own_factory_on_fake_rpi(box: Box, gpio: EventGpio) -> None:
    assert type(box.pins.factory).__module__ == "gpiozero.pins.rpigpio"
    assert isinstance(gpio, fake_rpi.RPi._GPIO)
    assert set(gpio.callbacks) == {17, 27}


def test_lids_have_their_baseline(box: Box, gpio: EventGpio) -> None:
    gpio.ground(27, closed=False)
    assert box.lids.start(box.report) == {"a": False, "b": True}


def test_an_opening_and_a_closing_are_reported(box: Box, gpio: EventGpio) -> None:
    box.lids.start(box.report)
    gpio.ground(17, closed=False)
    box.wait_for(1)
    gpio.ground(17, closed=True)
    assert [(reading.compartment, reading.open) for reading in box.wait_for(2)] == [("a", True), ("a", False)]
    assert all(reading.because == "edge" for reading in box.readings)


def test_twenty_bouncing_openings_are_twenty(box: Box, gpio: EventGpio) -> None:
    box.lids.start(box.report)
    for number in range(20):
        for closed in (False, True, False, True, False):
            gpio.ground(17, closed=closed)
        box.wait_for(2 * number + 1)
        for closed in (True, False, True):
            gpio.ground(17, closed=closed)
        box.wait_for(2 * number + 2)
    assert [reading.open for reading in box.readings] == [True, False] * 20


def test_an_edge_the_library_lost_is_found_by_the_poll(box: Box, gpio: EventGpio) -> None:
    """RPi.GPIO is known to lose edges, and on new kernels all of them."""
    box.lids.start(box.report)
    gpio.callbacks.clear()
    gpio.ground(27, closed=False)
    [reading] = box.wait_for(1)
    assert (reading.compartment, reading.open, reading.because) == ("b", True, "poll")


def test_there_is_no_thread_of_lgpio_to_die(box: Box) -> None:
    box.lids.start(box.report)
    assert box.pins.alive()
    assert box.lids.alive()


def test_lights_work_too_and_closing_cleans_up(box: Box, gpio: EventGpio) -> None:
    light = box.pins.light(22)
    light.on()
    assert gpio.outputs[22] == 1
    light.off()
    assert gpio.outputs[22] == 0
    box.pins.close()
    assert None in gpio.cleaned
