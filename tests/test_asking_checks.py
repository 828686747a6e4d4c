"""Do `check add`, `suggest`, `end` and `calendar` show first, refuse nonsense, and speak to a phone?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from icalendar import Calendar

from hub.household import parse_household
from tests.hub_parts import compressed, install, pillbox_hub
from tests.parts import free_port

BY = ("--by", "bea")
CLINIC = (
    "check", "add", "ms-clinic", "--title", "MS clinic", "--from", "2026-12-07", "--time", "09:30",
    "--place", "Second floor, Ward 4; left", "--bring", "the list of medicines", *BY,
)  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026."""
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    return found


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub(*words, "--config", config)


def kept(config: Path) -> dict[str, tuple[str, str | None]]:
    home = parse_household(ask(config, "export").stdout)
    return {one.id: (str(one.begins), None if one.until is None else str(one.until)) for one in home.checks}


def test_an_appointment_is_shown_with_its_dates_and_added_only_with_a_yes(config: Path) -> None:
    shown = ask(config, *CLINIC)
    assert "MS clinic (ms-clinic), appointment:" in shown.stdout
    assert "on Mon 2026-12-07 at 09:30" in shown.stdout
    assert "Nothing was changed. Add --yes to do it." in shown.stdout
    assert kept(config) == {}
    assert ask(config, *CLINIC, "--yes").returncode == 0
    assert kept(config) == {"ms-clinic": ("2026-12-07", None)}
    listed = ask(config, "check").stdout
    assert "ms-clinic: MS clinic (appointment, 09:30, Second floor, Ward 4; left)" in listed
    assert "bring: the list of medicines" in listed
    again = ask(config, *CLINIC, "--yes")
    assert (again.returncode, "has a check 'ms-clinic' already" in again.stderr) == (2, True)


def test_a_vaccination_quotes_the_leaflet_with_its_source(config: Path) -> None:
    words = ("check", "add", "flu", "--title", "Flu vaccination", "--from", "2026-12-01", "--kind",
             "vaccination", *BY)  # fmt: skip
    quoted = "says: “Have no vaccination without your doctor's approval.” ("
    assert quoted in ask(config, *words).stdout
    ask(config, *words, "--yes")
    assert quoted in ask(config, "check").stdout


def test_the_blood_tests_of_a_medicine_are_proposed_with_their_source_and_not_twice(config: Path) -> None:
    shown = ask(config, "check", "suggest", "azathioprine", *BY)
    assert "blood test:" in shown.stdout
    assert "The clinic's own dates count." in shown.stdout
    assert kept(config) == {}
    assert "beside" not in shown.stdout
    assert ask(config, "check", "suggest", "azathioprine", *BY, "--yes").returncode == 0
    assert len(kept(config)) == 3
    again = ask(config, "check", "suggest", "azathioprine", *BY, "--yes")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


def test_a_blood_test_that_is_kept_already_is_named_beside_what_is_proposed(config: Path) -> None:
    own = ("check", "add", "own", "--title", "Blood count", "--kind", "blood_test", "--from", "2026-12-01")
    assert ask(config, *own, "--every", "7", *BY, "--yes").returncode == 0
    ask(config, *CLINIC, "--yes")
    shown = ask(config, "check", "suggest", "azathioprine", *BY).stdout
    assert "  beside own: Blood count, which stays; `check end` ends what is counted twice\n" in shown
    assert "beside ms-clinic" not in shown


def test_a_check_that_ends_keeps_what_took_place(config: Path) -> None:
    ask(config, *CLINIC, "--every", "7", "--yes")
    assert "no time after 2026-12-14" in ask(config, "check", "end", "ms-clinic", "--until", "2026-12-14",
                                            *BY).stdout  # fmt: skip
    done = ask(config, "check", "end", "ms-clinic", "--until", "2026-12-14", *BY, "--yes")
    assert done.returncode == 0
    assert kept(config) == {"ms-clinic": ("2026-12-07", "2026-12-14")}


def test_an_appointment_that_is_called_off_is_taken_out(config: Path) -> None:
    ask(config, *CLINIC, "--yes")
    ask(config, "check", "move", "ms-clinic", "--due", "2026-12-07", "--to", "2026-12-09", *BY, "--yes")
    shown = ask(config, "check", "end", "ms-clinic", *BY).stdout
    assert "MS clinic (ms-clinic), on 2026-12-09, is taken out: nobody is reminded of it" in shown
    assert kept(config) == {"ms-clinic": ("2026-12-07", None)}
    assert ask(config, "check", "end", "ms-clinic", *BY, "--yes").returncode == 0
    assert kept(config) == {}


