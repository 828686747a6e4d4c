"""Does a report find all that the store holds of a patient, also after they left, and of nobody else?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from controller.wire.events import (
    DoseExtra,
    DoseWrongCompartment,
    EventData,
    ExcursionEnded,
    ExcursionStarted,
)
from hub.engine import Engine
from hub.errors import HouseholdRefused
from hub.intake.arrivals import Arrival
from hub.reporting import render
from hub.reporting.account import Report
from hub.reporting.gathering import gathered, whose_report
from hub.store.port import Store
from hub.store.sqlite.store import open_store
from tests.hub_parts import DUE_MS, MORNING, event, home_toml, taken

HOUR_MS = 3_600_000
DAY = date(2026, 11, 23)

ADA = """[[patient]]
id = "ada"
name = "Ada"
"""
OTHER_HOME = (
    home_toml().replace(ADA, ADA.replace("ada", "ida").replace("Ada", "Ida")).replace('"ada"', '"ida"')
    .replace("ada =", "ida =").replace("Europe/London", "America/New_York")
)  # fmt: skip


@pytest.fixture
def store() -> Iterator[Store]:
    """Return the store of a hub that has seen one dose taken."""
    with closing(open_store(None)) as found:
        keep(found, home_toml(), DUE_MS - HOUR_MS)
        engine = Engine(found)
        engine.start(DUE_MS - HOUR_MS)
        hear(engine, 1, taken())
        yield found


def keep(store: Store, text: str, at_ms: int) -> None:
    with store.transaction():
        store.add_household(text, at_ms)


def hear(engine: Engine, seq: int, data: EventData, at_ms: int = DUE_MS + HOUR_MS) -> None:
    arrival = Arrival(
        topic="pillbox/v1/kitchen/event", payload=event(seq, data, at_ms=at_ms).encode(), retained=False
    )
    engine.take([arrival], at_ms)


def extra(opened_at: int) -> DoseExtra:
    return DoseExtra(
        slot=MORNING, compartment="mon-am", evidence="lid", because="already_taken", opened_at=opened_at
    )


def asked(store: Store, patient: str | None = None, first: date = DAY, last: date = DAY) -> Report:
    return gathered(store, whose_report(store, patient, ()), first, last, DUE_MS + 48 * HOUR_MS, ())


def test_a_second_opening_of_the_morning_is_in_the_report_of_its_day_only(store: Store) -> None:
    engine = Engine(store)
    engine.start(DUE_MS)
    hear(engine, 2, extra(DUE_MS + HOUR_MS))
    wrong = DoseWrongCompartment(
        slot="azathioprine/2026-11-23/20:00", compartment="tue-am", expected="mon-pm", evidence="lid",
        because="other_slot_due", opened_at=DUE_MS + 12 * HOUR_MS,
    )  # fmt: skip
    hear(engine, 3, wrong, DUE_MS + 12 * HOUR_MS)
    found = asked(store)
    assert [(one.kind, one.compartment, one.expected) for one in found.seen.openings] == [
        ("extra", "mon-am", None),
        ("wrong_compartment", "tue-am", "mon-pm"),
    ]
    assert [alert.kind for alert in found.seen.alerts] == ["dose.extra", "dose.wrong_compartment"]
    other = asked(store, None, date(2026, 11, 22), date(2026, 11, 22))
    assert (other.seen.openings, other.seen.alerts) == ((), ())


def test_an_excursion_is_in_every_period_it_touches_with_its_span(store: Store) -> None:
    engine = Engine(store)
    engine.start(DUE_MS)
    began, ended = DUE_MS - 30 * HOUR_MS, DUE_MS + 2 * HOUR_MS
    hear(
        engine, 2,
        ExcursionStarted(excursion="damp", rule="damp", because="beyond_limit", since=began, value=80.0),
    )  # fmt: skip
    still = asked(store).seen.excursions
    assert [(one.since, one.ended_at) for one in still] == [(began, None)]
    over = ExcursionEnded(excursion="damp", rule="damp", because="back_within", since=began, extreme=83.0)
    hear(engine, 3, over, ended)
    for day in (date(2026, 11, 22), DAY):
        (one,) = asked(store, None, day, day).seen.excursions
        assert (one.since, one.ended_at, one.extreme) == (began, ended, 83.0)
    assert asked(store, None, date(2026, 11, 24), date(2026, 11, 24)).seen.excursions == ()


def test_the_history_of_a_patient_who_left_is_reported_in_their_own_time_and_name(store: Store) -> None:
    keep(store, OTHER_HOME, DUE_MS + 20 * HOUR_MS)
    found = asked(store, "ada")
    assert (found.whose.name, found.whose.zone, found.whose.version) == ("Ada", "Europe/London", 1)
    assert [row.outcome for row in found.rows][:1] == ["taken"]
    assert "ada is not in the household any more" in " ".join(render(found, "table").split())
    assert asked(store).whose.patient == "ida"


def test_a_box_that_was_handed_on_brings_each_patient_their_own_openings(store: Store) -> None:
    engine = Engine(store)
    engine.start(DUE_MS)
    hear(engine, 2, extra(DUE_MS + HOUR_MS))
    keep(store, OTHER_HOME, DUE_MS + 2 * HOUR_MS)
    hear(engine, 3, extra(DUE_MS + 3 * HOUR_MS), DUE_MS + 3 * HOUR_MS)
    assert [one.opened_at for one in asked(store, "ada").seen.openings] == [DUE_MS + HOUR_MS]
    assert [one.opened_at for one in asked(store, "ida").seen.openings] == [DUE_MS + 3 * HOUR_MS]


def test_a_patient_of_whom_only_records_are_left_is_reported_by_id_in_utc() -> None:
    with closing(open_store(None)) as store, closing(open_store(None)) as old:
        keep(store, OTHER_HOME, DUE_MS)
        keep(old, home_toml(), DUE_MS - HOUR_MS)
        engine = Engine(old)
        engine.start(DUE_MS - HOUR_MS)
        with store.transaction():
            store.apply(old.slots_between("ada", 0, DUE_MS + 48 * HOUR_MS))
        found = asked(store, "ada")
        assert (found.whose.name, found.whose.zone, found.whose.version) == ("ada", "UTC", 0)
        assert "from the records alone" in render(found, "table")
        assert len(found.rows) == 2


def test_somebody_nobody_knows_is_refused(store: Store) -> None:
    with pytest.raises(HouseholdRefused, match="no patient 'eve'; it has ada"):
        whose_report(store, "eve", ())
