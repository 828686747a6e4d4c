"""Are openings out of hours, and again and again, told truly, and nothing else called so?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.errors import Malformed
from controller.wire.events import (
    DoseExtra,
    DoseExtraAnswered,
    DoseTaken,
    LidOutOfHours,
    LidRepeated,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Plan, PlannedAsNeeded, WatchSpan, check_plan
from tests.witness_scenes import MONDAY, Scene, on, only, plan_of, slot

NIGHTS = tuple(WatchSpan(begins_at=on("21:00", day), ends_at=on("06:00", day + 1)) for day in range(-1, 14))
EVENING = slot("20:00", closes_ms=6 * HOUR_MS)


def watched(spans: tuple[WatchSpan, ...] | None = NIGHTS) -> Plan:
    return replace(plan_of(slot("08:00"), EVENING, slot("20:00", day=1)), watch=spans)


@pytest.fixture
def scene() -> Scene:
    scene = Scene.begun(watched(), at=on("06:00"))
    scene.use("mon-am", on("08:05"))
    scene.use("mon-pm", on("20:05"))
    return scene


def test_a_lid_opened_at_night_is_told_as_out_of_hours_before_it_is_extra(scene: Scene) -> None:
    said = scene.use("mon-pm", on("02:13", 1))
    kinds = [type(event) for event in said]
    assert kinds.index(LidOutOfHours) < kinds.index(DoseExtra)
    told = only(said, LidOutOfHours)
    assert (told.compartment, told.opened_at, told.because) == ("mon-pm", on("02:13", 1), "watch_hours")


def test_the_hours_begin_with_their_first_instant_and_end_before_their_last(scene: Scene) -> None:
    for at, is_told in ((on("21:00") - 1, 0), (on("21:00"), 1)):
        scene.use("sun-pm", at)
        assert len(scene.of(LidOutOfHours)) == is_told
        scene.after(HOUR_MS // 60)
    scene.until(on("06:00", 1))
    scene.use("sun-am")
    assert len(scene.of(LidOutOfHours)) == 1


def test_by_day_an_extra_opening_is_extra_and_no_more(scene: Scene) -> None:
    assert only(scene.use("tue-am", on("15:00")), DoseExtra).because == "nothing_planned"
    assert scene.of(LidOutOfHours) == []


def test_a_dose_that_may_still_be_taken_is_no_alarm_and_neither_is_another_lid_then() -> None:
    scene = Scene.begun(watched(), at=on("19:00"))
    scene.use("sun-pm", on("22:00"))
    assert only(scene.use("mon-pm", on("22:05")), DoseTaken).timing == "late"
    assert scene.of(LidOutOfHours) == []


def test_what_was_taken_already_keeps_its_own_warning(scene: Scene) -> None:
    assert only(scene.use("mon-pm", on("22:00")), DoseExtra).because == "already_taken"
    assert scene.of(LidOutOfHours) == []


def test_who_looks_for_something_against_pain_at_night_is_no_child() -> None:
    need = PlannedAsNeeded(
        regimen="pain", compartment="sun-am", medicine="m", amount=1.0, least_gap_ms=4 * HOUR_MS,
        most_a_day=3.0, begins_at=MONDAY, ends_at=MONDAY + 14 * DAY_MS,
    )  # fmt: skip
    scene = Scene.begun(replace(watched(), as_needed=(need,)), at=on("06:00"))
    scene.use("sun-am", on("03:00", 1))
    assert only(scene.use("sun-am", on("04:00", 1)), DoseExtra).because == "too_soon"
    assert scene.of(LidOutOfHours) == []


@pytest.mark.parametrize("spans", [None, ()])
def test_without_watch_hours_nothing_is_out_of_hours(spans: tuple[WatchSpan, ...] | None) -> None:
    scene = Scene.begun(watched(spans=spans), at=on("06:00"))
    scene.use("sun-pm", on("02:13", 1))
    assert scene.of(LidOutOfHours) == []
    assert len(scene.of(DoseExtra)) == 1


def test_refilling_at_night_is_no_alarm(scene: Scene) -> None:
    scene.until(on("23:00"))
    scene.press("refill")
    for compartment in ("sun-am", "sun-pm", "sat-am", "sat-pm", "fri-am", "fri-pm"):
        scene.use(compartment)
        scene.after(MINUTE_MS)
    assert [*scene.of(LidOutOfHours), *scene.of(LidRepeated)] == []


def test_the_box_still_asks_what_it_was(scene: Scene) -> None:
    scene.use("sun-pm", on("02:13", 1))
    scene.after(MINUTE_MS)
    assert only(scene.press("snooze"), DoseExtraAnswered).answer == "looked"


def test_an_opening_that_waited_for_the_time_is_told_with_its_own_instant() -> None:
    scene = Scene.begun(watched(), at=on("19:00"))
    scene.use("mon-pm", on("20:05"))
    scene.until(on("02:10", 1))
    scene.trust("untrusted")
    scene.use("sun-pm", on("02:13", 1))
    assert scene.of(LidOutOfHours) == []
    assert only(scene.trust("synced"), LidOutOfHours).opened_at == on("02:13", 1)


def test_a_plan_whose_watch_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Malformed, match="watch hours"):
        check_plan(watched(spans=(WatchSpan(begins_at=on("06:00"), ends_at=on("06:00")),)))


# Again and again.


def test_five_openings_within_an_hour_are_told_once_with_their_lids(scene: Scene) -> None:
    for number in range(9):
        scene.use(("sun-am", "sat-pm")[number % 2], on("15:00", 1) + number * 6 * MINUTE_MS)
    (told,) = scene.of(LidRepeated)
    assert (told.count, told.since, told.because) == (5, on("15:00", 1), "within_an_hour")
    assert told.compartments == ("sun-am", "sat-pm")
    assert len(scene.of(DoseExtra)) == 9


def test_an_evening_that_goes_on_is_told_again_after_an_hour(scene: Scene) -> None:
    for number in range(30):
        scene.use("sun-am", on("15:00", 1) + number * 5 * MINUTE_MS)
    told = [record for record in scene.said if isinstance(record.data, LidRepeated)]
    assert [(record.stamp.at - on("15:00", 1)) // MINUTE_MS for record in told] == [20, 80, 140]
    assert [said.count for said in scene.of(LidRepeated)] == [5, 12, 12]


def test_four_openings_or_five_in_more_than_an_hour_are_not(scene: Scene) -> None:
    for number in range(12):
        scene.use("sun-am", on("09:00", 1) + number * 16 * MINUTE_MS)
    assert scene.of(LidRepeated) == []


def test_handling_and_intakes_are_no_repetition(scene: Scene) -> None:
    for number in range(7):
        scene.use("tue-pm", on("20:00", 1) + number * MINUTE_MS)
    assert len(scene.of(DoseTaken)) == 3
    assert scene.of(LidRepeated) == []


def test_by_a_clock_that_leaps_the_hour_is_still_an_hour(scene: Scene) -> None:
    for number in range(4):
        scene.use("sun-am", on("15:00", 1) + number * MINUTE_MS)
    scene.jump(2 * HOUR_MS)
    scene.use("sun-am")
    assert only(scene.of(LidRepeated), LidRepeated).count == 5


@settings(max_examples=60, deadline=None)
@given(
    openings=st.lists(
        st.tuples(st.sampled_from(["mon-am", "mon-pm", "sun-pm"]), st.integers(1, 240)), max_size=25
    ),
    spans=st.sampled_from([None, NIGHTS]),
)
def test_watching_changes_no_verdict_and_adds_at_most_one_event_to_an_opening(
    openings: list[tuple[str, int]], spans: tuple[WatchSpan, ...] | None
) -> None:
    plain, watching = (Scene.begun(watched(spans=found), at=on("06:00")) for found in (None, spans))
    for compartment, minutes in openings:
        for scene in (plain, watching):
            scene.after(minutes * MINUTE_MS)
            scene.use(compartment)
    added = [record.data for record in watching.said if isinstance(record.data, LidOutOfHours)]
    rest = [record for record in watching.said if not isinstance(record.data, LidOutOfHours)]
    assert rest == plain.said
    extras = {(extra.compartment, extra.opened_at) for extra in watching.of(DoseExtra)}
    told = [(one.compartment, one.opened_at) for one in added]
    assert len(set(told)) == len(told)
    assert set(told) <= extras
