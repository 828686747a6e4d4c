"""Which sensor does this box have?"""

from __future__ import annotations

from firmware.air import SteadyCpu
from firmware.board import BoxSettings
from firmware.hat.climate import AbsentClimate, HatClimate
from firmware.hat.parts import HatParts
from firmware.ports import Climate
from firmware.sht4x import Sht4x, open_bus


def open_climate(settings: BoxSettings, hat: HatParts | None) -> Climate | None:
    """Open the sensor the box should have; `None` only if it should have none."""
    if settings.sensor == "sht4x":
        return Sht4x(
            lambda: open_bus(settings.i2c_bus),
            address=settings.sht4x_address,
            calibration=settings.calibration,
        )
    if settings.sensor == "sense-hat":
        # A sensor that was promised and is missing must stay a fault, not turn into "no sensor wanted".
        return (
            AbsentClimate("sense-hat")
            if hat is None or hat.sensor is None
            else HatClimate(
                read_humidity=hat.sensor.get_humidity,
                read_temperature=hat.sensor.get_temperature_from_humidity,
                cpu_c=SteadyCpu().read_c,
                calibration=settings.calibration,
            )
        )
    return None
