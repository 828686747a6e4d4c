"""Which parts of the Sense HAT are there? The only file that knows the library `sense_hat`.

`SenseHat()` gives all parts or none: without its LED matrix it refuses to read the humidity, and without
the sensor's library, I2C or a home directory it refuses to light the matrix, too. Here each missing part
is stood in for while the rest is opened.

Trap: the library writes `.config/sense_hat/RTIMULib.ini` into the home directory of the *user database*
($HOME is ignored). A service whose home is read-only has no sensor.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType, SimpleNamespace
from typing import Any, Protocol, cast

from firmware.errors import DeviceAbsent
from firmware.hat.glyphs import Point
from firmware.ports import Missing


class Stick(Protocol):
    """The joystick as the library has it."""

    def get_events(self) -> list[Any]:
        """Return what happened since the last call, without waiting."""
        ...

    def close(self) -> None:
        """Free the device."""
        ...


class Sensor(Protocol):
    """The humidity sensor as the library has it: a float, or the integer 0 where a reading is invalid."""

    def get_humidity(self) -> float:
        """Return the relative humidity in percent."""
        ...

    def get_temperature_from_humidity(self) -> float:
        """Return the temperature of the humidity sensor in degrees Celsius."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HatParts:
    """What was found. `missing` says in sentences what was not.

    `wake` has the sensor set up anew before its next reading. `read_light_pct` is there where the HAT has a
    colour sensor (version 2): its clear channel, where 100 is as bright as it can tell.
    """

    draw: Callable[[tuple[Point, ...]], None] | None
    low_light: Callable[[bool], None] | None
    sensor: Sensor | None
    stick: Stick | None
    missing: tuple[Missing, ...]
    wake: Callable[[], None] | None = None
    read_light_pct: Callable[[], float] | None = None


class _HomeRefused(OSError):
    """The library may not write into the home of this user; its own error names any folder above it."""


LIGHT_GAIN, LIGHT_CYCLES = 16, 64
"""The inside of a box is dim. From 64 cycles of 2.75 ms on the chip can count to its full 65535."""

LIGHT_S = 0.2

_I2C = "/dev/i2c*"
"""What the library looks for before it opens anything."""

_NO_MATRIX = "the LED matrix of the Sense HAT is absent; add dtoverlay=rpi-sense to config.txt and restart"
_NO_RTIMU = (
    "the sensor of the Sense HAT needs the library RTIMU, which cannot be imported; "
    "install python3-rtimulib of the system, and make the venv with --system-site-packages"
)


def open_hat() -> HatParts:
    """Open what there is of the Sense HAT.

    Raises:
        DeviceAbsent: The library is missing, or not even a part of it opens: then there is nothing.

    """
    library = _imported()
    no_sensor = _NO_RTIMU if library.RTIMU is _NO_CHIPS else None
    if no_sensor is None:
        try:
            return _opened(library, None)
        except (OSError, RuntimeError) as error:
            # Matrix and joystick belong to drivers of the kernel and need neither I2C from here nor a home:
            # a home that was read-only cost a box its lights and buttons as well.
            no_sensor = f"the sensor of the Sense HAT is absent: {error}; {_mend(error)}"
    try:
        return _opened(library, no_sensor)
    except (OSError, RuntimeError) as error:
        raise DeviceAbsent(f"the Sense HAT does not open: {error}; {_mend(error)}") from error


def _imported() -> Any:
    """Import the library, with a stand-in for the one that reads its chips where that is missing."""
    try:
        try:
            # Imports numpy and RTIMU; takes a second on a small Pi, and fails off the Pi.
            from sense_hat import sense_hat as library
        except ImportError as error:
            if error.name != "RTIMU":
                raise
            with _rtimu_stood_in():
                from sense_hat import sense_hat as library
    except ImportError as error:
        raise DeviceAbsent(
            f"the Sense HAT needs a library that is not installed ({error}); install the extra `box`"
        ) from error
    return library


@contextmanager
def _rtimu_stood_in() -> Iterator[None]:
    before = sys.modules.get("RTIMU")
    sys.modules["RTIMU"] = _NO_CHIPS
    try:
        yield
    finally:
        # Nobody else shall take the stand-in for the library.
        del sys.modules["RTIMU"]
        if before is not None:
            sys.modules["RTIMU"] = before


