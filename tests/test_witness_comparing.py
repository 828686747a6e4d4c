"""Are sensors that disagree told of, and is it the right one that is doubted?"""

from __future__ import annotations

import math

import pytest

from controller.wire.events import (
    ClimateSampled,
    ExcursionEnded,
    ExcursionStarted,
    SensorFault,
    SensorRecovered,
)
from controller.wire.instants import MINUTE_MS
from controller.witness.box import state_message
from controller.witness.state import recall, remembered
from tests.test_witness_believing import HOT, STALE
from tests.witness_scenes import COMPARTMENTS, Scene, on, plan_of

Pairs = dict[str, tuple[float, float] | str]


@pytest.fixture
def scene() -> Scene:
    scene = Scene.begun(plan_of(limits=(HOT, STALE)), at=on("06:00"))
    scene.hub(True)
    return scene


def live(scene: Scene, count: int, **pairs: tuple[float, float] | str) -> None:
    """Let each sensor read once a minute with a little noise; the one called `own` is the medicine's."""
    for index in range(count):
        for name, pair in pairs.items():
            temperature, humidity = pair if isinstance(pair, tuple) else (pair, 0.0)
            if isinstance(temperature, float):
                temperature += index % 3 / 100
            scene.climate(temperature, humidity, sensor=name, of_medicine=name == "own")
        scene.after(MINUTE_MS)


def told(scene: Scene) -> list[SensorFault]:
    return scene.of(SensorFault)


def test_two_sensors_that_agree_are_no_news(scene: Scene) -> None:
    live(scene, 60, own=(22.0, 50.0), shelf=(24.5, 60.0))
    assert told(scene) == []


@pytest.mark.parametrize("shelf", [(32.0, 50.0), (12.0, 50.0), (22.0, 70.0), (25.5, 50.0)])
def test_two_that_differ_for_half_an_hour_put_the_medicines_in_doubt(
    scene: Scene, shelf: tuple[float, float]
) -> None:
    live(scene, 30, own=(22.0, 50.0), shelf=shelf)
    assert told(scene) == []
    live(scene, 3, own=(22.0, 50.0), shelf=shelf)
    assert told(scene) == [SensorFault(sensor="own", because="disagreeing", against="shelf")]
    live(scene, 60, own=(22.0, 50.0), shelf=shelf)
    assert len(told(scene)) == 1
    assert scene.view().glyph == "fault"


def test_a_short_difference_is_a_hand_or_a_lid(scene: Scene) -> None:
    for _ in range(4):
        live(scene, 20, own=(22.0, 50.0), shelf=(30.0, 50.0))
        live(scene, 5, own=(22.0, 50.0), shelf=(22.5, 50.0))
    assert told(scene) == []


def test_they_agree_again_when_they_are_clearly_nearer(scene: Scene) -> None:
    live(scene, 40, own=(22.0, 50.0), shelf=(32.0, 50.0))
    live(scene, 10, own=(22.0, 50.0), shelf=(24.7, 50.0))
    assert scene.of(SensorRecovered) == []
    live(scene, 5, own=(22.0, 50.0), shelf=(23.0, 50.0))
    assert scene.of(SensorRecovered) == [SensorRecovered(sensor="own", because="agreeing_again")]


def test_of_three_the_one_that_stands_alone_is_in_doubt(scene: Scene) -> None:
    live(scene, 40, own=(22.0, 50.0), shelf=(32.0, 50.0), door=(22.5, 51.0))
    assert told(scene) == [SensorFault(sensor="shelf", because="disagreeing", role="beside", against="own")]
    assert scene.view().glyph != "fault", "the storage is still measured"
    scene = Scene.begun(plan_of(limits=(HOT, STALE)), at=on("06:00"))
    live(scene, 40, own=(32.0, 50.0), shelf=(22.0, 50.0), door=(22.5, 51.0))
    assert [(fault.sensor, fault.role) for fault in told(scene)] == [("own", None)]


def test_a_doubted_sensor_makes_no_sample_and_no_news_in_the_state(scene: Scene) -> None:
    live(scene, 35, own=(22.0, 50.0), shelf=(32.0, 50.0))
    scene.after(15 * MINUTE_MS)
    before = len([sample for sample in scene.of(ClimateSampled) if sample.role is None])
    live(scene, 40, own=(22.0, 50.0), shelf=(32.0, 50.0))
    assert len([sample for sample in scene.of(ClimateSampled) if sample.role is None]) == before
    assert [sample.sensor for sample in scene.of(ClimateSampled)][-1] == "shelf"
    message = state_message(scene.box, outbox=0, version="1")
    assert message is not None
    assert message.climate is not None
    assert message.climate.sensor == "own"
    assert message.climate.at < on("06:35")


