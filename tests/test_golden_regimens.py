"""Is a titration over a change of the clocks, a cycle, a day of halves or a pause planned as on release?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hub_parts import pillbox_hub

CARE = Path(__file__).parent / "golden" / "care"

# The golden files could be made anew by mistake; these counts and lines are written by hand.
SCENARIOS: dict[str, tuple[str, dict[str, tuple[str, str, float]], int]] = {
    "titration-over-dst": ("2026-10-20T05:00:00Z", {
        "2026-10-24/08:00": ("2026-10-24T07:00", "sat-am", 0.5),
        "2026-10-25/08:00": ("2026-10-25T08:00", "sun-am", 1),
        "2026-10-25/20:00": ("2026-10-25T20:00", "sun-pm", 0.5),
    }, 5 + 2 * 10),
    "halves-in-a-day": ("2026-12-07T05:00:00Z", {
        "2026-12-07/08:00": ("2026-12-07T08:00", "mon-am", 0.5),
        "2026-12-07/14:00": ("2026-12-07T14:00", "prn", 1),
        "2026-12-07/20:00": ("2026-12-07T20:00", "mon-pm", 0.5),
    }, 3 * 15),
    "hold-and-resume": ("2026-12-09T12:30:00Z", {
        "2026-12-11/08:00": ("2026-12-11T08:00", "fri-am", 0.5),
    }, 2 * 13),
    "cycle-of-28-days": ("2026-12-20T05:00:00Z", {
        "2026-12-27/08:00": ("2026-12-27T08:00", "sun-am", 1),
    }, 8),
}  # fmt: skip


def planned(name: str) -> str:
    """Plan the kitchen box of a scenario's household, as the program does."""
    done = pillbox_hub(
        "plan", "--household", CARE / f"{name}.toml", "--box", "kitchen", "--at", SCENARIOS[name][0]
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_is_planned_byte_for_byte_as_on_release(name: str) -> None:
    assert planned(name) == (CARE / f"{name}.plan.jsonl").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_has_the_slots_that_were_worked_out_by_hand(name: str) -> None:
    _, expected, count = SCENARIOS[name]
    slots = json.loads(planned(name))["payload"]["slots"]
    found = {
        slot["slot"].partition("/")[2]: (
            slot["due_at"][:16], slot["compartment"], slot["amounts"][0]["amount"]
        )
        for slot in slots
    }  # fmt: skip
    assert {day: found.get(day) for day in expected} == expected
    assert len(found) == count


def test_held_days_and_days_off_have_nothing_to_watch() -> None:
    held = json.loads(planned("hold-and-resume"))["payload"]["slots"]
    days = {slot["slot"].split("/")[1] for slot in held}
    assert not days & {"2026-12-09", "2026-12-10"}
    rest = json.loads(planned("cycle-of-28-days"))["payload"]["slots"]
    days = {slot["slot"].split("/")[1] for slot in rest}
    assert max(days) == "2026-12-27"
