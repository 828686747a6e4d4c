"""Does the box work where it may write to nothing but its own directory?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.scene import Scene, write_scene
from tests.box_parts import REPOSITORY, controller
from tests.parts import eventually, free_port
from tests.sandbox import settings_of

DEPLOY = REPOSITORY / "deploy"
UNIT = DEPLOY / "systemd" / "pillbox-controller.service"

# Everything that is mounted becomes read-only but the kernel's own file systems, and the one directory.
READ_ONLY = """
set -eu
mount --make-rprivate /
mount --bind "$1" "$1"
awk '{ print $5 }' /proc/self/mountinfo | sort -r | while read -r place; do
    case "$place" in
        "$1" | /proc* | /sys* | /dev*) ;;
        *) mount -o remount,bind,ro "$place" ;;
    esac
done
shift
exec "$@"
"""


def can_be_done() -> bool:
    words = ["unshare", "--mount", "true"]
    try:
        return os.geteuid() == 0 and subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


needs_mounts = pytest.mark.skipif(not can_be_done(), reason="needs root and a mount namespace")


def launcher(directory: Path) -> list[str]:
    return ["unshare", "--mount", "sh", "-c", READ_ONLY, "read-only", str(directory)]


@needs_mounts
def test_nothing_but_the_directory_can_be_written_in_there(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    tries = "import sys; [open(f'{place}/trial', 'w') for place in sys.argv[1:]]"

    def tried(*places: Path) -> str:
        words = [*launcher(own), sys.executable, "-c", tries, *map(str, places)]
        return subprocess.run(words, capture_output=True, text=True, check=False).stderr

    assert tried(own) == ""
    for place in (tmp_path, Path("/"), Path("/tmp"), Path.home()):
        assert "Read-only file system" in tried(place), place


@needs_mounts
def test_the_controller_records_with_everything_but_its_directory_read_only(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port()) as box:
        (box.directory / "state").mkdir()
        write_scene(box.scene, Scene(lids={"mon-am": True}))
        box.launcher = launcher(box.directory / "state")
        box.start(HOME=str(box.directory / "state"), LG_WD=str(box.directory / "state"))
        write_scene(box.scene, Scene(lids={"mon-am": False}))
        eventually(lambda: box.count("lid.closed") == 1, what="the lid to be recorded")
        assert box.count("box.health") == 0, "it misses nothing it would have to tell"
        assert box.stop() == 0
        written = {path.name for path in (box.directory / "state").iterdir()}
        assert written <= {"outbox.sqlite3", "outbox.sqlite3-wal", "outbox.sqlite3-shm", "outbox.ballast"}


def test_the_unit_writes_where_a_read_only_root_lets_it() -> None:
    """StateDirectory and RuntimeDirectory are writable under ProtectSystem=strict, and nothing else is."""
    found = settings_of(UNIT)
    assert found["ProtectSystem"] == ["strict"]
    assert found["StateDirectory"] == ["pillbox"]
    assert "ReadWritePaths" not in found
    environment = dict(word.split("=", 1) for word in found["Environment"])
    assert environment["LG_WD"] == f"/run/{found['RuntimeDirectory'][0]}"
    accounts = (DEPLOY / "systemd" / "pillbox.sysusers").read_text("utf-8")
    home = re.search(r"^u +pillbox +.*?(\S+)$", accounts, re.MULTILINE)
    assert home is not None
    assert home[1] == f"/var/lib/{found['StateDirectory'][0]}", "sense_hat writes into its home"


def test_the_unit_waits_for_the_partition_of_the_outbox_and_does_without_it() -> None:
    found = settings_of(UNIT)
    assert "var-lib-pillbox.mount" in found["After"]
    assert not {"RequiresMountsFor", "Requires", "BindsTo"} & set(found)


def test_the_page_mounts_what_the_unit_waits_for() -> None:
    page = (REPOSITORY / "docs" / "operations.md").read_text("utf-8")
    [line] = re.findall(r"^ +(LABEL=\S+ +/var/lib/pillbox .*)$", page, re.MULTILINE)
    _, place, kind, options, _, check = line.split()
    assert (place, kind, check) == ("/var/lib/pillbox", "ext4", "2")
    assert {"noatime", "nofail", "commit=60"} <= set(options.split(","))
