"""Is what the patient says of an extra opening kept, told where it must be, and never taken in twice?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from controller.wire.events import DoseExtra, DoseExtraAnswered
from controller.wire.instants import HOUR_MS
from hub.care.entries import ExtraAnswered
from hub.care.happenings import EntryMade
from hub.care.ledger import SlotRecord
from hub.engine import Engine
from hub.reporting.plain import as_json, comma_separated
from hub.reporting.table import table
from hub.store.port import Store
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.care_days import EVENING, MORNING, Keeper, at, taken
from tests.hub_parts import DUE_MS, home_toml
from tests.hub_parts import taken as intake
from tests.test_hub_gathering import asked, extra, hear, keep


def answered(opened_at: int, answer: str, slot: str | None = MORNING) -> DoseExtraAnswered:
    return DoseExtraAnswered(
        compartment="mon-am", opened_at=opened_at, answer="took" if answer == "took" else "looked",
        evidence="button", because="button", slot=slot,
    )  # fmt: skip


@pytest.fixture
def keeper() -> Keeper:
    """Return a hub that was told of an intake at 08:05 and of an extra opening of that lid at 09:00."""
    keeper = Keeper()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    again = DoseExtra(
        compartment="mon-am", evidence="lid", because="already_taken", opened_at=at("09:00"), slot=MORNING
    )
    keeper.send(at("09:00"), again)
    return keeper


def test_taken_as_well_is_told_until_somebody_answers(keeper: Keeper) -> None:
    keeper.send(at("09:01"), answered(at("09:00"), "took"))
    alert = keeper.alert("dose.extra_taken")
    assert alert.title == "09:00 on 23 November: said to be taken at an extra opening"
    assert alert.body == (
        "The box saw the Monday morning compartment opened at 09:00 on 23 November with nothing due; what "
        "was taken out it does not see. Asked at the box, the patient answered that a dose was taken then. "
        "For its dose it had been opened at 08:05 on 23 November."
    )
    assert keeper.messages[-1].body.endswith("In doubt, ask the doctor or the pharmacist.")
    assert keeper.alert("dose.extra").state == "resolved"
    keeper.live(at("09:17"))
    assert ("bea", "sms", "alert") in keeper.told("dose.extra_taken"), "it climbs the ladder"
    keeper.acknowledge(at("09:18"), keeper.alert("dose.extra_taken"))
    assert keeper.alert("dose.extra_taken").state == "acknowledged"


def test_only_looked_ends_what_was_told_and_tells_nobody(keeper: Keeper) -> None:
    told = len(keeper.messages)
    keeper.send(at("09:01"), answered(at("09:00"), "looked"))
    assert (keeper.alert("dose.extra").state, keeper.alert("dose.extra").because) == ("resolved", "looked")
    assert len(keeper.messages) == told


def test_an_answer_changes_no_outcome(keeper: Keeper) -> None:
    before = keeper.slots[MORNING]
    for answer in ("took", "looked"):
        keeper.send(at("09:01"), answered(at("09:00"), answer))
    assert keeper.slots[MORNING] == before
    keeper.send(at("13:01"), answered(at("13:00"), "took", EVENING))
    assert keeper.slots[EVENING].outcome is None


def test_an_opening_is_answered_once(keeper: Keeper) -> None:
    keeper.send(at("09:01"), answered(at("09:00"), "looked"))
    keeper.send(at("09:02"), answered(at("09:00"), "took"))
    again = keeper.restarted()
    again.send(at("09:03"), answered(at("09:00"), "took"))
    assert [entry.fact for entry in again.entries] == [
        ExtraAnswered(
            box="kitchen", compartment="mon-am", opened_at=at("09:00"), answer="looked", slot=MORNING
        )
    ]
    assert [alert.kind for alert in again.alerts.values()] == ["dose.extra"]


def test_a_caregiver_may_answer_for_the_patient_and_then_the_box_is_not_heard(keeper: Keeper) -> None:
    fact = ExtraAnswered(
        box="kitchen", compartment="mon-am", opened_at=at("09:00"), answer="took", slot=MORNING
    )
    for _ in range(2):
        keeper.do(EntryMade(at=at("09:01"), entry=entry_of("ada", fact, by="bea", at_ms=at("09:01"))))
    keeper.send(at("09:02"), answered(at("09:00"), "looked"))
    assert "Bea says that a dose was taken then." in keeper.alert("dose.extra_taken").body
    assert [entry.by for entry in keeper.entries] == ["bea"]


def test_taken_before_its_time_says_nothing_of_another_intake() -> None:
    keeper = Keeper()
    keeper.send(at("13:01"), answered(at("13:00"), "took", EVENING))
    assert keeper.alert("dose.extra_taken").body.endswith("answered that a dose was taken then.")


def test_a_reported_dose_is_named_as_reported(keeper: Keeper) -> None:
    slot = keeper.slots[MORNING]
    changed = {**keeper.ledger.slots, MORNING: with_outcome(slot)}
    keeper.ledger = type(keeper.ledger)(
        patient="ada", household=keeper.ledger.household, slots=changed, boxes=keeper.ledger.boxes
    )
    keeper.send(at("09:01"), answered(at("09:00"), "took"))
    assert keeper.alert("dose.extra_taken").body.endswith("Its dose had been reported as taken besides.")


def with_outcome(slot: SlotRecord) -> SlotRecord:
    return replace(slot, outcome="self_reported", evidence="button", opened_at=None)


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store(None)) as found:
        keep(found, home_toml(), DUE_MS - HOUR_MS)
        engine = Engine(found)
        engine.start(DUE_MS - HOUR_MS)
        hear(engine, 1, intake())
        hear(engine, 2, extra(DUE_MS + HOUR_MS))
        hear(engine, 3, answered(DUE_MS + HOUR_MS, "looked"))
        yield found


def test_the_answer_is_stored_once_and_found_again_after_a_restart(store: Store) -> None:
    engine = Engine(store)
    engine.start(DUE_MS + 2 * HOUR_MS)
    hear(engine, 3, answered(DUE_MS + HOUR_MS, "looked"))
    hear(engine, 4, answered(DUE_MS + HOUR_MS, "took"))
    assert [(entry.by, entry.at) for entry in store.entries("ada")] == [("ada", DUE_MS + HOUR_MS)]
    assert store.entries_waiting() == []


def test_the_report_shows_the_answer_beside_its_opening(store: Store) -> None:
    report = asked(store, None, date(2026, 11, 23), date(2026, 11, 23))
    assert [one.answer for one in report.seen.openings] == ["looked"]
    assert "the patient says: only looked" in " ".join(table(report).split())
    assert '"answer":"looked"' in as_json(report)
    assert "looked" in comma_separated(report)
