"""Is what a home says of sound, light and voice taken as meant, and every slip of the pen refused?"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from controller.installing.panel_table import system_zone
from controller.witness.telling.hours import NIGHT, Hours, Span
from firmware.voice.wanted import Wanted
from tests.test_controller_config import LEAST, read, refusal


def panel(directory: Path, lines: str) -> tuple[Wanted, Hours]:
    config = read(directory, f"{LEAST}[panel]\n{lines}\n")
    return config.settings.sound, config.hours


def test_a_home_that_says_nothing_has_a_quiet_night_and_no_voice(tmp_path: Path) -> None:
    config = read(tmp_path, LEAST)
    assert config.settings.sound == Wanted(volume_pct=100, voice=False)
    assert (config.hours.silent, config.hours.dimmed, config.hours.always_dim) == (NIGHT, None, False)


def test_everything_that_can_be_said_is_taken(tmp_path: Path) -> None:
    sound, hours = panel(
        tmp_path,
        """
        volume = 40
        brightness = "low"
        dim = "21:30-06:15"
        quiet = "never"
        timezone = "Asia/Kolkata"
        voice = true
        language = "en-us"
        recordings = "voice"
        """,
    )
    assert sound == Wanted(volume_pct=40, voice=True, language="en-us", recordings=tmp_path / "voice")
    assert hours == Hours(
        zone=ZoneInfo("Asia/Kolkata"),
        silent=None,
        dimmed=Span(begins=21 * 60 + 30, ends=6 * 60 + 15),
        always_dim=True,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("volume = 101", "outside 0 to 100"),
        ("volume = -1", "outside 0 to 100"),
        ("volume = true", "not a number"),
        ('brightness = "dark"', "not one of full, low"),
        ('dim = "22-7"', 'write hours such as "22:00-07:00"'),
        ('quiet = "24:00-07:00"', 'write hours such as "22:00-07:00"'),
        ('quiet = "22:00-07:00 "', 'write hours such as "22:00-07:00"'),
        ('timezone = "Berlin"', "write a zone such as Europe/Berlin"),
        ('timezone = "../../etc/passwd"', "write a zone such as Europe/Berlin"),
        ('language = "de"', "not one of en-gb"),
        ('voice = "yes"', "neither true nor false"),
        ('sound = "loud"', "is not known; is it misspelt?"),
    ],
)
def test_a_slip_of_the_pen_is_refused_with_its_key(tmp_path: Path, line: str, words: str) -> None:
    said = refusal(tmp_path, f"{LEAST}[panel]\n{line}\n")
    assert "[panel]" in said
    assert words in said


def test_without_a_zone_the_box_lives_by_that_of_its_machine(tmp_path: Path) -> None:
    zone = tmp_path / "zoneinfo" / "Europe" / "Berlin"
    zone.parent.mkdir(parents=True)
    zone.write_bytes(b"")
    (tmp_path / "localtime").symlink_to(zone)
    assert system_zone(tmp_path / "localtime") == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("name", ["nowhere", "zoneinfo/No/Such", "zoneinfo/../x"])
def test_a_machine_that_has_never_been_told_its_zone_lives_by_utc(tmp_path: Path, name: str) -> None:
    assert system_zone(tmp_path / name) == UTC
