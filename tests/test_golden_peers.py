"""Do the faults that users of other programs report occur here? A recorded scenario for each thread."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.household import read_household
from hub.replay import replay
from tests.care_days import MORNING, Keeper, at, missed

PEERS = Path(__file__).parent / "golden" / "peers"

# Written by hand, because a golden file could be made anew by mistake: when (UTC), to whom, by what, of what.
TOLD = {
    "02-levels-until-answered": [
        ("23T12:00:30", "bea", "push", "not opened"),
        ("23T12:15:30", "bea", "sms", "not opened"),
        ("23T12:30:30", "cem", "mail", "not opened"),
    ],
    "03-duty-by-one-act": [("23T12:00:30", "cem", "mail", "not opened")],
    "04-mute-ends-by-itself": [
        ("23T12:00:30", "cem", "mail", "not opened"),
        ("24T00:00:30", "bea", "push", "20:00 on 23 November: not opened"),
    ],
    # At 12:30 it would be Cem's turn, and at 13:30 the second round's.
    "05-one-answer-quiets-all": [
        ("23T12:00:30", "bea", "push", "not opened"),
        ("23T12:15:30", "bea", "sms", "not opened"),
    ],
    "06-promise-is-kept-quiet": [
        ("23T12:00:30", "bea", "push", "not opened"),
        ("23T18:00:00", "bea", "push", "not opened"),
    ],
    "07-answered-stays-answered": [("23T12:00:30", "bea", "push", "not opened")],
    "08-already-so-at-the-start": [("23T06:30:00", "bea", "push", "Box not heard")],
    "10-answer-over-mqtt": [("23T12:00:30", "bea", "push", "not opened")],
    # The rests between the rounds: one hour, two, four.
    "11-again-until-answered": [
        ("23T12:00:30", "bea", "push", "not opened"),
        ("23T12:15:30", "bea", "sms", "not opened"),
        ("23T12:30:30", "cem", "mail", "not opened"),
        ("23T13:30:30", "bea", "push", "not opened"),
        ("23T13:45:30", "bea", "sms", "not opened"),
        ("23T14:00:30", "cem", "mail", "not opened"),
        ("23T16:00:30", "bea", "push", "not opened"),
        ("23T16:15:30", "bea", "sms", "not opened"),
        ("23T16:30:30", "cem", "mail", "not opened"),
        ("23T20:00:00", "bea", "sms", "taken on"),
    ],
    "12-quiet-hours": [
        ("24T00:00:30", "bea", "push", "not opened"),
        ("24T07:00:00", "bea", "push", "too damp"),
    ],
    "14-six-steps": [
        ("23T12:00:30", "bea", "push", "not opened"),
        ("23T12:05:30", "bea", "sms", "not opened"),
        ("23T12:10:30", "bea", "voice", "not opened"),
        ("23T12:20:30", "cem", "mail", "not opened"),
        ("23T12:35:30", "bea", "voice", "not opened"),
        ("23T12:50:30", "cem", "mail", "not opened"),
    ],
    "15-offline-is-not-missed": [
        ("23T12:05:00", "bea", "push", "no word from the box"),
        ("23T12:20:00", "bea", "sms", "no word from the box"),
        ("23T12:35:00", "cem", "mail", "no word from the box"),
        ("23T13:35:00", "bea", "push", "no word from the box"),
        ("23T13:50:00", "bea", "sms", "no word from the box"),
        ("23T14:00:02", "bea", "sms", "correction"),
        ("23T14:00:02", "cem", "mail", "correction"),
    ],
    "16-data-stop": [
        ("23T06:20:00", "bea", "push", "Box not heard"),
        ("23T06:35:00", "bea", "sms", "Box not heard"),
        ("23T06:50:00", "bea", "sms", "heard again"),
    ],
}
NAMES = sorted(path.name.removesuffix(".story.jsonl") for path in PEERS.glob("*.story.jsonl"))


def told(name: str) -> Iterator[str]:
    """Replay a scenario and go through what people were told and what became of slots."""
    own = PEERS / f"{name}.toml"
    home = read_household(own if own.exists() else PEERS / "household.toml")
    for line in replay(home, (PEERS / f"{name}.jsonl").read_bytes().splitlines(keepends=True)):
        said = json.loads(line)
        if "notify" in said or "outcome" in said:
            yield line


def letters(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the letters of a scenario with their instants."""
    said = [json.loads(line) for line in told(name)]
    return [(one["at"], one["notify"]) for one in said if "notify" in one]


