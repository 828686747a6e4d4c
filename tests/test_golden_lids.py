"""Is what lids did unasked, in a home, told by both programs as it was on release?"""

from __future__ import annotations

import json
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from controller.replay import replay as at_box
from hub.household import read_household
from hub.replay import replay as at_hub
from tests.hub_parts import pillbox_hub

LIDS = Path(__file__).parent / "golden" / "lids"
HOUSEHOLD = LIDS / "household.toml"
NAMES = ("box-dropped", "child-at-night", "confused-evening", "open-on-a-damp-day", "switch-that-died")
SEEN = ("lid.", "dose.", "refill.", "excursion.")
PLAIN = ("lid.opened", "lid.closed")
ABOUT = ("lid.", "device.lid_", "dose.", "storage.damp")


@cache
def story(name: str) -> tuple[dict[str, Any], ...]:
    """Replay a scenario: what the box told, what became of doses, each alert and its first letter."""
    plan = pillbox_hub("plan", "--household", HOUSEHOLD, "--box", "kitchen", "--at", "2026-12-07T04:00:00Z")
    assert plan.returncode == 0, plan.stderr
    box = StringIO()
    at_box((plan.stdout + (LIDS / f"{name}.jsonl").read_text("utf-8")).splitlines(), box.write)
    told = [one for line in box.getvalue().splitlines() for one in seen(json.loads(line))]
    alerts: dict[str, str] = {}
    written: set[str] = set()
    lines = box.getvalue().encode().splitlines(keepends=True)
    for line in map(json.loads, at_hub(read_household(HOUSEHOLD), lines)):
        if "outcome" in line:
            told.append(line)
        elif "/alert/" in line.get("topic", "") and isinstance(alert := line["payload"], dict):
            known, alerts[alert["alert"]] = alerts.get(alert["alert"]), alert["kind"]
            if alert["kind"].startswith(ABOUT) and (known is None or alert["state"] == "resolved"):
                told.append({"at": line["at"], "alert": alert["kind"], "state": alert["state"]})
        elif "notify" in line and line["notify"]["alert"] not in written:
            written.add(line["notify"]["alert"])
            if alerts.get(line["notify"]["alert"], "").startswith(ABOUT):
                told.append(
                    {"at": line["at"], "letter": line["notify"]["title"], "body": line["notify"]["body"]}
                )
    return tuple(sorted(told, key=lambda one: str(one["at"])))


def seen(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a box testified of lids and doses; that a lid opened and closed is counted elsewhere."""
    if not said["topic"].endswith("/event"):
        return []
    kind, data = said["payload"]["kind"], said["payload"]["data"]
    return [{"at": said["at"], kind: data}] if kind.startswith(SEEN) and kind not in PLAIN else []


def edges(name: str) -> int:
    """Count how often a scenario moves a lid."""
    return (LIDS / f"{name}.jsonl").read_text("utf-8").count('"lid"')


def at_times(name: str, kind: str) -> list[str]:
    """Return when, to the minute, the box told something of a kind."""
    return [one["at"][8:16] for one in story(name) if kind in one]


def alerts(name: str) -> list[str]:
    """Return the kinds of the alerts that were raised, in their order."""
    return [one["alert"] for one in story(name) if one.get("state") in ("raised", "told")]


@pytest.mark.parametrize("name", NAMES)
def test_what_lids_did_is_told_as_on_release(name: str) -> None:
    told = [json.dumps(one, ensure_ascii=False) for one in story(name)]
    assert told == (LIDS / f"{name}.story.jsonl").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_every_raw_edge_is_still_one_event(name: str) -> None:
    plan = pillbox_hub("plan", "--household", HOUSEHOLD, "--box", "kitchen", "--at", "2026-12-07T04:00:00Z")
    box = StringIO()
    at_box((plan.stdout + (LIDS / f"{name}.jsonl").read_text("utf-8")).splitlines(), box.write)
    assert sum(box.getvalue().count(f'"kind":"{kind}"') for kind in PLAIN) == edges(name)


# By hand, because a golden file could be made anew by mistake.


def test_a_curious_child_is_one_alert_for_three_lids_and_no_dose() -> None:
    assert at_times("child-at-night", "lid.out_of_hours") == ["08T02:13", "08T02:14", "08T02:16"]
    assert alerts("child-at-night") == ["lid.out_of_hours"]
    assert at_times("child-at-night", "dose.taken") == ["07T08:05", "07T20:04", "08T08:02"]


def test_a_dropped_box_answers_no_dose_and_says_so_once() -> None:
    (fallen,) = (one["lid.disturbed"] for one in story("box-dropped") if "lid.disturbed" in one)
    assert len(fallen["compartments"]) == 9
    assert fallen["slots"] == ["azathioprine/2026-12-07/20:00"]
    assert alerts("box-dropped") == ["lid.disturbed", "dose.unobserved"]
    ended = {one["slot"][13:]: one["outcome"] for one in story("box-dropped") if "outcome" in one}
    assert ended == {
        "2026-12-07/08:00": "taken",
        "2026-12-07/20:00": "unobserved",
        "2026-12-08/08:00": "taken",
    }


def test_a_lid_left_open_is_over_when_it_is_closed_and_the_day_says_how_long() -> None:
    name = "open-on-a-damp-day"
    assert alerts(name) == ["device.lid_left_open", "storage.damp.low", "storage.damp.info"]
    ended = [(one["at"][11:16], one["alert"]) for one in story(name) if one.get("state") == "resolved"]
    assert ended == [("08:45", "device.lid_left_open"), ("18:30", "storage.damp.low")]
    (day,) = (one["lid.day"] for one in story(name) if "lid.day" in one)
    assert [(use["compartment"], use["open_ms"] // 60_000) for use in day["lids"]] == [
        ("mon-am", 40), ("mon-pm", 0),
    ]  # fmt: skip


def test_a_switch_that_died_is_told_after_the_second_dose_behind_it_and_until_it_moves() -> None:
    name = "switch-that-died"
    assert at_times(name, "lid.unmoved") == ["15T03:00"]
    told = [
        (one["at"][8:16], one["state"]) for one in story(name) if one.get("alert") == "device.lid_unmoved"
    ]
    assert told == [("15T03:00", "raised"), ("16T09:00", "resolved")]
    assert len(at_times(name, "lid.day")) == 9


def test_nine_openings_of_an_evening_are_told_as_one_from_the_fifth_on() -> None:
    name = "confused-evening"
    assert at_times(name, "lid.repeated") == ["07T20:24"]
    assert len(at_times(name, "dose.extra")) == 9
    told = [(one["at"][11:16], one["alert"]) for one in story(name) if one.get("state") == "told"]
    assert told == [
        ("20:00", "dose.extra"),
        ("20:06", "dose.extra"),
        ("20:18", "dose.extra"),
        ("20:24", "lid.repeated"),
        # The evening's own tablets may have been taken twice: that is said each time.
        ("20:36", "dose.extra"),
    ]
