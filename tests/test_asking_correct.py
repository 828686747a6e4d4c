"""Does `correct` show first, change only with a yes, keep a name, and refuse what makes no sense?"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hub.config import read_config
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.store.sqlite.store import open_store
from tests.hub_parts import DUE_MS, MORNING, ROOT, compressed, event, install, pillbox_hub, taken
from tests.parts import free_port


@pytest.fixture
def lived(tmp_path: Path) -> Path:
    """Return a hub that has seen one dose taken."""
    config = install(tmp_path / "hub", free_port(), clock=compressed(1))
    assert pillbox_hub("import", config.parent / "household.toml", "--config", config).returncode == 0
    with closing(open_store(read_config(config).database, "hub")) as store:
        engine = Engine(store)
        engine.start(DUE_MS)
        engine.take([Arrival(topic="pillbox/v1/kitchen/event", payload=event(1, taken()).encode())], DUE_MS)
    return config


def correct(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub("correct", "--config", config, *words)


def outcomes(config: Path) -> list[str]:
    """Take in what was written, as a running hub does, and return how the slot has changed."""
    with closing(open_store(read_config(config).database, "hub")) as store:
        engine = Engine(store)
        engine.start(DUE_MS)
        engine.take_entries(DUE_MS)
        return [note.outcome for note in store.history("ada", MORNING)]


def test_it_shows_what_it_would_change_and_changes_nothing_without_a_yes(lived: Path) -> None:
    done = correct(lived, MORNING, "only-looked", "--by", "bea")
    assert done.returncode == 0, done.stderr
    assert "stands as: taken" in done.stdout
    assert "would be:  opened only to look, by bea" in done.stdout
    assert "The box reminds of it again" in done.stdout
    assert done.stdout.endswith("Nothing was changed. Add --yes to do it.\n")
    assert outcomes(lived) == ["taken"]


def test_a_correction_an_undoing_and_an_undoing_of_that_are_kept_with_names(lived: Path) -> None:
    first = correct(lived, MORNING, "only-looked", "--by", "bea", "--why", "she told me", "--yes", "--json")
    word = json.loads(first.stdout)["entry"]
    assert outcomes(lived) == ["taken", "skipped"]
    back = correct(lived, word, "undo", "--by", "ada", "--yes", "--json")
    undoing = json.loads(back.stdout)["entry"]
    assert outcomes(lived) == ["taken", "skipped", "taken"]
    assert correct(lived, undoing, "undo", "--by", "bea", "--yes").returncode == 0
    assert outcomes(lived) == ["taken", "skipped", "taken", "skipped"]
    listed = json.loads(correct(lived, "--json").stdout)["corrections"]
    assert all(one["at"].startswith("2026-11-23T") and one["at"].endswith("Z") for one in listed)
    assert [(one["by"], one["said"], one["counts"]) for one in listed] == [
        ("bea", "not_taken", True),
        ("ada", "undone", False),
        ("bea", "undone", False),
    ]
    assert "she told me" in correct(lived).stdout


def test_the_csv_report_names_the_slots_as_they_are_corrected(lived: Path) -> None:
    report = pillbox_hub("report", "--format", "csv", "--config", lived)
    assert MORNING in report.stdout


def test_of_a_dose_of_another_day_only_a_skip_can_be_said(lived: Path) -> None:
    ahead = MORNING.replace("11-23", "11-25")
    for word in ("taken-elsewhere", "only-looked"):
        done = correct(lived, ahead, word, "--by", "bea", "--yes")
        assert (done.returncode, done.stdout) == (2, "")
        assert "is due only at 08:00 on 25 November; nothing but `skipped`" in done.stderr
    skipped = correct(lived, ahead, "skipped", "--by", "bea").stdout
    assert "Nobody would be reminded of it any more." in skipped
    assert "Nobody would be" not in correct(lived, MORNING, "skipped", "--by", "bea").stdout


def test_a_dose_on_hold_is_called_so(lived: Path) -> None:
    pause = ("--from", "2026-11-24", "--why", "x", "--ordered-by", "clinic", "--by", "bea", "--yes")
    assert pillbox_hub("hold", "azathioprine", *pause, "--config", lived).returncode == 0
    assert outcomes(lived) == ["taken"]
    held = correct(lived, MORNING.replace("11-23", "11-25"), "skipped", "--by", "bea")
    assert (held.returncode, "is on hold; this would change nothing" in held.stderr) == (2, True)


def test_when_a_dose_was_taken_is_shown_before_it_is_written(lived: Path) -> None:
    """A slip of the date was kept unseen: an intake of a year ago moves no tablets."""
    assert correct(lived, MORNING, "skipped", "--by", "bea", "--yes").returncode == 0
    outcomes(lived)
    said = correct(lived, MORNING, "taken-elsewhere", "--at", "2026-11-23T07:40", "--by", "bea").stdout
    assert "would be:  taken from elsewhere at 07:40 on 23 November, by bea" in said


def test_json_says_the_preview_and_whether_it_was_done(lived: Path) -> None:
    said = json.loads(correct(lived, MORNING, "skipped", "--by", "bea", "--json").stdout)
    assert said["changed"] is False
    assert any("stands as" in line for line in said["preview"])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((MORNING, "skipped"), "say who makes this change: --by ada or --by bea"),
        ((MORNING, "skipped", "--by", "mallory"), "'mallory' has no part in the care of 'ada'"),
        ((MORNING,), "say what is so"),
        (("azathioprine/2031-01-01/08:00", "skipped", "--by", "bea"), "report --format csv` names them"),
        (("e-nothing", "undo", "--by", "bea"), "has no correction 'e-nothing'"),
        ((MORNING, "skipped", "--by", "bea", "--patient", "adda"), "no patient 'adda'; did you mean 'ada'?"),
        ((MORNING, "taken-elsewhere", "--by", "bea", "--at", "noon"), "is not a local time"),
        ((MORNING, "taken-elsewhere", "--by", "bea", "--at", "2199-01-01T12:00"), "has not come yet"),
        ((MORNING, "taken-elsewhere", "--by", "bea", "--at", "2026-01-01T12:00Z"), "names a zone"),
        ((MORNING, "taken-elsewhere", "--by", "bea", "--at", "2025-11-23T08:00"), "not within two days of"),
        ((MORNING, "taken-elsewhere", "--by", "bea", "--at", "0001-01-01T08:00"), "not within two days of"),
        ((MORNING, "skipped", "--by", "bea", "--at", "2026-01-01T12:00"), "--at belongs to taken-elsewhere"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(lived: Path, words: tuple[str, ...], why: str) -> None:
    done = correct(lived, *words)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.startswith("pillbox-hub: ")
    assert done.stderr.count("\n") == 1


def test_a_word_that_would_change_nothing_is_refused(lived: Path) -> None:
    assert correct(lived, MORNING, "skipped", "--by", "bea", "--yes").returncode == 0
    outcomes(lived)
    done = correct(lived, MORNING, "only-looked", "--by", "bea", "--yes")
    assert (done.returncode, "this would change nothing" in done.stderr) == (2, True)


def test_nobody_has_corrected_anything_is_said(lived: Path) -> None:
    assert correct(lived).stdout == "Nobody has corrected anything.\n"


@pytest.mark.parametrize(("said", "changed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_at_a_terminal_it_is_asked_once_and_only_a_yes_changes_anything(
    lived: Path, said: str, changed: bool
) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, said.encode())
    words = ("correct", "--config", str(lived), MORNING, "only-looked", "--by", "bea")
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", *words], stdin=terminal, cwd=ROOT, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    os.close(terminal)
    os.close(keyboard)
    assert done.stdout.count("stands as: taken") == 1
    assert done.stdout.count("Is that right? [y/N]") == 1
    assert ("Done." in done.stdout) is changed
    assert (outcomes(lived)[-1] == "skipped") is changed
