"""When many lids open at one moment, is no dose answered by it, and is it told once?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import (
    DoseAsNeeded,
    DoseExtra,
    DoseExtraAnswered,
    DoseMissed,
    DoseTaken,
    DoseUnobserved,
    DoseWrongCompartment,
    EventData,
    LidClosed,
    LidDisturbed,
    LidOpened,
    LockForced,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import PlannedAsNeeded
from controller.witness.lids.disturbed import MOMENT_MS
from controller.witness.state import new_box
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, on, only, plan_of, slot

MORNING = slot("08:00")
SEVEN = ("mon-am", "mon-pm", "tue-am", "tue-pm", "wed-am", "wed-pm", "thu-am")


@pytest.fixture
def scene() -> Scene:
    return Scene.begun(plan_of(MORNING, slot("20:00")), at=on("06:00"))


def burst(scene: Scene, lids: tuple[str, ...] = SEVEN, *, apart_ms: int = 200) -> list[EventData]:
    """Open some lids shortly after one another, and let the moment pass."""
    said: list[EventData] = []
    for compartment in lids:
        said += scene.open(compartment)
        said += scene.after(apart_ms)
    return said + scene.after(MOMENT_MS + 1)


def test_half_of_the_box_within_two_seconds_is_one_event_and_no_intake(scene: Scene) -> None:
    scene.until(on("08:05"))
    said = burst(scene)
    told = only(said, LidDisturbed)
    assert told.compartments == SEVEN
    assert (told.since, told.because) == (on("08:05"), "many_at_once")
    assert told.slots == (MORNING.slot,), "its lid was the first to open and had been called taken"
    assert [*scene.of(DoseExtra), *scene.of(DoseWrongCompartment)] == []
    assert len(scene.of(LidOpened)) == len(SEVEN), "every edge is recorded"


def test_a_slot_that_was_due_then_ends_unobserved_with_this_cause(scene: Scene) -> None:
    scene.until(on("08:05"))
    burst(scene)
    scene.until(on("13:00"))
    assert scene.of(DoseMissed) == []
    assert [(event.slot, event.because) for event in scene.of(DoseUnobserved)] == [
        (MORNING.slot, "lid_disturbed")
    ]


@pytest.mark.parametrize("lids", [SEVEN, SEVEN[::-1], SEVEN[1:3] + SEVEN[:1] + SEVEN[3:]])
def test_a_lid_opened_again_on_its_own_answers_its_dose(scene: Scene, lids: tuple[str, ...]) -> None:
    scene.until(on("08:05"))
    burst(scene, lids)
    for compartment in lids:
        scene.close(compartment)
    taken = only(scene.use("mon-am", on("08:20")), DoseTaken)
    assert (taken.slot, taken.opened_at) == (MORNING.slot, on("08:20"))


def test_reminders_go_on_after_an_intake_was_taken_back(scene: Scene) -> None:
    scene.until(on("08:05"))
    burst(scene)
    assert "mon-am" in scene.view().lamps
    scene.until(on("08:31"))
    assert [record.data.step for record in scene.said if hasattr(record.data, "step")] == [1, 2]


def test_what_was_taken_before_stays_taken(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.until(on("08:10"))
    assert only(burst(scene), LidDisturbed).slots == ()
    scene.until(on("13:00"))
    assert scene.of(DoseUnobserved) == []


@pytest.mark.parametrize("lids", [SEVEN[:6], SEVEN[:2], ("mon-am",) * 7])
def test_fewer_than_half_are_openings_like_any_other(scene: Scene, lids: tuple[str, ...]) -> None:
    scene.until(on("08:05"))
    burst(scene, lids)
    assert scene.of(LidDisturbed) == []
    assert len(scene.of(DoseTaken)) == 1


def test_seven_lids_opened_one_after_another_are_no_fall(scene: Scene) -> None:
    scene.until(on("08:05"))
    burst(scene, SEVEN, apart_ms=700)
    assert scene.of(LidDisturbed) == []
    assert len(scene.of(DoseExtra)) == 6, "none is lost that was held back for a moment"


def test_lids_opened_one_after_another_for_long_are_told_of_as_they_are_opened(scene: Scene) -> None:
    scene.until(on("15:00"))
    waits: list[int] = []
    for number in range(200):
        compartment = COMPARTMENTS[number * 3 % len(COMPARTMENTS)]
        scene.open(compartment)
        scene.after(700)
        scene.close(compartment)
        scene.after(800)
        waits.append(len(scene.box.burst.unsaid.extras))
        assert len(scene.of(DoseExtra)) >= number - 2, "nothing waits for the hand to rest"
    assert max(waits) <= 2, "what is held back, and written with every move, does not grow"
    scene.after(MOMENT_MS + 1)
    assert len(scene.of(DoseExtra)) == 200


def test_a_fall_takes_back_nothing_of_the_lids_that_were_opened_before_it(scene: Scene) -> None:
    scene.until(on("15:00"))
    for compartment in ("sat-am", "sat-pm", "sun-am"):
        scene.open(compartment)
        scene.after(1_500)
    burst(scene)
    assert [event.compartment for event in scene.of(DoseExtra)] == ["sat-am", "sat-pm", "sun-am"]
    assert scene.of(LidDisturbed)[0].compartments == SEVEN


def test_the_lid_warns_at_once_while_its_verdict_is_held_back(scene: Scene) -> None:
    scene.until(on("15:00"))
    assert only(scene.open("fri-am"), DoseExtra).compartment == "fri-am"
    scene.after(500)
    assert not any(isinstance(event, DoseExtra) for event in scene.open("fri-pm"))
    assert scene.view().lamps["fri-pm"].colour == "red"
    assert only(scene.after(MOMENT_MS + 1), DoseExtra).compartment == "fri-pm"


def test_the_patient_cannot_answer_what_has_not_been_told(scene: Scene) -> None:
    scene.until(on("15:00"))
    scene.open("fri-am")
    scene.after(500)
    scene.open("fri-pm")
    said = scene.press("taken_elsewhere")
    kinds = [type(event) for event in said]
    assert kinds == [DoseExtra, DoseExtraAnswered]


def test_what_was_held_back_outlives_a_power_cut(scene: Scene) -> None:
    scene.until(on("15:00"))
    scene.open("fri-am")
    scene.open("fri-pm")
    assert only(scene.restart(off_ms=MINUTE_MS, power=True), DoseExtra).compartment == "fri-pm"


def test_a_fall_that_pulls_the_plug_is_told_when_the_box_is_back(scene: Scene) -> None:
    scene.until(on("08:05"))
    for compartment in SEVEN:
        scene.open(compartment)
    assert scene.of(LidDisturbed) == []
    told = only(scene.restart(off_ms=MINUTE_MS, power=True), LidDisturbed)
    assert told.slots == (MORNING.slot,)
    scene.until(on("13:00"))
    assert [event.because for event in scene.of(DoseUnobserved)] == ["lid_disturbed"]


def locked() -> Scene:
    """Return a box that has been locked for a minute, with nothing due."""
    scene = Scene(box=new_box("kitchen", COMPARTMENTS, "locked"), wall_ms=on("15:00"))
    scene.start()
    scene.plan(plan_of(slot("20:00")))
    scene.after(MINUTE_MS)
    return scene


def test_a_locked_box_that_falls_is_told_once_and_not_as_forced_lid_by_lid() -> None:
    """Each lid had climbed a ladder of its own, up to 28 urgent alerts for one fall."""
    scene = locked()
    burst(scene, COMPARTMENTS, apart_ms=50)
    assert [event.compartment for event in scene.of(LockForced)] == [COMPARTMENTS[0]]
    assert only([record.data for record in scene.said], LidDisturbed).compartments == COMPARTMENTS


@pytest.mark.parametrize("power_fails", [False, True])
def test_two_lids_forced_at_once_are_told_of_both(power_fails: bool) -> None:
    scene = locked()
    assert only(scene.open("fri-am"), LockForced).compartment == "fri-am"
    scene.after(500)
    assert not any(isinstance(event, LockForced) for event in scene.open("fri-pm"))
    later = scene.restart(off_ms=MINUTE_MS, power=True) if power_fails else scene.after(MOMENT_MS + 1)
    assert only(later, LockForced).compartment == "fri-pm"


def test_lids_forced_one_after_another_are_each_told_of() -> None:
    scene = locked()
    for number in range(60):
        scene.open(COMPARTMENTS[number * 3 % len(COMPARTMENTS)])
        scene.after(700)
        scene.close(COMPARTMENTS[number * 3 % len(COMPARTMENTS)])
        scene.after(800)
        assert len(scene.of(LockForced)) >= number - 2
    assert len(scene.of(LockForced)) >= 58


def test_in_refill_mode_all_lids_may_open_at_once(scene: Scene) -> None:
    scene.press("refill")
    burst(scene, COMPARTMENTS)
    assert scene.of(LidDisturbed) == []


def test_with_a_clock_that_is_not_trusted_no_intake_comes_of_it_later() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("08:05"), clock="untrusted")
    assert only(burst(scene), LidDisturbed).since is None
    scene.trust("synced")
    scene.until(on("13:00"))
    assert [*scene.of(DoseTaken), *scene.of(DoseMissed)] == []


def test_the_least_gap_counts_from_the_intake_before_it() -> None:
    first, then = (replace(slot(time), least_gap_ms=8 * HOUR_MS) for time in ("08:00", "17:00"))
    scene = Scene.begun(plan_of(first, then), at=on("06:00"))
    scene.use("mon-am", on("11:00"))
    scene.until(on("19:05"))
    burst(scene)
    assert only(scene.of(LidDisturbed), LidDisturbed).slots == (then.slot,)
    assert scene.box.course.slots.last_intakes["a"] == on("11:00")


def test_what_is_taken_as_needed_does_not_count_either() -> None:
    need = PlannedAsNeeded(
        regimen="pain", compartment="mon-am", medicine="m", amount=1.0, least_gap_ms=4 * HOUR_MS,
        most_a_day=3.0, begins_at=MONDAY, ends_at=MONDAY + DAY_MS,
    )  # fmt: skip
    scene = Scene.begun(replace(plan_of(), as_needed=(need,)), at=on("06:00"))
    burst(scene)
    assert len(scene.of(DoseAsNeeded)) == 1
    assert scene.box.course.needed.intakes == {}
    scene.close("mon-am")
    only(scene.use("mon-am", on("07:00")), DoseAsNeeded)


def test_the_panel_says_what_to_look_for(scene: Scene) -> None:
    scene.hub(True)
    for compartment in SEVEN:
        scene.open(compartment)
    assert scene.view().text == "several lids opened at once: look whether tablets lie where they should"
    scene.after(2 * MINUTE_MS)
    assert scene.view().text == ""


@settings(max_examples=60, deadline=None)
@given(
    openings=st.lists(
        st.tuples(st.sampled_from(COMPARTMENTS), st.integers(0, 900), st.booleans()), max_size=40
    ),
    minutes=st.integers(0, 12 * 60),
)
def test_every_edge_is_one_event_and_no_slot_gets_two_intakes_that_stand(
    openings: list[tuple[str, int, bool]], minutes: int
) -> None:
    slots = (MORNING, slot("20:00"), slot("08:00", regimen="b", compartment="tue-am"))
    scene = Scene.begun(plan_of(*slots), at=on("06:00"))
    scene.after(minutes * MINUTE_MS)
    edges = 0
    for compartment, later_ms, restart in openings:
        scene.after(later_ms)
        if restart and later_ms % 7 == 0:
            scene.restart(off_ms=later_ms, power=later_ms % 2 == 0)
        scene.lid(compartment, not scene.lids.get(compartment, False))
        edges += 1
    scene.until(on("06:00", 1))
    assert len(scene.of(LidOpened)) + len(scene.of(LidClosed)) == edges
    for planned in slots:
        standing = 0
        for record in scene.said:
            data = record.data
            if isinstance(data, DoseTaken) and data.slot == planned.slot:
                standing += 1
            elif isinstance(data, LidDisturbed) and planned.slot in data.slots:
                standing -= 1
            assert 0 <= standing <= 1
        ends = [data for data in scene.of(DoseMissed) + scene.of(DoseUnobserved) if data.slot == planned.slot]
        assert standing + len(ends) == 1, (standing, ends)
