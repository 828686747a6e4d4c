"""Is what a computer says of itself read rightly, from folders like the kernel's and a simulated bus?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.installing.config import read_config
from controller.installing.device import device_finding, judged
from firmware.board import BoxSettings
from firmware.device import card, power, wireless
from firmware.device.fuel_gauge import FuelGauge, UpsSettings
from firmware.device.machine import Machine, Places, SimulatedDevice, open_device
from firmware.errors import DeviceAbsent
from firmware.ports import DeviceReading
from firmware.scene import Scene, read_scene, write_scene

WIRELESS = """\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   54.  -56.  -256        0      0      0      0     12        0
 wlan1: 0000   10.  -87.  -256        0      0      0      0      0        0
"""


def hwmon(directory: Path, alarm: str, name: str = "rpi_volt", number: int = 3) -> Path:
    for index, each in enumerate(("cpu_thermal", "rp1_adc")):
        other = directory / f"hwmon{index}"
        other.mkdir(parents=True)
        (other / "name").write_text(f"{each}\n")
        (other / "in0_lcrit_alarm").write_text("1\n")
    found = directory / f"hwmon{number}"
    found.mkdir()
    (found / "name").write_text(f"{name}\n")
    (found / "in0_lcrit_alarm").write_text(alarm)
    return directory


def never() -> str:
    raise AssertionError("the kernel can tell; no process is started for it")


@pytest.mark.parametrize(("alarm", "told"), [("0\n", False), ("1\n", True), ("", None), ("x", None)])
def test_the_alarm_of_the_supply_is_found_by_its_name(tmp_path: Path, alarm: str, told: bool | None) -> None:
    assert power.under_voltage(hwmon(tmp_path, alarm), never) is told


def test_where_the_kernel_has_no_alarm_the_firmware_is_asked(tmp_path: Path) -> None:
    places = hwmon(tmp_path, "1", name="other")
    assert power.under_voltage(places, lambda: "throttled=0x50000\n") is True
    assert power.under_voltage(places, lambda: "throttled=0x0\n") is False
    assert power.under_voltage(places, lambda: "") is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("throttled=0x1", True),  # too low now
        ("throttled=0x10000", True),  # has been
        ("throttled=0x8", False),  # the soft limit of warmth is no matter of the supply
        ("throttled=0xe000e", False),
        ("throttled=", None),
        ("error=1 error_msg", None),
        ("\x00", None),
    ],
)
def test_the_answer_of_the_firmware_is_read_by_its_bits(answer: str, told: bool | None) -> None:
    assert power.throttled(answer) is told


def test_a_machine_without_the_firmware_of_a_pi_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert power.ask_vcgencmd() == ""


def test_a_firmware_that_answers_is_asked_as_its_manual_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "vcgencmd"
    program.write_text('#!/bin/sh\n[ "$*" = get_throttled ] && echo throttled=0x50005\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert power.throttled(power.ask_vcgencmd()) is True


@pytest.mark.parametrize(
    ("text", "told"), [("48312\n", 48.3), ("-5000", -5.0), ("300000", None), ("", None), ("warm", None)]
)
def test_the_processor_is_read_in_thousandths(tmp_path: Path, text: str, told: float | None) -> None:
    (tmp_path / "temp").write_text(text)
    assert power.cpu_c(tmp_path / "temp") == told
    assert power.cpu_c(tmp_path / "none") is None


def test_room_is_counted_as_those_see_it_who_are_not_root(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    told = card.free_pct(tmp_path)
    assert told is not None
    assert abs(told - 100 * found.f_bavail / found.f_blocks) < 1
    assert card.free_pct(tmp_path / "none") is None


def block_devices(directory: Path, of: Path, stat: str, *, partition: bool) -> Path:
    """Lay out `/sys/dev/block` for the device that holds `of`: a card, and perhaps a partition of it."""
    number = os.stat(of).st_dev
    whole = directory / "devices" / "mmcblk0"
    place = whole / "mmcblk0p2" if partition else whole
    place.mkdir(parents=True)
    (whole / "stat").write_text(stat)
    if partition:
        (place / "partition").write_text("2\n")
        (place / "stat").write_text("1 1 1 1 1 1 1 1 1 1 1\n")
    links = directory / "block"
    links.mkdir()
    (links / f"{os.major(number)}:{os.minor(number)}").symlink_to(place)
    return links


@pytest.mark.parametrize("partition", [True, False])
def test_what_was_written_is_that_of_the_whole_card(tmp_path: Path, partition: bool) -> None:
    stat = "   1201    30   90000   800   4321   99   4096   777  0  100  200\n"
    links = block_devices(tmp_path, tmp_path, stat, partition=partition)
    assert card.written_bytes(tmp_path, links) == 4096 * 512


def test_a_directory_in_memory_writes_to_no_card(tmp_path: Path) -> None:
    assert card.written_bytes(tmp_path, tmp_path / "none") is None
    links = block_devices(tmp_path, tmp_path, "1 2 3\n", partition=False)
    assert card.written_bytes(tmp_path, links) is None
    assert card.written_bytes(tmp_path / "none", links) is None


@pytest.mark.parametrize(("kind", "told"), [("overlay", True), ("tmpfs", True), ("ext4", False)])
def test_a_directory_that_is_gone_with_the_power_is_known(tmp_path: Path, kind: str, told: bool) -> None:
    number = os.stat(tmp_path).st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"22 1 0:999 / /proc rw,nosuid shared:5 - {'ext4' if told else 'tmpfs'} proc rw\n"
        f"23 1 {os.major(number)}:{os.minor(number)} / / rw,noatime shared:1 master:2 - {kind} /dev/x rw\n"
        "damaged\n"
    )
    assert card.in_memory(tmp_path, mounts) is told
    assert card.in_memory(tmp_path / "none", mounts) is False
    assert card.in_memory(tmp_path, tmp_path / "none") is False


def test_the_best_radio_link_counts(tmp_path: Path) -> None:
    path = tmp_path / "wireless"
    path.write_text(WIRELESS)
    assert wireless.wifi_dbm(path) == -56


@pytest.mark.parametrize(
    "line",
    [
        "",
        " wlan0: 0000    0.  -256.  -256  0",
        " wlan0: 0000",
        "rubbish",
        " wlan0: 0000  5.  nan  -256",
        " w: 0 1 1e999 0",
    ],
)
def test_a_box_on_a_cable_has_no_weak_radio(tmp_path: Path, line: str) -> None:
    path = tmp_path / "wireless"
    path.write_text("\n".join([*WIRELESS.splitlines()[:2], line]))
    assert wireless.wifi_dbm(path) is None
    assert wireless.wifi_dbm(tmp_path / "none") is None


class GaugeOnTheBus:
    """A bus with one gauge of the MAX17040 family, by its registers."""

    def __init__(self, volts: float = 4.1, percent: float = 87.5, address: int = 0x36) -> None:
        self.registers = {0x02: round(volts / 78.125e-6), 0x04: round(percent * 256)}
        self.address = address
        self.plugged = True
        self.closed = 0

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        if not self.plugged or i2c_addr != self.address:
            raise OSError(121, "Remote I/O error")
        return list((self.registers[register] & 0xFFFF).to_bytes(length, "big"))

    def close(self) -> None:
        self.closed += 1


def gauge(bus: GaugeOnTheBus, address: int = 0x36) -> FuelGauge:
    return FuelGauge(lambda: bus, address=address)


def test_the_gauge_tells_charge_and_voltage() -> None:
    charge = gauge(GaugeOnTheBus()).read()
    assert charge is not None
    assert (charge.percent, charge.volts) == (87.5, 4.1)


def test_the_words_of_the_data_sheet_are_read_high_byte_first() -> None:
    bus = GaugeOnTheBus()
    bus.registers = {0x02: 0xB980, 0x04: 0x6240}  # 2968 steps of 1.25 mV, left aligned; 98 and a quarter
    charge = gauge(bus).read()
    assert charge is not None
    assert (charge.percent, charge.volts) == (98.2, 3.71)


def test_a_gauge_that_is_unplugged_and_plugged_in_again_answers_again() -> None:
    bus = GaugeOnTheBus()
    found = gauge(bus)
    assert found.read() is not None
    bus.plugged = False
    assert found.read() is None
    assert bus.closed == 1
    bus.plugged = True
    assert found.read() is not None


@pytest.mark.parametrize(("volts", "percent"), [(0.0, 0.0), (5.11, 255.9), (3.7, 200.0), (1.0, 50.0)])
def test_what_no_battery_can_have_is_no_reading(volts: float, percent: float) -> None:
    assert gauge(GaugeOnTheBus(volts, percent)).read() is None


def test_a_gauge_a_little_above_full_is_full_and_a_wrong_address_is_silent() -> None:
    full = gauge(GaugeOnTheBus(4.2, 101.5)).read()
    assert full is not None
    assert full.percent == 100.0
    assert gauge(GaugeOnTheBus(), address=0x32).read() is None


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_whatever_a_gauge_says_is_a_charge_a_battery_can_have_or_none(voltage: int, charge: int) -> None:
    bus = GaugeOnTheBus()
    bus.registers = {0x02: voltage, 0x04: charge}
    found = gauge(bus).read()
    assert found is None or (0 <= found.percent <= 100 and 2 <= found.volts <= 5)


def machine(directory: Path) -> Machine:
    (directory / "temp").write_text("51000\n")
    (directory / "wireless").write_text(WIRELESS)
    places = Places(
        hwmon=hwmon(directory / "hwmon", "0\n"),
        thermal=directory / "temp",
        block_devices=block_devices(directory, directory, "1 2 3 4 5 6 70 8", partition=False),
        wireless=directory / "wireless",
    )
    return Machine(directory, gauge=gauge(GaugeOnTheBus()), places=places)


def test_a_machine_is_measured_as_a_whole(tmp_path: Path) -> None:
    reading = machine(tmp_path).read()
    assert reading.disk_free_pct is not None
    assert reading == DeviceReading(
        under_voltage=False, cpu_c=51.0, disk_free_pct=reading.disk_free_pct, card_written_bytes=70 * 512,
        wifi_dbm=-56, battery_pct=87.5, battery_v=4.1,
    )  # fmt: skip


def test_a_machine_that_can_measure_nothing_says_nothing(tmp_path: Path) -> None:
    nothing = tmp_path / "none"
    places = Places(hwmon=nothing, thermal=nothing, block_devices=nothing, wireless=nothing)
    assert Machine(nothing, places=places, ask=lambda: "").read() == DeviceReading()


def test_this_very_machine_is_measured_without_raising(tmp_path: Path) -> None:
    settings = BoxSettings(hardware="pi", pins=BoxSettings().pins)
    device = open_device(settings, tmp_path, UpsSettings(i2c_bus=63))
    reading = device.read()
    device.close()
    assert reading.battery_pct is None
    assert reading.disk_free_pct is not None


def test_a_simulated_box_says_of_itself_what_its_scene_says(tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    hot = DeviceReading(cpu_c=85.0, under_voltage=True, card_written_bytes=5)
    write_scene(path, Scene(device=hot))
    assert read_scene(path).device == hot
    assert open_device(BoxSettings(simulation_file=path), tmp_path, None).read() == hot
    assert SimulatedDevice(None).read() == DeviceReading()
    path.write_text('{"device": {"cpu": 85}}')
    with pytest.raises(DeviceAbsent, match="a device has no 'cpu'"):
        read_scene(path)
    assert SimulatedDevice(path).read() == DeviceReading()


@pytest.mark.parametrize("value", ['"warm"', "NaN", "1e999", "null", "[]"])
def test_a_scene_with_a_measurement_that_is_no_number_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "scene.json"
    path.write_text(f'{{"device": {{"cpu_c": {value}}}}}')
    with pytest.raises(DeviceAbsent):
        read_scene(path)


WELL = DeviceReading(
    under_voltage=False, cpu_c=48.3, disk_free_pct=71.5, card_written_bytes=3 * 2**20, wifi_dbm=-55,
    battery_pct=97.5, battery_v=4.11,
)  # fmt: skip


def test_the_doctor_says_all_that_was_measured_and_nothing_of_what_was_not() -> None:
    assert judged(WELL, has_ups=True).sentence == (
        "The supply holds its voltage; processor 48 °C; 72 % of the card free; 3 MiB written to it since the "
        "machine started; Wi-Fi -55 dBm; battery 98 %, 4.11 V."
    )
    assert judged(DeviceReading(cpu_c=40.0), has_ups=False).sentence == "Processor 40 °C."
    nothing = judged(DeviceReading(), has_ups=False)
    assert (nothing.ok, nothing.sentence) == (True, "Nothing of itself can be measured here.")


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (DeviceReading(under_voltage=True), "The supply gives too little voltage"),
        (DeviceReading(cpu_c=81.0), "The processor has 81 °C"),
        (DeviceReading(disk_free_pct=3.0), "Only 3 % of the card are free"),
        (DeviceReading(wifi_dbm=-85), "The Wi-Fi is weak here"),
        (DeviceReading(battery_pct=11.0, battery_v=3.4), "The battery holds 11 %"),
    ],
)
def test_the_doctor_says_what_must_be_mended(reading: DeviceReading, said: str) -> None:
    found = judged(reading, has_ups=False)
    assert not found.ok
    assert found.sentence.startswith(said)


def test_a_battery_that_was_promised_and_does_not_answer_must_be_mended() -> None:
    found = judged(DeviceReading(cpu_c=40.0), has_ups=True)
    assert not found.ok
    assert "[ups]" in found.sentence


def config_file(directory: Path, more: str = "") -> Path:
    path = directory / "controller.toml"
    path.write_text(f'[box]\nid = "kitchen"\nhardware = "simulated"\n{more}')
    return path


def test_the_battery_is_named_in_the_configuration(tmp_path: Path) -> None:
    assert read_config(config_file(tmp_path)).ups is None
    assert read_config(config_file(tmp_path, "[ups]\n")).ups == UpsSettings(i2c_bus=1, address=0x36)
    named = config_file(tmp_path, "[ups]\ni2c_bus = 3\naddress = 0x32\n")
    assert read_config(named).ups == UpsSettings(i2c_bus=3, address=0x32)


def test_the_doctor_measures_the_box_of_its_configuration(tmp_path: Path) -> None:
    path = config_file(tmp_path, '[simulation]\nfile = "scene.json"\n')
    write_scene(tmp_path / "scene.json", Scene(device=DeviceReading(disk_free_pct=2.0)))
    assert device_finding(read_config(path)).sentence == "Only 2 % of the card are free; make room."
