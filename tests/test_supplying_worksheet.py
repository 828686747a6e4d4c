"""Does the worksheet hold exactly what the coming week asks for, and no more?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.care.people import Hold
from hub.care.schedule import slots_between
from hub.care.supplying.worksheet import Worksheet, worksheet
from tests.care_days import household, regimen

MONDAY = date(2026, 11, 23)
AZA = regimen()
HOME = household(regimens=[AZA])


def test_each_compartment_of_the_week_comes_once_in_the_order_of_its_day() -> None:
    sheet = worksheet(HOME, "kitchen", MONDAY)
    assert [portion.compartment for portion in sheet.portions] == list(HOME.boxes["kitchen"].compartments)
    assert (sheet.first, sheet.last) == (MONDAY, date(2026, 11, 29))


def test_halves_are_marked_and_counted_as_tablets_to_halve() -> None:
    sheet = worksheet(HOME, "kitchen", MONDAY)
    assert [portion.is_parted for portion in sheet.portions[:2]] == [True, False]
    [total] = sheet.totals
    assert (total.eighths, total.to_halve, total.odd_parts) == (7 * 12, 4, 0)


def test_quarters_are_not_taken_for_halves() -> None:
    sheet = worksheet(household(regimens=[regimen(times={"08:00": 0.25})]), "kitchen", MONDAY)
    [total] = sheet.totals
    assert (total.to_halve, total.odd_parts) == (0, 7)


def test_nothing_is_laid_in_for_a_dose_that_is_held() -> None:
    hold = Hold(begins=MONDAY, until=MONDAY + timedelta(days=5), by="clinic", why="an infection")
    sheet = worksheet(household(regimens=[regimen(holds=(hold,))]), "kitchen", MONDAY)
    assert [portion.compartment for portion in sheet.portions] == ["sun-am", "sun-pm"]


def test_what_lies_in_another_box_or_in_none_is_not_on_the_sheet() -> None:
    assert worksheet(household(regimens=[replace(AZA, box=None)]), "kitchen", MONDAY).portions == ()


def test_the_contents_are_those_of_the_compartments_that_were_filled() -> None:
    other = replace(AZA, id="second")
    sheet = worksheet(household(regimens=[AZA, other]), "kitchen", MONDAY)
    assert sheet.contents(["mon-pm", "tue-am", "nowhere"]) == {
        "mon-pm": {"azathioprine": 1, "second": 1},
        "tue-am": {"azathioprine": 0.5, "second": 0.5},
    }


@given(st.dates(date(2026, 11, 1), date(2027, 2, 1)))
def test_a_sheet_holds_as_much_as_the_slots_of_its_week(first: date) -> None:
    sheet: Worksheet = worksheet(HOME, "kitchen", first)
    slots = slots_between(HOME, AZA, sheet.first, sheet.last)
    wanted = sum(part.amount for slot in slots for part in slot.amounts)
    assert sum(total.eighths for total in sheet.totals) == wanted * 8
    lying = sheet.contents(HOME.boxes["kitchen"].compartments)
    assert sum(amount for one in lying.values() for amount in one.values()) == wanted
