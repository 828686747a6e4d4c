"""Does every opening of a lid get the right verdict?"""

from __future__ import annotations

import pytest

from controller.wire.events import (
    DoseExtra,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseWrongCompartment,
    LidOpened,
    ReminderGiven,
)
from controller.wire.instants import HOUR_MS, MINUTE_MS
from tests.witness_scenes import MONDAY, Scene, moved_slot, on, only, plan_of, slot

MORNING = slot("08:00")
EVENING = slot("20:00")


@pytest.fixture
def scene() -> Scene:
    return Scene.begun(plan_of(MORNING, EVENING, slot("08:00", day=1)))


@pytest.mark.parametrize(
    ("at", "timing"),
    [
        ("07:00", "early"),
        ("07:59:59.999", "early"),
        ("08:00", "on_time"),
        ("09:00", "on_time"),
        ("09:00:00.001", "late"),
        ("12:00", "late"),
    ],
)
def test_the_timing_of_a_dose_follows_its_four_instants(scene: Scene, at: str, timing: str) -> None:
    taken = only(scene.open("mon-am", on(at)), DoseTaken)
    assert (taken.slot, taken.timing) == (MORNING.slot, timing)
    assert (taken.evidence, taken.because, taken.opened_at) == ("lid", "lid_opened", on(at))


def test_the_lid_is_recorded_before_what_it_is_taken_for(scene: Scene) -> None:
    assert [type(event) for event in scene.open("mon-am", on("08:00:05"))] == [LidOpened, DoseTaken]


