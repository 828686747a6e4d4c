"""Would the tests of storage notice a mistake? Each planted one makes its test fail."""

from __future__ import annotations

import pytest

from tests.mutants_storing import MISTAKES


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_about_storage_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = MISTAKES[name]
    mistake.noticed_by()
    mistake.spoil(monkeypatch)
    with pytest.raises(AssertionError):
        mistake.noticed_by()


def test_each_mistake_says_what_it_breaks() -> None:
    assert len(MISTAKES) >= 12
    assert all(one.breaks.endswith(".") for one in MISTAKES.values())
