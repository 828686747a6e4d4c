"""Does the forecast ever promise a day on which a simulated home has already run out?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS
from hub.care.people import AsNeeded, Hold, Household, Regimen, Step
from hub.care.schedule import slots_between
from hub.care.supplying.forecast import Forecast, forecast, missing_eighths, packs_needed
from hub.care.supplying.stock import Batch, Lying, StockRecord
from tests.care_days import household, regimen

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
near = st.integers(-40, 120).map(lambda number: TODAY + number * DAY)
tablets = st.sampled_from([0.5, 1.0, 1.5, 2.0])
times = st.dictionaries(st.sampled_from(["08:00", "13:00", "20:00"]), tablets, min_size=1)
expiries = st.one_of(st.none(), near)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    """Draw dated steps that do not overlap, the last perhaps without an end."""
    begins = TODAY - draw(st.integers(0, 20)) * DAY
    found = []
    for _ in range(draw(st.integers(1, 4))):
        until = begins + draw(st.integers(0, 40)) * DAY
        found.append(Step(begins=begins, until=until, times=draw(times)))
        begins = until + draw(st.integers(1, 5)) * DAY
    if draw(st.booleans()):
        found[-1] = replace(found[-1], until=None)
    return tuple(found)


@st.composite
def holds(draw: st.DrawFn) -> Hold:
    begins = draw(near)
    until = draw(st.one_of(st.none(), st.integers(0, 30).map(lambda number: begins + number * DAY)))
    return Hold(begins=begins, until=until, by="clinic", why="an infection")


@st.composite
def stocks(draw: st.DrawFn) -> StockRecord:
    batches = draw(st.dictionaries(expiries, st.integers(1, 400), max_size=3))
    outside = sorted(batches.items(), key=lambda item: item[0] or date.max)
    inside = {
        ("kitchen", name): Lying(
            eighths=draw(st.integers(1, 16)), filled_at=0, fill="f", by="bea", expires=draw(expiries)
        )
        for name in draw(st.sets(st.sampled_from(["mon-am", "mon-pm", "tue-am"])))
    }
    return StockRecord(
        patient="ada",
        regimen="azathioprine",
        outside=tuple(Batch(eighths=eighths, expires=day) for day, eighths in outside),
        compartments=inside,
    )


def simulated(home: Household, one: Regimen, stock: StockRecord, days: int, *, resumed: date) -> date | None:
    """Live day by day with a heap of single eighths; return the first date on which one is missing."""
    ending = tuple(
        hold if hold.until is not None else replace(hold, until=resumed - DAY)
        for hold in one.holds
        if hold.until is not None or hold.begins < resumed
    )
    lived = replace(one, holds=ending)
    heap = [batch.expires or date.max for batch in stock.outside for _ in range(batch.eighths)]
    heap += [lying.expires or date.max for lying in stock.compartments.values() for _ in range(lying.eighths)]
    heap.sort(reverse=True)
    for number in range(days):
        day = TODAY + number * DAY
        while heap and heap[-1] < day:
            heap.pop()
        for slot in slots_between(home, lived, day, day):
            if slot.status == "held":
                continue
            for _ in range(round(slot.amounts[0].amount * 8)):
                if not heap:
                    return day
                heap.pop()
    return None


def before_today(one: Regimen) -> set[str]:
    """Return yesterday's slots: they are settled, so that a home begins its day anew."""
    home = household(regimens=[one])
    return {slot.slot for slot in slots_between(home, one, TODAY - DAY, TODAY - DAY)}


@settings(max_examples=1_000, deadline=None)
@given(steps(), st.lists(holds(), max_size=2), stocks(), st.integers(0, 60))
def test_the_forecast_never_promises_a_day_that_a_home_runs_out_before(
    dated: tuple[Step, ...], paused: list[Hold], stock: StockRecord, resumed: int
) -> None:
    one = replace(regimen(), steps=dated, holds=tuple(paused))
    home = household(regimens=[one])
    found = forecast(home, one, stock, TODAY, settled=before_today(one))
    promised = found.run_out or found.seen_until
    ran_out = simulated(home, one, stock, 150, resumed=TODAY + resumed * DAY)
    assert ran_out is None or promised <= ran_out
    # Nor does it cry too early: a pause that ends today ends it on the very day.
    exact = simulated(home, one, stock, 150, resumed=TODAY)
    if exact is not None:
        assert found.run_out == exact


