"""Which button did the patient press?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware.debounce import Change
from firmware.errors import DeviceAbsent
from firmware.gpio.pins import Edge, Pins, Switch
from firmware.ports import BootClock, Button, Press
from firmware.watch import ContactWatch


class GpioButtons:
    """Push buttons to ground; keeps the `Buttons` port."""

    def __init__(self, pins: Pins, buttons: Mapping[Button, int], *, boot_clock: BootClock) -> None:
        """Open every pin.

        Raises:
            DeviceAbsent: A pin cannot be had; the text names its button.

        """
        self._pins = pins
        self._boot_clock = boot_clock
        self._switches: dict[str, Switch] = {}
        self._buttons: dict[str, Button] = {button: button for button in buttons}
        self._watch = ContactWatch(
            tuple(buttons), read_level=self._is_down, boot_clock=boot_clock, title="buttons"
        )
        for button, pin in buttons.items():
            try:
                self._switches[button] = pins.switch(pin, self._edge_of(button))
            except DeviceAbsent as error:
                raise DeviceAbsent(f"the button {button}: {error}") from error

    def start(self, report: Callable[[Press], None]) -> None:
        """Begin to watch."""

        def told(name: str, change: Change) -> None:
            report(Press(button=self._buttons[name], mono_ms=change.mono_ms, down=change.level))

        self._watch.start(told)

    def alive(self) -> bool:
        """Tell whether presses would still be noticed."""
        return self._pins.alive() and self._watch.alive()

    def close(self) -> None:
        """Stop watching; the pins are freed with their factory."""
        self._watch.close()

    def _is_down(self, name: str) -> bool:
        return self._switches[name].closed()

    def _edge_of(self, name: str) -> Edge:
        def edge(closed: bool, age_ms: int) -> None:
            self._watch.edge(name, closed, max(0, self._boot_clock() - age_ms))

        return edge
