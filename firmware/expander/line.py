"""When did an expander interrupt, and does its wire still tell?"""

from __future__ import annotations

import queue
import time

from firmware.errors import DeviceAbsent
from firmware.expander.registers import Mcp23017
from firmware.gpio.pins import Pins
from firmware.ports import BootClock

TRY_S = 0.1
LOOK_S = 0.002


class InterruptLine:
    """The one pin that every chip of a box pulls low. An interrupt bears the kernel's time."""

    def __init__(self, pins: Pins, pin: int, *, boot_clock: BootClock) -> None:
        """Open the pin.

        Raises:
            DeviceAbsent: The pin cannot be had.

        """
        self.pin = pin
        self._boot_clock = boot_clock
        self._falls: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._switch = pins.switch(pin, self._edge)

    def low(self) -> bool:
        """Tell whether a chip interrupts now."""
        return self._switch.closed()

    def falls(self, wait_s: float) -> list[int]:
        """Wait for an interrupt and return the times of all that have come."""
        found: list[int] = []
        try:
            fell_ms = self._falls.get(timeout=max(0.0, wait_s))
            while fell_ms is not None:
                found.append(fell_ms)
                fell_ms = self._falls.get_nowait()
        except queue.Empty:
            pass
        return found

    def wake(self) -> None:
        """End the wait."""
        self._falls.put(None)

    def fault(self, chips: tuple[Mcp23017, ...]) -> str | None:
        """Let each chip pull the line and let it go; say what is wrong with the wire, if anything.

        Raises:
            DeviceAbsent: A chip does not answer.

        """
        if not self._comes_to(False):
            return f"the interrupt line at GPIO{self.pin} stays low; look for a short to ground"
        for chip in chips:
            try:
                chip.provoke()
                fell = self._comes_to(True)
                chip.set_up()
                chip.look()
            except DeviceAbsent:
                raise
            except OSError as error:
                raise DeviceAbsent(f"the expander at {chip.address:#x} does not answer") from error
            if not fell or not self._comes_to(False):
                return (
                    f"the expander at {chip.address:#x} does not move the interrupt line at GPIO{self.pin}; "
                    "look at the wire from its INTA"
                )
        return None

    def _comes_to(self, low: bool) -> bool:
        end_s = time.monotonic() + TRY_S
        while self.low() != low:
            if time.monotonic() > end_s:
                return False
            time.sleep(LOOK_S)
        return True

    def _edge(self, closed: bool, age_ms: int) -> None:
        if closed:
            self._falls.put(max(0, self._boot_clock() - age_ms))
