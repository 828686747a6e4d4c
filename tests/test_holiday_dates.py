"""Are public holidays those of the home's country and part of it, and is it said where nobody knows them?"""

from __future__ import annotations

import sys
from datetime import date

import pytest

from hub.holiday_dates import holiday_dates

TODAY = date(2026, 11, 23)


def test_christmas_is_a_holiday_in_england_also_in_its_place_on_a_monday() -> None:
    pytest.importorskip("holidays")
    found = holiday_dates("GB", "ENG", TODAY)
    assert found is not None
    assert {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)} <= found
    assert date(2026, 11, 30) not in found


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    pytest.importorskip("holidays")
    found = holiday_dates("GB", "SCT", TODAY)
    assert found is not None
    assert date(2026, 11, 30) in found


def test_the_years_around_are_known() -> None:
    pytest.importorskip("holidays")
    found = holiday_dates("GB", None, TODAY)
    assert found is not None
    assert {day.year for day in found} == {2025, 2026, 2027, 2028}


def test_an_unknown_part_keeps_the_holidays_of_the_country() -> None:
    pytest.importorskip("holidays")
    assert holiday_dates("GB", "QQ", TODAY) == holiday_dates("GB", None, TODAY)


def test_of_a_country_nobody_knows_nothing_is_said() -> None:
    assert holiday_dates("QQ", None, TODAY) is None


def test_without_the_calendar_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert holiday_dates("GB", "ENG", TODAY) is None
