"""Is every dose of a trip asked once, in its order, never too close, and is home as if nobody had left?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.wire.plan import check_plan
from hub.care.ledger import SlotRecord
from hub.care.people import Household, Interval, Regimen, Step, Trip, TripPolicy, Window
from hub.care.planning import plan_of, planned_slots
from hub.care.schedule import journey_near, local_instant, slots_between
from hub.care.supplying.worksheet import worksheet
from hub.care.travelling.moving import LOOK_BACK, REACH, Dose, least_gap, trips_near
from hub.care.travelling.offsets import lived_instant, offsets
from tests.home_examples import HALF, home, local, regimen

BERLIN, NEW_YORK, LONDON, AUCKLAND = "Europe/Berlin", "America/New_York", "Europe/London", "Pacific/Auckland"
ZONES = [
    BERLIN, NEW_YORK, LONDON, AUCKLAND, "Asia/Tokyo", "Asia/Kathmandu", "Pacific/Honolulu",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "America/St_Johns", "Antarctica/Troll",
    "Africa/Casablanca", "America/Los_Angeles",
]  # fmt: skip
FIRST, LAST = date(2026, 12, 10), date(2026, 12, 20)
ONCE, TWICE = {"08:00": 1.0}, {"08:00": 1.0, "20:00": 1.0}
FOUR_TIMES = dict.fromkeys(("02:00", "08:00", "14:00", "20:00"), 1.0)
NOONS = {"13:00": 1.0}


def trip(
    zone: str = NEW_YORK,
    policy: TripPolicy = "local",
    begins: date = FIRST,
    until: date = LAST,
    *,
    hours: float = 1,
    with_box: bool = True,
) -> Trip:
    """Make a trip of Ada's; `hours` is the step of a shift."""
    shift_ms = round(hours * HOUR_MS) if policy == "shift" else 0
    return Trip(
        patient="ada", begins=begins, until=until, zone=zone, policy=policy, shift_ms=shift_ms,
        with_box=with_box,
    )  # fmt: skip


def away(*trips: Trip, regimens: Sequence[Regimen] = (), zone: str = BERLIN) -> Household:
    """Make Ada's home with her trips."""
    return replace(home(*(regimens or (regimen(TWICE),)), zone=zone), trips=trips)


def slots(household: Household, first: date, last: date, name: str = "aza") -> tuple[SlotRecord, ...]:
    """Return the slots of one of Ada's regimens."""
    return slots_between(household, household.regimens[name], first, last)


def seen(household: Household, zone: str, first: date, last: date) -> list[str]:
    """Write for each slot its date and time, and what the clocks of a zone show when it is due."""
    return [f"{slot.slot[4:]} {local(zone, slot.due_at)}" for slot in slots(household, first, last)]


def hours_apart(found: Sequence[SlotRecord]) -> list[float]:
    """Return the hours between each slot and the next."""
    return [(then.due_at - now.due_at) / HOUR_MS for now, then in pairwise(found)]


def test_on_a_local_trip_a_slot_is_due_when_the_clocks_there_show_its_time() -> None:
    there = seen(away(trip()), NEW_YORK, date(2026, 12, 9), FIRST)
    assert there == [
        "2026-12-09/08:00 2026-12-09 02:00",
        "2026-12-09/20:00 2026-12-09 14:00",
        "2026-12-10/08:00 2026-12-10 08:00",
        "2026-12-10/20:00 2026-12-10 20:00",
    ]


def test_on_the_way_home_to_the_east_the_next_dose_keeps_its_distance_and_the_one_after_is_usual() -> None:
    back = seen(away(trip()), BERLIN, LAST, LAST + timedelta(days=1))
    assert back == [
        "2026-12-20/08:00 2026-12-20 14:00",
        "2026-12-20/20:00 2026-12-21 02:00",
        "2026-12-21/08:00 2026-12-21 08:00",
        "2026-12-21/20:00 2026-12-21 20:00",
    ]


