"""How does an MCP23017 behave, register by register, with contacts at its inputs and a wire at its INTA?

After Microchip's DS20001952D: a port interrupts at a change and keeps its levels of that moment; until it is
read, through INTCAP or GPIO, nothing else of it is kept. Reading a block is reading one register after the
other, and the contacts may move in between.
"""

from __future__ import annotations

from collections.abc import Callable

IODIR, IPOL, GPINTEN, DEFVAL, INTCON, IOCON, GPPU, INTF, INTCAP, GPIO, OLAT = range(0, 22, 2)


class ModelChip:
    """One chip; `open` is a bit for each of its sixteen inputs, set where the contact to ground is open."""

    def __init__(self) -> None:
        self.answers = True
        self.open = 0
        self.registers = bytearray()
        self.lose_power()

    def lose_power(self) -> None:
        """Come back as after a brown-out."""
        self.registers = bytearray(22)
        self.registers[IODIR] = self.registers[IODIR + 1] = 0xFF
        self._seen = [self._port(0), self._port(1)]

    def move(self, number: int, *, opened: bool) -> None:
        """Open or shut the contact at one of fourteen inputs."""
        bit = number if number < 7 else number + 1
        self.open = self.open | 1 << bit if opened else self.open & ~(1 << bit)
        self._compare()

    def interrupts(self) -> bool:
        """Tell whether INTA is pulled low: of its own port, or of both where they are mirrored."""
        both = self.registers[INTF] or (self.registers[IOCON] & 0x40 and self.registers[INTF + 1])
        return bool(both)

    def read(self, register: int) -> int:
        """Read one register, with what that does to an interrupt."""
        port = register % 2
        if register - port == GPIO:
            self.registers[register] = self._port(port)
        value = self.registers[register]
        if register - port in (INTCAP, GPIO):
            self.registers[INTF + port] = 0
            self._compare()
        return value

    def write(self, register: int, value: int) -> None:
        """Write one register; the two addresses of IOCON are one."""
        if register in (IOCON, IOCON + 1):
            self.registers[IOCON] = self.registers[IOCON + 1] = value
        else:
            self.registers[register] = value
        self._compare()

    def _port(self, port: int) -> int:
        pulled_up = self.registers[GPPU + port]
        floating = ~pulled_up & 0x55  # without its pull-up an open contact reads as it likes
        level = self.open >> 8 * port & (pulled_up | floating)
        inputs = self.registers[IODIR + port]
        return ((level & inputs) | (self.registers[OLAT + port] & ~inputs)) ^ self.registers[IPOL + port]

    def _compare(self) -> None:
        for port in (0, 1):
            level, before = self._port(port), self._seen[port]
            self._seen[port] = level
            against = self.registers[INTCON + port]
            differs = ((level ^ before) & ~against) | ((level ^ self.registers[DEFVAL + port]) & against)
            differs &= self.registers[GPINTEN + port]
            if differs and not self.registers[INTF + port]:
                self.registers[INTF + port] = differs
                self.registers[INTCAP + port] = level


class ModelBus:
    """The I2C bus with its chips, and the wire that joins their INTA; `wire` is told when that goes low.

    `between` is called before each register is read.
    """

    def __init__(self, *addresses: int, wire: Callable[[bool], None] = lambda low: None) -> None:
        self.chips = {address: ModelChip() for address in addresses}
        self.wire = wire
        self.between: Callable[[], None] = lambda: None
        self.transfers = 0
        self.closed = False
        self._low = False

    def move(self, address: int, number: int, *, opened: bool) -> None:
        """Open or shut a contact."""
        self.chips[address].move(number, opened=opened)
        self._tell()

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        chip = self._chip(i2c_addr)
        found = []
        for number in range(register, register + length):
            self.between()
            found.append(chip.read(number))
            self._tell()
        return found

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int]) -> None:
        chip = self._chip(i2c_addr)
        for number, value in enumerate(data, register):
            chip.write(number, value)
            self._tell()

    def close(self) -> None:
        self.closed = True

    def _chip(self, address: int) -> ModelChip:
        self.transfers += 1
        if address not in self.chips or not self.chips[address].answers:
            raise OSError(121, "Remote I/O error")
        return self.chips[address]

    def _tell(self) -> None:
        low = False
        for chip in self.chips.values():
            low = low or (chip.answers and chip.interrupts())
        if low != self._low:
            self._low = low
            self.wire(low)
