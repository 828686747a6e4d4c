"""Is a reading that cannot be believed told once, by its cause, and does it never count as fine?"""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import (
    ClimateSampled,
    EventData,
    ExcursionEnded,
    ExcursionStarted,
    SensorFault,
    SensorRecovered,
)
from controller.wire.events.climate import STUCK_MS
from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.wire.plan import Limit
from controller.witness.box import state_message
from controller.witness.sensing.believing import GAP_MS, Doubted, Past, look
from controller.witness.state import remembered
from firmware.ports import ClimateReading, NoReading
from hub.care.storing import stuck
from tests.witness_scenes import Scene, on, only, plan_of

HOT = Limit(
    rule="hot", excursion="hot", measure="temperature_c", side="above", limit=30.0, clear=29.0,
    dwell_ms=10 * MINUTE_MS, clear_dwell_ms=10 * MINUTE_MS,
)  # fmt: skip
STALE = Limit(
    rule="stale", excursion="stale", measure="silence", side="above", limit=0.0, clear=0.0,
    dwell_ms=45 * MINUTE_MS, clear_dwell_ms=5 * MINUTE_MS,
)  # fmt: skip
Step = tuple[float | str, float]


@pytest.fixture
def scene() -> Scene:
    return Scene.begun(plan_of(limits=(HOT, STALE)), at=on("06:00"))


def minutes(scene: Scene, readings: Iterable[float | str | Step]) -> list[EventData]:
    """Read the medicine's sensor once a minute; return what was said of sensors and excursions."""
    before = len(scene.said)
    for index, one in enumerate(readings):
        temperature, humidity = one if isinstance(one, tuple) else (one, 50.0 + index % 7 / 10)
        scene.climate(temperature, humidity)
        scene.after(MINUTE_MS)
    told = (record.data for record in scene.said[before:])
    return [data for data in told if not isinstance(data, ClimateSampled)]


def faults(scene: Scene) -> list[tuple[str, str]]:
    return [(fault.sensor, fault.because) for fault in scene.of(SensorFault)]


# Implausible.


@pytest.mark.parametrize("pair", [(0.0, 0.0), (math.nan, 50.0), (20.0, math.inf), (-61.0, 50.0)])
def test_what_no_air_is_like_is_a_fault_and_no_reading(scene: Scene, pair: tuple[float, float]) -> None:
    assert minutes(scene, [pair, pair]) == [SensorFault(sensor="sht4x", because="implausible")]
    message = state_message(scene.box, outbox=0, version="1")
    assert message is not None
    assert message.climate is None
    scene.after(16 * MINUTE_MS)
    assert scene.of(ClimateSampled) == []


def test_freezing_dry_air_is_not_the_pair_of_a_failed_sensor(scene: Scene) -> None:
    assert minutes(scene, [(0.0, 40.0), (0.1, 1.0)][:1]) == []


# Jumping.


def test_one_odd_reading_is_told_to_nobody_and_counts_for_nothing(scene: Scene) -> None:
    assert minutes(scene, [22.0, 22.1, 33.0, 22.1, 22.0]) == []
    scene.after(15 * MINUTE_MS)
    sample = scene.of(ClimateSampled)[0]
    assert (sample.readings, sample.temperature_c.high) == (4, 22.1)


def test_a_jump_that_the_next_reading_repeats_is_the_air(scene: Scene) -> None:
    assert minutes(scene, [22.0, 22.1, 36.0, 36.2, 36.1]) == []
    assert [one.temperature_c for one in [state_message(scene.box, outbox=0, version="1").climate]] == [36.1]  # type: ignore[union-attr] # it is there


def test_a_box_that_is_carried_into_the_heat_is_found_hot_a_minute_later(scene: Scene) -> None:
    told = minutes(scene, [22.0, *[40.0 + index % 3 / 10 for index in range(12)]])
    started = only(told, ExcursionStarted)
    assert started.since == on("06:02")


@pytest.mark.parametrize(
    "readings",
    [
        [22.0, 32.0, 22.0, 32.0, 22.1, 32.0],
        [22.0, 32.0, 10.0, 40.0],
        [(22.0, 40.0), (22.0, 75.0), (22.0, 40.0), (22.0, 70.0), (22.0, 41.0), (22.0, 70.0)],
    ],
)
def test_a_third_jump_within_an_hour_is_the_sensors(scene: Scene, readings: list[float | Step]) -> None:
    assert minutes(scene, readings) == [SensorFault(sensor="sht4x", because="jumping")]
    assert minutes(scene, [22.0, 32.0, 22.0]) == [], "it is told once"
    calm = minutes(scene, [22.0 + index % 3 / 10 for index in range(12)])
    assert calm == [SensorRecovered(sensor="sht4x", because="reading_again")]


def test_jumps_hours_apart_are_lids_and_windows(scene: Scene) -> None:
    for _ in range(5):
        minutes(scene, [22.0, 22.1, 33.0, 22.0])
        minutes(scene, [22.0 + index % 3 / 10 for index in range(31)])
    assert faults(scene) == []