def test_a_second_opening_is_extra_and_names_its_slot(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    extra = only(scene.use("mon-am", on("08:21")), DoseExtra)
    assert (extra.because, extra.slot, extra.opened_at) == ("already_taken", MORNING.slot, on("08:21"))
    assert len(scene.of(DoseTaken)) == 1


def test_every_later_opening_is_extra(scene: Scene) -> None:
    scene.use("mon-am", on("08:10"))
    for minute in range(26, 35):
        scene.use("mon-am", on(f"08:{minute}"))
    assert len(scene.of(DoseTaken)) == 1
    assert len(scene.of(DoseExtra)) == 9


def test_the_wrong_lid_names_the_one_that_is_due(scene: Scene) -> None:
    wrong = only(scene.open("mon-pm", on("08:05")), DoseWrongCompartment)
    assert (wrong.compartment, wrong.expected, wrong.slot) == ("mon-pm", "mon-am", MORNING.slot)
    assert wrong.because == "other_slot_due"


def test_the_wrong_lid_does_not_answer_the_slot(scene: Scene) -> None:
    scene.use("mon-pm", on("08:05"))
    assert only(scene.use("mon-am", on("08:06")), DoseTaken).slot == MORNING.slot


def test_of_two_slots_due_the_earliest_is_expected() -> None:
    first = slot("08:00", compartment="wed-am")
    second = slot("09:00", regimen="b", compartment="thu-am")
    scene = Scene.begun(plan_of(second, first))
    assert only(scene.open("fri-am", on("08:45")), DoseWrongCompartment).expected == "wed-am"


def test_once_the_due_slot_is_taken_another_lid_is_extra_not_wrong(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    extra = only(scene.open("mon-pm", on("08:10")), DoseExtra)
    assert (extra.because, extra.slot) == ("not_due", EVENING.slot)


def test_an_opening_before_the_window_is_not_due(scene: Scene) -> None:
    extra = only(scene.open("mon-am", on("06:59:59.999")), DoseExtra)
    assert (extra.because, extra.slot) == ("not_due", MORNING.slot)


def test_an_opening_after_the_window_is_closed(scene: Scene) -> None:
    extra = only(scene.open("mon-am", on("12:00:00.001")), DoseExtra)
    assert (extra.because, extra.slot) == ("closed", MORNING.slot)


def test_an_opening_goes_to_the_nearest_slot_of_its_lid() -> None:
    week = slot("08:00", day=7)
    scene = Scene.begun(plan_of(MORNING, week))
    assert only(scene.open("mon-am", on("13:00")), DoseExtra).slot == MORNING.slot
    scene.close("mon-am")
    extra = only(scene.open("mon-am", on("03:00", day=7)), DoseExtra)
    assert (extra.slot, extra.because) == (week.slot, "not_due")


def test_a_lid_with_no_slot_at_all_has_nothing_planned(scene: Scene) -> None:
    extra = only(scene.open("sun-pm", on("14:00")), DoseExtra)
    assert (extra.because, extra.slot) == ("nothing_planned", None)


def test_without_a_plan_an_opening_is_only_an_opening() -> None:
    scene = Scene.begun()
    assert [type(event) for event in scene.open("mon-am", on("08:00:05"))] == [LidOpened]


def test_after_the_plan_has_run_out_an_opening_outside_all_windows_is_only_an_opening() -> None:
    scene = Scene.begun(plan_of(MORNING, until=on("10:00")))
    scene.use("mon-am", on("10:00"))
    assert len(scene.of(DoseTaken)) == 1
    assert [type(event) for event in scene.open("mon-am", on("12:00:01"))] == [LidOpened]


def test_law_3_a_window_that_outlasts_its_plan_is_watched_to_its_end() -> None:
    """The last evening of a box without a hub for two weeks had been called missed, opened or not."""
    scene = Scene.begun(plan_of(MORNING, until=on("10:00")))
    assert only(scene.use("mon-am", on("10:30")), DoseTaken).timing == "late"
    assert only(scene.use("mon-am", on("11:00")), DoseExtra).because == "already_taken"
    scene.until(on("13:00"))
    assert scene.of(DoseMissed) == []


def test_slots_of_several_regimens_in_one_lid_are_answered_by_one_opening() -> None:
    both = [slot("08:00"), slot("08:00", regimen="b")]
    scene = Scene.begun(plan_of(*both))
    taken = [event.slot for event in scene.open("mon-am", on("08:05")) if isinstance(event, DoseTaken)]
    assert taken == [one.slot for one in both]
    scene.close("mon-am")
    assert only(scene.open("mon-am", on("08:21")), DoseExtra).because == "already_taken"


def test_one_opening_answers_also_those_due_with_it_whose_window_begins_later() -> None:
    """The tablets lie in one cell: a reminder of an empty one, and a false "missed", would follow."""
    wide, narrow = slot("08:00"), slot("08:00", regimen="b", early_ms=30 * MINUTE_MS)
    scene = Scene.begun(plan_of(wide, narrow, EVENING))
    taken = [event for event in scene.open("mon-am", on("07:10")) if isinstance(event, DoseTaken)]
    assert [(event.slot, event.timing) for event in taken] == [(wide.slot, "early"), (narrow.slot, "early")]
    scene.close("mon-am")
    scene.until(on("13:00"))
    assert scene.of(DoseMissed) == []
    assert scene.of(ReminderGiven) == []


def test_a_lid_that_repeats_its_level_says_nothing(scene: Scene) -> None:
    scene.open("mon-am", on("08:05"))
    assert scene.open("mon-am") == []
    assert len(scene.of(DoseTaken)) == 1


def test_the_poll_that_heals_a_lost_edge_testifies_too(scene: Scene) -> None:
    scene.until(on("08:05"))
    assert only(scene.lid("mon-am", True, because="poll"), DoseTaken).timing == "on_time"


def test_a_level_found_at_boot_is_never_an_intake(scene: Scene) -> None:
    scene.until(on("08:05"))
    assert [type(event) for event in scene.lid("mon-am", True, because="at_boot")] == [LidOpened]


def test_a_lid_the_box_does_not_have_says_nothing(scene: Scene) -> None:
    scene.until(on("08:05"))
    assert scene.lid("attic", True) == []
    assert scene.lid("attic", False) == []


def test_the_first_edge_counts_not_the_moment_of_the_report(scene: Scene) -> None:
    scene.until(on("12:00:00.050"))
    scene.tick()
    taken = only(scene.lid("mon-am", True, before_ms=60), DoseTaken)
    assert (taken.opened_at, taken.timing) == (on("11:59:59.990"), "late")


def test_an_answer_that_comes_after_the_judgement_heals_it(scene: Scene) -> None:
    scene.until(on("12:00:01"))
    assert only(scene.lid("mon-am", True, before_ms=1_500), DoseTaken).slot == MORNING.slot
    scene.close("mon-am")
    scene.after(MINUTE_MS)
    assert [type(event) for event in scene.open("mon-am")] == [LidOpened], "it belongs to the intake"


# The patient's word.


def test_taken_elsewhere_answers_the_slot_that_is_due(scene: Scene) -> None:
    scene.until(on("08:05"))
    said = only(scene.press("taken_elsewhere"), DoseSelfReported)
    assert (said.slot, said.evidence, said.because) == (MORNING.slot, "button", "button")


def test_after_the_patients_word_an_opening_is_extra(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.press("taken_elsewhere")
    assert only(scene.open("mon-am", on("08:10")), DoseExtra).because == "already_taken"


def test_the_patients_word_answers_once(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.press("taken_elsewhere")
    assert scene.press("taken_elsewhere") == []


def test_the_patients_word_with_nothing_due_answers_nothing(scene: Scene) -> None:
    scene.until(on("15:00"))
    assert scene.press("taken_elsewhere") == []


def test_the_patients_word_is_for_the_group_that_is_due_first() -> None:
    group = [slot("08:00"), slot("08:00", regimen="b", compartment="wed-am")]
    later = slot("08:30", regimen="c", compartment="thu-am")
    scene = Scene.begun(plan_of(*group, later))
    scene.until(on("08:40"))
    assert [
        event.slot for event in scene.press("taken_elsewhere") if isinstance(event, DoseSelfReported)
    ] == [one.slot for one in group]
    assert only(scene.press("taken_elsewhere"), DoseSelfReported).slot == later.slot


# Refilling.


def test_openings_while_refilling_are_no_intakes(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.press("refill")
    assert [type(event) for event in scene.open("mon-am")] == [LidOpened]
    assert not scene.of(DoseTaken)
    assert not scene.of(DoseExtra)


def test_after_refilling_the_slot_can_still_be_taken(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.press("refill")
    scene.use("mon-am")
    scene.press("refill")
    assert only(scene.use("mon-am", on("08:20")), DoseTaken).slot == MORNING.slot


def test_no_reminder_comes_while_refilling_and_the_newest_is_caught_up_after(scene: Scene) -> None:
    scene.until(on("07:50"))
    scene.press("refill")
    scene.until(on("08:31"))
    assert scene.of(ReminderGiven) == []
    given = only(scene.press("refill"), ReminderGiven)
    assert (given.step, given.because) == (2, "catch_up")


# Clocks that cannot be trusted.


def test_an_opening_under_a_doubtful_clock_waits_for_the_clock() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("06:30"))
    scene.trust("untrusted", by_ms=-40 * HOUR_MS)
    scene.after(95 * MINUTE_MS)
    assert [type(event) for event in scene.open("mon-am")] == [LidOpened]
    scene.after(5 * MINUTE_MS)
    taken = only(scene.trust("synced", by_ms=40 * HOUR_MS), DoseTaken)
    assert (taken.opened_at, taken.because, taken.timing) == (on("08:05"), "restamped", "on_time")


def test_waiting_openings_are_judged_in_their_order() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("07:30"))
    scene.trust("untrusted")
    scene.use("mon-am", on("08:05"))
    scene.use("mon-am", on("08:10"))
    scene.use("mon-am", on("08:21"))
    found = scene.trust("rtc")
    assert only(found, DoseTaken).opened_at == on("08:05")
    assert only(found, DoseExtra).opened_at == on("08:21")


def test_waiting_openings_survive_a_restart_but_no_power_cut() -> None:
    for power, healed in ((False, 1), (True, 0)):
        scene = Scene.begun(plan_of(MORNING), at=on("07:30"))
        scene.trust("untrusted")
        scene.use("mon-am", on("08:05"))
        scene.restart(off_ms=MINUTE_MS, power=power)
        scene.trust("synced")
        assert len(scene.of(DoseTaken)) == healed


def test_openings_while_refilling_under_a_doubtful_clock_are_no_intakes() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("07:30"))
    scene.trust("untrusted")
    scene.press("refill")
    scene.use("mon-am", on("08:05"))
    scene.press("refill")
    assert DoseTaken not in {type(event) for event in scene.trust("synced")}


def test_no_more_than_fifty_openings_wait_and_the_newest_are_kept() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("07:30"))
    scene.trust("untrusted")
    for _ in range(60):
        scene.use("mon-am")
    assert len(scene.box.kept.openings) == 50
    scene.trust("synced")
    assert scene.of(DoseTaken)[0].opened_at == on("07:30") + 10 * 10_000
    assert scene.box.kept.openings == ()


def test_a_judged_opening_of_the_past_warns_nobody_now() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("05:30"))
    scene.trust("untrusted")
    scene.use("mon-am", on("06:00"))
    assert only(scene.trust("synced"), DoseExtra).because == "not_due"
    assert scene.sounds == []
    assert scene.view().glyph != "extra"


def test_an_edge_from_just_before_the_clock_was_trusted_is_reckoned_back() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("07:30"))
    scene.trust("untrusted", by_ms=-HOUR_MS)
    scene.after(30 * MINUTE_MS)
    early = scene.stamp()
    scene.after(50)
    scene.trust("synced", by_ms=HOUR_MS)
    now, scene.wall_ms, scene.mono_ms, scene.clock = scene.wall_ms, early.at, early.mono_ms, early.clock
    taken = only(scene.lid("mon-am", True), DoseTaken)
    assert (taken.opened_at, taken.because) == (now - 50, "restamped")


def test_taken_slots_stay_taken_when_the_clock_goes_back(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.jump(-30 * MINUTE_MS)
    assert only(scene.use("mon-am"), DoseExtra).because == "already_taken"


def test_a_slot_that_comes_back_after_a_hold_keeps_its_intake(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.plan(plan_of(EVENING, name="p2", made_at=MONDAY + 1))
    scene.plan(plan_of(MORNING, EVENING, name="p3", made_at=MONDAY + 2))
    assert only(scene.use("mon-am", on("08:30")), DoseExtra).because == "already_taken"


def test_a_slot_keeps_its_intake_when_its_instants_move(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.plan(plan_of(moved_slot(MORNING, HOUR_MS), EVENING, name="p2", made_at=MONDAY + 1))
    assert only(scene.use("mon-am", on("09:30")), DoseExtra).because == "already_taken"