@settings(max_examples=150, deadline=None)
@given(steps(), stocks(), st.integers(0, 100))
def test_with_what_is_missing_it_is_enough_and_with_less_it_is_not(
    dated: tuple[Step, ...], stock: StockRecord, days: int
) -> None:
    one = replace(regimen(), steps=dated)
    home = household(regimens=[one])
    until = TODAY + days * DAY
    short = missing_eighths(home, one, stock, TODAY, until, settled=before_today(one))

    def lasts(more: int) -> bool:
        extra = (Batch(eighths=more),) if more else ()
        fuller = replace(stock, outside=(*stock.outside, *extra))
        run_out = forecast(home, one, fuller, TODAY, settled=before_today(one)).run_out
        return run_out is None or run_out > until

    assert lasts(short)
    assert short == 0 or not lasts(short - 1)


def has(eighths: int, expires: date | None = None) -> StockRecord:
    return StockRecord(
        patient="ada", regimen="azathioprine", outside=(Batch(eighths=eighths, expires=expires),)
    )


def told(one: Regimen, stock: StockRecord, *, settled: set[str] | None = None, recent: int = 0) -> Forecast:
    known = before_today(one) if settled is None else settled
    return forecast(household(regimens=[one]), one, stock, TODAY, settled=known, recent_eighths=recent)


def test_a_titration_is_followed_step_by_step() -> None:
    dated = (
        Step(begins=TODAY, until=TODAY + 6 * DAY, times={"08:00": 0.5}),
        Step(begins=TODAY + 7 * DAY, until=None, times={"08:00": 1, "20:00": 0.5}),
    )
    found = told(replace(regimen(), steps=dated), has(8 * 5))
    assert found.run_out == TODAY + 8 * DAY
    assert found.days_left == 8


def test_what_expires_is_not_counted_after_its_date() -> None:
    one = regimen(times={"08:00": 1.0})
    assert told(one, has(80, TODAY + 3 * DAY)).run_out == TODAY + 4 * DAY
    assert told(one, has(80, TODAY - DAY)).days_left == 0
    assert told(one, has(80, TODAY - DAY)).eighths == 0


def test_a_dose_of_today_that_is_settled_takes_nothing_more() -> None:
    one = regimen(times={"08:00": 1.0})
    slot = f"azathioprine/{TODAY}/08:00"
    assert told(one, has(16)).run_out == TODAY + 2 * DAY
    assert told(one, has(16), settled={slot, *before_today(one)}).run_out == TODAY + 3 * DAY


def test_a_window_of_yesterday_that_is_still_open_takes_its_share() -> None:
    one = replace(
        regimen(times={"23:00": 1.0}), steps=(Step(begins=TODAY - DAY, until=None, times={"23:00": 1}),)
    )
    assert told(one, has(16), settled=set()).run_out == TODAY + DAY


def test_a_course_that_ends_before_the_stock_does_never_runs_out() -> None:
    one = replace(regimen(), steps=(Step(begins=TODAY, until=TODAY + 4 * DAY, times={"08:00": 1}),))
    found = told(one, has(40))
    assert (found.run_out, found.ends) == (None, TODAY + 4 * DAY)
    assert told(one, has(39)).run_out == TODAY + 4 * DAY


def test_as_needed_has_two_answers() -> None:
    need = AsNeeded(amount=1, least_gap_ms=4 * HOUR_MS, most_a_day=4, reason="pain")
    one = replace(regimen(), steps=(Step(begins=TODAY, until=None, as_needed=need),))
    found = told(one, has(8 * 20), recent=8 * 30)
    assert (found.run_out, found.by_average) == (TODAY + 5 * DAY, TODAY + 20 * DAY)
    assert told(one, has(8 * 20)).by_average is None


@pytest.mark.parametrize(("eighths", "pack", "packs"), [(0, 28, 0), (1, 28, 1), (224, 28, 1), (225, 28, 2)])
def test_packs_are_rounded_up(eighths: int, pack: int, packs: int) -> None:
    assert packs_needed(eighths, pack) == packs
