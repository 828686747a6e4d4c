"""Does the box guide a refill lid by lid, in due order, and is nothing that happens then taken for a dose?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.envelope import Envelope, envelope_json, read_envelope
from controller.wire.events import (
    DoseExtra,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseWrongCompartment,
    EventData,
    RefillDone,
    ReminderSnoozed,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.plan import Amount, Plan, PlannedSlot
from controller.wire.words import OPENINGS_MAX
from controller.witness.doses.filling import Filling, ToFill, fill_words, opened, worksheet
from controller.witness.doses.progress import Course, hold
from firmware.ports import Lamp
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, moved_slot, on, only, plan_of, slot

WHITE = Lamp(colour="white", light="steady")
RED = Lamp(colour="red", light="fast_blink")
TWO_WEEKS = tuple(
    slot(time, day=day, amount=1.5 if time == "08:00" else 0.5)
    for day in range(14)
    for time in ("08:00", "20:00")
)
IN_ORDER = COMPARTMENTS


@pytest.fixture
def scene() -> Scene:
    """Return a box whose refill was begun before the first dose of a week of two doses a day."""
    scene = Scene.begun(plan_of(*TWO_WEEKS), at=on("03:00"))
    scene.hub(True)
    scene.press("refill")
    return scene


def next_lids(scene: Scene) -> list[str]:
    return [name for name, lamp in scene.view().lamps.items() if lamp == WHITE]


def done(scene: Scene) -> RefillDone:
    return only(scene.press("refill"), RefillDone)


def sheet_of(*slots: PlannedSlot, at: int = MONDAY, plan: Plan | None = None) -> tuple[ToFill, ...]:
    course = Course(held=hold(plan or plan_of(*slots)))
    return worksheet(course, at, COMPARTMENTS)


# The worksheet.


def test_a_week_is_filled_in_due_order_each_lid_once() -> None:
    lines = sheet_of(plan=plan_of(*TWO_WEEKS))
    assert tuple(line.compartment for line in lines) == IN_ORDER
    assert [line.amounts[0].amount for line in lines[:2]] == [1.5, 0.5]
    assert {line.days for line in lines} == {1}


def test_a_refill_in_mid_week_begins_with_what_is_due_next_and_ends_a_week_later() -> None:
    lines = sheet_of(plan=plan_of(*TWO_WEEKS), at=on("13:00", 2))
    lids = tuple(line.compartment for line in lines)
    assert lids == (*IN_ORDER[5:], *IN_ORDER[:5])


def test_a_dose_due_at_this_instant_is_filled_and_one_due_a_week_later_is_not() -> None:
    today, in_a_week = slot("08:00"), slot("08:00", day=7, compartment="sun-pm")
    assert [line.compartment for line in sheet_of(today, in_a_week, at=today.due_at)] == ["mon-am"]


def test_several_regimens_at_one_lid_are_told_by_medicine_in_total() -> None:
    folic = replace(slot("09:30", regimen="b", early_ms=MINUTE_MS), amounts=(Amount(medicine="f", amount=1),))
    first = slot("08:00", amount=0.5, closes_ms=HOUR_MS, remind=())
    more = slot("08:00", regimen="c", closes_ms=HOUR_MS, remind=())
    (line,) = sheet_of(first, more, folic)
    assert line.amounts == (Amount(medicine="f", amount=1), Amount(medicine="m", amount=1.5))
    assert fill_words(line) == "fill Monday morning: 1 tablet f, 1½ tablets m"


def test_a_lid_that_serves_several_days_is_told_once_with_its_days() -> None:
    days = [slot("08:00", day=day, compartment="noon", amount=0.5) for day in range(5)]
    course = Course(held=hold(plan_of(*days)))
    (line,) = worksheet(course, MONDAY, ("noon",))
    assert fill_words(line) == "fill NOON: ½ tablet, for each of 5 days"


def test_days_after_a_change_of_dose_are_not_told_as_the_days_before_it() -> None:
    days = [slot("08:00", day=day, compartment="noon", amount=0.5 + (day > 1)) for day in range(5)]
    (line,) = worksheet(Course(held=hold(plan_of(*days))), MONDAY, ("noon",))
    assert (line.amounts[0].amount, line.days) == (0.5, 2)


def test_a_lid_of_a_week_is_filled_for_one_day_also_where_its_next_week_comes_early() -> None:
    today = slot("08:00")
    in_a_short_week = moved_slot(slot("08:00", day=7), -HOUR_MS)
    (line,) = sheet_of(today, in_a_short_week, at=today.due_at - 30 * MINUTE_MS)
    assert (line.compartment, line.days, line.amounts[0].amount) == ("mon-am", 1, 1.0)


def test_a_lid_whose_dose_is_overdue_and_may_still_be_taken_is_left_out() -> None:
    lines = sheet_of(plan=plan_of(*TWO_WEEKS), at=on("09:00"))
    assert "mon-am" not in [line.compartment for line in lines]
    assert len(lines) == 13


def test_a_lid_that_the_box_does_not_have_is_not_asked_for() -> None:
    assert sheet_of(slot("08:00", compartment="noon")) == ()


def test_a_dose_that_was_taken_early_is_not_filled_again() -> None:
    scene = Scene.begun(plan_of(*TWO_WEEKS), at=on("07:30"))
    scene.use("mon-am")
    scene.press("refill")
    assert next_lids(scene) == ["mon-pm"]


# The guide.


def test_the_next_lid_is_lit_and_told(scene: Scene) -> None:
    view = scene.view()
    assert (view.glyph, view.text) == ("refill", "fill Monday morning: 1½ tablets")
    assert view.lamps == {"mon-am": WHITE}


def test_opening_and_closing_the_lit_lid_moves_on(scene: Scene) -> None:
    scene.open("mon-am")
    assert next_lids(scene) == ["mon-am"]
    scene.close("mon-am")
    assert (next_lids(scene), scene.view().text) == (["mon-pm"], "fill Monday evening: ½ tablet")
    assert scene.sounds == []


def test_a_whole_week_ends_with_the_request_to_press_refill(scene: Scene) -> None:
    for lid in IN_ORDER:
        assert next_lids(scene) == [lid]
        scene.use(lid)
    assert (scene.view().text, scene.view().lamps) == ("all filled: press refill", {})
    told = done(scene)
    assert (told.filled, told.skipped, told.wrong) == (IN_ORDER, (), 0)
    assert scene.view().glyph == "idle"


def test_a_wrong_lid_is_warned_of_at_once_until_it_is_closed(scene: Scene) -> None:
    scene.open("wed-pm")
    view = scene.view()
    assert (view.glyph, view.text) == ("wrong", "not this one: fill Monday morning")
    assert view.lamps == {"mon-am": WHITE, "wed-pm": RED}
    assert [sound for _, sound in scene.sounds] == ["wrong"]
    scene.after(10 * MINUTE_MS)
    assert scene.view().glyph == "wrong"
    scene.close("wed-pm")
    assert (scene.view().glyph, next_lids(scene)) == ("refill", ["mon-am"])
    assert done(scene).wrong == 1


def test_a_warning_that_still_stands_names_the_lid_that_is_next_by_then(scene: Scene) -> None:
    scene.open("mon-am")
    scene.open("wed-pm")
    scene.close("mon-am")
    assert scene.view().text == "not this one: fill Monday evening"


def test_a_lid_that_was_opened_before_its_turn_must_be_opened_again(scene: Scene) -> None:
    scene.open("mon-am")
    scene.open("mon-pm")
    scene.close("mon-am")
    assert (scene.view().glyph, scene.view().lamps) == ("refill", {"mon-pm": WHITE})
    scene.close("mon-pm")
    assert next_lids(scene) == ["mon-pm"]
    scene.use("mon-pm")
    assert next_lids(scene) == ["tue-am"]


def test_a_warning_ends_with_the_refill(scene: Scene) -> None:
    scene.open("wed-pm")
    scene.press("refill")
    assert (scene.view().glyph, scene.view().lamps) == ("idle", {})


def test_snooze_skips_a_compartment_and_puts_no_reminder_off(scene: Scene) -> None:
    scene.press("snooze")
    assert next_lids(scene) == ["mon-pm"]
    scene.use("mon-pm")
    told = done(scene)
    assert (told.filled, told.skipped) == (("mon-pm",), ("mon-am",))
    assert scene.of(ReminderSnoozed) == []


def test_a_lid_that_is_skipped_while_it_stands_open_is_not_filled(scene: Scene) -> None:
    scene.open("mon-am")
    scene.press("snooze")
    scene.close("mon-am")
    told = done(scene)
    assert (told.filled, told.skipped, told.wrong) == ((), ("mon-am",), 0)


def test_when_all_is_done_no_lid_is_wrong_and_snooze_does_nothing(scene: Scene) -> None:
    for _ in IN_ORDER:
        scene.press("snooze")
    scene.press("snooze")
    scene.use("mon-am")
    assert scene.view().text == "all filled but 14: press refill"
    told = done(scene)
    assert (told.skipped, told.wrong, scene.sounds) == (IN_ORDER, 0, [])


def test_a_refill_begun_anew_begins_with_the_first_lid(scene: Scene) -> None:
    scene.use("mon-am")
    scene.press("refill")
    scene.press("refill")
    assert next_lids(scene) == ["mon-am"]


@pytest.mark.parametrize("power", [False, True])
def test_a_restart_loses_nothing_of_how_far_the_refill_has_come(scene: Scene, power: bool) -> None:
    scene.use("mon-am")
    scene.press("snooze")
    scene.use("sun-am")
    scene.open("tue-am")
    scene.restart(off_ms=5_000, power=power)
    assert next_lids(scene) == ["tue-am"]
    scene.close("tue-am")
    told = done(scene)
    assert (told.filled, told.skipped, told.wrong) == (("mon-am", "tue-am"), ("mon-pm",), 1)


def test_a_plan_that_comes_in_the_middle_is_guided_by_from_then_on(scene: Scene) -> None:
    scene.use("mon-am")
    scene.plan(plan_of(*TWO_WEEKS[4:], name="p2", made_at=MONDAY + 1))
    assert next_lids(scene) == ["wed-am"]


def test_without_a_trusted_clock_a_refill_is_not_guided() -> None:
    scene = Scene.begun(plan_of(*TWO_WEEKS), clock="untrusted")
    scene.press("refill")
    scene.use("wed-pm")
    assert (scene.view().text, scene.view().lamps) == ("refilling: press refill when done", {})
    told = done(scene)
    assert (told.opened, told.filled, told.wrong, scene.sounds) == (("wed-pm",), (), 0, [])


def test_without_a_plan_a_refill_is_not_guided() -> None:
    scene = Scene.begun(at=on("03:00"))
    scene.press("refill")
    scene.use("wed-pm")
    assert scene.view().text == "refilling: press refill when done"
    assert (done(scene).wrong, scene.sounds) == (0, [])


def test_a_clock_set_by_weeks_does_not_ask_for_the_lids_of_another_week(scene: Scene) -> None:
    scene.jump(9 * DAY_MS + 10 * HOUR_MS)
    assert next_lids(scene) == ["wed-pm"]


def test_a_guided_refill_that_nobody_goes_on_with_ends_and_tells_how_far_it_came(scene: Scene) -> None:
    scene.use("mon-am")
    scene.after(HOUR_MS)
    (told,) = scene.of(RefillDone)
    assert (told.because, told.filled) == ("left_on", ("mon-am",))
    assert scene.box.mode.filling == Filling()


def test_wrong_lids_are_counted_no_further_than_the_wire_can_tell() -> None:
    line = ToFill(compartment="mon-am", due_at=0, amounts=())
    assert opened(Filling(wrong=OPENINGS_MAX), line, "tue-am").wrong == OPENINGS_MAX


def test_a_refill_told_by_a_box_that_did_not_guide_is_still_read() -> None:
    scene = Scene.begun(at=on("03:00"))
    scene.press("refill")
    scene.use("mon-am")
    done(scene)
    plain = json.loads(
        envelope_json(Envelope(box="b", stream="s", seq=1, stamp=scene.stamp(), data=scene.said[-1].data))
    )
    plain["data"] = {"because": "button", "opened": ["mon-am"]}
    assert read_envelope(json.dumps(plain)).data == RefillDone(because="button", opened=("mon-am",))


# Laws, whatever people do at the box.

acts = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(COMPARTMENTS[:6])),
    st.tuples(st.just("close"), st.sampled_from(COMPARTMENTS[:6])),
    st.tuples(st.just("snooze"), st.just("")),
    st.tuples(st.just("restart"), st.just("")),
    st.tuples(st.just("lit"), st.just("")),
)
scripts = st.lists(acts, max_size=40)
LAWS = settings(max_examples=60, deadline=None)


def play(script: list[tuple[str, str]], by_ms: int = 0) -> Scene:
    slots = tuple(moved_slot(one, by_ms) for one in TWO_WEEKS)
    plan = plan_of(*slots, made_at=MONDAY + by_ms, until=MONDAY + by_ms + 14 * DAY_MS)
    scene = Scene.begun(plan, at=on("07:30") + by_ms)
    scene.press("refill")
    for do, lid in script:
        scene.after(SECOND_MS)
        before, wrong = next_lids(scene), scene.box.mode.filling.wrong
        match do:
            case "open":
                scene.open(lid)
                if scene.box.mode.filling.wrong > wrong:
                    assert next_lids(scene) == [one for one in before if one != lid]
            case "close":
                scene.close(lid)
            case "snooze":
                scene.press("snooze")
            case "restart":
                scene.restart(off_ms=1_000)
            case _:
                for name in before:
                    scene.use(name)
    scene.press("refill")
    return scene


def spoken(scene: Scene) -> list[EventData]:
    return [record.data for record in scene.said]


@LAWS
@given(script=scripts)
def test_what_is_opened_while_refilling_is_never_a_dose_nor_makes_one_missed(
    script: list[tuple[str, str]],
) -> None:
    scene = play(script)
    found = (DoseTaken, DoseExtra, DoseWrongCompartment, DoseSelfReported)
    assert not [event for event in spoken(scene) if isinstance(event, found)]
    opened_lids = scene.of(RefillDone)[0].opened
    scene.until(on("13:00"))
    missed = {event.compartment for event in scene.of(DoseMissed)}
    assert not missed & set(opened_lids)


@LAWS
@given(script=scripts)
def test_the_guide_goes_in_due_order_and_only_by_the_lid_in_its_turn(script: list[tuple[str, str]]) -> None:
    (told,) = play(script).of(RefillDone)
    order = {name: place for place, name in enumerate(COMPARTMENTS)}
    for part in (told.filled, told.skipped):
        assert [order[name] for name in part] == sorted(order[name] for name in part)
    done = sorted((*told.filled, *told.skipped), key=order.__getitem__)
    assert tuple(done) == COMPARTMENTS[: len(done)], "a compartment was passed over"
    assert set(told.filled) <= set(told.opened)


@LAWS
@given(script=scripts, days=st.integers(-300, 300), minutes=st.integers(-700, 700))
def test_a_refill_is_the_same_at_any_time_and_every_time(
    script: list[tuple[str, str]], days: int, minutes: int
) -> None:
    first, again, shifted = (
        play(script),
        play(script),
        play(script, by_ms=days * DAY_MS + minutes * MINUTE_MS),
    )
    assert first.said == again.said
    assert spoken(first)[-1] == spoken(shifted)[-1]
    assert (first.view().text, first.sounds) == (again.view().text, again.sounds)
