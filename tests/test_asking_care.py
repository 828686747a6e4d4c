"""Do `check` and `feeling` show first, change only with a yes, and refuse nonsense in one sentence?"""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from hub.config import read_config
from hub.engine import Engine
from hub.store.sqlite.store import open_store
from tests.hub_parts import DUE_MS, compressed, install, pillbox_hub
from tests.parts import free_port

CHECK = """
[[check]]
id = "blood-count"
patient = "ada"
title = "Blood count and liver function"
from = 2026-11-02
every = "14d"
until = 2027-03-01
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    config = install(tmp_path / "hub", free_port(), clock=compressed(1))
    household = config.parent / "household.toml"
    household.write_text(household.read_text("utf-8") + CHECK, encoding="utf-8")
    assert pillbox_hub("import", household, "--config", config).returncode == 0
    return config


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub(*words[:1], "--config", config, *words[1:])


def states(config: Path) -> dict[str, str]:
    listed = json.loads(ask(config, "check", "--json").stdout)["checks"]
    return {one["due"]: one["state"] for one in listed}


def test_checks_are_due_overdue_done_and_moved_and_a_word_can_be_undone(home: Path) -> None:
    assert (states(home)["2026-11-02"], states(home)["2026-12-14"]) == ("overdue", "due")
    shown = ask(home, "check", "done", "blood-count", "--on", "2026-11-03", "--by", "bea")
    assert "the one due on 2026-11-02 took place on 2026-11-03; is that right?" in shown.stdout
    assert states(home)["2026-11-02"] == "overdue", "shown, not done"
    done = ask(home, "check", "done", "blood-count", "--on", "2026-11-03", "--by", "bea", "--yes", "--json")
    assert states(home)["2026-11-02"] == "done"
    to = ("--due", "2026-12-14", "--to", "2026-12-16", "--by", "ada", "--yes")
    moved = ask(home, "check", "move", "blood-count", *to)
    assert moved.returncode == 0, moved.stderr
    assert states(home)["2026-12-14"] == "moved"
    back = ask(home, "check", "undo", json.loads(done.stdout)["entry"], "--by", "bea", "--yes")
    assert back.returncode == 0, back.stderr
    assert states(home)["2026-11-02"] == "overdue"


def test_one_blood_test_told_by_two_people_takes_no_other_off_the_list(home: Path) -> None:
    told = ("check", "done", "blood-count", "--on", "2026-11-03", "--yes")
    assert ask(home, *told, "--by", "bea").returncode == 0
    before = states(home)
    again = ask(home, *told, "--by", "ada")
    assert (again.returncode, again.stdout) == (2, "")
    assert "that 'blood-count' took place on 2026-11-03 has been said already, by bea" in again.stderr
    assert states(home) == before


def test_a_sign_says_at_once_whom_to_call_and_alerts_once_it_is_taken_in(home: Path) -> None:
    said = ask(home, "feeling", "say", "--fever", "38,2", "--effect", "fatigue=a lot", "--by", "ada", "--yes")
    assert said.stdout.startswith("The leaflet says: “Call your doctor right away")
    assert "temperature: 38.2 °C" in said.stdout
    with closing(open_store(read_config(home).database, "hub")) as store:
        engine = Engine(store)
        engine.start(DUE_MS)
        engine.take_entries(DUE_MS)
        assert [alert.kind for alert in store.alerts()] == ["care.warning_sign"]
    [kept] = json.loads(ask(home, "feeling", "--json").stdout)["answers"]
    assert (kept["at"][:11], kept["at"][-1]) == ("2026-11-23T", "Z")
    assert (kept["by"], kept["fever_c"], kept["effects"]) == ("ada", 38.2, {"fatigue": "a lot"})
    assert "Fatigue: a lot" in ask(home, "feeling").stdout


def test_the_questions_are_those_of_the_leaflets(home: Path) -> None:
    asked = json.loads(ask(home, "feeling", "questions", "--json").stdout)
    assert {"fever", "rash", "other-worry"} <= asked["signs"].keys()
    assert {"mild-nausea", "fatigue"} <= asked["effects"].keys()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check", "done", "blood-cont", "--by", "bea"), "did you mean 'blood-count'?"),
        (("check", "done", "blood-count", "--on", "2199-01-01", "--by", "bea"), "has not come yet"),
        (("check", "done", "blood-count", "--on", "soon", "--by", "bea"), "is not a date"),
        (("check", "move", "blood-count", "--by", "bea"), "say which one moves"),
        (
            ("check", "move", "blood-count", "--due", "2026-11-03", "--to", "2027-01-01", "--by", "bea"),
            "no open time of 'blood-count' is due on 2026-11-03",
        ),
        (
            ("check", "move", "blood-count", "--due", "2026-12-14", "--to", "2020-01-01", "--by", "bea"),
            "2020-01-01 is over",
        ),
        (("check", "undo", "e-nothing", "--by", "bea"), "there is no such entry about a check"),
        (("check", "done", "blood-count"), "say who makes this change"),
        (("feeling", "say", "--by", "ada"), "say something"),
        (("feeling", "say", "--sign", "fewer", "--by", "ada"), "did you mean 'fever'?"),
        (("feeling", "say", "--fever", "400", "--by", "ada"), "is no temperature of a body"),
        (("feeling", "say", "--fever", "hot", "--by", "ada"), "is not a temperature"),
        (("feeling", "say", "--effect", "fatigue", "--by", "ada"), "say how it is"),
        (("feeling", "say", "--effect", "joy=much", "--by", "ada"), "no leaflet here names an effect 'joy'"),
        (("feeling", "say", "--words", "x" * 501, "--by", "ada"), "501 characters"),
        (("feeling", "say", "--sign", "rash", "--by", "mallory"), "has no part in the care"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(home: Path, words: tuple[str, ...], why: str) -> None:
    done = ask(home, *words)
    assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert done.stderr.count("\n") == 1
