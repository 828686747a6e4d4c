"""Is air that came in by a lid told from damp storage, and which lid let how much in?"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import ClimateSampled, ExcursionEnded, ExcursionStarted, LidDampRise
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Limit
from tests.test_witness_limits import DAMP, DEW, HOT
from tests.witness_scenes import Scene, on, plan_of

NOW = replace(DAMP, dwell_ms=0, clear_dwell_ms=0)
BRIGHT = replace(NOW, rule="light", excursion="light", measure="light_pct", limit=25.0, clear=15.0)


def begun(*limits: Limit) -> Scene:
    scene = Scene.begun(plan_of(limits=limits), at=on("06:00"))
    scene.climate(20.0, 45.0)
    scene.after(MINUTE_MS)
    return scene


def reads(scene: Scene, minutes: int, damp: float, light: float | None = None) -> None:
    for _ in range(minutes):
        scene.climate(20.0, damp, light)
        scene.after(MINUTE_MS)


def test_damp_that_comes_with_an_open_lid_is_no_alarm() -> None:
    scene = begun(NOW, DEW, BRIGHT)
    scene.open("mon-am")
    reads(scene, 3, 95.0, light=90.0)
    scene.close("mon-am")
    reads(scene, 4, 95.0, light=90.0)
    assert scene.of(ExcursionStarted) == []


def test_five_minutes_after_the_lid_was_closed_damp_is_damp() -> None:
    scene = begun(NOW)
    scene.use("mon-am")
    reads(scene, 6, 95.0)
    assert [started.value for started in scene.of(ExcursionStarted)] == [95.0]


def test_heat_is_told_also_while_a_lid_is_open() -> None:
    scene = begun(HOT)
    scene.open("mon-am")
    for _ in range(2):  # one alone would be a jump, which is not believed
        scene.climate(45.0)
        scene.after(MINUTE_MS)
    assert scene.of(ExcursionStarted) != []


def test_a_dry_room_ends_no_damp_of_the_box() -> None:
    scene = begun(NOW)
    reads(scene, 1, 80.0)
    scene.open("mon-am")
    reads(scene, 3, 30.0)
    assert scene.of(ExcursionEnded) == []


def test_a_lid_that_stands_open_for_long_makes_no_box_blind() -> None:
    scene = begun(NOW)
    scene.open("mon-am")
    reads(scene, 30, 95.0)
    [started] = scene.of(ExcursionStarted)
    assert started.since == on("06:11"), "ten minutes after it was opened it is how the box stands"


def test_a_switch_that_stuck_days_ago_makes_no_box_blind() -> None:
    scene = begun(NOW)
    scene.open("mon-am")
    scene.after(2 * DAY_MS)
    reads(scene, 2, 95.0)
    assert len(scene.of(ExcursionStarted)) == 1


def test_an_opening_does_not_break_a_dwell_that_goes_on_after_it() -> None:
    scene = begun(DAMP)
    reads(scene, 40, 70.0)
    scene.use("mon-am")
    reads(scene, 25, 70.0)
    assert [started.since for started in scene.of(ExcursionStarted)] == [on("06:02")]


def test_a_lid_that_was_open_is_marked_in_the_sample() -> None:
    scene = begun()
    reads(scene, 4, 45.0)
    scene.use("mon-am")
    reads(scene, 12, 45.0)
    assert scene.of(ClimateSampled)[0].lids_open == 5
    reads(scene, 20, 45.0)
    assert scene.of(ClimateSampled)[1].lids_open is None


# What came in.


def test_a_rise_is_told_once_with_its_lid_and_its_minutes() -> None:
    scene = begun()
    scene.open("mon-am")
    reads(scene, 2, 52.0)
    scene.close("mon-am")
    reads(scene, 2, 56.5)
    reads(scene, 30, 50.0)
    [rise] = scene.of(LidDampRise)
    assert (rise.compartment, rise.since, rise.open_ms) == ("mon-am", on("06:01"), 2 * MINUTE_MS)
    assert (rise.rise_pct, rise.humidity_pct, rise.beside) == (11.5, 56.5, ())
    told = next(record.stamp.at for record in scene.said if isinstance(record.data, LidDampRise))
    assert told == on("06:08"), "five minutes after it was closed"


def test_a_lid_that_lets_nothing_in_is_not_told() -> None:
    scene = begun()
    scene.use("mon-am")
    reads(scene, 10, 47.9)
    assert scene.of(LidDampRise) == []


def test_what_came_in_by_two_lids_cannot_be_told_apart() -> None:
    scene = begun()
    scene.use("mon-am")
    scene.use("mon-pm")
    reads(scene, 10, 60.0)
    assert [(rise.compartment, rise.beside, rise.rise_pct) for rise in scene.of(LidDampRise)] == [
        ("mon-am", ("mon-pm",), 15.0),
        ("mon-pm", ("mon-am",), 15.0),
    ]


def test_two_openings_an_hour_apart_are_told_each() -> None:
    scene = begun()
    for _ in range(2):
        scene.use("mon-am")
        reads(scene, 4, 60.0)
        reads(scene, 56, 45.0)
    assert [rise.rise_pct for rise in scene.of(LidDampRise)] == [15.0, 15.0]


def test_a_rise_with_no_reading_before_it_is_nobodys() -> None:
    scene = Scene.begun(plan_of(), at=on("06:00"))
    scene.use("mon-am")
    reads(scene, 10, 80.0)
    assert scene.of(LidDampRise) == []
    scene.after(HOUR_MS)
    scene.use("mon-am")
    reads(scene, 10, 99.0)
    assert scene.of(LidDampRise) == []


def test_a_lid_that_is_closed_at_last_is_not_told_a_second_time() -> None:
    scene = begun()
    scene.open("mon-am")
    reads(scene, 20, 60.0)
    reads(scene, 3, 30.0)
    scene.close("mon-am")
    reads(scene, 20, 60.0)
    assert [rise.rise_pct for rise in scene.of(LidDampRise)] == [15.0]


def test_damp_that_comes_with_no_lid_is_no_lids() -> None:
    scene = begun()
    reads(scene, 20, 45.0)
    reads(scene, 20, 80.0)
    assert scene.of(LidDampRise) == []


MOVES = st.tuples(
    st.sampled_from(["mon-am", "tue-pm"]),
    st.booleans(),
    st.integers(0, 12),
    st.sampled_from([20.0, 60.0, 99.0]),
)


@settings(max_examples=30, deadline=None)
@given(moves=st.lists(MOVES, max_size=12))
def test_no_opening_is_told_twice_and_none_that_never_was(
    moves: list[tuple[str, bool, int, float]],
) -> None:
    scene = begun()
    opened: set[tuple[str, int]] = set()
    for name, is_open, minutes, damp in moves:
        if is_open and not scene.lids.get(name):
            opened.add((name, scene.wall_ms))
        scene.lid(name, is_open)
        scene.after(MINUTE_MS)
        reads(scene, minutes, damp)
    told = [(rise.compartment, rise.since) for rise in scene.of(LidDampRise)]
    assert len(told) == len(set(told))
    assert set(told) <= opened
