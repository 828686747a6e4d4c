"""Is each (regimen, date, time) one slot at one honest instant, whatever the clocks do that night?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.layouts import COMPARTMENTS
from hub.care.people import Hold, Regimen, Step, Window
from hub.care.schedule import (
    care_day,
    is_held,
    local_instant,
    local_time,
    slots_between,
    slots_of_day,
)
from tests.home_examples import HALF, at, home, ids, local, regimen, text_of

# Links into folders are skipped by `available_timezones`; these two differ from machine to machine.
ZONES = sorted(available_timezones() - {"localtime", "Factory"})

# Zone, local date, time: the instant it must be, and what the clocks there then show.
CLOCKWORK = [
    # An ordinary day, winter and summer.
    ("Europe/London", "2026-11-23", "08:00", "2026-11-23T08:00Z", "2026-11-23 08:00"),
    ("Europe/London", "2026-07-01", "08:00", "2026-07-01T07:00Z", "2026-07-01 08:00"),
    # Britain, spring: 01:00 becomes 02:00. The gap is shifted forward; its edges are ordinary.
    ("Europe/London", "2026-03-29", "00:59", "2026-03-29T00:59Z", "2026-03-29 00:59"),
    ("Europe/London", "2026-03-29", "01:00", "2026-03-29T01:00Z", "2026-03-29 02:00"),
    ("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:30Z", "2026-03-29 02:30"),
    ("Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00Z", "2026-03-29 02:00"),
    # Britain, autumn: 02:00 becomes 01:00. The first of two counts.
    ("Europe/London", "2026-10-25", "00:59", "2026-10-24T23:59Z", "2026-10-25 00:59"),
    ("Europe/London", "2026-10-25", "01:00", "2026-10-25T00:00Z", "2026-10-25 01:00"),
    ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30Z", "2026-10-25 01:30"),
    ("Europe/London", "2026-10-25", "02:00", "2026-10-25T02:00Z", "2026-10-25 02:00"),
    # New York, spring and autumn.
    ("America/New_York", "2026-03-08", "01:59", "2026-03-08T06:59Z", "2026-03-08 01:59"),
    ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30Z", "2026-03-08 03:30"),
    ("America/New_York", "2026-03-08", "03:30", "2026-03-08T07:30Z", "2026-03-08 03:30"),
    ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30Z", "2026-11-01 01:30"),
    ("America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00Z", "2026-11-01 02:00"),
    # Berlin, the instants that the clinical notes state.
    ("Europe/Berlin", "2025-03-30", "02:30", "2025-03-30T01:30Z", "2025-03-30 03:30"),
    ("Europe/Berlin", "2025-10-26", "02:30", "2025-10-26T00:30Z", "2025-10-26 02:30"),
    # Lord Howe Island: the clocks change by half an hour.
    ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45Z", "2026-10-04 02:45"),
    ("Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-03T15:30Z", "2026-10-04 02:30"),
    ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45Z", "2026-04-05 01:45"),
    ("Australia/Lord_Howe", "2026-04-05", "02:00", "2026-04-04T15:30Z", "2026-04-05 02:00"),
    # Offsets of 30 and 45 minutes, and none of an hour.
    ("Asia/Kolkata", "2026-11-23", "08:00", "2026-11-23T02:30Z", "2026-11-23 08:00"),
    ("Asia/Kathmandu", "2026-11-23", "08:00", "2026-11-23T02:15Z", "2026-11-23 08:00"),
    # Cairo changes at midnight: 00:00 of that Friday does not exist.
    ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00Z", "2026-04-24 01:00"),
    # Samoa skipped a whole day when it moved over the date line.
    ("Pacific/Apia", "2011-12-30", "08:00", "2011-12-30T18:00Z", "2011-12-31 08:00"),
]


@pytest.mark.parametrize(("zone", "day", "time", "instant", "shown"), CLOCKWORK)
def test_a_local_time_is_the_stated_instant(zone: str, day: str, time: str, instant: str, shown: str) -> None:
    found = local_instant(zone, date.fromisoformat(day), time)
    assert (text_of(found), local(zone, found)) == (instant, shown)


@pytest.mark.parametrize(("zone", "day", "time", "instant", "shown"), CLOCKWORK)
def test_a_slot_keeps_its_date_and_time_in_its_name(
    zone: str, day: str, time: str, instant: str, shown: str
) -> None:
    del shown
    slots = slots_of_day(
        home(regimen({time: 1}, begins=date(2011, 1, 1)), zone=zone),
        regimen({time: 1}, begins=date(2011, 1, 1)),
        date.fromisoformat(day),
    )
    assert [(slot.slot, text_of(slot.due_at)) for slot in slots] == [(f"aza/{day}/{time}", instant)]


def instants_showing(zone: str, day: date, time: str) -> list[int]:
    """Find every instant at which the clocks show this date and time, without asking for a fold.

    Every offset the zone has within two days of it is tried.
    """
    wall = datetime.fromisoformat(f"{day}T{time}:00Z")
    offsets = offsets_near(zone, wall)
    found = {wall - offset for offset in offsets}
    return sorted(
        round(moment.timestamp()) * 1000
        for moment in found
        if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) == wall
    )


def offsets_near(zone: str, wall: datetime) -> set[timedelta]:
    hours = range(-36, 37)
    found = {(wall + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).utcoffset() for hour in hours}
    return {offset for offset in found if offset is not None}


times_of_day = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45, 59]))
days = st.dates(date(2021, 1, 1), date(2031, 12, 31))


def changes_of(zone: str, year: int) -> list[date]:
    """Return the dates of a year on which a zone's offset differs between one noon and the next."""
    first = datetime(year, 1, 1, 12, tzinfo=UTC)
    noons = [first + timedelta(days=number) for number in range(366)]
    offsets = [noon.astimezone(ZoneInfo(zone)).utcoffset() for noon in noons]
    return [noons[index].date() for index in range(1, 366) if offsets[index] != offsets[index - 1]]