def outcomes(name: str) -> list[str]:
    """Return every change of an outcome in a scenario."""
    return [said["outcome"] for line in told(name) if "outcome" in (said := json.loads(line))]


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_of_another_program_is_told_as_on_release(name: str) -> None:
    assert list(told(name)) == (PEERS / f"{name}.story.jsonl").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_scenario_of_another_program_is_told_as_worked_out_by_hand(name: str) -> None:
    found = [(when[8:19], one["to"], one["channel"]) for when, one in letters(name)]
    assert found == [(when, to, channel) for when, to, channel, _ in TOLD[name]]
    for (_, one), (*_, words) in zip(letters(name), TOLD[name], strict=True):
        assert words in one["title"], one


def test_doses_that_were_not_opened_are_missed_and_not_takeable_any_more() -> None:
    assert outcomes("01-missed-is-said") == ["missed", "missed", "missed"]
    titles = [one["title"] for _, one in letters("01-missed-is-said")]
    assert "12:30 on 24 November: opened with nothing due" in titles


def test_who_wants_only_the_supply_hears_of_the_supply_only() -> None:
    titles = {one["title"] for _, one in letters("13-supply-only") if one["to"] == "cem"}
    assert titles == {"Supply: order now"}
    assert any("not opened" in one["title"] for _, one in letters("13-supply-only") if one["to"] == "bea")


def test_a_box_that_only_had_no_network_is_never_said_to_have_seen_nothing() -> None:
    assert outcomes("15-offline-is-not-missed") == ["unconfirmed", "taken"]
    assert not any("not opened" in one["title"] for _, one in letters("15-offline-is-not-missed"))


def test_one_dead_channel_delays_no_other_and_is_not_taken_for_told() -> None:
    """Scenario 9. The webhook is dead: the SMS leaves in the same instant, and only it counts."""
    keeper = Keeper(dead=frozenset({"push"}))
    keeper.live(at("07:00:00"))
    keeper.send(at("12:00:30"), missed(MORNING))
    alert = keeper.alert("dose.missed")
    assert keeper.told("dose.missed") == [("bea", "push", "alert"), ("bea", "sms", "alert")]
    assert (alert.state, alert.told) == ("told", ("bea",))
    assert alert.reached_by == {"bea": "sms"}


def test_where_every_channel_is_dead_nobody_counts_as_told_and_the_ladder_goes_on() -> None:
    """Scenario 9, the other half: delivery fails and no record says otherwise."""
    keeper = Keeper(dead=frozenset({"push", "sms", "mail"}))
    keeper.live(at("07:00:00"))
    keeper.send(at("12:00:30"), missed(MORNING))
    alert = keeper.alert("dose.missed")
    assert (alert.state, alert.told) == ("raised", ())
    assert {to for to, _, _ in keeper.told("dose.missed")} == {"bea", "cem"}
    assert alert.next_step_at is not None


def test_every_scenario_stands_in_the_table_with_its_thread() -> None:
    table = (PEERS / "README.md").read_text("utf-8")
    rows = [line for line in table.splitlines() if line.startswith("| ") and line[2:4].isdigit()]
    assert [row[2:4] for row in rows] == [f"{number:02d}" for number in range(1, 17)]
    assert {name[:2] for name in NAMES} == {f"{number:02d}" for number in range(1, 17)} - {"09"}
