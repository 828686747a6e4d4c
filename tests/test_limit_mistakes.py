"""Would the tests of storage limits notice a mistake? Each planted one makes its test fail."""

from __future__ import annotations

import pytest

from tests.mutants_limits import LIMIT_MISTAKES


@pytest.mark.parametrize("name", LIMIT_MISTAKES)
def test_a_mistake_about_storage_limits_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = LIMIT_MISTAKES[name]
    mistake.noticed_by()
    mistake.spoil(monkeypatch)
    with pytest.raises(AssertionError):
        mistake.noticed_by()


def test_each_mistake_about_limits_says_what_it_breaks() -> None:
    assert len(LIMIT_MISTAKES) >= 12
    assert all(one.breaks.endswith(".") for one in LIMIT_MISTAKES.values())
