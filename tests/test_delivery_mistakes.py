"""Would the tests of delivery notice a mistake? Each planted one makes its test fail."""

from __future__ import annotations

import queue

import pytest

from tests.mutants_delivery import MISTAKES


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_of_delivery_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = MISTAKES[name]
    mistake.noticed_by()
    mistake.spoil(monkeypatch)
    with pytest.raises((AssertionError, queue.Empty, ValueError)):
        mistake.noticed_by()


def test_each_mistake_says_what_it_breaks() -> None:
    assert len(MISTAKES) >= 12
    assert all(one.breaks.endswith(".") for one in MISTAKES.values())
