"""Does the hub go on with the newest household it can read, and say that it does?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from controller.wire.instants import MINUTE_MS
from hub.care.happenings import TroubleArrived
from hub.care.people import Household
from hub.config import read_config
from hub.engine import Engine
from hub.errors import HouseholdRefused
from hub.household import household_toml, parse_household
from hub.store.sqlite.store import SqliteStore
from tests.hub_examples import HOME, NOON, NotingCare, opened, topics
from tests.hub_parts import ROOT, compressed, home_toml, install, pillbox_hub
from tests.parts import free_port

TEXT = household_toml(HOME)
READ = parse_household(TEXT)


def read(text: str) -> Household:
    if text == "unreadable":
        raise HouseholdRefused("household: home is missing.")
    return parse_household(text, lawful=True)


def stored(store: SqliteStore, *texts: str) -> None:
    with store.transaction():
        for text in texts:
            store.add_household(text, NOON)


def troubles(care: NotingCare) -> list[tuple[str, str]]:
    return [(one.trouble, one.text) for one in care.happenings if isinstance(one, TroubleArrived)]


def test_a_start_with_an_unreadable_household_takes_the_newest_that_can_be_read_and_tells_caregivers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with opened() as store:
        stored(store, TEXT, "unreadable", "")
        care = NotingCare()
        engine = Engine(store, care=care, read_household=lambda text: read(text or "unreadable"))
        engine.start(NOON)
        assert engine.household == READ
        ((trouble, text),) = troubles(care)
        assert trouble == "household_refused"
        assert text.startswith("Version 3 of the household cannot be used, an older one is still in force")
        assert "version 3 of the household cannot be used" in caplog.text
        assert engine.reload_if_changed(NOON + 1) == []
        assert len(troubles(care)) == 1, "said once"


def test_a_hub_whose_only_household_is_unreadable_still_starts_and_takes_up_the_next_one() -> None:
    with opened() as store:
        stored(store, "unreadable")
        engine = Engine(store, read_household=read)
        engine.start(NOON)
        assert engine.household is None
        stored(store, TEXT)
        assert "kitchen/plan" in topics(engine.reload_if_changed(NOON + 1))


def test_a_version_whose_medicine_is_put_back_is_taken_up_without_another_import() -> None:
    texts = {"old": HOME}

    def read_known(text: str) -> Household:
        if text not in texts:
            raise HouseholdRefused("a medicine is missing.")
        return texts[text]

    with opened() as store:
        stored(store, "old", "new")
        engine = Engine(store, care=NotingCare(), read_household=read_known)
        engine.start(NOON)
        texts["new"] = HOME
        engine.reload_if_changed(NOON + MINUTE_MS - 1)
        assert store.households()[1].applied_at is None, "it is not read every few seconds"
        engine.reload_if_changed(NOON + MINUTE_MS)
        assert store.households()[1].applied_at == NOON + MINUTE_MS


def test_a_half_written_medicine_that_nobody_takes_does_not_stop_the_hub(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("x")
    assert parse_household(TEXT, medicines_dirs=[tmp_path], lawful=True) == READ


def test_a_damaged_medicine_of_the_home_is_refused_and_never_replaced_by_the_shipped_one(
    tmp_path: Path,
) -> None:
    name = next(iter(HOME.medicines))
    (tmp_path / f"{name}.toml").write_text("x")
    with pytest.raises(HouseholdRefused, match="this is not TOML"):
        parse_household(TEXT, medicines_dirs=[tmp_path], lawful=True)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return install(tmp_path / "hub", free_port(), clock=compressed(1))


def test_an_import_from_a_pipe_stores_the_very_text_that_was_checked(config: Path) -> None:
    command = [sys.executable, "-m", "hub.cli", "import", "/dev/stdin", "--config", str(config)]
    subprocess.run(command, cwd=ROOT, input=home_toml().encode(), capture_output=True, check=True)
    assert pillbox_hub("export", "--config", config).stdout == home_toml()


def test_an_import_mends_a_household_that_cannot_be_read(config: Path) -> None:
    household = config.parent / "household.toml"
    assert pillbox_hub("import", household, "--config", config).returncode == 0
    database = read_config(config).database
    with opened(database) as store:
        stored(store, "")
    for more in (["--check"], []):
        done = pillbox_hub("import", household, "--config", config, *more)
        assert done.returncode == 0, done.stderr
        assert "The household of before cannot be read, so everything counts as new" in done.stdout
        assert "new patient ada" in done.stdout
    assert "nothing has changed" in pillbox_hub("import", household, "--config", config).stdout


def test_an_import_says_of_whom_nobody_would_be_told(config: Path) -> None:
    household = config.parent / "household.toml"
    text = home_toml()
    alone = text[: text.index("[[caregiver]]")]
    household.write_text(alone)
    done = pillbox_hub("import", household, "--config", config)
    assert done.returncode == 0
    assert "warning: nobody is told when something is wrong with ada; add a caregiver" in done.stdout
    strangers = text.replace("ada = [", "bob = [").replace("[[box]]", BOB + "[[box]]", 1)
    keeper = '[[caregiver]]\nid = "dan"\nname = "Dan"\nchannels = { x = "json://127.0.0.1:9/x" }\n'
    household.write_text(strangers + keeper + 'wants = { ada = ["dose"] }\n')
    said = pillbox_hub("import", household, "--config", config).stdout
    assert "warning: the ladder of ada reaches nobody who wants to be told about ada" in said
    household.write_text(text)
    assert "nobody" not in pillbox_hub("import", household, "--config", config).stdout


BOB = '[[patient]]\nid = "bob"\nname = "Bob"\ntimezone = "Europe/London"\n\n'
