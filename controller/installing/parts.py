"""What did the installer say of the parts of this box?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from controller.installing.lock import lock_wiring
from controller.installing.table import Table
from controller.wire.errors import Malformed
from controller.wire.shape import from_plain
from controller.wire.topics import RESERVED_BOXES
from controller.wire.words import Slug
from firmware.board import (
    BoxSettings,
    Calibration,
    Hardware,
    LidSwitch,
    PinLibrary,
    PinMap,
    Sensor,
    check_wiring,
    layout,
    suggested_pins,
)
from firmware.ports import Button


def box_name(box: Table) -> str:
    """Return the name of the box, as the hub knows it.

    Raises:
        ConfigRefused: It is missing, or no name that topics can carry.

    """
    name = box.text("id")
    if name is None:
        raise box.refusal("id", "is missing: name the box as the hub's household does")
    return _name(box, "id", name)


def _name(table: Table, key: str, name: str) -> str:
    try:
        from_plain(Slug, name, key)
    except Malformed as error:
        raise table.refusal(key, f"is {name[:40]!r}; use lower-case letters, digits and hyphens") from error
    if key == "id" and name in RESERVED_BOXES:
        raise table.refusal(key, f"is {name!r}, which is the name of the hub")
    return name


def box_settings(root: Table, box: Table) -> BoxSettings:
    """Return what the box is made of.

    Raises:
        ConfigRefused: A key or a value is not known.
        WiringRefused: It cannot be wired so.

    """
    hardware = cast(Hardware, box.choice("hardware", get_args(Hardware), "pi"))
    named, listed = box.text("layout"), box.texts("compartments")
    if named is not None and listed is not None:
        raise box.refusal("layout", "and compartments exclude each other")
    compartments = layout(named or "7x2") if listed is None else listed
    for each in compartments:
        _name(box, "compartments", each)
    pins, sensor, simulation = root.table("pins"), root.table("sensor"), root.table("simulation")
    lock = lock_wiring(root.table("lock")) if root.has("lock") else None
    settings = BoxSettings(
        hardware=hardware,
        compartments=compartments,
        hat=box.flag("hat", False),
        lid_switch=cast(LidSwitch, pins.choice("lid_switch", get_args(LidSwitch), "closes_with_lid")),
        pin_library=cast(PinLibrary, pins.choice("library", get_args(PinLibrary), "lgpio")),
        gpio_chip=pins.whole("chip", 0, 0, 63) if pins.has("chip") else None,
        pins=_pin_map(pins, compartments, hardware),
        sensor=cast(Sensor, sensor.choice("kind", get_args(Sensor), "none")),
        i2c_bus=sensor.whole("i2c_bus", 1, 0, 63),
        sht4x_address=sensor.whole("address", 0x44, 0x03, 0x77),
        calibration=_calibration(sensor.table("calibration")),
        simulation_file=simulation.path("file"),
        lock=lock,
    )
    for table in (pins, sensor, simulation):
        table.done()
    if hardware == "pi":
        check_wiring(settings)
    return settings


def _pin_map(pins: Table, compartments: tuple[str, ...], hardware: Hardware) -> PinMap:
    lids = pins.pins("lids")
    buzzer = pins.whole("buzzer", 0, 0, 27) if pins.has("buzzer") else None
    lamps, buttons = pins.pins("lamps"), pins.pins("buttons")
    if strangers := sorted(set(buttons) - set(get_args(Button))):
        raise pins.refusal("buttons", f"names {strangers[0]!r}; there is {', '.join(get_args(Button))}")
    if not lids and hardware == "pi":
        suggested = suggested_pins(compartments)
        lids, buzzer = dict(suggested.lids), suggested.buzzer if buzzer is None else buzzer
    return PinMap(lids=lids, lamps=lamps, buttons=cast(Mapping[Button, int], buttons), buzzer=buzzer)


def _calibration(table: Table) -> Calibration:
    calibration = Calibration(
        cpu_factor=table.number("cpu_factor", 1.0, 0.1, 100.0) if table.has("cpu_factor") else None,
        temperature_offset_c=table.number("temperature_offset_c", 0.0, -20, 20),
        humidity_offset_pct=table.number("humidity_offset_pct", 0.0, -50, 50),
    )
    table.done()
    return calibration
