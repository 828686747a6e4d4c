"""Is the code written the way this project writes? Lengths, words, markers; and a test of the test."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 300

# Joined from halves, so that this file does not find itself.
MARKERS = re.compile(
    "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK:", "NotImplemented" + "Error"))
)
REGISTRIES = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)", "piwheels" + r"\.org"))
)
EMPTY_NAMES = re.compile(r"(^|_)((?<!service_)manager|helpers?|utils?|misc|common)(_|$)")
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<codes>(\[[^\]]*\]|:\s*[A-Z0-9, ]+)?)(?P<rest>.*)")


def sources() -> list[Path]:
    found = [path for name in ("firmware", "controller", "hub") for path in (ROOT / name).rglob("*.py")]
    return [*sorted(found), ROOT / "run", ROOT / "deploy" / "try-install"]


def files_of_tests() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


def texts() -> list[Path]:
    names = ["README.md", "CHANGELOG.md", "DECISIONS.md", "pyproject.toml", ".ci/run"]
    found = [path for name in ("docs", "deploy") for path in (ROOT / name).rglob("*") if path.is_file()]
    found += sorted(ROOT.glob("requirements*.txt"))
    return [*(ROOT / name for name in names if (ROOT / name).exists()), *sorted(found)]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function from `def` on, without its docstring."""
    assert node.end_lineno is not None
    length = node.end_lineno - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and ast.get_docstring(node):
        assert first.end_lineno is not None
        length -= first.end_lineno - first.lineno + 1
    return length


def source_faults(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    lines = source.count("\n")
    if lines > FILE_LINES_MAX:
        yield f"has {lines} lines; at most {FILE_LINES_MAX}"
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    if tree.body and "?" not in first:
        yield f"does not ask its question in the first line: {first!r}"
    yield from function_faults(tree)
    yield from line_faults(source)


def function_faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if (length := body_lines(node)) > FUNCTION_LINES_MAX:
                yield f"{node.name}() has {length} lines; at most {FUNCTION_LINES_MAX}"
            if EMPTY_NAMES.search(node.name):
                yield f"{node.name}() says nothing about the field"


def line_faults(source: str) -> Iterator[str]:
    for number, line in enumerate(source.splitlines(), 1):
        if MARKERS.search(line):
            yield f"line {number} holds a leftover marker"
        if REGISTRIES.search(line):
            yield f"line {number} names a registry"
    for number, comment in comments(source):
        found = SUPPRESSION.search(comment)
        if found and not found["codes"]:
            yield f"line {number} suppresses everything"
        if found and len(found["rest"].strip(" -#:")) < 8:
            yield f"line {number} suppresses without a reason: {comment}"


def comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def sleeps(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr="sleep")) | ast.Call(func=ast.Name(id="sleep")):
                yield f"line {node.lineno} sleeps; wait for an event with a time-out"
            case _:
                pass


@pytest.mark.parametrize("path", sources(), ids=named)
def test_a_source_file_keeps_the_style(path: Path) -> None:
    assert list(source_faults(path.read_text())) == []


@pytest.mark.parametrize("path", files_of_tests(), ids=named)
def test_a_test_file_keeps_the_style(path: Path) -> None:
    source = path.read_text()
    # What lies in a folder is no test: such scripts run by themselves, on a machine of their own.
    naps = sleeps(source) if path.parent == ROOT / "tests" else ()
    assert [*function_faults(ast.parse(source)), *line_faults(source), *naps] == []


@pytest.mark.parametrize("path", [*sources(), *files_of_tests()], ids=named)
def test_a_file_is_named_after_its_question(path: Path) -> None:
    assert not EMPTY_NAMES.search(path.stem)


@pytest.mark.parametrize("path", texts(), ids=named)
def test_a_text_names_no_registry_and_holds_no_marker(path: Path) -> None:
    source = path.read_text()
    assert not MARKERS.search(source)
    assert not REGISTRIES.search(source)


def test_test_files_are_flat_and_their_names_are_unique() -> None:
    stems = [path.stem for path in files_of_tests() if path.stem not in ("__init__", "__main__")]
    assert sorted(set(stems)) == sorted(stems)


LONG = "def long():\n" + "    x = 1\n" * FUNCTION_LINES_MAX


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ('"""What is this?"""\n' + LONG, "long() has 41 lines"),
        ('"""What is this?"""\n' + "x = 1\n" * FILE_LINES_MAX, "has 301 lines"),
        ('"""This module does things."""\n', "does not ask"),
        ("x = 1\n", "does not ask"),
        ('"""What?"""\nx = 1  # TO' + "DO later\n", "leftover marker"),
        ('"""What?"""\nx = 1  # noqa\n', "suppresses everything"),
        ('"""What?"""\nx = 1  # noqa: E501\n', "without a reason"),
        ('"""What?"""\nx = 1  # type: ignore[attr-defined]\n', "without a reason"),
        ('"""What?"""\nx = "https://py' + 'pi.org/simple"\n', "names a registry"),
        ('"""What?"""\ndef lid_helper():\n    return 1\n', "says nothing"),
    ],
)
def test_a_planted_fault_of_style_is_found(source: str, word: str) -> None:
    assert any(word in fault for fault in source_faults(source))


def test_a_suppression_with_a_reason_passes() -> None:
    source = '"""What?"""\nx = 1  # noqa: E501 - the datasheet writes it in one line\n'
    assert list(source_faults(source)) == []


def test_a_docstring_does_not_count_as_length() -> None:
    text = "    " + "\n    ".join(["words"] * 60)
    source = f'"""What?"""\ndef told():\n    """{text}"""\n' + "    x = 1\n" * (FUNCTION_LINES_MAX - 1)
    assert list(source_faults(source)) == []


def test_a_sleeping_test_is_found() -> None:
    assert list(sleeps("import time\ntime.sleep(1)\n"))
