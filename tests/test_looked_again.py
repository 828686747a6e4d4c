"""Does a dose whose lid was only looked into come due again, and count when it is taken after that?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.wire.events import DoseExtra, DoseMissed, DoseTaken, DoseUnobserved, ReminderGiven
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Plan
from tests.care_days import MORNING as SLOT
from tests.care_days import Keeper, at, stated, taken, undone, unobserved
from tests.witness_scenes import MONDAY, Scene, on, only, plan_of, slot

MORNING = slot("08:00")


def looked(instant: int, name: str = "p2") -> Plan:
    """Return the plan by which the box hears that somebody only looked, up to an instant."""
    return plan_of(replace(MORNING, looked_at=instant), name=name, made_at=MONDAY + int(name[1:]))


@pytest.fixture
def scene() -> Scene:
    """Return a box that took an opening at 08:05 for the dose, and hears at 08:40 that it was none."""
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("08:05"))
    scene.until(on("08:40"))
    scene.plan(looked(on("08:39")))
    return scene


def test_it_is_reminded_of_again_at_once_and_at_its_later_steps(scene: Scene) -> None:
    scene.until(on("10:30"))
    given = [record for record in scene.said if isinstance(record.data, ReminderGiven)]
    assert [record.stamp.at for record in given] == [on("08:00"), on("08:40"), on("09:00"), on("10:00")]
    assert [given.because for given in scene.of(ReminderGiven)] == [
        "due",
        "catch_up",
        "still_due",
        "still_due",
    ]
    assert scene.view().glyph == "late"


def test_the_next_opening_is_the_intake_also_within_a_quarter_of_an_hour() -> None:
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("08:05"))
    scene.plan(looked(on("08:07")))
    assert only(scene.use("mon-am", on("08:10")), DoseTaken).opened_at == on("08:10")
    scene.plan(looked(on("08:07"), "p3"))
    assert only(scene.use("mon-am", on("09:00")), DoseExtra).because == "already_taken"


def test_nobody_can_say_that_its_lid_was_not_opened(scene: Scene) -> None:
    scene.until(on("13:00"))
    assert scene.of(DoseMissed) == []
    assert only([*scene.of(DoseUnobserved)], DoseUnobserved).because == "only_looked"


def test_a_lid_that_moved_since_keeps_its_intake() -> None:
    """The word was on its way while the patient took the dose: a reminder would ask for a second one."""
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("08:05"))
    scene.use("mon-am", on("08:12"))
    scene.plan(looked(on("08:10")))
    scene.until(on("12:30"))
    assert len(scene.of(ReminderGiven)) == 1
    assert scene.of(DoseUnobserved) == []


def test_a_lid_that_stands_open_keeps_its_intake() -> None:
    scene = Scene.begun(plan_of(MORNING))
    scene.open("mon-am", on("08:05"))
    scene.plan(looked(on("08:10")))
    scene.close("mon-am", on("08:29"))
    assert only(scene.use("mon-am", on("08:30")), DoseExtra).because == "already_taken"


def test_after_its_window_nothing_comes_due_again() -> None:
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("08:05"))
    scene.until(on("12:00"))
    scene.plan(looked(on("11:59")))
    scene.until(on("13:00"))
    assert scene.of(DoseUnobserved) == []


def test_the_patients_own_word_at_the_box_stands() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("08:05"))
    scene.press("taken_elsewhere")
    scene.plan(looked(on("08:10")))
    assert only(scene.use("mon-am", on("08:30")), DoseExtra).because == "already_taken"


def test_the_gap_to_the_next_dose_is_not_counted_from_what_was_no_intake() -> None:
    morning, noon = (
        replace(MORNING, least_gap_ms=6 * HOUR_MS),
        replace(slot("12:00"), least_gap_ms=6 * HOUR_MS),
    )
    scene = Scene.begun(plan_of(morning, noon))
    scene.use("mon-am", on("08:05"))
    scene.plan(plan_of(replace(morning, looked_at=on("08:10")), noon, name="p2", made_at=MONDAY + 1))
    assert only(scene.use("mon-pm", on("12:05")), DoseTaken).slot == noon.slot


def test_under_a_doubtful_clock_it_waits_for_the_clock() -> None:
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("08:05"))
    scene.trust("untrusted")
    scene.plan(looked(on("08:10")))
    scene.after(MINUTE_MS)
    scene.trust("synced")
    assert scene.of(ReminderGiven)[-1].because == "catch_up"


@pytest.fixture
def keeper() -> Keeper:
    """Return a hub that was told of an intake at 08:10, and by Bea at 08:30 that it was none."""
    keeper = Keeper()
    keeper.live(at("06:00"))
    keeper.send(at("08:10"), taken(SLOT, at("08:10")))
    keeper.do(stated(at=at("08:30"), slot=SLOT, outcome="not_taken", by="bea", why="she only looked"))
    return keeper


def planned(keeper: Keeper) -> int | None:
    return next(slot.looked_at for slot in keeper.plans[-1].plan.slots if slot.slot == SLOT)


def test_the_plan_tells_the_box_until_when_it_was_no_intake(keeper: Keeper) -> None:
    assert planned(keeper) == at("08:30")
    assert keeper.plans[-1].plan.plan != keeper.plans[0].plan.plan


def test_an_intake_seen_after_the_word_stands(keeper: Keeper) -> None:
    keeper.send(at("09:10"), taken(SLOT, at("09:10")))
    assert (keeper.slots[SLOT].outcome, keeper.slots[SLOT].opened_at) == ("taken", at("09:10"))
    assert [note.outcome for note in keeper.notes] == ["taken", "skipped", "taken"]


def test_a_word_about_an_opening_by_a_clock_that_was_ahead_counts() -> None:
    keeper = Keeper()
    keeper.send(at("08:10"), taken(SLOT, at("08:11")))
    keeper.do(stated(at=at("08:10"), slot=SLOT, outcome="not_taken", by="bea"))
    assert keeper.slots[SLOT].because == "only_looked"
    assert planned(keeper) == at("08:11")


def test_an_intake_from_before_the_word_does_not(keeper: Keeper) -> None:
    keeper.send(at("09:10"), taken(SLOT, at("08:29")))
    assert (keeper.slots[SLOT].outcome, keeper.slots[SLOT].because) == ("skipped", "only_looked")


def test_without_an_intake_it_stays_what_the_person_said(keeper: Keeper) -> None:
    keeper.send(at("12:01"), unobserved(SLOT, "only_looked"))
    keeper.until(at("12:01") + DAY_MS)
    assert (keeper.slots[SLOT].outcome, keeper.slots[SLOT].because) == ("skipped", "only_looked")


def test_a_later_word_and_its_undoing_leave_the_intake_that_was_seen(keeper: Keeper) -> None:
    keeper.send(at("09:10"), taken(SLOT, at("09:10")))
    word = stated(at=at("09:30"), slot=SLOT, outcome="skipped", by="bea")
    keeper.do(word)
    assert keeper.slots[SLOT].outcome == "skipped"
    keeper.do(undone(word, at=at("09:40"), by="bea"))
    assert (keeper.slots[SLOT].outcome, keeper.slots[SLOT].opened_at) == ("taken", at("09:10"))


def test_undoing_the_word_gives_the_first_intake_back(keeper: Keeper) -> None:
    keeper = Keeper()
    keeper.send(at("08:10"), taken(SLOT, at("08:10")))
    word = stated(at=at("08:30"), slot=SLOT, outcome="not_taken", by="bea")
    keeper.do(word)
    keeper.do(undone(word, at=at("08:31"), by="bea"))
    assert (keeper.slots[SLOT].outcome, keeper.slots[SLOT].opened_at) == ("taken", at("08:10"))
    assert planned(keeper) is None


def test_a_slot_that_somebody_declared_taken_is_still_left_out_of_the_plan() -> None:
    keeper = Keeper()
    keeper.live(at("06:00"))
    keeper.do(stated(at=at("07:30"), slot=SLOT, outcome="self_reported", by="bea"))
    assert SLOT not in {slot.slot for slot in keeper.plans[-1].plan.slots}
