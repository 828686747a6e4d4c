"""How do temperature and humidity come from a BME280 sensor on plain I2C?

Registers, bits and the compensation are those of Bosch's data sheet BST-BME280-DS002 (sections 4.2.2, 5.4
and 8.1). The chip measures only when it is asked to (forced mode), so it does not warm itself; its pressure
is left alone. It has no check sum: what can be checked is checked, the identity of the chip each time and
its trimming values by reading them twice.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from firmware.air import corrected
from firmware.board import Calibration
from firmware.ports import ClimateReading, NoReading
from firmware.sensors.bus import I2cBus, KeptBus

CHIP_ID, CHIP_BME280 = 0xD0, 0x60
TRIM_TEMPERATURE, TRIM_H1, TRIM_HUMIDITY = 0x88, 0xA1, 0xE1
CTRL_HUM, STATUS, CTRL_MEAS, DATA = 0xF2, 0xF3, 0xF4, 0xFA
HUMIDITY_ONCE = 0b001
FORCED_TEMPERATURE_ONCE = 0b001_000_01
"""Temperature once, pressure not at all, forced mode. The humidity's setting takes effect with this write."""

BUSY = 0b1001
"""It still measures, or still copies its trimming values after power came."""

MEASURE_S = 0.01
"""One temperature and one humidity take 6.5 ms at most (section 9.1)."""

NO_TEMPERATURE, NO_HUMIDITY = 0x80000, 0x8000
"""What stands in the data registers while nothing has been measured since power came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """What the maker burnt into this one chip, `t` for its temperature and `h` for its humidity."""

    t: tuple[int, int, int]
    h: tuple[int, int, int, int, int, int]


class WrongChip(Exception):
    """Another chip answers at the address: a BMP280, say, which feels no humidity."""


class Bme280:
    """One sensor; keeps the `Climate` port. After any failure the chip is set up anew."""

    def __init__(
        self,
        open_bus: Callable[[], I2cBus],
        *,
        name: str = "bme280",
        address: int = 0x76,
        calibration: Calibration,
    ) -> None:
        self.name = name
        self._address = address
        self._calibration = calibration
        self._bus = KeptBus(open_bus)
        self._trim: Trim | None = None

    def read(self) -> ClimateReading | NoReading:
        """Measure once; takes 10 ms."""
        try:
            found = self._measured()
        except OSError:
            found = NoReading(because="absent")
        except WrongChip:
            found = NoReading(because="wrong_chip")
        if isinstance(found, NoReading):
            # Whatever answers next may be another chip, with other trimming values.
            self.close()
            return found
        temperature_c, humidity_pct = found
        return corrected(temperature_c, humidity_pct, cpu_c=None, calibration=self._calibration)

    def close(self) -> None:
        """Free the bus and forget the chip."""
        self._trim = None
        self._bus.close()

    def _measured(self) -> tuple[float, float] | NoReading:
        bus = self._bus.opened()
        if self._registers(bus, CHIP_ID, 1)[0] != CHIP_BME280:
            raise WrongChip
        if self._trim is None:
            trim = self._trimming(bus)
            if trim != self._trimming(bus):
                return NoReading(because="crc")
            self._trim = trim
        bus.write_byte_data(self._address, CTRL_HUM, HUMIDITY_ONCE)
        bus.write_byte_data(self._address, CTRL_MEAS, FORCED_TEMPERATURE_ONCE)
        time.sleep(MEASURE_S)
        if self._registers(bus, STATUS, 1)[0] & BUSY:
            return NoReading(because="not_ready")
        raw = self._registers(bus, DATA, 5)
        adc_t, adc_h = int.from_bytes(raw[0:3]) >> 4, int.from_bytes(raw[3:5])
        if adc_t == NO_TEMPERATURE or adc_h == NO_HUMIDITY:
            return NoReading(because="not_ready")
        return compensated(adc_t, adc_h, self._trim)

    def _trimming(self, bus: I2cBus) -> Trim:
        return trim_of(
            self._registers(bus, TRIM_TEMPERATURE, 6),
            self._registers(bus, TRIM_H1, 1),
            self._registers(bus, TRIM_HUMIDITY, 7),
        )

    def _registers(self, bus: I2cBus, first: int, count: int) -> bytes:
        found = bytes(bus.read_i2c_block_data(self._address, first, count))
        if len(found) != count:
            raise OSError("the sensor sent fewer bytes than were asked for")
        return found


def trim_of(temperature: bytes, h1: bytes, humidity: bytes) -> Trim:
    """Unpack the trimming values; the fourth and fifth of the humidity share a byte (section 4.2.2)."""
    h2, h3, e4, e5, e6, h6 = struct.unpack("<hBbBbb", humidity)
    t1, t2, t3 = struct.unpack("<Hhh", temperature)
    return Trim(t=(t1, t2, t3), h=(h1[0], h2, h3, e4 << 4 | e5 & 0x0F, e6 << 4 | e5 >> 4, h6))


def compensated(adc_t: int, adc_h: int, trim: Trim) -> tuple[float, float]:
    """Return temperature and relative humidity of two raw values, by the data sheet's section 8.1."""
    t1, t2, t3 = trim.t
    above = adc_t / 16_384 - t1 / 1_024
    t_fine = above * t2 + (above / 8) ** 2 * t3
    h1, h2, h3, h4, h5, h6 = trim.h
    fine = t_fine - 76_800
    slope = h2 / 65_536 * (1 + h6 / 67_108_864 * fine * (1 + h3 / 67_108_864 * fine))
    humidity = (adc_h - (h4 * 64 + h5 / 16_384 * fine)) * slope
    humidity *= 1 - h1 * humidity / 524_288
    return t_fine / 5_120, min(100.0, max(0.0, humidity))
