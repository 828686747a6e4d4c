"""Does a command of the care break long lines for a terminal between words, and for nobody else?"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.asking.answers import folded
from hub.cli import main
from tests.hub_parts import pillbox_hub

TEXT = st.text(alphabet=st.sampled_from("ab-½ !“”:"), max_size=200)


def test_what_goes_on_stands_further_in() -> None:
    line = "  limit warm: temperature_c above 25 for 24h"
    assert folded(line, 30).splitlines() == ["  limit warm: temperature_c", "      above 25 for 24h"]
    assert folded("! a line that asks for somebody", 28).splitlines() == [
        "! a line that asks for", "      somebody"
    ]  # fmt: skip
    assert folded(line, 80) == line


def test_an_id_is_never_broken() -> None:
    assert "azathioprine/2026-11-23/08:00" in folded("skipped: azathioprine/2026-11-23/08:00 by bea", 20)


@given(line=TEXT, width=st.integers(min_value=1, max_value=120))
def test_folding_loses_no_word_and_changes_no_order(line: str, width: int) -> None:
    assert folded(line, width).split() == line.split()


@given(line=TEXT)
def test_at_eighty_columns_only_a_word_that_is_longer_stands_out(line: str) -> None:
    for part in folded(line, 80).splitlines():
        assert len(part) <= 80 or len(part.split()) == 1


class Terminal(io.StringIO):
    """What a command writes to when somebody sits before it."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_folded_lines_and_a_pipe_gets_whole_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    asked = ["medicine", "show", "azathioprine-50mg-tablet", "--config", str(tmp_path / "none.toml")]
    piped = pillbox_hub(*asked).stdout
    assert max(map(len, piped.splitlines())) > 80
    with redirect_stdout(Terminal()) as terminal:
        assert main(asked) == 0
    seen = terminal.getvalue()
    assert max(map(len, seen.splitlines())) <= 80
    assert seen.split() == piped.split()
    with redirect_stdout(Terminal()) as terminal:
        main([*asked, "--json"])
    assert terminal.getvalue().count("\n") == 1, "one object is one line, wherever it goes"
