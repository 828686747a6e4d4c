"""Is the patient reminded when it helps, as loudly as planned, and never when it would do harm?"""

from __future__ import annotations

import pytest

from controller.wire.events import DoseTaken, ReminderGiven, ReminderSnoozed
from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.wire.messages import Command
from controller.wire.plan import Cue
from controller.witness.box import next_deadline
from tests.witness_scenes import MONDAY, Scene, moved_slot, on, only, plan_of, slot

MORNING = slot("08:00")


def given(scene: Scene) -> list[tuple[str, int, str]]:
    """Return clock time, step and reason of every reminder."""
    found = []
    for record in scene.said:
        if isinstance(record.data, ReminderGiven):
            minutes = (record.stamp.at - MONDAY) // MINUTE_MS
            found.append((f"{minutes // 60:02d}:{minutes % 60:02d}", record.data.step, record.data.because))
    return found


@pytest.fixture
def scene() -> Scene:
    return Scene.begun(plan_of(MORNING), at=on("06:00"))


def test_each_step_of_the_plan_is_given_once_at_its_instant(scene: Scene) -> None:
    scene.until(on("13:00"))
    assert given(scene) == [
        ("08:00", 1, "due"),
        ("08:30", 2, "still_due"),
        ("09:00", 3, "still_due"),
        ("10:00", 4, "still_due"),
    ]


def test_the_sounds_grow_louder_and_the_last_one_goes_on(scene: Scene) -> None:
    scene.until(on("13:00"))
    assert [sound for _, sound in scene.sounds] == ["chime", "double_chime", "insistent", "late"]


def test_the_cues_of_the_plan_are_used_and_a_silent_one_makes_no_sound() -> None:
    cues = (Cue(light="steady", sound="none"), Cue(light="double_blink", sound="insistent"))
    scene = Scene.begun(plan_of(MORNING, cues=cues), at=on("06:00"))
    scene.until(on("13:00"))
    assert [sound for _, sound in scene.sounds] == ["insistent", "insistent", "late"]
    assert len(given(scene)) == 4


def test_a_slot_that_is_taken_is_not_reminded_of_again(scene: Scene) -> None:
    scene.use("mon-am", on("08:10"))
    scene.until(on("13:00"))
    assert given(scene) == [("08:00", 1, "due")]


def test_a_slot_taken_early_is_never_reminded_of(scene: Scene) -> None:
    scene.use("mon-am", on("07:10"))
    scene.until(on("13:00"))
    assert given(scene) == []


def test_a_slot_that_was_reported_is_not_reminded_of_again(scene: Scene) -> None:
    scene.until(on("08:10"))
    scene.press("taken_elsewhere")
    scene.until(on("13:00"))
    assert len(given(scene)) == 1


def test_a_slot_that_was_withdrawn_is_not_reminded_of_again(scene: Scene) -> None:
    scene.until(on("08:10"))
    scene.plan(plan_of(name="p2", made_at=MONDAY + 1))
    scene.until(on("13:00"))
    assert len(given(scene)) == 1


def test_no_reminder_comes_at_the_closing_instant() -> None:
    scene = Scene.begun(plan_of(slot("08:00", remind=(0, 240))), at=on("06:00"))
    scene.until(on("13:00"))
    assert given(scene) == [("08:00", 1, "due")]


def test_a_reminder_that_was_passed_over_is_not_caught_up_once_the_window_has_closed(scene: Scene) -> None:
    scene.jump(on("12:00:00.100") - scene.wall_ms)
    assert given(scene) == []
    scene.jump(on("11:59:50") - scene.wall_ms)
    assert given(scene) == [("11:59", 4, "catch_up")]


def test_several_slots_at_one_instant_make_one_sound() -> None:
    both = plan_of(MORNING, slot("08:00", regimen="b", compartment="wed-am"))
    scene = Scene.begun(both, at=on("06:00"))
    scene.until(on("08:00"))
    scene.tick()
    assert len(given(scene)) == 2
    assert len(scene.sounds) == 1


def test_a_doubtful_clock_reminds_of_nothing(scene: Scene) -> None:
    scene.trust("untrusted")
    scene.until(on("11:00"))
    assert given(scene) == []


@pytest.mark.parametrize("how", ["off", "doubtful", "leap"])
def test_of_the_steps_that_passed_unseen_only_the_latest_is_given(scene: Scene, how: str) -> None:
    if how == "off":
        scene.restart(off_ms=on("09:10") - scene.wall_ms, power=True)
    elif how == "doubtful":
        scene.trust("untrusted")
        scene.until(on("09:10"))
        scene.trust("synced")
    else:
        scene.jump(on("09:10") - scene.wall_ms)
    assert given(scene) == [("09:10", 3, "catch_up")]
    scene.until(on("13:00"))
    assert given(scene)[1:] == [("10:00", 4, "still_due")]


def test_a_restart_repeats_no_reminder(scene: Scene) -> None:
    scene.until(on("08:10"))
    scene.restart(off_ms=MINUTE_MS)
    scene.restart(off_ms=MINUTE_MS, power=True)
    assert len(given(scene)) == 1


