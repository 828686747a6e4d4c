"""Does `fill` lay out the week, take down what was laid in, and ask a second person to look?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from controller.wire.instants import HOUR_MS
from tests.hub_parts import DUE_MS, compressed, home_toml, install, pillbox_hub
from tests.parts import free_port

BY_BEA, BY_CEM = ("--by", "bea"), ("--by", "cem")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a hub whose box nobody has filled."""
    clock = compressed(1, DUE_MS + HOUR_MS)
    config = install(tmp_path / "hub", free_port(), clock=clock, household=home_toml())
    done = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert done.returncode == 0, done.stderr
    return config


def fill(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub("fill", "--config", config, *words)


def lying(config: Path) -> list[dict[str, Any]]:
    return list(json.loads(fill(config, "--json").stdout)["lying"])


def laid_in(config: Path) -> str:
    words = (
        "done",
        *BY_BEA,
        "--yes",
        "--json",
        "--expires",
        "azathioprine=2027-08-31",
        "--lot",
        "azathioprine=L1",
    )
    done = fill(config, *words, "--compartments", "mon-pm", "tue-am")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["entry"])


def test_the_sheet_says_what_goes_where_and_how_many_to_halve(home: Path) -> None:
    said = fill(home, "sheet", "--from", "2026-11-23").stdout
    assert "2026-11-23 Monday morning compartment: azathioprine ½ tablet  (a part of a tablet)" in said
    assert "10½ tablets in all, 4 to halve" in said
    plain = json.loads(fill(home, "sheet", "--json").stdout)
    assert plain["compartments"]["sun-pm"] == {"azathioprine": 1}


def test_a_fill_is_shown_first_and_written_only_with_a_yes(home: Path) -> None:
    assert fill(home, "done", *BY_BEA).stdout.endswith("Nothing was changed. Add --yes to do it.\n")
    assert fill(home).stdout == "Nobody has taken down a fill.\n"
    laid_in(home)
    assert [(one["compartment"], one["tablets"], one["lot"], one["expires"]) for one in lying(home)] == [
        ("mon-pm", 1, "L1", "2027-08-31"),
        ("tue-am", 0.5, "L1", "2027-08-31"),
    ]


def test_a_fill_that_is_told_again_says_first_what_lies_there_already(home: Path) -> None:
    """Two people told of one fill, and a lid of half a tablet held a whole one by the record."""
    assert "lies there already" not in fill(home, "done", *BY_BEA).stdout
    laid_in(home)
    again = fill(home, "done", *BY_CEM, "--compartments", "tue-am", "wed-am").stdout
    assert "  ! Tuesday morning compartment: azathioprine ½ tablet lies there already, at 09:00 on" in again
    assert again.count("lies there already") == 1
    assert "by bea; this comes on top of it" in again


def test_a_second_person_is_another_than_whoever_filled(home: Path) -> None:
    word = laid_in(home)
    own = fill(home, "check", word, *BY_BEA, "--yes")
    assert (own.returncode, "a second person must look" in own.stderr) == (2, True)
    assert {one["checked_by"] for one in lying(home)} == {""}
    assert {one["at"][-1] for one in lying(home)} == {"Z"}
    assert fill(home, "check", word, *BY_CEM, "--yes").returncode == 0
    assert {one["checked_by"] for one in lying(home)} == {"cem"}


def test_what_was_taken_out_lies_there_no_more(home: Path) -> None:
    laid_in(home)
    assert fill(home, "empty", "mon-pm", "--discarded", *BY_BEA, "--yes").returncode == 0
    assert [one["compartment"] for one in lying(home)] == ["tue-am"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("done", "--compartments", "mon-pn"), "did you mean 'mon-pm'?"),
        (("done", "--expires", "azathioprine"), "write REGIMEN=VALUE"),
        (("done", "--expires", "azathioprine=2026-11-22"), "has expired on 2026-11-22"),
        (("done", "--lot", "other=L1"), "no regimen 'other'"),
        (("done", "--box", "hall"), "ada has no box 'hall'"),
        (("done", "now"), "takes no further word"),
        (("check",), "say which fill"),
        (("check", "e-nothing"), "has no fill 'e-nothing'"),
        (("empty",), "say which compartment"),
        (("empty", "mon-xx", "--kept"), "has no compartment 'mon-xx'"),
        (("empty", "mon-am"), "either --kept or --discarded"),
        (("sheet", "--from", "soon"), "'soon' is not a date"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(home: Path, words: tuple[str, ...], why: str) -> None:
    done = fill(home, *words, *BY_BEA, "--yes")
    assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert lying(home) == []


def test_after_a_fill_alone_the_supply_says_that_nobody_has_counted(home: Path) -> None:
    laid_in(home)
    said = pillbox_hub("supply", "--config", home).stdout
    assert "nobody has said what lies outside the box: pillbox-hub supply count azathioprine" in said
    assert "order by" not in said
