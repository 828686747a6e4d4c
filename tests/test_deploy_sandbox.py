"""Do the programs live under the system-call filters of the units that start them?"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.box_parts import REPOSITORY, controller
from tests.hub_parts import HubProcess, Peer, installed
from tests.parts import Mosquitto, free_port, need_mosquitto, start_mosquitto
from tests.sandbox import LIBRARY, settings_of

UNITS = REPOSITORY / "deploy" / "systemd"
BOX_UNIT = UNITS / "pillbox-controller.service"
HUB_UNIT = UNITS / "pillbox-hub.service"
SANDBOX = Path(__file__).parent / "sandbox.py"


def can_be_laid_on() -> bool:
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return shutil.which("systemd-analyze") is not None


pytestmark = pytest.mark.skipif(not can_be_laid_on(), reason="needs systemd-analyze and libseccomp")


def asked_of_the_kernel(*launcher: str) -> subprocess.CompletedProcess[str]:
    question = "from controller.wire.clocks import kernel_synchronized; print(kernel_synchronized())"
    return subprocess.run(
        [*launcher, sys.executable, "-c", question],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_controller_learns_from_the_kernel_whether_the_network_has_set_the_clock() -> None:
    """The filter once killed it over this question, on every box without a network, every two seconds."""
    free = asked_of_the_kernel()
    assert free.stdout.strip() in ("True", "False")
    inside = asked_of_the_kernel(sys.executable, str(SANDBOX), str(BOX_UNIT))
    assert (inside.returncode, inside.stdout) == (0, free.stdout)


def test_a_call_outside_the_filter_fails_and_does_not_kill() -> None:
    """A box that dies over a call some library makes next year would watch no lid at all."""
    for unit in (BOX_UNIT, HUB_UNIT):
        assert settings_of(unit)["SystemCallErrorNumber"] == ["EPERM"]
        inside = subprocess.run(
            [sys.executable, SANDBOX, unit, sys.executable, "-c", "import os; os.chroot('/')"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "PermissionError" in inside.stderr


def test_the_controller_watches_its_lids_under_its_filter(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port(), more="[clock]\n") as box:
        box.launcher = [sys.executable, str(SANDBOX), str(BOX_UNIT)]
        box.start()
        assert box.count("box.started") == 1, box.said()
        assert box.stop() == 0


def test_the_hub_comes_up_under_its_filter(tmp_path: Path) -> None:
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker") as broker:
        run_under_its_filter(tmp_path, broker)


def run_under_its_filter(directory: Path, broker: Mosquitto) -> None:
    config = installed(directory, broker.port)
    peer = Peer(broker.port)
    fault = f"from pathlib import Path\nfrom tests.sandbox import enter\nenter(Path({str(HUB_UNIT)!r}))"
    hub = HubProcess(config, fault=fault)
    try:
        payload, _ = peer.hears("pillbox/v1/hub/status")
        assert b"online" in payload
        assert hub.end() == 0
    finally:
        hub.tidy()
        peer.end()
