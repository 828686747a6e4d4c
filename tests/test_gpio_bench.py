"""Does everything that touches lids work on a real kernel GPIO chip? See tests/gpio_bench/machine.py.

One start of the machine runs both programmes; about a minute on an idle machine.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parent / "gpio_bench"
ROOT = BENCH.parent.parent

pytestmark = [
    pytest.mark.bench,
    # Divided among several workers, each of them would start the machine.
    pytest.mark.xdist_group("gpio_bench"),
    pytest.mark.skipif(
        shutil.which("qemu-system-x86_64") is None,
        reason="qemu-system-x86_64 is not installed: the GPIO bench has no machine to run in",
    ),
]


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, Any]]:
    """Run both programmes in one machine; return what each of them found."""
    programmes = ("lids_on_chip.py", "controller_on_chip.py")
    lines = [f"cd {shlex.quote(str(ROOT))}", f"export PYTHONPATH={shlex.quote(str(ROOT))}"]
    lines += [
        f"{shlex.quote(sys.executable)} {shlex.quote(str(BENCH / name))} || exit 1" for name in programmes
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
        script.write("\n".join(lines) + "\n")
        script.flush()
        command = [sys.executable, str(BENCH / "machine.py"), script.name]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = {}
    for line in ended.stdout.splitlines():
        name, _, plain = line.partition(" ")
        if name in ("LIDS", "CONTROLLER"):
            found[name] = json.loads(plain)
    return found


def test_the_lid_adapter_counts_150_openings_of_14_bouncing_lids(said: dict[str, dict[str, Any]]) -> None:
    lids = said["LIDS"]
    assert (lids["made"], lids["counted"]) == (150, 150)
    assert lids["equal"], "each lid as often as it was moved, opened and shut"
    assert lids["in_order"]


def test_the_lid_adapter_knows_a_lid_that_is_open_at_boot(said: dict[str, dict[str, Any]]) -> None:
    assert said["LIDS"]["open_at_boot"] == ["sun-pm"]


def test_the_lid_adapter_notices_that_lgpio_went_deaf_and_polls_on(said: dict[str, dict[str, Any]]) -> None:
    lids = said["LIDS"]
    assert lids["alive_before"]
    assert lids["deaf_noticed"]
    assert lids["deaf_polled"] == 1


def test_the_controller_stores_150_openings_of_14_bouncing_lids(said: dict[str, dict[str, Any]]) -> None:
    controller = said["CONTROLLER"]
    assert (controller["made"], controller["stored"]) == (150, 150)
    assert controller["equal"], "each lid as often as it was opened"


def test_the_controller_records_a_lid_that_is_open_at_boot(said: dict[str, dict[str, Any]]) -> None:
    assert said["CONTROLLER"]["open_at_boot"]


def test_a_deaf_controller_ends_and_is_healed_by_its_restart(said: dict[str, dict[str, Any]]) -> None:
    controller = said["CONTROLLER"]
    assert controller["ended"] == [70, 0], "once for being deaf, once because it was asked to"
    assert controller["noticed_s"] < 30
    assert controller["made_after"] == 15
    assert controller["equal_after"]
