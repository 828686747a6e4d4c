"""Does a limit count its readings, its hours in a window or its mean as its kind says, also over restarts?"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import ClimateSampled, ExcursionEnded, ExcursionStarted
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Limit
from controller.witness.air.tallies import GAP_MS, Tally, tallied
from controller.witness.box import recall, remembered
from tests.test_witness_limits import DAMP, HOT, readings, times
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, on, only, plan_of

HOURS = Limit(
    rule="hours",
    excursion="hot",
    measure="temperature_c",
    side="above",
    limit=30.0,
    clear=29.0,
    dwell_ms=10 * HOUR_MS,
    clear_dwell_ms=30 * MINUTE_MS,
    kind="cumulative",
    window_ms=30 * DAY_MS,
    level="low",
)
MEAN = Limit(
    rule="mean",
    excursion="damp",
    measure="humidity_pct",
    side="above",
    limit=60.0,
    clear=55.0,
    dwell_ms=20 * HOUR_MS,
    clear_dwell_ms=30 * MINUTE_MS,
    kind="mean",
    window_ms=DAY_MS,
    level="info",
)
TWICE = replace(HOT, rule="twice", kind="instant", readings=2, dwell_ms=10 * MINUTE_MS, level="medium")
LIGHT = replace(HOT, rule="light", excursion="light", measure="light_pct", limit=25.0, clear=15.0)
EVERY_MS = 5 * MINUTE_MS


def begun(*limits: Limit) -> Scene:
    return Scene.begun(plan_of(limits=limits, until=MONDAY + 90 * DAY_MS), at=on("06:00"))


def hours(
    scene: Scene, number: float, warm: float = 20.0, damp: float = 50.0, light: float | None = None
) -> None:
    """Read every five minutes for some hours, from now on."""
    for place in range(round(number * HOUR_MS / EVERY_MS)):
        # A sensor that reads exactly the same for half a day is not believed.
        scene.climate(warm, damp + (0.1 if place % 2 else -0.1), light)
        scene.after(EVERY_MS)


# Instants.


def test_one_reading_beyond_is_no_instant_where_two_are_asked_for() -> None:
    scene = begun(replace(TWICE, dwell_ms=0))
    assert scene.climate(45.0) == []
    scene.after(MINUTE_MS)
    assert only(scene.climate(45.0), ExcursionStarted).level == "medium"


def test_two_readings_must_also_lie_a_dwell_apart() -> None:
    scene = begun(TWICE)
    for minute in range(10):
        assert scene.climate(45.0) == [], minute
        scene.after(MINUTE_MS)
    assert only(scene.climate(45.0), ExcursionStarted).since == on("06:00")


def test_a_reading_within_the_limit_between_two_instants_makes_them_count_anew() -> None:
    scene = begun(replace(TWICE, dwell_ms=0))
    for warm in (42.0, 38.0, 42.0):
        assert scene.climate(warm) == []
        scene.after(MINUTE_MS)


def test_time_alone_starts_no_instant() -> None:
    scene = begun(TWICE)
    scene.climate(45.0)
    scene.after(25 * MINUTE_MS)
    assert scene.of(ExcursionStarted) == []


def test_two_instants_with_a_silence_between_them_do_not_follow_each_other() -> None:
    scene = begun(replace(TWICE, dwell_ms=0))
    scene.climate(45.0)
    scene.after(GAP_MS + MINUTE_MS)
    assert scene.climate(45.0) == []


# Hours within a window.


def test_hours_of_several_days_are_added_up() -> None:
    scene = begun(HOURS)
    for _ in range(3):
        hours(scene, 3, warm=31.0)
        hours(scene, 21)
    assert scene.of(ExcursionStarted) == []
    hours(scene, 1.2, warm=31.0)
    [started] = scene.of(ExcursionStarted)
    assert (started.counted_ms, started.window_ms, started.level) == (10 * HOUR_MS, 30 * DAY_MS, "low")
    assert times(scene, ExcursionStarted) == [3 * 24 * 60 + 60]
    assert started.since == on("06:00", 3), "since when it is so now; the hours before are in `counted_ms`"


def test_hours_that_have_left_the_window_do_not_count() -> None:
    scene = begun(replace(HOURS, window_ms=2 * DAY_MS))
    hours(scene, 9, warm=31.0)
    hours(scene, 41)
    hours(scene, 9, warm=31.0)
    assert scene.of(ExcursionStarted) == []


def test_hours_that_have_been_told_count_anew() -> None:
    scene = begun(HOURS)
    hours(scene, 14, warm=31.0)
    hours(scene, 2)
    hours(scene, 9.8, warm=31.0)
    assert len(scene.of(ExcursionStarted)) == 1
    hours(scene, 0.3, warm=31.0)
    assert len(scene.of(ExcursionStarted)) == 2
    assert len(scene.of(ExcursionEnded)) == 1


def test_a_silence_adds_nothing_to_the_hours() -> None:
    scene = begun(HOURS)
    hours(scene, 9, warm=31.0)
    scene.after(5 * HOUR_MS)
    hours(scene, 0.9, warm=31.0)
    assert scene.of(ExcursionStarted) == []
    hours(scene, 0.3, warm=31.0)
    assert len(scene.of(ExcursionStarted)) == 1


@pytest.mark.parametrize("power", [False, True])
def test_hours_are_counted_on_over_a_restart(power: bool) -> None:
    scene = begun(HOURS)
    hours(scene, 6, warm=31.0)
    scene.restart(off_ms=HOUR_MS, power=power)
    hours(scene, 3.7, warm=31.0)
    assert scene.of(ExcursionStarted) == []
    hours(scene, 0.8, warm=31.0)
    assert len(scene.of(ExcursionStarted)) == 1


def test_a_box_that_was_off_for_long_forgets_hours_that_are_too_old() -> None:
    scene = begun(HOURS)
    hours(scene, 9.5, warm=31.0)
    scene.restart(off_ms=31 * DAY_MS, power=True)
    hours(scene, 2, warm=31.0)
    assert scene.of(ExcursionStarted) == []


def test_hours_stay_where_nobody_knows_how_long_the_box_was_off() -> None:
    scene = begun(HOURS)
    hours(scene, 9.5, warm=31.0)
    scene.clock = "untrusted"
    scene.wall_ms = MONDAY - 300 * DAY_MS
    scene.restart(power=True)
    hours(scene, 1, warm=31.0)
    assert len(scene.of(ExcursionStarted)) == 1


def test_a_clock_that_is_set_changes_no_hours() -> None:
    scene = begun(HOURS)
    hours(scene, 5, warm=31.0)
    scene.jump(40 * DAY_MS)
    hours(scene, 5.2, warm=31.0)
    assert len(scene.of(ExcursionStarted)) == 1


def test_the_memory_is_written_with_a_sample_and_not_with_a_reading() -> None:
    scene = begun(HOURS, MEAN)
    texts: list[str] = []
    for _ in range(180):
        scene.climate(31.0)
        texts.append(remembered(scene.box)["tallies"])
        scene.after(MINUTE_MS)
    changes = sum(one is not other for one, other in pairwise(texts))
    assert changes == len(scene.of(ClimateSampled)) - 1 == 11


def test_a_window_takes_little_room_in_the_memory() -> None:
    scene = begun(HOURS, replace(HOURS, rule="day", dwell_ms=DAY_MS), MEAN)
    for _ in range(30):
        hours(scene, 0.3, warm=31.0)
        scene.after(23 * HOUR_MS)
    hours(scene, 24)
    assert len(remembered(scene.box)["tallies"]) < 8_000


def test_what_was_remembered_before_there_were_windows_is_read() -> None:
    scene = begun(HOURS, HOT)
    scene.climate(45.0)
    parts = {name: text for name, text in remembered(scene.box).items() if name != "tallies"}
    box = recall("kitchen", COMPARTMENTS, parts)
    assert box.air.rules.kept.shares == {}
    assert "hot-now" in box.air.rules.excursions.running


def test_a_damaged_window_is_as_if_nothing_had_counted() -> None:
    damaged = json.dumps({"shares": {"hours": [{"began_ms": "x"}]}})
    parts = {**remembered(begun(HOURS).box), "tallies": damaged}
    assert recall("kitchen", COMPARTMENTS, parts).air.rules.kept.shares == {}


def test_a_plan_that_changes_a_limit_counts_its_hours_anew_also_after_a_restart() -> None:
    scene = begun(HOURS)
    hours(scene, 9.5, warm=36.0)
    changed = replace(HOURS, limit=35.0, clear=34.0)
    scene.plan(plan_of(name="p2", made_at=MONDAY + 1, limits=(changed,), until=MONDAY + 90 * DAY_MS))
    scene.restart()
    hours(scene, 2, warm=36.0)
    assert scene.of(ExcursionStarted) == []


def test_a_plan_that_only_asks_for_a_shorter_dwell_keeps_the_hours() -> None:
    scene = begun(HOURS)
    hours(scene, 9.5, warm=31.0)
    shorter = replace(HOURS, dwell_ms=9 * HOUR_MS, level="medium")
    scene.plan(plan_of(name="p2", made_at=MONDAY + 1, limits=(shorter,), until=MONDAY + 90 * DAY_MS))
    assert only(scene.climate(31.0), ExcursionStarted).level == "medium"


# Means.


def test_a_mean_is_beyond_once_enough_was_measured() -> None:
    scene = begun(MEAN)
    hours(scene, 19.5, damp=70.0)
    assert scene.of(ExcursionStarted) == []
    hours(scene, 1, damp=70.0)
    [started] = scene.of(ExcursionStarted)
    assert started.value == pytest.approx(70.0, abs=0.1)
    assert started.limit == 60.0
    assert started.counted_ms is not None
    assert started.counted_ms >= 20 * HOUR_MS


def test_a_damp_afternoon_is_not_a_damp_day() -> None:
    scene = begun(MEAN)
    hours(scene, 24, damp=50.0)
    hours(scene, 6, damp=85.0)
    assert scene.of(ExcursionStarted) == []
    hours(scene, 4, damp=85.0)
    assert len(scene.of(ExcursionStarted)) == 1


def test_a_mean_that_is_back_ends_its_excursion() -> None:
    scene = begun(MEAN)
    hours(scene, 24, damp=70.0)
    hours(scene, 13, damp=50.0)
    assert scene.of(ExcursionEnded) == []
    hours(scene, 10, damp=50.0)
    [ended] = scene.of(ExcursionEnded)
    assert ended.extreme == pytest.approx(70.0, abs=0.1)
    assert ended.because == "back_within"


def test_a_mean_goes_on_over_a_restart() -> None:
    scene = begun(MEAN)
    hours(scene, 15, damp=70.0)
    scene.restart(off_ms=10 * MINUTE_MS, power=True)
    hours(scene, 5.5, damp=70.0)
    assert len(scene.of(ExcursionStarted)) == 1


# Light, and measures that are not always there.


def test_light_is_judged_where_it_is_seen() -> None:
    scene = begun(replace(LIGHT, dwell_ms=HOUR_MS))
    hours(scene, 1.2, light=80.0)
    [started] = scene.of(ExcursionStarted)
    assert (started.excursion, started.value) == ("light", 80.0)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_limit_that_stands_apart_in_the_plan_is_judged_as_the_others(restarted: bool) -> None:
    apart = replace(LIGHT, dwell_ms=HOUR_MS)
    plan = replace(plan_of(limits=(HOT,), until=MONDAY + 90 * DAY_MS), more_limits=(apart,))
    scene = Scene.begun(plan, at=on("06:00"))
    if restarted:
        scene.restart(off_ms=MINUTE_MS)
    hours(scene, 1.2, light=80.0)
    scene.climate(45.0, 50.0)
    assert [started.excursion for started in scene.of(ExcursionStarted)] == ["light", "hot"]


def test_a_box_that_sees_no_light_says_nothing_of_it() -> None:
    scene = begun(LIGHT)
    hours(scene, 2)
    assert scene.of(ExcursionStarted) == []
    assert scene.of(ClimateSampled)[0].light_pct is None


def test_a_light_that_is_seen_no_more_neither_goes_on_nor_ends() -> None:
    scene = begun(replace(LIGHT, dwell_ms=HOUR_MS))
    hours(scene, 0.5, light=80.0)
    hours(scene, 5)
    hours(scene, 0.5, light=80.0)
    assert scene.of(ExcursionStarted) == []


@pytest.mark.parametrize("light", [float("nan"), -1.0, 101.0, float("inf")])
def test_a_light_that_cannot_be_leaves_the_air_that_was_read_with_it(light: float) -> None:
    scene = begun(LIGHT, HOT)
    assert only(scene.climate(45.0, 50.0, light), ExcursionStarted).rule == "hot-now"
    scene.after(20 * MINUTE_MS)
    assert scene.of(ClimateSampled)[0].light_pct is None


def test_light_is_summed_up_in_the_sample() -> None:
    scene = begun()
    for light in (0.0, 3.0, None, 6.04):
        scene.climate(20.0, 50.0, light)
        scene.after(MINUTE_MS)
    scene.after(20 * MINUTE_MS)
    span = scene.of(ClimateSampled)[0].light_pct
    assert span is not None
    assert (span.low, span.mean, span.high) == (0.0, 3.0, 6.0)


# Laws.


@settings(max_examples=80, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(1, 50), st.sampled_from([20.0, 31.0])), max_size=60),
    window=st.sampled_from([HOUR_MS, DAY_MS, 30 * DAY_MS]),
)
def test_what_counts_is_never_more_than_what_was_beyond(steps: list[tuple[int, float]], window: int) -> None:
    limit, tally, at_ms, beyond_ms = replace(HOURS, window_ms=window), Tally(), 0, 0
    for minutes, warm in steps:
        tally = tallied(tally, limit, warm, at_ms)
        assert 0 <= tally.counted_ms <= beyond_ms
        at_ms += minutes * MINUTE_MS
        beyond_ms += minutes * MINUTE_MS * (warm > 30 and minutes <= 30)


@settings(max_examples=80, deadline=None)
@given(values=st.lists(st.tuples(st.integers(1, 40), st.floats(0, 100)), min_size=2, max_size=40))
def test_a_mean_lies_between_the_least_and_the_most(values: list[tuple[int, float]]) -> None:
    tally, at_ms = Tally(), 0
    for minutes, damp in values:
        tally = tallied(tally, MEAN, damp, at_ms)
        at_ms += minutes * MINUTE_MS
    found = [damp for _, damp in values]
    assert tally.mean is None or min(found) - 0.01 <= tally.mean <= max(found) + 0.01


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50), st.sampled_from([20.0, 31.0, 45.0])), max_size=30))
def test_starts_and_ends_alternate_whatever_the_kind(steps: list[tuple[int, float]]) -> None:
    short = replace(HOURS, dwell_ms=HOUR_MS)
    warm_mean = replace(MEAN, measure="temperature_c", limit=30.0, clear=25.0, dwell_ms=HOUR_MS)
    scene = begun(short, TWICE, warm_mean)
    for minutes, warm in steps:
        scene.climate(warm)
        scene.after(minutes * MINUTE_MS)
    for rule in ("hours", "twice", "mean"):
        kinds = [
            type(record.data)
            for record in scene.said
            if isinstance(record.data, ExcursionStarted | ExcursionEnded) and record.data.rule == rule
        ]
        assert all(
            kind is (ExcursionEnded if place % 2 else ExcursionStarted) for place, kind in enumerate(kinds)
        )


@pytest.mark.parametrize("kind", ["cumulative", "mean"])
def test_a_limit_that_counts_in_no_window_counts_at_once(kind: str) -> None:
    scene = begun(replace(DAMP, kind=kind))  # type: ignore[arg-type]  # the two names are of the literal
    readings(scene, 61, humidity=65.0)
    assert times(scene, ExcursionStarted) == [60]
