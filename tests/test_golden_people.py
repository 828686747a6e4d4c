"""Are duty, silence, promises and quiet hours across two zones told as they were on release?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.household import read_household
from hub.replay import replay

PEOPLE = Path(__file__).parent / "golden" / "people"
HOME = PEOPLE / "household.toml"

# Written by hand, because a golden file could be made anew by mistake: when (UTC), to whom, by what, of what.
# In November New York is five hours behind UTC and Berlin one hour ahead.
TOLD = {
    # Bea's turn ends at midnight in Berlin, which is 18:00 where Ada lives; Cem hears of what is open then.
    "rota-at-midnight": [
        ("24T21:00:30", "bea", "push", "not opened"),
        ("24T23:00:00", "cem", "push", "not opened"),
        ("25T01:00:00", "bea", "sms", "not opened"),
        ("25T02:00:00", "cem", "push", "not opened"),
    ],
    # Cem has the duty and silence from doses: Bea's step does not wait. At 23:30 his silence is over.
    "mute-expiry": [
        ("25T21:00:30", "bea", "sms", "not opened"),
        ("25T22:00:30", "bea", "sms", "not opened"),
        ("25T23:30:00", "cem", "push", "not opened"),
        ("26T00:00:30", "cem", "push", "not opened"),
    ],
    # Cem takes it on until 22:00 and is asked again when that is over; at the end both hear the correction.
    "promise-lapse": [
        ("26T21:00:30", "cem", "push", "not opened"),
        ("26T22:00:00", "cem", "push", "not opened"),
        ("27T00:00:00", "bea", "sms", "not opened"),
        ("27T00:30:00", "cem", "push", "correction"),
        ("27T00:30:00", "bea", "sms", "correction"),
    ],
    # Damp storage waits for Bea's 07:00 in Berlin and has one round; a call for help wakes her at night.
    "quiet-hours": [
        ("27T23:00:00", "cem", "push", "Help was asked for"),
        ("28T01:00:00", "bea", "sms", "Help was asked for"),
        ("28T02:00:00", "cem", "push", "Help was asked for"),
        ("28T04:00:00", "bea", "sms", "Help was asked for"),
        ("28T06:00:00", "bea", "push", "Storage is too damp"),
        ("28T06:00:00", "cem", "push", "Help was asked for"),
        ("28T06:30:00", "bea", "sms", "Storage is too damp"),
        ("28T07:30:00", "bea", "sms", "nobody has answered"),
        ("28T07:30:00", "cem", "push", "nobody has answered"),
        ("28T08:00:00", "bea", "sms", "Help was asked for"),
    ],
}


def told(name: str) -> Iterator[str]:
    """Replay a story and go through what was said to people and what became of slots."""
    lines = (PEOPLE / f"{name}.jsonl").read_bytes().splitlines(keepends=True)
    for line in replay(read_household(HOME), lines):
        said = json.loads(line)
        if "notify" in said or "outcome" in said:
            yield line


@pytest.mark.parametrize("name", TOLD)
def test_the_story_is_told_as_it_was_released(name: str) -> None:
    assert list(told(name)) == (PEOPLE / f"{name}.story.jsonl").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", TOLD)
def test_each_is_told_by_the_rules_as_they_are_written_by_hand(name: str) -> None:
    letters = [json.loads(line) for line in told(name) if "notify" in json.loads(line)]
    assert len(letters) == len(TOLD[name])
    for line, (at, to, channel, words) in zip(letters, TOLD[name], strict=True):
        letter = line["notify"]
        assert (line["at"], letter["to"], letter["channel"]) == (f"2026-11-{at}.000Z", to, channel)
        assert words in letter["title"], letter


def test_who_hears_of_a_promise_that_lapsed_is_told_whose_it_was() -> None:
    bodies = [json.loads(line)["notify"]["body"] for line in told("promise-lapse") if "notify" in line]
    assert any("Cem had taken it on until 17:00 on 26 November; it is still open." in body for body in bodies)
