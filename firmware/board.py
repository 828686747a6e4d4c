"""Which pin is which compartment, and what else is this box made of?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from firmware.errors import WiringRefused
from firmware.expander.wiring import ExpanderWiring, check_expander
from firmware.locks.wiring import LockWiring, check_lock, lock_uses
from firmware.ports import Button
from firmware.voice.wanted import Wanted

Hardware = Literal["pi", "simulated"]
SensorKind = Literal["sense-hat", "sht4x", "bme280"]
PinLibrary = Literal["lgpio", "rpigpio"]
LidSwitch = Literal["closes_with_lid", "opens_with_lid"]
"""Whether the contact between pin and ground is made, or broken, by shutting the lid."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS_OF_DAY: dict[str, tuple[str, ...]] = {
    "7x2": ("am", "pm"),
    "7x4": ("morning", "noon", "evening", "night"),
}
LAYOUTS: dict[str, tuple[str, ...]] = {
    name: tuple(f"{day}-{part}" for day in DAYS for part in parts) for name, parts in PARTS_OF_DAY.items()
}

HEADER_PINS = frozenset(range(28))
"""BCM numbers that come out on the 40-pin header."""

EEPROM_PINS = frozenset({0, 1})
"""The identity EEPROM of any HAT; the firmware of the Pi reads it at boot."""

I2C_PINS = frozenset({2, 3})
"""I2C bus 1. Both have fixed pull-ups."""

HAT_PINS = frozenset({8, 9, 10, 11, 23, 24, 25})
"""What the Sense HAT takes besides I2C: its microcontroller's SPI and reset, and the joystick's interrupt."""

SUGGESTED_LID_PINS = (4, 5, 6, 7, 12, 16, 17, 18, 19, 20, 21, 22, 26, 27)
"""Fourteen pins that stay free under a Sense HAT, in the order of the compartments."""

SUGGESTED_BUZZER_PIN = 13
"""Also free under a Sense HAT, and able to make a tone in hardware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinMap:
    """BCM pin numbers: of each compartment's lid and light, of the buttons and of the buzzer."""

    lids: Mapping[str, int] = field(default_factory=dict)
    lamps: Mapping[str, int] = field(default_factory=dict)
    buttons: Mapping[Button, int] = field(default_factory=dict)
    buzzer: int | None = None

    def uses(self) -> Iterator[tuple[int, str]]:
        """Yield every pin that is used, with what it is used for in words."""
        for compartment, pin in self.lids.items():
            yield pin, f"the lid of {compartment}"
        for compartment, pin in self.lamps.items():
            yield pin, f"the light of {compartment}"
        for button, pin in self.buttons.items():
            yield pin, f"the button {button}"
        if self.buzzer is not None:
            yield self.buzzer, "the buzzer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a sensor in this very box reads wrong; see `firmware.air` for how it is put right.

    `cpu_factor` is F in `t - (t_cpu - t) / F`, found once with a reference thermometer as
    `(t_cpu - t) / (t - t_real)`; it differs widely between cases, so there is no default.
    The offsets are added.
    """

    cpu_factor: float | None = None
    temperature_offset_c: float = 0.0
    humidity_offset_pct: float = 0.0


SENSOR_ADDRESSES: dict[SensorKind, tuple[int, ...]] = {
    "sht4x": (0x44, 0x45, 0x46),
    "bme280": (0x76, 0x77),
    "sense-hat": (0x5F,),
}
"""What the makers solder; the first is meant where none is named. The HAT's cannot be chosen."""

HAT_LED_ADDRESS = 0x46
"""The chip of the LED matrix and the joystick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSettings:
    """One sensor of the air. `name` is what events and people call it."""

    name: str
    kind: SensorKind
    address: int
    i2c_bus: int = 1
    calibration: Calibration = field(default_factory=Calibration)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSettings:
    """Everything the installer says about one box. `gpio_chip` `None` is the header's own chip.

    The first of `sensors` is the medicine's: by that one its storage is judged.
    """

    hardware: Hardware = "simulated"
    compartments: tuple[str, ...] = LAYOUTS["7x2"]
    pins: PinMap = field(default_factory=PinMap)
    expander: ExpanderWiring | None = None
    hat: bool = False
    sensors: tuple[SensorSettings, ...] = ()
    lid_switch: LidSwitch = "closes_with_lid"
    pin_library: PinLibrary = "lgpio"
    gpio_chip: int | None = None
    simulation_file: Path | None = None
    lock: LockWiring | None = None
    sound: Wanted = field(default_factory=Wanted)

    @property
    def expander_lids(self) -> tuple[str, ...]:
        """The compartments whose lids lie at the expander, in order."""
        if self.expander is None:
            return ()
        return tuple(name for name in self.compartments if name not in self.pins.lids)

    def uses(self) -> Iterator[tuple[int, str]]:
        """Yield every pin of the header that is used, with what it is used for in words."""
        yield from self.pins.uses()
        yield from lock_uses(self.lock)
        if self.expander is not None:
            yield self.expander.interrupt, "the interrupt line of the expander"


def layout(name: str) -> tuple[str, ...]:
    """Return the compartments of a named layout, such as `7x2`.

    Raises:
        WiringRefused: There is no layout of that name.

    """
    if name not in LAYOUTS:
        known = ", ".join(sorted(LAYOUTS))
        raise WiringRefused(f"there is no layout {name!r}; there is {known}, or list the compartments")
    return LAYOUTS[name]


def grid_of(compartments: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the compartments as rows, the way the box looks from above.

    A week has its days as columns; any other box is read row by row, seven or eight wide.
    """
    for name, parts in PARTS_OF_DAY.items():
        if compartments == LAYOUTS[name]:
            return tuple(compartments[start :: len(parts)] for start in range(len(parts)))
    wide = 7 if len(compartments) % 7 == 0 else 8
    return tuple(compartments[start : start + wide] for start in range(0, len(compartments), wide))


