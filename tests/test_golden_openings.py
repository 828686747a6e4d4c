"""Is a lid that is opened again, or one with a medicine as needed, told as it was on release?"""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

from controller.replay import replay
from tests.hub_parts import pillbox_hub

CARE = Path(__file__).parent / "golden" / "care"
TOLD_KINDS = ("lid.", "dose.", "reminder.")


def story(name: str, plan: str = "") -> list[str]:
    """Replay what happened at a box; return what it testified of lids and doses."""
    out = StringIO()
    replay((plan + (CARE / f"{name}.box.jsonl").read_text()).splitlines(), out.write)
    told = [json.loads(line)["payload"] for line in out.getvalue().splitlines() if '"kind"' in line]
    return [
        json.dumps({key: event[key] for key in ("at", "kind", "data")}, ensure_ascii=False)
        for event in told
        if event["kind"].startswith(TOLD_KINDS)
    ]


def test_a_lid_opened_again_after_five_minutes_and_after_twenty() -> None:
    told = story("opened-again")
    assert told == (CARE / "opened-again.story.jsonl").read_text().splitlines()
    # The golden file could be made anew by mistake; this is written by hand.
    doses = [said for said in map(json.loads, told) if said["kind"].startswith("dose.")]
    assert [(said["at"][11:16], said["kind"]) for said in doses] == [
        ("08:05", "dose.taken"),
        ("08:25", "dose.extra"),
    ]
    assert sum(json.loads(line)["kind"] == "lid.opened" for line in told) == 3


def plan_of(name: str) -> str:
    done = pillbox_hub(
        "plan", "--household", CARE / f"{name}.toml", "--box", "kitchen", "--at", "2026-12-07T04:00:00Z"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_as_needed_up_to_the_most_of_a_day_with_a_power_cut_in_between() -> None:
    told = story("as-needed", plan_of("as-needed"))
    assert told == (CARE / "as-needed.story.jsonl").read_text().splitlines()
    doses = [said for said in map(json.loads, told) if said["kind"].startswith("dose.")]
    assert [(said["at"][8:16], said["kind"], said["data"]["because"]) for said in doses] == [
        ("07T08:00", "dose.as_needed", "lid_opened"),
        ("07T10:00", "dose.extra", "too_soon"),
        ("07T12:00", "dose.as_needed", "lid_opened"),
        ("07T16:30", "dose.as_needed", "lid_opened"),
        ("07T21:00", "dose.extra", "daily_most"),
        ("07T21:01", "dose.extra_answered", "button"),
        ("07T23:00", "dose.extra", "daily_most"),
        ("08T08:30", "dose.as_needed", "lid_opened"),
    ]


def test_a_dose_taken_late_keeps_the_next_one_closed_for_as_long_as_the_rule_says() -> None:
    told = story("late-beside-next", plan_of("late-beside-next"))
    assert told == (CARE / "late-beside-next.story.jsonl").read_text().splitlines()
    doses = [said for said in map(json.loads, told) if said["kind"].startswith("dose.")]
    assert [(said["at"][8:16], said["kind"], said["data"]["because"]) for said in doses] == [
        ("07T13:30", "dose.taken", "lid_opened"),
        # Eight hours after 13:30 is 21:30: before it the lid warns, after it the slot is still there.
        ("07T20:05", "dose.extra", "too_soon"),
        ("07T21:40", "dose.taken", "lid_opened"),
        # On the second evening the lid is not opened again: nobody can say whether it was taken.
        ("08T13:50", "dose.taken", "lid_opened"),
        ("08T20:00", "dose.extra", "too_soon"),
        ("09T02:00", "dose.unobserved", "opened_too_soon"),
        ("09T08:02", "dose.taken", "lid_opened"),
    ]
    late = [said["data"]["timing"] for said in doses if said["kind"] == "dose.taken"]
    assert late == ["late", "late", "late", "on_time"]
    first_evening = [said for said in map(json.loads, told) if said["kind"] == "reminder.given"]
    waited = [said["at"][8:16] for said in first_evening if said["data"]["slot"].endswith("07/20:00")]
    assert waited, "the reminder waits for the gap, and comes"
    assert all(at >= "07T21:30" for at in waited)
