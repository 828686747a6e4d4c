"""Does a box that lost its power remember what it must, and survive a memory that is damaged?"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from controller.wire.events import DoseExtra, DoseTaken, DoseUnobserved
from controller.wire.instants import DAY_MS, MINUTE_MS, instant_text
from controller.wire.shape import MESSAGE_BYTES_MAX
from controller.witness.box import next_deadline, recall, remembered, view
from controller.witness.state import new_box
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, on, only, plan_of, slot

MORNING = slot("08:00")
EVENING = slot("20:00")


@pytest.fixture
def scene() -> Scene:
    return Scene.begun(plan_of(MORNING, EVENING), at=on("06:00"))


def test_a_new_box_remembers_nothing_worth_mentioning() -> None:
    texts = remembered(new_box("kitchen", COMPARTMENTS))
    assert set(texts) == {
        "slots", "past", "needed", "lids", "lids_today", "lids_before", "unsaid", "kept", "mode",
        "excursions", "faults", "ailing", "tallies",
    }  # fmt: skip
    assert remembered(recall("kitchen", COMPARTMENTS, texts)) == texts


def test_recalling_nothing_is_a_new_box() -> None:
    assert remembered(recall("kitchen", COMPARTMENTS, {})) == remembered(new_box("kitchen", COMPARTMENTS))


def test_an_intake_is_remembered_over_a_power_cut(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.restart(off_ms=16 * MINUTE_MS, power=True)
    assert only(scene.open("mon-am"), DoseExtra).because == "already_taken"


def test_every_part_is_json(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    for text in remembered(scene.box).values():
        json.loads(text)


def test_the_text_of_a_part_that_did_not_change_is_the_same_object(scene: Scene) -> None:
    before = remembered(scene.box)
    scene.open("sun-pm", on("06:30"))
    after = remembered(scene.box)
    assert [name for name in after if after[name] is not before[name]] == ["lids", "lids_today"]


def test_a_tick_changes_no_part(scene: Scene) -> None:
    before = remembered(scene.box)
    scene.after(MINUTE_MS)
    scene.tick()
    after = remembered(scene.box)
    assert all(after[name] is before[name] for name in after)


def test_a_reading_changes_no_part(scene: Scene) -> None:
    before = remembered(scene.box)
    scene.climate(20.0)
    assert remembered(scene.box) == before


PARTS = ("slots", "past", "lids", "kept", "mode", "excursions", "faults", "boot", "plan")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", ["", "{", "null", "[]", "7", '"x"', "[" * 5_000, "{}", '{"progress":7}'])
def test_a_damaged_part_is_as_if_never_known_and_the_box_goes_on(scene: Scene, part: str, text: str) -> None:
    scene.use("mon-am", on("08:05"))
    texts = {**remembered(scene.box), part: text}
    scene.box = recall("kitchen", COMPARTMENTS, texts)
    scene.start()
    scene.until(on("22:00"))
    assert len(scene.of(DoseTaken)) == 1


def test_with_its_slots_forgotten_a_box_accuses_nobody(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.until(on("13:00"))
    texts = remembered(scene.box)
    del texts["slots"]
    scene.box = recall("kitchen", COMPARTMENTS, texts)
    scene.start()
    scene.until(on("18:00"))
    assert scene.of(DoseUnobserved) == []
    assert only(scene.use("mon-pm", on("19:30")), DoseTaken).slot == EVENING.slot


def test_a_plan_that_a_box_would_refuse_is_not_recalled(scene: Scene) -> None:
    texts = remembered(scene.box)
    plain = json.loads(texts["plan"])
    plain["slots"][0]["closes_at"] = plain["slots"][0]["opens_at"]
    assert recall("kitchen", COMPARTMENTS, {**texts, "plan": json.dumps(plain)}).course.held is None


def test_the_plan_of_another_box_is_not_recalled(scene: Scene) -> None:
    texts = remembered(scene.box)
    assert recall("shed", COMPARTMENTS, texts).course.held is None


def test_lids_the_box_no_longer_has_are_forgotten(scene: Scene) -> None:
    scene.open("sun-pm")
    box = recall("kitchen", ("mon-am", "mon-pm"), remembered(scene.box))
    assert set(box.contact.known.lids) == {"mon-am", "mon-pm"}


def test_a_plan_longer_than_a_message_is_recalled() -> None:
    slots = [
        slot(f"{hour:02d}:00", day=day, regimen=name * 30, compartment=f"c{day}-{hour}")
        for day in range(14)
        for hour in (8, 12, 16, 20)
        for name in "abc"
    ]
    scene = Scene(wall_ms=on("06:00"))
    scene.start()
    scene.plan(plan_of(*slots))
    texts = remembered(scene.box)
    assert len(texts["plan"]) > MESSAGE_BYTES_MAX
    held = recall("kitchen", COMPARTMENTS, texts).course.held
    assert held is not None
    assert len(held.slots) == len(slots)


def test_before_the_first_stamp_a_recalled_box_waits_for_nothing(scene: Scene) -> None:
    box = recall("kitchen", COMPARTMENTS, remembered(scene.box))
    assert next_deadline(box) is None
    assert view(box).glyph == "idle"


def test_what_is_remembered_of_slots_stays_small_over_a_year() -> None:
    scene = Scene.begun(at=on("06:00"))
    for day in range(0, 365, 7):
        slots = [slot("08:00", day=day + later, compartment="mon-am") for later in range(14)]
        scene.plan(plan_of(*slots, name=f"p{day}", made_at=MONDAY + day, until=MONDAY + (day + 14) * DAY_MS))
        for later in range(7):
            scene.use("mon-am", on("08:05", day + later))
    assert len(scene.of(DoseTaken)) == 53 * 7
    assert len(remembered(scene.box)["slots"]) < 2_000, "it is written with every dose"
    assert len(remembered(scene.box)["past"]) < 5_000
    assert instant_text(scene.wall_ms) > "2027-11-2"


def test_law_2_an_intake_outlives_a_hold_and_a_power_cut(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.plan(plan_of(EVENING, name="held", made_at=MONDAY + 1))
    scene.restart(off_ms=MINUTE_MS, power=True)
    scene.plan(plan_of(MORNING, EVENING, name="resumed", made_at=MONDAY + 2))
    assert only(scene.open("mon-am"), DoseExtra).because == "already_taken"
    scene.until(on("18:00"))
    assert scene.of(DoseUnobserved) == []
    assert "past" not in changed_by(scene, lambda: scene.use("mon-pm", on("19:30")))


def changed_by(scene: Scene, act: Callable[[], object]) -> list[str]:
    """Return the parts that an act wrote anew."""
    before = remembered(scene.box)
    act()
    return [name for name, text in remembered(scene.box).items() if text is not before[name]]
