"""Is the mean kinetic temperature that of the published vectors, and does it name what was not measured?"""

from __future__ import annotations

import math
from itertools import count

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS
from hub.care.storing.samples import Sample, watch_of
from hub.care.storing.warmth import HEAT_K, MONTH_MS, kinetic_mean_c, mean_c, warmth
from tests.storing_air import QUARTER_MS, START_MS, after_another, days_of, sample, stretch, whole

temperatures = st.lists(st.floats(-20, 60), min_size=1, max_size=40)
MONTH_H = 720

HOURS_ALLOWED = {
    20: {30: 267, 35: 130, 40: 71},
    22: {30: 202, 35: 92, 40: 49},
    23: {30: 155, 35: 67, 40: 35},
    24: {30: 91, 35: 37, 40: 19},
}
"""How many hours of heat 30 days at one temperature bear with a mean kinetic temperature of 25 °C at most."""


def of(*values: float) -> list[Sample]:
    return [sample(START_MS + index * QUARTER_MS, value) for index, value in enumerate(values)]


def kinetic(samples: list[Sample]) -> float:
    found = kinetic_mean_c(whole(samples).samples)
    assert found is not None
    return found


def by_hand(values: list[float]) -> float:
    """Reckon it as the book writes it, with no care for digits."""
    mean = sum(math.exp(-10_000 / (one + 273.15)) for one in values) / len(values)
    return 10_000 / -math.log(mean) - 273.15


def test_the_heat_of_activation_is_that_of_the_book() -> None:
    assert pytest.approx(10_000, abs=0.5) == HEAT_K


@pytest.mark.parametrize(
    ("samples", "wanted_c"),
    [
        (of(20, 22, 24, 26, 28), 24.42),
        (after_another((20, 12), (26, 12)), 23.47),
        (after_another((22, 29 * 24), (40, 24)), 23.60),
    ],
)
def test_the_mean_kinetic_temperature_is_that_of_the_clinical_vectors(
    samples: list[Sample], wanted_c: float
) -> None:
    assert kinetic(samples) == pytest.approx(wanted_c, abs=0.005)


@pytest.mark.parametrize(
    ("base_c", "heat_c", "hours"),
    [(base, heat, hours) for base, row in HOURS_ALLOWED.items() for heat, hours in row.items()],
)
def test_a_month_bears_as_many_hours_of_heat_as_the_table_says(base_c: int, heat_c: int, hours: int) -> None:
    """The table rounds to whole hours, so one less is within and one more is beyond."""
    within = after_another((base_c, MONTH_H - hours + 1), (heat_c, hours - 1))
    beyond = after_another((base_c, MONTH_H - hours - 1), (heat_c, hours + 1))
    assert kinetic(within) <= 25.0 < kinetic(beyond)


@given(temperatures)
def test_it_is_what_the_book_reckons_never_below_the_mean_and_never_above_the_hottest(
    values: list[float],
) -> None:
    found = kinetic(of(*values))
    assert found == pytest.approx(by_hand(values), abs=1e-6)
    assert sum(values) / len(values) - 1e-9 <= found <= max(values) + 1e-9


@given(temperatures, st.floats(0.5, 20), st.integers(0, 39))
def test_one_hotter_hour_never_makes_it_colder(values: list[float], more: float, place: int) -> None:
    assume(place < len(values))
    hotter = [one + more * (index == place) for index, one in enumerate(values)]
    assert kinetic(of(*hotter)) > kinetic(of(*values))


@given(temperatures, st.integers(-(10**9), 10**9))
def test_it_does_not_depend_on_when_the_month_began(values: list[float], by_ms: int) -> None:
    moved = [sample(one.since + by_ms, one.temperature_c.mean) for one in of(*values)]
    assert kinetic(moved) == pytest.approx(kinetic(of(*values)), abs=1e-9)


def test_samples_count_for_as_long_as_they_speak() -> None:
    long, short = sample(START_MS, 20), sample(START_MS + QUARTER_MS, 40, span_ms=QUARTER_MS // 5)
    watch = whole([long, short])
    assert mean_c(watch.samples) == pytest.approx((20 * 5 + 40) / 6)
    assert kinetic([long, short]) < kinetic(of(20, 40))


def test_quarters_of_an_hour_are_as_good_as_minutes() -> None:
    """A lamp that heats the shelf by eight degrees every hour: what the mean of a quarter hides."""

    def warm(minute: float) -> float:
        return 22 + 4 * math.sin(minute / 60 * math.tau)

    minutes = [warm(minute) for minute in range(24 * 60)]
    quarters = [sum(minutes[begin : begin + 15]) / 15 for begin in range(0, 24 * 60, 15)]
    assert kinetic(of(*quarters)) == pytest.approx(by_hand(minutes), abs=0.1)


def test_where_nothing_was_measured_there_is_no_mean() -> None:
    found = warmth(watch_of([], START_MS, START_MS + MONTH_MS))
    assert (found.mean_c, found.kinetic_c, found.is_enough) == (None, None, False)
    assert found.gaps[0].span_ms == MONTH_MS
    assert kinetic_mean_c([]) is None


def test_a_month_of_which_a_week_is_missing_is_not_set_beside_a_limit_and_the_week_is_named() -> None:
    silent = range(10, 17)
    known = [
        one
        for number, one in zip(count(), days_of(30, lambda day, hour: (22.0, 45.0)), strict=False)
        if number * QUARTER_MS // DAY_MS not in silent
    ]
    found = warmth(watch_of(known, START_MS, START_MS + MONTH_MS))
    assert not found.is_enough
    assert found.coverage == pytest.approx(23 / 30)
    assert [(gap.since, gap.until) for gap in found.gaps] == [
        (START_MS + 10 * DAY_MS, START_MS + 17 * DAY_MS)
    ]


def test_a_month_of_which_a_day_is_missing_is_enough() -> None:
    known = stretch(22, 29 * 24)
    found = warmth(watch_of(known, START_MS, START_MS + MONTH_MS))
    assert found.is_enough
    assert found.kinetic_c == pytest.approx(22)
    assert [gap.span_ms for gap in found.gaps] == [24 * HOUR_MS]
