"""Does `./run` install what it should, heal what was interrupted, and speak clearly when it cannot?"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(tmp_path: Path) -> ModuleType:
    """Load `run` as a module that believes to lie in a checkout of its own."""
    for name in ("run", "pyproject.toml", "requirements.txt", "requirements-demo.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    loader = importlib.machinery.SourceFileLoader(f"run_{tmp_path.name}", str(tmp_path / "run"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def calls(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let the real `.venv` be made without pip, and note what pip would have been asked."""
    found: list[list[str]] = []
    monkeypatch.setattr(
        run, "_call", lambda command, _environment: found.append([str(one) for one in command])
    )
    monkeypatch.setattr(run, "_pip", lambda _environment: ["pip"])
    monkeypatch.setattr(run, "_make_venv", lambda _environment: bare_venv(run))
    return found


def bare_venv(run: ModuleType) -> None:
    subprocess.run([run._base_python(), "-m", "venv", "--without-pip", run.VENV], check=True)


def asked(calls: list[list[str]]) -> list[str]:
    return [word.rpartition("/")[2] for call in calls for word in call if word.endswith(".txt")]


def test_help_is_given_when_asked_for_and_when_needed() -> None:
    for words, status in (([], 0), (["--help"], 0), (["help"], 0), (["dance"], 2)):
        done = subprocess.run(
            [sys.executable, ROOT / "run", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == status
        assert "usage: ./run VERB" in (done.stderr if status else done.stdout)


def test_it_is_executable_and_needs_nothing_but_the_standard_library() -> None:
    assert os.access(ROOT / "run", os.X_OK)
    names = re.findall(r"^(?:import|from) (\w+)", (ROOT / "run").read_text(), re.MULTILINE)
    assert set(names) <= set(sys.stdlib_module_names)


def test_the_demo_installs_less_than_the_tests(run: ModuleType, calls: list[list[str]]) -> None:
    run._prepare("demo", {})
    assert asked(calls) == ["requirements-demo.txt"]
    run._prepare("demo", {})
    assert asked(calls) == ["requirements-demo.txt"]
    run._prepare("dev", {})
    assert asked(calls) == ["requirements-demo.txt", "requirements.txt"]
    run._prepare("demo", {})
    assert len(asked(calls)) == 2


def test_every_installation_demands_hashes_and_then_adds_the_checkout(
    run: ModuleType, calls: list[list[str]]
) -> None:
    run._prepare("dev", {})
    assert "--require-hashes" in calls[0]
    assert calls[1][-4:] == ["--no-build-isolation", "--no-deps", "-e", str(run.ROOT)]


def test_a_changed_requirement_is_installed(run: ModuleType, calls: list[list[str]]) -> None:
    run._prepare("demo", {})
    with (run.ROOT / "requirements-demo.txt").open("a") as file:
        file.write("# changed\n")
    run._prepare("demo", {})
    assert len(asked(calls)) == 2


def test_an_interrupted_installation_begins_anew(
    run: ModuleType, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        (run.VENV / "half").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "_call", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run._prepare("demo", {})
    run._prepare("demo", {})
    assert not (run.VENV / "half").exists()
    assert run._ready("demo")
    assert asked(calls) == ["requirements-demo.txt"]


@pytest.mark.parametrize("python", [None, "/bin/false", sys.executable])
def test_an_environment_of_another_python_or_place_is_made_anew(
    run: ModuleType, calls: list[list[str]], python: str | None
) -> None:
    run._prepare("demo", {})
    (run.VENV / "mark").touch()
    (run.VENV / "bin" / "python").unlink()
    if python is not None:
        (run.VENV / "pyvenv.cfg").unlink()
        (run.VENV / "bin" / "python").symlink_to(python)
    (run.VENV / "installed-demo").unlink()
    run._prepare("demo", {})
    assert not (run.VENV / "mark").exists()
    assert run._usable()


def test_a_python_without_pip_and_ensurepip_is_told_what_to_do(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(run, "_base_python", lambda: "/bin/false")
    assert run.main(["demo"]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_a_failed_installation_shows_the_end_of_its_log(
    run: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_make_venv", lambda _environment: bare_venv(run))
    monkeypatch.setattr(run, "_pip", lambda _environment: ["sh", "-c", "echo no route to anywhere; exit 1"])
    assert run.main(["demo"]) == 1
    said = capsys.readouterr().err
    assert "no route to anywhere" in said
    assert not run._ready("demo")


def test_the_settings_of_another_environment_do_not_leak_in(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in run.FOREIGN:
        monkeypatch.setenv(name, "/elsewhere")
    seen: dict[str, str] = {}
    monkeypatch.setattr(run, "_prepare", lambda _wanted, environment: seen.update(environment))
    monkeypatch.setattr(run, "_lint", lambda _environment: 0)
    monkeypatch.chdir(run.ROOT)
    assert run.main(["lint"]) == 0
    assert not set(run.FOREIGN) & set(seen)
    assert seen["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("words", "spread"),
    [([], True), (["-k", "ack"], True), (["-n0"], False), (["--numprocesses=3"], False), (["--pdb"], False)],
)
def test_the_tests_are_spread_unless_the_caller_says_otherwise(
    run: ModuleType, words: list[str], spread: bool
) -> None:
    assert bool(run._parallel(words)) == spread


def test_on_a_raspberry_pi_the_packages_of_the_system_are_seen(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[Any]] = []

    def noted(command: list[Any], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(run, "_on_raspberry_pi", lambda: True)
    monkeypatch.setattr(run.subprocess, "run", noted)
    run._make_venv({})
    assert "--system-site-packages" in commands[-1]


def pins(name: str) -> dict[str, set[str]]:
    """Return what a requirements file pins: package to its versions (one for each range of Pythons)."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / name).read_text(), re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found


REQUIREMENTS = sorted(path.name for path in ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_pin_is_hashed_and_no_host_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"\n(?=[a-z])", text.strip())
    assert [block.split("\n")[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert "--index" not in text


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_the_smaller_sets_are_parts_of_the_largest(name: str) -> None:
    whole = pins("requirements.txt")
    assert {package: found for package, found in pins(name).items() if whole.get(package) != found} == {}


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("requirements.txt", ["dev", "demo", "hub", "checkout"]),
        ("requirements-demo.txt", ["demo", "hub", "checkout"]),
        ("requirements-hub.txt", ["hub", "checkout"]),
        ("requirements-box.txt", ["box", "checkout"]),
    ],
)
def test_everything_the_project_asks_for_is_pinned(name: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    names = {re.split(r"[\[<>=; ]", one)[0] for one in wanted} - {project["name"]}
    assert names - set(pins(name)) == set()


def test_two_runs_at_once_take_turns(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    order: list[str] = []
    locked: Callable[..., None] = fcntl.flock

    def noted(*words: Any) -> None:
        order.append("lock")
        locked(*words)

    monkeypatch.setattr(run.fcntl, "flock", noted)
    monkeypatch.setattr(run, "_ready", lambda _wanted: bool(order))
    run._prepare("demo", {})
    assert order == ["lock"]