@st.composite
def zones_and_days(draw: st.DrawFn) -> tuple[str, date]:
    """Draw a zone and a day, every other time one on which its clocks change."""
    zone = draw(st.sampled_from(ZONES))
    day = draw(days)
    changes = changes_of(zone, day.year) if draw(st.booleans()) else []
    if changes:
        day = draw(st.sampled_from(changes)) + timedelta(days=draw(st.integers(-1, 1)))
    return zone, day


@settings(max_examples=300, deadline=None)
@given(zones_and_days(), times_of_day)
@example(("Pacific/Apia", date(2011, 12, 30)), "08:00")
@example(("Africa/Monrovia", date(1972, 1, 7)), "00:15")
def test_a_time_is_the_first_instant_that_shows_it_or_else_shifted_forward(
    zone_and_day: tuple[str, date], time: str
) -> None:
    zone, day = zone_and_day
    found = local_instant(zone, day, time)
    showing = instants_showing(zone, day, time)
    if showing:
        assert found == showing[0]
    else:
        wall = datetime.fromisoformat(f"{day}T{time}:00Z")
        shifted = wall - min(offsets_near(zone, wall))
        assert found == round(shifted.timestamp()) * 1000


@settings(max_examples=150, deadline=None)
@given(
    zones_and_days(),
    st.dictionaries(times_of_day, st.sampled_from([0.5, 1.0, 1.5]), min_size=1, max_size=4),
    st.integers(0, 4),
)
def test_every_regimen_date_and_time_is_one_slot_in_order_with_its_instants_in_order(
    zone_and_day: tuple[str, date], times: dict[str, float], length: int
) -> None:
    zone, first = zone_and_day
    prescribed = regimen(times, remind=(-30, 0, 60, 300))
    last = first + timedelta(days=length)
    slots = slots_between(home(prescribed, zone=zone), prescribed, first, last)

    expected = {
        f"aza/{first + timedelta(days=number)}/{time}" for number in range(length + 1) for time in times
    }
    assert sorted(ids(slots)) == sorted(expected)
    assert [slot.due_at for slot in slots] == sorted(slot.due_at for slot in slots)
    for slot in slots:
        assert slot.opens_at < slot.due_at <= slot.late_at <= slot.closes_at
        assert all(slot.opens_at <= instant <= slot.closes_at for instant in slot.remind_at)
        assert list(slot.remind_at) == sorted(set(slot.remind_at))
    for one, other in pairwise(slots):
        if one.due_at < other.due_at:
            # Half-way leaves the other half to the next slot.
            assert one.closes_at - one.due_at <= other.due_at - one.closes_at + 1