def test_after_the_clock_went_back_later_steps_are_given_again(scene: Scene) -> None:
    scene.jump(on("09:10") - scene.wall_ms)
    scene.jump(on("07:30") - scene.wall_ms)
    scene.until(on("08:05"))
    assert given(scene) == [("09:10", 3, "catch_up"), ("08:00", 1, "due")]


def test_a_moved_slot_is_reminded_of_by_its_new_instants(scene: Scene) -> None:
    scene.until(on("08:10"))
    scene.plan(plan_of(moved_slot(MORNING, HOUR_MS), name="p2", made_at=MONDAY + 1))
    scene.until(on("09:31"))
    assert given(scene)[1:] == [("09:00", 1, "due"), ("09:30", 2, "still_due")]


# Snoozing.


def test_a_snooze_puts_the_reminder_off_by_a_quarter_of_an_hour(scene: Scene) -> None:
    scene.until(on("08:25"))
    snoozed = only(scene.press("snooze"), ReminderSnoozed)
    assert (snoozed.slot, snoozed.until, snoozed.because) == (MORNING.slot, on("08:40"), "button")
    scene.until(on("08:59"))
    assert given(scene) == [("08:00", 1, "due"), ("08:40", 2, "snooze_ended")]


def test_after_the_snooze_the_plan_goes_on(scene: Scene) -> None:
    scene.until(on("08:25"))
    scene.press("snooze")
    scene.until(on("13:00"))
    assert given(scene)[2:] == [("09:00", 3, "still_due"), ("10:00", 4, "still_due")]


def test_three_snoozes_are_all_there_are(scene: Scene) -> None:
    scene.until(on("08:01"))
    for _ in range(5):
        scene.press("snooze")
        scene.after(MINUTE_MS)
    assert len(scene.of(ReminderSnoozed)) == 3


def test_a_snooze_before_anything_is_due_does_nothing(scene: Scene) -> None:
    scene.until(on("07:30"))
    assert scene.press("snooze") == []


def test_a_slot_reminded_of_before_it_is_due_can_be_snoozed() -> None:
    scene = Scene.begun(plan_of(slot("08:00", remind=(-30, 0))), at=on("06:00"))
    scene.until(on("07:35"))
    assert only(scene.press("snooze"), ReminderSnoozed).until == on("07:50")


def test_taking_the_dose_ends_the_snooze(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.press("snooze")
    only(scene.use("mon-am", on("08:10")), DoseTaken)
    scene.until(on("13:00"))
    assert len(given(scene)) == 1


def test_a_snooze_that_ends_after_the_window_ends_in_silence(scene: Scene) -> None:
    scene.until(on("11:50"))
    scene.press("snooze")
    scene.until(on("13:00"))
    assert all(because != "snooze_ended" for _, _, because in given(scene))


def test_a_snooze_survives_a_restart(scene: Scene) -> None:
    scene.until(on("08:25"))
    scene.press("snooze")
    scene.restart(off_ms=6 * MINUTE_MS)
    scene.until(on("08:45"))
    assert given(scene)[1:] == [("08:40", 2, "snooze_ended")]


def test_a_clock_that_goes_back_does_not_prolong_a_snooze(scene: Scene) -> None:
    scene.until(on("08:25"))
    scene.press("snooze")
    scene.jump(-20 * MINUTE_MS)
    assert given(scene)[1:] == [("08:05", 1, "snooze_ended")]


# Quiet.


def test_quiet_silences_reminders_for_an_hour_but_still_gives_them(scene: Scene) -> None:
    scene.until(on("07:45"))
    scene.press("quiet")
    scene.until(on("13:00"))
    assert len(given(scene)) == 4
    assert [at for at, _ in scene.sounds] == [on("09:00"), on("10:00")]


def test_quiet_by_command_lasts_until_its_instant_and_a_day_at_most(scene: Scene) -> None:
    for until, wanted in ((on("09:30"), on("09:30")), (on("09:30", day=9), on("07:00", day=1))):
        scene.until(on("07:00"))
        scene.command(
            Command(v=1, box="kitchen", id=f"q{until}", command="quiet", expires_at=on("23:00"), until=until)
        )
        assert scene.box.mode.quiet_until == wanted


def test_quiet_never_silences_the_warning_at_the_lid(scene: Scene) -> None:
    scene.until(on("07:45"))
    scene.press("quiet")
    scene.open("mon-pm", on("08:05"))
    assert [sound for _, sound in scene.sounds] == ["wrong"]


def test_a_clock_that_goes_back_does_not_prolong_quiet(scene: Scene) -> None:
    scene.until(on("07:45"))
    scene.press("quiet")
    scene.jump(-30 * HOUR_MS)
    assert not scene.box.mode.quiet_at(scene.wall_ms)


def test_a_box_with_nothing_to_wait_for_asks_for_no_tick() -> None:
    scene = Scene.begun(plan_of(until=on("07:00")), at=on("06:00"))
    scene.until(on("08:00"))
    assert next_deadline(scene.box) is None


def test_a_day_needs_few_ticks(scene: Scene) -> None:
    scene.until(on("23:00"))
    assert scene.ticks <= 8
