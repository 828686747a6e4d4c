"""What is the hand of the player doing to a simulated box? One small file, replaced atomically.

The file outlives the program that reads it, as lids outlive a killed controller.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast, get_args

from firmware.errors import DeviceAbsent
from firmware.ports import Button, ClimateReading, DeviceReading, PanelView, Sound

ROOM = ClimateReading(temperature_c=21.0, humidity_pct=45.0)
KEPT_PRESSES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Lids (one not named is closed), air, presses with growing numbers, held buttons, the computer."""

    lids: Mapping[str, bool] = field(default_factory=dict)
    climate: ClimateReading | None = ROOM
    presses: tuple[tuple[int, Button], ...] = ()
    device: DeviceReading = field(default_factory=DeviceReading)
    held: tuple[Button, ...] = ()

    def last_press(self) -> int:
        """Return the number of the newest press, 0 before the first."""
        return max((number for number, _ in self.presses), default=0)


def read_scene(path: Path) -> Scene:
    """Read the scene; a file that does not exist yet is a closed box in an ordinary room.

    Raises:
        DeviceAbsent: The file cannot be read or is no scene.

    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Scene()
    except OSError as error:
        raise DeviceAbsent(f"the simulation file {path} cannot be read: {error.strerror}") from error
    try:
        return _scene(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DeviceAbsent(f"the simulation file {path} is no scene: {error}") from error


def write_scene(path: Path, scene: Scene) -> None:
    """Replace the scene; a reader sees the old one or the new one, never half of one."""
    climate = scene.climate
    _replace(
        path,
        {
            "lids": dict(scene.lids),
            "climate": climate
            and {"temperature_c": climate.temperature_c, "humidity_pct": climate.humidity_pct},
            "presses": [list(press) for press in scene.presses[-KEPT_PRESSES:]],
            "device": {name: value for name, value in asdict(scene.device).items() if value is not None},
            "held": list(scene.held),
        },
    )


def move_lid(path: Path, compartment: str, *, open: bool) -> None:  # noqa: A002 - the word of the field
    """Open or close a lid."""
    _change(path, lambda scene: replace(scene, lids={**scene.lids, compartment: open}))


def set_climate(path: Path, climate: ClimateReading | None) -> None:
    """Change the air; `None` unplugs the sensor."""
    _change(path, lambda scene: replace(scene, climate=climate))


def press(path: Path, button: Button) -> None:
    """Press a button once."""
    _change(
        path,
        lambda scene: replace(scene, presses=(*scene.presses, (scene.last_press() + 1, button))),
    )


def hold(path: Path, button: Button, *, down: bool) -> None:
    """Hold a button down, or let it go."""
    _change(path, lambda scene: with_held(scene, button, down=down))


def with_held(scene: Scene, button: Button, *, down: bool) -> Scene:
    """Return the scene in which a button is held down or let go."""
    others = tuple(each for each in scene.held if each != button)
    return replace(scene, held=(*others, button) if down else others)


def lock_path(path: Path) -> Path:
    """Return where the simulated box shows what its lock does."""
    return path.with_name(f"{path.name}.bolt.json")


def write_lock(path: Path, released: bool | None) -> None:
    """Let others see the lock of the box whose scene is at `path`; `None`: it is left to itself."""
    _replace(lock_path(path), {"lock": _LOCK[released]})


def read_lock(path: Path) -> str | None:
    """Read what the lock of the box whose scene is at `path` does; `None` where it has none."""
    try:
        return str(json.loads(lock_path(path).read_text("utf-8"))["lock"])
    except FileNotFoundError:
        return None


def panel_path(path: Path) -> Path:
    """Return where the simulated box shows what the patient sees and hears."""
    return path.with_name(f"{path.name}.panel.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the panel shows, and the last sounds with growing numbers."""

    view: PanelView = field(default_factory=PanelView)
    sounds: tuple[tuple[int, Sound], ...] = ()


def write_panel(path: Path, shown: Shown) -> None:
    """Let others see the panel of the box whose scene is at `path`."""
    view = shown.view
    lamps = {name: {"colour": lamp.colour, "light": lamp.light} for name, lamp in view.lamps.items()}
    _replace(
        panel_path(path),
        {
            "view": {"glyph": view.glyph, "marks": list(view.marks), "text": view.text, "lamps": lamps},
            "sounds": [list(sound) for sound in shown.sounds],
        },
    )


def read_panel(path: Path) -> dict[str, Any]:
    """Read the panel of the box whose scene is at `path`; empty before anything was shown."""
    try:
        return cast(dict[str, Any], json.loads(panel_path(path).read_text("utf-8")))
    except FileNotFoundError:
        return {}


def _scene(plain: Mapping[str, Any]) -> Scene:
    climate = plain.get("climate", {"temperature_c": ROOM.temperature_c, "humidity_pct": ROOM.humidity_pct})
    return Scene(
        lids={str(name): _flag(name, value) for name, value in plain.get("lids", {}).items()},
        climate=None
        if climate is None
        else ClimateReading(
            temperature_c=_number(climate, "temperature_c"), humidity_pct=_number(climate, "humidity_pct")
        ),
        presses=tuple((int(number), _button(name)) for number, name in plain.get("presses", ())),
        device=device_reading(plain.get("device", {})),
        held=tuple(_button(name) for name in plain.get("held", ())),
    )


def device_reading(plain: Mapping[str, Any]) -> DeviceReading:
    """Read what a computer measures of itself.

    Raises:
        ValueError: It names something a computer does not measure, or no finite number.

    """
    known = {field.name for field in fields(DeviceReading)}
    if strangers := sorted(set(plain) - known):
        raise ValueError(f"a device has no {strangers[0]!r}; it has {', '.join(sorted(known))}")
    numbers = {
        name: value if isinstance(value, bool | int) else _number(plain, name)
        for name, value in plain.items()
    }
    return DeviceReading(**cast(dict[str, Any], numbers))


_LOCK = {True: "open", False: "locked", None: "left to itself"}


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"the lid of {name} is neither true (open) nor false")
    return value


def _number(climate: Mapping[str, Any], name: str) -> float:
    number = float(climate[name])
    if not math.isfinite(number):
        raise ValueError(f"{name} is not a finite number")
    return number


def _button(name: Any) -> Button:
    if name not in get_args(Button):
        raise ValueError(f"there is no button {name!r}; there is {', '.join(get_args(Button))}")
    return cast(Button, name)


def _change(path: Path, change: Callable[[Scene], Scene]) -> None:
    with _alone(path):
        write_scene(path, change(read_scene(path)))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep two hands from undoing each other's change."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, plain: Mapping[str, Any]) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.write_text(json.dumps(plain), "utf-8")
    fresh.replace(path)
