"""Is the I2C sensor read right over a fake-rpi bus, with damage, unplugging and plugging back?"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smbus2 import i2c_msg

from firmware.board import Calibration
from firmware.errors import DeviceAbsent
from firmware.ports import ClimateReading, NoReading
from firmware.sensors.bus import open_bus
from firmware.sensors.sht4x import MEASURE_HIGH_PRECISION, Sht4x, crc8

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong

with contextlib.redirect_stdout(io.StringIO()):  # it prints a banner
    import fake_rpi
    from fake_rpi.smbus import SMBus
fake_rpi.toggle_print(False)


class SensorBus(SMBus):  # type: ignore[misc] # fake-rpi has no types
    """fake-rpi's bus with one SHT4x on it, which answers only what it was asked before."""

    def __init__(self, *, address: int = 0x44) -> None:
        super().__init__(1)
        self.address = address
        self.plugged = True
        self.answer = frame(25.0, 55.0)
        self.asked = False
        self.closed = 0

    def i2c_rdwr(self, *messages: Any) -> None:
        for message in messages:
            if not self.plugged or message.addr != self.address:
                raise OSError(121, "Remote I/O error")
            if message.flags == 1:
                if not self.asked:
                    raise OSError(121, "Remote I/O error")
                self.asked = False
                for index, byte in enumerate(self.answer):
                    message.buf[index] = bytes([byte])
            else:
                self.asked = list(message) == [MEASURE_HIGH_PRECISION]

    def close(self) -> None:
        self.closed += 1


def frame(temperature_c: float, humidity_pct: float) -> bytes:
    """Write what the sensor sends: two words, each with its check sum."""
    raw = round((temperature_c + 45) * 65535 / 175), round((humidity_pct + 6) * 65535 / 125)
    words = [min(65535, max(0, word)).to_bytes(2) for word in raw]
    return b"".join(word + bytes([crc8(word)]) for word in words)


def sensor(bus: SensorBus, calibration: Calibration | None = None) -> Sht4x:
    return Sht4x(lambda: bus, calibration=calibration or Calibration())


def test_the_check_sum_is_that_of_the_data_sheet() -> None:
    assert crc8(b"\xbe\xef") == 0x92


def test_the_bus_is_a_fake_rpi_bus() -> None:
    assert isinstance(SensorBus(), fake_rpi.smbus.SMBus)


def test_a_captured_frame_reads_25_degrees_and_55_per_cent() -> None:
    bus = SensorBus()
    bus.answer = bytes([102, 102, 147, 124, 237, 131])
    assert sensor(bus).read() == ClimateReading(temperature_c=25.0, humidity_pct=55.0)


@unhurried
@given(temperature_c=st.floats(-39, 84), humidity_pct=st.floats(0, 100))
def test_what_the_sensor_measured_is_read_within_its_resolution(
    temperature_c: float, humidity_pct: float
) -> None:
    bus = SensorBus()
    bus.answer = frame(temperature_c, humidity_pct)
    reading = sensor(bus).read()
    assert isinstance(reading, ClimateReading)
    assert reading.temperature_c == pytest.approx(temperature_c, abs=0.01)
    assert reading.humidity_pct == pytest.approx(humidity_pct, abs=0.01)


@unhurried
@given(position=st.integers(0, 5), flip=st.integers(1, 255))
def test_any_damaged_byte_is_a_crc_fault_and_never_a_reading(position: int, flip: int) -> None:
    bus = SensorBus()
    damaged = bytearray(bus.answer)
    damaged[position] ^= flip
    bus.answer = bytes(damaged)
    assert sensor(bus).read() == NoReading(because="crc")


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_a_bus_that_is_stuck_is_a_crc_fault(byte: int) -> None:
    bus = SensorBus()
    bus.answer = bytes([byte] * 6)
    assert sensor(bus).read() == NoReading(because="crc")


def test_a_sensor_that_is_plugged_back_is_read_again() -> None:
    bus = SensorBus()
    climate = sensor(bus)
    assert isinstance(climate.read(), ClimateReading)
    bus.plugged = False
    assert climate.read() == NoReading(because="absent")
    assert climate.read() == NoReading(because="absent")
    bus.plugged = True
    assert climate.read() == ClimateReading(temperature_c=25.0, humidity_pct=55.0)
    assert bus.closed == 2


def test_a_sensor_at_another_address_is_absent() -> None:
    assert sensor(SensorBus(address=0x45)).read() == NoReading(because="absent")
    found = Sht4x(lambda: SensorBus(address=0x45), address=0x45, calibration=Calibration()).read()
    assert isinstance(found, ClimateReading)


def test_a_bus_that_cannot_be_opened_is_absent_until_it_can() -> None:
    buses: list[SensorBus] = []

    def opened() -> SensorBus:
        if not buses:
            raise DeviceAbsent("there is no I2C bus 1")
        return buses[0]

    climate = Sht4x(opened, calibration=Calibration())
    assert climate.read() == NoReading(because="absent")
    buses.append(SensorBus())
    assert isinstance(climate.read(), ClimateReading)


def test_a_machine_without_the_bus_says_how_to_turn_it_on() -> None:
    with pytest.raises(DeviceAbsent, match=r"there is no I2C bus 97; turn I2C on with raspi-config"):
        open_bus(97)


def test_the_offsets_of_the_installer_are_applied() -> None:
    calibration = Calibration(temperature_offset_c=-0.5, humidity_offset_pct=1.0)
    reading = sensor(SensorBus(), calibration).read()
    assert isinstance(reading, ClimateReading)
    assert reading.temperature_c == 24.5
    assert reading.humidity_pct == pytest.approx(57.66, abs=0.1)


def test_closing_twice_frees_the_bus_once() -> None:
    bus = SensorBus()
    climate = sensor(bus)
    climate.read()
    climate.close()
    climate.close()
    assert bus.closed == 1


def test_smbus2_messages_have_the_flags_the_fake_relies_on() -> None:
    assert (i2c_msg.read(0x44, 6).flags, i2c_msg.write(0x44, [0xFD]).flags) == (1, 0)