def test_what_took_place_is_not_taken_out(config: Path) -> None:
    ask(config, *CLINIC, "--yes")
    ask(config, "check", "done", "ms-clinic", *BY, "--yes")
    refused = ask(config, "check", "end", "ms-clinic", *BY, "--yes")
    assert (refused.returncode, "took place on 2026-11-23" in refused.stderr) == (2, True)
    assert kept(config) == {"ms-clinic": ("2026-12-07", None)}


def test_what_comes_only_after_two_months_is_listed_with_its_first_date(config: Path) -> None:
    ask(config, "check", "add", "later", "--title", "Later", "--from", "2027-03-01", *BY, "--yes")
    assert ask(config, "check").stdout.splitlines() == ["later: Later (appointment)", "  first on 2027-03-01"]


def calendar(config: Path, *words: str) -> tuple[str, list[dict[str, str]]]:
    text = json.loads(ask(config, "check", "calendar", "--json", *words).stdout)["calendar"]
    events = [
        {key: str(event[key]) for key in event} | {"DTSTART": event.decoded("dtstart").isoformat()}
        for event in Calendar.from_ical(text).walk("VEVENT")
    ]
    return text, events


def test_a_phone_reads_the_calendar_and_it_names_nothing_unless_asked_to(config: Path) -> None:
    ask(config, *CLINIC, "--yes")
    text, [event] = calendar(config)
    assert (event["SUMMARY"], event["DTSTART"][:16]) == ("Appointment", "2026-12-07T09:30")
    assert "MS" not in text.replace("DTSTAMP", "")
    assert "Ward" not in text
    full, [event] = calendar(config, "--full")
    assert (event["SUMMARY"], event["LOCATION"]) == ("MS clinic", "Second floor, Ward 4; left")
    assert "TRIGGER:-P2D" in full
    lines = full.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines), "RFC 5545, 3.1: lines are folded at 75 octets"
    assert "\n" not in full.replace("\r\n", "")


def test_a_moved_time_keeps_its_name_so_that_the_phone_replaces_it(config: Path) -> None:
    ask(config, *CLINIC, "--yes")
    _, [before] = calendar(config)
    ask(config, "check", "move", "ms-clinic", "--due", "2026-12-07", "--to", "2026-12-09", *BY, "--yes")
    _, [after] = calendar(config)
    assert before["UID"] == after["UID"]
    assert before["DTSTART"] != after["DTSTART"]


def test_a_day_without_a_time_is_a_whole_day(config: Path) -> None:
    ask(config, "check", "add", "x", "--title", "X", "--from", "2026-12-07", *BY, "--yes")
    text, [event] = calendar(config)
    assert "DTSTART;VALUE=DATE:20261207" in text
    assert "DTEND;VALUE=DATE:20261208" in text
    assert event["SUMMARY"] == "Appointment"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add",), "give it an id"),
        (("add", "MS Clinic", "--title", "x", "--from", "2026-12-07"), "give it an id"),
        (("add", "x", "--from", "2026-12-07"), "say what it is and when"),
        (("add", "x", "--title", "x", "--from", "7 December"), "is not a date such as"),
        (("add", "x", "--title", "x", "--from", "2026-11-01"), "is over"),
        (("add", "x", "--title", "x", "--from", "2026-12-07", "--until", "2026-12-01"), "before it begins"),
        (("add", "x", "--title", "x", "--from", "2026-12-07", "--time", "25:00"), "is not a time such as"),
        (("add", "x", "--title", "x", "--from", "2026-12-07", "--every", "0"), "--every is 0"),
        (("add", "x", "--title", "x", "--from", "2026-12-07", "--remind", "-1"), "--remind is -1"),
        (("add", "x", "--title", "x", "--from", "2026-12-07", "--overdue", "0"), "--overdue is 0"),
        (("add", "x", "--title", "a\nb", "--from", "2026-12-07"), "must be one line"),
        (("add", "x", "--title", "x", "--from", "2026-12-07", "--regimen", "nix"), "no regimen 'nix'"),
        (("suggest",), "say for which regimen: pillbox-hub check suggest azathioprine"),
        (("suggest", "azathioprin"), "did you mean 'azathioprine'?"),
        (("end", "nothing"), "has no check 'nothing'"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(config: Path, words: tuple[str, ...], why: str) -> None:
    done = ask(config, "check", *words, *BY)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_date_far_ahead_is_shown_too(config: Path) -> None:
    far = ask(config, "check", "add", "dentist", "--title", "Dentist", "--from", "2028-02-29", "--by", "bea")
    assert "on Tue 2028-02-29\n" in far.stdout
