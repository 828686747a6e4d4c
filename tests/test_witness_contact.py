"""Is every movement of a lid told once, and a lid that misbehaves too?"""

from __future__ import annotations

import pytest

from controller.wire.events import (
    BoxStarted,
    DoseExtra,
    DoseTaken,
    DoseUnobserved,
    LidClosed,
    LidLeftOpen,
    LidOpened,
    LidStuck,
    ReminderGiven,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.witness.box import next_deadline
from tests.witness_scenes import Scene, on, only, plan_of, slot


@pytest.fixture
def scene() -> Scene:
    return Scene.begun(at=on("06:00"))


def test_an_opening_and_its_closing_are_told(scene: Scene) -> None:
    assert scene.open("mon-am") == [LidOpened(compartment="mon-am", because="edge")]
    scene.after(2_500)
    assert scene.close("mon-am") == [LidClosed(compartment="mon-am", because="edge", open_ms=2_500)]


def test_the_time_a_lid_was_open_is_counted_between_first_edges(scene: Scene) -> None:
    scene.open("mon-am")
    scene.after(1_000)
    closed = only(scene.lid("mon-am", False, before_ms=100), LidClosed)
    assert closed.open_ms == 900


def test_the_time_a_lid_was_open_survives_a_step_of_the_clock(scene: Scene) -> None:
    scene.open("mon-am")
    scene.after(1_000)
    scene.jump(-DAY_MS)
    assert only(scene.close("mon-am"), LidClosed).open_ms == 1_000


def test_a_closing_reported_with_an_older_edge_is_never_negative(scene: Scene) -> None:
    scene.after(1_000)
    scene.open("mon-am")
    assert only(scene.lid("mon-am", False, before_ms=50), LidClosed).open_ms == 0


def test_a_level_that_repeats_says_nothing(scene: Scene) -> None:
    assert scene.close("mon-am") == []
    scene.open("mon-am")
    assert scene.open("mon-am") == []


# At the start.


def test_the_baseline_is_told_with_the_start(scene: Scene) -> None:
    scene.lids.update({"mon-am": True, "sun-pm": True})
    found = scene.restart(power=True)
    assert found[0] == BoxStarted(version="1.0", because="power_on", lids_open=("mon-am", "sun-pm"))
    assert found[1:] == [
        LidOpened(compartment="mon-am", because="at_boot"),
        LidOpened(compartment="sun-pm", because="at_boot"),
    ]


def test_a_lid_that_was_closed_unseen_is_told_at_the_start(scene: Scene) -> None:
    scene.open("mon-am")
    scene.lids["mon-am"] = False
    assert scene.restart(power=True)[1:] == [LidClosed(compartment="mon-am", because="at_boot")]


def test_a_lid_that_stayed_open_is_not_told_again(scene: Scene) -> None:
    scene.open("mon-am")
    assert len(scene.restart(power=True)) == 1


def test_a_first_start_with_an_open_lid_tells_it() -> None:
    scene = Scene(wall_ms=on("06:00"))
    found = scene.start({"mon-am": True})
    assert only(found, LidOpened).because == "at_boot"


def test_how_long_a_lid_was_open_is_not_said_where_its_opening_was_not_seen(scene: Scene) -> None:
    scene.lids["mon-am"] = True
    scene.restart(power=True)
    scene.after(1_000)
    assert only(scene.close("mon-am"), LidClosed).open_ms is None


def test_a_level_that_the_firmware_found_at_boot_has_no_length_either(scene: Scene) -> None:
    scene.lid("mon-am", True, because="at_boot")
    scene.after(1_000)
    assert only(scene.close("mon-am"), LidClosed).open_ms is None


def test_it_is_said_after_a_restart_within_the_same_boot(scene: Scene) -> None:
    scene.open("mon-am")
    scene.restart(off_ms=1_000)
    assert only(scene.close("mon-am"), LidClosed).open_ms == 1_000


def test_it_is_not_said_over_a_power_cut(scene: Scene) -> None:
    scene.open("mon-am")
    scene.restart(off_ms=1_000, power=True)
    assert only(scene.close("mon-am"), LidClosed).open_ms is None


def test_lids_the_firmware_does_not_name_keep_what_is_remembered(scene: Scene) -> None:
    scene.open("mon-am")
    scene.lids.clear()
    scene.lids["tue-am"] = True
    found = scene.restart(power=True)
    assert {event.compartment for event in found if isinstance(event, LidOpened)} == {"tue-am"}


# Left open.


def test_a_lid_left_open_is_told_once_for_each_opening(scene: Scene) -> None:
    scene.open("mon-am")
    scene.after(9 * MINUTE_MS)
    assert scene.of(LidLeftOpen) == []
    scene.after(HOUR_MS)
    assert [(event.compartment, event.open_ms) for event in scene.of(LidLeftOpen)] == [
        ("mon-am", 10 * MINUTE_MS)
    ]
    scene.use("mon-am")
    scene.close("mon-am")
    scene.open("mon-am")
    scene.after(HOUR_MS)
    assert len(scene.of(LidLeftOpen)) == 2


def test_a_lid_closed_in_time_is_not_told(scene: Scene) -> None:
    scene.open("mon-am")
    scene.after(9 * MINUTE_MS)
    scene.close("mon-am")
    scene.after(HOUR_MS)
    assert scene.of(LidLeftOpen) == []
    assert next_deadline(scene.box) is None


def test_left_open_counts_by_the_boot_clock(scene: Scene) -> None:
    scene.open("mon-am")
    scene.jump(DAY_MS)
    assert scene.of(LidLeftOpen) == []
    scene.trust("untrusted")
    scene.after(10 * MINUTE_MS)
    assert len(scene.of(LidLeftOpen)) == 1


def test_a_restart_does_not_tell_it_again(scene: Scene) -> None:
    scene.open("mon-am")
    scene.after(11 * MINUTE_MS)
    scene.restart(power=True)
    scene.after(HOUR_MS)
    assert len(scene.of(LidLeftOpen)) == 1


def test_each_lid_has_its_own_ten_minutes(scene: Scene) -> None:
    scene.open("mon-am")
    scene.after(5 * MINUTE_MS)
    scene.open("tue-am")
    scene.after(6 * MINUTE_MS)
    assert [event.compartment for event in scene.of(LidLeftOpen)] == ["mon-am"]
    scene.after(5 * MINUTE_MS)
    assert [event.compartment for event in scene.of(LidLeftOpen)] == ["mon-am", "tue-am"]


# Stuck.


def test_a_lid_open_for_a_day_is_stuck_once(scene: Scene) -> None:
    scene.open("mon-am")
    scene.after(3 * DAY_MS)
    assert scene.of(LidStuck) == [LidStuck(compartment="mon-am", because="open_24h")]
    scene.close("mon-am")
    scene.open("mon-am")
    scene.after(2 * DAY_MS)
    assert len(scene.of(LidStuck)) == 2


def chatter(scene: Scene, moves: int, every_ms: int) -> None:
    for index in range(moves):
        scene.lid("mon-am", index % 2 == 0)
        scene.after(every_ms)


def test_thirty_moves_in_a_minute_are_busy_and_one_more_is_a_fault(scene: Scene) -> None:
    chatter(scene, 30, 1_000)
    assert scene.of(LidStuck) == []
    chatter(scene, 1, 1_000)
    assert scene.of(LidStuck) == [LidStuck(compartment="mon-am", because="chatter")]


def test_chatter_is_told_once_while_it_lasts_and_every_move_is_recorded(scene: Scene) -> None:
    chatter(scene, 300, 500)
    assert len(scene.of(LidStuck)) == 1
    assert len(scene.of(LidOpened)) == len(scene.of(LidClosed)) == 150


def test_moves_spread_over_more_than_a_minute_are_no_chatter(scene: Scene) -> None:
    chatter(scene, 200, 2_001)
    assert scene.of(LidStuck) == []


def test_a_switch_that_calmed_down_can_chatter_again(scene: Scene) -> None:
    chatter(scene, 32, 500)
    scene.after(HOUR_MS)
    chatter(scene, 2, 500)
    chatter(scene, 32, 500)
    assert len(scene.of(LidStuck)) == 2


def test_law_3_a_chattering_switch_answers_no_dose_and_accuses_nobody() -> None:
    """Known as broken for two hours, it had answered the dose that came due, and every reminder stopped."""
    scene = Scene.begun(plan_of(slot("08:00")), at=on("06:55"))
    chatter(scene, 1_200, 500)
    assert scene.of(LidStuck) == [LidStuck(compartment="mon-am", because="chatter")]
    assert scene.of(DoseTaken) == []
    extra = len(scene.of(DoseExtra))
    assert extra <= 16, "only until it is known"
    scene.until(on("13:00"))
    assert [event.because for event in scene.of(DoseUnobserved)] == ["switch_unsteady"]
    assert len(scene.of(ReminderGiven)) == 4


def test_a_switch_that_is_steady_again_answers_the_dose() -> None:
    scene = Scene.begun(plan_of(slot("08:00")), at=on("06:55"))
    chatter(scene, 1_200, 500)
    scene.until(on("08:10"))
    scene.use("mon-am")
    assert [event.slot for event in scene.of(DoseTaken)] == ["a/2026-11-23/08:00"]


def test_chatter_of_one_lid_is_not_laid_to_another(scene: Scene) -> None:
    for index in range(40):
        scene.lid("mon-am" if index % 4 < 2 else "tue-am", index % 2 == 0)
        scene.after(500)
    assert scene.of(LidStuck) == []
