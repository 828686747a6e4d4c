"""What does a look at the expanders of a box find, before anybody watches it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from firmware.board import BoxSettings
from firmware.errors import DeviceAbsent
from firmware.expander.line import InterruptLine
from firmware.expander.registers import Mcp23017, RegisterBus, input_name
from firmware.expander.wiring import INPUTS_PER_CHIP, ExpanderWiring
from firmware.findings import Finding, bad, good
from firmware.gpio.pins import Pins


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The lids of one chip, each with the name of its input and whether the contact is open."""

    of_lids: Mapping[str, tuple[str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Each chip by its address, or why it cannot be read; what is wrong with the interrupt, if anything."""

    chips: Mapping[int, Inputs | str]
    interrupt: str | None


def looked_at(
    wiring: ExpanderWiring, lids: tuple[str, ...], pins: Pins, open_bus: Callable[[int], RegisterBus]
) -> Found:
    """Set up every chip, read it, and let it move the interrupt line.

    Raises:
        DeviceAbsent: There is no bus.

    """
    bus = open_bus(wiring.i2c_bus)
    try:
        chips = {address: Mcp23017(bus, address) for address in wiring.addresses}
        found = {
            address: _inputs(chip, lids[number * INPUTS_PER_CHIP : (number + 1) * INPUTS_PER_CHIP])
            for number, (address, chip) in enumerate(chips.items())
        }
        interrupt = None
        if all(isinstance(inputs, Inputs) for inputs in found.values()):
            interrupt = _interrupt(wiring, tuple(chips.values()), pins)
        return Found(chips=found, interrupt=interrupt)
    finally:
        bus.close()


def _inputs(chip: Mcp23017, lids: tuple[str, ...]) -> Inputs | str:
    try:
        chip.set_up()
        look = chip.look()
    except OSError as error:
        return str(error)
    if look is None:
        return f"the expander at {chip.address:#x} loses its settings; look at its power"
    of_lids = {name: (input_name(number), bool(look.level >> number & 1)) for number, name in enumerate(lids)}
    return Inputs(of_lids=of_lids)


def _interrupt(wiring: ExpanderWiring, chips: tuple[Mcp23017, ...], pins: Pins) -> str | None:
    try:
        return InterruptLine(pins, wiring.interrupt, boot_clock=lambda: 0).fault(chips)
    except DeviceAbsent as error:
        return str(error)


def expander_findings(
    settings: BoxSettings, pins: Pins, open_bus: Callable[[int], RegisterBus]
) -> Iterator[Finding]:
    """Look at every chip and its lids; at the wire of their interrupt only where all of them answer."""
    wiring = settings.expander
    if wiring is None:
        return
    try:
        found = looked_at(wiring, settings.expander_lids, pins, open_bus)
    except DeviceAbsent as error:
        yield bad("expander", f"{error}.")
        return
    for address, inputs in found.chips.items():
        yield from _chip(settings, address, inputs)
    if found.interrupt is not None:
        yield bad("interrupt", f"{found.interrupt[0].upper()}{found.interrupt[1:]}.")
    elif all(isinstance(inputs, Inputs) for inputs in found.chips.values()):
        yield good("interrupt", f"GPIO{wiring.interrupt} follows the expanders.")


def _chip(settings: BoxSettings, address: int, found: Inputs | str) -> Iterator[Finding]:
    if isinstance(found, str):
        yield bad(f"expander {address:#x}", f"{found[0].upper()}{found[1:]}.")
        return
    yield good(f"expander {address:#x}", "It answers and keeps its settings.")
    for compartment, (name, high) in found.of_lids.items():
        is_open = high == (settings.lid_switch == "closes_with_lid")
        yield good(f"lid {compartment}", f"{name} of {address:#x} reads {'open' if is_open else 'shut'}.")
