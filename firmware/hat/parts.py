"""Which parts of the Sense HAT are there? The only file that knows the library `sense_hat`.

`SenseHat()` gives all parts or none: without its LED matrix it refuses to read the humidity, too. Here
each missing part is stood in for while the rest is opened.

Trap: the library writes `.config/sense_hat/RTIMULib.ini` into the home directory of the *user database*
($HOME is ignored). A service whose home is read-only has no HAT at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from firmware.errors import DeviceAbsent
from firmware.hat.glyphs import Point


class Stick(Protocol):
    """The joystick as the library has it."""

    def get_events(self) -> list[Any]:
        """Return what happened since the last call, without waiting."""
        ...

    def close(self) -> None:
        """Free the device."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HatParts:
    """What was found. `missing` says in sentences what was not.

    `read_humidity` and `read_temperature` return a float, or the integer 0 where the reading is
    invalid.
    """

    draw: Callable[[tuple[Point, ...]], None] | None
    read_humidity: Callable[[], float]
    read_temperature: Callable[[], float]
    stick: Stick | None
    missing: tuple[str, ...]


def open_hat() -> HatParts:
    """Open what there is of the Sense HAT.

    Raises:
        DeviceAbsent: The library, I2C or the home directory is missing: then there is nothing.

    """
    try:
        # Imports numpy and RTIMU; takes a second on a small Pi, and fails off the Pi.
        from sense_hat import sense_hat as library
    except ImportError as error:
        raise DeviceAbsent(
            f"the Sense HAT needs a library that is not installed ({error}); "
            "install the extra `box`, and python3-rtimulib of the system"
        ) from error
    missing: list[str] = []
    try:
        board, has_matrix = _construct(library, missing)
    except (OSError, RuntimeError) as error:
        raise DeviceAbsent(f"the Sense HAT does not open: {error}; {_mend(error)}") from error
    return HatParts(
        draw=_drawer(board) if has_matrix else None,
        read_humidity=board.get_humidity,
        read_temperature=board.get_temperature_from_humidity,
        stick=cast("Stick | None", board.stick),
        missing=tuple(missing),
    )


def _construct(library: Any, missing: list[str]) -> tuple[Any, bool]:
    """Make the library's object, with stand-ins for a missing matrix or joystick."""
    absent_matrix: list[bool] = []

    class Board(library.SenseHat):  # type: ignore[misc] # the library has no types
        def _get_fb_device(self) -> str:
            found: str | None = super()._get_fb_device()
            absent_matrix.append(found is None)
            return found or os.devnull

    def stick_or_none() -> Any:
        try:
            return real_stick()
        except (OSError, RuntimeError) as error:
            missing.append(f"the joystick of the Sense HAT is absent: {error}; {_mend(error)}")
            return None

    real_stick, library.SenseStick = library.SenseStick, stick_or_none
    try:
        board = Board()
    finally:
        library.SenseStick = real_stick
    if absent_matrix[0]:
        missing.append(
            "the LED matrix of the Sense HAT is absent; add dtoverlay=rpi-sense to config.txt and restart"
        )
    return board, not absent_matrix[0]


def _drawer(board: Any) -> Callable[[tuple[Point, ...]], None]:
    def draw(points: tuple[Point, ...]) -> None:
        board.set_pixels([list(point) for point in points])

    return draw


def _mend(error: Exception) -> str:
    text = str(error)
    if isinstance(error, PermissionError) and ".config" in text:
        return "give the user of this service a home directory that it may write to"
    if isinstance(error, PermissionError):
        return "add this user to the groups i2c, video and input"
    if "I2C" in text:
        return "turn I2C on with raspi-config and restart"
    return "is it pushed home on all 40 pins, and is dtoverlay=rpi-sense in config.txt?"
