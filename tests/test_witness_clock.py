"""Does the box know how far its clock can be trusted, and what that does to its watch?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.envelope import Stamp
from controller.wire.events import BoxStarted, ClockStepped
from controller.wire.instants import DAY_MS, HOUR_MS, LAST_MS
from controller.wire.words import ClockTrust
from controller.witness.clock import Watch, begin, follow, instant, resume, timely, wall_of
from controller.witness.inputs import Tick
from tests.witness_scenes import Scene, on, only


def stamp(at: int, mono_ms: int, clock: ClockTrust = "synced", boot: str = "b1") -> Stamp:
    return Stamp(at=at, boot=boot, mono_ms=mono_ms, clock=clock)


def test_a_start_with_a_trusted_clock_begins_the_watch() -> None:
    assert begin(stamp(5_000, 10)) == Watch(since=5_000, broke="box_off", started_ms=10)
    assert begin(stamp(5_000, 10, "rtc")).since == 5_000
    assert begin(stamp(5_000, 10, "untrusted")) == Watch(since=None, broke="clock_untrusted", started_ms=10)


def test_time_that_passes_on_both_clocks_changes_nothing() -> None:
    first = stamp(5_000, 10)
    watch = begin(first)
    after, newest, stepped = follow(watch, first, stamp(5_000 + HOUR_MS, 10 + HOUR_MS))
    assert after is watch
    assert newest.mono_ms == 10 + HOUR_MS
    assert stepped is None


@pytest.mark.parametrize(
    ("by_ms", "because"),
    [
        (2_001, "stepped_ahead"),
        (DAY_MS, "stepped_ahead"),
        (-2_001, "stepped_back"),
        (-DAY_MS, "stepped_back"),
    ],
)
def test_a_step_is_told_and_begins_a_new_watch(by_ms: int, because: str) -> None:
    first = stamp(10 * DAY_MS, 10)
    after, _, stepped = follow(begin(first), first, stamp(10 * DAY_MS + 5 + by_ms, 15))
    assert stepped == ClockStepped(by_ms=by_ms, because=because)
    assert after == Watch(since=10 * DAY_MS + 5 + by_ms, broke="clock_stepped", started_ms=10)


@pytest.mark.parametrize("by_ms", [-2_000, -1, 0, 1, 2_000])
def test_what_a_time_daemon_slews_is_no_step(by_ms: int) -> None:
    first = stamp(10 * DAY_MS, 10)
    watch = begin(first)
    after, _, stepped = follow(watch, first, stamp(10 * DAY_MS + 5 + by_ms, 15))
    assert (after, stepped) == (watch, None)


def test_losing_and_gaining_trust_is_told_with_the_step_it_came_with() -> None:
    first = stamp(10 * DAY_MS, 10)
    watch, newest, stepped = follow(begin(first), first, stamp(10 * DAY_MS + 5, 15, "untrusted"))
    assert stepped == ClockStepped(by_ms=0, because="trust_lost")
    assert watch.since is None
    watch, newest, stepped = follow(watch, newest, stamp(10 * DAY_MS + HOUR_MS + 10, 20))
    assert stepped == ClockStepped(by_ms=HOUR_MS, because="trust_gained")
    assert watch == Watch(since=10 * DAY_MS + HOUR_MS + 10, broke="clock_untrusted", started_ms=10)


def test_going_from_one_trusted_source_to_another_is_no_break() -> None:
    first = stamp(10 * DAY_MS, 10, "rtc")
    watch = begin(first)
    assert follow(watch, first, stamp(10 * DAY_MS + 5, 15, "synced"))[0] is watch


def test_a_step_under_a_doubtful_clock_leaves_the_doubt_as_the_reason() -> None:
    first = stamp(10 * DAY_MS, 10, "untrusted")
    watch, _, stepped = follow(begin(first), first, stamp(DAY_MS, 15, "untrusted"))
    assert stepped is not None
    assert stepped.because == "stepped_back"
    assert (watch.since, watch.broke) == (None, "clock_untrusted")


def test_an_older_stamp_moves_nothing_and_is_no_step() -> None:
    first = stamp(10 * DAY_MS, 1_000)
    watch = begin(first)
    assert follow(watch, first, stamp(3 * DAY_MS, 999)) == (watch, first, None)


def test_another_boot_is_another_watch() -> None:
    first = stamp(10 * DAY_MS, 1_000)
    watch, newest, stepped = follow(begin(first), first, stamp(11 * DAY_MS, 5, boot="b2"))
    assert (watch.since, newest.boot, stepped) == (11 * DAY_MS, "b2", None)


def test_a_window_is_watched_from_its_first_instant_on() -> None:
    watch = Watch(since=1_000, broke="clock_stepped", started_ms=0)
    now = stamp(9_000, 9_000)
    assert watch.why_unwatched(1_000, now, 2_000) is None
    assert watch.why_unwatched(999, now, 2_000) == "clock_stepped"


def test_a_window_that_ended_before_a_doubtful_start_passed_while_the_box_was_off() -> None:
    now = stamp(10 * DAY_MS, 5_000)
    watch = Watch(since=10 * DAY_MS, broke="clock_untrusted", started_ms=1_000)
    started_at = 10 * DAY_MS - 4_000
    assert watch.why_unwatched(0, now, started_at - 1) == "box_off"
    assert watch.why_unwatched(0, now, started_at) == "clock_untrusted"


def test_after_a_time_of_standing_still_another_watch_begins() -> None:
    watch = Watch(since=1_000, broke="box_off", started_ms=7)
    assert resume(watch, stamp(9_000, 8_000)) == Watch(since=9_000, broke="stalled", started_ms=7)


def test_a_doubtful_clock_stays_the_reason_after_a_time_of_standing_still() -> None:
    watch = Watch(since=None, broke="clock_untrusted", started_ms=7)
    assert resume(watch, stamp(9_000, 8_000, "untrusted")) is watch


def test_an_instant_is_its_own_or_reckoned_back_or_unknown() -> None:
    now = stamp(10 * DAY_MS, 5_000)
    doubtful = stamp(7, 4_000, "untrusted")
    assert timely(stamp(33, 4_000), now) == 33
    assert timely(doubtful, now) == 10 * DAY_MS - 1_000
    assert timely(doubtful, doubtful) is None


def test_instants_stay_within_what_the_wire_can_carry() -> None:
    assert instant(-1) == 0
    assert instant(LAST_MS + 1) == LAST_MS
    assert wall_of(stamp(500, 5_000), 1_000) == 0


@given(steps=st.lists(st.integers(-3 * DAY_MS, 3 * DAY_MS), max_size=20))
def test_the_steps_that_are_told_add_up_to_what_the_clock_did(steps: list[int]) -> None:
    scene = Scene(wall_ms=100 * DAY_MS)
    scene.start()
    for by_ms in steps:
        scene.after(1_000)
        scene.jump(by_ms)
    told = [event.by_ms for event in scene.of(ClockStepped)]
    assert told == [by_ms for by_ms in steps if abs(by_ms) > 2_000]


# In the box.


def test_a_start_says_whether_the_power_was_gone() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.restart()
    scene.restart(power=True)
    assert [event.because for event in scene.of(BoxStarted)] == ["power_on", "restart", "power_on"]


def test_a_start_in_the_same_process_infers_no_step() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.wall_ms += DAY_MS
    scene.start()
    assert scene.of(ClockStepped) == []


def test_the_box_tells_a_step_once() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.jump(HOUR_MS)
    scene.tick()
    assert [event.by_ms for event in scene.of(ClockStepped)] == [HOUR_MS]


def test_a_stamp_without_a_start_begins_a_watch_all_the_same() -> None:
    scene = Scene(wall_ms=on("06:00"))
    assert scene.take(Tick(stamp=scene.stamp())) == []
    assert scene.box.watch.since == on("06:00")


def test_a_late_report_after_a_step_is_no_second_step() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.after(1_000)
    late = scene.stamp()
    scene.after(50)
    scene.jump(HOUR_MS)
    scene.take(Tick(stamp=late))
    scene.tick()
    assert len(scene.of(ClockStepped)) == 1
    assert only([record.data for record in scene.said], ClockStepped).because == "stepped_ahead"
