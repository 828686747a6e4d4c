"""Does an import say back what it changed and what the coming days will look like?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.care.people import Household
from hub.care.planning import planned_slots
from hub.household import parse_household
from hub.readback import DAYS, changes, coming_days, idle, prescribed, questions
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
    assert "new home" not in found
    assert "new caregiver cem" in found


def test_the_same_household_changes_nothing() -> None:
    assert changes(home(), home()) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            '"08:00" = 0.5, "20:00" = 1',
            '"08:00" = 2',
            (
                "regimen azathioprine: step from 2026-11-20: until further notice: 08:00 ½ tablet, 20:00 1 "
                "tablet -> until further notice: 08:00 2 tablets"
            ),
        ),
        (
            'late = "+60m"',
            'late = "+90m"',
            (
                "regimen azathioprine: window: opens -60m, late from +60m, closes half-way to the next"
                " -> opens -60m, late from +90m, closes half-way to the next"
            ),
        ),
        ('["+0m"]', '["+0m", "+30m"]', "regimen azathioprine: reminders: +0m -> +0m, +30m"),
        ('name = "Bea"', 'name = "Beatrice"', "caregiver bea: name: Bea -> Beatrice"),
        (
            'after = "15m"',
            'after = "20m"',
            "ladder of ada: step 2: after 15m cem by mail -> after 20m cem by mail",
        ),
        ("Europe/London", "America/New_York", "patient ada: timezone: Europe/London -> America/New_York"),
        ('country = "GB"', 'country = "FR"', "home: country: GB -> FR"),
        ("9/push", "9/hunter2", "caregiver bea: channel push has another address"),
        ('ada = ["dose"]', 'ada = ["dose", "care"]', "caregiver cem: wants for ada: dose -> dose, care"),
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
    assert lines[1] == "  Mon 23 Nov 08:00  mon-am  ½ tablet of Azathioprine 50 mg"
    assert lines[2] == "  Mon 23 Nov 20:00  mon-pm  1 tablet of Azathioprine 50 mg"
    assert len(lines) == 1 + 2 * DAYS
    there = parse_household(home_toml().replace("Europe/London", "America/New_York"))
    assert said(there)[1].startswith("  Mon 23 Nov 08:00") or said(there)[1].startswith("  Sun 22 Nov 20:00")


def test_a_slot_whose_window_is_still_open_is_among_them_and_a_closed_one_is_not() -> None:
    assert "08:00" in said(home(), DUE_MS + 5 * HOUR_MS)[1]
    assert "20:00" in said(home(), DUE_MS + 7 * HOUR_MS)[1]


def test_a_hold_and_a_channel_that_come_or_go_are_said() -> None:
    after = parse_household(with_hold())
    assert changes(home(), after) == [
        "regimen azathioprine: hold from 2026-11-23 is new: until resumed, by clinic: infection"
    ]
    assert changes(after, home())[0].startswith("regimen azathioprine: hold from 2026-11-23 is gone: ")
    renamed = home_toml().replace("{ mail =", "{ post =").replace('"mail"', '"post"')
    assert "caregiver cem: channels: mail -> post" in changes(home(), parse_household(renamed))


def test_what_is_prescribed_is_read_back_line_by_line() -> None:
    assert prescribed(parse_household(with_hold()), "ada") == [
        "Ada: what is prescribed; compare it with the prescription",
        "  azathioprine: Azathioprine 50 mg tablet (azathioprine-50mg-tablet), box kitchen",
        "    window: opens -60m, late from +60m, closes half-way to the next",
        "    reminders: +0m",
        "    step from 2026-11-20 until further notice: 08:00 ½ tablet, 20:00 1 tablet",
        "    hold from 2026-11-23 until resumed, by clinic: infection",
    ]
    assert prescribed(replace(home(), regimens={}), "ada")[1:] == ["  nothing"]


def test_steps_that_have_not_begun_and_ended_ones_are_read_back_too() -> None:
    steps = (
        'from = 2026-11-20\nuntil = 2026-12-01\ntimes = { "08:00" = 0.5 }\n\n[[regimen.step]]\n'
        'from = 2026-12-02\ntimes = { "08:00" = 1 }\n'
    )
    text = home_toml().replace('from = 2026-11-20\ntimes = { "08:00" = 0.5, "20:00" = 1 }\n', steps)
    lines = prescribed(parse_household(text), "ada")
    assert "    step from 2026-11-20 until 2026-12-01: 08:00 ½ tablet" in lines
    assert "    step from 2026-12-02 until further notice: 08:00 1 tablet" in lines


def test_milligrams_typed_as_tablets_are_asked_about_and_not_refused() -> None:
    assert list(questions(home())) == []
    milligrams = parse_household(home_toml().replace('"08:00" = 0.5', '"08:00" = 50'))
    (asked,) = questions(milligrams)
    assert asked.startswith(
        "regimen azathioprine, step from 2026-11-20, 08:00: 50 tablets of Azathioprine 50 mg"
    )
    assert asked.endswith("?")
    assert said(milligrams)[1].endswith("50 tablets of Azathioprine 50 mg")
    four = parse_household(home_toml().replace('"08:00" = 0.5', '"08:00" = 4'))
    assert list(questions(four)) == []


def test_what_is_kept_and_not_yet_acted_upon_is_named() -> None:
    more = '\n[[check]]\nid = "blood"\npatient = "ada"\ntitle = "Blood"\nfrom = 2026-11-30\n'
    supply = '[regimen.supply]\ntablets = 40\ncounted_on = 2026-11-20\n\n[[caregiver]]\nid = "bea"'
    text = home_toml().replace('[[caregiver]]\nid = "bea"', supply) + more
    text = text.replace('layout = "7x2"', 'layout = "7x2"\nfill_day = "sun"')
    assert idle(parse_household(text)) == "fill_day of kitchen"
    gap = text.replace('closes = "half"', 'closes = "half", least_gap = "4h"')
    assert idle(parse_household(gap)) == idle(parse_household(text)), "the box keeps to it"


def with_hold() -> str:
    hold = (
        '[[regimen.hold]]\nfrom = 2026-11-23\nby = "clinic"\nwhy = "infection"\n\n[[caregiver]]\nid = "bea"'
    )
    return home_toml().replace('[[caregiver]]\nid = "bea"', hold)


def test_a_hold_is_said_and_an_empty_plan_too() -> None:
    held = parse_household(with_hold())
    lines = said(held)[1:]
    assert lines
    assert all(line.endswith("(on hold)") for line in lines)
    assert said(replace(home(), regimens={}))[1:] == ["  no slot"]