@settings(max_examples=60, deadline=None)
@given(
    zones_and_days(),
    st.dictionaries(times_of_day, st.just(1.0), min_size=1, max_size=3),
    st.integers(0, 9),
)
def test_a_slot_is_the_same_however_many_days_are_asked_for(
    zone_and_day: tuple[str, date], times: dict[str, float], length: int
) -> None:
    zone, first = zone_and_day
    prescribed = regimen(times)
    household = home(prescribed, zone=zone)
    together = slots_between(household, prescribed, first, first + timedelta(days=length))
    apart = [
        slot
        for number in range(length + 1)
        for slot in slots_of_day(household, prescribed, first + timedelta(days=number))
    ]
    assert sorted(together, key=lambda slot: slot.slot) == sorted(apart, key=lambda slot: slot.slot)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/Phoenix"]),
    days,
    st.dictionaries(times_of_day, st.just(1.0), min_size=1, max_size=3),
    st.integers(1, 60),
)
def test_where_clocks_never_change_shifting_the_dates_shifts_every_instant(
    zone: str, first: date, times: dict[str, float], weeks: int
) -> None:
    shift = timedelta(weeks=weeks)
    hold = Hold(
        begins=first + timedelta(days=2), until=first + timedelta(days=3), by="clinic", why="infection"
    )
    before = regimen(times, begins=first, until=first + timedelta(days=5), holds=(hold,))
    after = replace(
        before,
        steps=(replace(before.steps[0], begins=first + shift, until=first + shift + timedelta(days=5)),),
        holds=(replace(hold, begins=hold.begins + shift, until=first + timedelta(days=3) + shift),),
    )
    last = first + timedelta(days=7)
    early = slots_between(home(before, zone=zone), before, first, last)
    late = slots_between(home(after, zone=zone), after, first + shift, last + shift)
    shift_ms = weeks * 7 * DAY_MS
    assert [
        (
            one.due_at + shift_ms,
            one.opens_at + shift_ms,
            one.closes_at + shift_ms,
            one.compartment,
            one.status,
        )
        for one in early
    ] == [(one.due_at, one.opens_at, one.closes_at, one.compartment, one.status) for one in late]
    assert len(early) == 6 * len(times)


def closes_after_h(prescribed: Regimen, day: date, zone: str = "Europe/London") -> list[float]:
    slots = slots_of_day(home(prescribed, zone=zone), prescribed, day)
    return [(slot.closes_at - slot.due_at) / HOUR_MS for slot in slots]


def test_half_is_half_way_to_the_next_slot() -> None:
    assert closes_after_h(regimen({"08:00": 1, "20:00": 1}), date(2026, 11, 23)) == [6, 6]
    assert closes_after_h(regimen({"08:00": 1}), date(2026, 11, 23)) == [12]
    assert closes_after_h(regimen({"08:00": 1, "10:00": 1, "20:00": 1}), date(2026, 11, 23)) == [1, 5, 6]


