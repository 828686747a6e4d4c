"""Is the last safe day to order really safe, with weekends, holidays and absences in between?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.care.people import Away, Trip
from hub.care.supplying.forecast import Forecast
from hub.care.supplying.ordering import Closed, closed_days, last_safe_days, ordering
from tests.care_days import household

DAY = timedelta(days=1)
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)})
dates = st.dates(date(2026, 11, 1), date(2027, 3, 1))
absences = st.builds(
    lambda begins, days: Away(begins=begins, until=begins + days * DAY, why="out"), dates, st.integers(0, 20)
)
closings = st.builds(
    lambda holidays, away: Closed(holidays=frozenset(holidays), away=tuple(away)),
    st.lists(dates, max_size=10),
    st.lists(absences, max_size=3),
)


def on(run_out: date | None) -> Forecast:
    return Forecast(
        regimen="azathioprine",
        today=date(2026, 12, 1),
        eighths=8,
        run_out=run_out,
        seen_until=date(2027, 12, 1),
    )


@given(dates, st.integers(0, 12), closings)
def test_between_ordering_and_fetching_lie_as_many_working_days_as_it_takes(
    run_out: date, lead_days: int, closed: Closed
) -> None:
    fetch_by, order_by = last_safe_days(run_out, lead_days, closed)
    assert order_by <= fetch_by < run_out
    assert closed.can_fetch(order_by)
    assert closed.can_fetch(fetch_by)
    between = [order_by + number * DAY for number in range((fetch_by - order_by).days)]
    assert sum(map(closed.is_working, between)) >= lead_days


@given(dates, st.integers(0, 12), closings)
def test_it_is_the_last_such_day(run_out: date, lead_days: int, closed: Closed) -> None:
    fetch_by, order_by = last_safe_days(run_out, lead_days, closed)
    later = [order_by + number * DAY for number in range(1, (run_out - order_by).days)]
    for day in later:
        have = [day + number * DAY for number in range((fetch_by - day).days)]
        assert not closed.can_fetch(day) or day > fetch_by or sum(map(closed.is_working, have)) < lead_days


@given(dates, st.integers(0, 12), closings)
def test_days_on_which_nothing_can_be_had_never_make_it_later(
    run_out: date, lead_days: int, closed: Closed
) -> None:
    assert last_safe_days(run_out, lead_days, closed)[1] <= last_safe_days(run_out, lead_days, Closed())[1]


@pytest.mark.parametrize(
    ("run_out", "lead_days", "holidays", "fetch_by", "order_by"),
    [
        (date(2026, 12, 4), 1, frozenset(), date(2026, 12, 3), date(2026, 12, 2)),
        (date(2026, 12, 7), 3, frozenset(), date(2026, 12, 4), date(2026, 12, 1)),
        (date(2026, 12, 7), 0, frozenset(), date(2026, 12, 4), date(2026, 12, 4)),
        (date(2026, 12, 29), 3, CHRISTMAS, date(2026, 12, 24), date(2026, 12, 21)),
        (date(2026, 12, 29), 3, frozenset(), date(2026, 12, 28), date(2026, 12, 23)),
    ],
)
def test_weekends_and_holidays_are_counted_out(
    run_out: date, lead_days: int, holidays: frozenset[date], fetch_by: date, order_by: date
) -> None:
    assert last_safe_days(run_out, lead_days, Closed(holidays=holidays)) == (fetch_by, order_by)


def test_nothing_is_ordered_where_nothing_runs_out() -> None:
    assert ordering(on(None), Closed(), lead_days=3, refills_left=0) is None


def test_without_a_refill_the_doctor_must_be_asked_first() -> None:
    none_left = ordering(on(date(2026, 12, 29)), Closed(holidays=CHRISTMAS), lead_days=3, refills_left=0)
    assert none_left is not None
    assert (none_left.is_prescription_needed, none_left.early_days) == (True, 2)
    unknown = ordering(on(date(2026, 12, 29)), Closed(), lead_days=None, refills_left=None)
    assert unknown is not None
    assert (unknown.is_prescription_needed, unknown.order_by) == (False, date(2026, 12, 24))


def test_absences_of_the_home_and_journeys_of_the_patient_count() -> None:
    trip = Trip(patient="ada", begins=date(2026, 12, 10), until=date(2026, 12, 12), zone="UTC", policy="home")
    other = Trip(patient="cem", begins=date(2026, 12, 1), until=date(2026, 12, 12), zone="UTC", policy="home")
    gone = Away(begins=date(2026, 12, 14), until=date(2026, 12, 15), why="a wedding")

    closed = closed_days(replace(household(), trips=(trip, other), away=(gone,)), "ada", {date(2026, 12, 16)})
    fetchable = [day for day in range(7, 19) if closed.can_fetch(date(2026, 12, day))]
    assert fetchable == [7, 8, 9, 17, 18]