def test_readings_with_a_silence_between_may_differ_by_anything(scene: Scene) -> None:
    for temperature in (22.0, 33.0, 15.0, 34.0):
        minutes(scene, [temperature])
        scene.after(10 * MINUTE_MS)
    assert faults(scene) == []


# Frozen.


def still(scene: Scene, span_ms: int) -> None:
    for _ in range(span_ms // (15 * MINUTE_MS)):
        scene.climate(22.0, 50.0)
        scene.after(15 * MINUTE_MS)


def test_exactly_the_same_for_half_a_day_is_a_frozen_sensor(scene: Scene) -> None:
    still(scene, STUCK_MS)
    assert faults(scene) == []
    still(scene, 15 * MINUTE_MS)
    assert faults(scene) == [("sht4x", "frozen")]
    assert minutes(scene, [(22.0, 50.0), (22.01, 50.0)])[-1] == SensorRecovered(
        sensor="sht4x", because="moving_again"
    )


def test_box_and_hub_agree_on_how_long_is_too_long() -> None:
    assert stuck.STUCK_MS == STUCK_MS


def test_a_hundredth_of_a_degree_proves_that_a_sensor_lives(scene: Scene) -> None:
    for index in range(100):
        scene.climate(22.0 + index % 2 / 100, 50.0)
        scene.after(15 * MINUTE_MS)
    assert faults(scene) == []


def test_a_sensor_that_was_silent_is_looked_at_as_for_the_first_time() -> None:
    reading = ClimateReading(temperature_c=22.0, humidity_pct=50.0)
    past, _ = look(Past(), reading, 0)
    past, _ = look(past, NoReading(because="absent"), MINUTE_MS)
    past, verdict = look(past, reading, GAP_MS + STUCK_MS)
    assert (verdict, past.same_ms) == ("believed", GAP_MS + STUCK_MS)


# Never counted as fine.


BAD: dict[str, list[float | str | Step]] = {
    "absent": ["absent"] * 40,
    "damaged": ["crc"] * 40,
    "zero": [(0.0, 0.0)] * 40,
    "nan": [(math.nan, 50.0)] * 40,
    "jumping": [20.0, 33.0, 20.0, 35.0, 12.0, 33.0, *([12.0, 33.0] * 17)],
}


@pytest.mark.parametrize("kind", BAD)
def test_a_doubted_reading_never_ends_an_excursion(scene: Scene, kind: str) -> None:
    minutes(scene, [35.0 + index % 3 / 10 for index in range(15)])
    assert len(scene.of(ExcursionStarted)) == 1
    # It was back within the limit for five of the ten minutes it needs: then nobody knows any more.
    minutes(scene, [31.0, 28.0, 27.9, 27.8, 27.9])
    minutes(scene, BAD[kind])
    assert scene.of(ExcursionEnded) == []


@pytest.mark.parametrize("kind", BAD)
def test_a_sensor_that_is_not_believed_is_a_silence(scene: Scene, kind: str) -> None:
    minutes(scene, [22.0, 22.1])
    minutes(scene, [*BAD[kind], *BAD[kind]])
    assert [started.excursion for started in scene.of(ExcursionStarted)] == ["stale"]
    assert len(scene.of(SensorFault)) == 1
    assert scene.view().glyph == "fault"


def test_back_after_an_hour_it_is_told_once_more(scene: Scene) -> None:
    minutes(scene, [22.0, *["absent"] * 60])
    told = minutes(scene, [28.0, 28.1, 28.0, 28.1, 28.0, 28.1])
    assert told[0] == SensorRecovered(sensor="sht4x", because="reading_again")
    assert only(told, ExcursionEnded).because == "reading_again"
    assert scene.view().glyph != "fault"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["absent", "crc"]),
            st.tuples(st.floats(-70, 140), st.floats(-5, 105)),
            st.just((math.nan, 50.0)),
            st.just((0.0, 0.0)),
        ),
        max_size=40,
    )
)
def test_fault_and_recovery_take_turns_whatever_is_read(readings: list[str | Step]) -> None:
    scene = Scene.begun(plan_of(limits=(HOT, STALE)), at=on("06:00"))
    told = minutes(scene, readings)
    sensor = [data for data in told if isinstance(data, SensorFault | SensorRecovered)]
    assert [isinstance(data, SensorFault) for data in sensor] == [
        index % 2 == 0 for index in range(len(sensor))
    ]
    before = remembered(scene.box)["faults"]
    scene.restart(power=True)
    assert remembered(scene.box)["faults"] == before


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, HOUR_MS), st.floats(-60, 130), st.floats(0, 100)), max_size=30))
def test_looking_is_total_and_says_one_of_three_things(steps: list[tuple[int, float, float]]) -> None:
    past, mono_ms = Past(), 0
    for wait_ms, temperature, humidity in steps:
        mono_ms += wait_ms
        past, verdict = look(past, ClimateReading(temperature_c=temperature, humidity_pct=humidity), mono_ms)
        assert verdict in ("believed", "withheld") or isinstance(verdict, Doubted)
