"""Are lids at expanders watched as those at pins are, through lost power, silence and broken wires?"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from firmware.board import LAYOUTS, BoxSettings, PinMap
from firmware.boxes import open_pi_box
from firmware.errors import DeviceAbsent
from firmware.expander import lids as lids_module
from firmware.expander.lids import ExpanderLids
from firmware.expander.registers import INTFA, SET_UP, Mcp23017, open_registers
from firmware.expander.wiring import ExpanderWiring
from firmware.findings import Finding
from firmware.gpio.pins import Pins
from firmware.ports import LidReading
from firmware.probe import probe
from tests.expander_model import GPINTEN, GPPU, INTF, IOCON, ModelBus
from tests.parts import eventually

WEEK = LAYOUTS["7x4"]
LAST = (0x21, 13)
PI = BoxSettings(hardware="pi", compartments=WEEK, expander=ExpanderWiring())


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


@pytest.fixture
def pins() -> Iterator[Pins]:
    factory = MockFactory(revision="c03114", pin_class=MockPWMPin)
    made = Pins(factory)
    yield made
    made.close()
    factory.reset()


def joined(pins: Pins, *, pin: int = 4) -> ModelBus:
    """Return a bus of two chips whose INTA are wired to a pin."""
    line = pins.factory.pin(pin)
    return ModelBus(0x20, 0x21, wire=lambda low: line.drive_low() if low else line.drive_high())


class Watched:
    """The adapter on a bus, and what it reported."""

    def __init__(self, pins: Pins, bus: ModelBus, switch: Any = "closes_with_lid") -> None:
        self.bus = bus
        self.found: list[LidReading] = []
        self.lids = ExpanderLids(
            pins, ExpanderWiring(), WEEK, switch=switch, boot_clock=boot_ms, open_bus=lambda number: bus
        )

    def start(self) -> dict[str, bool]:
        return dict(self.lids.start(self.found.append))

    def wait_for(self, count: int) -> list[LidReading]:
        eventually(lambda: len(self.found) >= count, what=f"{count} readings")
        return list(self.found)


@pytest.fixture
def watched(pins: Pins) -> Iterator[Watched]:
    made = Watched(pins, joined(pins))
    yield made
    made.lids.close()


def test_every_chip_is_set_up_and_read_back(watched: Watched) -> None:
    for chip in watched.bus.chips.values():
        assert bytes(chip.registers[: len(SET_UP)]) == SET_UP
        assert chip.registers[IOCON] == 0x44, "mirrored, open-drain"
        assert chip.registers[GPINTEN : GPINTEN + 2] == chip.registers[GPPU : GPPU + 2] == b"\x7f\x7f"
    assert watched.lids.interrupt_fault is None


def test_a_chip_whose_bank_bit_was_set_by_a_disturbance_is_set_up_all_the_same() -> None:
    """There IOCON lies at 5, and what is meant for it at 10 goes elsewhere."""
    bus = ModelBus(0x20)
    written: list[int] = []

    def written_to(i2c_addr: int, register: int, data: list[int]) -> None:
        written.append(register)

    bus.write_i2c_block_data = written_to  # type: ignore[method-assign] # the test looks on
    with pytest.raises(DeviceAbsent):
        Mcp23017(bus, 0x20).set_up()
    assert written == [5, 10, 0]


def test_a_lid_open_at_boot_is_in_the_baseline(pins: Pins) -> None:
    bus = joined(pins)
    bus.move(*LAST, opened=True)
    watched = Watched(pins, bus)
    assert [name for name, is_open in watched.start().items() if is_open] == ["sun-night"]
    watched.lids.close()
    assert bus.closed


def test_an_opening_bears_the_time_of_its_interrupt(watched: Watched) -> None:
    assert not any(watched.start().values())
    before_ms = boot_ms()
    watched.bus.move(*LAST, opened=True)
    after_ms = boot_ms()
    [reading] = watched.wait_for(1)
    assert (reading.compartment, reading.open, reading.because) == ("sun-night", True, "edge")
    assert before_ms - 1 <= reading.mono_ms <= after_ms + 1
    watched.bus.move(*LAST, opened=False)
    assert [each.open for each in watched.wait_for(2)] == [True, False]


def test_a_switch_that_opens_with_the_lid_reads_the_other_way_round(pins: Pins) -> None:
    watched = Watched(pins, joined(pins), "opens_with_lid")
    assert all(watched.start().values())
    watched.bus.move(0x20, 0, opened=True)
    assert [(each.compartment, each.open) for each in watched.wait_for(1)] == [("mon-morning", False)]
    watched.lids.close()


def test_lids_of_both_chips_and_ports_moved_at_once_are_all_told(watched: Watched) -> None:
    watched.start()
    for number, (address, bit) in enumerate(((0x20, 0), (0x20, 7), (0x21, 6), (0x21, 13))):
        watched.bus.move(address, bit, opened=number >= 0)
    found = {reading.compartment for reading in watched.wait_for(4)}
    assert found == {WEEK[0], WEEK[7], WEEK[20], WEEK[27]}


def test_an_interrupt_that_comes_while_the_chips_are_read_is_not_lost(watched: Watched) -> None:
    """Reading GPIO clears it, after INTCAP was read."""
    watched.start()
    steps = iter(range(10_000))
    moments = (INTF + 2, INTF + 4, INTF + 5)

    def between() -> None:
        step = next(steps)
        if step in moments:
            watched.bus.between = lambda: None
            watched.bus.move(0x20, 1 + moments.index(step), opened=True)
            watched.bus.between = between

    watched.bus.between = between
    watched.bus.move(0x20, 0, opened=True)
    assert {reading.compartment for reading in watched.wait_for(4)} == set(WEEK[:4])


def test_a_chip_that_lost_its_power_is_set_up_again_and_its_lids_are_told(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.start()
    chip = watched.bus.chips[0x21]
    with caplog.at_level(logging.WARNING):
        chip.lose_power()
        watched.bus.move(*LAST, opened=True)
        [reading] = watched.wait_for(1)
    assert (reading.compartment, reading.because) == ("sun-night", "poll")
    assert bytes(chip.registers[: len(SET_UP)]) == SET_UP
    assert "0x21 has lost its settings" in caplog.text
    assert watched.lids.alive()


def test_a_lost_interrupt_is_healed_by_the_poll(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.start()
    wire, watched.bus.wire = watched.bus.wire, lambda low: None
    watched.bus.move(0x20, 3, opened=True)
    [reading] = watched.wait_for(1)
    assert (reading.compartment, reading.because) == (WEEK[3], "poll")
    assert "does not tell" in caplog.text
    eventually(lambda: watched.lids._unsure)
    transfers = watched.bus.transfers
    eventually(lambda: watched.bus.transfers > transfers + 20, within_s=3.0)
    watched.bus.wire = wire
    watched.bus.move(0x20, 3, opened=False)
    watched.wait_for(2)
    eventually(lambda: not watched.lids._unsure)


def test_lids_at_a_chip_that_stays_silent_are_no_longer_watched(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lids_module, "SILENT_S", 0.3)
    watched.start()
    assert watched.lids.alive()
    watched.bus.chips[0x21].answers = False
    eventually(lambda: not watched.lids.alive())
    watched.bus.chips[0x21].answers = True
    eventually(watched.lids.alive)


def test_what_a_silent_chip_has_seen_is_told_once_it_answers(watched: Watched) -> None:
    watched.start()
    watched.bus.chips[0x21].answers = False
    watched.bus.move(*LAST, opened=True)
    watched.bus.chips[0x21].answers = True
    assert watched.wait_for(1)[0].compartment == "sun-night"


def test_a_worker_that_ended_is_noticed(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.start()
    watched.bus.between = lambda: 1 // 0  # type: ignore[assignment] # no error of the bus
    eventually(lambda: not watched.lids.alive())
    assert "no longer watched" in caplog.text


def test_at_rest_the_chips_are_read_twice_a_second(watched: Watched) -> None:
    watched.start()
    eventually(lambda: watched.bus.transfers > 0 and not watched.lids._unsure)
    transfers, began_s = watched.bus.transfers, time.monotonic()
    eventually(lambda: watched.bus.transfers >= transfers + 4)
    assert time.monotonic() - began_s > 0.4


def test_a_chip_that_does_not_answer_at_the_start_names_its_lids(pins: Pins) -> None:
    bus = joined(pins)
    bus.chips[0x21].answers = False
    with pytest.raises(DeviceAbsent, match=r"the lids of thu-evening, .*sun-night: .*0x21 does not answer"):
        Watched(pins, bus)
    assert bus.closed


def test_a_chip_that_keeps_nothing_is_no_expander(pins: Pins) -> None:
    bus = joined(pins)
    bus.chips[0x20].write = lambda register, value: None  # type: ignore[method-assign] # a chip of another kind
    with pytest.raises(DeviceAbsent, match=r"0x20 does not keep its settings"):
        Watched(pins, bus)


def test_a_bus_that_is_not_there_is_absent() -> None:
    with pytest.raises(DeviceAbsent, match="there is no I2C bus 63"):
        open_registers(63)


def box_on(pins: Pins, bus: ModelBus, settings: BoxSettings = PI) -> Any:
    return open_pi_box(settings, boot_ms, pins, lambda number: bus)


def test_an_interrupt_wire_that_is_off_is_a_missing_part_and_the_lids_are_watched(pins: Pins) -> None:
    bus = ModelBus(0x20, 0x21)
    box = box_on(pins, bus)
    assert [part.word for part in box.missing] == ["expander_interrupt"]
    assert "0x20 does not move the interrupt line at GPIO4" in box.missing[0].sentence
    found: list[LidReading] = []
    box.lids.start(found.append)
    bus.move(0x20, 0, opened=True)
    eventually(lambda: len(found) == 1)
    bus.move(0x20, 0, opened=False)
    eventually(lambda: len(found) == 2)
    assert found[1].mono_ms - found[0].mono_ms < 1_000
    box.close()


def test_an_interrupt_line_that_stays_low_is_told(pins: Pins) -> None:
    bus = ModelBus(0x20, 0x21)
    original = pins.switch

    def shorted(pin: int, edge: Any) -> Any:
        switch = original(pin, edge)
        pins.factory.pin(pin).drive_low()
        return switch

    pins.switch = shorted  # type: ignore[method-assign] # a wire to ground
    box = box_on(pins, bus)
    assert "GPIO4 stays low" in box.missing[0].sentence
    box.close()


def test_lids_at_pins_and_at_expanders_are_one_box(pins: Pins) -> None:
    names = ("a", "b", *WEEK[:14])
    wiring = ExpanderWiring(addresses=(0x20,))
    settings = replace(PI, compartments=names, pins=PinMap(lids={"a": 5, "b": 6}), expander=wiring)
    bus = joined(pins)
    box = box_on(pins, bus, settings)
    found: list[LidReading] = []
    assert set(box.lids.start(found.append)) == set(names)
    assert box.lids.alive()
    pins.factory.pin(5).drive_low()
    bus.move(0x20, 0, opened=True)
    eventually(lambda: {reading.compartment for reading in found} >= {"a", "mon-morning"})
    bus.between = lambda: 1 // 0  # type: ignore[assignment] # no error of the bus
    eventually(lambda: not box.lids.alive())
    box.close()


def looked_at(pins: Pins, bus: ModelBus) -> dict[str, Finding]:
    findings = probe(PI, opener=lambda: pins, open_bus=lambda number: bus)
    return {finding.name: finding for finding in findings}


def test_the_doctor_looks_at_every_chip_lid_and_the_interrupt(pins: Pins) -> None:
    bus = joined(pins)
    bus.move(0x20, 1, opened=True)
    findings = looked_at(pins, bus)
    assert all(finding.ok for finding in findings.values())
    assert findings["expander 0x20"].sentence == "It answers and keeps its settings."
    assert findings["lid mon-noon"].sentence == "GPA1 of 0x20 reads open."
    assert findings["lid sun-night"].sentence == "GPB6 of 0x21 reads shut."
    assert findings["interrupt"].sentence == "GPIO4 follows the expanders."
    assert bus.closed


def test_the_doctor_tells_of_a_chip_that_is_off_and_looks_at_the_other(pins: Pins) -> None:
    bus = joined(pins)
    bus.chips[0x21].answers = False
    findings = looked_at(pins, bus)
    assert findings["expander 0x20"].ok
    assert not findings["expander 0x21"].ok
    assert "lid sun-night" not in findings
    assert "interrupt" not in findings


def test_the_doctor_tells_of_a_wire_that_is_off_and_of_no_bus(pins: Pins, tmp_path: Path) -> None:
    assert not looked_at(pins, ModelBus(0x20, 0x21))["interrupt"].ok

    def no_bus(number: int) -> ModelBus:
        raise DeviceAbsent("there is no I2C bus 1")

    factory = MockFactory(revision="c03114", pin_class=MockPWMPin)
    findings = probe(PI, opener=lambda: Pins(factory), open_bus=no_bus)
    assert ("expander", False) in {(finding.name, finding.ok) for finding in findings}


def test_the_status_registers_lie_behind_the_settings() -> None:
    assert len(SET_UP) == INTFA == INTF