def test_a_dose_that_would_come_at_once_after_another_moves_later_and_the_following_ones_catch_up() -> None:
    household = away(trip(AUCKLAND), zone=LONDON)
    found = slots(household, FIRST - timedelta(days=1), FIRST + timedelta(days=3))
    assert hours_apart(found) == [12, 6, 6, 11, 12, 12, 12, 12, 12]


def test_on_home_time_nothing_moves() -> None:
    span = FIRST - timedelta(days=3), LAST + timedelta(days=3)
    assert slots(away(trip(policy="home")), *span) == slots(away(), *span)


@pytest.mark.parametrize(
    ("policy", "hours", "asked"),
    [
        ("shift", 1, [1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 5, 4, 3, 2, 1, 0, 0]),
        ("shift", 4, [4, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 2, 0, 0, 0, 0, 0, 0]),
        ("local", 0, [6] * 11 + [0] * 7),
        ("home", 0, [0] * 18),
    ],
)
def test_a_shift_moves_by_its_step_a_day_and_back_by_the_same(
    policy: TripPolicy, hours: float, asked: list[int]
) -> None:
    """New York is six hours behind Berlin."""
    trips = (trip(policy=policy, hours=hours),)
    days = [FIRST + timedelta(days=number) for number in range(18)]
    moved = [
        (lived_instant(BERLIN, trips, day, "08:00") - local_instant(BERLIN, day, "08:00")) / HOUR_MS
        for day in days
    ]
    assert moved == asked


def test_a_shift_to_the_east_comes_earlier_each_day() -> None:
    found = slots(away(trip("Asia/Tokyo", "shift", hours=2)), FIRST, FIRST + timedelta(days=5))
    assert [round(gap, 2) for gap in hours_apart(found)[1::2]] == [10, 10, 10, 12, 12]


