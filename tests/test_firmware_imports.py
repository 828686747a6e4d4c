"""Does the firmware start without the libraries of hardware it does not have?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VENDORS = ("gpiozero", "lgpio", "RPi", "sense_hat", "RTIMU", "numpy", "smbus2", "fake_rpi", "sense_emu")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "firmware").rglob("*.py")
)


def run(program: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_no_module_of_the_firmware_loads_a_library_of_hardware() -> None:
    """A simulated box, and a box without the HAT, must start where none of them is installed."""
    imports = "; ".join(f"import {name}" for name in MODULES)
    assert run(f"import sys; {imports}; print([name for name in {VENDORS} if name in sys.modules])") == "[]"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_simulated_box_opens_where_a_library_is_missing(vendor: str) -> None:
    program = (
        f"import sys; sys.modules[{vendor!r}] = None\n"
        "from firmware.board import BoxSettings\n"
        "from firmware.boxes import open_box\nfrom firmware.probe import probe\n"
        "box = open_box(BoxSettings(compartments=('a',)), lambda: 0)\n"
        "print(box.climates[0].read().temperature_c, probe(BoxSettings())[0].ok)"
    )
    assert run(program) == "21.0 True"


def test_only_one_file_knows_each_library() -> None:
    """Where a library breaks, one file is to be mended."""
    known: dict[str, set[str]] = {}
    for path in (ROOT / "firmware").rglob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]) and words[1].split(".")[0] in VENDORS:
                known.setdefault(words[1].split(".")[0], set()).add(path.name)
    assert known == {
        "gpiozero": {"pins.py"},
        "lgpio": {"pins.py"},
        "sense_hat": {"parts.py"},
        "smbus2": {"bus.py", "sht4x.py"},
    }
