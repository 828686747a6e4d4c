"""What becomes of a box that is given to somebody else, or given up, and of what it still has to tell?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from controller.wire.events import DoseExtra, EventData, HelpRequested
from controller.wire.instants import DAY_MS
from controller.wire.topics import Outgoing
from controller.wire.words import ClockTrust
from hub.care.caregivers import Caregiver
from hub.care.ledger import AlertRecord, MessageRecord
from hub.care.people import Box, Household, Patient
from hub.engine import Engine
from hub.household import household_toml
from hub.store.sqlite.store import SqliteStore
from tests import care_days
from tests.care_days import MORNING, at
from tests.hub_examples import HOME, arrival, box_event, opened

DAN = Caregiver(
    id="dan", name="Dan", channels={"push": "json://127.0.0.1/dan"}, wants={"bob": ("dose", "device", "care")}
)
SHELF = Box(id="shelf", patient="ada", layout="7x2", compartments=care_days.WEEK)
BOB = Patient(id="bob", name="Bob", timezone="Europe/London")

ADAS = replace(
    HOME,
    patients={**HOME.patients, "bob": BOB},
    boxes={**HOME.boxes, "shelf": SHELF},
    caregivers={**HOME.caregivers, "dan": DAN},
)
BOBS = replace(
    ADAS,
    boxes={"kitchen": replace(HOME.boxes["kitchen"], patient="bob"), "shelf": SHELF},
    regimens={name: replace(one, box="shelf") for name, one in HOME.regimens.items()},
)
WITHOUT = replace(HOME, boxes={"shelf": SHELF}, regimens=BOBS.regimens)
EMPTY = replace(HOME, patients={"bob": BOB}, boxes={}, regimens={}, caregivers={}, ladders=(), duties={})


def hub_at(store: SqliteStore, clock: str, home: Household) -> tuple[Engine, list[Any]]:
    seen: list[Any] = []
    engine = Engine(store, observer=seen.extend)
    engine.start(at(clock))
    if engine.household != home:
        engine.import_household(household_toml(home), at(clock))
    return engine, seen


def given_to(store: SqliteStore, engine: Engine, clock: str, home: Household, *, down: bool) -> Engine:
    """Import another household, into the running hub or while it is down."""
    if not down:
        engine.import_household(household_toml(home), at(clock))
        return engine
    with store.transaction():
        store.add_household(household_toml(home), at(clock))
    return hub_at(store, clock, home)[0]


def told(engine: Engine, seq: int, data: EventData, when: str, clock: ClockTrust = "synced") -> None:
    envelope = box_event(seq, data, when=at(when))
    envelope = replace(envelope, stamp=replace(envelope.stamp, clock=clock))
    engine.take([arrival(envelope)], at("13:00"))


def extra(opened_at: str) -> DoseExtra:
    return DoseExtra(
        compartment="mon-am", evidence="lid", because="already_taken", opened_at=at(opened_at), slot=MORNING
    )


def plans(messages: list[Outgoing]) -> dict[str, list[str]]:
    found = [json.loads(one.payload) for one in messages if one.topic.endswith("/plan")]
    return {one["box"]: [slot["slot"] for slot in one["slots"]] for one in found}


@pytest.mark.parametrize("down", [False, True])
def test_what_a_box_recorded_before_it_changed_hands_is_its_former_patients(down: bool) -> None:
    with opened() as store:
        engine, seen = hub_at(store, "06:00", ADAS)
        engine = given_to(store, engine, "11:00", BOBS, down=down)
        told(engine, 1, care_days.taken(MORNING, at("08:05")), "08:05")
        told(engine, 2, extra("09:00"), "09:00")
        slot = store.slot("ada", MORNING)
        assert slot is not None
        assert (slot.outcome, slot.box) == ("taken", "shelf")
        assert [one for one in store.alerts() if one.kind == "dose.extra"] == []
        assert "dan" not in {one.to for one in seen if isinstance(one, MessageRecord)}
        assert {(box.box, box.patient, box.former) for box in store.boxes()} == {
            ("kitchen", "bob", "ada"), ("shelf", "ada", None),
        }  # fmt: skip


@pytest.mark.parametrize(("when", "clock"), [("12:30", "synced"), ("09:00", "untrusted")])
def test_what_it_records_from_then_on_is_the_new_patients(when: str, clock: ClockTrust) -> None:
    with opened() as store:
        engine, seen = hub_at(store, "06:00", ADAS)
        given_to(store, engine, "12:00", BOBS, down=False)
        told(engine, 1, extra(when), when, clock)
        (alert,) = [one for one in seen if isinstance(one, AlertRecord) and one.kind == "dose.extra"]
        assert alert.patient == "bob"


def test_what_it_recorded_for_somebody_who_has_left_is_stored_and_told_to_nobody() -> None:
    with opened() as store:
        engine, seen = hub_at(store, "06:00", ADAS)
        alone = replace(
            EMPTY, boxes={"kitchen": BOBS.boxes["kitchen"]}, caregivers={"dan": DAN}, patients={"bob": BOB}
        )
        given_to(store, engine, "12:00", alone, down=False)
        seen.clear()
        told(engine, 1, extra("09:00"), "09:00")
        assert store.event("kitchen", "s1", 1) is not None
        assert [one for one in seen if isinstance(one, AlertRecord | MessageRecord)] == []


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("home", [WITHOUT, EMPTY])
def test_the_plan_of_a_box_that_is_given_up_ends_also_at_a_broker_that_forgot_it(
    down: bool, home: Household
) -> None:
    with opened() as store:
        engine, _ = hub_at(store, "06:00", HOME)
        assert MORNING in plans(engine.announce(at("06:01")))["kitchen"]
        engine = given_to(store, engine, "07:30", home, down=down)
        for again in (engine, hub_at(store, "07:31", home)[0]):
            assert plans(again.announce(at("07:31")))["kitchen"] == []
        (farewell,) = [one for one in engine.announce(at("07:31")) if "kitchen/plan" in one.topic]
        assert farewell.retain
        assert "kitchen" in plans(engine.announce(at("07:29") + 15 * DAY_MS))
        assert "kitchen" not in plans(engine.announce(at("07:30") + 15 * DAY_MS))


def test_the_plan_of_a_box_that_is_given_up_is_ended_at_once() -> None:
    with opened() as store:
        engine, _ = hub_at(store, "06:00", HOME)
        assert plans(engine.import_household(household_toml(WITHOUT), at("07:30")))["kitchen"] == []


def test_a_box_that_comes_back_after_the_clock_was_set_back_gets_a_plan_it_accepts() -> None:
    with opened() as store:
        engine, _ = hub_at(store, "06:00", HOME)
        engine.import_household(household_toml(WITHOUT), at("07:30"))
        (message,) = [
            one
            for one in engine.import_household(household_toml(HOME), at("07:26"))
            if "kitchen/plan" in one.topic
        ]
        assert json.loads(message.payload)["made_at"] == "2026-11-23T07:30:00.001Z"
        assert MORNING in plans([message])["kitchen"]
        assert [box.left_at for box in store.boxes() if box.box == "kitchen"] == [None]


@pytest.mark.parametrize("down", [False, True])
def test_law_8_a_call_for_help_outlives_the_box_it_came_from(down: bool) -> None:
    """Renaming the box had ended it without a word to anybody."""
    with opened() as store:
        engine, _ = hub_at(store, "08:00", HOME)
        told(engine, 1, HelpRequested(because="button"), "12:59")
        engine = given_to(store, engine, "13:05", WITHOUT, down=down)
        engine.tick(at("13:30"))
        (call,) = [alert for alert in store.alerts() if alert.kind == "care.help"]
        assert call.state != "resolved"
        assert call.next_step_at is not None
