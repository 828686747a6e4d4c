"""Is a BME280 read by the data sheet, over a fake-rpi bus, with damage, unplugging and plugging back?"""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.board import Calibration
from firmware.ports import ClimateReading, NoReading
from firmware.sensors.bme280 import Bme280, Trim, compensated, trim_of

with contextlib.redirect_stdout(io.StringIO()):  # it prints a banner
    import fake_rpi
    from fake_rpi.smbus import SMBus
fake_rpi.toggle_print(False)

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong

# Trimming as a chip bears it. The temperature's is the worked example of Bosch's data sheets.
REGISTERS = {
    0x88: bytes([0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC]),
    0xA1: bytes([75]),
    0xE1: bytes([0x6D, 0x01, 0x00, 0x13, 0x29, 0x03, 0x1E]),
}
TRIM = Trim(t=(27504, 26435, -1000), h=(75, 365, 0, 313, 50, 30))
WORKED_T = 519_888


class ChipBus(SMBus):  # type: ignore[misc] # fake-rpi has no types
    """fake-rpi's bus with one BME280 on it, which sleeps until it is told to measure once."""

    def __init__(self, *, address: int = 0x76) -> None:
        super().__init__(1)
        self.address = address
        self.plugged = True
        self.raw = (WORKED_T, 28_000)
        self.trim = dict(REGISTERS)
        self.chip = 0x60
        self.busy = False
        self.opened = self.closed = self.trimmed = 0
        self.power_on()

    def power_on(self) -> None:
        """Forget all that was set and measured, as the chip does when its power comes."""
        self.ctrl_hum = 0
        self.data = bytes([0x80, 0x00, 0x00, 0x80, 0x00])

    def open(self) -> ChipBus:
        self.opened += 1
        return self

    def close(self) -> None:
        self.closed += 1

    def _answers(self, address: int) -> None:
        if not self.plugged or address != self.address:
            raise OSError(121, "Remote I/O error")

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        self._answers(i2c_addr)
        if register == 0xF2:
            self.ctrl_hum = value
        if register == 0xF4 and value == 0x21 and not self.busy:
            adc_t, adc_h = self.raw
            self.data = (adc_t << 4).to_bytes(3) + (adc_h if self.ctrl_hum == 1 else 0x8000).to_bytes(2)

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        self._answers(i2c_addr)
        if register == 0x88:
            self.trimmed += 1
        held = {0xD0: bytes([self.chip]), 0xF3: bytes([8 if self.busy else 0]), 0xFA: self.data, **self.trim}
        return list(held[register][:length])


def sensor(bus: ChipBus, calibration: Calibration | None = None, address: int = 0x76) -> Bme280:
    return Bme280(bus.open, address=address, calibration=calibration or Calibration())


def whole_numbered(adc_t: int, adc_h: int, trim: Trim) -> tuple[float, float]:
    """Reckon as the data sheet's section 4.2.3 does, in whole numbers of 32 bits: another way to the same."""
    t1, t2, t3 = trim.t
    first = ((adc_t >> 3) - (t1 << 1)) * t2 >> 11
    second = (((adc_t >> 4) - t1) * ((adc_t >> 4) - t1) >> 12) * t3 >> 14
    fine = first + second
    h1, h2, h3, h4, h5, h6 = trim.h
    v = fine - 76_800
    low = ((adc_h << 14) - (h4 << 20) - h5 * v + 16_384) >> 15
    high = (((v * h6 >> 10) * ((v * h3 >> 11) + 32_768) >> 10) + 2_097_152) * h2 + 8_192 >> 14
    v = low * high
    v -= ((v >> 15) * (v >> 15) >> 7) * h1 >> 4
    v = min(419_430_400, max(0, v))
    return (fine * 5 + 128 >> 8) / 100, (v >> 12) / 1024


def test_the_bus_is_a_fake_rpi_bus() -> None:
    assert isinstance(ChipBus(), fake_rpi.smbus.SMBus)


def test_the_worked_example_of_the_data_sheet_is_25_08_degrees() -> None:
    temperature_c, _ = compensated(WORKED_T, 28_000, TRIM)
    assert round(temperature_c, 2) == 25.08
    assert round(temperature_c * 5_120) == 128_422


def test_the_trimming_is_unpacked_by_the_table_of_the_data_sheet() -> None:
    assert trim_of(REGISTERS[0x88], REGISTERS[0xA1], REGISTERS[0xE1]) == TRIM
    # H4 and H5 have a sign and share a byte.
    signed = trim_of(REGISTERS[0x88], b"\xff", bytes([0xFF, 0xFF, 0xFF, 0x80, 0x21, 0xFF, 0x80]))
    assert signed.h == (255, -1, 255, -2047, -14, -128)


@unhurried
@given(
    adc_t=st.integers(400_000, 700_000),
    adc_h=st.integers(18_000, 45_000),
    h2=st.integers(330, 400),
    h4=st.integers(250, 350),
    h5=st.integers(-20, 60),
    h6=st.integers(20, 40),
)
def test_both_ways_of_the_data_sheet_come_to_the_same(
    adc_t: int, adc_h: int, h2: int, h4: int, h5: int, h6: int
) -> None:
    trim = Trim(t=TRIM.t, h=(75, h2, 0, h4, h5, h6))
    warm, damp = compensated(adc_t, adc_h, trim)
    by_whole_warm, by_whole_damp = whole_numbered(adc_t, adc_h, trim)
    assert warm == pytest.approx(by_whole_warm, abs=0.02)
    assert damp == pytest.approx(by_whole_damp, abs=0.1)


