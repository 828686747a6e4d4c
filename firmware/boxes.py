"""Which box are we on, and what of it works?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from firmware.board import BoxSettings, check_wiring
from firmware.errors import DeviceAbsent
from firmware.expander.lids import ExpanderLids
from firmware.expander.registers import RegisterBus, open_registers
from firmware.expander.several_lids import SeveralLids
from firmware.gpio.buttons import GpioButtons
from firmware.gpio.lamps import GpioBuzzer, GpioLamps
from firmware.gpio.lids import GpioLids
from firmware.gpio.lock import GpioLock
from firmware.gpio.pins import Pins, open_pins
from firmware.hat.matrix import MatrixPanel
from firmware.hat.parts import HatParts, open_hat
from firmware.hat.stick import StickButtons
from firmware.ports import BootClock, BoxHardware, Buttons, Lids, Missing, Panel
from firmware.sensors.opening import open_climates
from firmware.show.combined import CombinedButtons, CombinedPanel
from firmware.sim import SimulatedBox

Part = TypeVar("Part")


def open_box(settings: BoxSettings, boot_clock: BootClock) -> BoxHardware:
    """Open the real or the simulated box.

    Raises:
        WiringRefused: The pin map cannot be wired.
        DeviceAbsent: The lids cannot be watched. Anything else that is missing is a note.

    """
    if settings.hardware == "simulated":
        return SimulatedBox(
            settings.compartments,
            boot_clock,
            simulation_file=settings.simulation_file,
            has_lock=settings.lock is not None,
        ).hardware()
    check_wiring(settings)
    pins = open_pins(settings.pin_library, settings.gpio_chip)
    try:
        return open_pi_box(settings, boot_clock, pins)
    except BaseException:
        pins.close()
        raise


def open_pi_box(
    settings: BoxSettings,
    boot_clock: BootClock,
    pins: Pins,
    open_bus: Callable[[int], RegisterBus] = open_registers,
) -> BoxHardware:
    """Open a box on pins that are open already; closing its panel frees them.

    Raises:
        DeviceAbsent: The lids cannot be watched.

    """
    notes: list[str] = []
    missing: list[Missing] = []
    lids = _lids(settings, boot_clock, pins, open_bus, missing)
    if (blind_spot := pins.blind_spot()) is not None:
        missing.append(Missing(word="edges_unguarded", sentence=blind_spot))
    hat = _or_missing("hat_missing", open_hat, missing) if settings.hat else None
    if hat is not None:
        # A sensor that is missing tells so itself, as a fault of the sensor; the rest has no other voice.
        missing += [part for part in hat.missing if part.word != "sensor_missing"]
        notes += [part.sentence for part in hat.missing if part.word == "sensor_missing"]
    panels = _panels(settings, pins, hat, missing)
    if not panels:
        notes.append(
            "this box has neither lights nor a buzzer nor an LED matrix: it cannot guide the patient"
        )
    wired = settings.lock
    lock = None if wired is None else _or_missing("lock_missing", lambda: GpioLock(pins, wired), missing)
    climates = open_climates(settings, hat)
    if not climates:
        notes.append("this box has no humidity and temperature sensor: it cannot watch its storage")
    return BoxHardware(
        compartments=settings.compartments,
        lids=lids,
        climates=climates,
        panel=CombinedPanel(panels, then=pins.close),
        buttons=CombinedButtons(_buttons(settings, pins, hat, boot_clock, missing)),
        lock=lock,
        notes=tuple(notes),
        missing=tuple(missing),
    )


def _lids(
    settings: BoxSettings,
    boot_clock: BootClock,
    pins: Pins,
    open_bus: Callable[[int], RegisterBus],
    missing: list[Missing],
) -> Lids:
    parts: list[Lids] = []
    if settings.pins.lids:
        direct = GpioLids(pins, settings.pins.lids, switch=settings.lid_switch, boot_clock=boot_clock)
        parts.append(direct)
    if settings.expander is not None:
        expander = ExpanderLids(
            pins,
            settings.expander,
            settings.expander_lids,
            switch=settings.lid_switch,
            boot_clock=boot_clock,
            open_bus=open_bus,
        )
        parts.append(expander)
        if expander.interrupt_fault is not None:
            missing.append(Missing(word="expander_interrupt", sentence=expander.interrupt_fault))
    return parts[0] if len(parts) == 1 else SeveralLids(tuple(parts))


def _panels(
    settings: BoxSettings, pins: Pins, hat: HatParts | None, missing: list[Missing]
) -> tuple[Panel, ...]:
    parts: list[Panel | None] = []
    wiring = settings.pins
    if wiring.lamps:
        parts.append(_or_missing("lights_missing", lambda: GpioLamps(pins, wiring.lamps), missing))
    if (buzzer := wiring.buzzer) is not None:
        parts.append(
            _or_missing(
                "buzzer_missing",
                lambda: GpioBuzzer(pins, buzzer, volume_pct=settings.sound.volume_pct),
                missing,
            )
        )
    if hat is not None and hat.draw is not None:
        parts.append(MatrixPanel(hat.draw, settings.compartments, low_light=hat.low_light))
    return tuple(part for part in parts if part is not None)


def _buttons(
    settings: BoxSettings, pins: Pins, hat: HatParts | None, boot_clock: BootClock, missing: list[Missing]
) -> tuple[Buttons, ...]:
    parts: list[Buttons | None] = []
    wired = settings.pins.buttons
    if wired:
        buttons = _or_missing(
            "buttons_missing", lambda: GpioButtons(pins, wired, boot_clock=boot_clock), missing
        )
        parts.append(buttons)
    if hat is not None and hat.stick is not None:
        parts.append(StickButtons(hat.stick, boot_clock=boot_clock))
    return tuple(part for part in parts if part is not None)


def _or_missing(word: str, opened: Callable[[], Part], missing: list[Missing]) -> Part | None:
    """Open a part the box can do without."""
    try:
        return opened()
    except DeviceAbsent as error:
        missing.append(Missing(word=word, sentence=str(error)))
        return None
