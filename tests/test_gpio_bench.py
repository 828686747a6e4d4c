"""Does everything that touches lids work on a real kernel GPIO chip? See tests/gpio_bench/machine.py.

Each programme has a machine of its own; half a minute on an idle machine.
"""

from __future__ import annotations

import json
import os
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
    pytest.mark.skipif(
        shutil.which("qemu-system-x86_64") is None,
        reason="qemu-system-x86_64 is not installed: the GPIO bench has no machine to run in",
    ),
]


def said_by(programme: str) -> dict[str, Any]:
    """Run one programme in a machine of its own; return what it found."""
    lines = [f"cd {shlex.quote(str(ROOT))}", f"export PYTHONPATH={shlex.quote(str(ROOT))}"]
    lines += [f"exec {shlex.quote(sys.executable)} {shlex.quote(str(BENCH / programme))}"]
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
        script.write("\n".join(lines) + "\n")
        script.flush()
        command = [sys.executable, str(BENCH / "machine.py"), script.name]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for line in ended.stdout.splitlines():
        name, _, plain = line.partition(" ")
        if name in ("LIDS", "CONTROLLER", "EXPANDER", "LOCK"):
            found: dict[str, Any] = json.loads(plain)
            return found
    raise AssertionError(f"{programme} found nothing: {ended.stdout}")


def test_the_lid_adapter_counts_every_opening_of_14_bouncing_lids_and_knows_when_it_is_deaf() -> None:
    lids = said_by("lids_on_chip.py")
    assert (lids["made"], lids["counted"]) == (150, 150)
    assert lids["equal"], "each lid as often as it was moved, opened and shut"
    assert lids["in_order"]
    assert lids["open_at_boot"] == ["sun-pm"]
    assert lids["alive_before"]
    assert lids["deaf_noticed"], "lgpio's only thread has died"
    assert lids["deaf_polled"] == 1, "and the lids are watched by their level all the same"


def test_the_controller_stores_every_opening_of_14_bouncing_lids_and_is_healed_when_deaf() -> None:
    controller = said_by("controller_on_chip.py")
    assert (controller["made"], controller["stored"]) == (150, 150)
    assert controller["equal"], "each lid as often as it was opened"
    assert controller["open_at_boot"]
    assert controller["ended"] == [70, 0], "once for being deaf, once because it was asked to"
    assert controller["noticed_s"] < 30
    assert controller["made_after"] == 15
    assert controller["equal_after"]


def test_an_hour_of_handling_42_lids_is_stored_and_of_a_program_stopped_in_it_nothing_is_invented() -> None:
    """240 openings, one every quarter of a minute, with the pauses between them left out."""
    found = said_by("expander_on_chip.py")
    hour, stop, afterwards = found["hour"], found["stop"], found["afterwards"]
    assert hour["made"] == hour["shut"] == 240
    assert hour["lids"] == 42, "14 at the header and 28 at two expanders"
    assert (hour["lost"], hour["invented"]) == ([], [])
    # What neither the kernel's queues nor the registers kept is gone; the program says that it stood still.
    assert (stop["lost_before_the_stop"], stop["invented_around_the_stop"]) == ([], [])
    assert 0 < stop["stored_in_the_stop"] <= stop["made_in_the_stop"]
    assert stop["all_shut_at_the_end"]
    assert found["owned_up"] == 1
    assert (afterwards["made"], afterwards["lost"], afterwards["invented"]) == (36, [], [])
    assert (found["starts"], found["ended"]) == (1, 0), "it need not be started again for it"


@pytest.mark.skipif("LOCK_BENCH" not in os.environ, reason="takes minutes: run it with LOCK_BENCH=1")
def test_the_pin_of_the_lock_lets_go_for_a_dose_never_longer_than_its_coil_bears() -> None:
    lock = said_by("lock_on_chip.py")
    assert 0.9 < lock["shortest_s"] <= lock["longest_of_all_s"] < 1.3, "a limit of one second"
    assert lock["fell_after_kill_s"] < 0.5, "a dead program leaves no current"
    assert (lock["pulses_while_locked"], lock["high_while_locked"]) == (0, False)
    assert not lock["high_at_the_end"]