def suggested_pins(compartments: tuple[str, ...]) -> PinMap:
    """Return the wiring of the installation guide: up to 14 lids and the buzzer.

    Raises:
        WiringRefused: The box has more compartments than the guide has pins.

    """
    if len(compartments) > len(SUGGESTED_LID_PINS):
        raise WiringRefused(
            f"the suggested wiring has {len(SUGGESTED_LID_PINS)} lid pins, this box has "
            f"{len(compartments)} compartments; name a pin for each, or add an [expander]"
        )
    return PinMap(lids=dict(zip(compartments, SUGGESTED_LID_PINS, strict=False)), buzzer=SUGGESTED_BUZZER_PIN)


def check_wiring(settings: BoxSettings) -> None:
    """Refuse what cannot be wired.

    Raises:
        WiringRefused: A pin is used twice, taken by the HAT or by I2C, or not on the header; a
            compartment has no lid pin, or a pin is named for a compartment the box does not have;
            a sensor cannot be told from another, or needs a HAT that is not there; the lock cannot keep its
            promise; the expanders have too few inputs, or an address that is none or taken.

    """
    _check_names(settings)
    _check_sensors(settings)
    if settings.expander is not None:
        check_expander(settings.expander, settings.expander_lids, _sensor_places(settings))
    taken = _taken(settings)
    first_use: dict[int, str] = {}
    for pin, use in settings.uses():
        if pin not in HEADER_PINS:
            raise WiringRefused(f"GPIO{pin} for {use} is not on the header; choose a BCM number from 2 to 27")
        if pin in taken:
            raise WiringRefused(f"GPIO{pin} for {use} is taken by {taken[pin]}; choose another pin")
        if pin in first_use:
            raise WiringRefused(f"GPIO{pin} is used twice: for {first_use[pin]} and for {use}")
        first_use[pin] = use
    if settings.lock is not None:
        check_lock(settings.lock, settings.pins.buttons, hat=settings.hat)


def _check_names(settings: BoxSettings) -> None:
    compartments = settings.compartments
    if not compartments:
        raise WiringRefused("the box has no compartments; name a layout or list them")
    twice = sorted({name for name in compartments if compartments.count(name) > 1})
    if twice:
        raise WiringRefused(f"the compartment {twice[0]} is listed twice")
    missing = [name for name in compartments if name not in settings.pins.lids]
    if missing and settings.expander is None:
        raise WiringRefused(f"no lid pin is named for {', '.join(missing)}")
    for what, named in (("lid", settings.pins.lids), ("light", settings.pins.lamps)):
        if strangers := [name for name in named if name not in compartments]:
            raise WiringRefused(
                f"a {what} pin is named for {', '.join(strangers)}, which this box does not have"
            )


def _check_sensors(settings: BoxSettings) -> None:
    at: dict[tuple[int, int], str] = {}
    for sensor in settings.sensors:
        if sensor.kind == "sense-hat" and not settings.hat:
            raise WiringRefused(
                "the sensor of the Sense HAT is asked for, but the box is said to have no HAT"
            )
        place = sensor.i2c_bus, sensor.address
        where = f"0x{sensor.address:02x} on I2C bus {sensor.i2c_bus}"
        if sensor.name in at.values():
            raise WiringRefused(f"two sensors are named {sensor.name}; give each a name of its own")
        if place in at:
            raise WiringRefused(f"the sensors {at[place]} and {sensor.name} are both at {where}")
        if settings.hat and place == (1, HAT_LED_ADDRESS):
            raise WiringRefused(f"the sensor {sensor.name} is at {where}, which is the Sense HAT's")
        at[place] = sensor.name


def _sensor_places(settings: BoxSettings) -> frozenset[tuple[int, int]]:
    return frozenset((sensor.i2c_bus, sensor.address) for sensor in settings.sensors)


def _taken(settings: BoxSettings) -> dict[int, str]:
    taken = dict.fromkeys(EEPROM_PINS, "the identity EEPROM of a HAT")
    buses = {sensor.i2c_bus for sensor in settings.sensors}
    if settings.expander is not None:
        buses.add(settings.expander.i2c_bus)
    if settings.hat or 1 in buses:
        taken |= dict.fromkeys(I2C_PINS, "the I2C bus")
    if settings.hat:
        taken |= dict.fromkeys(HAT_PINS, "the Sense HAT")
    return taken
