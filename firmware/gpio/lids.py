"""Which lids are open, by the switches under them?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware.board import LidSwitch
from firmware.debounce import Change
from firmware.errors import DeviceAbsent
from firmware.gpio.pins import Edge, Pins, Switch
from firmware.ports import BootClock, LidReading
from firmware.watch import ContactWatch


class GpioLids:
    """One switch for each compartment; keeps the `Lids` port.

    A broken wire reads as an open lid where the switch closes with the lid: the loud failure.
    """

    def __init__(
        self, pins: Pins, lids: Mapping[str, int], *, switch: LidSwitch, boot_clock: BootClock
    ) -> None:
        """Open every pin.

        Raises:
            DeviceAbsent: A pin cannot be had; the text names its compartment.

        """
        self._pins = pins
        self._open_when_closed = switch == "opens_with_lid"
        self._boot_clock = boot_clock
        self._watch = ContactWatch(tuple(lids), read_level=self._is_open, boot_clock=boot_clock, title="lids")
        self._switches: dict[str, Switch] = {}
        for compartment, pin in lids.items():
            try:
                self._switches[compartment] = pins.switch(pin, self._edge_of(compartment))
            except DeviceAbsent as error:
                raise DeviceAbsent(f"the lid of {compartment}: {error}") from error

    def start(self, report: Callable[[LidReading], None]) -> Mapping[str, bool]:
        """Begin to watch and return which lids are open."""

        def told(compartment: str, change: Change) -> None:
            report(
                LidReading(
                    compartment=compartment,
                    open=change.level,
                    mono_ms=change.mono_ms,
                    because=change.because,
                    bounces=change.bounces,
                )
            )

        return self._watch.start(told)

    def alive(self) -> bool:
        """Tell whether the worker and the library's notify thread live."""
        return self._pins.alive() and self._watch.alive()

    def close(self) -> None:
        """Stop watching; the pins are freed with their factory."""
        self._watch.close()

    def _is_open(self, compartment: str) -> bool:
        return self._switches[compartment].closed() == self._open_when_closed

    def _edge_of(self, compartment: str) -> Edge:
        def edge(closed: bool, age_ms: int) -> None:
            self._watch.edge(
                compartment, closed == self._open_when_closed, max(0, self._boot_clock() - age_ms)
            )

        return edge
