"""Does an import say back what it changed and what the coming days will look like?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.care.people import Household
from hub.care.planning import planned_slots
from hub.household import parse_household
from hub.readback import DAYS, changes, coming_days
from tests.hub_parts import DUE_MS, home_toml

HOUR_MS = 3_600_000


def home() -> Household:
    return parse_household(home_toml())


def said(household: Household, now_ms: int = DUE_MS) -> list[str]:
    return coming_days(household, "ada", planned_slots(household, "ada", now_ms), now_ms)


def test_the_first_import_is_all_new() -> None:
    found = changes(None, home())
    assert found
    assert all(line.startswith("new ") for line in found)
    assert "new caregiver cem" in found


def test_the_same_household_changes_nothing() -> None:
    assert changes(home(), home()) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"08:00" = 0.5', '"08:00" = 1', "regimen azathioprine has changed"),
        ('name = "Bea"', 'name = "Beatrice"', "caregiver bea has changed"),
        ('after = "15m"', 'after = "20m"', "ladder of ada has changed"),
        ("Europe/London", "America/New_York", "patient ada has changed"),
    ],
)
def test_what_is_different_is_named_and_nothing_else(old: str, new: str, line: str) -> None:
    assert changes(home(), parse_household(home_toml().replace(old, new))) == [line]


def test_what_is_gone_is_said_to_be_gone() -> None:
    before = home()
    after = replace(before, caregivers={"bea": before.caregivers["bea"]}, regimens={})
    assert changes(before, after) == ["regimen azathioprine is gone", "caregiver cem is gone"]


def test_the_coming_days_are_said_in_the_patients_own_time() -> None:
    lines = said(home())
    assert lines[0] == f"Ada: the coming {DAYS * 24} hours, times in Europe/London"
    assert lines[1] == "  Mon 23 Nov 08:00  mon-am  ½ Azathioprine"
    assert lines[2] == "  Mon 23 Nov 20:00  mon-pm  1 Azathioprine"
    assert len(lines) == 1 + 2 * DAYS
    there = parse_household(home_toml().replace("Europe/London", "America/New_York"))
    assert said(there)[1].startswith("  Mon 23 Nov 08:00") or said(there)[1].startswith("  Sun 22 Nov 20:00")


def test_a_slot_whose_window_is_still_open_is_among_them_and_a_closed_one_is_not() -> None:
    assert "08:00" in said(home(), DUE_MS + 5 * HOUR_MS)[1]
    assert "20:00" in said(home(), DUE_MS + 7 * HOUR_MS)[1]


def test_a_hold_is_said_and_an_empty_plan_too() -> None:
    hold = (
        '[[regimen.hold]]\nfrom = 2026-11-23\nby = "clinic"\nwhy = "infection"\n\n[[caregiver]]\nid = "bea"'
    )
    held = parse_household(home_toml().replace('[[caregiver]]\nid = "bea"', hold))
    lines = said(held)[1:]
    assert lines
    assert all(line.endswith("(on hold)") for line in lines)
    assert said(replace(home(), regimens={}))[1:] == ["  no slot"]
