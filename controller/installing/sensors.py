"""Which sensors did the installer name, and which of them is the medicine's?"""

from __future__ import annotations

from typing import cast, get_args

from controller.errors import ConfigRefused
from controller.installing.table import Table, named
from firmware.board import SENSOR_ADDRESSES, Calibration, SensorKind, SensorSettings

NO_SENSOR = "none"


def sensors_of(root: Table) -> tuple[SensorSettings, ...]:
    """Return the sensors of `[[sensors]]`, or the one of `[sensor]`; the medicine's first.

    Raises:
        ConfigRefused: A key or a value is not known, or it is not said which one is the medicine's.

    """
    if not root.has("sensors"):
        return _single(root.table("sensor"))
    if root.has("sensor"):
        raise root.refusal("sensor", "and sensors exclude each other")
    found = [_one(table) for table in root.tables("sensors")]
    of_medicine = [sensor for sensor, is_medicines in found if is_medicines]
    if len(found) == 1:
        of_medicine = [sensor for sensor, _ in found]
    if len(of_medicine) != 1:
        raise ConfigRefused(
            "[[sensors]] needs of_medicine = true at exactly one: the one that lies with the tablets"
        )
    return (*of_medicine, *(sensor for sensor, _ in found if sensor is not of_medicine[0]))


def _single(table: Table) -> tuple[SensorSettings, ...]:
    kind = table.choice("kind", (*get_args(SensorKind), NO_SENSOR), NO_SENSOR)
    settings = _settings(table, cast("SensorKind", "sht4x" if kind == NO_SENSOR else kind), str(kind))
    table.done()
    return () if kind == NO_SENSOR else (settings,)


def _one(table: Table) -> tuple[SensorSettings, bool]:
    kind = table.choice("kind", get_args(SensorKind), None)
    if kind is None:
        raise table.refusal("kind", f"is missing: one of {', '.join(get_args(SensorKind))}")
    name = named(table, "name", table.text("name", kind) or kind)
    settings = _settings(table, cast("SensorKind", kind), name)
    is_medicines = table.flag("of_medicine", False)
    table.done()
    return settings, is_medicines


def _settings(table: Table, kind: SensorKind, name: str) -> SensorSettings:
    known = SENSOR_ADDRESSES[kind]
    address = table.whole("address", known[0], 0x03, 0x77)
    if kind == "sense-hat":
        # Soldered: an address in the table is that of the sensor that was there before.
        address = known[0]
    if kind == "bme280" and address not in known:
        raise table.refusal("address", f"is 0x{address:02x}; a bme280 answers at 0x76 or 0x77")
    return SensorSettings(
        name=name,
        kind=kind,
        address=address,
        i2c_bus=table.whole("i2c_bus", 1, 0, 63),
        calibration=_calibration(table.table("calibration")),
    )


def _calibration(table: Table) -> Calibration:
    calibration = Calibration(
        cpu_factor=table.number("cpu_factor", 1.0, 0.1, 100.0) if table.has("cpu_factor") else None,
        temperature_offset_c=table.number("temperature_offset_c", 0.0, -20, 20),
        humidity_offset_pct=table.number("humidity_offset_pct", 0.0, -50, 50),
    )
    table.done()
    return calibration
