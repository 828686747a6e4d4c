"""What becomes of a change of the prescription when somebody else has changed it meanwhile?"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hub.asking.acting import Act, acting, change_household
from hub.asking.answers import Refused
from hub.config import read_config
from hub.household import household_toml, parse_household
from hub.store.sqlite.store import open_store
from tests.hub_parts import compressed, install, pillbox_hub
from tests.parts import free_port


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026."""
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    return found


def asked_by(who: str, config: Path, *, yes: bool = True) -> argparse.Namespace:
    return argparse.Namespace(config=config, patient="ada", by=who, yes=yes, json=False)


def renamed(act: Act, name: str) -> int:
    """Change the household in the smallest way, as somebody who read the version of `act`."""
    ada = replace(act.household.patients["ada"], name=name)
    after = replace(act.household, patients={**act.household.patients, "ada": ada})
    return change_household(act, after, [f"The name becomes {name}."])


def names(config: Path) -> list[tuple[str, str | None]]:
    with closing(open_store(read_config(config).database)) as store:
        return [
            (parse_household(one.text).patients["ada"].name, one.changed_by) for one in store.households()
        ]


def test_the_later_of_two_changes_is_refused_with_who_and_when_and_stores_nothing(config: Path) -> None:
    """Two people read the same version; the second change once undid the first without a word."""
    with acting(asked_by("cem", config), changes=True) as late:
        with acting(asked_by("bea", config), changes=True) as early:
            assert renamed(early, "Ada the First") == 0
        with pytest.raises(Refused, match=r"changed by bea at \d\d:\d\d while you were reading; nothing was"):
            renamed(late, "Ada the Second")
    assert names(config) == [("Ada", None), ("Ada the First", "bea")]


def test_an_import_meanwhile_is_no_less_a_change(config: Path) -> None:
    with acting(asked_by("cem", config), changes=True) as late:
        assert pillbox_hub("import", config.parent / "household.toml", "--config", config).returncode == 0
        with pytest.raises(Refused, match=r"was changed at \d\d:\d\d while"):
            renamed(late, "Ada the Second")
    assert len(names(config)) == 2


def test_a_preview_that_changes_nothing_is_shown_also_after_a_change_by_somebody_else(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with acting(asked_by("cem", config, yes=False), changes=True) as late:
        with late.store.transaction():
            late.store.add_household(household_toml(late.household), late.now_ms, "bea")
        assert renamed(late, "Ada the Second") == 0
    assert "Nothing was changed." in capsys.readouterr().out
    assert len(names(config)) == 2


def test_one_after_the_other_both_changes_stand(config: Path) -> None:
    for who, name in (("bea", "Ada the First"), ("cem", "Ada the Second")):
        with acting(asked_by(who, config), changes=True) as act:
            assert renamed(act, name) == 0
    assert names(config) == [("Ada", None), ("Ada the First", "bea"), ("Ada the Second", "cem")]
