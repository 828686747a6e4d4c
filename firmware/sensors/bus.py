"""How is a sensor on an I2C bus reached again after it, or the whole bus, was gone?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from firmware.errors import DeviceAbsent


class I2cBus(Protocol):
    """What a bus must do; one of smbus2 does."""

    def i2c_rdwr(self, *messages: Any) -> None:
        """Transfer messages made by `smbus2.i2c_msg`; raises OSError if nobody answers."""
        ...

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        """Read so many bytes from a register on; raises OSError if nobody answers."""
        ...

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        """Write one register; raises OSError if nobody answers."""
        ...

    def close(self) -> None:
        """Free the bus."""
        ...


class KeptBus:
    """One opened bus that is kept until a transfer fails, and opened anew for the next."""

    def __init__(self, open_bus: Callable[[], I2cBus]) -> None:
        self._open_bus = open_bus
        self._bus: I2cBus | None = None

    def opened(self) -> I2cBus:
        """Return the bus.

        Raises:
            OSError: It cannot be opened now.

        """
        if self._bus is None:
            self._bus = self._open_bus()
        return self._bus

    def close(self) -> None:
        """Free the bus. Safe to call twice."""
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.close()


def open_bus(number: int) -> I2cBus:
    """Open an I2C bus of the machine.

    Raises:
        DeviceAbsent: There is no such bus, or this user may not use it.

    """
    if not Path(f"/dev/i2c-{number}").exists():
        raise DeviceAbsent(f"there is no I2C bus {number}; turn I2C on with raspi-config and restart")
    try:
        from smbus2 import SMBus

        bus: I2cBus = SMBus(number)
        return bus
    except ImportError as error:
        raise DeviceAbsent("the library smbus2 is not installed; install the extra `box`") from error
    except OSError as error:
        raise DeviceAbsent(
            f"the I2C bus {number} cannot be opened ({error.strerror}); add this user to the group i2c"
        ) from error
