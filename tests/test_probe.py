"""Does a look at the box say in sentences what to mend, on any machine, and never raise?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import probe as probe_module
from firmware.board import LAYOUTS, BoxSettings, Calibration, PinMap, SensorSettings, suggested_pins
from firmware.findings import Finding
from firmware.gpio.pins import Pins
from firmware.probe import probe
from firmware.scene import Scene, write_scene

# Pillow 14 takes away a call of the library's constructor: the project stays below it.
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")

CABLE = SensorSettings(name="sht4x", kind="sht4x", address=0x44, i2c_bus=97)
SHELF = SensorSettings(name="shelf", kind="bme280", address=0x76, i2c_bus=97)
HAT_SENSOR = SensorSettings(name="sense-hat", kind="sense-hat", address=0x5F)
PI = BoxSettings(hardware="pi", compartments=("a", "b"), pins=PinMap(lids={"a": 4, "b": 5}))


def mock_pins() -> Pins:
    return Pins(MockFactory(revision="c03114", pin_class=MockPWMPin))


def found(box: BoxSettings, pins: Pins | None = None) -> dict[str, Finding]:
    opened = pins or mock_pins()
    return {finding.name: finding for finding in probe_module.probe(box, opener=lambda: opened, pause_s=0)}


def test_a_machine_without_hardware_is_a_list_of_things_to_mend() -> None:
    week = replace(
        PI, compartments=LAYOUTS["7x2"], pins=suggested_pins(LAYOUTS["7x2"]), hat=True, sensors=(HAT_SENSOR,)
    )
    findings = {finding.name: finding for finding in probe(week, pause_s=0)}
    assert findings["wiring"].ok
    assert not findings["pins"].ok
    # Python 3.13 has no wheel of lgpio, so there the library is what is missing first.
    said = findings["pins"].sentence
    assert "is this a Raspberry Pi" in said or "install the extra" in said
    assert not findings["sense-hat"].ok
    assert not findings["climate"].ok
    assert not findings["calibration"].ok
    assert "a damp box would read dry" in findings["calibration"].sentence


def test_every_pin_is_looked_at_on_its_own() -> None:
    wiring = PinMap(lids={"a": 4, "b": 5}, lamps={"a": 6}, buttons={"help": 7}, buzzer=13)
    findings = found(replace(PI, pins=wiring))
    assert list(findings) == ["wiring", "lid a", "lid b", "light a", "button help", "buzzer", "climate"]
    assert all(finding.ok for finding in findings.values())
    assert findings["lid a"].sentence == "GPIO4 reads open."
    assert found(replace(PI, lid_switch="opens_with_lid"))["lid a"].sentence == "GPIO4 reads shut."


def test_a_pin_that_another_program_has_is_told_and_the_others_are_looked_at() -> None:
    pins = mock_pins()
    pins.light(5)
    findings = found(PI, pins)
    assert findings["lid a"].ok
    assert not findings["lid b"].ok
    assert "another program" in findings["lid b"].sentence


def test_a_buzzer_and_a_button_that_cannot_be_had_are_told() -> None:
    pins = mock_pins()
    for pin in (6, 7, 13):
        pins.switch(pin, lambda closed, age_ms: None)
    wiring = PinMap(lids={"a": 4, "b": 5}, lamps={"a": 6}, buttons={"help": 7}, buzzer=13)
    findings = found(replace(PI, pins=wiring), pins)
    assert [name for name, finding in findings.items() if not finding.ok] == [
        "light a",
        "button help",
        "buzzer",
    ]


def test_a_button_that_reads_pressed_is_a_short_to_look_for() -> None:
    class Grounded(MockPWMPin):  # type: ignore[misc] # gpiozero has no types
        def _set_pull(self, value: str) -> None:
            super()._set_pull(value)
            self.drive_low()

    pins = Pins(MockFactory(revision="c03114", pin_class=Grounded))
    finding = found(replace(PI, pins=replace(PI.pins, buttons={"help": 7})), pins)["button help"]
    assert not finding.ok
    assert "look for a short to ground" in finding.sentence


def test_a_wiring_that_cannot_be_is_a_finding_too() -> None:
    finding = found(replace(PI, pins=PinMap(lids={"a": 4, "b": 4})))["wiring"]
    assert not finding.ok
    assert "GPIO4 is used twice" in finding.sentence


@pytest.mark.parametrize(("line", "ok"), [("console=serial0,115200 root=x", False), ("root=x quiet", True)])
def test_the_serial_console_is_told_from_its_pins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, ok: bool
) -> None:
    file = tmp_path / "cmdline"
    file.write_text(line)
    monkeypatch.setattr(probe_module, "KERNEL_COMMAND_LINE", file)
    findings = found(replace(PI, pins=PinMap(lids={"a": 14, "b": 5})))
    assert ("console" not in findings) == ok
    if not ok:
        assert findings["console"].sentence.startswith("GPIO14 belongs to the serial console")
    assert "console" not in found(PI)


def test_a_missing_i2c_sensor_says_what_to_look_at() -> None:
    finding = found(replace(PI, sensors=(CABLE,)))["climate"]
    assert not finding.ok
    assert finding.sentence == "The sensor sht4x: it does not answer; look at its wires and its address."


def test_a_calibrated_sensor_on_the_computer_is_no_finding() -> None:
    calibrated = replace(
        PI, hat=True, sensors=(replace(HAT_SENSOR, calibration=Calibration(cpu_factor=1.5)),)
    )
    assert "calibration" not in found(calibrated)
    assert "calibration" in found(replace(calibrated, sensors=(HAT_SENSOR,)))


def test_a_simulated_box_says_who_moves_it(tmp_path: Path) -> None:
    file = tmp_path / "scene.json"
    write_scene(file, Scene())
    [finding] = probe(BoxSettings(simulation_file=file))
    assert finding == Finding(name="box", ok=True, sentence=f"14 simulated compartments, moved by {file}.")
    [finding] = probe(BoxSettings())
    assert finding.ok
    file.write_text("no scene")
    [finding] = probe(BoxSettings(simulation_file=file))
    assert not finding.ok
    assert "is no scene" in finding.sentence


@settings(max_examples=25, deadline=None)
@given(
    lids=st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(-2, 30)),
    buzzer=st.none() | st.integers(-2, 30),
    sensors=st.sampled_from([(), (CABLE,), (CABLE, SHELF)]),
    hat=st.booleans(),
)
def test_it_never_raises(
    lids: dict[str, int], buzzer: int | None, sensors: tuple[SensorSettings, ...], hat: bool
) -> None:
    box = replace(PI, pins=PinMap(lids=lids, buzzer=buzzer), sensors=sensors, hat=hat)
    for finding in (*probe(box, pause_s=0), *found(box).values()):
        assert finding.sentence.endswith((".", "?"))
        assert finding.name
