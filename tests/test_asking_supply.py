"""Does `supply` say until when it lasts, take down counts and packs with a name, and refuse nonsense?"""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.wire.instants import HOUR_MS
from hub.config import read_config
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.store.sqlite.store import open_store
from tests.hub_parts import DUE_MS, compressed, event, home_toml, install, pillbox_hub, taken
from tests.parts import free_port

SUPPLY = """
[regimen.supply]
tablets = 14
counted_on = 2026-11-22
expires = 2027-08-31
pack = 28
refills_left = 0
lead_days = 3

[[caregiver]]
id = "bea"
"""
OTHER = """
[[patient]]
id = "ben"
name = "Ben"
timezone = "Europe/London"

[[box]]
id = "hall"
patient = "ben"
layout = "7x2"

[[regimen]]
id = "bens"
patient = "ben"
box = "hall"
medicine = "azathioprine-50mg-tablet"
window = { opens = "-60m", late = "+60m", closes = "half" }
remind = ["+0m"]

[[regimen.step]]
from = 2026-11-20
times = { "08:00" = 1 }
"""
ADA = ("--patient", "ada")
BY_BEA = ("--by", "bea")


@pytest.fixture
def lived(tmp_path: Path) -> Path:
    """Return a hub with 14 tablets counted, which has seen half a one taken."""
    text = home_toml().replace('\n[[caregiver]]\nid = "bea"\n', SUPPLY, 1)
    config = install(
        tmp_path / "hub", free_port(), clock=compressed(1, DUE_MS + HOUR_MS), household=text + OTHER
    )
    done = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert done.returncode == 0, done.stderr
    with closing(open_store(read_config(config).database, "hub")) as store:
        engine = Engine(store)
        engine.start(DUE_MS)
        engine.take([Arrival(topic="pillbox/v1/kitchen/event", payload=event(1, taken()).encode())], DUE_MS)
    return config


