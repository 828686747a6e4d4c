"""When does a lid that is opened again belong to the intake before, and when is it an extra opening?"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import DoseExtra, DoseTaken, DoseUnobserved, LidOpened
from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.wire.plan import HANDLING_MS
from tests.witness_scenes import MONDAY, Scene, on, only, plan_of, slot

MORNING = slot("08:00")


def test_a_lid_opened_again_within_a_quarter_of_an_hour_is_one_handling() -> None:
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("08:05"))
    sounds = len(scene.sounds)
    assert [type(event) for event in scene.use("mon-am", on("08:20"))] == [LidOpened]
    assert len(scene.sounds) == sounds
    assert scene.view().glyph == "idle" or scene.view().glyph == "no_hub"
    assert only(scene.use("mon-am", on("08:20:10.001")), DoseExtra).because == "already_taken"


def test_the_handling_counts_from_the_intake_and_is_never_prolonged() -> None:
    scene = Scene.begun(plan_of(MORNING))
    for minute in range(5, 40, 5):
        scene.use("mon-am", on(f"08:{minute:02d}"))
    assert [extra.opened_at for extra in scene.of(DoseExtra)] == [on("08:25"), on("08:30"), on("08:35")]


def test_a_handling_may_outlast_the_window_of_its_dose() -> None:
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("11:55"))
    assert [type(event) for event in scene.use("mon-am", on("12:05"))] == [LidOpened]
    assert only(scene.use("mon-am", on("12:11")), DoseExtra).because == "closed"


def test_the_plan_says_how_long_a_handling_lasts() -> None:
    scene = Scene.begun(replace(plan_of(MORNING), handling_ms=2 * MINUTE_MS))
    scene.use("mon-am", on("08:05"))
    assert scene.use("mon-am", on("08:07"))[1:] == []
    assert only(scene.use("mon-am", on("08:08")), DoseExtra).because == "already_taken"


def test_another_lid_is_no_part_of_a_handling() -> None:
    scene = Scene.begun(plan_of(MORNING, slot("20:00")))
    scene.use("mon-am", on("08:05"))
    assert only(scene.use("mon-pm", on("08:08")), DoseExtra).because == "not_due"


def test_the_patients_word_begins_no_handling() -> None:
    """Who has taken it elsewhere and then opens the lid is about to take it twice."""
    scene = Scene.begun(plan_of(MORNING), at=on("08:01"))
    scene.press("taken_elsewhere")
    assert only(scene.use("mon-am", on("08:03")), DoseExtra).because == "already_taken"


def test_a_handling_outlives_a_power_cut_and_a_new_plan() -> None:
    scene = Scene.begun(plan_of(MORNING))
    scene.use("mon-am", on("08:05"))
    scene.plan(plan_of(MORNING, name="p2", made_at=MONDAY + 1))
    scene.restart(off_ms=5 * MINUTE_MS, power=True)
    assert [type(event) for event in scene.use("mon-am")] == [LidOpened]


def test_the_next_dose_of_the_same_lid_is_answered_also_during_a_handling() -> None:
    """Its window is open and its tablets lie there: whether it was meant, the first opening decides."""
    early = slot("08:00", compartment="mon-am", closes_ms=HOUR_MS, remind=(0,))
    late = slot("10:00", compartment="mon-am", early_ms=50 * MINUTE_MS)
    scene = Scene.begun(plan_of(early, late))
    assert only(scene.use("mon-am", on("09:00")), DoseTaken).slot == early.slot
    assert only(scene.use("mon-am", on("09:11")), DoseTaken).slot == late.slot


def test_what_comes_too_soon_during_a_handling_is_not_warned_of_and_its_window_stays_doubtful() -> None:
    early = slot("08:00", compartment="mon-am", closes_ms=HOUR_MS, remind=(0,))
    late = replace(slot("10:00", compartment="mon-am", early_ms=50 * MINUTE_MS), least_gap_ms=HOUR_MS)
    scene = Scene.begun(plan_of(replace(early, least_gap_ms=HOUR_MS), late))
    scene.use("mon-am", on("09:00"))
    assert [type(event) for event in scene.use("mon-am", on("09:11"))] == [LidOpened]
    scene.until(on("15:00"))
    assert [event.because for event in scene.of(DoseUnobserved)] == ["opened_too_soon"]


@given(st.lists(st.integers(1, 40 * 60), min_size=1, max_size=8))
def test_every_opening_is_the_intake_its_handling_or_extra(gaps_s: list[int]) -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("07:30"))
    opened: list[int] = []
    for gap_s in gaps_s:
        scene.after(gap_s * 1_000)
        if scene.wall_ms > MORNING.closes_at:
            break
        opened.append(scene.wall_ms)
        scene.use("mon-am")
    assert [taken.opened_at for taken in scene.of(DoseTaken)] == opened[:1]
    later = [at for at in opened[1:] if at - opened[0] > HANDLING_MS]
    assert [extra.opened_at for extra in scene.of(DoseExtra)] == later
