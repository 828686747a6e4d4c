"""Is a trip from Berlin to New York and back planned, under each policy, as on release?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.asking.travel_words import day_lines
from hub.care.travelling.daily import travelled
from hub.household import read_household
from tests.hub_parts import pillbox_hub

CARE = Path(__file__).parent / "golden" / "care"
AT = "2026-12-09T05:00:00Z"

# The golden files could be made anew by mistake; these were worked out by hand. Berlin is UTC+1, New York
# UTC-5: local time moves by six hours at once, a shift by two hours a day.
BY_HAND = {
    "home": {"2026-12-10/08:00": "10T07:00", "2026-12-15/08:00": "15T07:00", "2026-12-15/20:00": "15T19:00"},
    "local": {
        "2026-12-09/20:00": "09T19:00",
        "2026-12-10/08:00": "10T13:00",
        "2026-12-14/20:00": "15T01:00",
        # Six hours after the one before, which is half of twelve and so just enough.
        "2026-12-15/08:00": "15T07:00",
        "2026-12-15/20:00": "15T19:00",
    },
    "shift": {
        "2026-12-10/08:00": "10T09:00",
        "2026-12-11/08:00": "11T11:00",
        "2026-12-12/08:00": "12T13:00",
        "2026-12-14/20:00": "15T01:00",
        "2026-12-15/08:00": "15T11:00",
        "2026-12-16/08:00": "16T09:00",
        "2026-12-17/08:00": "17T07:00",
    },
}


def planned(policy: str) -> str:
    """Plan the kitchen box of a trip's household, as the program does."""
    done = pillbox_hub("plan", "--household", CARE / f"trip-{policy}.toml", "--box", "kitchen", "--at", AT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(policy: str) -> str:
    """Say the trip day by day, as `travel plan` does."""
    home = read_household(CARE / f"trip-{policy}.toml")
    (trip,) = home.trips
    return "".join(f"{line}\n" for line in day_lines(home, trip, travelled(home, trip)))


@pytest.mark.parametrize("policy", sorted(BY_HAND))
def test_a_trip_is_planned_byte_for_byte_as_on_release(policy: str) -> None:
    assert planned(policy) == (CARE / f"trip-{policy}.plan.jsonl").read_text("utf-8")


@pytest.mark.parametrize("policy", sorted(BY_HAND))
def test_a_trip_is_told_byte_for_byte_as_on_release(policy: str) -> None:
    assert told(policy) == (CARE / f"trip-{policy}.days.txt").read_text("utf-8")


@pytest.mark.parametrize("policy", sorted(BY_HAND))
def test_a_trip_has_the_instants_that_were_worked_out_by_hand(policy: str) -> None:
    slots = json.loads(planned(policy))["payload"]["slots"]
    found = {slot["slot"].partition("/")[2]: slot["due_at"][8:16] for slot in slots}
    assert {day: found.get(day) for day in BY_HAND[policy]} == BY_HAND[policy]


def test_the_three_policies_ask_for_the_same_slots_under_the_same_lids() -> None:
    asked = [
        sorted(
            (slot["slot"], slot["compartment"]) for slot in json.loads(planned(policy))["payload"]["slots"]
        )
        for policy in sorted(BY_HAND)
    ]
    assert asked[0] == asked[1] == asked[2]
