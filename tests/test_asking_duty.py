"""Do `duty` and `mute` show first, change only with a yes, and refuse what makes no sense?"""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from controller.wire.instants import instant_ms
from hub.asking.answers import Refused
from hub.asking.moments import moment_ahead
from hub.care.caregivers import WantKind
from hub.care.ledger import AlertRecord
from hub.config import read_config
from hub.store.sqlite.store import open_store
from tests.hub_parts import compressed, install, pillbox_hub
from tests.parts import free_port

DUTY = '[[duty]]\npatient = "ada"\nwho = "bea"\n'
ROTA = """[[duty]]
patient = "ada"
zone = "Europe/Berlin"
turns = [{ from = "mon 00:00", who = "bea" }, { from = "fri 18:00", who = "cem" }]
"""
NOON = instant_ms("2026-11-27T12:00:00Z")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026."""
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    home = found.parent / "household.toml"
    home.write_text(f"{home.read_text('utf-8')}\n{DUTY}", "utf-8")
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    return found


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub(*words, "--config", config)


def on_duty(config: Path) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = json.loads(ask(config, "duty", "--json").stdout)["duty"]
    return found


def test_a_duty_is_shown_handed_over_and_given_back_by_one_act_each(config: Path) -> None:
    assert [one["who"] for one in on_duty(config)] == ["bea"]
    shown = ask(config, "duty", "give", "cem", "--by", "bea")
    assert "Cem has the duty for Ada from now until somebody takes it over." in shown.stdout
    assert "before: Bea" in shown.stdout
    assert "Nothing was changed. Add --yes to do it." in shown.stdout
    assert [one["who"] for one in on_duty(config)] == ["bea"]
    assert ask(config, "duty", "give", "cem", "--by", "bea", "--yes").returncode == 0
    [now] = on_duty(config)
    assert (now["who"], now["until"], now["handed_over_by"]) == ("cem", None, "bea")
    assert ask(config, "duty", "take", "--by", "bea", "--until", "2h", "--yes").returncode == 0
    assert [one["who"] for one in on_duty(config)][:1] == ["bea"]


def test_what_comes_to_others_all_the_same_is_said_before_a_duty_is_given(config: Path) -> None:
    kinds: dict[WantKind, str] = {"dose": "dose.missed", "care": "care.warning_sign"}
    with closing(open_store(read_config(config).database, "hub")) as store, store.transaction():
        store.apply([
            AlertRecord(
                alert=f"a-{want}", patient="ada", box="kitchen", condition=want, kind=kind, want=want,
                state="told", title="", body="", raised_at=NOON, changed_at=NOON,
            )
            for want, kind in kinds.items()
        ])  # fmt: skip
    to_cem = ask(config, "duty", "give", "cem", "--by", "bea").stdout
    assert "told at once: 1\n" in to_cem
    assert "  by `wants` others are told instead of: storage, supply, device, care\n" in to_cem
    to_bea = ask(config, "duty", "take", "--by", "bea").stdout
    assert "told at once: 2\n" in to_bea
    assert "instead" not in to_bea


def test_the_coming_days_of_a_rota_are_shown_in_its_own_zone(config: Path) -> None:
    home = pillbox_hub("export", "--config", config).stdout
    path = config.parent / "rota.toml"
    path.write_text(home.replace(DUTY, ROTA), "utf-8")
    assert ask(config, "import", str(path)).returncode == 0
    lines = ask(config, "duty").stdout.splitlines()
    assert lines[0] == "Times of Europe/Berlin."
    assert lines[1] == "now: Bea until Friday 27 November, 18:00"
    assert lines[2] == "from Friday 27 November, 18:00: Cem until Monday 30 November, 00:00"


def test_silence_is_shown_asked_for_and_ended(config: Path) -> None:
    assert ask(config, "mute").stdout == "Nobody has silence.\n"
    shown = ask(config, "mute", "add", "--until", "2h", "--wants", "storage,supply", "--by", "bea")
    assert "Bea is not told of storage, supply until Monday 23 November" in shown.stdout
    assert "told instead: Cem" in shown.stdout
    assert ask(config, "mute").stdout == "Nobody has silence.\n"
    assert ask(config, "mute", "add", "--until", "2h", "--by", "bea", "--yes").returncode == 0
    [one] = json.loads(ask(config, "mute", "--json").stdout)["mutes"]
    assert (one["caregiver"], one["wants"]) == ("bea", ["dose", "storage", "supply", "device"])
    assert ask(config, "mute", "end", "--by", "bea", "--yes").returncode == 0
    assert ask(config, "mute").stdout == "Nobody has silence.\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("duty", "give", "--by", "bea"), "say who gets the duty"),
        (("duty", "give", "ceem", "--by", "bea"), "did you mean 'cem'?"),
        (("duty", "give", "mallory", "--by", "bea"), "is no caregiver of 'ada'; bea, cem could have it"),
        (("duty", "take", "--by", "mallory"), "has no part in the care"),
        (("duty", "take", "cem", "--by", "bea"), "write: pillbox-hub duty give cem"),
        (("duty", "take", "--by", "ada"), "'ada' is no caregiver of 'ada'"),
        (("duty", "take", "--until", "yesterday", "--by", "bea"), "is not a moment such as 18:00"),
        (("duty", "take", "--until", "2020-01-01 08:00", "--by", "bea"), "is over already"),
        (("mute", "add", "--by", "bea"), "say until when"),
        (("mute", "add", "--until", "8d", "--by", "bea"), "for seven days at most"),
        (("mute", "add", "--until", "2h", "--wants", "care", "--by", "bea"), "cannot be muted"),
        (("mute", "add", "--until", "2h", "--wants", "doses", "--by", "bea"), "'doses' is no kind of alerts"),
        (("mute", "add", "--until", "2h", "--wants", ",", "--by", "bea"), "say which kinds"),
        (("mute", "add", "--until", "2h", "--by", "ada"), "'ada' is no caregiver"),
        (("mute", "end", "--by", "bea"), "has no silence that could end"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(config: Path, words: tuple[str, ...], why: str) -> None:
    done = ask(config, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("18:00", "2026-11-27T17:00:00Z"),
        ("12:59", "2026-11-28T11:59:00Z"),
        ("2026-12-07 08:00", "2026-12-07T07:00:00Z"),
        ("2026-12-07T08:00", "2026-12-07T07:00:00Z"),
        ("90m", "2026-11-27T13:30:00Z"),
        ("3d", "2026-11-30T12:00:00Z"),
    ],
)
def test_a_moment_is_read_as_the_people_of_a_zone_mean_it(text: str, means: str) -> None:
    assert moment_ahead(text, "Europe/Berlin", NOON) == instant_ms(means)


@pytest.mark.parametrize("text", ["", "25:00", "12", "2026-13-01 08:00", "-2h", "0m", "2h30m", "tomorrow"])
def test_what_is_no_moment_to_come_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        moment_ahead(text, "Europe/Berlin", NOON)


def test_nobody_is_named_to_be_told_instead_who_has_silence_too(config: Path) -> None:
    assert ask(config, "mute", "add", "--until", "2h", "--by", "bea", "--yes").returncode == 0
    shown = ask(config, "mute", "add", "--until", "2h", "--by", "cem").stdout
    assert "told instead" not in shown
    assert "nobody else can be told, so you still are" in shown


def test_a_duty_until_another_year_says_the_year(config: Path) -> None:
    shown = ask(config, "duty", "take", "--until", "2027-11-23 18:00", "--by", "bea").stdout
    assert "until Tuesday 23 November 2027, 18:00" in shown
