"""Would the tests notice a mistake? Each planted one makes the test fail that is named beside it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from tests.mistakes import Mistake

TABLES: Mapping[str, Mapping[str, Mistake]] = {
    path.stem.removeprefix("mutants_"): module.MISTAKES
    for path in sorted(Path(__file__).parent.glob("mutants_*.py"))
    if hasattr(module := import_module(f"tests.{path.stem}"), "MISTAKES")
}
"""What `tests/mutants_*.py` plant, by what it is about. The world's own are in tests/test_mutants.py."""

EVERY = [(about, name) for about, table in TABLES.items() for name in table]


@pytest.mark.parametrize(("about", "name"), EVERY)
def test_a_mistake_is_noticed(about: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = TABLES[about][name]
    mistake.noticed_by()
    mistake.spoil(monkeypatch)
    # A refusal that does not come is noticed by pytest itself.
    with pytest.raises((AssertionError, pytest.fail.Exception, *mistake.also)):
        mistake.noticed_by()


def test_there_are_many_and_each_says_what_it_breaks() -> None:
    assert {"delivery", "storing", "supply", "telling", "told"} <= set(TABLES)
    assert all(len(table) >= 8 for table in TABLES.values())
    assert all(TABLES[about][name].breaks.endswith(".") for about, name in EVERY)