@pytest.mark.parametrize("address", [0x76, 0x77])
def test_a_reading_is_measured_once_at_either_address(address: int) -> None:
    bus = ChipBus(address=address)
    expected = compensated(*bus.raw, TRIM)
    reading = sensor(bus, address=address).read()
    assert reading == ClimateReading(temperature_c=round(expected[0], 2), humidity_pct=round(expected[1], 2))
    assert isinstance(reading, ClimateReading)
    assert 30 < reading.humidity_pct < 60


def test_the_chip_is_set_up_once_and_measures_anew_each_time() -> None:
    bus = ChipBus()
    climate = sensor(bus)
    first = climate.read()
    bus.raw = (WORKED_T + 20_000, 30_000)
    second = climate.read()
    assert isinstance(first, ClimateReading)
    assert isinstance(second, ClimateReading)
    assert second.temperature_c > first.temperature_c + 5
    assert (bus.opened, bus.trimmed) == (1, 2)


@pytest.mark.parametrize("chip", [0x58, 0x00, 0xFF])
def test_another_chip_at_the_address_is_never_read(chip: int) -> None:
    """A BMP280 has the same address and plug; a dead bus reads all zeros or all ones."""
    bus = ChipBus()
    bus.chip = chip
    assert sensor(bus).read() == NoReading(because="wrong_chip")


def test_a_sensor_that_is_plugged_back_is_set_up_anew_and_read() -> None:
    bus = ChipBus()
    climate = sensor(bus)
    before = climate.read()
    bus.plugged = False
    assert climate.read() == NoReading(because="absent")
    assert climate.read() == NoReading(because="absent")
    bus.plugged = True
    bus.power_on()
    assert climate.read() == before
    assert (bus.opened, bus.closed) == (3, 2)


def test_another_sensor_plugged_in_its_place_is_read_by_its_own_trimming() -> None:
    bus = ChipBus()
    climate = sensor(bus)
    climate.read()
    bus.plugged = False
    climate.read()
    bus.plugged = True
    bus.trim = {**REGISTERS, 0xA1: bytes([90])}
    expected = compensated(*bus.raw, trim_of(REGISTERS[0x88], bytes([90]), REGISTERS[0xE1]))
    reading = climate.read()
    assert isinstance(reading, ClimateReading)
    assert reading.humidity_pct == round(expected[1], 2)


def test_a_power_cut_between_two_readings_goes_unnoticed() -> None:
    bus = ChipBus()
    climate = sensor(bus)
    before = climate.read()
    bus.power_on()
    assert climate.read() == before


def test_a_chip_that_is_still_busy_gives_no_old_value() -> None:
    bus = ChipBus()
    bus.busy = True
    climate = sensor(bus)
    assert climate.read() == NoReading(because="not_ready")
    bus.busy = False
    assert isinstance(climate.read(), ClimateReading)


def test_what_was_not_measured_is_no_reading() -> None:
    bus = ChipBus()
    bus.raw = (0x80000, 28_000)
    assert sensor(bus).read() == NoReading(because="not_ready")
    bus.raw = (WORKED_T, 0x8000)
    assert sensor(bus).read() == NoReading(because="not_ready")


def test_trimming_that_reads_differently_twice_is_damage() -> None:
    """Kept, one flipped bit would have bent every reading until the next restart."""

    class Noisy(ChipBus):
        def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
            found = super().read_i2c_block_data(i2c_addr, register, length)
            if register == 0x88 and self.trimmed == 1:
                found[2] ^= 0x10
            return found

    bus = Noisy()
    climate = sensor(bus)
    assert climate.read() == NoReading(because="crc")
    assert isinstance(climate.read(), ClimateReading)


def test_a_short_answer_is_an_absent_sensor() -> None:
    bus = ChipBus()
    bus.trim[0xE1] = bytes(3)
    assert sensor(bus).read() == NoReading(because="absent")


@unhurried
@given(
    raw=st.tuples(st.integers(0, 2**20 - 1), st.integers(0, 2**16 - 1)),
    trim=st.binary(min_size=14, max_size=14),
)
def test_whatever_the_chip_says_it_never_raises(raw: tuple[int, int], trim: bytes) -> None:
    bus = ChipBus()
    bus.raw = raw
    bus.trim = {0x88: trim[:6], 0xA1: trim[6:7], 0xE1: trim[7:]}
    reading = sensor(bus).read()
    assert isinstance(reading, ClimateReading | NoReading)


def test_the_offsets_of_the_installer_move_the_humidity_too() -> None:
    plain = sensor(ChipBus()).read()
    warmer = sensor(ChipBus(), Calibration(temperature_offset_c=-2.0)).read()
    assert isinstance(plain, ClimateReading)
    assert isinstance(warmer, ClimateReading)
    assert warmer.temperature_c == pytest.approx(plain.temperature_c - 2, abs=0.011)
    assert warmer.humidity_pct > plain.humidity_pct * 1.1


def test_closing_twice_frees_the_bus_once() -> None:
    bus = ChipBus()
    climate = sensor(bus)
    climate.read()
    climate.close()
    climate.close()
    assert bus.closed == 1
