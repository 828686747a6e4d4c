"""Is a day of a box with a lock told as it was on release, whichever way the home decided that it fails?"""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from controller.errors import ReplayRefused
from controller.replay import replay
from firmware.ports import LockSide
from firmware.scene import read_scene, write_lock
from tests.test_controller_cli import asked

CARE = Path(__file__).parent / "golden" / "care"
TOLD_KINDS = ("lock.", "lid.", "dose.", "help.", "refill.")


def written(lock: LockSide | None) -> str:
    out = StringIO()
    replay((CARE / "lock-day.box.jsonl").read_text().splitlines(), out.write, lock=lock)
    return out.getvalue()


def story(lock: LockSide | None) -> list[str]:
    """Replay the day; return what the box testified of its lock, its lids and its doses."""
    told = [json.loads(line)["payload"] for line in written(lock).splitlines() if '"kind"' in line]
    return [
        json.dumps({key: event[key] for key in ("at", "kind", "data")}, ensure_ascii=False)
        for event in told
        if event["kind"].startswith(TOLD_KINDS)
    ]


@pytest.mark.parametrize("lock", ["open", "locked"])
def test_the_day_is_told_as_it_was_released(lock: LockSide) -> None:
    assert story(lock) == (CARE / f"lock-day-{lock}.story.jsonl").read_text().splitlines()


def test_law_7_the_same_day_gives_the_same_bytes() -> None:
    assert written("locked") == written("locked")


def test_the_lock_turns_when_a_person_would_say_so() -> None:
    """The golden story could be made anew by mistake; this is written by hand."""
    told = [json.loads(line) for line in story("locked")]
    turns = [
        (one["at"][8:16], one["kind"][5:], one["data"]["because"]) for one in told if "lock." in one["kind"]
    ]
    assert turns == [
        ("07T05:00", "forced", "opened_while_locked"),
        ("07T06:00", "opened", "command"),
        ("07T06:05", "locked", "time_over"),
        # The command that had expired, and the one that named nobody, open nothing.
        ("07T07:00", "opened", "due"),
        ("07T08:06", "locked", "taken"),
        # Four seconds are a call for help and no more.
        ("07T10:01", "override", "help_held"),
        ("07T10:01", "opened", "override"),
        ("07T10:16", "locked", "time_over"),
        ("07T19:00", "opened", "due"),
        # After the power cut the box is a day behind and does not know the time: only the button opens it.
        ("06T19:40", "locked", "clock_untrusted"),
        ("06T19:41", "override", "help_held"),
        ("06T19:41", "opened", "override"),
        ("06T19:56", "locked", "time_over"),
        ("07T20:10", "opened", "due"),
        ("07T20:13", "locked", "taken"),
        # A press begins a refill and opens nothing; the hub's command does.
        ("08T05:10", "opened", "refill"),
        ("08T05:20", "locked", "refill_done"),
        ("08T07:00", "opened", "due"),
        ("08T14:00", "locked", "window_over"),
    ]


def test_a_lock_that_fails_open_differs_only_while_the_box_cannot_know_what_is_due() -> None:
    opens, locks = story("open"), story("locked")
    # Before it has a plan it is open, and after the power cut it stays so without a word.
    assert [json.loads(line)["data"]["because"] for line in opens if line not in locks] == [
        "no_plan", "plan_known",
    ]  # fmt: skip
    assert [json.loads(line)["data"]["because"] for line in locks if line not in opens] == [
        "clock_untrusted", "time_over", "due",
    ]  # fmt: skip


def test_without_a_lock_the_same_day_tells_of_none() -> None:
    assert not [line for line in story(None) if "lock." in line]
    assert [line for line in story("locked") if "lock." not in line] == story(None)


@pytest.mark.parametrize("down", ['"yes"', "1", "[]"])
def test_a_button_that_is_neither_held_nor_let_go_is_refused_with_its_line(down: str) -> None:
    line = f'{{"at":"2026-12-07T10:00:00.000Z","button":"help","down":{down}}}'
    with pytest.raises(ReplayRefused, match="line 1: down is neither true nor false"):
        replay([line], lambda text: None)


def test_a_day_can_be_replayed_with_a_lock_from_the_command_line(tmp_path: Path) -> None:
    day = str(CARE / "lock-day.box.jsonl")
    done = asked("replay", "--lock", "locked", day)
    assert (done.returncode, done.stdout) == (0, written("locked"))
    assert asked("replay", "--lock", "shut", day).returncode == 2


def test_the_hand_at_a_simulated_box_holds_a_button_and_sees_the_lock(tmp_path: Path) -> None:
    config = tmp_path / "controller.toml"
    config.write_text(
        '[box]\nid = "kitchen"\nhardware = "simulated"\n[simulation]\nfile = "scene.json"\n', "utf-8"
    )
    scene = tmp_path / "scene.json"
    assert asked("sim", "--config", str(config), "hold", "help").returncode == 0
    assert read_scene(scene).held == ("help",)
    assert asked("sim", "--config", str(config), "let-go", "help").returncode == 0
    assert read_scene(scene).held == ()
    write_lock(scene, True)
    assert json.loads(asked("sim", "--config", str(config), "status").stdout)["lock"] == "open"