def supply(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub("supply", "--config", config, *words)


def told(config: Path) -> dict[str, Any]:
    [one] = json.loads(supply(config, *ADA, "--json").stdout)["supply"]
    return dict(one)


def test_what_there_is_and_until_when_it_lasts_is_said(lived: Path) -> None:
    # 14 - ½ are left; today asks for 1 more, and every later day for 1½: 8 of them.
    assert told(lived) == {
        "regimen": "azathioprine",
        "outside": 13.5,
        "inside": 0,
        "run_out": "2026-12-02",
        "days_left": 9,
        "by_average": None,
        "expires": "2027-08-31",
        "order_by": "2026-11-26",
        "prescription_needed": True,
        "refills_left": 0,
        "overdrawn": 0,
        "unseen": 0,
    }
    said = supply(lived, *ADA).stdout
    assert "azathioprine: 13½ tablets outside the box, 0 tablets in it" in said
    assert "a new prescription is needed: ask the doctor for it by 2026-11-26; refills left: 0" in said


def test_how_many_packs_are_missing_until_a_date_is_said(lived: Path) -> None:
    assert supply(lived, "until", "2026-12-01", *ADA).stdout == "azathioprine: enough until 2026-12-01\n"
    short = supply(lived, "until", "2026-12-24", *ADA).stdout
    assert short.startswith(
        "azathioprine: 34 tablets missing until 2026-12-24: 2 packs of 28; refills left: 0"
    )


def test_a_count_is_shown_first_and_written_only_with_a_yes(lived: Path) -> None:
    shown = supply(lived, "count", "azathioprine", "10½", *BY_BEA, *ADA)
    assert shown.returncode == 0, shown.stderr
    assert "known of: 13½ tablets" in shown.stdout
    assert "counted:  10½ tablets, by bea" in shown.stdout
    assert shown.stdout.endswith("Nothing was changed. Add --yes to do it.\n")
    assert told(lived)["outside"] == 13.5
    assert supply(lived, "count", "azathioprine", "10.5", *BY_BEA, *ADA, "--yes").returncode == 0
    assert told(lived)["outside"] == 10.5


@pytest.mark.parametrize(("words", "more"), [(("--packs", "2"), 56), (("--tablets", "14"), 14)])
def test_what_was_fetched_is_added(lived: Path, words: tuple[str, ...], more: float) -> None:
    asked = ("fetched", "azathioprine", *words, "--expires", "2027-10-31", *BY_BEA, *ADA, "--yes")
    assert supply(lived, *asked).returncode == 0
    assert told(lived)["outside"] == 13.5 + more


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("count", "azathioprine", "-3"), "-3"),
        (("count", "azathioprine", "0.3333"), "comes in steps of 0.5"),
        (("count", "azathioprine", "nan"), "nan tablets cannot be"),
        (("count", "azathioprine", "many"), "'many' is not a number of tablets"),
        (("count", "azathioprine"), "say which and how many"),
        (("count", "azathioprin", "3"), "no regimen 'azathioprin'; did you mean 'azathioprine'?"),
        (("count", "bens", "3"), "regimen 'bens' is 'ben''s, not 'ada''s"),
        (("fetched", "azathioprine"), "either --packs or --tablets"),
        (("fetched", "azathioprine", "--packs", "0"), "is not a number of packs"),
        (("fetched", "azathioprine", "--tablets", "0"), "nothing was fetched"),
        (("fetched", "azathioprine", "--packs", "1", "--tablets", "2"), "either --packs or --tablets"),
        (
            ("fetched", "azathioprine", "--packs", "1", "--expires", "2026-11-22"),
            "have expired on 2026-11-22",
        ),
        (("fetched", "azathioprine", "--packs", "1", "--expires", "soon"), "'soon' is not a date"),
        (("until", "2026-11-22"), "2026-11-22 is over"),
        (("until",), "say one date"),
        (("show", "me"), "takes no further words"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(lived: Path, words: tuple[str, ...], why: str) -> None:
    done = supply(lived, *words, *BY_BEA, *ADA, "--yes")
    assert done.returncode == 2
    assert why in done.stderr
    assert told(lived)["outside"] == 13.5


def test_a_change_without_a_name_is_refused(lived: Path) -> None:
    done = supply(lived, "count", "azathioprine", "3", *ADA, "--yes")
    assert (done.returncode, "say who makes this change" in done.stderr) == (2, True)


def test_where_nobody_has_counted_it_is_said_how_to(lived: Path) -> None:
    assert supply(lived, "--patient", "ben").stdout.startswith("Nobody has counted anything yet")


def test_each_fetching_takes_a_refill_and_its_undoing_gives_it_back(lived: Path) -> None:
    household = lived.parent / "household.toml"
    household.write_text(household.read_text().replace("refills_left = 0", "refills_left = 2"))
    assert pillbox_hub("import", household, "--config", lived).returncode == 0
    fetch = ("fetched", "azathioprine", "--packs", "2", *BY_BEA, *ADA)
    assert "refills left: 2 before, 1 after" in supply(lived, *fetch).stdout
    assert told(lived)["refills_left"] == 2, "shown, and not done"
    assert supply(lived, *fetch, "--yes").returncode == 0
    assert (told(lived)["refills_left"], told(lived)["prescription_needed"]) == (1, False)
    [entry] = json.loads(supply(lived, "entries", *ADA, "--json").stdout)["entries"]
    assert (entry["at"][:11], entry["at"][-1]) == ("2026-11-23T", "Z"), "instants are written as everywhere"
    assert (entry["by"], entry["said"]) == ("bea", "azathioprine: 56 tablets came home")
    undo = ("undo", entry["entry"], "--by", "cem", *ADA)
    shown = supply(lived, *undo)
    assert "this would not count any more:" in shown.stdout
    assert "by bea: azathioprine: 56 tablets came home" in shown.stdout
    assert told(lived)["refills_left"] == 1
    assert supply(lived, *undo, "--yes").returncode == 0
    assert (told(lived)["refills_left"], told(lived)["outside"]) == (2, 13.5)
    assert supply(lived, "entries", *ADA).stdout == "Nobody has taken down anything about tablets.\n"
    again = supply(lived, *undo, "--yes")
    assert again.returncode == 2
    assert "about tablets counts" in again.stderr


def test_what_lasts_for_ever_still_says_how_many_refills_there_are(lived: Path) -> None:
    household = lived.parent / "household.toml"
    household.write_text(household.read_text().replace("expires = 2027-08-31\n", ""))
    assert pillbox_hub("import", household, "--config", lived).returncode == 0
    assert supply(lived, "count", "azathioprine", "9000", *BY_BEA, *ADA, "--yes").returncode == 0
    assert "  refills left: 0\n" in supply(lived, *ADA).stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("undo",), "say one entry"),
        (("undo", "e-nobody"), "no entry 'e-nobody' about tablets counts"),
        (("entries", "now"), "takes no further words"),
    ],
)
def test_what_cannot_be_taken_back_is_refused(lived: Path, words: tuple[str, ...], why: str) -> None:
    refused = supply(lived, *words, *BY_BEA, *ADA, "--yes")
    assert refused.returncode == 2
    assert why in refused.stderr