def test_half_counts_elapsed_time_over_a_change_of_the_clocks() -> None:
    """Naive subtraction calls the night of 28 March twelve hours; it has eleven."""
    twice = regimen({"08:00": 1, "20:00": 1})
    assert closes_after_h(twice, date(2026, 3, 28)) == [6, 5.5]
    assert closes_after_h(twice, date(2026, 10, 24)) == [6, 6.5]
    assert closes_after_h(regimen({"21:00": 1}), date(2026, 3, 28)) == [11.5]
    assert closes_after_h(regimen({"21:00": 1}), date(2026, 4, 4), "Australia/Lord_Howe") == [12.25]


def stepped(*steps: Step) -> Regimen:
    return replace(regimen({"08:00": 1}), steps=steps)


def test_half_reaches_over_the_seam_between_two_steps() -> None:
    seam = stepped(
        Step(begins=date(2026, 11, 1), until=date(2026, 11, 23), times={"08:00": 0.5}),
        Step(begins=date(2026, 11, 24), until=None, times={"06:00": 1.0, "18:00": 1.0}),
    )
    assert closes_after_h(seam, date(2026, 11, 22)) == [12]
    assert closes_after_h(seam, date(2026, 11, 23)) == [11]
    assert closes_after_h(seam, date(2026, 11, 24)) == [6, 6]


def test_the_last_slot_closes_as_the_one_before_it_did() -> None:
    ending = regimen({"08:00": 1, "18:00": 1}, until=date(2026, 11, 23))
    assert closes_after_h(ending, date(2026, 11, 22)) == [5, 7]
    assert closes_after_h(ending, date(2026, 11, 23)) == [5, 5]


def test_the_slot_before_may_lie_on_the_day_before() -> None:
    """From 20:00 to 08:00 are twelve hours; the night the clocks go forward had 23 of a day's 24."""
    seam = stepped(
        Step(begins=date(2026, 11, 20), until=date(2026, 11, 22), times={"20:00": 0.5}),
        Step(begins=date(2026, 11, 23), until=date(2026, 11, 23), times={"08:00": 1.0}),
    )
    assert closes_after_h(seam, date(2026, 11, 23)) == [6]
    assert closes_after_h(regimen({"21:00": 1}, until=date(2026, 3, 29)), date(2026, 3, 29)) == [11.5]


def test_a_regimen_of_one_slot_closes_after_half_a_day() -> None:
    only = regimen({"08:00": 1}, begins=date(2026, 11, 23), until=date(2026, 11, 23))
    assert closes_after_h(only, date(2026, 11, 23)) == [12]


def test_a_rest_of_weeks_between_two_steps_keeps_no_window_open() -> None:
    resting = stepped(
        Step(begins=date(2026, 11, 1), until=date(2026, 11, 10), times={"08:00": 1.0}),
        Step(begins=date(2026, 12, 1), until=None, times={"08:00": 1.0}),
    )
    assert closes_after_h(resting, date(2026, 11, 10)) == [12]
    assert closes_after_h(resting, date(2026, 11, 11)) == []


def test_a_held_day_still_counts_as_the_next_slot() -> None:
    """Ordering or lifting a hold must not move the windows of the days around it."""
    hold = Hold(begins=date(2026, 11, 24), until=date(2026, 11, 30), by="clinic", why="infection")
    assert closes_after_h(regimen({"08:00": 1}, holds=(hold,)), date(2026, 11, 23)) == [12]


def test_two_times_that_the_gap_makes_one_instant_close_together() -> None:
    """Half of nothing would close the window at the moment it is due."""
    prescribed = regimen({"02:30": 1, "03:30": 0.5})
    slots = slots_of_day(home(prescribed, zone="America/New_York"), prescribed, date(2026, 3, 8))
    assert [text_of(slot.due_at) for slot in slots] == ["2026-03-08T07:30Z", "2026-03-08T07:30Z"]
    assert slots[0].closes_at == slots[1].closes_at > slots[0].due_at + 10 * HOUR_MS