def test_a_doubted_reading_may_begin_an_excursion_and_never_ends_one(scene: Scene) -> None:
    """A second sensor on a cool wall must not hide that the tablets lie in the heat."""
    live(scene, 35, own=(26.0, 50.0), shelf=(20.0, 50.0))
    live(scene, 15, own=(31.0, 50.0), shelf=(20.0, 50.0))
    assert [one.excursion for one in scene.of(ExcursionStarted)] == ["hot"]
    live(scene, 40, own=(27.0, 50.0), shelf=(20.0, 50.0))
    assert scene.of(ExcursionEnded) == []
    assert [one.excursion for one in scene.of(ExcursionStarted)] == ["hot", "stale"]
    live(scene, 12, own=(22.0, 50.0), shelf=(22.0, 50.0))
    assert {one.excursion for one in scene.of(ExcursionEnded)} == {"hot", "stale"}


def test_the_storage_is_judged_by_the_medicines_sensor_alone(scene: Scene) -> None:
    live(scene, 20, own=(28.0, 50.0), shelf=(30.9, 50.0))
    live(scene, 20, own=(27.0, 50.0), shelf=("absent"))
    assert scene.of(ExcursionStarted) == []
    assert [(fault.sensor, fault.because, fault.role) for fault in told(scene)] == [
        ("shelf", "absent", "beside")
    ]


def test_a_second_sensor_that_reads_on_does_not_hide_that_the_medicines_is_silent(scene: Scene) -> None:
    live(scene, 50, own="absent", shelf=(22.0, 50.0))
    assert [one.excursion for one in scene.of(ExcursionStarted)] == ["stale"]


def test_that_the_other_sensor_fell_silent_proves_nothing(scene: Scene) -> None:
    live(scene, 35, own=(22.0, 50.0), shelf=(32.0, 50.0))
    live(scene, 60, own=(22.0, 50.0), shelf="absent")
    assert scene.of(SensorRecovered) == []
    live(scene, 2, own=(22.0, 50.0), shelf=(22.0, 50.0))
    assert {one.sensor for one in scene.of(SensorRecovered)} == {"own", "shelf"}


def test_the_doubt_outlives_a_restart_and_is_not_told_again(scene: Scene) -> None:
    live(scene, 35, own=(22.0, 50.0), shelf=(32.0, 50.0))
    scene.restart(power=True, sensors=("own", "shelf"))
    live(scene, 45, own=(22.0, 50.0), shelf=(32.0, 50.0))
    assert (len(told(scene)), scene.of(SensorRecovered)) == (1, [])
    scene.restart(sensors=("own",))
    live(scene, 5, own=(22.0, 50.0))
    assert scene.of(SensorRecovered)[0].sensor == "own", "with nothing to compare, nothing is in doubt"


def test_a_sensor_that_changed_its_part_begins_anew(scene: Scene) -> None:
    scene.climate("absent", sensor="shelf", of_medicine=False)
    scene.restart(sensors=("shelf", "own"))
    assert scene.of(SensorRecovered) == [SensorRecovered(sensor="shelf", because="replaced")]
    scene.climate("absent", sensor="shelf")
    assert told(scene)[-1].role is None


def test_faults_that_an_older_box_remembered_are_those_of_its_one_sensor(scene: Scene) -> None:
    scene.climate("absent")
    parts = remembered(scene.box) | {"faults": '{"sensors":["sht4x"]}'}
    scene.box = recall("kitchen", COMPARTMENTS, parts)
    scene.start(sensors=("sht4x",))
    assert scene.view().glyph == "fault"
    scene.climate(22.0)
    assert scene.of(SensorRecovered) == [SensorRecovered(sensor="sht4x", because="reading_again")]


def test_what_is_not_even_plausible_is_not_compared(scene: Scene) -> None:
    live(scene, 60, own=(22.0, 50.0), shelf=(math.nan, 50.0))
    assert [(fault.sensor, fault.because) for fault in told(scene)] == [("shelf", "implausible")]
