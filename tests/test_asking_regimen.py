"""Do `regimen`, `hold` and `resume` show first, change only with a yes, and refuse what makes no sense?"""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from hub.household import parse_household
from tests.hub_parts import compressed, install, pillbox_hub
from tests.parts import free_port

SECOND = """
[[patient]]
id = "other"
name = "The other patient"
timezone = "Europe/London"
[[box]]
id = "hall"
patient = "other"
layout = "7x2"
[[regimen]]
id = "others"
patient = "other"
box = "hall"
medicine = "azathioprine-50mg-tablet"
window = { opens = "-60m", late = "+60m", closes = "half" }
[[regimen.step]]
from = 2026-11-20
times = { "08:00" = 1 }
cycle = { on = 21, off = 7 }
"""
BY = ("--patient", "ada", "--ordered-by", "clinic", "--by", "bea")
CHANGE = ("regimen", "change", "azathioprine", "--from", "2026-12-07", "--times", "08:00=1,20:00=½", *BY)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026, and a second patient."""
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    home = found.parent / "household.toml"
    home.write_text(home.read_text("utf-8") + SECOND, "utf-8")
    done = pillbox_hub("import", home, "--config", found)
    assert done.returncode == 0, done.stderr
    return found


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub(*words, "--config", config)


def steps(config: Path) -> list[tuple[str, str, dict[str, float]]]:
    """Return the versions of Ada's regimen as they are stored."""
    home = parse_household(pillbox_hub("export", "--config", config).stdout)
    found = home.regimens["azathioprine"].steps
    return [(str(one.begins), str(one.until), dict(one.times)) for one in found]


