"""Is a window that closed without an intake judged honestly: missed, or not to be seen?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.wire.events import BoxHealth, DoseMissed, DoseTaken, DoseUnobserved, ReminderGiven
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Plan, PlannedSlot
from controller.witness.box import next_deadline
from controller.witness.inputs import Stalled
from tests.witness_scenes import MONDAY, Scene, moved_slot, on, only, plan_of, slot

MORNING = slot("08:00")
EVENING = slot("20:00")


def held() -> Plan:
    return plan_of(MORNING, EVENING)


def outcomes(scene: Scene) -> list[tuple[str, str, str]]:
    """Return kind, slot and reason of every judgement."""
    return [
        (type(event).__name__, event.slot, event.because)
        for record in scene.said
        for event in [record.data]
        if isinstance(event, DoseMissed | DoseUnobserved)
    ]


def test_a_window_watched_as_a_whole_without_an_opening_is_missed() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]
    assert scene.of(DoseMissed)[0].evidence == "none"


def test_it_is_judged_half_a_second_after_it_closed() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("12:00:00.499"))
    assert outcomes(scene) == []
    scene.after(1)
    assert [record.stamp.at for record in scene.said if isinstance(record.data, DoseMissed)] == [
        on("12:00:00.500")
    ]


def test_a_late_lid_still_counts_before_the_judgement() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("12:00:00.100"))
    scene.tick()
    only(scene.lid("mon-am", True, before_ms=100), DoseTaken)
    scene.until(on("13:00"))
    assert outcomes(scene) == []


def test_a_slot_that_was_taken_is_not_judged() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.use("mon-am", on("08:05"))
    scene.until(on("13:00"))
    assert outcomes(scene) == []


def test_a_box_that_started_in_the_window_did_not_see_it() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("06:30"))
    scene.restart(off_ms=31 * MINUTE_MS)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "box_off")]


def test_a_box_that_started_just_as_the_window_opened_saw_it_all() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("06:30"))
    scene.restart(off_ms=30 * MINUTE_MS)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


@pytest.mark.parametrize("at", ["07:00:01", "09:00", "11:59:59"])
def test_even_a_short_restart_inside_the_window_breaks_the_watch(at: str) -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on(at))
    scene.restart(off_ms=200)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "box_off")]


def test_windows_that_passed_while_the_box_was_off_are_told_at_once() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("06:30"))
    found = scene.restart(off_ms=2 * DAY_MS, power=True)
    judged = [(event.slot, event.because) for event in found if isinstance(event, DoseUnobserved)]
    assert judged == [(MORNING.slot, "box_off"), (EVENING.slot, "box_off")]


def test_they_wait_for_a_clock_to_be_trusted_and_were_still_passed_in_the_dark() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("06:30"))
    scene.clock, scene.wall_ms = "untrusted", 0
    assert DoseUnobserved not in {type(event) for event in scene.restart(power=True)}
    scene.after(5 * MINUTE_MS)
    found = scene.trust("synced", by_ms=on("15:00") - scene.wall_ms)
    assert only(found, DoseUnobserved).because == "box_off"


def test_a_window_in_which_the_clock_was_doubtful_is_unobserved() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("09:00"))
    scene.trust("untrusted")
    scene.after(MINUTE_MS)
    scene.trust("rtc")
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "clock_untrusted")]


def test_nothing_is_judged_while_the_clock_is_doubtful() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("09:00"))
    scene.trust("untrusted")
    scene.after(DAY_MS)
    scene.tick()
    scene.plan(plan_of(MORNING, EVENING, name="p2", made_at=MONDAY + 1))
    assert outcomes(scene) == []
    scene.trust("synced")
    assert [because for _, _, because in outcomes(scene)] == ["clock_untrusted", "clock_untrusted"]


@pytest.mark.parametrize("by_ms", [-HOUR_MS, -2_001, 2_001, HOUR_MS])
def test_a_step_of_the_clock_inside_the_window_breaks_the_watch(by_ms: int) -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("09:00"))
    scene.jump(by_ms)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "clock_stepped")]


@pytest.mark.parametrize("by_ms", [-2_000, 2_000])
def test_a_slewing_clock_does_not_break_the_watch(by_ms: int) -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("09:00"))
    scene.jump(by_ms)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def stand_still(scene: Scene, for_ms: int) -> None:
    scene.wall_ms += for_ms
    scene.mono_ms += for_ms
    scene.take(Stalled(stamp=scene.stamp()))


def test_law_3_a_window_in_which_the_program_stood_still_is_not_missed() -> None:
    """A lid was opened and closed while the program was frozen for four seconds: nobody saw it."""
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("09:00"))
    stand_still(scene, 4_000)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "stalled")]


def test_law_3_a_window_that_ended_while_the_machine_slept_is_not_missed() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("09:00"))
    stand_still(scene, 8 * HOUR_MS)
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "stalled")]


def test_standing_still_before_the_window_does_not_blind_it_and_an_opening_after_it_counts() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    stand_still(scene, HOUR_MS // 2)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]
    scene.until(on("19:30"))
    stand_still(scene, 4_000)
    assert only(scene.use("mon-pm", on("20:10")), DoseTaken).timing == "on_time"


def test_a_step_before_the_window_does_not_blind_it() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.jump(30 * MINUTE_MS)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def test_a_clock_that_leaps_over_a_window_does_not_make_it_missed() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.jump(12 * HOUR_MS)
    scene.tick()
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "clock_stepped")]


@pytest.mark.parametrize("back_ms", [10_000, 31 * MINUTE_MS - 5_000])
def test_a_window_watched_to_its_end_stays_missed_when_the_clock_goes_back_a_little(back_ms: int) -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("12:30"))
    scene.jump(-back_ms)
    scene.until(on("15:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def test_law_3_a_window_called_missed_by_a_clock_that_was_ahead_is_open_again() -> None:
    """Three hours of a clock set to local time had cost the reminders of the rest of the window."""
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("12:30"))
    scene.jump(-3 * HOUR_MS)
    assert [event.because for event in scene.of(ReminderGiven)][-1] == "still_due"
    scene.until(on("10:00:01"))
    assert [event.step for event in scene.of(ReminderGiven)] == [1, 2, 3, 4, 4]
    scene.until(on("15:00"))
    assert outcomes(scene) == [
        ("DoseMissed", MORNING.slot, "window_watched"),
        ("DoseUnobserved", MORNING.slot, "clock_stepped"),
    ]


def test_law_3_an_opening_in_a_window_that_is_open_again_is_its_intake() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("12:30"))
    scene.jump(-3 * HOUR_MS)
    assert only(scene.use("mon-am", on("10:10")), DoseTaken).timing == "late"
    scene.until(on("15:00"))
    assert [kind for kind, _, _ in outcomes(scene)] == ["DoseMissed"]


def test_a_clock_that_leapt_a_year_ahead_and_back_costs_no_slot_its_reminders() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.jump(365 * DAY_MS)
    assert [because for _, _, because in outcomes(scene)] == ["clock_stepped", "clock_stepped"]
    assert len(scene.of(BoxHealth)) == 1
    scene.jump(-365 * DAY_MS)
    scene.until(on("08:00:01"))
    assert [event.slot for event in scene.of(ReminderGiven)] == [MORNING.slot]
    scene.until(on("13:00"))
    assert outcomes(scene)[2:] == [("DoseMissed", MORNING.slot, "window_watched")]
    scene.until(on("20:00", day=15))
    assert len(scene.of(BoxHealth)) == 2


def test_a_window_that_is_open_again_can_be_reminded_of_but_not_be_missed() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("08:10"))
    scene.jump(6 * HOUR_MS)
    scene.jump(-6 * HOUR_MS)
    scene.until(on("13:00"))
    assert [event.step for event in scene.of(ReminderGiven)] == [1, 2, 3, 4]
    assert [kind for kind, _, _ in outcomes(scene)] == ["DoseUnobserved", "DoseUnobserved"]


def test_a_window_missed_by_a_clock_a_day_ahead_is_watched_again_when_it_really_comes() -> None:
    scene = Scene.begun(plan_of(MORNING, slot("08:00", day=2)), at=on("06:00"))
    scene.use("mon-am", on("08:05"))
    scene.until(on("13:00", day=2))
    scene.jump(-DAY_MS)
    scene.until(on("13:00", day=2))
    assert [kind for kind, _, _ in outcomes(scene)] == ["DoseMissed", "DoseMissed"]
    reminded = [event.slot for event in scene.of(ReminderGiven)]
    assert reminded.count("a/2026-11-25/08:00") == 8


def test_a_plan_that_came_while_the_clock_was_ahead_is_not_lost() -> None:
    scene = Scene.begun(at=on("06:00", day=100))
    scene.plan(held())
    scene.jump(-100 * DAY_MS)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def test_a_lid_that_stood_open_before_the_window_cannot_testify() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.open("mon-am", on("06:50"))
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "lid_already_open")]


def test_closing_it_inside_the_window_is_not_enough() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.open("mon-am", on("06:50"))
    scene.close("mon-am", on("07:10"))
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "lid_already_open")]


def test_closing_it_and_opening_it_again_testifies() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.open("mon-am", on("06:50"))
    scene.close("mon-am", on("07:10"))
    assert only(scene.open("mon-am", on("07:20")), DoseTaken).timing == "early"


def test_closing_it_before_the_window_leaves_the_watch_whole() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.open("mon-am", on("06:50"))
    scene.close("mon-am", on("06:59:59"))
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def test_a_lid_found_open_at_the_start_cannot_testify_later() -> None:
    scene = Scene.begun(held(), at=on("05:00"))
    scene.lids["mon-am"] = True
    scene.restart(power=True)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "lid_already_open")]


def test_a_lid_found_open_at_the_very_instant_its_window_opens_cannot_testify() -> None:
    scene = Scene.begun(held(), at=on("05:00"))
    scene.lids["mon-am"] = True
    scene.restart(off_ms=2 * HOUR_MS, power=True)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "lid_already_open")]


def test_a_lid_opened_at_the_very_instant_its_window_opens_is_an_intake() -> None:
    scene = Scene.begun(held(), at=on("05:00"))
    assert only(scene.open("mon-am", on("07:00")), DoseTaken).timing == "early"


def test_a_lid_opened_under_a_doubtful_clock_and_still_open_cannot_testify() -> None:
    scene = Scene.begun(held(), at=on("05:00"))
    scene.trust("untrusted", by_ms=-DAY_MS)
    scene.open("mon-am")
    scene.after(HOUR_MS)
    scene.trust("synced", by_ms=DAY_MS)
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "lid_already_open")]


def test_a_lid_opened_while_refilling_leaves_its_slot_unobserved() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("07:30"))
    scene.press("refill")
    scene.use("mon-am")
    scene.press("refill")
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "refill")]


def test_a_refill_that_did_not_touch_the_lid_leaves_the_watch_whole() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("07:30"))
    scene.press("refill")
    scene.use("sun-pm")
    scene.press("refill")
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


# Plans that come late, change or run out.


def test_a_plan_that_comes_in_mid_window_to_a_box_that_watched_can_be_missed() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.until(on("08:30"))
    scene.plan(held())
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def test_a_plan_that_comes_after_the_lid_was_opened_came_late() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.use("mon-am", on("07:30"))
    scene.until(on("08:30"))
    scene.plan(held())
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "plan_late")]


def test_an_opening_before_the_window_makes_no_plan_late() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.use("mon-am", on("06:30"))
    scene.until(on("08:30"))
    scene.plan(held())
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def test_a_plan_that_comes_in_mid_window_to_a_box_that_just_started_came_late() -> None:
    scene = Scene.begun(held(), at=on("08:30"))
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", MORNING.slot, "plan_late")]


def test_a_window_that_had_closed_before_the_plan_came_is_not_judged() -> None:
    scene = Scene.begun(held(), at=on("12:00"))
    scene.until(on("18:00"))
    assert outcomes(scene) == []


def test_a_plan_that_came_under_a_doubtful_clock_is_placed_when_it_is_trusted() -> None:
    scene = Scene(wall_ms=0, clock="untrusted")
    scene.start()
    scene.after(MINUTE_MS)
    scene.plan(plan_of(MORNING, slot("13:00", compartment="wed-am"), EVENING))
    scene.after(MINUTE_MS)
    scene.trust("synced", by_ms=on("12:30") - scene.wall_ms)
    assert outcomes(scene) == []
    scene.until(on("18:00"))
    assert outcomes(scene) == [("DoseUnobserved", "a/2026-11-23/13:00", "plan_late")]


def test_a_plan_kept_over_a_reboot_under_a_doubtful_clock_counts_as_new() -> None:
    scene = Scene(wall_ms=0, clock="untrusted")
    scene.start()
    scene.plan(held())
    scene.restart(power=True)
    scene.trust("synced", by_ms=on("12:30") - scene.wall_ms)
    scene.until(on("18:00"))
    assert outcomes(scene) == []


def test_withdrawn_slots_are_neither_reminded_nor_missed() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("08:10"))
    scene.plan(plan_of(EVENING, name="p2", made_at=MONDAY + 1))
    before = len(scene.said)
    scene.until(on("18:00"))
    assert len(scene.said) == before


def test_a_moved_slot_is_judged_by_its_new_instants() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.until(on("08:10"))
    scene.plan(plan_of(moved_slot(MORNING, 2 * HOUR_MS), EVENING, name="p2", made_at=MONDAY + 1))
    scene.until(on("13:00"))
    assert outcomes(scene) == []
    scene.until(on("15:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def test_an_opening_before_a_slot_was_moved_over_it_is_not_called_missed() -> None:
    late = slot("10:30", closes_ms=HOUR_MS, remind=())
    scene = Scene.begun(plan_of(late), at=on("06:00"))
    scene.use("mon-am", on("09:00"))
    scene.plan(plan_of(moved_slot(late, -2 * HOUR_MS), name="p2", made_at=MONDAY + 1))
    scene.until(on("13:00"))
    assert outcomes(scene) == [("DoseUnobserved", late.slot, "plan_late")]


def test_a_slot_moved_to_a_time_that_has_passed_is_left_to_the_hub() -> None:
    late = slot("10:30", closes_ms=HOUR_MS, remind=())
    scene = Scene.begun(plan_of(late), at=on("06:00"))
    scene.until(on("09:00"))
    scene.plan(plan_of(moved_slot(late, -6 * HOUR_MS), name="p2", made_at=MONDAY + 1))
    scene.until(on("13:00"))
    assert outcomes(scene) == []


@pytest.mark.parametrize("gone", [False, True])
def test_law_3_a_changed_plan_does_not_forget_why_a_window_cannot_be_testified_to(gone: bool) -> None:
    """The lid stood open as the window opened; a second daily time, or a hold lifted, made it "missed"."""
    scene = Scene.begun(held(), at=on("06:00"))
    scene.open("mon-am", on("06:50"))
    scene.close("mon-am", on("07:10"))
    scene.until(on("09:00"))
    if gone:
        scene.plan(plan_of(EVENING, name="p2", made_at=MONDAY + 1))
        scene.until(on("09:30"))
    shorter = replace(MORNING, closes_at=on("11:00"))
    scene.plan(plan_of(shorter, EVENING, name="p3", made_at=MONDAY + 2))
    scene.until(on("13:00"))
    [(kind, name, because)] = outcomes(scene)
    assert (kind, name) == ("DoseUnobserved", MORNING.slot)
    assert because in ("lid_already_open", "plan_late")


def test_a_window_moved_to_later_forgets_what_blinded_it_before() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.open("mon-am", on("06:50"))
    scene.close("mon-am", on("07:10"))
    scene.plan(plan_of(moved_slot(MORNING, 2 * HOUR_MS), EVENING, name="p2", made_at=MONDAY + 1))
    scene.until(on("15:00"))
    assert outcomes(scene) == [("DoseMissed", MORNING.slot, "window_watched")]


def days(*numbers: int) -> list[PlannedSlot]:
    return [slot("08:00", day=number) for number in numbers]


def test_windows_of_days_without_power_are_told_though_the_plan_that_came_first_leaves_them_out() -> None:
    """The link is up before the clock is set: Tuesday and Wednesday had never been told."""
    scene = Scene.begun(plan_of(*days(0, 1, 2, 3, 4)), at=on("06:00"))
    scene.use("mon-am", on("08:05"))
    scene.clock = "untrusted"
    scene.restart(off_ms=4 * DAY_MS, power=True)
    scene.plan(plan_of(*days(3, 4, 5), name="p2", made_at=on("03:00", day=4)))
    assert outcomes(scene) == []
    scene.trust("synced")
    assert [(kind, name[2:12]) for kind, name, _ in outcomes(scene)] == [
        ("DoseUnobserved", "2026-11-24"), ("DoseUnobserved", "2026-11-25"), ("DoseUnobserved", "2026-11-26"),
    ]  # fmt: skip
    held_now = scene.box.course.held
    assert held_now is not None
    assert held_now.plan.plan == "p2"


def test_of_the_plans_that_wait_for_the_time_the_newest_is_held() -> None:
    scene = Scene.begun(held(), at=on("06:00"), clock="untrusted")
    for number in (2, 4, 3):
        scene.plan(plan_of(EVENING, name=f"p{number}", made_at=MONDAY + number))
    scene.trust("synced")
    held_now = scene.box.course.held
    assert held_now is not None
    assert held_now.plan.plan == "p4"
    scene.until(on("13:00"))
    assert outcomes(scene) == [], "what the waiting plan left out is withdrawn"


def test_the_same_plan_again_changes_nothing() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.use("mon-am", on("08:05"))
    before = scene.box.course.slots
    scene.plan(held())
    assert scene.box.course.slots is before


def test_an_older_plan_is_ignored() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.plan(plan_of(name="p0", made_at=MONDAY - 1))
    assert scene.box.course.held is not None
    assert scene.box.course.held.plan.plan == "p1"


def test_a_plan_from_a_hub_whose_clock_ran_ahead_locks_nobody_out() -> None:
    scene = Scene.begun(plan_of(MORNING, name="p9", made_at=on("06:00", day=300)), at=on("06:00"))
    scene.plan(held())
    assert scene.box.course.held is not None
    assert scene.box.course.held.plan.plan == "p1"


def test_a_doubtful_clock_cannot_say_that_a_plan_is_from_the_future() -> None:
    scene = Scene.begun(held(), at=on("06:00"))
    scene.trust("untrusted", by_ms=-400 * DAY_MS)
    scene.plan(plan_of(name="p0", made_at=MONDAY - 1))
    assert scene.box.course.held is not None
    assert scene.box.course.held.plan.plan == "p1"


def test_the_plan_of_another_box_is_ignored() -> None:
    scene = Scene(box=Scene().box)
    scene.start()
    other = plan_of(MORNING)
    object.__setattr__(other, "box", "shed")
    scene.plan(other)
    assert scene.box.course.held is None


def test_a_plan_that_ran_out_is_told_once() -> None:
    scene = Scene.begun(plan_of(until=on("10:00")), at=on("06:00"))
    scene.until(on("10:00"))
    assert scene.of(BoxHealth) == []
    scene.until(on("20:00"))
    scene.restart()
    assert [event.because for event in scene.of(BoxHealth)] == ["plan_ended"]
    scene.until(on("21:00"))
    assert next_deadline(scene.box) is None


def test_a_newer_plan_can_run_out_again() -> None:
    scene = Scene.begun(plan_of(until=on("10:00")), at=on("06:00"))
    scene.until(on("11:00"))
    scene.plan(plan_of(name="p2", made_at=MONDAY + 1, until=on("12:00")))
    scene.until(on("13:00"))
    assert len(scene.of(BoxHealth)) == 2


def test_a_box_that_never_had_a_plan_says_nothing_of_its_end() -> None:
    scene = Scene.begun(at=on("06:00"))
    scene.until(on("06:00", day=30))
    assert scene.of(BoxHealth) == []