def test_a_trip_that_is_over_before_the_shift_arrives_turns_round_from_where_it_is() -> None:
    trips = (trip(policy="shift", until=FIRST + timedelta(days=1)),)
    ahead = offsets(BERLIN, trips, "08:00")
    assert [value // HOUR_MS for value in ahead.values()] == [0, -1, 0, 1]


def test_a_change_of_the_clocks_abroad_moves_a_shift_by_no_more_than_its_step() -> None:
    """New York leaves summer time on 1 November 2026, Berlin on 25 October."""
    trips = (trip(policy="shift", begins=date(2026, 10, 20), until=date(2026, 11, 10), hours=0.5),)
    household = away(*trips, regimens=[regimen(ONCE)])
    gaps = hours_apart(slots(household, date(2026, 10, 1), date(2026, 12, 20)))
    assert (min(gaps), max(gaps)) == (23.5, 24.5)


def test_a_trip_that_follows_on_another_starts_where_that_one_left_the_clocks() -> None:
    second = LAST + timedelta(days=1)
    trips = (trip(policy="shift"), trip("Asia/Tokyo", "shift", second, second + timedelta(days=20)))
    ahead = offsets(BERLIN, trips, "08:00")
    assert [ahead[LAST], ahead[second], ahead[second + timedelta(days=1)]] == [
        -5 * HOUR_MS, -4 * HOUR_MS, -3 * HOUR_MS,
    ]  # fmt: skip


def test_a_trip_on_home_time_ends_a_shift_by_its_steps_and_a_local_one_at_once() -> None:
    second = LAST + timedelta(days=1)
    stay = trip(policy="home", begins=second, until=second + timedelta(days=9))
    gently = offsets(BERLIN, (trip(policy="shift"), stay), "08:00")
    at_once = offsets(BERLIN, (trip(policy="local"), stay), "08:00")
    assert [gently[second] // HOUR_MS, gently[stay.until] // HOUR_MS, at_once[second] // HOUR_MS] == [
        -4,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("at_home", "abroad", "due"),
    [
        # The same date would be 23 hours later: a day without any dose.
        (AUCKLAND, "Pacific/Honolulu", "2026-12-09 08:00"),
        # The same date would be 23 hours earlier: two doses in one day.
        ("Pacific/Honolulu", AUCKLAND, "2026-12-11 08:00"),
        (LONDON, AUCKLAND, "2026-12-10 08:00"),
        (BERLIN, "Pacific/Honolulu", "2026-12-10 08:00"),
        ("Asia/Tokyo", NEW_YORK, "2026-12-09 08:00"),
        ("America/Los_Angeles", "Asia/Tokyo", "2026-12-11 08:00"),
    ],
)
def test_over_the_date_line_a_slot_takes_the_nearer_date(at_home: str, abroad: str, due: str) -> None:
    assert local(abroad, lived_instant(at_home, (trip(abroad),), FIRST, "08:00")) == due


def test_no_dose_of_a_trip_is_more_than_a_day_and_a_half_after_the_one_before() -> None:
    for at_home in ZONES:
        for abroad in ZONES:
            household = away(trip(abroad), regimens=[regimen(ONCE)], zone=at_home)
            gaps = hours_apart(slots(household, FIRST - timedelta(days=3), LAST + timedelta(days=5)))
            assert 12 <= min(gaps) <= max(gaps) <= 38, (at_home, abroad)


def test_what_is_taken_every_so_many_hours_does_not_travel() -> None:
    every = Interval(first="08:00", every_ms=8 * HOUR_MS, amount=1)
    spaced = replace(regimen(ONCE), steps=(Step(begins=date(2026, 12, 1), until=None, interval=every),))
    span = FIRST - timedelta(days=3), LAST + timedelta(days=3)
    assert slots(away(trip(), regimens=[spaced]), *span) == slots(away(regimens=[spaced]), *span)


@pytest.mark.parametrize(("one", "other"), [(TWICE, ONCE), (ONCE, TWICE)])
def test_what_is_due_at_one_time_stays_together_though_their_gaps_differ(
    one: dict[str, float], other: dict[str, float]
) -> None:
    """Both lie under one lid: whoever opens it takes both."""
    both = [regimen(one), regimen(other, name="vitamin")]
    household = away(trip(AUCKLAND), regimens=both, zone=LONDON)
    span = FIRST - timedelta(days=3), LAST + timedelta(days=3)
    mornings = [
        [slot.due_at for slot in slots(household, *span, name=name) if slot.slot.endswith("08:00")]
        for name in ("aza", "vitamin")
    ]
    assert mornings[0] == mornings[1]


def test_a_regimen_changed_in_thought_travels_as_it_would_then_be() -> None:
    household = away(trip())
    changed = regimen({"10:00": 1.0})
    found = slots_between(household, changed, FIRST, FIRST)
    assert [local(NEW_YORK, slot.due_at) for slot in found] == ["2026-12-10 10:00"]


def test_a_box_that_stays_at_home_is_asked_nothing_of_these_dates_and_nothing_is_laid_into_it() -> None:
    household = away(trip(policy="home", with_box=False))
    found = slots(household, FIRST - timedelta(days=1), LAST + timedelta(days=1))
    assert [(slot.box, slot.compartment != "") for slot in found] == (
        [("kitchen", True)] * 2 + [("", False)] * 22 + [("kitchen", True)] * 2
    )
    now_ms = local_instant(BERLIN, FIRST - timedelta(days=1), "05:00")
    plan = plan_of(household, "kitchen", planned_slots(household, "ada", now_ms), now_ms)
    assert not {slot.slot[4:14] for slot in plan.slots} & {str(FIRST), str(LAST)}
    laid = {portion.day for portion in worksheet(household, "kitchen", FIRST - timedelta(days=1)).portions}
    assert laid == {FIRST - timedelta(days=1)}


def test_a_window_that_is_still_open_abroad_is_in_the_plan_of_the_next_days() -> None:
    late = regimen({"23:30": 1.0}, window=replace(HALF, closes_ms=22 * HOUR_MS))
    household = away(trip("Pacific/Honolulu"), regimens=[late])
    [slot] = slots(household, FIRST, FIRST)
    for day in range(1, 4):
        now_ms = local_instant(BERLIN, FIRST + timedelta(days=day), "03:00")
        plan = plan_of(household, "kitchen", planned_slots(household, "ada", now_ms), now_ms)
        assert (slot.slot in {one.slot for one in plan.slots}) or slot.closes_at <= now_ms, day


def test_a_least_gap_as_long_as_the_interval_never_finds_the_way_back() -> None:
    strict = regimen(ONCE, window=replace(HALF, least_gap_ms=24 * HOUR_MS))
    household = away(trip(), regimens=[strict])
    assert journey_near(household, strict, FIRST, LAST).astray == {"aza"}
    ended = replace(strict, steps=(replace(strict.steps[0], until=LAST),))
    assert journey_near(away(trip(), regimens=[ended]), ended, FIRST, LAST).astray == frozenset()


def test_trips_of_others_and_of_other_years_do_not_matter() -> None:
    others = replace(trip(), patient="somebody")
    assert trips_near((others,), "ada", FIRST, LAST) == ()
    assert trips_near((trip(),), "ada", FIRST - LOOK_BACK - timedelta(days=1), FIRST - LOOK_BACK) == (trip(),)
    assert trips_near((trip(),), "ada", LAST + REACH + timedelta(days=1), date(2030, 1, 1)) == ()


policies: st.SearchStrategy[TripPolicy] = st.sampled_from(get_args(TripPolicy))
times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 30]))
starts = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@st.composite
def journeys(draw: st.DrawFn) -> tuple[Trip, ...]:
    """Draw one to three trips of a patient that do not overlap."""
    found = []
    begins = draw(starts)
    for _ in range(draw(st.integers(1, 3))):
        until = begins + timedelta(days=draw(st.integers(0, 40)))
        hours = draw(st.sampled_from([0.25, 1, 2.5, 4]))
        found.append(trip(draw(st.sampled_from(ZONES)), draw(policies), begins, until, hours=hours))
        begins = until + timedelta(days=draw(st.integers(1, 30)))
    return tuple(found)


