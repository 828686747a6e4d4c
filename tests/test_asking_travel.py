"""Does `travel` show a trip day by day, enter it only with a yes, and refuse what makes no sense?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from hub.asking.acting import NOT_FOLLOWED
from hub.care.people import Trip
from hub.household import parse_household
from tests.hub_parts import compressed, install, pillbox_hub
from tests.parts import free_port

DATES = ("--from", "2026-12-10", "--until", "2026-12-14")
NEW_YORK = ("travel", "plan", "--zone", "America/New_York", *DATES)
LOCAL = (*NEW_YORK, "--policy", "local", "--by", "bea")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026."""
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    return found


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub(*words, "--config", config)


def trips(config: Path) -> tuple[Trip, ...]:
    """Return the trips as they are stored."""
    return parse_household(pillbox_hub("export", "--config", config).stdout).trips


def test_a_trip_is_shown_day_by_day_and_nothing_is_changed_without_a_yes(config: Path) -> None:
    done = ask(config, *LOCAL)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "America/New_York from 2026-12-10 until 2026-12-14, move to local time at once; is that right?"
    )
    assert lines[4:7] == [
        "Thursday 10 December:",
        "! azathioprine 08:00: 13:00 at home, 08:00 there; 17 h after the one before, usually 12 h",
        "  azathioprine 20:00: 01:00 on Friday 11 December at home, 20:00 there; 12 h after the one before",
    ]
    assert "! azathioprine 08:00: 08:00 at home; 7 h after the one before, usually 12 h" in lines
    assert lines[-1] == "Nothing was changed. Add --yes to do it."
    assert trips(config) == ()


def test_whoever_only_looks_need_not_say_who_they_are(config: Path) -> None:
    done = ask(config, *LOCAL[:-2])
    assert done.stdout.splitlines()[-1] == "Nothing was changed. Add --by and --yes to enter this trip."
    said = json.loads(ask(config, *LOCAL[:-2], "--json").stdout)
    assert (said["changed"], said["trip"]["zone"]) == (False, "America/New_York")
    first = next(day for day in said["days"] if day["slot"] == "azathioprine/2026-12-10/08:00")
    assert first == {
        "slot": "azathioprine/2026-12-10/08:00",
        "due_at": "2026-12-10T13:00:00.000Z",
        "where": "America/New_York",
        "local": "2026-12-10T08:00",
        "gap_min": 1020,
        "usual_gap_min": 720,
        "unusual": True,
    }


def test_a_trip_that_is_agreed_is_kept_with_the_name_of_who_entered_it(config: Path) -> None:
    done = ask(config, *NEW_YORK, "--policy", "shift", "--shift", "90m", "--by", "bea", "--yes")
    assert done.stdout.splitlines()[-1] == NOT_FOLLOWED
    (found,) = trips(config)
    assert (found.policy, found.shift_ms, found.with_box, found.by) == ("shift", 90 * 60_000, True, "bea")
    listed = ask(config, "travel")
    assert listed.stdout == (
        "America/New_York from 2026-12-10 until 2026-12-14, move towards local time by at most 90m a day, "
        "and back by the same steps\n"
    )
    assert json.loads(ask(config, "travel", "list", "--json").stdout)["trips"][0]["from"] == "2026-12-10"


def test_without_a_policy_the_three_are_compared_by_their_gaps_and_nights(config: Path) -> None:
    done = ask(config, *NEW_YORK)
    lines = [line for line in done.stdout.splitlines() if "gaps differ" in line]
    assert [line.partition("; ")[0] for line in lines] == [
        "  azathioprine: 0 of 14 gaps differ from the usual, the shortest is 12 h, the longest 12 h",
        "  azathioprine: 2 of 16 gaps differ from the usual, the shortest is 7 h, the longest 17 h",
        "  azathioprine: 10 of 24 gaps differ from the usual, the shortest is 11 h, the longest 13 h",
    ]
    assert [line.partition("; ")[2][:1] for line in lines] == ["5", "0", "4"]
    said = json.loads(ask(config, *NEW_YORK, "--json").stdout)
    assert sorted(said["policies"]) == ["home", "local", "shift"]