def test_the_gap_can_put_an_earlier_time_after_a_later_one() -> None:
    prescribed = regimen({"02:45": 1, "03:15": 1})
    slots = slots_of_day(home(prescribed, zone="America/New_York"), prescribed, date(2026, 3, 8))
    assert ids(slots) == ["aza/2026-03-08/03:15", "aza/2026-03-08/02:45"]


def test_a_skipped_day_falls_on_the_next_one_and_is_still_in_order() -> None:
    """Samoa had no 30 December 2011: its slots come due with those of the 31st, and none is lost."""
    prescribed = regimen({"20:00": 1, "08:00": 1}, begins=date(2011, 1, 1))
    slots = slots_between(
        home(prescribed, zone="Pacific/Apia"), prescribed, date(2011, 12, 29), date(2011, 12, 31)
    )
    assert ids(slots) == [
        "aza/2011-12-29/08:00",
        "aza/2011-12-29/20:00",
        "aza/2011-12-30/08:00",
        "aza/2011-12-31/08:00",
        "aza/2011-12-30/20:00",
        "aza/2011-12-31/20:00",
    ]
    assert [slot.due_at for slot in slots] == sorted(slot.due_at for slot in slots)


def test_a_fixed_close_is_elapsed_time_after_the_due_instant() -> None:
    window = Window(opens_ms=-30 * MINUTE_MS, late_ms=15 * MINUTE_MS, closes_ms=90 * MINUTE_MS)
    prescribed = regimen({"00:30": 1}, window=window, remind=(0, 30))
    [slot] = slots_of_day(home(prescribed), prescribed, date(2026, 10, 25))
    found = [text_of(instant) for instant in (slot.opens_at, slot.due_at, slot.late_at, slot.closes_at)]
    assert found == ["2026-10-24T23:00Z", "2026-10-24T23:30Z", "2026-10-24T23:45Z", "2026-10-25T01:00Z"]
    assert [text_of(instant) for instant in slot.remind_at] == ["2026-10-24T23:30Z", "2026-10-25T00:00Z"]


def test_a_shortened_night_drops_the_reminder_that_no_longer_fits() -> None:
    """02:00 to 04:00 is one hour that night, so its window closes after 30 minutes."""
    window = replace(HALF, late_ms=45 * MINUTE_MS)
    prescribed = regimen({"01:30": 1, "03:30": 1}, window=window, remind=(0, 45))
    household = home(prescribed, zone="America/New_York")
    ordinary = slots_of_day(household, prescribed, date(2026, 3, 7))[0]
    short = slots_of_day(household, prescribed, date(2026, 3, 8))[0]
    assert (len(ordinary.remind_at), ordinary.late_at - ordinary.due_at) == (2, 45 * MINUTE_MS)
    assert (len(short.remind_at), short.late_at, short.closes_at - short.due_at) == (
        1,
        short.closes_at,
        30 * MINUTE_MS,
    )


@pytest.mark.parametrize(
    ("day", "time", "compartment"),
    [
        ("2026-11-23", "08:00", "mon-am"),
        ("2026-11-23", "11:59", "mon-am"),
        ("2026-11-23", "12:00", "mon-pm"),
        ("2026-11-23", "23:59", "mon-pm"),
        ("2026-11-24", "00:00", "tue-am"),
        ("2026-11-29", "20:00", "sun-pm"),
        # The clocks say 03:30 when it is due, and the weekday is still that of its own date.
        ("2026-03-29", "01:30", "sun-am"),
    ],
)
def test_a_weekly_box_keeps_mornings_and_evenings_of_the_local_weekday(
    day: str, time: str, compartment: str
) -> None:
    prescribed = regimen({time: 1})
    [slot] = slots_of_day(home(prescribed, zone="Europe/London"), prescribed, date.fromisoformat(day))
    assert slot.compartment == compartment


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo"])
def test_the_weekday_is_the_patients_and_not_that_of_utc(zone: str) -> None:
    prescribed = regimen({"06:00": 1, "22:00": 1})
    slots = slots_of_day(home(prescribed, zone=zone), prescribed, date(2026, 11, 23))
    assert [slot.compartment for slot in slots] == ["mon-am", "mon-pm"]


