"""How are pins opened, and would their changes still be noticed?

The only file that knows gpiozero and lgpio. The pin factory is always handed on, never global, so that
two boxes, or a box and a test, can live in one process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from firmware.board import PinLibrary
from firmware.errors import DeviceAbsent

_log = logging.getLogger(__name__)

Edge = Callable[[bool, int], None]
"""Is told whether the contact is closed now, and how many milliseconds ago that happened."""


class Switch:
    """A contact between a pin and ground. `edge` is called from a thread of the library."""

    def __init__(self, device: Any, edge: Edge) -> None:
        self._device = device
        self._edge = edge
        device.when_activated = self._closed
        device.when_deactivated = self._opened

    def closed(self) -> bool:
        """Read the level now."""
        return bool(self._device.value)

    def _closed(self) -> None:
        self._tell(True, self._device.active_time)

    def _opened(self) -> None:
        self._tell(False, self._device.inactive_time)

    def _tell(self, closed: bool, age_s: float | None) -> None:
        try:
            self._edge(closed, max(0, round((age_s or 0.0) * 1000)))
        except Exception:  # noqa: BLE001 - one exception in here would end lgpio's only thread, unseen
            _log.exception("An edge could not be queued; the poll will find the level.")


class Pins:
    """One pin factory and all that is open on it."""

    def __init__(self, factory: Any) -> None:
        self.factory = factory
        self._devices: list[Any] = []
        self._watches_edges = False

    def switch(self, pin: int, edge: Edge) -> Switch:
        """Open a contact to ground, with the pull-up of the Pi.

        Raises:
            DeviceAbsent: The pin cannot be had.

        """
        switch = Switch(self._opened(pin, "DigitalInputDevice", pull_up=True), edge)
        self._watches_edges = True
        return switch

    def light(self, pin: int) -> Any:
        """Open a light: it has `on()` and `off()`.

        Raises:
            DeviceAbsent: The pin cannot be had.

        """
        return self._opened(pin, "LED")

    def coil(self, pin: int, *, active_high: bool) -> Any:
        """Open what switches a coil, without current in it: it has `on()` and `off()`.

        Raises:
            DeviceAbsent: The pin cannot be had.

        """
        return self._opened(pin, "DigitalOutputDevice", active_high=active_high, initial_value=False)

    def servo(self, pin: int) -> Any:
        """Open a servo, at rest wherever it stands: it has `angle` from 0 to 180 and `detach()`.

        Raises:
            DeviceAbsent: The pin cannot be had, or cannot be pulsed.

        """
        return self._opened(pin, "AngularServo", initial_angle=None, min_angle=0, max_angle=180)

    def tone(self, pin: int) -> Any:
        """Open a buzzer: it has `frequency` in hertz and `value`, the duty from 0 to 1.

        Raises:
            DeviceAbsent: The pin cannot be had, or cannot be pulsed.

        """
        return self._opened(pin, "PWMOutputDevice")

    def alive(self) -> bool:
        """Tell whether edges would still be noticed.

        lgpio tells all edges of all pins from one thread, and that thread dies unseen.
        """
        thread = self._notify_thread() if self._is_lgpio else None
        return thread is None or bool(thread.is_alive())

    def blind_spot(self) -> str | None:
        """Say why `alive` could not see that edges are lost, if that is so.

        The thread is no promise of lgpio's: under another name the guard would be gone without a word.
        To call the pins dead then would restart a box for ever whose edges may be well, and whose lids
        are polled besides; so people are told.
        """
        if not self._watches_edges or not self._is_lgpio or self._notify_thread() is not None:
            return None
        return (
            "this version of lgpio hides the thread that tells of edges: if it dies, an opening of less than "
            "half a second is lost unseen; install the version in requirements-box.txt"
        )

    def close(self) -> None:
        """Free every pin. Safe to call twice."""
        devices, self._devices = self._devices, []
        for device in devices:
            _closed(device)
        factory, self.factory = self.factory, None
        if factory is not None:
            _closed(factory)

    @property
    def _is_lgpio(self) -> bool:
        return type(self.factory).__module__ == "gpiozero.pins.lgpio"

    @staticmethod
    def _notify_thread() -> Any:
        return getattr(sys.modules.get("lgpio"), "_notify_thread", None)

    def _opened(self, pin: int, kind: str, **options: Any) -> Any:
        import gpiozero

        try:
            device = getattr(gpiozero, kind)(pin, pin_factory=self.factory, **options)
        except Exception as error:
            # gpiozero, lgpio and RPi.GPIO each have their own unrelated exceptions.
            raise DeviceAbsent(f"GPIO{pin} cannot be opened: {_reason(error)}") from error
        self._devices.append(device)
        return device


def open_pins(library: PinLibrary, chip: int | None = None) -> Pins:
    """Open the pins of this Raspberry Pi.

    Raises:
        DeviceAbsent: There are none, or this user may not use them.

    """
    try:
        if library == "rpigpio":
            from gpiozero.pins.rpigpio import RPiGPIOFactory

            return Pins(RPiGPIOFactory())
        _import_lgpio()
        from gpiozero.pins.lgpio import LGPIOFactory

        return Pins(LGPIOFactory(chip=chip))
    except Exception as error:
        # As above: nothing narrower covers what these libraries raise.
        raise DeviceAbsent(f"the pins cannot be opened with {library}: {_reason(error)}") from error


def _import_lgpio() -> None:
    """Import lgpio where it may leave its pipe, and come back.

    On import it makes a named pipe in the working directory (and fails if that is read-only), or
    changes the working directory to LG_WD, which would turn every relative path of the program.
    Both ends of the pipe are open after the import, so that its name is needed no more.
    """
    if "lgpio" in sys.modules:
        return
    here = os.getcwd()
    chosen = os.environ.get("LG_WD")
    place = chosen or tempfile.mkdtemp(prefix="pillbox-lgpio-")
    os.environ["LG_WD"] = place
    try:
        import lgpio  # noqa: F401 - imported for its place only; gpiozero uses it
    finally:
        # Started by root from a private home, the service's user cannot go back there; nor need it.
        with contextlib.suppress(PermissionError):
            os.chdir(here)
        if chosen is None:
            del os.environ["LG_WD"]
            shutil.rmtree(place, ignore_errors=True)


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    if "busy" in text.lower() or "in use" in text:
        return f"{text}; another program, or another part of this one, has it"
    if isinstance(error, ModuleNotFoundError):
        return f"{text}; install the extra `box`, and on Python 3.13 python3-lgpio of the system"
    if "can not open gpiochip" in text or type(error).__name__ in ("PinUnknownPi", "BadPinFactory"):
        return f"{text}; is this a Raspberry Pi, and is this user in the group gpio?"
    return text


def _closed(part: Any) -> None:
    try:
        part.close()
    except Exception as error:  # noqa: BLE001 - closing goes on with the next part
        _log.warning("A pin could not be freed: %s.", error)
