"""Do published and standard cases of storage come out as their sources say? Each names its source."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from controller.wire.events import ExcursionStarted
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Limit
from controller.wire.vapour import dew_gap_k, saturation_hpa, vapour_hpa
from hub.care.storing.dampness import DRY_HPA
from hub.care.storing.warmth import kinetic_mean_c
from tests.storing_air import ALL_LIMITS, after_another
from tests.witness_scenes import MONDAY, Scene, on, plan_of

USP_1079_2 = "USP <1079.2>, mean kinetic temperature with 83.144 kJ/mol"
USP_659 = "USP <659>, a dry place: 40 % at 20 °C or the same vapour"
ICH = "ICH Q1A(R2), the air of the climatic zones"
HANDBOOK = "ASHRAE Handbook, Fundamentals, saturation by Hyland and Wexler"
WMO = "WMO-No. 8, annex 4.B"

# Mean kinetic temperatures.

MKT = {
    "five even temperatures": (((20, 6), (22, 6), (24, 6), (26, 6), (28, 6)), 24.42, USP_1079_2),
    "half a day at 20 and half at 26": (((20, 12), (26, 12)), 23.47, USP_1079_2),
    "a month with one day at 40": (((22, 29 * 24), (40, 24)), 23.60, USP_1079_2),
    "71 hours at 40 over 20 are just let": (((20, 720 - 71), (40, 71)), 25.0, USP_1079_2),
    "92 hours at 35 over 22 are just let": (((22, 720 - 92), (35, 92)), 25.0, USP_1079_2),
    "91 hours at 30 over 24 are just let": (((24, 720 - 91), (30, 91)), 25.0, USP_1079_2),
}


@pytest.mark.parametrize("name", MKT)
def test_the_mean_kinetic_temperature_is_that_of_the_source(name: str) -> None:
    air, wanted_c, source = MKT[name]
    assert kinetic_mean_c(after_another(*air)) == pytest.approx(wanted_c, abs=0.02), source


# Dry places, and the water in well-known air.

DRY_PLACE = {15: 54.8, 18: 45.3, 20: 40.0, 22: 35.4, 25: 29.5, 28: 24.7, 30: 22.0}


@pytest.mark.parametrize("warm_c", DRY_PLACE)
def test_a_dry_place_is_as_dry_at_any_temperature(warm_c: int) -> None:
    assert 100 * DRY_HPA / saturation_hpa(warm_c) == pytest.approx(DRY_PLACE[warm_c], abs=0.1), USP_659


DEW_POINTS = {
    "climatic zone II": (25, 60, 16.7, ICH),
    "climatic zone IVb": (30, 75, 25.1, ICH),
    "a dry place": (20, 40, 6.0, USP_659),
    "a room": (21, 55, 11.62, HANDBOOK),
    "fog": (10, 100, 10.0, WMO),
}


@pytest.mark.parametrize("name", DEW_POINTS)
def test_the_dew_point_is_that_of_the_source(name: str) -> None:
    warm_c, damp_pct, dew_c, source = DEW_POINTS[name]
    assert warm_c - dew_gap_k(warm_c, damp_pct) == pytest.approx(dew_c, abs=0.05), source


VAPOUR = {
    "climatic zone II": (25, 60, 19.02, HANDBOOK),
    "climatic zone IVb": (30, 75, 31.85, HANDBOOK),
    "saturated at 20": (20, 100, 23.39, HANDBOOK),
    "saturated over ice at -10": (-10, 100, 2.599, HANDBOOK),
    "saturated at 60": (60, 100, 199.4, HANDBOOK),
}


@pytest.mark.parametrize("name", VAPOUR)
def test_the_water_vapour_is_that_of_the_source(name: str) -> None:
    warm_c, damp_pct, wanted_hpa, source = VAPOUR[name]
    assert vapour_hpa(warm_c, damp_pct) == pytest.approx(wanted_hpa, rel=0.002), source


# The oracle, over the whole range.

TEMPERATURES_C = range(-20, 61)
HUMIDITIES_PCT = range(1, 101)


@pytest.fixture(scope="module")
def oracle() -> dict[tuple[int, int], tuple[float, float]]:
    """Return what psychrolib says: dew point in °C and vapour pressure in hPa of each air."""
    import psychrolib

    psychrolib.SetUnitSystem(psychrolib.SI)
    return {
        (warm_c, damp_pct): (
            psychrolib.GetTDewPointFromRelHum(warm_c, damp_pct / 100),
            psychrolib.GetVapPresFromRelHum(warm_c, damp_pct / 100) / 100,
        )
        for warm_c in TEMPERATURES_C
        for damp_pct in HUMIDITIES_PCT
    }


def test_the_dew_point_is_psychrolibs_to_a_twentieth_of_a_kelvin_everywhere(
    oracle: dict[tuple[int, int], tuple[float, float]],
) -> None:
    off_k = max(abs(air[0] - dew_gap_k(*air) - dew_c) for air, (dew_c, _) in oracle.items())
    assert off_k < 0.05
    assert off_k < 1e-4, "it is the same formula, solved otherwise"


def test_the_vapour_pressure_is_psychrolibs_everywhere(
    oracle: dict[tuple[int, int], tuple[float, float]],
) -> None:
    assert all(vapour_hpa(*air) == pytest.approx(hpa, rel=1e-9) for air, (_, hpa) in oracle.items())


def test_magnus_alone_leaves_a_twentieth_of_a_kelvin_in_heat_and_in_frost(
    oracle: dict[tuple[int, int], tuple[float, float]],
) -> None:
    """Why the fast path is not Magnus alone, and where it would have done."""
    off_k = {air: abs(_dew_by_magnus_c(*air) - dew_c) for air, (dew_c, _) in oracle.items()}
    hot = [air for air, (dew_c, _) in oracle.items() if dew_c >= 0 and air[0] == 60]
    assert 0.05 < max(off_k[air] for air in hot) < 0.1
    frosty = [air for air, (dew_c, _) in oracle.items() if dew_c < -1]
    assert max(off_k[air] for air in frosty) > 3
    mild = [air for air, (dew_c, _) in oracle.items() if dew_c >= 0 and air[0] <= 50]
    assert max(off_k[air] for air in mild) < 0.05


def _dew_by_magnus_c(warm_c: float, damp_pct: float) -> float:
    gamma = math.log(damp_pct / 100) + 17.62 * warm_c / (243.12 + warm_c)
    return 243.12 * gamma / (17.62 - gamma)


# The alert table, row by row, at the box.


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: the air that must not be told after `let_h` hours, and must be after `told_h`."""

    warm_c: float = 21.0
    damp_pct: float = 40.0
    light_pct: float | None = None
    let_h: float
    told_h: float
    level: str
    silent: bool = False


