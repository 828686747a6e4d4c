"""What does an MCP23017 port expander know of its fourteen inputs, and does it still do as it was told?

Figures from Microchip's data sheet DS20001952D of 2022. Since that edition GPA7 and GPB7 are outputs only:
an input that moves on them while they are read can spoil the bus. So a chip has fourteen inputs, not sixteen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

from firmware.errors import DeviceAbsent
from firmware.sensors.bus import open_bus

PORT_INPUTS = 7
PORT_MASK = 0x7F

BANK_1_IOCON = 0x05
"""Where IOCON lies in a chip whose BANK bit a disturbance has set; else this is GPINTENB."""

DEFVALA, INTCONA, IOCON, INTFA = 0x06, 0x08, 0x0A, 0x0E
MIRRORED_OPEN_DRAIN = 0x44
"""IOCON: either interrupt pin tells of both ports (MIRROR), and only ever pulls low (ODR)."""

SET_UP = bytes((
    PORT_MASK, PORT_MASK,  # IODIR: inputs, but for the two that may be none
    0, 0,  # IPOL: as it is
    PORT_MASK, PORT_MASK,  # GPINTEN: every input interrupts
    0, 0,  # DEFVAL: unused
    0, 0,  # INTCON: at any change
    MIRRORED_OPEN_DRAIN, MIRRORED_OPEN_DRAIN,
    PORT_MASK, PORT_MASK,  # GPPU: pull-ups, so that a lid needs no resistor
))  # fmt: skip
"""The registers from 0 on, as a chip has to hold them; after a loss of power it holds others."""

LOOKED_AT = len(SET_UP) + 6
"""Behind them lie INTF, INTCAP and GPIO of both ports: one transfer reads it all and clears the interrupt."""


class RegisterBus(Protocol):
    """What a bus must do; one of smbus2 does. Each method raises OSError if nobody answers."""

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        """Read registers that lie one behind the other."""
        ...

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int]) -> None:
        """Write registers that lie one behind the other."""
        ...

    def close(self) -> None:
        """Free the bus."""
        ...


def open_registers(number: int) -> RegisterBus:
    """Open an I2C bus of the machine.

    Raises:
        DeviceAbsent: There is no such bus, or this user may not use it.

    """
    return cast(RegisterBus, open_bus(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The inputs of one chip, a bit each, set where the contact is open; bit 7 is GPB0.

    `captured` is how they were when their port interrupted; only where `interrupted` is set does it count.
    """

    interrupted: int
    captured: int
    level: int


class Mcp23017:
    """One chip. Every method raises OSError if it does not answer."""

    def __init__(self, bus: RegisterBus, address: int) -> None:
        self.address = address
        self._bus = bus

    def set_up(self) -> None:
        """Write every setting and read it back.

        Raises:
            DeviceAbsent: The chip does not answer, or does not keep what is written.

        """
        try:
            self._write(BANK_1_IOCON, 0)
            self._write(IOCON, MIRRORED_OPEN_DRAIN)
            self._write(0, *SET_UP)
            kept = bytes(self._bus.read_i2c_block_data(self.address, 0, len(SET_UP)))
        except OSError as error:
            raise DeviceAbsent(
                f"the expander at {self.address:#x} does not answer; look at its wires and at A0 to A2"
            ) from error
        if kept != SET_UP:
            raise DeviceAbsent(
                f"the chip at {self.address:#x} does not keep its settings; is its RESET at 3.3 V?"
            )

    def look(self) -> Look | None:
        """Read the inputs and clear the interrupt; `None` from a chip that has lost its settings."""
        found = bytes(self._bus.read_i2c_block_data(self.address, 0, LOOKED_AT))
        if found[:INTFA] != SET_UP:
            return None
        flags, captures, levels = found[INTFA:-4], found[-4:-2], found[-2:]
        interrupted = bytes(PORT_MASK if flag else 0 for flag in flags)
        return Look(interrupted=_inputs(interrupted), captured=_inputs(captures), level=_inputs(levels))

    def provoke(self) -> None:
        """Make the chip interrupt, whatever its lids do, until `set_up`; for a look at the wire."""
        level = self._bus.read_i2c_block_data(self.address, 0, LOOKED_AT)[-2]
        self._write(DEFVALA, ~level & PORT_MASK)
        self._write(INTCONA, PORT_MASK)

    def _write(self, register: int, *values: int) -> None:
        self._bus.write_i2c_block_data(self.address, register, list(values))


def input_name(number: int) -> str:
    """Return what the data sheet calls an input of a chip."""
    return f"GP{'AB'[number // PORT_INPUTS]}{number % PORT_INPUTS}"


def _inputs(ports: bytes) -> int:
    return (ports[0] & PORT_MASK) | (ports[1] & PORT_MASK) << PORT_INPUTS
