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
from hub.store.sqlite import open_store
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
    assert "ask the doctor for a prescription by 2026-11-26; refills left: 0" in said


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
