"""How do temperature and humidity come from an SHT4x sensor on plain I2C?

For boxes without the Sense HAT, or to measure away from the warm computer. Figures from Sensirion's
data sheet. Nothing is kept between two readings but the bus, so a sensor that was unplugged and is
plugged back answers the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from firmware.air import corrected
from firmware.board import Calibration
from firmware.ports import ClimateReading, NoReading
from firmware.sensors.bus import I2cBus, KeptBus

MEASURE_HIGH_PRECISION = 0xFD
MEASURE_S = 0.01
"""The slowest high-precision measurement takes 8.3 ms."""


class Sht4x:
    """One sensor; keeps the `Climate` port. `open_bus` is tried again until there is a bus."""

    def __init__(
        self,
        open_bus: Callable[[], I2cBus],
        *,
        name: str = "sht4x",
        address: int = 0x44,
        calibration: Calibration,
    ) -> None:
        self.name = name
        self._address = address
        self._calibration = calibration
        self._bus = KeptBus(open_bus)

    def read(self) -> ClimateReading | NoReading:
        """Measure once; takes 10 ms."""
        try:
            raw = self._measure()
        except OSError:
            self.close()
            return NoReading(because="absent")
        words = raw[0:2], raw[3:5]
        if len(raw) != 6 or crc8(words[0]) != raw[2] or crc8(words[1]) != raw[5]:
            return NoReading(because="crc")
        temperature_c = -45 + 175 * int.from_bytes(words[0]) / 65535
        humidity_pct = -6 + 125 * int.from_bytes(words[1]) / 65535
        # The sensor hangs on a cable: the processor does not warm it.
        return corrected(temperature_c, humidity_pct, cpu_c=None, calibration=self._calibration)

    def close(self) -> None:
        """Free the bus."""
        self._bus.close()

    def _measure(self) -> bytes:
        from smbus2 import i2c_msg

        bus = self._bus.opened()
        # The sensor refuses to be read while it measures, so command and answer are two transfers.
        bus.i2c_rdwr(i2c_msg.write(self._address, [MEASURE_HIGH_PRECISION]))
        time.sleep(MEASURE_S)
        answer = i2c_msg.read(self._address, 6)
        bus.i2c_rdwr(answer)
        return bytes(answer)


def crc8(data: bytes) -> int:
    """Return the check sum of the sensor: polynomial 0x31, start 0xFF."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ (0x31 if crc & 0x80 else 0)
        crc &= 0xFF
    return crc