ROWS = {
    "warm": Row(warm_c=25.1, let_h=23.9, told_h=24.1, level="info"),
    "hot": Row(warm_c=30.1, let_h=9.9, told_h=10.1, level="low"),
    "hot-day": Row(warm_c=30.1, let_h=23.9, told_h=24.1, level="medium"),
    "heat": Row(warm_c=40.1, let_h=0.1, told_h=0.3, level="medium"),
    "searing": Row(warm_c=45.1, let_h=0.9, told_h=1.1, level="high"),
    "cold": Row(warm_c=14.9, let_h=23.9, told_h=24.1, level="info"),
    "freezing": Row(warm_c=-0.6, let_h=0.9, told_h=1.1, level="low"),
    "damp-day": Row(damp_pct=60.5, let_h=18.9, told_h=19.2, level="info"),
    "damp": Row(damp_pct=75.5, let_h=5.9, told_h=6.1, level="low"),
    "condensation": Row(damp_pct=89.5, let_h=0.4, told_h=0.6, level="medium"),
    "desiccant": Row(damp_pct=39.0, let_h=133.8, told_h=134.2, level="info"),
    "light": Row(light_pct=26.0, let_h=0.9, told_h=1.1, level="info"),
    "stale": Row(let_h=0.4, told_h=0.6, level="low", silent=True),
}
READ_MS = 5 * MINUTE_MS


def lived(limit: Limit, row: Row, hours: float, *, milder: float = 0.0) -> list[ExcursionStarted]:
    """Let a box live in the air of a row for some hours and return what it told."""
    scene = Scene.begun(plan_of(limits=(limit,), until=MONDAY + 90 * DAY_MS), at=on("06:00"))
    for place in range(round(hours * HOUR_MS / READ_MS) + 1):
        # A sensor that reads exactly the same for half a day is not believed.
        damp_pct = row.damp_pct - milder + (0.05 if place % 2 else -0.05)
        if not row.silent:
            scene.climate(row.warm_c - milder, damp_pct, row.light_pct)
        scene.after(READ_MS)
    return scene.of(ExcursionStarted)


def test_the_table_has_a_row_for_every_limit_that_is_shipped() -> None:
    assert list(ROWS) == [limit.rule for limit in ALL_LIMITS]


@pytest.mark.parametrize("limit", ALL_LIMITS, ids=lambda limit: limit.rule)
def test_each_row_is_told_when_its_dwell_is_over_and_not_before(limit: Limit) -> None:
    row = ROWS[limit.rule]
    assert lived(limit, row, row.let_h - 0.1) == []
    [told] = lived(limit, row, row.told_h)
    assert (told.rule, told.level) == (limit.rule, row.level)


@pytest.mark.parametrize(
    "limit", [one for one in ALL_LIMITS if one.measure != "silence"], ids=lambda limit: limit.rule
)
def test_no_row_is_told_of_air_within_its_limit(limit: Limit) -> None:
    row, milder = ROWS[limit.rule], -1.0 if limit.side == "below" else 1.0
    if limit.measure == "light_pct":
        row = Row(light_pct=limit.limit, let_h=row.let_h, told_h=row.told_h, level=row.level)
    if limit.measure == "dew_gap_k":
        milder = 3.0
    assert lived(limit, row, min(row.told_h, 30), milder=milder) == []
