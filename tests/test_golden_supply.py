"""Is a supply that would run out after Christmas told in time, as it was told on release?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.test_golden_corrections import ran

CARE = Path(__file__).parent / "golden" / "care"
HOUSEHOLD = Path(__file__).parent / "golden" / "days" / "household.toml"


def played(household: Path) -> list[dict[str, Any]]:
    """Send the week of the box and what people wrote in down the pipe; return what the hub did."""
    home = ("--household", str(household))
    plan = ran("hub.cli", "plan", *home, "--box", "kitchen", "--at", "2026-12-14T04:00:00Z")
    lids = (CARE / "christmas-supply.box.jsonl").read_text()
    box = ran("controller.cli", "replay", "-", given=plan + lids)
    lines = [*box.splitlines(), *(CARE / "christmas-supply.people.jsonl").read_text().splitlines()]
    lines.sort(key=lambda line: str(json.loads(line)["at"]))
    hub = ran("hub.cli", "replay", *home, "-", given="".join(f"{line}\n" for line in lines))
    return [json.loads(line) for line in hub.splitlines()]


def of_supply(done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the letters about the supply, and what stands about it at the broker."""
    return [
        line
        for line in done
        if line.get("notify", {}).get("title", "").startswith("Supply")
        or "supply." in str(dict(line.get("payload") or {}).get("kind", ""))
    ]


def test_before_christmas_it_is_told_so_early_that_the_packs_are_there_in_time() -> None:
    told = of_supply(played(HOUSEHOLD))
    story = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in told]
    assert story == (CARE / "christmas-supply.story.jsonl").read_text().splitlines()
    # The golden file could be made anew by mistake; this is written by hand.
    letters = [line for line in told if "notify" in line]
    assert letters[0]["at"] == "2026-12-21T09:00:00.000Z", "three days before the last day to order, by day"
    assert "It must be ordered by 2026-12-24." in letters[0]["notify"]["body"]
    assert "The medicine is Azathioprine 50 mg." in letters[0]["notify"]["body"]
    assert [(one["at"], one["notify"]["to"]) for one in letters if one["notify"]["kind"] == "resolved"] == [
        ("2026-12-22T10:00:00.000Z", "bea"),
        ("2026-12-22T10:00:00.000Z", "cem"),
    ]
    standing = [line["payload"] for line in told if "payload" in line]
    assert len({one["alert"] for one in standing}) == 1, "one condition, one alert"
    assert not [one for one in standing if "zathioprine" in f"{one['title']} {one['body']}"]


def test_where_christmas_is_no_holiday_there_is_still_time(tmp_path: Path) -> None:
    text = HOUSEHOLD.read_text()
    elsewhere = text.replace('country = "GB"', 'country = "CN"').replace('subdivision = "ENG"', "")
    assert elsewhere != text
    household = tmp_path / "household.toml"
    household.write_text(elsewhere)
    first = next(line for line in of_supply(played(household)) if "notify" in line)
    assert first["at"] == "2026-12-22T09:00:00.000Z", "ten days ahead, and not for the sake of Christmas"
    assert "It must be ordered by 2026-12-28." in first["notify"]["body"]
