"""Does `feeling ask` put one question at a time, store what was said, and say at once whom to call?"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hub.asking.acting import FOLLOWED, NOT_FOLLOWED
from hub.boot_clock import is_hub_acting
from hub.config import read_config
from hub.store.sqlite.store import open_store
from tests.hub_parts import ROOT, HubProcess, compressed, install, pillbox_hub
from tests.parts import eventually, free_port

ASK = ("feeling", "ask", "--by", "ada")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026."""
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    return found


def check_in(config: Path, *answers: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", *ASK, "--config", str(config)], cwd=ROOT,
        input="".join(f"{one}\n" for one in answers), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(config: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(pillbox_hub("feeling", "--json", "--config", config).stdout)[
        "answers"
    ]
    return found


def test_one_question_at_a_time_is_answered_left_and_gone_on_with(config: Path) -> None:
    first = check_in(config, "a little", "no", "stop")
    assert first.count("?") == 3
    assert "The rest can be answered later. Thank you." in first
    [one] = answers(config)
    assert list(one["effects"].values()) == ["a little", "no"]  # type: ignore[attr-defined]  # plain JSON
    again = check_in(config)
    assert again.count("?") == 1
    assert first.splitlines()[1] not in again, "what was answered today is not asked again"
    assert len(answers(config)) == 1, "an end without an answer writes nothing"


def test_a_sign_says_at_once_whom_to_call_and_is_stored_before_the_next_question(config: Path) -> None:
    said = check_in(config, *["no"] * 40)
    questions = said.count("?")
    assert "Everything is answered for today." in said
    assert len(answers(config)) == 1
    assert "call" not in said.lower()
    assert questions > 20


def test_a_fever_is_taken_with_its_value_and_the_leaflet_is_quoted_at_once(config: Path) -> None:
    lines: list[str] = []
    for _ in range(40):
        said = check_in(config, *lines, "38.6", "stop")
        if "The leaflet says:" in said:
            break
        lines.append("skip")
    assert "“Call your doctor right away about a fever" in said
    assert "No hub is running, so nobody is alerted to it: tell somebody yourself." in said
    fevers = [one["fever_c"] for one in answers(config) if one["fever_c"] is not None]
    assert fevers == [38.6]


def test_what_is_no_answer_is_asked_again(config: Path) -> None:
    said = check_in(config, "", "no", "stop")
    assert "That is no answer to it: no / a little / a lot, skip or stop." in said
    first = said.splitlines()[1]
    assert said.count(first) == 2


def test_what_is_skipped_is_not_stored(config: Path) -> None:
    check_in(config, "skip", "skip", "stop")
    assert answers(config) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("feeling", "ask"), "say who makes this change"),
        (("feeling", "ask", "--by", "mallory"), "has no part in the care"),
        (("feeling", "ask", "--by", "ada", "--json"), "a check-in speaks with a person"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(config: Path, words: tuple[str, ...], why: str) -> None:
    done = pillbox_hub(*words, "--config", config)
    assert (done.returncode, why in done.stderr) == (2, True), done.stderr


def test_whoever_reports_a_sign_is_told_whether_a_hub_is_there_to_alert_anybody(config: Path) -> None:
    """It once said that the caregivers "are alerted" while no hub ran."""
    report = ("feeling", "say", "--fever", "38.6", "--by", "ada", "--yes", "--config", config)
    assert pillbox_hub(*report).stdout.splitlines()[-1] == NOT_FOLLOWED
    assert json.loads(pillbox_hub(*report, "--json").stdout)["hub_running"] is False
    hub = HubProcess(config)
    try:
        eventually(lambda: is_there(config), within_s=30, what="the hub to take its lease")
        assert pillbox_hub(*report).stdout.splitlines()[-1] == FOLLOWED
        assert json.loads(pillbox_hub(*report, "--json").stdout)["hub_running"] is True
    finally:
        hub.end()


def is_there(config: Path) -> bool:
    with closing(open_store(read_config(config).database, "read")) as store:
        return is_hub_acting(store)
