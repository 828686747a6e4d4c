"""Which box are we on, and what of it works?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from firmware.board import BoxSettings, check_wiring
from firmware.errors import DeviceAbsent
from firmware.gpio.buttons import GpioButtons
from firmware.gpio.lamps import GpioBuzzer, GpioLamps
from firmware.gpio.lids import GpioLids
from firmware.gpio.pins import Pins, open_pins
from firmware.hat.matrix import MatrixPanel
from firmware.hat.parts import HatParts, open_hat
from firmware.hat.stick import StickButtons
from firmware.ports import BootClock, BoxHardware, Buttons, Panel
from firmware.probe import Finding, probe
from firmware.sensors import open_climate
from firmware.show.combined import CombinedButtons, CombinedPanel
from firmware.sim import SimulatedBox

__all__ = ["Finding", "open_box", "open_pi_box", "probe"]

Part = TypeVar("Part")


def open_box(settings: BoxSettings, boot_clock: BootClock) -> BoxHardware:
    """Open the real or the simulated box.

    Raises:
        WiringRefused: The pin map cannot be wired.
        DeviceAbsent: The lids cannot be watched. Anything else that is missing is a note.

    """
    if settings.hardware == "simulated":
        return SimulatedBox(
            settings.compartments, boot_clock, simulation_file=settings.simulation_file
        ).hardware()
    check_wiring(settings)
    pins = open_pins(settings.pin_library, settings.gpio_chip)
    try:
        return open_pi_box(settings, boot_clock, pins)
    except BaseException:
        pins.close()
        raise


def open_pi_box(settings: BoxSettings, boot_clock: BootClock, pins: Pins) -> BoxHardware:
    """Open a box on pins that are open already; closing its panel frees them.

    Raises:
        DeviceAbsent: The lids cannot be watched.

    """
    notes: list[str] = []
    lids = GpioLids(pins, settings.pins.lids, switch=settings.lid_switch, boot_clock=boot_clock)
    if (blind_spot := pins.blind_spot()) is not None:
        notes.append(blind_spot)
    hat = _or_note(open_hat, notes) if settings.hat else None
    if hat is not None:
        notes.extend(hat.missing)
    panels = _panels(settings, pins, hat, notes)
    if not panels:
        notes.append(
            "this box has neither lights nor a buzzer nor an LED matrix: it cannot guide the patient"
        )
    climate = open_climate(settings, hat)
    if climate is None:
        notes.append("this box has no humidity and temperature sensor: it cannot watch its storage")
    return BoxHardware(
        compartments=settings.compartments,
        lids=lids,
        climate=climate,
        panel=CombinedPanel(panels, then=pins.close),
        buttons=CombinedButtons(_buttons(settings, pins, hat, boot_clock, notes)),
        notes=tuple(notes),
    )


def _panels(settings: BoxSettings, pins: Pins, hat: HatParts | None, notes: list[str]) -> tuple[Panel, ...]:
    parts: list[Panel | None] = []
    wiring = settings.pins
    if wiring.lamps:
        parts.append(_or_note(lambda: GpioLamps(pins, wiring.lamps), notes))
    if (buzzer := wiring.buzzer) is not None:
        parts.append(_or_note(lambda: GpioBuzzer(pins, buzzer), notes))
    if hat is not None and hat.draw is not None:
        parts.append(MatrixPanel(hat.draw, settings.compartments))
    return tuple(part for part in parts if part is not None)


def _buttons(
    settings: BoxSettings, pins: Pins, hat: HatParts | None, boot_clock: BootClock, notes: list[str]
) -> tuple[Buttons, ...]:
    parts: list[Buttons | None] = []
    wired = settings.pins.buttons
    if wired:
        parts.append(_or_note(lambda: GpioButtons(pins, wired, boot_clock=boot_clock), notes))
    if hat is not None and hat.stick is not None:
        parts.append(StickButtons(hat.stick, boot_clock=boot_clock))
    return tuple(part for part in parts if part is not None)


def _or_note(opened: Callable[[], Part], notes: list[str]) -> Part | None:
    """Open a part the box can do without."""
    try:
        return opened()
    except DeviceAbsent as error:
        notes.append(str(error))
        return None
