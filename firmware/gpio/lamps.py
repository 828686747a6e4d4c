"""How do the lights at the compartments and the buzzer work?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.errors import DeviceAbsent
from firmware.gpio.pins import Pins
from firmware.ports import PanelView, Sound
from firmware.show.patterns import lit
from firmware.show.player import FramePlayer, SoundPlayer


class GpioLamps:
    """One light of one colour at each compartment that has a pin; keeps the `Panel` port."""

    def __init__(self, pins: Pins, lamps: Mapping[str, int]) -> None:
        """Open every pin.

        Raises:
            DeviceAbsent: A pin cannot be had; the text names its compartment.

        """
        self._lights: dict[str, Any] = {}
        for compartment, pin in lamps.items():
            try:
                self._lights[compartment] = pins.light(pin)
            except DeviceAbsent as error:
                raise DeviceAbsent(f"the light of {compartment}: {error}") from error
        self._player = FramePlayer(self._draw, self._dark, title="lights")

    def show(self, view: PanelView) -> None:
        """Light what the view lights."""
        self._player.show(view)

    def play(self, sound: Sound) -> None:
        """Stay silent: lights make no sound."""

    def alive(self) -> bool:
        """Tell whether the device still lets go of what it is told."""
        return self._player.alive()

    def close(self) -> None:
        """Go dark."""
        self._player.close()

    def _dark(self) -> None:
        for light in self._lights.values():
            light.off()

    def _draw(self, view: PanelView, elapsed_ms: int) -> int | None:
        changes = []
        for compartment, light in self._lights.items():
            lamp = view.lamps.get(compartment)
            on, next_ms = (False, None) if lamp is None else lit(lamp.light, elapsed_ms)
            if on:
                light.on()
            else:
                light.off()
            if next_ms is not None:
                changes.append(next_ms)
        return min(changes, default=None)


LOUDEST_DUTY = 0.5
"""A square wave that is on for half of the time moves the disc furthest."""


def duty_of(volume_pct: int) -> float:
    """Return the part of each period in which the buzzer is driven; ears hear ratios, so it is a square."""
    return float(LOUDEST_DUTY * (volume_pct / 100) ** 2)


class GpioBuzzer:
    """A passive buzzer on one pin; keeps the `Panel` port."""

    def __init__(self, pins: Pins, pin: int, *, volume_pct: int = 100) -> None:
        """Open the pin.

        Raises:
            DeviceAbsent: The pin cannot be had.

        """
        try:
            self._buzzer = pins.tone(pin)
        except DeviceAbsent as error:
            raise DeviceAbsent(f"the buzzer: {error}") from error
        self._duty = duty_of(volume_pct)
        self._player = SoundPlayer(self._tone)

    def show(self, view: PanelView) -> None:
        """Stay as it is: a buzzer shows nothing."""

    def play(self, sound: Sound) -> None:
        """Play a sound once."""
        self._player.play(sound)

    def alive(self) -> bool:
        """Tell whether the device still lets go of what it is told."""
        return self._player.alive()

    def close(self) -> None:
        """Be silent."""
        self._player.close()

    def _tone(self, hz: int) -> None:
        if hz:
            self._buzzer.frequency = hz
        self._buzzer.value = self._duty if hz else 0
