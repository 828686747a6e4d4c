"""Is everything a user can meet described where we say it is?"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import pytest

from controller.troubles import Troubles
from controller.wire.events import KINDS
from controller.wire.messages import AlertState, Command
from controller.wire.plan import Measure
from controller.wire.topics import TOPICS
from firmware.board import EEPROM_PINS, HAT_PINS, I2C_PINS, LAYOUTS, SUGGESTED_BUZZER_PIN, suggested_pins
from firmware.expander.registers import input_name
from firmware.expander.wiring import INPUTS_PER_CHIP

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

# The 40-pin header of every Raspberry Pi since the B+: BCM number to header pin.
HEADER = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19, 9: 21, 25: 22,
    11: 23, 8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35, 16: 36, 26: 37, 20: 38, 21: 40,
}  # fmt: skip


def text_of(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    import controller.cli
    import hub.cli

    yield "pillbox-controller", controller.cli._parser()
    yield "pillbox-hub", hub.cli._parser()


def commands(name: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not found:
        yield name, parser
    for action in found:
        for verb, below in action.choices.items():
            yield from commands(f"{name} {verb}", below)


def test_every_command_is_described() -> None:
    described = text_of("commands.md").replace("open\\|close COMPARTMENT", "open COMPARTMENT, sim close")
    described = described.replace("sim close", "pillbox-controller sim close")
    missing = [
        name
        for program, parser in parsers()
        for name, _ in commands(program, parser)
        if f"{name}`" not in described and f"{name} " not in described and f"{name}," not in described
    ]
    assert missing == []


def test_every_described_command_exists() -> None:
    known = {name for program, parser in parsers() for name, _ in commands(program, parser)}
    for page in [*DOCS.glob("*.md"), ROOT / "README.md"]:
        for program, verb in re.findall(
            r"(?<!-u )(pillbox-(?:controller|hub)) (?!pillbox)([a-z]+)\b", page.read_text("utf-8")
        ):
            assert any(name.startswith(f"{program} {verb}") for name in known), (
                f"{page.name}: {program} {verb}"
            )


def test_every_verb_of_run_is_described() -> None:
    verbs = re.findall(r"^  ([a-z]+) {2,}", (ROOT / "run").read_text("utf-8"), re.MULTILINE)
    assert len(verbs) == 5
    for verb in verbs:
        assert f"`./run {verb}" in text_of("commands.md")


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_every_topic_stands_in_the_table_with_its_service(name: str) -> None:
    topic = TOPICS[name]  # type: ignore[index]  # the parametrised name is one of the keys
    [row] = [line for line in text_of("wire.md").splitlines() if line.startswith(f"| `{topic.template}` |")]
    _, _, way, qos, retained, *_ = row.split("|")
    assert way.split()[0] == topic.sender
    assert int(qos) == topic.qos
    assert retained.strip().startswith("yes") == topic.retain


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_event_stands_in_the_table_with_its_fields(kind: str) -> None:
    [row] = [line for line in text_of("wire.md").splitlines() if line.startswith(f"| `{kind}` |")]
    said = row.rsplit("|", 2)[1]
    fields = dataclasses.fields(KINDS[kind])
    optional = {field.name for field in fields if field.default is not dataclasses.MISSING}
    assert re.findall(r"`(\w+)`", said) == [field.name for field in fields]
    assert set(re.findall(r"`(\w+)`\?", said)) == optional


def shapes() -> dict[str, type[Any]]:
    """Return every message but the events, and what lies in it, by the path that leads there."""
    found: dict[str, type[Any]] = {}

    def walk(path: str, kind: Any) -> None:
        if dataclasses.is_dataclass(kind):
            found[path] = cast("type[Any]", kind)
            for name, inner in get_type_hints(kind).items():
                walk(f"{path}.{name}", inner)
        for inner in get_args(kind):
            walk(path, inner)

    for name, topic in TOPICS.items():
        if name != "event":
            walk(name, topic.shape)
    return found


@pytest.mark.parametrize("path", sorted(shapes()))
def test_every_message_stands_in_the_table_with_its_fields(path: str) -> None:
    [row] = [line for line in text_of("wire.md").splitlines() if line.startswith(f"| `{path}` |")]
    said = row.rsplit("|", 2)[1]
    fields = dataclasses.fields(shapes()[path])
    optional = {field.name for field in fields if field.default is not dataclasses.MISSING}
    assert re.findall(r"`(\w+)`", said) == [field.name for field in fields]
    assert set(re.findall(r"`(\w+)`\?", said)) == optional


def test_no_message_is_described_that_does_not_exist() -> None:
    part = text_of("wire.md").partition("## Every other message")[2]
    assert sorted(re.findall(r"^\| `([a-z_.]+)` \|", part, re.MULTILINE)) == sorted(shapes())


def test_every_word_of_a_message_is_described() -> None:
    part = text_of("wire.md").partition("## Every other message")[2]
    words = (*get_args(get_type_hints(Command)["command"]), *get_args(AlertState), *get_args(Measure))
    assert [word for word in words if f"`{word}`" not in part] == []


def test_every_word_a_box_says_of_itself_is_described() -> None:
    firmware = "".join(path.read_text("utf-8") for path in (ROOT / "firmware").rglob("*.py"))
    missing = set(re.findall(r'"([a-z]+_(?:missing|unguarded))"', firmware)) - {"sensor_missing"}
    assert len(missing) == 8
    words = {*missing, *(each.because for each in Troubles()._all())}
    assert sorted(word for word in words if f"`{word}`" not in text_of("wire.md")) == []


def keys_asked_for(*files: str) -> set[str]:
    """Return the keys that some modules take from a table of a TOML file."""
    asked = {"only", "table", "child", "children", "text", "texts", "flag", "whole", "number", "choice"}
    asked |= {"plain", "path", "paths", "pins", "has", "wholes"}
    return {
        argument.value
        for file in files
        for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asked
        for argument in node.args[: None if node.func.attr == "only" else 1]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


@pytest.mark.parametrize(
    ("example", "files"),
    [
        (
            "controller.toml",
            tuple(
                f"controller/installing/{name}.py"
                for name in ("config", "parts", "lock", "expander", "panel_table")
            ),
        ),
        ("hub.toml", ("hub/config.py",)),
        (
            "household.toml",
            tuple(
                f"hub/household/{name}.py"
                for name in ("reading", "prescriptions", "steps", "carers", "trips")
            ),
        ),
    ],
)
def test_every_key_that_is_read_stands_in_the_example(example: str, files: tuple[str, ...]) -> None:
    """Three could only be found in the code."""
    text = (ROOT / "deploy" / example).read_text("utf-8")
    keys = keys_asked_for(*files)
    assert len(keys) > 10
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", text)) == []


def test_no_event_is_described_that_does_not_exist() -> None:
    part = text_of("wire.md").partition("## Every other message")[0]
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", part, re.MULTILINE)
    assert sorted(rows) == sorted(KINDS)


def test_the_wiring_table_is_the_wiring_of_the_code() -> None:
    cells = re.findall(r"\| `?([a-z-]+)`?(?: \(passive\))? \| (\d+) \| (\d+) (?=\|)", text_of("install.md"))
    found = {name: (int(gpio), int(pin)) for name, gpio, pin in cells}
    pins = suggested_pins(LAYOUTS["7x2"])
    wanted = {name: (gpio, HEADER[gpio]) for name, gpio in pins.lids.items()}
    assert found == {**wanted, "buzzer": (SUGGESTED_BUZZER_PIN, HEADER[SUGGESTED_BUZZER_PIN])}
    assert not {gpio for gpio, _ in found.values()} & (HAT_PINS | I2C_PINS | EEPROM_PINS)


def test_the_table_of_the_expanders_is_the_wiring_of_the_code() -> None:
    rows = re.findall(
        r"^\| (GP[AB]\d) \| (\d+) \| `([a-z-]+)` \| `([a-z-]+)` \|$", text_of("install.md"), re.M
    )
    lids = LAYOUTS["7x4"]
    assert [(row[0], row[2], row[3]) for row in rows] == [
        (input_name(number), lids[number], lids[number + INPUTS_PER_CHIP])
        for number in range(INPUTS_PER_CHIP)
    ]
    assert [int(row[1]) for row in rows] == [*range(21, 28), *range(1, 8)]


def test_every_link_in_the_docs_leads_somewhere() -> None:
    for page in [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "DECISIONS.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_file_the_guide_copies_exists() -> None:
    for name in re.findall(
        r"deploy/[\w./-]+", "".join(page.read_text("utf-8") for page in DOCS.glob("*.md"))
    ):
        assert (ROOT / name.rstrip("./")).exists(), name


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in DOCS.glob("*.md") if f"docs/{page.name}" not in readme] == []
    assert "no medical device" in readme


def test_every_row_of_the_leaflet_names_a_test_that_exists() -> None:
    """A table of promises is only as good as what fails when one is broken."""
    rows = [
        line
        for line in (ROOT / "docs" / "leaflet.md").read_text("utf-8").splitlines()
        if line.startswith("| L")
    ]
    assert [row.split(" | ")[0] for row in rows] == [f"| L{number}" for number in range(1, 24)]
    written = "".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 4, row
        assert all(cells), row
        named = re.findall(r"`(test_\w+)`", cells[3])
        assert named, row
        assert all(f"def {name}(" in written for name in named), row
