"""Does `medicine` list, show with sources, and refuse a bad file by file, line and reason?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.medicines import read_cabinet
from tests.hub_parts import install, pillbox_hub
from tests.parts import free_port

FIFTY = "azathioprine-50mg-tablet"
OWN = """id = "calcium-500mg"
name = "Calcium"
strength = "500 mg"
form = "tablet"
smallest_part = 0.5
"""


def test_all_medicines_are_listed_without_any_installation(tmp_path: Path) -> None:
    done = pillbox_hub("medicine", "--config", tmp_path / "none.toml")
    assert done.returncode == 0
    assert [line.split("  ")[0] for line in done.stdout.splitlines()] == list(read_cabinet())


def test_one_is_shown_with_the_source_of_every_fact(tmp_path: Path) -> None:
    done = pillbox_hub("medicine", "show", FIFTY, "--config", tmp_path / "none.toml")
    medicine = read_cabinet()[FIFTY]
    facts = len(medicine.leaflet) + len(medicine.signs) + len(medicine.effects) + len(medicine.checks)
    assert done.stdout.count("    from: ") == facts
    assert "call about: A fever above 37.7 °C (100 °F)" in done.stdout
    assert "may be felt, expected: Mild nausea" in done.stdout
    assert "limit warm: temperature_c above 25 for 24h (info)\n" in done.stdout
    assert "limit heat: temperature_c above 40 in 2 readings, for 10m (medium)\n" in done.stdout
    assert "every 14 days for 42 days, then every 30 days for 90 days, then every 84 days" in done.stdout
    plain = json.loads(
        pillbox_hub("medicine", "show", FIFTY, "--json", "--config", tmp_path / "none.toml").stdout
    )
    assert plain["smallest_part"] == 0.5
    assert len(plain["signs"]) == len(medicine.signs)


def test_a_file_of_the_homes_own_wins_and_can_be_checked_before(tmp_path: Path) -> None:
    config = install(tmp_path / "hub", free_port())
    own = tmp_path / "own"
    own.mkdir()
    (own / "calcium-500mg.toml").write_text(OWN, encoding="utf-8")
    config.write_text(config.read_text().replace("[home]\n", "") + f'\n[home]\nmedicines = ["{own}"]\n')
    listed = pillbox_hub("medicine", "--config", config).stdout
    assert f"calcium-500mg  Calcium 500 mg tablet ({own / 'calcium-500mg.toml'})" in listed
    assert f"{FIFTY}  Azathioprine 50 mg tablet (shipped)" in listed
    done = pillbox_hub("medicine", "check", own / "calcium-500mg.toml")
    assert (done.returncode, "can be used" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OWN.replace("0.5", "0.3"), "calcium-500mg.toml: line 5: smallest_part is 0.3"),
        (
            OWN.replace("strength", "strenght"),
            "line 3: strenght is not a key that is known here",
        ),
        (OWN.replace("= 0.5", "="), "this is not TOML"),
        (OWN.replace("calcium-500mg", "calcium"), "the file must be named calcium.toml"),
    ],
)
def test_a_bad_file_is_refused_with_file_line_and_reason(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "calcium-500mg.toml"
    path.write_text(text, encoding="utf-8")
    done = pillbox_hub("medicine", "check", path)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_one_damaged_file_hides_no_other_medicine_and_is_named(tmp_path: Path) -> None:
    """A file somebody was still writing once blocked the whole list."""
    config = install(tmp_path / "hub", free_port())
    own = tmp_path / "own"
    own.mkdir()
    (own / "calcium-500mg.toml").write_text(OWN, encoding="utf-8")
    (own / f"{FIFTY}.toml").write_text(OWN.replace("= 0.5", "="), encoding="utf-8")
    config.write_text(config.read_text().replace("[home]\n", "") + f'\n[home]\nmedicines = ["{own}"]\n')
    done = pillbox_hub("medicine", "--json", "--config", config)
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert {one["id"] for one in said["medicines"]} == {*read_cabinet(), "calcium-500mg"} - {FIFTY}
    assert len(said["damaged"]) == 1
    assert f"{FIFTY}.toml: this is not TOML" in said["damaged"][0]
    assert said["damaged"][0] in done.stderr
    # What is shipped never stands in for the home's own damaged file.
    assert pillbox_hub("medicine", "show", FIFTY, "--config", config).returncode == 2
    assert pillbox_hub("medicine", "show", "calcium-500mg", "--config", config).returncode == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("show",), "say which medicine"),
        (("show", "azathioprin-50mg-tablet"), "did you mean 'azathioprine-50mg-tablet'?"),
        (("check",), "say which file"),
        (("check", "/nowhere/x.toml"), "cannot be read"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    done = pillbox_hub("medicine", *words, "--config", tmp_path / "none.toml")
    assert (done.returncode, why in done.stderr) == (2, True), done.stderr