def test_a_box_that_stays_at_home_says_what_to_take_along(config: Path) -> None:
    done = ask(config, *NEW_YORK, "--policy", "home", "--without-box", "--by", "ada", "--yes")
    lines = done.stdout.splitlines()
    start = lines.index("The box stays at home and is asked nothing of these days. To take along:")
    assert lines[start + 1] == "  azathioprine: 7½ tablets, in 10 doses"
    (found,) = trips(config)
    assert not found.with_box


def test_a_trip_that_has_not_begun_is_given_up_as_a_whole(config: Path) -> None:
    ask(config, *LOCAL, "--yes")
    shown = ask(config, "travel", "cancel", "--by", "bea")
    assert "Given up: America/New_York from 2026-12-10" in shown.stdout
    assert len(trips(config)) == 1
    ask(config, "travel", "cancel", "--by", "bea", "--yes")
    assert trips(config) == ()
    assert ask(config, "travel").stdout == "No trip is planned.\n"


def test_a_trip_that_runs_ends_today_and_what_was_of_it_stays(config: Path) -> None:
    today = ("travel", "plan", "--zone", "America/New_York", "--from", "2026-11-23", "--until", "2026-11-30")
    done = ask(config, *today, "--policy", "local", "--by", "bea", "--yes")
    assert done.returncode == 0, done.stderr
    ended = ask(config, "travel", "cancel", "--by", "bea", "--yes")
    assert "The trip ends today" in ended.stdout
    (found,) = trips(config)
    assert str(found.until) == "2026-11-23"
    assert "ends today anyway" in ask(config, "travel", "cancel", "--by", "bea").stderr


def test_of_several_trips_the_one_to_give_up_must_be_named(config: Path) -> None:
    ask(config, *LOCAL, "--yes")
    later = ("--from", "2027-01-10", "--until", "2027-01-12", "--policy", "home", "--by", "bea", "--yes")
    ask(config, *NEW_YORK[:4], *later)
    assert "say which one: --from 2026-12-10 or --from 2027-01-10" in ask(config, "travel", "cancel").stderr
    ask(config, "travel", "cancel", "--from", "2027-01-10", "--by", "bea", "--yes")
    assert [str(one.begins) for one in trips(config)] == ["2026-12-10"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--zone", "New York", *DATES), "did you mean 'America/New_York'?"),
        (("--zone", "Europe/Berlim", *DATES), "did you mean 'Europe/Berlin'?"),
        (DATES, "say where and when"),
        (("--zone", "UTC", "--from", "soon", "--until", "2026-12-14"), "is not a date such as"),
        (("--zone", "UTC", "--from", "2026-11-22", "--until", "2026-12-14"), "the past is never rewritten"),
        (("--zone", "UTC", "--from", "2026-12-10", "--until", "2026-12-09"), "before it begins"),
        (("--zone", "UTC", "--from", "2026-12-10", "--until", "2028-12-09"), "400 days at most"),
        (("--zone", "UTC", *DATES, "--policy", "local", "--shift", "1h"), "belongs to --policy shift"),
        (("--zone", "UTC", *DATES, "--policy", "shift", "--shift", "5h"), "outside 15m to 240m"),
        (("--zone", "UTC", *DATES, "--policy", "shift", "--shift", "slowly"), "not a duration"),
        (("--zone", "UTC", *DATES, "--yes"), "say which way is chosen"),
        (("--zone", "UTC", *DATES, "--policy", "local", "--yes"), "say who makes this change"),
        (("--zone", "UTC", *DATES, "--policy", "local", "--by", "dan"), "has no part in the care"),
        (
            ("--zone", "Pacific/Auckland", "--from", "2026-11-23", *DATES[2:], "--policy", "local"),
            "azathioprine/2026-11-23/20:00 would have been due already",
        ),
    ],
)  # fmt: skip
def test_a_trip_that_makes_no_sense_is_refused_in_one_sentence(
    config: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = ask(config, "travel", "plan", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert trips(config) == ()


def test_a_second_trip_at_the_same_time_is_refused_with_the_first_one(config: Path) -> None:
    ask(config, *LOCAL, "--yes")
    done = ask(
        config, "travel", "plan", "--zone", "Asia/Tokyo", "--from", "2026-12-14", "--until", "2026-12-20"
    )
    assert "there is a trip already: America/New_York from 2026-12-10" in done.stderr
    assert ask(config, "travel", "cancel", "--from", "2026-12-11").returncode == 2
