"""Is what is taken as needed judged at the lid, before the tablet is out, and never more than allowed?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.errors import Malformed
from controller.wire.events import (
    DoseAsNeeded,
    DoseExtra,
    DoseExtraAnswered,
    DoseTaken,
    DoseWrongCompartment,
    LidOpened,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Intake, Plan, PlannedAsNeeded, check_plan
from controller.witness.state import recall, remembered
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, on, only, plan_of, slot

PAIN = PlannedAsNeeded(
    regimen="pain",
    compartment="sun-pm",
    medicine="paracetamol-500mg-tablet",
    amount=1.0,
    least_gap_ms=4 * HOUR_MS,
    most_a_day=3.0,
    begins_at=on("03:00", day=-1),
    ends_at=on("03:00", day=14),
)
DAYS = tuple(on("03:00", day=number) for number in range(-1, 15))


def needed_plan(*needs: PlannedAsNeeded, name: str = "p1", made_at: int = MONDAY) -> Plan:
    plan = replace(
        plan_of(slot("08:00"), name=name, made_at=made_at),
        as_needed=needs or (PAIN,),
        day_starts_at=DAYS,
    )
    check_plan(plan)
    return plan


@pytest.fixture
def scene() -> Scene:
    scene = Scene.begun(needed_plan())
    scene.hub(online=True)
    return scene


def test_what_is_allowed_is_an_intake_with_its_evidence(scene: Scene) -> None:
    assert only(scene.open("sun-pm", on("10:00")), DoseAsNeeded) == DoseAsNeeded(
        regimen="pain", compartment="sun-pm", medicine="paracetamol-500mg-tablet", amount=1.0, evidence="lid",
        because="lid_opened", opened_at=on("10:00"),
    )  # fmt: skip
    assert scene.view().text == "thank you"
    assert scene.sounds[-1:] != [(on("10:00"), "extra")]


def test_sooner_than_the_gap_is_warned_of_at_once_and_is_no_intake(scene: Scene) -> None:
    scene.use("sun-pm", on("10:00"))
    extra = only(scene.open("sun-pm", on("13:59:59.999")), DoseExtra)
    assert (extra.because, extra.regimen, extra.slot) == ("too_soon", "pain", None)
    assert scene.sounds[-1][1] == "extra"
    assert scene.view().text == "too soon after the last one: ask your pharmacist"
    scene.close("sun-pm")
    assert only(scene.use("sun-pm", on("14:00")), DoseAsNeeded).opened_at == on("14:00")


def test_the_most_of_a_day_is_warned_of_at_once_and_is_no_intake(scene: Scene) -> None:
    for time in ("09:00", "13:00", "17:00"):
        only(scene.use("sun-pm", on(time)), DoseAsNeeded)
    extra = only(scene.open("sun-pm", on("22:00")), DoseExtra)
    assert (extra.because, extra.regimen) == ("daily_most", "pain")
    assert scene.sounds[-1][1] == "extra"
    assert scene.view().text == "the most for a day has been taken: ask your pharmacist"
    assert len(scene.of(DoseAsNeeded)) == 3


def test_where_both_forbid_it_the_longer_one_is_said(scene: Scene) -> None:
    """Who is told "too soon" waits for an hour; nothing more is allowed on that day."""
    for time in ("09:00", "13:00", "17:00"):
        scene.use("sun-pm", on(time))
    assert only(scene.use("sun-pm", on("18:00")), DoseExtra).because == "daily_most"


def test_the_most_of_a_day_holds_in_any_24_hours(scene: Scene) -> None:
    for time in ("15:00", "19:00", "23:00"):
        scene.use("sun-pm", on(time))
    assert only(scene.use("sun-pm", on("14:59", day=1)), DoseExtra).because == "daily_most"
    only(scene.use("sun-pm", on("15:00", day=1)), DoseAsNeeded)


def test_on_a_day_of_25_hours_the_patients_day_counts_too() -> None:
    long = (on("03:00"), on("04:00", day=1), on("04:00", day=2))
    scene = Scene.begun(replace(needed_plan(), day_starts_at=long), at=on("03:00"))
    for time in ("03:00", "10:00", "17:00"):
        only(scene.use("sun-pm", on(time)), DoseAsNeeded)
    assert only(scene.use("sun-pm", on("03:30", day=1)), DoseExtra).because == "daily_most"
    only(scene.use("sun-pm", on("04:00", day=1)), DoseAsNeeded)


def test_halves_are_counted_as_halves() -> None:
    scene = Scene.begun(needed_plan(replace(PAIN, amount=0.5, most_a_day=1.0, least_gap_ms=MINUTE_MS)))
    only(scene.use("sun-pm", on("09:00")), DoseAsNeeded)
    only(scene.use("sun-pm", on("09:10")), DoseAsNeeded)
    assert only(scene.use("sun-pm", on("09:20")), DoseExtra).because == "daily_most"


def test_what_the_hub_knows_counts_at_a_box_that_saw_nothing() -> None:
    told = tuple(Intake(at=on(time), amount=1.0) for time in ("01:00", "05:00"))
    scene = Scene.begun(needed_plan(replace(PAIN, taken=told)))
    assert only(scene.use("sun-pm", on("08:59")), DoseExtra).because == "too_soon"
    only(scene.use("sun-pm", on("09:00")), DoseAsNeeded)
    assert only(scene.use("sun-pm", on("14:00")), DoseExtra).because == "daily_most"


def test_what_both_know_counts_once() -> None:
    scene = Scene.begun(needed_plan())
    scene.use("sun-pm", on("09:00"))
    told = (Intake(at=on("09:00"), amount=1.0),)
    scene.plan(needed_plan(replace(PAIN, taken=told), name="p2", made_at=MONDAY + 1))
    only(scene.use("sun-pm", on("13:00")), DoseAsNeeded)
    only(scene.use("sun-pm", on("17:00")), DoseAsNeeded)


@pytest.mark.parametrize("power", [False, True])
def test_what_was_taken_outlives_a_restart_a_plan_without_it_and_the_loss_of_the_plan(power: bool) -> None:
    scene = Scene.begun(needed_plan())
    scene.use("sun-pm", on("09:00"))
    scene.plan(plan_of(slot("08:00"), name="held", made_at=MONDAY + 1))
    scene.restart(off_ms=MINUTE_MS, power=power)
    parts = {name: text for name, text in remembered(scene.box).items() if name != "plan"}
    scene.box = recall("kitchen", COMPARTMENTS, parts)
    scene.start()
    scene.plan(needed_plan(name="resumed", made_at=MONDAY + 2))
    assert only(scene.use("sun-pm", on("12:00")), DoseExtra).because == "too_soon"


def test_what_the_patient_says_was_taken_all_the_same_counts(scene: Scene) -> None:
    scene.use("sun-pm", on("09:00"))
    scene.use("sun-pm", on("11:00"))
    assert only(scene.press("taken_elsewhere"), DoseExtraAnswered).regimen == "pain"
    assert only(scene.use("sun-pm", on("14:00")), DoseExtra).because == "too_soon"
    scene.press("snooze")
    only(scene.use("sun-pm", on("15:00")), DoseAsNeeded)
    assert only(scene.use("sun-pm", on("20:00")), DoseExtra).because == "daily_most"


def test_it_is_never_the_wrong_lid_and_answers_no_slot(scene: Scene) -> None:
    found = scene.use("sun-pm", on("08:05"))
    assert [type(event) for event in found] == [LidOpened, DoseAsNeeded]
    assert scene.of(DoseTaken) == []
    only(scene.use("mon-am", on("08:06")), DoseTaken)
    assert scene.of(DoseWrongCompartment) == []


def test_outside_its_days_nothing_is_planned_there() -> None:
    scene = Scene.begun(needed_plan(replace(PAIN, begins_at=on("12:00"), ends_at=on("20:00"))))
    only(scene.use("sun-pm", on("07:30")), DoseWrongCompartment)
    only(scene.use("sun-pm", on("12:00")), DoseAsNeeded)
    assert only(scene.use("sun-pm", on("20:00")), DoseExtra).because == "nothing_planned"


def test_while_refilling_an_opening_counts_for_nothing(scene: Scene) -> None:
    scene.until(on("10:00"))
    scene.press("refill")
    assert [type(event) for event in scene.use("sun-pm")] == [LidOpened]
    scene.press("refill")
    only(scene.use("sun-pm", on("10:30")), DoseAsNeeded)


def test_under_a_doubtful_clock_it_is_judged_when_the_time_is_known(scene: Scene) -> None:
    scene.until(on("09:00"))
    scene.trust("untrusted", by_ms=-40 * HOUR_MS)
    scene.use("sun-pm")
    scene.after(HOUR_MS)
    scene.use("sun-pm")
    found = scene.trust("synced", by_ms=40 * HOUR_MS)
    assert only(found, DoseAsNeeded).because == "restamped"
    assert only(found, DoseExtra).because == "too_soon"


def test_a_clock_that_goes_back_takes_no_intake_back(scene: Scene) -> None:
    scene.use("sun-pm", on("12:00"))
    scene.jump(-2 * HOUR_MS)
    assert only(scene.use("sun-pm"), DoseExtra).because == "too_soon"


@pytest.mark.parametrize("by_h", [4, 5, 24, 7 * 24, -5, -30])
def test_a_clock_that_leaps_makes_no_gap_pass(scene: Scene, by_h: int) -> None:
    """Five minutes after an intake the clock was set on by hours, and the next one was allowed."""
    scene.use("sun-pm", on("10:00"))
    scene.after(5 * MINUTE_MS)
    scene.jump(by_h * HOUR_MS)
    assert only(scene.use("sun-pm"), DoseExtra).because == "too_soon"
    scene.restart()
    assert only(scene.use("sun-pm"), DoseExtra).because == "too_soon"
    # Set back, the earlier intake also stands for as long as it seems to lie ahead.
    scene.after(4 * HOUR_MS if by_h > 0 else 12 * HOUR_MS)
    only(scene.use("sun-pm"), DoseAsNeeded)


def test_a_clock_that_leaps_by_a_day_brings_no_new_days_most(scene: Scene) -> None:
    for time in ("09:00", "13:00", "17:00"):
        only(scene.use("sun-pm", on(time)), DoseAsNeeded)
    scene.jump(30 * HOUR_MS)
    scene.after(5 * HOUR_MS)
    assert only(scene.use("sun-pm"), DoseExtra).because == "daily_most"
    scene.after(12 * HOUR_MS)
    only(scene.use("sun-pm"), DoseAsNeeded)


def test_what_the_patient_says_was_taken_counts_over_a_leap_too(scene: Scene) -> None:
    scene.use("sun-pm", on("10:00"))
    scene.use("sun-pm", on("13:50"))
    scene.press("taken_elsewhere")
    scene.jump(6 * HOUR_MS)
    scene.after(HOUR_MS)
    assert only(scene.use("sun-pm"), DoseExtra).because == "too_soon"


def test_a_clock_that_is_drawn_right_in_small_steps_delays_no_intake(scene: Scene) -> None:
    scene.use("sun-pm", on("10:00"))
    scene.jump(40_000)
    only(scene.use("sun-pm", on("14:00")), DoseAsNeeded)


def test_two_medicines_as_needed_in_one_lid_are_refused() -> None:
    with pytest.raises(Malformed, match="both as needed in sun-pm"):
        needed_plan(PAIN, replace(PAIN, regimen="sleep"))
    with pytest.raises(Malformed, match="ends before it begins"):
        needed_plan(replace(PAIN, ends_at=PAIN.begins_at))


ACT = st.one_of(
    st.integers(1, 20 * 60).map(lambda minutes: ("wait", minutes)),
    st.just(("open", 0)),
    st.sampled_from((("restart", 0), ("power", 0), ("plan", 0), ("forget", 0))),
    st.integers(-180, 60).map(lambda minutes: ("clock", minutes)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ACT, max_size=40), st.integers(1, 4), st.integers(1, 30 * 60))
def test_never_more_than_the_most_of_a_day_and_never_closer_than_the_gap(
    acts: list[tuple[str, int]], most: int, gap_minutes: int
) -> None:
    """Over openings, restarts, clocks that step, new plans, and a box that forgot what the hub knows."""
    need = replace(PAIN, most_a_day=float(most), least_gap_ms=gap_minutes * MINUTE_MS)
    scene = Scene.begun(needed_plan(need), at=on("02:00"))
    plans = 1
    for act, minutes in acts:
        match act:
            case "wait":
                scene.after(minutes * MINUTE_MS)
            case "open":
                scene.use("sun-pm")
            case "clock":
                scene.jump(minutes * MINUTE_MS)
            case "restart" | "power":
                scene.restart(off_ms=MINUTE_MS, power=act == "power")
            case _:
                plans += 1
                told = tuple(Intake(at=one.opened_at, amount=one.amount) for one in scene.of(DoseAsNeeded))
                if act == "forget":
                    scene.box = recall("kitchen", COMPARTMENTS, {})
                    scene.start()
                scene.plan(needed_plan(replace(need, taken=told), name=f"p{plans}", made_at=MONDAY + plans))
    at = sorted(one.opened_at for one in scene.of(DoseAsNeeded))
    assert all(later - earlier >= need.least_gap_ms for earlier, later in pairwise(at))
    for begin in (*DAYS, *at):
        assert sum(begin <= one < begin + DAY_MS for one in at) <= most
