"""How full is the battery that carries the box through a power cut?

A fuel gauge of the MAX17040 family, as most battery boards for the Pi have one. Registers and steps from the
makers' data sheets: the cell's voltage at 0x02 in 78.125 µV (a MAX17040 leaves the low four bits empty), its
charge at 0x04 in 1/256 per cent, both with the high byte first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

VOLTAGE_REGISTER = 0x02
CHARGE_REGISTER = 0x04
VOLTAGE_STEP_V = 78.125e-6
CHARGE_STEP_PCT = 1 / 256
CELL_V = (2.0, 5.0)
"""Outside of this there is no cell of lithium at the gauge, or no gauge at the address."""
CHARGE_MAX_PCT = 110
"""The gauge reckons, and may reckon a little above full."""


class GaugeBus(Protocol):
    """What the I2C bus must do; one of smbus2 does."""

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        """Read bytes from a register on; raises OSError if nobody answers."""
        ...

    def close(self) -> None:
        """Free the bus."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsSettings:
    """Where the fuel gauge of the battery is."""

    i2c_bus: int = 1
    address: int = 0x36


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What the gauge says of the battery."""

    percent: float
    volts: float


class FuelGauge:
    """One gauge; a bus or gauge that is gone is looked for again at the next reading."""

    def __init__(self, open_bus: Callable[[], GaugeBus], *, address: int) -> None:
        self._open_bus = open_bus
        self._address = address
        self._bus: GaugeBus | None = None

    def read(self) -> Charge | None:
        """Return the charge; `None` where the gauge is silent or says what no battery can have."""
        try:
            if self._bus is None:
                self._bus = self._open_bus()
            volts = self._word(self._bus, VOLTAGE_REGISTER) * VOLTAGE_STEP_V
            percent = self._word(self._bus, CHARGE_REGISTER) * CHARGE_STEP_PCT
        except (OSError, ValueError):
            self.close()
            return None
        if not CELL_V[0] <= volts <= CELL_V[1] or percent > CHARGE_MAX_PCT:
            return None
        return Charge(percent=round(min(100.0, percent), 1), volts=round(volts, 2))

    def close(self) -> None:
        """Free the bus. Safe to call twice."""
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.close()

    def _word(self, bus: GaugeBus, register: int) -> int:
        high, low = bus.read_i2c_block_data(self._address, register, 2)
        return high << 8 | low
