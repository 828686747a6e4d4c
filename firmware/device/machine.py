"""What does the computer in the box measure of itself, on a real machine or a simulated one?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from firmware.board import BoxSettings
from firmware.device import card, power, wireless
from firmware.device.fuel_gauge import FuelGauge, GaugeBus, UpsSettings
from firmware.errors import DeviceAbsent
from firmware.ports import Device, DeviceReading
from firmware.scene import read_scene
from firmware.sensors.bus import open_bus


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the kernel tells what it measures."""

    hwmon: Path = power.HWMON
    thermal: Path = power.THERMAL
    block_devices: Path = card.BLOCK_DEVICES
    wireless: Path = wireless.WIRELESS


class Machine:
    """The computer this program runs on; keeps the `Device` port. `directory` lies on its card."""

    def __init__(
        self,
        directory: Path,
        *,
        gauge: FuelGauge | None = None,
        places: Places | None = None,
        ask: power.Ask | None = None,
    ) -> None:
        self._directory = directory
        self._gauge = gauge
        self._places = places or Places()
        self._ask = ask

    def read(self) -> DeviceReading:
        """Measure everything once; takes some milliseconds."""
        places = self._places
        charge = None if self._gauge is None else self._gauge.read()
        return DeviceReading(
            under_voltage=power.under_voltage(places.hwmon, self._ask),
            cpu_c=power.cpu_c(places.thermal),
            disk_free_pct=card.free_pct(self._directory),
            card_written_bytes=card.written_bytes(self._directory, places.block_devices),
            wifi_dbm=wireless.wifi_dbm(places.wireless),
            battery_pct=None if charge is None else charge.percent,
            battery_v=None if charge is None else charge.volts,
        )

    def close(self) -> None:
        """Free the bus of the gauge."""
        if self._gauge is not None:
            self._gauge.close()


class SimulatedDevice:
    """A computer whose ailments are written in the scene; it says nothing of the machine it really is."""

    def __init__(self, scene: Path | None) -> None:
        self._scene = scene

    def read(self) -> DeviceReading:
        """Return what the scene says."""
        try:
            return DeviceReading() if self._scene is None else read_scene(self._scene).device
        except DeviceAbsent:
            return DeviceReading()

    def close(self) -> None:
        """Nothing was opened."""


def open_device(settings: BoxSettings, directory: Path, ups: UpsSettings | None) -> Device:
    """Open the real or the simulated computer of a box."""
    if settings.hardware == "simulated":
        return SimulatedDevice(settings.simulation_file)
    gauge = None
    if ups is not None:
        gauge = FuelGauge(lambda: cast(GaugeBus, open_bus(ups.i2c_bus)), address=ups.address)
    return Machine(directory, gauge=gauge)
