"""Does the hub say which lids hold what is on hold, and does such a lid say so when it is opened?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import DoseExtra, DoseTaken
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms
from controller.wire.plan import HeldLid, Notices, Plan
from controller.wire.shape import from_plain, to_plain
from controller.wire.topics import message_json
from firmware.ports import Lamp
from hub.care.holding import held_lids
from hub.care.ledger import SlotRecord
from hub.care.people import Hold
from hub.care.planning import plan_of as hub_plan_of
from hub.care.planning import planned_slots
from tests.home_examples import home, regimen
from tests.test_planning import NOON
from tests.witness_scenes import MONDAY, Scene, on, only, plan_of, slot

UNTIL = MONDAY + 14 * DAY_MS
WHITE = Lamp(colour="white", light="double_dark")


def known(
    name: str, due_at: int, status: str = "planned", lid: str = "mon-am", box: str = "kitchen"
) -> SlotRecord:
    """Return a slot of the ledger whose window is an hour before to four hours after it is due."""
    return SlotRecord(
        patient="ada",
        slot=name,
        regimen=name.split("/")[0],
        box=box,
        compartment=lid,
        opens_at=due_at - HOUR_MS,
        due_at=due_at,
        late_at=due_at + HOUR_MS,
        closes_at=due_at + 4 * HOUR_MS,
        remind_at=(),
        amounts=(),
        status=status,  # type: ignore[arg-type] # one of its words
    )


WEEK = 7 * DAY_MS
DUE = on("08:00")


def test_a_lid_is_on_hold_from_the_last_dose_before_it_to_the_first_after_it() -> None:
    slots = [
        known("a/1", DUE - WEEK),
        known("a/2", DUE, "held"),
        known("a/3", DUE + WEEK),
    ]
    [lid] = held_lids(slots, "kitchen", UNTIL)
    assert lid == HeldLid(
        compartment="mon-am", begins_at=DUE - WEEK + 4 * HOUR_MS, ends_at=DUE + WEEK - HOUR_MS
    )


def test_a_hold_without_a_dose_around_it_lasts_from_its_own_window_to_the_end_of_the_plan() -> None:
    [lid] = held_lids([known("a/2", DUE, "held")], "kitchen", UNTIL)
    assert (lid.begins_at, lid.ends_at) == (DUE - HOUR_MS, UNTIL)


def test_two_held_weeks_of_a_lid_are_one_span() -> None:
    slots = [known("a/2", DUE, "held"), known("a/3", DUE + WEEK, "held")]
    assert len(held_lids(slots, "kitchen", UNTIL)) == 1


def test_a_lid_that_is_shared_is_on_hold_while_the_other_dose_in_it_is_due() -> None:
    slots = [known("a/2", DUE, "held"), known("b/2", DUE), known("b/3", DUE + WEEK)]
    [lid] = held_lids(slots, "kitchen", UNTIL)
    assert (lid.begins_at, lid.ends_at) == (DUE - HOUR_MS, DUE + WEEK - HOUR_MS)


def test_only_the_lids_of_the_box_are_named_and_what_is_withdrawn_is_not() -> None:
    slots = [known("a/2", DUE, "held", box="hall"), known("a/3", DUE, "withdrawn")]
    assert held_lids(slots, "kitchen", UNTIL) == ()


@given(
    story=st.lists(
        st.tuples(
            st.integers(0, 13),
            st.sampled_from(["planned", "held", "withdrawn"]),
            st.sampled_from(["mon-am", "tue-am"]),
            st.sampled_from("ab"),
        ),
        max_size=12,
        unique_by=lambda each: (each[0], each[2], each[3]),
    )
)
def test_every_held_window_is_on_hold_and_no_other_lid_is(story: list[tuple[int, str, str, str]]) -> None:
    slots = [known(f"{name}/{day}", DUE + day * DAY_MS, status, lid) for day, status, lid, name in story]
    spans = held_lids(slots, "kitchen", UNTIL)
    for held in (one for one in slots if one.status == "held"):
        mine = [lid for lid in spans if lid.compartment == held.compartment]
        assert any(lid.begins_at <= held.opens_at and held.closes_at <= lid.ends_at for lid in mine)
    assert {lid.compartment for lid in spans} == {one.compartment for one in slots if one.status == "held"}
    for name in ("mon-am", "tue-am"):
        times = sorted((lid.begins_at, lid.ends_at) for lid in spans if lid.compartment == name)
        assert all(one[1] < other[0] for one, other in pairwise(times)), "they would touch"


def test_the_plan_of_the_hub_says_which_lids_are_on_hold_and_a_newer_hold_makes_a_newer_plan() -> None:
    hold = Hold(begins=date(2026, 11, 24), until=date(2026, 11, 30), by="clinic", why="infection")
    free, held = home(regimen({"08:00": 1})), home(regimen({"08:00": 1}, holds=(hold,)))
    before = hub_plan_of(free, "kitchen", planned_slots(free, "ada", NOON), NOON)
    after = hub_plan_of(held, "kitchen", planned_slots(held, "ada", NOON), NOON)
    assert before.notices is None
    assert "notices" not in message_json(before)
    assert after.notices is not None
    assert {lid.compartment for lid in after.notices.held} == {
        "mon-am", "tue-am", "wed-am", "thu-am", "fri-am", "sat-am", "sun-am",
    }  # fmt: skip
    assert not after.notices.low_supply
    assert "infection" not in message_json(after), "no reason stands where others in the home read it"


def test_a_low_supply_makes_a_plan_of_its_own_and_keeps_its_id_while_it_lasts() -> None:
    house = home(regimen({"08:00": 1}))
    slots = planned_slots(house, "ada", NOON)
    plain = hub_plan_of(house, "kitchen", slots, NOON)
    low = hub_plan_of(house, "kitchen", slots, NOON, low_supply=True)
    again = hub_plan_of(house, "kitchen", slots, NOON + MINUTE_MS, low_supply=True)
    assert low.notices == Notices(low_supply=True)
    assert plain.plan != low.plan == again.plan


def test_a_plan_without_notices_is_still_read() -> None:
    plain = to_plain(plan_of(slot("08:00")))
    assert isinstance(plain, dict)
    plain.pop("notices", None)
    assert from_plain(Plan, plain, "plan").notices is None


# At the box.


def held_scene(compartment: str = "tue-am") -> Scene:
    """Return a box whose plan says of one lid that it is on hold on the Monday and the Tuesday."""
    notices = Notices(held=(HeldLid(compartment=compartment, begins_at=MONDAY, ends_at=MONDAY + 2 * DAY_MS),))
    scene = Scene.begun(replace(plan_of(slot("08:00"), slot("20:00")), notices=notices), at=on("06:00"))
    scene.hub(True)
    return scene


def test_a_lid_on_hold_says_so_when_it_is_opened_and_whom_to_ask() -> None:
    scene = held_scene()
    extra = only(scene.open("tue-am", on("13:00")), DoseExtra)
    shown = scene.view()
    assert (shown.glyph, shown.text) == (
        "held",
        "Tuesday morning is on hold: ask your doctor or pharmacist",
    )
    assert shown.lamps == {"tue-am": WHITE}
    assert scene.sounds[-1] == (on("13:00"), "held")
    assert scene.spoken[-1].state == "held"
    assert extra.because == "nothing_planned", "what is recorded stays what it was"
    scene.close("tue-am")
    assert "did you take it?" in scene.view().text


def test_a_lid_that_is_only_partly_on_hold_is_an_intake_and_says_so() -> None:
    scene = held_scene("mon-am")
    only(scene.open("mon-am", on("08:05")), DoseTaken)
    assert scene.view().glyph == "held"
    assert scene.view().text == "a part of Monday morning is on hold: ask your doctor or pharmacist"


def test_a_wrong_lid_on_hold_still_names_the_right_one() -> None:
    scene = held_scene()
    scene.open("tue-am", on("08:05"))
    assert (scene.view().glyph, scene.view().text) == (
        "held",
        "on hold, and not this one: open Monday morning",
    )
    assert scene.view().lamps["mon-am"].colour == "blue"


def test_a_second_dose_of_the_day_is_graver_than_a_hold() -> None:
    scene = held_scene("mon-am")
    scene.use("mon-am", on("08:05"))
    scene.open("mon-am", on("09:00"))
    assert scene.view().glyph == "extra"
    assert scene.view().text == "Monday morning was opened before: ask your pharmacist"


@pytest.mark.parametrize("at", ["2026-11-22T23:59:59.999Z", "2026-11-25T00:00:00.000Z"])
def test_outside_its_time_nothing_is_on_hold(at: str) -> None:
    scene = held_scene()
    held = scene.box.course.held
    assert held is not None
    assert not held.plan.holds_back("tue-am", instant_ms(at))
    assert held.plan.holds_back("tue-am", MONDAY)


def test_what_is_on_hold_outlives_a_power_cut() -> None:
    scene = held_scene()
    scene.restart(power=True)
    scene.open("tue-am", on("13:00"))
    assert scene.view().glyph == "held"
