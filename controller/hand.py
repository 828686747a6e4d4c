"""What can a hand do to a simulated box from a terminal?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from controller.errors import ConfigRefused
from controller.installing.config import Config
from controller.wire.errors import Malformed
from controller.wire.shape import from_plain
from controller.wire.words import Humidity, Temperature
from firmware.ports import ClimateReading
from firmware.scene import hold, move_lid, press, read_lock, read_panel, read_scene, set_climate


def play(config: Config, given: argparse.Namespace, write: Callable[[str], object]) -> int:
    """Do one act to the box, or write how it stands; return the exit status.

    Raises:
        ConfigRefused: The box is not simulated, or has no such compartment.

    """
    path = config.settings.simulation_file
    if config.settings.hardware != "simulated" or path is None:
        raise ConfigRefused("this box is not simulated by a file; see [simulation] in its configuration")
    path.parent.mkdir(parents=True, exist_ok=True)
    match given.act:
        case "open" | "close":
            if given.compartment not in config.settings.compartments:
                known = ", ".join(config.settings.compartments)
                raise ConfigRefused(f"the box has no compartment {given.compartment!r}; it has {known}")
            move_lid(path, given.compartment, open=given.act == "open")
        case "air":
            set_climate(path, _air(given.temperature_c, given.humidity_pct))
        case "unplug":
            set_climate(path, None)
        case "press":
            press(path, given.button)
        case "hold" | "let-go":
            hold(path, given.button, down=given.act == "hold")
        case _:
            write(
                json.dumps(_status(path, config.settings.compartments), ensure_ascii=False, indent=2) + "\n"
            )
    return 0


def _air(temperature_c: float, humidity_pct: float) -> ClimateReading:
    try:
        return ClimateReading(
            temperature_c=from_plain(Temperature, temperature_c, "the temperature"),
            humidity_pct=from_plain(Humidity, humidity_pct, "the humidity"),
        )
    except Malformed as error:
        raise ConfigRefused(str(error)) from error


def _status(path: Path, compartments: tuple[str, ...]) -> dict[str, object]:
    scene = read_scene(path)
    air = scene.climate
    return {
        "lids": {name: "open" if scene.lids.get(name, False) else "closed" for name in compartments},
        "air": air and {"temperature_c": air.temperature_c, "humidity_pct": air.humidity_pct},
        "lock": read_lock(path),
        "panel": read_panel(path),
    }
