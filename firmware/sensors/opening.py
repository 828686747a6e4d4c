"""Which sensors does this box have?"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from firmware.air import SteadyCpu
from firmware.board import BoxSettings, SensorSettings
from firmware.errors import DeviceAbsent
from firmware.hat.climate import AwaitedClimate, HatClimate
from firmware.hat.parts import HatParts, Sensor, open_hat
from firmware.ports import Climate
from firmware.sensors.bme280 import Bme280
from firmware.sensors.bus import I2cBus, open_bus
from firmware.sensors.sht4x import Sht4x


def open_climates(settings: BoxSettings, hat: HatParts | None) -> tuple[Climate, ...]:
    """Open the sensors the box should have, the medicine's first; each is read, and fails, by itself."""
    return tuple(_opened(sensor, hat) for sensor in settings.sensors)


def _opened(sensor: SensorSettings, hat: HatParts | None) -> Climate:
    match sensor.kind:
        case "sht4x":
            return Sht4x(
                _bus(sensor), name=sensor.name, address=sensor.address, calibration=sensor.calibration
            )
        case "bme280":
            return Bme280(
                _bus(sensor), name=sensor.name, address=sensor.address, calibration=sensor.calibration
            )
        case "sense-hat":
            # A sensor that was promised and is missing must stay a fault, not turn into "no sensor wanted".
            if hat is not None and hat.sensor is not None:
                return _of_hat(sensor, hat, hat.sensor)
            return AwaitedClimate(sensor.name, lambda: _opened_anew(sensor))
        case _:
            assert_never(sensor.kind)


def _of_hat(settings: SensorSettings, hat: HatParts, sensor: Sensor) -> HatClimate:
    return HatClimate(
        name=settings.name,
        read_humidity=sensor.get_humidity,
        read_temperature=sensor.get_temperature_from_humidity,
        read_light_pct=hat.read_light_pct,
        wake=hat.wake,
        cpu_c=SteadyCpu().read_c,
        calibration=settings.calibration,
    )


def _opened_anew(settings: SensorSettings) -> HatClimate:
    """Open a HAT that was not there before, for its sensor alone."""
    hat = open_hat()
    if hat.stick is not None:
        hat.stick.close()
    if hat.sensor is None:
        raise DeviceAbsent("the sensor of the Sense HAT is still absent")
    return _of_hat(settings, hat, hat.sensor)


def _bus(sensor: SensorSettings) -> Callable[[], I2cBus]:
    number = sensor.i2c_bus
    return lambda: open_bus(number)
