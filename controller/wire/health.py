"""What may ail the computer in a box, and by which word does each of it begin and end?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from controller.wire.marks import Within
from controller.wire.words import Temperature, Word

ENDED_BY: Mapping[str, str] = {
    "under_voltage": "voltage_restored",
    "cpu_hot": "cpu_cooled",
    "disk_low": "disk_freed",
    "card_wearing": "card_spared",
    "wifi_weak": "wifi_restored",
    "on_battery": "on_mains",
    "battery_low": "battery_charged",
}
"""The word of `box.health` that begins an ailment, and the one that ends it."""

BEGUN_BY: Mapping[str, str] = {end: begin for begin, end in ENDED_BY.items()}

Percent = Annotated[float, Within(0, 100)]
Decibels = Annotated[int, Within(-255, 63)]
"""A received power in dBm, as far as the kernel can say it."""
Volts = Annotated[float, Within(0, 100)]
MebibytesADay = Annotated[float, Within(0, 2**40)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealth:
    """How the computer in the box is. What it cannot measure is left out, and is then not known to be well.

    `ailing` holds the words of `box.health` that have begun and not ended; `written_mib_day` is what all
    programs wrote to the card on the last whole day.
    """

    ailing: tuple[Word, ...] = ()
    under_voltage: bool | None = None
    cpu_c: Temperature | None = None
    disk_free_pct: Percent | None = None
    written_mib_day: MebibytesADay | None = None
    wifi_dbm: Decibels | None = None
    battery_pct: Percent | None = None
    battery_v: Volts | None = None
