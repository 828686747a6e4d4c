"""What did the installer say of the parts of this box?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from controller.installing.expander import expander_wiring
from controller.installing.lock import lock_wiring
from controller.installing.sensors import sensors_of
from controller.installing.table import Table, named
from controller.wire.topics import RESERVED_BOXES
from firmware.board import (
    BoxSettings,
    Hardware,
    LidSwitch,
    PinLibrary,
    PinMap,
    check_wiring,
    layout,
    suggested_pins,
)
from firmware.expander.wiring import ExpanderWiring
from firmware.ports import Button


def box_name(box: Table) -> str:
    """Return the name of the box, as the hub knows it.

    Raises:
        ConfigRefused: It is missing, or no name that topics can carry.

    """
    name = box.text("id")
    if name is None:
        raise box.refusal("id", "is missing: name the box as the hub's household does")
    if named(box, "id", name) in RESERVED_BOXES:
        raise box.refusal("id", f"is {name!r}, which is the name of the hub")
    return name


def box_settings(root: Table, box: Table) -> BoxSettings:
    """Return what the box is made of.

    Raises:
        ConfigRefused: A key or a value is not known.
        WiringRefused: It cannot be wired so.

    """
    hardware = cast(Hardware, box.choice("hardware", get_args(Hardware), "pi"))
    preset, listed = box.text("layout"), box.texts("compartments")
    if preset is not None and listed is not None:
        raise box.refusal("layout", "and compartments exclude each other")
    compartments = layout(preset or "7x2") if listed is None else listed
    for each in compartments:
        named(box, "compartments", each)
    pins, simulation = root.table("pins"), root.table("simulation")
    expander = expander_wiring(root.table("expander")) if root.has("expander") else None
    lock = lock_wiring(root.table("lock")) if root.has("lock") else None
    settings = BoxSettings(
        hardware=hardware,
        compartments=compartments,
        hat=box.flag("hat", False),
        lid_switch=cast(LidSwitch, pins.choice("lid_switch", get_args(LidSwitch), "closes_with_lid")),
        pin_library=cast(PinLibrary, pins.choice("library", get_args(PinLibrary), "lgpio")),
        gpio_chip=pins.whole("chip", 0, 0, 63) if pins.has("chip") else None,
        pins=_pin_map(pins, compartments, hardware, expander),
        expander=expander,
        sensors=sensors_of(root),
        simulation_file=simulation.path("file"),
        lock=lock,
    )
    for table in (pins, simulation):
        table.done()
    if hardware == "pi":
        check_wiring(settings)
    return settings


def _pin_map(
    pins: Table, compartments: tuple[str, ...], hardware: Hardware, expander: ExpanderWiring | None
) -> PinMap:
    lids = pins.pins("lids")
    buzzer = pins.whole("buzzer", 0, 0, 27) if pins.has("buzzer") else None
    lamps, buttons = pins.pins("lamps"), pins.pins("buttons")
    if strangers := sorted(set(buttons) - set(get_args(Button))):
        raise pins.refusal("buttons", f"names {strangers[0]!r}; there is {', '.join(get_args(Button))}")
    if not lids and hardware == "pi":
        suggested = suggested_pins(compartments if expander is None else ())
        lids, buzzer = dict(suggested.lids), suggested.buzzer if buzzer is None else buzzer
    return PinMap(lids=lids, lamps=lamps, buttons=cast(Mapping[Button, int], buttons), buzzer=buzzer)
