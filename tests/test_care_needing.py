"""Does the hub plan what is taken as needed, and keep every intake of it once, wherever it came from?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from controller.wire.events import DoseAsNeeded, DoseExtra
from controller.wire.instants import HOUR_MS
from controller.wire.plan import Intake, Plan, PlannedAsNeeded, check_plan
from controller.wire.topics import message_json
from hub.care.entries import AsNeededTaken, BoxFilled, EntryUndone, ExtraAnswered, Fact, TabletsCounted
from hub.care.happenings import EntryMade, HouseholdChanged
from hub.care.people import AsNeeded, Box, Hold, Household, Regimen, Step
from hub.care.planning import plan_of, planned_slots
from hub.care.supplying.intakes import intakes_of
from hub.care.supplying.moves import stock_of
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.care_days import WEEK, Keeper, at, household, regimen

NEED = AsNeeded(amount=1.0, least_gap_ms=4 * HOUR_MS, most_a_day=3.0, reason="pain", compartment="prn")
PAIN = Regimen(
    id="pain",
    patient="ada",
    box="kitchen",
    medicine="azathioprine-50mg-tablet",
    window=regimen().window,
    remind_ms=(),
    steps=(Step(begins=date(2026, 11, 24), until=None, as_needed=NEED),),
)


def home(pain: Regimen = PAIN, zone: str = "Europe/London") -> Household:
    known = household(regimens=[regimen(), pain])
    ada = replace(known.patients["ada"], timezone=zone)
    box = Box(id="kitchen", patient="ada", layout="7x2", compartments=(*WEEK, "prn"))
    return replace(known, patients={"ada": ada}, boxes={"kitchen": box})


def plan(known: Household, now_ms: int) -> Plan:
    made = plan_of(known, "kitchen", planned_slots(known, "ada", now_ms), now_ms)
    check_plan(made)
    return made


def seen(opened_at: int) -> DoseAsNeeded:
    return DoseAsNeeded(
        regimen="pain", compartment="prn", medicine="azathioprine-50mg-tablet", amount=1.0, evidence="lid",
        because="lid_opened", opened_at=opened_at,
    )  # fmt: skip


def newest(keeper: Keeper) -> PlannedAsNeeded:
    (need,) = keeper.plans[-1].plan.as_needed or ()
    return need


def wrote(keeper: Keeper, instant: int, fact: Fact) -> str:
    entry = entry_of("ada", fact, by="bea", at_ms=instant)
    keeper.do(EntryMade(at=instant, entry=entry))
    return entry.entry


@pytest.fixture
def keeper() -> Keeper:
    keeper = Keeper(home())
    keeper.live(at("08:00", 24))
    return keeper


def test_it_is_planned_in_the_patients_days_with_its_rule() -> None:
    made = plan(home(), at("12:00"))
    (need,) = made.as_needed or ()
    assert (need.regimen, need.compartment, need.amount) == ("pain", "prn", 1.0)
    assert (need.least_gap_ms, need.most_a_day, need.taken) == (4 * HOUR_MS, 3.0, ())
    assert need.begins_at == at("03:00", 24)
    assert need.ends_at == (made.day_starts_at or ())[-1] > made.until
    assert (made.day_starts_at or ())[:2] == (at("03:00", 22), at("03:00", 23))


def test_a_home_without_it_has_the_plan_it_always_had() -> None:
    made = plan(household(), at("12:00"))
    assert (made.as_needed, made.watch) == (None, None)
    assert "as_needed" not in message_json(made)


def test_a_hold_or_another_step_divides_it() -> None:
    hold = Hold(begins=date(2026, 11, 26), until=date(2026, 11, 27), by="Dr", why="infection")
    first = Step(begins=date(2026, 11, 24), until=date(2026, 11, 29), as_needed=NEED)
    then = Step(begins=date(2026, 11, 30), until=None, as_needed=replace(NEED, most_a_day=2.0))
    needs = plan(home(replace(PAIN, steps=(first, then), holds=(hold,))), at("12:00", 24)).as_needed or ()
    assert [(need.begins_at, need.most_a_day) for need in needs] == [
        (at("03:00", 24), 3.0), (at("03:00", 28), 3.0), (at("03:00", 30), 2.0),
    ]  # fmt: skip
    assert [need.ends_at for need in needs][:2] == [at("03:00", 26), at("03:00", 30)]


def test_a_day_of_25_hours_begins_an_hour_later_in_utc() -> None:
    known = home(replace(PAIN, steps=(Step(begins=date(2026, 10, 1), until=None, as_needed=NEED),)))
    starts = plan(known, at("12:00") - 30 * 24 * HOUR_MS).day_starts_at or ()
    assert {later - earlier for earlier, later in pairwise(starts)} == {24 * HOUR_MS, 25 * HOUR_MS}


def test_what_lies_in_no_compartment_is_not_planned() -> None:
    step = Step(begins=date(2026, 11, 24), until=None, as_needed=replace(NEED, compartment=None))
    assert plan(home(replace(PAIN, steps=(step,))), at("12:00", 24)).as_needed is None


def test_an_intake_at_the_lid_is_kept_and_goes_into_the_next_plan(keeper: Keeper) -> None:
    keeper.send(at("09:00", 24), seen(at("09:00", 24)))
    assert [entry.fact for entry in keeper.entries] == [
        AsNeededTaken(regimen="pain", amount=1.0, taken_at=at("09:00", 24), box="kitchen", compartment="prn")
    ]
    assert newest(keeper).taken == (Intake(at=at("09:00", 24), amount=1.0),)
    assert keeper.alerts == {}


def test_what_a_person_states_and_undoes_goes_into_the_plan_at_once(keeper: Keeper) -> None:
    entry = wrote(keeper, at("09:00", 24), AsNeededTaken(regimen="pain", amount=2, taken_at=at("08:30", 24)))
    assert newest(keeper).taken == (Intake(at=at("08:30", 24), amount=2.0),)
    wrote(keeper, at("09:10", 24), EntryUndone(entry=entry))
    assert newest(keeper).taken == ()


def test_what_was_taken_in_spite_of_the_warning_counts(keeper: Keeper) -> None:
    fact = ExtraAnswered(
        box="kitchen", compartment="prn", opened_at=at("09:00", 24), answer="took", regimen="pain"
    )
    wrote(keeper, at("09:05", 24), fact)
    assert newest(keeper).taken == (Intake(at=at("09:00", 24), amount=1.0),)


def test_what_is_long_over_leaves_the_plan(keeper: Keeper) -> None:
    keeper.send(at("09:00", 24), seen(at("09:00", 24)))
    keeper.live(at("08:00", 26))
    assert newest(keeper).taken == ()


def test_a_hub_that_was_restarted_still_knows_it(keeper: Keeper) -> None:
    keeper.send(at("09:00", 24), seen(at("09:00", 24)))
    again = keeper.restarted()
    again.do(HouseholdChanged(at=at("10:00", 24), household=home()))
    again.send(at("13:00", 24), seen(at("13:00", 24)))
    assert [one.at for one in newest(again).taken] == [at("09:00", 24), at("13:00", 24)]


def test_the_supply_takes_it_out_of_its_compartment(keeper: Keeper) -> None:
    wrote(keeper, at("08:10", 24), TabletsCounted(regimen="pain", tablets=10))
    wrote(keeper, at("08:20", 24), BoxFilled(box="kitchen", compartments={"prn": {"pain": 4}}))
    keeper.send(at("09:00", 24), seen(at("09:00", 24)))
    stock = stock_of(
        keeper.ledger.household, PAIN, keeper.ledger.entries, intakes_of(keeper.ledger.entries, ())
    )
    assert stock.all_eighths == 9 * 8


@pytest.mark.parametrize(
    ("because", "sentence"),
    [
        ("daily_most", "The most that may be taken of it in a day had been taken."),
        ("too_soon", "The time that must lie between two of it is not over."),
    ],
)
def test_what_was_warned_of_is_told_as_it_was_seen(keeper: Keeper, because: str, sentence: str) -> None:
    extra = DoseExtra(
        compartment="prn", evidence="lid", because=because, opened_at=at("09:00", 24), regimen="pain"
    )
    keeper.send(at("09:00", 24), extra)
    assert sentence in keeper.alert("dose.extra").body


def test_an_intake_is_stored_as_taken_in(keeper: Keeper) -> None:
    keeper.send(at("09:00", 24), seen(at("09:00", 24)))
    store = open_store(None)
    with store.transaction():
        store.apply(keeper.entries)
        store.apply(keeper.entries)
    assert store.entries_waiting() == []
    assert store.load(home(), "ada", at("09:00", 24)).entries == tuple(keeper.entries)
    store.close()
