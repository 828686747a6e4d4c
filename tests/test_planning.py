"""Does a box always hold a plan it can witness, and is it only told again when something changed?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Cue, Plan, check_plan
from controller.wire.shape import MESSAGE_BYTES_MAX
from controller.wire.topics import message_json, read_message, topic_of
from hub.care.ledger import SlotRecord
from hub.care.people import Hold, Household, Patient, Step
from hub.care.planning import (
    GENTLE_TO_INSISTENT,
    next_planning_at,
    plan_of,
    planned_slots,
    strictest_limits,
)
from hub.care.schedule import care_day, local_instant
from hub.household import parse_household
from hub.household.prescriptions import CLOSES_MAX_MS
from tests.home_examples import COLD, EXAMPLE_TEXT, HALF, WARM, at, home, ids, regimen, tablet, text_of

NOON = at("2026-11-23T12:00:00Z")
TWICE = home(regimen({"08:00": 1, "20:00": 0.5}))


def plan_at(household: Household, now_ms: int, box: str = "kitchen") -> Plan:
    return plan_of(household, box, planned_slots(household, "ada", now_ms), now_ms)


def days_of(slots: tuple[SlotRecord, ...]) -> list[str]:
    return sorted({slot.slot.split("/")[1] for slot in slots})


def test_a_plan_reaches_from_yesterday_to_a_fortnight_ahead() -> None:
    days = days_of(planned_slots(TWICE, "ada", NOON))
    assert (days[0], days[-1], len(days)) == ("2026-11-22", "2026-12-07", 16)


def test_a_window_still_open_in_the_small_hours_is_still_planned() -> None:
    """The slot of 20:00 closes at 02:00; at 01:00 it must not have left the plan."""
    night = at("2026-11-24T01:00:00Z")
    still_open = [slot for slot in plan_at(TWICE, night).slots if slot.opens_at <= night <= slot.closes_at]
    assert [slot.slot for slot in still_open] == ["aza/2026-11-23/20:00"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
    st.integers(0, 3 * 365 * 24 * 60),
    st.sampled_from(["00:00", "03:00", "12:00", "23:30"]),
)
def test_no_slot_whose_window_is_open_is_ever_left_out(zone: str, minutes: int, starts: str) -> None:
    """The longest windows that a household may have."""
    window = replace(HALF, opens_ms=-DAY_MS, closes_ms=CLOSES_MAX_MS)
    prescribed = regimen({"00:00": 1, "08:00": 1, "23:59": 1}, window=window)
    household = home(prescribed, zone=zone, day_starts=starts)
    now_ms = at("2026-01-01T00:00:00Z") + minutes * MINUTE_MS
    wide = [
        slot
        for days in range(-3, 4)
        for slot in planned_slots(household, "ada", now_ms + days * DAY_MS)
        if slot.opens_at <= now_ms < slot.closes_at
    ]
    assert {slot.slot for slot in wide} <= set(ids(planned_slots(household, "ada", now_ms)))


def test_slots_come_by_due_time_and_then_by_name() -> None:
    household = home(regimen({"20:00": 1}, name="bee"), regimen({"20:00": 1, "08:00": 1}, name="aza"))
    found = ids(planned_slots(household, "ada", NOON))
    assert found[:4] == [
        "aza/2026-11-22/08:00",
        "aza/2026-11-22/20:00",
        "bee/2026-11-22/20:00",
        "aza/2026-11-23/08:00",
    ]


def test_only_the_patients_own_regimens_are_planned() -> None:
    other = replace(regimen({"08:00": 1}, name="bee"), patient="cem")
    household = home(regimen({"08:00": 1}), other)
    patients = {**household.patients, "cem": Patient(id="cem", name="Cem", timezone="Asia/Tokyo")}
    household = replace(household, patients=patients)
    assert {slot.regimen for slot in planned_slots(household, "ada", NOON)} == {"aza"}
    assert {slot.patient for slot in planned_slots(household, "cem", NOON)} == {"cem"}


def test_a_patient_who_left_the_household_is_planned_nothing_and_asked_about_again() -> None:
    assert planned_slots(TWICE, "nobody", NOON) == ()
    assert text_of(next_planning_at(TWICE, "nobody", NOON)) == "2026-11-24T03:00Z"


@pytest.mark.parametrize(
    ("zone", "starts", "now", "expected"),
    [
        ("Europe/London", "03:00", "2026-11-23T02:59:59.999Z", "2026-11-23T03:00Z"),
        ("Europe/London", "03:00", "2026-11-23T03:00:00.000Z", "2026-11-24T03:00Z"),
        ("Europe/London", "03:00", "2026-03-28T12:00:00Z", "2026-03-29T02:00Z"),
        ("Europe/London", "03:00", "2026-10-24T12:00:00Z", "2026-10-25T03:00Z"),
        # Days that start in the gap start when it has passed.
        ("America/New_York", "02:30", "2026-03-08T05:00:00Z", "2026-03-08T07:30Z"),
        ("America/New_York", "02:30", "2026-03-08T07:30:00Z", "2026-03-09T06:30Z"),
        # Days that start in the hour that comes twice start once.
        ("America/New_York", "01:30", "2026-11-01T05:00:00Z", "2026-11-01T05:30Z"),
        ("America/New_York", "01:30", "2026-11-01T05:30:00Z", "2026-11-02T06:30Z"),
        ("Australia/Lord_Howe", "02:15", "2026-10-03T12:00:00Z", "2026-10-03T15:45Z"),
        ("Africa/Cairo", "00:00", "2026-04-23T12:00:00Z", "2026-04-23T22:00Z"),
        ("Pacific/Apia", "03:00", "2011-12-30T00:00:00Z", "2011-12-30T13:00Z"),
    ],
)
def test_the_next_planning_is_when_the_patients_next_day_starts(
    zone: str, starts: str, now: str, expected: str
) -> None:
    household = home(regimen({"08:00": 1}), zone=zone, day_starts=starts)
    assert text_of(next_planning_at(household, "ada", at(now))) == expected


@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]
)
@pytest.mark.parametrize("starts", ["00:00", "01:30", "02:30", "03:00"])
def test_every_day_of_two_years_is_planned_once_and_in_turn(zone: str, starts: str) -> None:
    household = home(regimen({"08:00": 1}), zone=zone, day_starts=starts)
    now_ms = local_instant(zone, date(2026, 1, 1), starts)
    for number in range(1, 731):
        later_ms = next_planning_at(household, "ada", now_ms)
        assert 23 * HOUR_MS - HOUR_MS <= later_ms - now_ms <= 25 * HOUR_MS
        assert care_day(zone, starts, later_ms) == date(2026, 1, 1) + timedelta(days=number)
        now_ms = later_ms


def test_a_plan_says_what_its_slots_say() -> None:
    slots = planned_slots(TWICE, "ada", NOON)
    plan = plan_of(TWICE, "kitchen", slots, NOON)
    assert (plan.box, plan.made_at, text_of(plan.until)) == ("kitchen", NOON, "2026-12-08T00:00Z")
    assert [one.slot for one in plan.slots] == ids(slots)
    for one, slot in zip(plan.slots, slots, strict=True):
        assert (one.opens_at, one.due_at, one.late_at, one.closes_at) == (
            slot.opens_at,
            slot.due_at,
            slot.late_at,
            slot.closes_at,
        )
        assert (one.compartment, one.amounts, one.remind_at) == (
            slot.compartment,
            slot.amounts,
            slot.remind_at,
        )


def test_the_plan_ends_with_the_patients_last_planned_day() -> None:
    assert text_of(plan_at(home(regimen({"08:00": 1}), zone="Asia/Tokyo"), NOON).until) == "2026-12-07T15:00Z"
    cairo = home(regimen({"08:00": 1}), zone="Africa/Cairo")
    # The midnight after the last day, 23 April, does not exist there.
    assert text_of(plan_at(cairo, at("2026-04-09T12:00:00Z")).until) == "2026-04-23T22:00Z"


def test_an_unchanged_plan_keeps_its_id_all_day_and_not_longer() -> None:
    day = [plan_at(TWICE, at("2026-11-23T03:00:00Z") + hour * HOUR_MS).plan for hour in range(25)]
    assert len(set(day[:24])) == 1
    assert day[24] != day[0]
    assert day[0].startswith("p-")


def test_a_plan_without_slots_is_renewed_every_day_all_the_same() -> None:
    """Else a box in a long hold would one day say that its plan has run out."""
    hold = Hold(begins=date(2026, 1, 1), until=None, by="clinic", why="infection")
    held = home(regimen({"08:00": 1}, holds=(hold,)))
    today, tomorrow = plan_at(held, NOON), plan_at(held, NOON + DAY_MS)
    assert (today.slots, tomorrow.slots) == ((), ())
    assert today.plan != tomorrow.plan
    assert tomorrow.until == today.until + DAY_MS


def test_whatever_the_box_must_know_changes_the_id() -> None:
    known = plan_at(TWICE, NOON).plan
    prescribed = regimen({"08:00": 1, "20:00": 0.5})
    changes = [
        home(regimen({"08:00": 1, "20:00": 1})),
        home(regimen({"08:00": 1, "20:30": 0.5})),
        home(regimen({"08:00": 1, "20:00": 0.5}, remind=(0, 30))),
        home(regimen({"08:00": 1, "20:00": 0.5}, name="bee")),
        home(replace(prescribed, window=replace(HALF, opens_ms=-30 * MINUTE_MS))),
        home(replace(prescribed, window=replace(HALF, late_ms=30 * MINUTE_MS))),
        home(replace(prescribed, window=replace(HALF, closes_ms=2 * HOUR_MS))),
        home(replace(prescribed, window=replace(HALF, least_gap_ms=4 * HOUR_MS))),
        home(prescribed, zone="Europe/Paris"),
        home(prescribed, medicines=(tablet("tablet", WARM),)),
        replace(TWICE, cues=(Cue(light="steady", sound="none"),)),
    ]
    found = [plan_at(household, NOON).plan for household in changes]
    assert len({known, *found}) == len(changes) + 1


def test_a_plan_says_how_long_the_next_dose_waits_after_the_last() -> None:
    waiting = regimen({"08:00": 1, "20:00": 0.5}, window=replace(HALF, least_gap_ms=4 * HOUR_MS))
    assert {slot.least_gap_ms for slot in plan_at(home(waiting), NOON).slots} == {4 * HOUR_MS}
    assert {slot.least_gap_ms for slot in plan_at(TWICE, NOON).slots} == {None}


def test_the_order_in_which_slots_are_given_changes_nothing() -> None:
    slots = planned_slots(TWICE, "ada", NOON)
    assert plan_of(TWICE, "kitchen", reversed(slots), NOON) == plan_of(TWICE, "kitchen", slots, NOON)


def settled(slots: tuple[SlotRecord, ...], **changes: object) -> tuple[SlotRecord, ...]:
    """Return the slots with something changed in that of today at 20:00."""
    return tuple(
        replace(slot, **changes) if slot.slot == "aza/2026-11-23/20:00" else slot  # type: ignore[arg-type]  # fields by name
        for slot in slots
    )


@pytest.mark.parametrize(
    ("changes", "watched"),
    [
        ({"status": "held"}, False),
        ({"status": "withdrawn"}, False),
        ({"outcome": "skipped", "evidence": "caregiver", "because": "declared"}, False),
        ({"outcome": "self_reported", "evidence": "caregiver", "because": "declared"}, False),
        ({"outcome": "self_reported", "evidence": "button", "because": "declared"}, False),
        # Of what another box has seen it knows nothing.
        ({"outcome": "taken", "evidence": "lid", "because": "taken_at_other_box"}, False),
        # What the box itself witnessed it already knows: its plan must not change under it.
        ({"outcome": "self_reported", "evidence": "button"}, True),
        ({"outcome": "taken", "evidence": "lid"}, True),
        ({"outcome": "unconfirmed"}, True),
        ({"outcome": None, "evidence": "caregiver"}, True),
    ],
)
def test_only_what_is_still_to_be_watched_is_in_the_plan(changes: dict[str, object], watched: bool) -> None:
    slots = settled(planned_slots(TWICE, "ada", NOON), **changes)
    plan = plan_of(TWICE, "kitchen", slots, NOON)
    assert ("aza/2026-11-23/20:00" in [slot.slot for slot in plan.slots]) is watched


def test_held_days_are_known_to_the_hub_and_not_to_the_box() -> None:
    hold = Hold(begins=date(2026, 11, 24), until=date(2026, 11, 30), by="clinic", why="infection")
    household = home(regimen({"08:00": 1}, holds=(hold,)))
    slots = planned_slots(household, "ada", NOON)
    assert sum(slot.status == "held" for slot in slots) == 7
    assert len(plan_at(household, NOON).slots) == 16 - 7


def test_a_box_is_told_of_its_own_slots_and_of_no_others() -> None:
    household = home(
        regimen({"08:00": 1}), regimen({"09:00": 1}, name="bee", box="hall", compartments={"09:00": "a1"})
    )
    slots = planned_slots(household, "ada", NOON)
    for box, name in (("kitchen", "aza"), ("hall", "bee")):
        assert {slot.slot.split("/")[0] for slot in plan_of(household, box, slots, NOON).slots} == {name}


def test_slots_of_days_long_past_are_left_out() -> None:
    """A ledger keeps decided slots for days; a plan made from it must be the one made anew."""
    old = planned_slots(TWICE, "ada", NOON - 5 * DAY_MS)
    new = planned_slots(TWICE, "ada", NOON)
    both = {slot.slot: slot for slot in (*old, *new)}
    assert plan_of(TWICE, "kitchen", both.values(), NOON) == plan_of(TWICE, "kitchen", new, NOON)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_box_of_the_first_version_can_read_the_whole_plan(sealed: bool) -> None:
    """It refuses a plan with one measure in `limits` that it does not know, and reminds of nothing then."""
    known = {"temperature_c", "humidity_pct", "dew_gap_k", "silence"}
    household = parse_household(EXAMPLE_TEXT)
    box = replace(household.boxes["kitchen"], sealed=sealed)
    plan = plan_at(replace(household, boxes={"kitchen": box}), NOON)
    assert {limit.measure for limit in plan.limits} == known
    later = {limit.measure for limit in plan.more_limits or ()}
    assert later == ({"light_pct", "vapour_hpa"} if sealed else {"light_pct"})


def test_a_box_that_left_the_household_gets_an_empty_plan() -> None:
    plan = plan_of(TWICE, "attic", planned_slots(TWICE, "ada", NOON), NOON)
    assert (plan.slots, plan.limits) == ((), ())


def test_reminders_grow_from_gentle_to_insistent_unless_the_home_says_otherwise() -> None:
    assert plan_at(TWICE, NOON).cues == GENTLE_TO_INSISTENT
    assert (GENTLE_TO_INSISTENT[0].sound, GENTLE_TO_INSISTENT[-1].sound) == ("chime", "insistent")
    quiet = (Cue(light="steady", sound="none"),)
    assert plan_at(replace(TWICE, cues=quiet), NOON).cues == quiet


FIRST, LAST = date(2026, 11, 22), date(2026, 12, 7)


def test_two_medicines_in_one_box_are_kept_as_the_stricter_one_asks() -> None:
    warm = replace(WARM, limit=30.0, clear=23.0, dwell_ms=5, clear_dwell_ms=9)
    cold = replace(COLD, limit=18.0, clear=15.5, dwell_ms=10**9, clear_dwell_ms=1)
    household = home(
        regimen({"08:00": 1}, medicine="one"),
        regimen({"08:00": 1}, name="bee", medicine="two"),
        medicines=(tablet("one", WARM, COLD), tablet("two", warm, cold)),
    )
    found = {limit.rule: limit for limit in strictest_limits(household, "kitchen", FIRST, LAST)}
    assert (found["warm"].limit, found["warm"].clear) == (25.0, 23.0)
    assert (found["warm"].dwell_ms, found["warm"].clear_dwell_ms) == (5, WARM.clear_dwell_ms)
    assert (found["cold"].limit, found["cold"].clear) == (18.0, 16.0)
    assert (found["cold"].dwell_ms, found["cold"].clear_dwell_ms) == (COLD.dwell_ms, COLD.clear_dwell_ms)


@given(st.floats(20, 40), st.floats(20, 40), st.floats(0, 5), st.floats(0, 5))
def test_the_stricter_of_two_limits_still_clears_on_its_safe_side(
    one: float, other: float, gap_one: float, gap_other: float
) -> None:
    household = home(
        regimen({"08:00": 1}, medicine="one"),
        regimen({"08:00": 1}, name="bee", medicine="two"),
        medicines=(
            tablet("one", replace(WARM, limit=one, clear=one - gap_one)),
            tablet("two", replace(WARM, limit=other, clear=other - gap_other)),
        ),
    )
    [limit] = strictest_limits(household, "kitchen", FIRST, LAST)
    assert limit.clear <= limit.limit == min(one, other)


def test_rules_of_several_medicines_are_joined_in_one_order() -> None:
    medicines = (tablet("one", WARM), tablet("two", COLD))
    regimens = [regimen({"08:00": 1}, medicine="one"), regimen({"08:00": 1}, name="bee", medicine="two")]
    for order in (regimens, regimens[::-1]):
        found = strictest_limits(home(*order, medicines=medicines), "kitchen", FIRST, LAST)
        assert [limit.rule for limit in found] == ["cold", "warm"]


def test_limits_are_those_of_what_lies_in_the_box_on_these_days() -> None:
    hold = Hold(begins=date(2026, 1, 1), until=None, by="clinic", why="infection")
    ended = regimen({"08:00": 1}, until=date(2026, 11, 21))
    coming = regimen({"08:00": 1}, begins=date(2026, 12, 8))
    last_day = regimen({"08:00": 1}, until=date(2026, 11, 22))
    held = regimen({"08:00": 1}, holds=(hold,))
    elsewhere = regimen({"08:00": 1}, box="hall", compartments={"08:00": "a1"})
    medicines = (tablet("tablet", WARM),)
    for prescribed, count in ((ended, 0), (coming, 0), (last_day, 1), (held, 1), (elsewhere, 0)):
        household = home(prescribed, medicines=medicines)
        assert len(strictest_limits(household, "kitchen", FIRST, LAST)) == count, prescribed


def test_the_example_plan_reads_back_from_the_wire_and_can_be_witnessed() -> None:
    household = parse_household(EXAMPLE_TEXT)
    plan = plan_at(household, NOON)
    name, _, read = read_message(topic_of("plan", box="kitchen"), message_json(plan))
    assert (name, read) == ("plan", plan)
    assert {limit.rule for limit in plan.every_limit} == {
        "warm",
        "hot",
        "heat",
        "hot-day",
        "searing",
        "cold",
        "freezing",
        "damp",
        "damp-day",
        "condensation",
        "light",
        "stale",
    }
    assert [slot.slot for slot in plan.slots][:2] == [
        "azathioprine/2026-11-23/08:00",
        "azathioprine/2026-11-24/08:00",
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
    st.integers(0, 400),
)
def test_every_plan_over_a_change_of_the_clocks_can_be_witnessed(zone: str, days: int) -> None:
    household = home(regimen({"01:30": 1, "08:00": 1, "14:00": 1, "20:00": 0.5}), zone=zone)
    plan = plan_at(household, at("2026-02-01T12:00:00Z") + days * DAY_MS)
    check_plan(plan)
    assert len(plan.slots) == 16 * 4


def test_four_intakes_a_day_fit_into_a_message_with_room_to_spare() -> None:
    times = {f"{hour:02d}:00": 0.5 for hour in (2, 8, 14, 20)}
    name = "a" * 32
    household = home(
        regimen(times, name=name, medicine="b" * 32, remind=(0, 30, 60, 120)), medicines=(tablet("b" * 32),)
    )
    plan = plan_at(household, NOON)
    assert len(plan.slots) == 64
    assert len(message_json(plan)) < MESSAGE_BYTES_MAX * 0.6


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 40), st.integers(1, 12))
def test_a_plan_too_long_for_one_message_covers_fewer_days_and_says_so(count: int, reminders: int) -> None:
    window = replace(HALF, opens_ms=-MINUTE_MS, late_ms=0, closes_ms=15 * MINUTE_MS)
    minutes = [number * 36 for number in range(count)]
    times = {f"{minute // 60:02d}:{minute % 60:02d}": 12.875 for minute in minutes}
    long = "a" * 32
    prescribed = regimen(times, name=long, medicine=long, window=window, remind=tuple(range(reminders)))
    limits = [replace(WARM, rule=f"rule-{number}-{'x' * 20}") for number in range(10)]
    household = home(prescribed, medicines=(tablet(long, *limits),))
    plan = plan_at(household, NOON)
    assert len(message_json(plan).encode()) <= MESSAGE_BYTES_MAX
    read_message(topic_of("plan", box="kitchen"), message_json(plan))
    assert plan.until > NOON
    assert max(slot.due_at for slot in plan.slots) < plan.until
    days = (plan.until - at("2026-11-22T00:00:00Z")) // DAY_MS
    assert len(plan.slots) == days * count


def test_dated_steps_over_the_planned_days_are_all_in_the_plan() -> None:
    steps = (
        Step(begins=date(2026, 11, 23), until=date(2026, 11, 29), times={"08:00": 0.5}),
        Step(begins=date(2026, 11, 30), until=None, times={"08:00": 1.0, "20:00": 1.0}),
    )
    household = home(replace(regimen({"08:00": 1}), steps=steps))
    assert len(plan_at(household, NOON).slots) == 7 + 8 * 2
