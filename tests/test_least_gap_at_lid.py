"""Does a late intake keep the next dose of its regimen closed, and for no longer than the rule says?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import (
    DoseExtra,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseUnobserved,
    DoseWrongCompartment,
    ReminderGiven,
    ReminderSnoozed,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import PlannedSlot
from tests.witness_scenes import MONDAY, Scene, on, only, plan_of, slot

GAP_MS = 6 * HOUR_MS


def gapped(
    time: str, *, compartment: str | None = None, regimen: str = "a", closes_ms: int = 4 * HOUR_MS
) -> PlannedSlot:
    """Return a slot whose regimen waits six hours after an intake."""
    made = slot(time, compartment=compartment, regimen=regimen, closes_ms=closes_ms)
    return replace(made, least_gap_ms=GAP_MS)


MORNING = gapped("08:00", closes_ms=5 * HOUR_MS)
NOON = gapped("14:00", compartment="mon-pm")


def late(plan_slots: tuple[PlannedSlot, ...] = (MORNING, NOON)) -> Scene:
    """Return a scene in which the morning was taken at noon, so that the next must wait until six."""
    scene = Scene.begun(plan_of(*plan_slots))
    only(scene.use("mon-am", on("12:00")), DoseTaken)
    return scene


def test_an_opening_sooner_than_the_gap_is_extra_and_takes_nothing() -> None:
    scene = late()
    extra = only(scene.use("mon-pm", on("17:59")), DoseExtra)
    assert (extra.because, extra.slot, extra.opened_at) == ("too_soon", NOON.slot, on("17:59"))
    assert len(scene.of(DoseTaken)) == 1


def test_the_panel_warns_at_once_and_names_whom_to_ask() -> None:
    scene = late()
    scene.open("mon-pm", on("15:00"))
    assert scene.view().text == "too soon after the last one, for Monday afternoon: ask your pharmacist"
    assert scene.sounds[-1] == (on("15:00"), "extra")


def test_when_the_gap_is_over_the_dose_is_taken() -> None:
    scene = late()
    scene.use("mon-pm", on("15:00"))
    taken = only(scene.use("mon-pm", on("18:00")), DoseTaken)
    assert (taken.slot, taken.timing) == (NOON.slot, "late")


def test_without_a_gap_a_late_intake_closes_nothing() -> None:
    scene = late((slot("08:00", closes_ms=5 * HOUR_MS), slot("14:00", compartment="mon-pm")))
    assert only(scene.use("mon-pm", on("14:00")), DoseTaken).timing == "on_time"


def test_reminders_wait_until_the_gap_is_over_where_that_is_before_the_window_closes() -> None:
    slots = (MORNING, gapped("14:00", compartment="mon-pm", closes_ms=6 * HOUR_MS))
    scene = late(slots)
    scene.until(on("19:00"))
    given_at = [record.stamp.at for record in scene.said if isinstance(record.data, ReminderGiven)]
    assert [at for at in given_at if at > on("12:00")] == [on("18:00")]


def test_no_reminder_comes_where_the_gap_outlasts_the_window() -> None:
    scene = late()
    scene.until(on("23:00"))
    given_to = [event.slot for event in scene.of(ReminderGiven)]
    assert NOON.slot not in given_to


def test_nothing_guides_to_a_lid_and_nothing_is_put_off_before_the_gap_is_over() -> None:
    scene = late((MORNING, gapped("14:00", compartment="mon-pm", closes_ms=6 * HOUR_MS)))
    scene.until(on("15:00"))
    assert "mon-pm" not in scene.view().lamps
    scene.press("snooze")
    assert not scene.of(ReminderSnoozed)
    scene.until(on("18:00:01"))
    assert "mon-pm" in scene.view().lamps


def test_no_other_lid_is_called_wrong_in_favour_of_one_that_must_wait() -> None:
    scene = late()
    scene.use("tue-am", on("15:00"))
    assert not scene.of(DoseWrongCompartment)


def test_a_window_with_an_opening_too_soon_is_never_called_missed() -> None:
    scene = late()
    scene.use("mon-pm", on("15:00"))
    scene.until(on("23:00"))
    assert not [event for event in scene.of(DoseMissed) if event.slot == NOON.slot]
    assert only(scene.of(DoseUnobserved), DoseUnobserved).because == "opened_too_soon"


def test_an_intake_by_the_button_begins_the_gap() -> None:
    scene = Scene.begun(plan_of(MORNING, NOON))
    scene.until(on("12:00"))
    only(scene.press("taken_elsewhere"), DoseSelfReported)
    assert only(scene.use("mon-pm", on("15:00")), DoseExtra).because == "too_soon"


def test_another_regimen_in_the_same_compartment_is_not_kept_closed() -> None:
    other = slot("14:00", compartment="mon-pm", regimen="b")
    scene = late((MORNING, NOON, other))
    found = scene.use("mon-pm", on("15:00"))
    assert only(found, DoseTaken).slot == other.slot
    assert only(found, DoseExtra).slot == NOON.slot


def test_the_gap_outlives_a_power_cut_and_a_new_plan() -> None:
    scene = late()
    scene.restart(off_ms=MINUTE_MS, power=True)
    scene.plan(plan_of(NOON, name="p2", made_at=MONDAY + 1))
    assert only(scene.use("mon-pm", on("15:00")), DoseExtra).because == "too_soon"


def test_an_intake_that_lies_ahead_of_a_clock_that_went_back_keeps_nothing_closed() -> None:
    scene = late((MORNING, slot("09:00", compartment="mon-pm"), gapped("10:00", compartment="tue-am")))
    scene.wall_ms = on("10:00")
    scene.after(1_000)
    assert only(scene.use("tue-am"), DoseTaken).compartment == "tue-am"


@given(
    openings=st.lists(
        st.tuples(st.sampled_from(("mon-am", "mon-pm")), st.integers(1, 120)), min_size=1, max_size=12
    ),
    shift_days=st.integers(0, 400),
)
def test_two_counted_intakes_are_never_closer_than_the_gap_whenever_it_is(
    openings: list[tuple[str, int]], shift_days: int
) -> None:
    told = [_told(openings, days * DAY_MS) for days in (0, shift_days)]
    assert told[0] == told[1]
    taken = [at for kind, _, at in told[0] if kind == "DoseTaken"]
    assert all(later - earlier >= GAP_MS for earlier, later in pairwise(taken))


def _told(openings: list[tuple[str, int]], shift_ms: int) -> list[tuple[str, str, int]]:
    """Return what openings some tens of minutes apart are taken for, in a scene moved by a shift."""
    slots = tuple(_moved(one, shift_ms) for one in (MORNING, NOON))
    plan = plan_of(*slots, made_at=MONDAY + shift_ms, until=MONDAY + shift_ms + 14 * DAY_MS)
    scene = Scene.begun(plan, at=MONDAY + shift_ms)
    at = on("06:30") + shift_ms
    for compartment, tens in openings:
        at += tens * 10 * MINUTE_MS
        scene.use(compartment, at)
    return [
        (type(record.data).__name__, record.data.because, record.data.opened_at - shift_ms)
        for record in scene.said
        if isinstance(record.data, DoseTaken | DoseExtra)
    ]


def _moved(one: PlannedSlot, by_ms: int) -> PlannedSlot:
    return replace(
        one,
        opens_at=one.opens_at + by_ms,
        due_at=one.due_at + by_ms,
        late_at=one.late_at + by_ms,
        closes_at=one.closes_at + by_ms,
        remind_at=tuple(at + by_ms for at in one.remind_at),
    )
