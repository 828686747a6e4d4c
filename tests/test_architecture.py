"""Who may import whom, and does anything pure touch the world? The allow-table, and a test of the test."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Prefix of the importing module -> prefixes of our own modules it may import. The longest prefix decides.
ALLOWED = {
    "firmware": ("firmware",),
    "controller": ("controller", "firmware"),
    "controller.wire": ("controller.wire",),
    "controller.witness": ("controller.witness", "controller.wire", "firmware.ports"),
    "controller.keeping.resend": ("controller.wire",),
    "controller.demo": ("controller.demo", "controller.wire", "controller.errors", "firmware"),
    "hub": ("hub", "controller.wire"),
    "hub.care": ("hub.care", "controller.wire"),
    "hub.web": (
        "hub.web",
        "hub.care",
        "hub.config",
        "hub.engine",
        "hub.errors",
        "hub.letters",
        "hub.reporting",
        "hub.store.port",
        "hub.writing",
        "controller.wire",
    ),
    "tests": ("firmware", "controller", "hub", "tests"),
}

# Modules that reason and never act: the time is inside their input.
PURE = ("controller.witness", "controller.keeping.resend", "controller.wire", "firmware.debounce", "hub.care")
NOT_PURE = ("controller.wire.clocks",)
ACTING = frozenset({
    "asyncio", "concurrent", "fcntl", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib",
    "queue", "random", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "subprocess",
    "tempfile", "threading", "time", "urllib", "uuid",
})  # fmt: skip
ACTING_CALLS = frozenset({"now", "today", "utcnow"})
ACTING_BUILTINS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint"})

# Each vendor is reached through as few files as possible; elsewhere its name is a leak.
VENDORS = {
    "gpiozero": ("firmware",),
    "lgpio": ("firmware",),
    "sense_hat": ("firmware",),
    "smbus2": ("firmware",),
    "PIL": (),
    "numpy": (),
    "RTIMU": (),
    "paho": (
        "controller.running.link",
        "hub.running.link",
        "controller.demo",
        "controller.installing.doctor",
        "hub.doctor",
    ),
    "sqlite_utils": ("hub",),
    "apprise": ("hub.letters.notify",),
    "holidays": ("hub.holiday_dates",),
    "icalendar": ("hub.asking.calendar_file",),
    "prometheus_client": ("hub.reporting.metrics",),
    "iotcore": ("controller.demo",),
    "starlette": ("hub.web.pages",),
    "uvicorn": ("hub.web.server",),
    "jinja2": ("hub.web.rendering",),
    "itsdangerous": ("hub.web.links",),
}
VENDOR_FILES_MAX = {"gpiozero": 4, "lgpio": 3, "sense_hat": 2, "smbus2": 2, "sqlite_utils": 4, "paho": 5}

# What costs a program's `--help` more than 50 ms, or cannot be imported everywhere.
NOT_FOR_HELP = (
    "gpiozero",
    "lgpio",
    "sense_hat",
    "smbus2",
    "sqlite_utils",
    "apprise",
    "holidays",
    "icalendar",
    "prometheus_client",
    "iotcore",
    "itsdangerous",
    "jinja2",
    "numpy",
    "paho",
    "starlette",
    "uvicorn",
)


@dataclass(frozen=True)
class Import:
    """One imported name."""

    name: str
    relative: bool
    line: int


def modules() -> list[tuple[str, Path]]:
    paths = [
        path for name in ("firmware", "controller", "hub", "tests") for path in (ROOT / name).rglob("*.py")
    ]
    return [(module_name(path.relative_to(ROOT)), path) for path in sorted(paths)]


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree: ast.AST) -> Iterator[Import]:
    """Yield every import, also those inside functions and those for the type checker alone."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for name in names:
                    yield Import(name.name, False, node.lineno)
            case ast.ImportFrom(module=module, names=names, level=level):
                for name in names:
                    yield Import(f"{module}.{name.name}" if module else name.name, level > 0, node.lineno)
            case _:
                pass


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def longest(name: str, prefixes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    found = max((prefix for prefix in prefixes if under(name, prefix)), key=len)
    return prefixes[found]


def faults(module: str, source: str) -> list[str]:
    """Return what a module does that its place forbids, one sentence each."""
    tree = ast.parse(source)
    found = []
    for item in imports_of(tree):
        found += [f"{module}:{item.line} {text}" for text in import_faults(module, item)]
    if is_pure(module):
        found += [f"{module}:{line} {text}" for line, text in acts(tree)]
    return found


def import_faults(module: str, item: Import) -> Iterator[str]:
    top = item.name.split(".")[0]
    if item.relative:
        yield f"imports {item.name} relatively"
        return
    if top in ("firmware", "controller", "hub", "tests"):
        if not any(under(item.name, prefix) for prefix in longest(module, ALLOWED)):
            yield f"may not import {item.name}"
        if top == "tests" and not module.startswith("tests"):
            yield f"imports tests ({item.name})"
        return
    if module.startswith("tests"):
        return
    if top in VENDORS:
        if not any(under(module, place) for place in VENDORS[top]):
            yield f"may not import the vendor {top}"
    elif top not in sys.stdlib_module_names:
        yield f"imports {top}, which is in no table"
    if is_pure(module) and top in ACTING:
        yield f"is pure and imports {top}"


def is_pure(module: str) -> bool:
    return any(under(module, name) for name in PURE) and module not in NOT_PURE


def acts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in ACTING_CALLS:
                yield node.lineno, f"is pure and calls {ast.unparse(node.func)}()"
            case ast.Call(func=ast.Name(id=name)) if name in ACTING_BUILTINS:
                yield node.lineno, f"is pure and calls {name}()"
            case ast.Global() | ast.Nonlocal():
                yield node.lineno, "is pure and changes an outer name"
            case _:
                pass


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if type(value) is str else "")
def test_every_module_keeps_to_its_place(module: str, path: Path) -> None:
    assert faults(module, path.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("firmware.lids", "from controller.wire import topics"),
        ("controller.engine", "import hub.care.ledger"),
        ("controller.wire.plan", "from firmware.ports import Lids"),
        ("controller.witness.doses.dose", "from firmware.board import PinMap"),
        ("controller.demo.stage", "from controller.engine import Engine"),
        ("hub.engine", "from controller.outbox import Outbox"),
        ("hub.engine", "import controller.engine"),
        ("hub.care.judge", "from hub.store import Store"),
        ("hub.care.judge", "from . import alerts"),
        ("hub.care.judge", "import time"),
        ("hub.care.judge", "def judge():\n    import random"),
        ("hub.care.judge", "from datetime import datetime\nx = datetime.now()"),
        ("hub.care.judge", "x = open('a')"),
        ("controller.witness.doses.dose", "import os.path"),
        ("controller.witness.doses.dose", "from threading import Lock"),
        ("controller.engine", "import paho.mqtt.client"),
        ("controller.engine", "import requests"),
        ("hub.running.link", "import apprise"),
        ("hub.web.pages", "from hub.store.sqlite.store import open_store"),
        ("hub.engine", "import starlette"),
        ("controller.engine", "import tests.world"),
        ("hub.running.run", "def go():\n    from tests import world"),
    ],
)
def test_a_planted_fault_is_found(module: str, source: str) -> None:
    assert faults(module, source), f"nobody noticed {source!r} in {module}"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("hub.running.link", "from controller.wire.topics import TOPICS"),
        ("hub.care.judge", "from datetime import date, timedelta"),
        ("hub.store.library", "import sqlite_utils"),
        ("controller.witness.box", "from firmware.ports import PanelView"),
        ("controller.wire.clocks", "import time"),
    ],
)
def test_what_is_allowed_is_not_called_a_fault(module: str, source: str) -> None:
    assert faults(module, source) == []


@pytest.mark.parametrize("vendor", sorted(VENDOR_FILES_MAX))
def test_a_vendor_is_reached_through_few_files(vendor: str) -> None:
    users = [
        module
        for module, path in modules()
        if not module.startswith("tests")
        and any(under(item.name, vendor) for item in imports_of(ast.parse(path.read_text())))
    ]
    assert len(users) <= VENDOR_FILES_MAX[vendor], users


@pytest.mark.parametrize("program", ["controller.cli", "hub.cli"])
def test_help_pays_for_no_vendor(program: str) -> None:
    code = (
        f"import sys, {program} as program\n"
        "try: program.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('loaded:', *[name for name in {NOT_FOR_HELP!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("usage:")
    assert done.stdout.splitlines()[-1] == "loaded:"


def test_every_module_of_the_pure_table_is_checked() -> None:
    names = [module for module, _ in modules()]
    assert [name for name in names if is_pure(name)]
    for prefix in ("controller.witness", "controller.wire", "hub.care"):
        assert any(under(name, prefix) for name in names), f"{prefix} is in the table but not in the tree"
