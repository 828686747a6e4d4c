"""Are readings summed up fairly, and is a failing sensor told once?"""

from __future__ import annotations

import math

import pytest

from controller.wire.events import BoxStopping, ClimateSampled, SensorFault, SensorRecovered
from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.witness.box import state_message
from controller.witness.inputs import Stopping
from tests.witness_scenes import Scene, on, only


@pytest.fixture
def scene() -> Scene:
    return Scene.begun(at=on("06:00"))


def test_a_full_bucket_says_least_mean_and_most(scene: Scene) -> None:
    for temperature, humidity in ((20.0, 40.0), (22.04, 41.0), (21.0, 45.55)):
        scene.climate(temperature, humidity)
        scene.after(5 * MINUTE_MS)
    scene.tick()
    sample = scene.of(ClimateSampled)[0]
    assert (sample.sensor, sample.readings, sample.since) == ("sht4x", 3, on("06:00"))
    span = sample.temperature_c
    assert (span.low, span.mean, span.high) == (20.0, 21.0, 22.0)
    damp = sample.humidity_pct
    assert (damp.low, damp.mean, damp.high) == (40.0, 42.2, 45.5)


def test_the_bucket_is_emitted_by_time_alone(scene: Scene) -> None:
    scene.climate(20.0)
    scene.after(14 * MINUTE_MS)
    assert scene.of(ClimateSampled) == []
    scene.after(2 * MINUTE_MS)
    assert [record.stamp.at for record in scene.said if isinstance(record.data, ClimateSampled)] == [
        on("06:15")
    ]


def test_the_reading_at_the_boundary_belongs_to_the_next_bucket(scene: Scene) -> None:
    scene.climate(20.0)
    scene._go(15 * MINUTE_MS)
    sample = only(scene.climate(30.0), ClimateSampled)
    assert (sample.readings, sample.temperature_c.high) == (1, 20.0)


def test_no_reading_makes_no_sample(scene: Scene) -> None:
    scene.after(HOUR_MS)
    assert scene.of(ClimateSampled) == []


def test_a_day_of_readings_makes_four_samples_an_hour(scene: Scene) -> None:
    for _ in range(4 * 60):
        scene.climate(21.0)
        scene.after(MINUTE_MS)
    assert len(scene.of(ClimateSampled)) in (15, 16)
    assert sum(sample.readings for sample in scene.of(ClimateSampled)) in (225, 240)


def test_each_sensor_has_a_bucket_of_its_own(scene: Scene) -> None:
    for _ in range(16):
        scene.climate(20.0)
        scene.climate(21.0, sensor="shelf", of_medicine=False)
        scene.after(MINUTE_MS)
    own, beside = scene.of(ClimateSampled)
    assert (own.sensor, own.role, own.readings, own.temperature_c.mean) == ("sht4x", None, 15, 20.0)
    assert (beside.sensor, beside.role, beside.temperature_c.mean) == ("shelf", "beside", 21.0)


def test_stopping_says_what_was_collected(scene: Scene) -> None:
    scene.climate(20.0)
    found = scene.take(Stopping(stamp=scene.stamp()))
    assert [type(event) for event in found] == [ClimateSampled, BoxStopping]
    assert scene.take(Stopping(stamp=scene.stamp())) == [BoxStopping(because="asked")]


def test_a_sample_counts_its_time_by_the_boot_clock(scene: Scene) -> None:
    scene.climate(20.0)
    scene.jump(-HOUR_MS)
    scene.after(16 * MINUTE_MS)
    assert scene.of(ClimateSampled)[0].since == on("05:00")


def test_a_clock_before_1970_still_makes_a_sample_that_can_be_sent(scene: Scene) -> None:
    scene.climate(20.0)
    scene.after(10 * MINUTE_MS)
    scene.trust("untrusted", by_ms=-scene.wall_ms)
    scene.after(6 * MINUTE_MS)
    assert scene.of(ClimateSampled)[0].since == 0


# The sensor itself.


def test_a_run_of_failures_is_told_once_and_so_is_its_end(scene: Scene) -> None:
    assert scene.climate("crc") == [SensorFault(sensor="sht4x", because="crc")]
    assert scene.climate("absent") == []
    assert only(scene.climate(20.0), SensorRecovered).sensor == "sht4x"
    assert scene.climate(20.0) == []
    assert only(scene.climate("crc"), SensorFault).because == "crc"


@pytest.mark.parametrize(
    ("temperature", "humidity"),
    [
        (math.nan, 50.0),
        (20.0, math.nan),
        (math.inf, 50.0),
        (-math.inf, 50.0),
        (130.1, 50.0),
        (-60.1, 50.0),
        (20.0, 100.1),
        (20.0, -0.1),
    ],
)
def test_an_impossible_reading_is_no_reading(scene: Scene, temperature: float, humidity: float) -> None:
    assert scene.climate(temperature, humidity) == [SensorFault(sensor="sht4x", because="implausible")]
    message = state_message(scene.box, outbox=0, version="1")
    assert message is not None
    assert message.climate is None


@pytest.mark.parametrize(("temperature", "humidity"), [(-60.0, 0.0), (130.0, 100.0), (0.0, 50.0)])
def test_the_ends_of_the_range_are_readings(scene: Scene, temperature: float, humidity: float) -> None:
    assert scene.climate(temperature, humidity) == []


def test_a_failed_reading_stays_out_of_the_sample(scene: Scene) -> None:
    scene.climate(20.0)
    scene.climate("crc")
    scene.climate(22.0)
    scene.after(16 * MINUTE_MS)
    assert scene.of(ClimateSampled)[0].readings == 2


def test_a_fault_is_remembered_so_that_its_end_is_told_after_a_restart(scene: Scene) -> None:
    scene.climate("absent")
    scene.restart(power=True)
    assert scene.climate("absent") == []
    assert only(scene.climate(20.0), SensorRecovered).because == "reading_again"


def test_the_newest_reading_is_in_the_state(scene: Scene) -> None:
    scene.climate(21.26, 48.04)
    message = state_message(scene.box, outbox=0, version="1")
    assert message is not None
    assert message.climate is not None
    assert (message.climate.temperature_c, message.climate.humidity_pct) == (21.3, 48.0)
    assert message.climate.at == on("06:00")


def test_a_restart_forgets_the_reading_but_not_the_fault(scene: Scene) -> None:
    scene.climate(21.0)
    scene.restart()
    message = state_message(scene.box, outbox=0, version="1")
    assert message is not None
    assert message.climate is None


def test_a_sensor_that_was_replaced_by_another_leaves_no_fault_behind(scene: Scene) -> None:
    """The sign of the fault had stayed on the panel for ever, and its alert could not end."""
    scene.climate("crc")
    scene.start(sensors=("bme280",))
    assert scene.of(SensorRecovered) == [SensorRecovered(sensor="sht4x", because="replaced")]
    assert "fault" not in scene.view().marks
