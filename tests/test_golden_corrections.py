"""Is a pocket dose that is told the next morning, undone, and undone again, told as it was on release?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CARE = Path(__file__).parent / "golden" / "care"
HOUSEHOLD = Path(__file__).parent / "golden" / "days" / "household.toml"
SLOT = "azathioprine/2026-12-07/20:00"


def ran(module: str, *words: str, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT, input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def story() -> list[str]:
    """Send the day of the box and what people wrote in down the pipe; return outcomes and letters."""
    household = ("--household", str(HOUSEHOLD))
    plan = ran("hub.cli", "plan", *household, "--box", "kitchen", "--at", "2026-12-07T04:00:00Z")
    box = ran("controller.cli", "replay", "-", given=plan + (CARE / "pocket-dose.box.jsonl").read_text())
    lines = [*box.splitlines(), *(CARE / "pocket-dose.people.jsonl").read_text().splitlines()]
    lines.sort(key=lambda line: str(json.loads(line)["at"]))
    hub = ran("hub.cli", "replay", *household, "-", given="".join(f"{line}\n" for line in lines))
    return [line for line in hub.splitlines() if "slot" in json.loads(line) or "notify" in json.loads(line)]


def test_a_pocket_dose_declared_the_next_morning_and_the_undoing_of_its_undoing() -> None:
    told = story()
    assert told == (CARE / "pocket-dose.story.jsonl").read_text().splitlines()
    # The golden file could be made anew by mistake; this is written by hand.
    outcomes = [said["outcome"] for said in map(json.loads, told) if said.get("slot") == SLOT]
    assert outcomes == ["missed", "self_reported", "missed", "self_reported"]
    corrected = [said["notify"]["to"] for said in map(json.loads, told) if "correction" in str(said)]
    assert "bea" in corrected, "who was alerted hears of it"