def test_a_change_is_read_back_day_by_day_and_changes_nothing_without_a_yes(config: Path) -> None:
    before = steps(config)
    done = ask(config, *CHANGE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "from Monday 7 December: 1 at 08:00 and ½ at 20:00; is that right?"
    assert lines[1] == "  Sunday 6 December: 08:00 ½, 20:00 1 (as before)"
    assert lines[2] == "  Monday 7 December: 08:00 ½, 20:00 1 -> 08:00 1, 20:00 ½"
    assert lines[-1] == "Nothing was changed. Add --yes to do it."
    assert steps(config) == before


def test_a_change_that_is_agreed_ends_the_running_version_the_day_before(config: Path) -> None:
    done = ask(config, *CHANGE, "--why", "better counts", "--yes", "--json")
    said = json.loads(done.stdout)
    assert said["changed"] is True
    assert steps(config) == [
        ("2026-11-20", "2026-12-06", {"08:00": 0.5, "20:00": 1}),
        ("2026-12-07", "None", {"08:00": 1, "20:00": 0.5}),
    ]
    listed = ask(config, "regimen", "--patient", "ada").stdout
    assert "until 2026-12-06: 08:00 ½ tablet, 20:00 1 tablet  (now)" in listed
    assert "08:00 1 tablet, 20:00 ½ tablet (by clinic, better counts)" in listed
    assert (
        "azathioprine" in json.loads(ask(config, "regimen", "--patient", "ada", "--json").stdout)["regimens"]
    )


def test_a_titration_is_one_order_of_dated_steps(config: Path) -> None:
    order = ("--step", "2026-12-21:08:00=1", "--step", "2026-12-07:08:00=1/2")
    assert ask(config, "regimen", "titrate", "azathioprine", *order, *BY, "--yes").returncode == 0
    assert steps(config)[1:] == [
        ("2026-12-07", "2026-12-20", {"08:00": 0.5}),
        ("2026-12-21", "None", {"08:00": 1}),
    ]


def test_a_change_names_every_later_step_that_it_takes_out(config: Path) -> None:
    order = ("--step", "2026-12-07:08:00=½", "--step", "2026-12-28:08:00=1½")
    assert ask(config, "regimen", "titrate", "azathioprine", *order, *BY, "--yes").returncode == 0
    lines = ask(config, "regimen", "change", "azathioprine", "--from", "2026-12-01", *TIMES, *BY).stdout
    assert "\n  no longer from Monday 7 December: ½ at 08:00\n" in lines
    assert "\n  no longer from Monday 28 December: 1½ at 08:00\n" in lines
    assert "no longer from Friday 20 November" not in lines, "the running version only ends"
    repeated = ask(config, "regimen", "titrate", "azathioprine", *order, *BY).stdout
    assert "no longer" not in repeated, "what stays is not said to go"
    stopped = ask(config, "regimen", "stop", "azathioprine", "--from", "2026-12-14", *BY).stdout
    assert "  no longer from Monday 28 December: 1½ at 08:00" in stopped
    held = ask(config, "hold", "azathioprine", "--from", "2026-12-01", "--why", "x", *BY).stdout
    assert "no longer" not in held


def test_one_regimen_is_shown_by_its_name(config: Path) -> None:
    shown = ask(config, "regimen", "azathioprine", "--patient", "ada")
    assert (shown.returncode, shown.stdout.splitlines()[0][:13]) == (0, "azathioprine:"), shown.stderr
    assert shown.stdout == ask(config, "regimen", "--patient", "ada").stdout


def test_a_stop_ends_the_last_version(config: Path) -> None:
    stop = ask(config, "regimen", "stop", "azathioprine", "--from", "2026-12-07", *BY, "--yes")
    assert "nothing to take from Monday 7 December" in stop.stdout
    assert steps(config) == [("2026-11-20", "2026-12-06", {"08:00": 0.5, "20:00": 1})]


def test_a_hold_names_the_lids_to_empty_and_ends_by_a_resume(config: Path) -> None:
    hold = ask(
        config, "hold", "azathioprine", "--from", "2026-11-24", *BY, "--why", "infection", "--yes"
    )  # fmt: skip
    assert "azathioprine is paused from Tuesday 24 November until somebody resumes it" in hold.stdout
    assert "Tuesday morning, Tuesday evening, Wednesday morning" in hold.stdout
    assert "Tuesday 24 November: 08:00 ½, 20:00 1 -> 08:00 ½ (on hold), 20:00 1 (on hold)" in hold.stdout
    resume = ask(config, "resume", "azathioprine", "--from", "2026-11-26", *BY, "--yes")
    assert "azathioprine goes on from Thursday 26 November" in resume.stdout
    home = parse_household(pillbox_hub("export", "--config", config).stdout)
    (found,) = home.regimens["azathioprine"].holds
    assert (found.begins, found.until) == (date(2026, 11, 24), date(2026, 11, 25))
    assert (found.by, found.why) == ("clinic", "infection (ended by clinic)")


def test_a_slip_of_the_year_is_read_back_as_such(config: Path) -> None:
    slip = [word.replace("2026-12-07", "2027-12-07") for word in CHANGE]
    assert ask(config, *slip).stdout.startswith("from Tuesday 7 December 2027: 1 at 08:00")
    hold = ("hold", "azathioprine", "--from", "2026-11-24", "--until", "2027-11-26", *BY, "--why", "x")
    assert "from Tuesday 24 November until Friday 26 November 2027;" in ask(config, *hold).stdout


def test_a_pause_that_begins_later_has_nothing_emptied_before_it(config: Path) -> None:
    begins = ("hold", "azathioprine", *BY, "--why", "x", "--from")
    now = ask(config, *begins, "2026-11-23").stdout
    assert "  Empty what lies there already of azathioprine: Monday morning, Monday evening, Tue" in now
    soon = ask(config, *begins, "2026-11-28").stdout
    assert (
        "  On Saturday 28 November, empty what lies there already of azathioprine: "
        "Saturday morning, Saturday evening, Sunday morning, Sunday evening." in soon
    )
    assert "mpty" not in ask(config, *begins, "2026-11-30").stdout


OTHER = ("--patient", "other", "--by", "other", "--ordered-by", "clinic")
TIMES = ("--times", "08:00=1")
DATE = ("--from", "2026-12-07")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("regimen", "change", "azathioprine", *DATE, "--times", "08:00=1/3", *BY), "comes in steps of ½"),
        (("regimen", "change", "azathioprine", *DATE, "--times", "08:00=¼", *BY), "comes in steps of ½"),
        (("regimen", "change", "azathioprine", *DATE, "--times", "8=1", *BY), "is not a time such as"),
        (("regimen", "change", "azathioprine", "--from", "9999-12-31", *TIMES, *BY), "outside the years"),
        (("regimen", "stop", "azathioprine", "--from", "9999-12-31", *BY), "outside the years"),
        (("regimen", "titrate", "azathioprine", "--step", "9999-12-31:08:00=1", *BY), "outside the years"),
        (("hold", "azathioprine", "--from", "9999-12-31", "--why", "x", *BY), "outside the years"),
        (("regimen", "change", "azathioprine", *DATE, "--times", "08:00=1,08:00=2", *BY), "there twice"),
        (("regimen", "change", "azathioprine", *DATE, *BY), "say the times and tablets"),
        (("regimen", "change", "azathioprine", *TIMES, *BY), "say from which date"),
        (("regimen", "change", "azathioprine", "--from", "soon", *TIMES, *BY), "is not a date such as"),
        (("regimen", "change", "azathioprine", "--from", "2026-11-22", *TIMES, *BY), "never rewritten"),
        (("regimen", "change", "azathioprin", *DATE, *TIMES, *BY), "did you mean 'azathioprine'?"),
        (("regimen", "change", "others", *DATE, *TIMES, *BY), "is 'other''s, not 'ada''s"),
        (("regimen", "change", *DATE, *TIMES, *BY), "say which regimen"),
        (("regimen", "change", "azathioprine", *DATE, *TIMES, *BY[:2], *BY[4:]), "say who ordered it"),
        (("regimen", "change", "azathioprine", *DATE, *TIMES, *BY[:4]), "say who makes this change"),
        (("regimen", "change", "azathioprine", *DATE, "--times", "08:00=1,09:00=1", *BY), "after the window"),
        (("regimen", "titrate", "azathioprine", *BY), "say the dated steps"),
        (("regimen", "azathioprin", *BY), "did you mean 'azathioprine'?"),
        (("regimen", "chagne", "azathioprine", *DATE, *BY), "say what is to be done"),
        (("regimen", "chagne", "azathioprine", *BY), "did you mean 'change'?"),
        (("regimen", "azathioprine", *DATE, *TIMES, *BY), "say what is to be done"),
        (("regimen", "titrate", "azathioprine", "--step", "2026-12-07:08:00=1",
          "--step", "2026-12-07:08:00=1", *BY), "has two steps"),
        (("hold", "azathioprine", *DATE, *BY), "say why it is paused"),
        (("hold", "azathioprine", *DATE, "--until", "2026-12-06", "--why", "x", *BY), "before it begins"),
        (("hold", "others", *DATE, "--why", "x", *BY), "not 'ada''s"),
        (("resume", "azathioprine", *DATE, *BY), "is not paused on 2026-12-07"),
        (("regimen", "change", "others", *DATE, *TIMES, *OTHER),
         "would fall on other days"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_a_sentence_and_changes_nothing(
    config: Path, words: tuple[str, ...], sentence: str
) -> None:
    before = steps(config)
    done = ask(config, *words, "--yes")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert steps(config) == before
