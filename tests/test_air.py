"""Is a warm sensor's dry-looking air put right, and nonsense refused?"""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.air import (
    SteadyCpu,
    corrected,
    cpu_temperature_c,
    plausible,
    restated_humidity_pct,
    saturation_hpa,
)
from firmware.board import Calibration
from firmware.ports import ClimateReading, NoReading

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong

NONE = Calibration()
temperatures = st.floats(-10, 60)
humidities = st.floats(1, 99)


@pytest.mark.parametrize(
    ("measured_c", "measured_pct", "true_c", "true_pct"),
    [(35, 30, 25, 53.3), (32, 40, 25, 60.1), (30, 45, 24, 64.0)],
)
def test_the_worked_examples_of_a_warm_sensor_come_out(
    measured_c: float, measured_pct: float, true_c: float, true_pct: float
) -> None:
    assert restated_humidity_pct(measured_pct, measured_c, true_c) == pytest.approx(true_pct, abs=0.1)


def test_saturation_is_that_of_the_tables() -> None:
    assert saturation_hpa(0) == pytest.approx(6.11, abs=0.01)
    assert saturation_hpa(20) == pytest.approx(23.3, abs=0.1)
    assert saturation_hpa(30) == pytest.approx(42.4, abs=0.2)


@unhurried
@given(temperature_c=temperatures, humidity_pct=humidities)
def test_without_calibration_a_reading_is_what_the_sensor_said(
    temperature_c: float, humidity_pct: float
) -> None:
    reading = corrected(temperature_c, humidity_pct, cpu_c=None, calibration=NONE)
    assert isinstance(reading, ClimateReading)
    assert reading.temperature_c == pytest.approx(temperature_c, abs=0.006)
    assert reading.humidity_pct == pytest.approx(humidity_pct, abs=0.006)


@unhurried
@given(temperature_c=st.floats(20, 40), humidity_pct=humidities, heat=st.floats(0, 40))
def test_heat_of_the_processor_only_ever_makes_the_air_cooler_and_damper(
    temperature_c: float, humidity_pct: float, heat: float
) -> None:
    calibration = Calibration(cpu_factor=2.0)
    reading = corrected(temperature_c, humidity_pct, cpu_c=temperature_c + heat, calibration=calibration)
    assert isinstance(reading, ClimateReading)
    assert reading.temperature_c == pytest.approx(temperature_c - heat / 2, abs=0.006)
    assert reading.humidity_pct >= humidity_pct - 0.01
    assert reading.humidity_pct <= 100


def test_the_factor_found_with_a_reference_thermometer_brings_its_reading_back() -> None:
    sensor_c, cpu_c, true_c = 33.0, 55.0, 22.5
    factor = (cpu_c - sensor_c) / (sensor_c - true_c)
    reading = corrected(sensor_c, 30.0, cpu_c=cpu_c, calibration=Calibration(cpu_factor=factor))
    assert isinstance(reading, ClimateReading)
    assert reading.temperature_c == pytest.approx(true_c, abs=0.01)
    assert reading.humidity_pct == pytest.approx(55.5, abs=0.5)


def test_a_processor_cooler_than_the_sensor_adds_no_heat() -> None:
    reading = corrected(30.0, 50.0, cpu_c=20.0, calibration=Calibration(cpu_factor=1.0))
    assert reading == ClimateReading(temperature_c=30.0, humidity_pct=50.0)


def test_a_constant_heat_bias_restates_the_humidity_too() -> None:
    reading = corrected(35.0, 30.0, cpu_c=None, calibration=Calibration(temperature_offset_c=-10.0))
    assert isinstance(reading, ClimateReading)
    assert (reading.temperature_c, round(reading.humidity_pct)) == (25.0, 53)


def test_the_offset_of_humidity_is_added_last_and_stays_within_bounds() -> None:
    assert corrected(20.0, 50.0, cpu_c=None, calibration=Calibration(humidity_offset_pct=-3.5)) == (
        ClimateReading(temperature_c=20.0, humidity_pct=46.5)
    )
    for offset, bound in ((80.0, 100.0), (-80.0, 0.0)):
        reading = corrected(20.0, 50.0, cpu_c=None, calibration=Calibration(humidity_offset_pct=offset))
        assert isinstance(reading, ClimateReading)
        assert reading.humidity_pct == bound


def test_half_a_correction_is_no_reading() -> None:
    assert corrected(30.0, 40.0, cpu_c=None, calibration=Calibration(cpu_factor=1.5)) == NoReading(
        because="no_cpu_temperature"
    )


@pytest.mark.parametrize(
    ("temperature_c", "humidity_pct"),
    [
        (math.nan, 50.0), (20.0, math.nan), (math.inf, 50.0), (20.0, -math.inf),
        (-41.0, 50.0), (86.0, 50.0), (20.0, 111.0), (20.0, -11.0),
    ],
)  # fmt: skip
def test_what_no_room_is_like_is_refused(temperature_c: float, humidity_pct: float) -> None:
    assert not plausible(temperature_c, humidity_pct)
    assert corrected(temperature_c, humidity_pct, cpu_c=40.0, calibration=NONE) == NoReading(
        because="implausible"
    )


def test_a_calibration_that_leads_out_of_any_room_is_refused() -> None:
    absurd = Calibration(cpu_factor=0.1)
    assert corrected(30.0, 40.0, cpu_c=60.0, calibration=absurd) == NoReading(because="implausible")


def test_wet_air_that_reads_a_little_over_a_hundred_is_a_hundred() -> None:
    assert corrected(20.0, 104.0, cpu_c=None, calibration=NONE) == ClimateReading(
        temperature_c=20.0, humidity_pct=100.0
    )


def test_the_processor_is_read_in_thousandths_and_may_be_absent(tmp_path: Path) -> None:
    file = tmp_path / "temp"
    assert cpu_temperature_c(file) is None
    file.write_text("48312\n")
    assert cpu_temperature_c(file) == 48.312
    file.write_text("warm\n")
    assert cpu_temperature_c(file) is None


def test_the_processor_is_averaged_over_three_looks(tmp_path: Path) -> None:
    file = tmp_path / "temp"
    cpu = SteadyCpu(file)
    seen = []
    for milli in (40_000, 50_000, 60_000, 90_000):
        file.write_text(str(milli))
        seen.append(cpu.read_c())
    assert seen == [40.0, 45.0, 50.0, pytest.approx(66.67, abs=0.01)]
    file.unlink()
    assert cpu.read_c() is None


def test_the_pair_of_a_chip_that_failed_is_no_air_however_it_is_calibrated() -> None:
    moved = Calibration(temperature_offset_c=1.0, humidity_offset_pct=5.0)
    assert corrected(0.0, 0.0, cpu_c=None, calibration=moved) == NoReading(because="implausible")
    assert isinstance(corrected(0.0, 40.0, cpu_c=None, calibration=moved), ClimateReading)
