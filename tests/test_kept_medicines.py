"""Does a hub whose medicine file was damaged start with what it could read last, and say so?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub.config import read_config
from hub.errors import HouseholdRefused
from hub.medicines import read_cabinet
from hub.medicines.keeping import KeptMedicines
from hub.running.run import Hub
from hub.store.sqlite.store import open_store
from tests.hub_parts import compressed, install, pillbox_hub
from tests.parts import free_port

FIFTY = "azathioprine-50mg-tablet"
OWN = f'id = "{FIFTY}"\nname = "Azathioprine"\nstrength = "50 mg"\nform = "tablet"\nsmallest_part = 0.5\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one medicine of the home's own."""
    found = tmp_path / "own"
    found.mkdir()
    (found / f"{FIFTY}.toml").write_text(OWN, "utf-8")
    return found


def test_a_text_that_was_read_is_kept_and_stands_in_for_a_damaged_file(tmp_path: Path, folder: Path) -> None:
    kept = KeptMedicines(tmp_path / "kept")
    before = read_cabinet([folder], as_needed=True, kept=kept)[FIFTY]
    (folder / f"{FIFTY}.toml").write_text("garbage = [", "utf-8")
    again = KeptMedicines(tmp_path / "kept")
    assert read_cabinet([folder], as_needed=True, kept=again)[FIFTY] == before
    assert f"{FIFTY}.toml: this is not TOML" in again.trouble()
    assert "goes on with what it could read last" in again.trouble()


def test_without_anything_kept_a_damaged_file_is_refused_and_what_is_shipped_does_not_stand_in(
    tmp_path: Path, folder: Path
) -> None:
    (folder / f"{FIFTY}.toml").write_text("garbage = [", "utf-8")
    for kept in (None, KeptMedicines(tmp_path / "kept")):
        with pytest.raises(HouseholdRefused, match="this is not TOML"):
            read_cabinet([folder], as_needed=True, kept=kept)[FIFTY]


def test_a_file_that_is_mended_is_read_again_and_nothing_is_wrong_any_more(
    tmp_path: Path, folder: Path
) -> None:
    kept = KeptMedicines(tmp_path / "kept")
    path = folder / f"{FIFTY}.toml"
    for text, trouble in ((OWN, False), ("garbage = [", True), (OWN.replace("50 mg", "50 mg film"), False)):
        path.write_text(text, "utf-8")
        found = read_cabinet([folder], as_needed=True, kept=kept)[FIFTY]
        assert bool(kept.trouble()) == trouble
    assert found.strength == "50 mg film"
    assert kept.text(FIFTY) == path.read_text("utf-8")


def test_a_copy_that_is_damaged_itself_is_no_stand_in(tmp_path: Path, folder: Path) -> None:
    kept = KeptMedicines(tmp_path / "kept")
    assert read_cabinet([folder], as_needed=True, kept=kept)[FIFTY].id == FIFTY
    (tmp_path / "kept" / f"{FIFTY}.toml").write_bytes(b"\xff")
    (folder / f"{FIFTY}.toml").write_text("garbage = [", "utf-8")
    with pytest.raises(HouseholdRefused, match="this is not TOML"):
        read_cabinet([folder], as_needed=True, kept=kept)[FIFTY]


def test_a_disk_that_keeps_nothing_costs_only_the_copy(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder", "utf-8")
    kept = KeptMedicines(blocked)
    assert read_cabinet([folder], as_needed=True, kept=kept)[FIFTY].strength == "50 mg"
    assert "cannot be kept beside its file" in caplog.text
    assert kept.text(FIFTY) is None


def test_a_hub_starts_on_a_damaged_medicine_with_its_household_and_tells_caregivers(
    tmp_path: Path, folder: Path
) -> None:
    """It once had no household at all: no reminder, no alert, and `no_household` on its status."""
    config = install(tmp_path / "hub", free_port(), clock=compressed(1))
    text = config.read_text("utf-8").replace("[home]\n", "")
    config.write_text(f'{text}\n[home]\nmedicines = ["{folder}"]\n', "utf-8")
    done = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert done.returncode == 0, done.stderr

    def started() -> tuple[Any, list[str]]:
        read = read_config(config)
        with closing(open_store(read.database, "write")) as store:
            hub = Hub(read, store)
            hub.start()
            hub.link.stop([])
            hub.notifier.stop()
            alerts = [f"{alert.kind} {alert.body}" for alert in store.alerts()]
            return hub.engine.household, [said for said in alerts if "damaged" in said]

    household, told = started()
    assert (household is not None, told) == (True, [])
    (folder / f"{FIFTY}.toml").write_text("garbage = [", "utf-8")
    again, told = started()
    assert again == household
    assert len(told) == 1
    assert told[0].startswith("device.trouble The hub goes on with what it could read last of a damaged")
    refused = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert (refused.returncode, "this is not TOML" in refused.stderr) == (2, True), "a command still refuses"
