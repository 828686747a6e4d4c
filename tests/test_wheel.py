"""Does the product work as a wheel, with nothing of the checkout beside it?"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("firmware", "controller", "hub")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel offline, with the backend that is installed."""
    out = tmp_path_factory.mktemp("wheel")
    code = f"import hatchling.build as build; print(build.build_wheel({str(out)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return out / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack it where nothing of the checkout is importable."""
    place = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def shipped() -> list[Path]:
    return sorted(
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def run_installed(place: Path, code: str) -> str:
    """Run code that sees the unpacked wheel and the third parties, and nothing of the checkout."""
    third_parties = [path for path in sys.path if "site-packages" in path or "dist-packages" in path]
    # Only the paths: reading their .pth files would bring the editable checkout back in.
    prelude = f"import sys; sys.path[:0] = [{str(place)!r}]; sys.path += {third_parties!r}\n"
    command = [sys.executable, "-I", "-S", "-c", prelude + code]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_packages(installed: Path) -> None:
    missing = [str(path) for path in shipped() if not (installed / path).exists()]
    assert missing == []
    assert [path for path in shipped() if path.suffix == ".toml"], "no data file was looked for"


def test_the_wheel_adds_no_other_name(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert names == set(PACKAGES)


def test_no_third_party_brings_a_package_of_our_names() -> None:
    from importlib.metadata import packages_distributions

    owners = packages_distributions()
    assert {name: set(owners.get(name, [])) for name in PACKAGES} == {
        name: {"smart-pillbox"} for name in PACKAGES if name in owners
    } | {name: set() for name in PACKAGES if name not in owners}


def test_every_module_imports_from_the_wheel(installed: Path) -> None:
    names = [".".join(path.with_suffix("").parts) for path in shipped() if path.suffix == ".py"]
    names = [name.removesuffix(".__init__") for name in names]
    said = run_installed(
        installed,
        "import importlib\n"
        f"names = {names!r}\n"
        "for name in names:\n"
        "    found = importlib.import_module(name)\n"
        f"    assert found.__file__.startswith({str(installed)!r}), found.__file__\n"
        "print(len(names))",
    )
    assert int(said.split()[-1]) == len(names) > 50


def test_the_data_of_the_hub_is_found_in_the_wheel(installed: Path) -> None:
    said = run_installed(installed, "from hub.medicines import read_cabinet\nprint(*sorted(read_cabinet()))")
    assert "azathioprine-50mg-tablet" in said


@pytest.mark.parametrize("program", ["controller", "hub"])
def test_a_program_answers_from_the_wheel(installed: Path, program: str) -> None:
    said = run_installed(
        installed,
        f"import {program}.cli as program, sys\n"
        "sys.argv = ['pillbox']\n"
        "try: program.main(['--help'])\n"
        "except SystemExit as ended: assert not ended.code\n",
    )
    assert said.startswith("usage: pillbox-")


def test_the_wheel_names_its_licence_and_its_programs(installed: Path) -> None:
    [metadata] = installed.glob("*.dist-info")
    assert "License-Expression: Apache-2.0" in (metadata / "METADATA").read_text()
    assert (metadata / "licenses" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    programs = (metadata / "entry_points.txt").read_text()
    assert "pillbox-controller = controller.cli:main" in programs
    assert "pillbox-hub = hub.cli:main" in programs
