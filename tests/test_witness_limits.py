"""Does an excursion start and end when the plan's limit, dwell and hysteresis say, and not otherwise?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import ExcursionEnded, ExcursionStarted
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Limit
from controller.wire.vapour import dew_gap_k
from tests.witness_scenes import MONDAY, Scene, on, only, plan_of

DAMP = Limit(
    rule="damp",
    excursion="damp",
    measure="humidity_pct",
    side="above",
    limit=60.0,
    clear=55.0,
    dwell_ms=HOUR_MS,
    clear_dwell_ms=30 * MINUTE_MS,
)
COLD = Limit(
    rule="cold",
    excursion="cold",
    measure="temperature_c",
    side="below",
    limit=15.0,
    clear=16.0,
    dwell_ms=10 * MINUTE_MS,
    clear_dwell_ms=0,
)
HOT = replace(COLD, rule="hot-now", excursion="hot", side="above", limit=40.0, clear=38.0, dwell_ms=0)
DEW = Limit(
    rule="dew",
    excursion="condensation",
    measure="dew_gap_k",
    side="below",
    limit=2.0,
    clear=3.0,
    dwell_ms=0,
    clear_dwell_ms=0,
)
STALE = Limit(
    rule="stale",
    excursion="stale",
    measure="silence",
    side="above",
    limit=0.0,
    clear=0.0,
    dwell_ms=2 * HOUR_MS,
    clear_dwell_ms=0,
)


def begun(*limits: Limit) -> Scene:
    return Scene.begun(plan_of(limits=limits), at=on("06:00"))


def readings(scene: Scene, minutes: int, humidity: float = 50.0, temperature: float = 20.0) -> None:
    """Read once a minute for some minutes, from now on."""
    for _ in range(minutes):
        scene.climate(temperature, humidity)
        scene.after(MINUTE_MS)


def times(scene: Scene, kind: type[ExcursionStarted] | type[ExcursionEnded]) -> list[int]:
    """Return how many minutes after the start of the scene each event of a kind was recorded."""
    return [
        (record.stamp.at - on("06:00")) // MINUTE_MS for record in scene.said if isinstance(record.data, kind)
    ]


def test_an_excursion_starts_after_its_dwell_and_says_since_when() -> None:
    scene = begun(DAMP)
    readings(scene, 10)
    readings(scene, 70, humidity=65.5)
    started = only([record.data for record in scene.said], ExcursionStarted)
    assert (started.excursion, started.rule, started.because) == ("damp", "damp", "beyond_limit")
    assert (started.since, started.limit, started.value) == (on("06:10"), 60.0, 65.5)
    assert times(scene, ExcursionStarted) == [70]


def test_a_limit_that_is_only_reached_is_not_passed() -> None:
    scene = begun(DAMP)
    readings(scene, 120, humidity=60.0)
    assert scene.of(ExcursionStarted) == []


def test_a_short_relief_restarts_the_dwell() -> None:
    scene = begun(DAMP)
    readings(scene, 50, humidity=65.0)
    readings(scene, 1, humidity=60.0)
    readings(scene, 59, humidity=65.0)
    assert scene.of(ExcursionStarted) == []


def test_an_excursion_ends_only_past_its_clear_value_and_dwell() -> None:
    scene = begun(DAMP)
    readings(scene, 61, humidity=65.0)
    readings(scene, 60, humidity=57.0)
    assert scene.of(ExcursionEnded) == []
    readings(scene, 20, humidity=54.0)
    readings(scene, 1, humidity=56.0)
    readings(scene, 29, humidity=54.0)
    assert scene.of(ExcursionEnded) == []
    readings(scene, 2, humidity=55.0)
    ended = only([record.data for record in scene.said], ExcursionEnded)
    assert (ended.because, ended.rule, ended.since) == ("back_within", "damp", on("06:00"))


def test_the_end_names_the_worst_value() -> None:
    scene = begun(HOT)
    for temperature in (41.0, 44.4, 42.0, 37.0):
        scene.climate(temperature)
        scene.after(MINUTE_MS)
    assert scene.of(ExcursionEnded)[0].extreme == 44.4
    scene = begun(replace(COLD, dwell_ms=0))
    for temperature in (14.0, 9.5, 12.0, 17.0):
        scene.climate(temperature)
        scene.after(MINUTE_MS)
    assert scene.of(ExcursionEnded)[0].extreme == 9.5


def test_without_a_dwell_one_reading_is_enough() -> None:
    scene = begun(HOT)
    assert only(scene.climate(40.1), ExcursionStarted).value == 40.1
    assert only(scene.climate(38.0), ExcursionEnded).rule == "hot-now"


def test_a_running_excursion_is_told_once() -> None:
    scene = begun(DAMP)
    readings(scene, 300, humidity=70.0)
    assert len(scene.of(ExcursionStarted)) == 1


def test_a_dwell_ends_between_two_readings() -> None:
    scene = begun(COLD)
    scene.climate(10.0)
    scene.after(10 * MINUTE_MS)
    assert times(scene, ExcursionStarted) == [10]


def test_a_long_silence_counts_towards_no_dwell() -> None:
    scene = begun(DAMP)
    readings(scene, 29, humidity=70.0)
    scene.after(3 * HOUR_MS)
    readings(scene, 31, humidity=70.0)
    assert scene.of(ExcursionStarted) == []
    readings(scene, 2, humidity=70.0)
    assert len(scene.of(ExcursionStarted)) == 1
    assert scene.of(ExcursionStarted)[0].since == on("06:00")


def test_failed_readings_neither_start_nor_end_anything() -> None:
    scene = begun(COLD)
    scene.climate(10.0)
    for _ in range(5):
        scene.after(MINUTE_MS)
        scene.climate("crc")
    scene.after(MINUTE_MS)
    scene.climate(10.0)
    scene.after(5 * MINUTE_MS)
    assert times(scene, ExcursionStarted) == [10]


def test_two_rules_of_one_kind_run_side_by_side() -> None:
    scene = begun(DAMP, replace(DAMP, rule="soaked", limit=80.0, clear=75.0, dwell_ms=0))
    readings(scene, 61, humidity=85.0)
    assert [event.rule for event in scene.of(ExcursionStarted)] == ["soaked", "damp"]


def test_the_first_of_two_limits_of_one_rule_counts() -> None:
    scene = begun(HOT, replace(HOT, limit=10.0))
    readings(scene, 5, temperature=20.0)
    assert scene.of(ExcursionStarted) == []


def test_a_clear_value_on_the_wrong_side_does_not_flap() -> None:
    scene = begun(replace(HOT, clear=50.0))
    readings(scene, 10, temperature=45.0)
    assert len(scene.of(ExcursionStarted)) == 1
    assert scene.of(ExcursionEnded) == []


# Condensation.


def test_air_near_its_dew_point_is_an_excursion() -> None:
    scene = begun(DEW)
    assert scene.climate(20.0, 80.0) == []
    started = only(scene.climate(20.0, 92.0), ExcursionStarted)
    assert started.excursion == "condensation"
    assert started.value == pytest.approx(1.34, abs=0.02)


@pytest.mark.parametrize(
    ("temperature", "humidity", "dew_point"), [(25.0, 60.0, 16.7), (30.0, 75.0, 25.1), (20.0, 100.0, 20.0)]
)
def test_the_dew_point_agrees_with_tables(temperature: float, humidity: float, dew_point: float) -> None:
    assert temperature - dew_gap_k(temperature, humidity) == pytest.approx(dew_point, abs=0.06)


@given(temperature=st.floats(-60, 130), humidity=st.floats(0, 100))
@settings(max_examples=200)
def test_the_dew_point_is_never_above_the_air_and_always_a_number(
    temperature: float, humidity: float
) -> None:
    assert -1e-6 <= dew_gap_k(temperature, humidity) < 300


@given(low=st.floats(0.1, 99), more=st.floats(0.1, 50), temperature=st.floats(-20, 60))
@settings(max_examples=200)
def test_damper_air_is_nearer_to_its_dew_point(low: float, more: float, temperature: float) -> None:
    assert dew_gap_k(temperature, min(100.0, low + more)) < dew_gap_k(temperature, low)


# Silence.


def test_silence_from_the_start_is_stale_after_its_dwell() -> None:
    scene = begun(STALE)
    scene.after(3 * HOUR_MS)
    started = only([record.data for record in scene.said], ExcursionStarted)
    assert (started.because, started.since) == ("no_reading", on("06:00"))
    assert (started.limit, started.value) == (None, None)
    assert times(scene, ExcursionStarted) == [120]


def test_silence_counts_from_the_newest_valid_reading() -> None:
    scene = begun(STALE)
    readings(scene, 60)
    scene.climate("crc")
    scene.after(3 * HOUR_MS)
    assert times(scene, ExcursionStarted) == [179]


def test_one_reading_ends_a_silence() -> None:
    scene = begun(STALE)
    scene.after(3 * HOUR_MS)
    ended = only(scene.climate(20.0), ExcursionEnded)
    assert (ended.because, ended.extreme) == ("reading_again", None)


def test_a_silence_with_a_clear_dwell_ends_after_readings_that_long() -> None:
    scene = begun(replace(STALE, clear_dwell_ms=10 * MINUTE_MS))
    scene.after(3 * HOUR_MS)
    readings(scene, 10)
    assert scene.of(ExcursionEnded) == []
    readings(scene, 1)
    assert len(scene.of(ExcursionEnded)) == 1


# Plans and restarts.


def test_a_plan_that_drops_a_rule_ends_its_excursion() -> None:
    scene = begun(HOT)
    scene.climate(45.0)
    ended = only(scene.plan(plan_of(name="p2", made_at=MONDAY + 1)), ExcursionEnded)
    assert (ended.because, ended.rule, ended.extreme) == ("rule_withdrawn", "hot-now", 45.0)


def test_a_plan_that_keeps_a_rule_keeps_its_excursion_and_its_dwell() -> None:
    scene = begun(HOT, DAMP)
    scene.climate(45.0, 70.0)
    readings(scene, 40, humidity=70.0, temperature=45.0)
    assert scene.plan(plan_of(name="p2", made_at=MONDAY + 1, limits=(HOT, DAMP))) == []
    readings(scene, 25, humidity=70.0, temperature=45.0)
    assert times(scene, ExcursionStarted) == [0, 60]


def test_a_plan_that_changes_a_rule_restarts_its_dwell() -> None:
    scene = begun(DAMP)
    readings(scene, 40, humidity=70.0)
    scene.plan(plan_of(name="p2", made_at=MONDAY + 1, limits=(replace(DAMP, limit=61.0),)))
    readings(scene, 61, humidity=70.0)
    assert times(scene, ExcursionStarted) == [100]


@pytest.mark.parametrize("power", [False, True])
def test_a_running_excursion_is_remembered_until_a_reading_clears_it(power: bool) -> None:
    scene = begun(HOT)
    scene.climate(45.0)
    scene.restart(off_ms=HOUR_MS, power=power)
    assert scene.climate(44.0) == []
    scene.after(5 * MINUTE_MS)
    ended = only(scene.climate(30.0), ExcursionEnded)
    assert (ended.since, ended.extreme) == (on("06:00"), 45.0)


def test_a_restart_restarts_the_dwell() -> None:
    scene = begun(DAMP)
    readings(scene, 50, humidity=70.0)
    scene.restart(power=True)
    readings(scene, 59, humidity=70.0)
    assert scene.of(ExcursionStarted) == []


def test_dwells_live_by_the_boot_clock() -> None:
    scene = begun(DAMP)
    readings(scene, 30, humidity=70.0)
    scene.jump(-DAY_MS)
    readings(scene, 31, humidity=70.0)
    started = scene.of(ExcursionStarted)
    assert len(started) == 1
    assert started[0].since == on("06:00") - DAY_MS


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.tuples(st.integers(1, 40), st.sampled_from([40.0, 57.0, 58.0, 70.0])), max_size=30))
def test_starts_and_ends_of_a_rule_alternate(values: list[tuple[int, float]]) -> None:
    scene = begun(DAMP, STALE)
    for minutes, humidity in values:
        scene.climate(20.0, humidity)
        scene.after(minutes * MINUTE_MS)
    for rule in ("damp", "stale"):
        found = [
            type(event)
            for record in scene.said
            for event in [record.data]
            if isinstance(event, ExcursionStarted | ExcursionEnded) and event.rule == rule
        ]
        assert all(
            kind is (ExcursionEnded if index % 2 else ExcursionStarted) for index, kind in enumerate(found)
        )
