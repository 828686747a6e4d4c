"""Which button does a push of the HAT's joystick stand for?"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from firmware.hat.parts import Stick
from firmware.ports import BootClock, Button, Press

_log = logging.getLogger(__name__)

LOOK_S = 0.1
"""The library's own callback thread cannot be ended: closing waits for the next push. So it is asked."""

DEAF_S = 20.0
"""A driver that holds the question for this long will not answer any more."""

DIRECTIONS: dict[str, Button] = {
    "middle": "snooze",
    "up": "help",
    "left": "taken_elsewhere",
    "right": "refill",
    "down": "quiet",
}


class StickButtons:
    """The joystick as five buttons; keeps the `Buttons` port."""

    def __init__(self, stick: Stick, *, boot_clock: BootClock) -> None:
        self._stick = stick
        self._boot_clock = boot_clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._asked_s: float | None = None

    def start(self, report: Callable[[Press], None]) -> None:
        """Begin to ask the joystick. What was pushed before is forgotten."""
        self._thread = threading.Thread(target=self._run, args=(report,), name="joystick", daemon=True)
        self._thread.start()

    def alive(self) -> bool:
        """Tell whether pushes would still be noticed."""
        asked_s = self._asked_s
        hangs = asked_s is not None and time.monotonic() - asked_s >= DEAF_S
        return self._thread is not None and self._thread.is_alive() and not hangs

    def close(self) -> None:
        """Stop asking and free the device."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)
        self._stick.close()

    def _run(self, report: Callable[[Press], None]) -> None:
        try:
            self._pushes()
            while not self._stop.wait(LOOK_S):
                for event in self._pushes():
                    button = DIRECTIONS.get(event.direction)
                    if event.action in ("pressed", "released") and button is not None:
                        down = event.action == "pressed"
                        report(Press(button=button, mono_ms=self._boot_clock(), down=down))
        except Exception:  # noqa: BLE001 - whatever it is, the worker is over and must say so
            _log.exception("The joystick is no longer heard.")

    def _pushes(self) -> list[Any]:
        self._asked_s = time.monotonic()
        found = self._stick.get_events()
        self._asked_s = None
        return found