def test_a_stated_compartment_outranks_the_layout() -> None:
    listed = regimen({"08:00": 1, "20:00": 1}, box="hall", compartments={"08:00": "a1", "20:00": "a3"})
    slots = slots_of_day(home(listed), listed, date(2026, 11, 23))
    assert [(slot.box, slot.compartment) for slot in slots] == [("hall", "a1"), ("hall", "a3")]
    weekly = regimen({"08:00": 1}, compartments={"08:00": "sun-pm"})
    assert slots_of_day(home(weekly), weekly, date(2026, 11, 23))[0].compartment == "sun-pm"


def test_a_slot_carries_what_is_taken_and_nothing_is_known_of_it_yet() -> None:
    prescribed = regimen({"08:00": 1.5})
    [slot] = slots_of_day(home(prescribed), prescribed, date(2026, 11, 23))
    assert [(part.medicine, part.amount) for part in slot.amounts] == [("tablet", 1.5)]
    assert (slot.status, slot.outcome, slot.evidence, slot.patient) == ("planned", None, "none", "ada")


def test_a_titration_changes_the_amount_on_its_date_and_not_a_day_later() -> None:
    titrated = stepped(
        Step(begins=date(2026, 11, 23), until=date(2026, 12, 6), times={"08:00": 0.5}),
        Step(begins=date(2026, 12, 7), until=None, times={"08:00": 1.0, "20:00": 0.5}),
    )
    slots = slots_between(home(titrated), titrated, date(2026, 11, 20), date(2026, 12, 7))
    assert slots[0].slot == "aza/2026-11-23/08:00"
    assert [slot.amounts[0].amount for slot in slots] == [0.5] * 14 + [1.0, 0.5]


def test_a_hold_marks_the_slots_of_its_dates_and_removes_none() -> None:
    hold = Hold(begins=date(2026, 11, 24), until=date(2026, 11, 25), by="clinic", why="infection")
    prescribed = regimen({"08:00": 1, "20:00": 1}, holds=(hold,))
    slots = slots_between(home(prescribed), prescribed, date(2026, 11, 23), date(2026, 11, 26))
    assert [slot.status for slot in slots] == ["planned"] * 2 + ["held"] * 4 + ["planned"] * 2
    assert all(slot.outcome is None for slot in slots)


def test_a_hold_without_an_end_lasts_until_somebody_resumes() -> None:
    hold = Hold(begins=date(2026, 11, 24), until=None, by="clinic", why="infection")
    assert [is_held((hold,), date(2026, 11, 23)), is_held((hold,), date(2030, 1, 1))] == [False, True]
    assert not is_held((), date(2026, 11, 24))


def test_changing_a_regimen_is_never_answered_from_memory() -> None:
    """The schedule remembers days; a remembered day of the old prescription would be a wrong dose."""
    before = regimen({"08:00": 1})
    day = date(2026, 11, 23)
    [old] = slots_of_day(home(before), before, day)
    step = before.steps[0]
    hold = Hold(begins=day, until=day, by="clinic", why="infection")
    changes = [
        replace(before, id="other"),
        replace(before, medicine="another"),
        replace(before, box="hall"),
        replace(before, window=replace(HALF, opens_ms=-MINUTE_MS)),
        replace(before, remind_ms=(0,)),
        replace(before, holds=(hold,)),
        replace(before, steps=(replace(step, times={"08:00": 0.5}),)),
        replace(before, steps=(replace(step, times={"09:00": 1}),)),
        replace(before, steps=(replace(step, compartments={"08:00": "sun-pm"}),)),
    ]
    for after in changes:
        assert slots_of_day(home(after), after, day) != (old,), after
    [moved] = slots_of_day(home(before, zone="Europe/Paris"), before, day)
    assert moved.due_at == old.due_at - HOUR_MS
    assert slots_of_day(home(before), before, day) == (old,)