@st.composite
def regimens(draw: st.DrawFn) -> Regimen:
    """Draw a regimen of one to four times a day, with or without a least gap."""
    chosen = sorted(draw(st.sets(times, min_size=1, max_size=4)))
    gap_ms = draw(st.sampled_from([0, HOUR_MS]))
    return regimen(dict.fromkeys(chosen, 1.0), window=replace(HALF, least_gap_ms=gap_ms))


def span_of(trips: tuple[Trip, ...]) -> tuple[date, date]:
    return trips[0].begins - timedelta(days=12), trips[-1].until + REACH + timedelta(days=5)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), journeys(), regimens())
@example(BERLIN, (trip(),), regimen(TWICE))
@example(LONDON, (trip(AUCKLAND),), regimen(ONCE))
def test_no_gap_is_below_the_rule_and_the_order_is_kept(
    zone: str, trips: tuple[Trip, ...], prescribed: Regimen
) -> None:
    first, last = span_of(trips)
    at_home = slots(away(regimens=[prescribed], zone=zone), first, last)
    abroad = {slot.slot: slot for slot in slots(away(*trips, regimens=[prescribed], zone=zone), first, last)}
    assert abroad.keys() == {slot.slot for slot in at_home}
    for now, then in pairwise(at_home):
        usual_ms = then.due_at - now.due_at
        rule_ms = min(usual_ms, max(usual_ms // 2, prescribed.window.least_gap_ms))
        assert abroad[then.slot].due_at - abroad[now.slot].due_at >= rule_ms, then.slot


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ZONES), journeys(), regimens())
def test_each_slot_exists_once_and_outside_of_the_trip_all_is_as_at_home(
    zone: str, trips: tuple[Trip, ...], prescribed: Regimen
) -> None:
    first, last = span_of(trips)
    at_home = slots(away(regimens=[prescribed], zone=zone), first, last)
    abroad = slots(away(*trips, regimens=[prescribed], zone=zone), first, last)
    names = [slot.slot for slot in abroad]
    assert len(names) == len(set(names))
    # One day before a trip its last window may close earlier, because of the first dose abroad.
    before, after = trips[0].begins - timedelta(days=1), trips[-1].until + REACH
    for usual, found in zip(at_home, sorted(abroad, key=lambda slot: names.index(slot.slot)), strict=True):
        day = date.fromisoformat(usual.slot[4:14])
        if day < before or day > after:
            assert usual == found


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(ZONES), journeys(), regimens(), st.data())
def test_asking_day_by_day_gives_the_same_as_asking_for_all_days(
    zone: str, trips: tuple[Trip, ...], prescribed: Regimen, data: st.DataObject
) -> None:
    household = away(*trips, regimens=[prescribed], zone=zone)
    first, last = span_of(trips)
    whole = {slot.slot: slot for slot in slots(household, first, last)}
    for number in data.draw(st.lists(st.integers(0, (last - first).days), max_size=25)):
        day = first + timedelta(days=number)
        for slot in slots(household, day, day):
            assert slot == whole[slot.slot]


