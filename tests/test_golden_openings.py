"""Is a lid that is opened again, soon and later, told as it was on release?"""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

from controller.replay import replay

CARE = Path(__file__).parent / "golden" / "care"
TOLD_KINDS = ("lid.", "dose.", "reminder.")


def story(name: str) -> list[str]:
    """Replay what happened at a box; return what it testified of lids and doses."""
    out = StringIO()
    replay((CARE / f"{name}.box.jsonl").read_text().splitlines(), out.write)
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
