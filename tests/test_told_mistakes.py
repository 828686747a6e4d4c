"""Would the tests of what people told notice a mistake? Each planted one makes its test fail."""

from __future__ import annotations

import pytest

from tests.mutants_told import MISTAKES, UNREADABLE


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_about_what_people_told_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = MISTAKES[name]
    mistake.noticed_by()
    mistake.spoil(monkeypatch)
    with pytest.raises((AssertionError, UNREADABLE)):
        mistake.noticed_by()


def test_each_mistake_says_what_it_breaks() -> None:
    assert len(MISTAKES) >= 10
    assert all(one.breaks.endswith(".") for one in MISTAKES.values())
