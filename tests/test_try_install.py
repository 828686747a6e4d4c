"""Does the trial of the installation follow the page that people follow, and nothing else?"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "deploy" / "try-install"
PAGE = (ROOT / "docs" / "install.md").read_text("utf-8")


def loaded() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("try_install", str(PROGRAM))
    spec = importlib.util.spec_from_loader("try_install", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    keeps, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = keeps
    return module


TRIAL = loaded()


def typed(section: str) -> list[str]:
    """Return what a section of the page tells people to type, taken from it in another way."""
    part = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    blocks = [block for block in part.split("\n\n") if re.match(r" {4}(sudo|cd) ", block)]
    lines = re.findall(r"^ {4}(\S.*)$", "\n".join(blocks), re.MULTILINE)
    return [line.partition("   #")[0].rstrip() for line in lines]


def script(page: str = PAGE) -> str:
    return "\n".join(TRIAL.script(page))


def test_every_command_of_the_followed_sections_is_run_or_left_out_with_its_reason() -> None:
    said = script()
    wanted = [command for section in TRIAL.SECTIONS for command in typed(section)]
    assert len(wanted) > 15
    for command in wanted:
        shown = command.replace("REPOSITORY", "/srv/pillbox").replace("apt ", "apt-get -qq ")
        is_run = f"echo '+ {shown}'" in said.replace("'\\''", "'")
        assert is_run or f"- left out: {command}" in said, command


def test_what_stands_in_a_file_is_not_typed_and_what_needs_a_person_is_left_out() -> None:
    said = script()
    assert "of_medicine" not in said
    assert "- left out: sudo /opt/pillbox/bin/pillbox-controller calibrate" in said.replace("'\\''", "'")


def test_the_followed_sections_are_those_of_the_page() -> None:
    titles = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert set(TRIAL.SECTIONS) <= set(titles)


def test_it_ends_in_both_doctors_and_anything_else_that_fails_ends_it() -> None:
    lines = script().splitlines()
    assert lines[0] == "set -eu"
    doctors = [line for line in lines if line.startswith("code=0; ")]
    assert ["pillbox-controller doctor" in doctors[0], "pillbox-hub doctor" in doctors[1]] == [True, True]
    assert len(doctors) == 2


def test_a_command_that_fails_ends_the_trial_and_a_doctor_who_finds_something_does_not(
    tmp_path: Path,
) -> None:
    def ended(first: str) -> int:
        page = f"## 3. The programs\n\n    cd /\n    {first}\n    {tmp_path}/pillbox doctor\n"
        text = script(page).replace("dpkg --print-architecture; ", "")
        return subprocess.run(["bash", "-c", text], capture_output=True, check=False).returncode

    doctor = tmp_path / "pillbox"
    doctor.write_text("#!/bin/sh\necho MEND\nexit 1\n")
    doctor.chmod(0o755)
    assert ended("true") == 0
    assert ended("false") != 0
    doctor.write_text("#!/bin/sh\necho MEND\nexit 2\n")
    assert ended("true") != 0
    doctor.write_text("#!/bin/sh\nexit 1\n")
    assert ended("true") != 0, "a doctor who cannot be started says nothing"


def test_a_quote_in_a_command_is_shown_as_it_is() -> None:
    text = script("## 3. The programs\n\n    cd /\n    printf '%s' \"it's\"\n").replace(
        "dpkg --print-architecture; ", ""
    )
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False)
    assert "+ printf '%s' \"it's\"\nit's" in done.stdout


def test_without_its_tools_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(TRIAL.CannotTry, match="apt install debootstrap"):
        TRIAL._look_for_tools()


def test_it_names_no_host_to_download_from() -> None:
    assert not re.search(r"https?://", PROGRAM.read_text("utf-8"))


def test_its_help_says_what_it_does() -> None:
    done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "real arm64 Debian" in done.stdout
