"""Is a text that no line, screen or record could hold refused, before it is in the way of everybody?"""

from __future__ import annotations

import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS
from controller.wire.shown import is_one_line
from hub.asking.acting import acting
from hub.asking.check_in import ask_questions
from hub.care.entries import AsNeededTaken, Fact, Felt, PacksFetched
from hub.config import read_config
from hub.errors import StoreRefused
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.hub_parts import DUE_MS, compressed, install, pillbox_hub
from tests.parts import free_port
from tests.test_asking_concurrently import asked_by

FETCHED = ("supply", "fetched", "azathioprine", "--tablets", "28", "--by", "bea", "--yes")
DONE = ("fill", "done", "--by", "bea", "--yes")
SAID = ("feeling", "say", "--by", "ada", "--yes")
HELD = ("hold", "azathioprine", "--from", "2026-12-01", "--ordered-by", "clinic", "--by", "bea", "--yes")
UNSEEN = [
    "two\nlines",
    "red \x1b[31m",
    "turned \u202e1 tablet",
    "half a letter \udcff",
    "line\u2028end",
    "\x00",
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026."""
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    return found


@pytest.mark.parametrize("text", [*UNSEEN, "x" * 5_000])
@pytest.mark.parametrize(
    "command",
    [
        (*FETCHED, "--lot"),
        (*FETCHED, "--why"),
        (*DONE, "--lot", "azathioprine="),
        (*SAID, "--words"),
        (*SAID, "--effect", "hair="),
        (*HELD, "--why"),
    ],
)
def test_a_text_that_is_no_readable_line_is_refused_and_nothing_is_written(
    config: Path, command: tuple[str, ...], text: str
) -> None:
    """A lot of 5,000 characters was stored once, and no program could read the patient's record after it."""
    name = command[-1] if command[-1].endswith("=") else ""
    given_words = (*(command[:-1] if name else command), f"{name}{text}")
    refused = pillbox_hub(*given_words, "--config", config)
    assert refused.returncode == 2
    assert refused.stderr.startswith("pillbox-hub: ")
    assert refused.stderr.count("\n") == 1, "one clear sentence"
    assert refused.stderr.isascii()
    with closing(open_store(read_config(config).database)) as store:
        assert store.entries("ada") == []
        assert len(store.households()) == 1


def test_words_of_every_language_pass(config: Path) -> None:
    words = "Müde · متعب · עייף · 疲れた · ½ 👩‍⚕️"
    assert is_one_line(words)
    done = pillbox_hub(*SAID, "--words", words, "--config", config)
    assert done.returncode == 0, done.stderr
    said = json.loads(pillbox_hub("feeling", "--json", "--config", config).stdout)["answers"]
    assert [one["words"] for one in said] == [words]


@given(st.text())
def test_what_is_one_line_can_be_written_to_a_terminal_and_stays_one_line(text: str) -> None:
    if is_one_line(text):
        text.encode("utf-8")
        assert len(text.splitlines()) <= 1
        assert "\x1b" not in text


@pytest.mark.parametrize(
    "fact",
    [
        PacksFetched(regimen="azathioprine", tablets=28, lot="x" * 5_000),
        PacksFetched(regimen="Not An Id", tablets=28),
        Felt(effects={"hair": "x" * 5_000}),
        Felt(effects={str(number): "no" for number in range(3_000)}),
        AsNeededTaken(regimen="pain", amount=1, taken_at=-5 * DAY_MS),
        AsNeededTaken(regimen="pain", amount=float("nan"), taken_at=DUE_MS),
    ],
)
def test_the_store_keeps_no_entry_that_it_could_not_read_back(config: Path, fact: Fact) -> None:
    """Whoever writes it: one such row ended the hub at every start."""
    good = entry_of("ada", PacksFetched(regimen="azathioprine", tablets=28), by="bea", at_ms=DUE_MS)
    bad = replace(good, entry="e-bad", fact=fact)
    with closing(open_store(read_config(config).database)) as store:
        with store.transaction():
            store.add_entry(good)
        with pytest.raises(StoreRefused, match="this cannot be kept"), store.transaction():
            store.add_entry(bad)
        assert store.entries("ada") == store.entries_waiting() == [good]


def test_who_leaves_a_check_in_by_the_keyboard_keeps_what_was_answered(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Mock(spec=io.StringIO)
    terminal.readline.side_effect = ["a little\n", KeyboardInterrupt]
    with acting(asked_by("ada", config), changes=True) as act:
        assert ask_questions(act, terminal) == 0
        [kept] = act.store.entries("ada")
    assert isinstance(kept.fact, Felt)
    assert list(kept.fact.effects.values()) == ["a little"]
    assert "The rest can be answered later." in capsys.readouterr().out


def test_bytes_that_are_no_text_end_no_check_in_and_what_is_not_seen_is_no_answer(config: Path) -> None:
    answers = b"a little\n" + b"\x1b[31m a lot\n" + "turned \u202e\n".encode() + b"\xff\xfe\nstop\n"
    done = pillbox_hub("feeling", "ask", "--by", "ada", "--config", config, given=answers)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("That is no answer to it") == 2
    [said] = json.loads(pillbox_hub("feeling", "--json", "--config", config).stdout)["answers"]
    assert list(said["effects"].values()) == ["a little", "\ufffd\ufffd"]
