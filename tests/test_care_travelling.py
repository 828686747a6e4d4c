"""Does the patient read the time of where they are, and everybody at home that of home?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from controller.wire.instants import HOUR_MS
from hub.care.happenings import HouseholdChanged
from hub.care.people import Household, Trip, TripPolicy
from tests.care_days import EVENING, MORNING, Keeper, at, household


def away(
    policy: TripPolicy, *, begins: int = 23, until: int = 26, zone: str = "America/New_York", box: bool = True
) -> Household:
    """Return Ada's home in London with a trip in November."""
    shift_ms = 2 * HOUR_MS if policy == "shift" else 0
    trip = Trip(
        patient="ada", begins=date(2026, 11, begins), until=date(2026, 11, until), zone=zone, policy=policy,
        shift_ms=shift_ms, with_box=box, by="bea",
    )  # fmt: skip
    return replace(household(), trips=(trip,))


def said_to(keeper: Keeper, who: str) -> list[tuple[str, int]]:
    return [(one.title, one.made_at) for one in keeper.messages if one.to == who]


@pytest.mark.parametrize(
    ("policy", "title", "due"),
    [
        ("home", "08:00: please look at your box", at("08:00")),
        ("local", "08:00: please look at your box", at("13:00")),
        ("shift", "05:00: please look at your box", at("10:00")),
    ],
)
def test_the_phone_names_the_time_of_where_the_patient_is(policy: TripPolicy, title: str, due: int) -> None:
    keeper = Keeper(away(policy))
    keeper.live(at("06:00"))
    keeper.live(due)
    assert said_to(keeper, "ada") == [(title, due)]


def test_after_the_trip_the_phone_is_at_home_again() -> None:
    keeper = Keeper(away("shift", begins=20, until=22))
    keeper.live(at("06:00"))
    keeper.live(at("14:00"))
    # London to New York by two hours a day is five behind after three days; two are back by the 23rd.
    assert said_to(keeper, "ada")[0] == ("11:00: please look at your box", at("11:00"))


def test_caregivers_read_the_time_at_home() -> None:
    keeper = Keeper(away("local"))
    keeper.live(at("06:00"))
    keeper.live(at("18:00"))
    assert keeper.slots[MORNING].outcome == "unconfirmed"
    assert {title for title, _ in said_to(keeper, "bea")} == {"13:00 on 23 November: no word from the box"}


def test_what_the_box_at_home_cannot_see_is_unobserved_and_never_missed() -> None:
    keeper = Keeper(away("home", box=False))
    keeper.live(at("06:00"))
    assert {slot.slot[-16:-6] for slot in keeper.plans[0].plan.slots} == {
        f"2026-{day}" for day in ("11-27", "11-28", "11-29", "11-30", *(f"12-0{n}" for n in range(1, 8)))
    }
    keeper.live(at("13:00"))
    found = keeper.slots[MORNING]
    assert (found.outcome, found.because, found.box) == ("unobserved", "not_in_box", "")


def test_a_trip_that_is_entered_takes_the_slots_of_its_dates_out_of_the_box_and_gives_them_back() -> None:
    keeper = Keeper(household())
    keeper.live(at("06:00"))
    keeper.do(HouseholdChanged(at=at("09:00"), household=away("home", box=False)))
    assert EVENING not in {slot.slot for slot in keeper.plans[-1].plan.slots}
    keeper.do(HouseholdChanged(at=at("10:00"), household=household()))
    assert EVENING in {slot.slot for slot in keeper.plans[-1].plan.slots}
    assert keeper.slots[EVENING].box == "kitchen"


def test_a_whole_trip_there_and_back_decides_each_slot_once() -> None:
    keeper = Keeper(away("local", zone="Pacific/Auckland", begins=24, until=27))
    keeper.live(at("06:00"))
    keeper.live(at("23:00", 29), every_ms=HOUR_MS)
    decided = [note.slot for note in keeper.notes]
    assert len(decided) == len(set(decided))
    assert decided == sorted(decided)
    assert len(decided) == 13


def test_nobody_is_alerted_for_each_dose_of_a_trip_on_which_the_box_was_left_at_home() -> None:
    """It was about a quarter of all alerts of a simulated year, and told people what they had entered."""
    keeper = Keeper(away("home", box=False))
    keeper.live(at("06:00"))
    keeper.live(at("23:00", 26), every_ms=HOUR_MS)
    assert {note.because for note in keeper.notes} == {"not_in_box"}
    assert [alert.kind for alert in keeper.alerts.values() if alert.kind.startswith("dose.")] == []
    assert said_to(keeper, "ada"), "the phone reminds of them"
    keeper.live(at("14:30", 27), every_ms=HOUR_MS)
    assert [alert.kind for alert in keeper.alerts.values() if alert.kind.startswith("dose.")] == [
        "dose.unconfirmed"
    ], "back home the box is asked again"


def test_what_always_lies_in_no_box_is_still_asked_for_on_a_trip() -> None:
    home = away("home", box=False)
    injection = replace(home.regimens["azathioprine"], box=None)
    keeper = Keeper(replace(home, regimens={"azathioprine": injection}))
    keeper.live(at("06:00"))
    keeper.live(at("13:00"))
    assert keeper.alert("dose.unobserved").condition == f"dose.unobserved {MORNING}"
