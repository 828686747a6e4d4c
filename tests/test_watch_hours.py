"""Are the watch hours of a home the hours that really pass there, and read and said as they were written?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, instant_ms
from controller.wire.plan import Plan, check_plan
from controller.wire.shape import MESSAGE_BYTES_MAX, from_plain, to_plain
from hub.care.people import Household, LidWatch
from hub.care.planning import plan_of, planned_slots
from hub.care.watching import watch_spans
from hub.errors import HouseholdRefused
from hub.household import parse_household
from hub.household.saying import entries
from tests.care_days import at, household
from tests.home_examples import EXAMPLE_TEXT

NIGHT = LidWatch(hours=("21:00", "06:00"))
ALWAYS = LidWatch(hours=None)
BOX = "second_check = true "


def watching(watch: LidWatch | None, zone: str = "Europe/London") -> Household:
    home = household()
    boxes = {name: replace(box, watch=watch) for name, box in home.boxes.items()}
    patients = {name: replace(one, timezone=zone) for name, one in home.patients.items()}
    return replace(home, boxes=boxes, patients=patients)


def plan(home: Household, now: int) -> Plan:
    return plan_of(home, "kitchen", planned_slots(home, "ada", now), now)


def test_the_plan_holds_each_night_as_absolute_instants() -> None:
    made = plan(watching(NIGHT), at("12:00"))
    spans = made.watch or ()
    assert spans[0].begins_at == at("21:00", 21), "the night that had begun before the first day counts too"
    assert (spans[2].begins_at, spans[2].ends_at) == (at("21:00"), at("06:00", 24))
    assert spans[-1].ends_at >= made.until
    check_plan(made)
    assert from_plain(Plan, to_plain(made), "plan") == made


def test_always_is_one_span_over_all_that_is_planned() -> None:
    made = plan(watching(ALWAYS), at("12:00"))
    (span,) = made.watch or ()
    assert span.begins_at <= at("12:00") - DAY_MS / 2
    assert span.ends_at >= made.until


def test_a_home_that_watches_nothing_has_the_plan_it_had() -> None:
    quiet, watched = plan(watching(None), at("12:00")), plan(watching(NIGHT), at("12:00"))
    assert quiet.watch is None
    assert quiet.plan != watched.plan, "the box must hear of new watch hours at once"
    assert quiet.slots == watched.slots


def test_hours_of_one_day_stay_in_it() -> None:
    spans = watch_spans(
        watching(LidWatch(hours=("09:00", "12:30"))), "kitchen", (date(2026, 11, 23), date(2026, 11, 24))
    )
    assert [(one.begins_at, one.ends_at) for one in spans or ()] == [
        (at("09:00", day), at("12:30", day)) for day in (23, 24)
    ]


@pytest.mark.parametrize(("night", "hours"), [((2026, 10, 24), 10), ((2026, 3, 28), 8), ((2026, 11, 23), 9)])
def test_where_the_clocks_change_a_night_is_as_long_as_it_really_is(
    night: tuple[int, int, int], hours: int
) -> None:
    day = date(*night)
    spans = watch_spans(watching(NIGHT), "kitchen", (day, day)) or ()
    assert spans[-1].ends_at - spans[-1].begins_at == hours * HOUR_MS


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    begins=st.times(),
    ends=st.times(),
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    minute=st.integers(0, 14 * 24 * 60),
)
def test_an_instant_is_watched_where_a_clock_on_the_wall_says_so(
    zone: str, begins: object, ends: object, day: date, minute: int
) -> None:
    opens, closes = f"{begins:%H:%M}", f"{ends:%H:%M}"
    if opens == closes:
        return
    home = watching(LidWatch(hours=(opens, closes)), zone)
    spans = watch_spans(home, "kitchen", (day, day + timedelta(days=13))) or ()
    midnight = datetime.combine(day, datetime.min.time(), ZoneInfo(zone))
    at_ms = round(midnight.timestamp()) * 1000 + minute * 60_000
    local = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))
    changes = {
        datetime.fromtimestamp(at_ms / 1000 + hours * 3600, ZoneInfo(zone)).utcoffset()
        for hours in (-30, 0, 30)
    }
    if len(changes) > 1 or local.date() > day + timedelta(days=13):
        return
    clock = f"{local:%H:%M}"
    is_watched = opens <= clock < closes if opens < closes else clock >= opens or clock < closes
    assert any(span.begins_at <= at_ms < span.ends_at for span in spans) == is_watched


def test_the_largest_plan_still_fits_into_one_message_with_its_nights() -> None:
    made = plan(watching(NIGHT), at("12:00"))
    assert len(str(to_plain(made))) < MESSAGE_BYTES_MAX


# As a home writes it.


def written(*lines: str) -> str:
    assert BOX in EXAMPLE_TEXT
    return EXAMPLE_TEXT.replace(BOX, "\n".join([*lines, BOX]), 1)


@pytest.mark.parametrize(
    ("lines", "watch"),
    [
        ((), None),
        (('watch_hours = "21:00-06:00"',), NIGHT),
        (('watch_hours = "always"',), ALWAYS),
        (('watch_hours = "always"', 'watch_urgency = "now"'), replace(ALWAYS, want="care")),
        (('watch_hours = "21:00-06:00"', 'watch_urgency = "soon"'), NIGHT),
    ],
)
def test_watch_hours_are_read_as_they_are_written(lines: tuple[str, ...], watch: LidWatch | None) -> None:
    assert parse_household(written(*lines)).boxes["kitchen"].watch == watch


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (('watch_hours = "21-6"',), 'is neither hours such as "21:00-06:00" nor "always"'),
        (('watch_hours = "24:00-06:00"',), "box[kitchen].watch_hours"),
        (('watch_hours = "06:00-06:00"',), 'write "always" for the whole day'),
        (('watch_urgency = "now"',), "belongs to watch_hours"),
        (('watch_hours = "always"', 'watch_urgency = "care"'), "known: soon, now"),
    ],
)
def test_what_is_no_watch_is_refused_in_one_sentence(lines: tuple[str, ...], why: str) -> None:
    with pytest.raises(HouseholdRefused) as refused:
        parse_household(written(*lines))
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        (None, "none: a lid that no dose asks for is told as an extra opening"),
        (NIGHT, "21:00-06:00, told soon"),
        (replace(ALWAYS, want="care"), "always, told at once"),
    ],
)
def test_what_is_watched_is_read_back(watch: LidWatch | None, said: str) -> None:
    assert entries(watching(watch))["box"]["kitchen"]["watch hours"] == said


def test_a_night_that_the_clocks_leap_over_is_none() -> None:
    leapt = watching(LidWatch(hours=("01:10", "01:50")))
    spans = watch_spans(leapt, "kitchen", (date(2026, 3, 29), date(2026, 3, 29))) or ()
    assert all(span.begins_at < span.ends_at for span in spans)
    assert instant_ms("2026-03-29T01:30:00Z") not in [span.begins_at for span in spans]