def _no_chips() -> ModuleType:
    stand_in = ModuleType("RTIMU")
    for name in ("Settings", "RTIMU", "RTPressure", "RTHumidity"):
        setattr(stand_in, name, lambda *given: None)
    return stand_in


_NO_CHIPS = _no_chips()


def _opened(library: Any, no_sensor: str | None) -> HatParts:
    """Make the library's object, with stand-ins for what is missing; the sensor only if it is to be had."""
    missing = [] if no_sensor is None else [Missing(word="sensor_missing", sentence=no_sensor)]
    absent_matrix: list[bool] = []

    class Board(library.SenseHat):  # type: ignore[misc] # the library has no types
        def _get_fb_device(self) -> str:
            found: str | None = super()._get_fb_device()
            absent_matrix.append(found is None)
            return found or os.devnull

        def _get_settings_file(self, name: str) -> Any:
            try:
                return super()._get_settings_file(name) if no_sensor is None else None
            except OSError as error:
                raise _HomeRefused(str(error)) from error

    def stick_or_none() -> Any:
        try:
            return real_stick()
        except (OSError, RuntimeError) as error:
            sentence = f"the joystick of the Sense HAT is absent: {error}; {_mend(error)}"
            missing.append(Missing(word="joystick_missing", sentence=sentence))
            return None

    real_stick, real_glob = library.SenseStick, library.glob
    stand_ins: dict[str, Any] = {"SenseStick": stick_or_none}
    if no_sensor is not None:
        bus = SimpleNamespace(glob=lambda path: [path] if path == _I2C else real_glob.glob(path))
        stand_ins |= {"RTIMU": _NO_CHIPS, "glob": bus}
    with _swapped(library, stand_ins):
        board = Board()
    missing += [Missing(word="matrix_missing", sentence=_NO_MATRIX)] * absent_matrix[0]
    parts = _parts_of(board, tuple(missing), has_matrix=not absent_matrix[0])
    return parts if no_sensor is not None else replace(parts, sensor=board, wake=_waker(board))


def _parts_of(board: Any, missing: tuple[Missing, ...], *, has_matrix: bool) -> HatParts:
    return HatParts(
        draw=_drawer(board) if has_matrix else None,
        low_light=_dimmer(board) if has_matrix else None,
        sensor=None,
        stick=cast("Stick | None", board.stick),
        missing=missing,
        read_light_pct=_light_meter(board) if board.has_colour_sensor() else None,
    )


def _waker(board: Any) -> Callable[[], None]:
    def wake() -> None:
        # The library writes the chip's settings once, and has no other way to be made to do it again.
        board._humidity_init = False  # noqa: SLF001 - as said above

    return wake


def _light_meter(board: Any) -> Callable[[], float]:
    """Set the colour sensor up for a dim box."""
    sensor = board.colour

    def read_light_pct() -> float:
        # Set each time: a HAT that lost its power for a moment has forgotten it.
        sensor.enabled, sensor.gain, sensor.integration_cycles = True, LIGHT_GAIN, LIGHT_CYCLES
        time.sleep(LIGHT_S)
        return 100.0 * float(sensor.clear_raw) / float(sensor.max_raw)

    return read_light_pct


@contextmanager
def _swapped(library: Any, stand_ins: Mapping[str, Any]) -> Iterator[None]:
    real = {name: getattr(library, name) for name in stand_ins}
    try:
        vars(library).update(stand_ins)
        yield
    finally:
        vars(library).update(real)


def _drawer(board: Any) -> Callable[[tuple[Point, ...]], None]:
    def draw(points: tuple[Point, ...]) -> None:
        board.set_pixels([list(point) for point in points])

    return draw


def _dimmer(board: Any) -> Callable[[bool], None]:
    def low_light(wanted: bool) -> None:
        board.low_light = wanted

    return low_light


def _mend(error: Exception) -> str:
    if isinstance(error, _HomeRefused):
        return "give the user of this service a home directory that it may write to"
    if isinstance(error, PermissionError):
        return "add this user to the groups i2c, video and input"
    if "I2C" in str(error):
        return "turn I2C on with raspi-config and restart"
    return "is it pushed home on all 40 pins, and is dtoverlay=rpi-sense in config.txt?"
