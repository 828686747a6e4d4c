"""How does the lock on a pin of a Raspberry Pi hold the lids, and let them go?"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from firmware.errors import DeviceAbsent
from firmware.gpio.pins import Pins
from firmware.locks.coil import Coil, Current, driven
from firmware.locks.wiring import LockWiring
from firmware.show.player import FramePlayer

SERVO_MOVES_MS = 700
"""So long a small servo is driven; held at an angle any longer it hums, warms and jitters."""

Order = tuple[bool, int]
"""Whether the lids are to be let go, and the number of the order: the same one again is carried out anew."""


class _Mechanism(Protocol):
    def move(self, order: Order, elapsed_ms: int) -> int | None:
        """Carry on with an order of so many ms ago; return the age at which it wants to be carried on."""
        ...

    def rest(self) -> None:
        """Take all current from it."""
        ...


class GpioLock:
    """One solenoid or servo; keeps the `Lock` port. A thread of its own bounds the time with current."""

    def __init__(
        self, pins: Pins, wiring: LockWiring, *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Open the pin; nothing moves before the first order.

        Raises:
            DeviceAbsent: The pin cannot be had.

        """
        try:
            part: _Mechanism = (
                _Servo(pins, wiring) if wiring.kind == "servo" else _Solenoid(pins, wiring, clock_s)
            )
        except DeviceAbsent as error:
            raise DeviceAbsent(f"the lock: {error}") from error
        self._orders = 0
        self._player = FramePlayer[Order](part.move, part.rest, title="lock")

    def engage(self) -> None:
        """Hold the lids."""
        self._order(release=False)

    def release(self) -> None:
        """Let the lids go."""
        self._order(release=True)

    def alive(self) -> bool:
        """Tell whether the driver still lets go of what it is told."""
        return self._player.alive()

    def close(self) -> None:
        """Take the current from it; the pin is freed with its factory."""
        self._player.close()

    def _order(self, *, release: bool) -> None:
        self._orders += 1
        self._player.show((release, self._orders))


class _Solenoid:
    def __init__(self, pins: Pins, wiring: LockWiring, clock_s: Callable[[], float]) -> None:
        limit_s = wiring.energised_max_s
        self._coil = Coil(
            limit_ms=None if limit_s is None else round(limit_s * 1000),
            rest_ms=round(wiring.hold_off_s * 1000),
        )
        self._releases_by_current = wiring.energised_is == "open"
        self._clock_s = clock_s
        self._current = Current()
        self._switch: Any = pins.coil(wiring.pin, active_high=wiring.energised_by == "high")

    def move(self, order: Order, elapsed_ms: int) -> int | None:
        now_ms = round(self._clock_s() * 1000)
        wanted = order[0] == self._releases_by_current
        after, next_ms = driven(self._coil, self._current, now_ms, wanted=wanted)
        # Switched first: a switch that failed has changed nothing, and is tried again as if never asked.
        if after.flows:
            self._switch.on()
        else:
            self._switch.off()
        self._current = after
        return None if next_ms is None else elapsed_ms + next_ms - now_ms

    def rest(self) -> None:
        self._switch.off()


class _Servo:
    def __init__(self, pins: Pins, wiring: LockWiring) -> None:
        self._open_angle, self._locked_angle = wiring.open_angle, wiring.locked_angle
        self._servo: Any = pins.servo(wiring.pin)

    def move(self, order: Order, elapsed_ms: int) -> int | None:
        if elapsed_ms >= SERVO_MOVES_MS:
            self._servo.detach()
            return None
        self._servo.angle = self._open_angle if order[0] else self._locked_angle
        return SERVO_MOVES_MS

    def rest(self) -> None:
        self._servo.detach()