def test_a_day_outside_all_steps_has_no_slots() -> None:
    prescribed = regimen({"08:00": 1}, begins=date(2026, 11, 23), until=date(2026, 11, 24))
    assert slots_of_day(home(prescribed), prescribed, date(2026, 11, 22)) == ()
    assert slots_of_day(home(prescribed), prescribed, date(2026, 11, 25)) == ()
    assert slots_between(home(prescribed), prescribed, date(2026, 11, 24), date(2026, 11, 23)) == ()


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/London", "2026-11-24T02:59:59.999Z", "2026-11-23"),
        ("Europe/London", "2026-11-24T03:00:00.000Z", "2026-11-24"),
        ("Europe/London", "2026-07-24T01:59:00Z", "2026-07-23"),
        ("America/New_York", "2026-11-24T07:59:00Z", "2026-11-23"),
        ("Pacific/Kiritimati", "2026-11-23T13:00:00Z", "2026-11-24"),
        # 03:00 on the morning the clocks change, which in Berlin is the very instant of the change.
        ("Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-28"),
        ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25T01:59:00Z", "2026-10-24"),
        ("Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25"),
    ],
)
def test_the_small_hours_belong_to_the_day_before(zone: str, instant: str, day: str) -> None:
    assert care_day(zone, "03:00", at(instant)) == date.fromisoformat(day)


@settings(max_examples=150, deadline=None)
@given(
    zones_and_days(), st.sampled_from(["00:00", "01:30", "02:30", "03:00", "12:00"]), st.integers(0, 2 * 1440)
)
def test_the_care_day_never_goes_back_and_starts_where_it_says(
    zone_and_day: tuple[str, date], starts: str, minutes: int
) -> None:
    zone, day = zone_and_day
    instant = local_instant(zone, day, starts) + minutes * MINUTE_MS
    found = care_day(zone, starts, instant)
    assert (
        local_instant(zone, found, starts) <= instant < local_instant(zone, found + timedelta(days=1), starts)
    )
    assert found <= care_day(zone, starts, instant + MINUTE_MS)


def test_a_day_that_has_begun_is_not_taken_back_when_the_clocks_return_to_the_evening() -> None:
    """In Newfoundland one minute past midnight became 23:01 of the day before, until 2011."""
    begun, evening_again = at("2010-11-07T02:30:30Z"), at("2010-11-07T03:00:00Z")
    assert [local("America/St_Johns", instant) for instant in (begun, evening_again)] == [
        "2010-11-07 00:00",
        "2010-11-06 23:30",
    ]
    for instant in (begun, evening_again):
        assert care_day("America/St_Johns", "00:00", instant) == date(2010, 11, 7)


def test_the_local_time_reads_back_what_a_slot_was_planned_for() -> None:
    moment = local_time("Australia/Lord_Howe", at("2026-10-03T15:45:00Z"))
    assert moment.strftime("%Y-%m-%d %H:%M %z") == "2026-10-04 02:45 +1100"


def test_a_box_of_four_times_a_day_has_each_intake_in_its_part_of_the_day() -> None:
    at_home = home()
    four = replace(at_home.boxes["kitchen"], layout="7x4", compartments=COMPARTMENTS["7x4"])
    times = {"08:00": 1.0, "12:30": 1.0, "18:00": 1.0, "22:00": 1.0}
    four_times = replace(at_home, boxes={"kitchen": four})
    slots = slots_of_day(four_times, regimen(times), date(2026, 11, 24))
    assert [slot.compartment for slot in slots] == ["tue-morning", "tue-noon", "tue-evening", "tue-night"]