def crowded(asked: dict[str, float], zone: str, *trips: Trip) -> Household:
    """Make a home where much lies under one lid; its windows are as wide as home allows."""
    wide = Window(opens_ms=-2 * HOUR_MS, late_ms=HOUR_MS, closes_ms=2 * HOUR_MS + 59 * MINUTE_MS)
    tight = Window(opens_ms=-2 * HOUR_MS, late_ms=0, closes_ms=59 * MINUTE_MS)
    listed = dict.fromkeys(asked, "a2") if len(asked) == 4 else None
    return away(
        *trips,
        regimens=[
            regimen(asked, box="hall" if listed else "kitchen", compartments=listed, remind=(0,)),
            regimen(ONCE, name="vitamin", remind=(0,)),
            regimen(TWICE, name="one", box="hall", compartments=dict.fromkeys(TWICE, "a1"), window=wide),
            regimen(NOONS, name="other", box="hall", compartments={"13:00": "a1"}, window=tight, remind=(0,)),
        ],
        zone=zone,
    )


def refuse_no_plan(household: Household, zone: str, day: date) -> None:
    now_ms = local_instant(zone, day, "12:00")
    for box in ("kitchen", "hall"):
        check_plan(plan_of(household, box, planned_slots(household, "ada", now_ms), now_ms))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ZONES), journeys(), st.sampled_from([ONCE, TWICE, FOUR_TIMES]), st.data())
def test_every_plan_of_a_trip_can_be_witnessed(
    zone: str, trips: tuple[Trip, ...], asked: dict[str, float], data: st.DataObject
) -> None:
    household = crowded(asked, zone, *trips)
    first, last = span_of(trips)
    for number in data.draw(st.lists(st.integers(0, (last - first).days), min_size=1, max_size=8)):
        refuse_no_plan(household, zone, first + timedelta(days=number))


@pytest.mark.parametrize("at_home", ZONES)
def test_there_and_back_between_any_two_zones_can_be_witnessed(at_home: str) -> None:
    for abroad in ZONES:
        household = crowded(TWICE, at_home, trip(abroad))
        refuse_no_plan(household, at_home, FIRST - timedelta(days=1))


def test_a_least_gap_outranks_half_of_the_interval_and_never_the_interval_itself() -> None:
    dose = Dose(
        regimen="aza", day=FIRST, time="20:00", home_ms=12 * HOUR_MS, is_timed=True, lid="", least_gap_ms=0
    )
    asked = [0, 8 * HOUR_MS, 13 * HOUR_MS]
    assert [least_gap(0, replace(dose, least_gap_ms=least)) // HOUR_MS for least in asked] == [6, 8, 12]
