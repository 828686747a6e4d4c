"""Do the commands read well, start fast, and answer every fault with one sentence?"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest

from controller.installing.config import read_config
from controller.installing.doctor import _CLOCK, _clock
from controller.running import trust
from controller.running.trust import SYNCED_NOTE, WALL_NOTE, Reason
from firmware.scene import read_scene
from tests.box_parts import REPOSITORY, controller, open_outbox, opened
from tests.parts import free_port, need_mosquitto, start_mosquitto

COMMANDS = ("run", "replay", "doctor", "sim")


def asked(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "controller.cli", *arguments],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "COLUMNS": "80", **environment},
    )  # fmt: skip


def write_config(directory: Path, *, port: int, more: str = "") -> Path:
    path = directory / "controller.toml"
    path.write_text(
        '[box]\nid = "kitchen"\ndirectory = "state"\nhardware = "simulated"\ncompartments = ["a1", "a2"]\n'
        f'[simulation]\nfile = "scene.json"\n[broker]\nport = {port}\n[clock]\ntrust = "synced"\n{more}'
    )
    return path


def test_the_help_names_every_command() -> None:
    done = asked("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_fits_a_terminal(command: str) -> None:
    done = asked(command, "--help")
    assert done.returncode == 0
    assert f"example:\n  pillbox-controller {command}" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_help_costs_less_than_a_third_of_a_second() -> None:
    costs = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        asked("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(costs) < 0.3


def test_help_and_replay_load_neither_the_broker_client_nor_any_hardware() -> None:
    script = (
        "import sys, controller.cli, controller.replay, controller.recorded\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(loaded & {'paho', 'gpiozero', 'lgpio', 'sense_hat', 'smbus2', 'RPi'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stdout == "set()\n", done.stderr


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"pillbox-controller \d+\.\d+\.\d+\S*\n", asked("--version").stdout)


@pytest.mark.parametrize(
    "arguments", [(), ("fly",), ("replay", "--fly"), ("sim", "--config", "x", "press", "bell")]
)
def test_what_is_not_understood_is_refused_with_status_2(arguments: tuple[str, ...]) -> None:
    done = asked(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("run",), ("doctor",), ("sim", "status")])
def test_a_missing_configuration_is_one_sentence_and_status_2(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = asked(command[0], "--config", str(tmp_path / "none.toml"), *command[1:])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be read" in done.stderr


def test_an_outbox_that_another_program_holds_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port())
    outbox = tmp_path / "state" / "outbox.sqlite3"
    open_outbox(outbox).close()
    with closing(sqlite3.connect(outbox, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = asked("run", "--config", str(path))
    assert done.returncode == 1
    assert "cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr


# A hand at the simulated box.


def test_a_hand_moves_lids_air_and_buttons_and_looks(tmp_path: Path) -> None:
    path = str(write_config(tmp_path, port=free_port()))
    scene = tmp_path / "scene.json"
    for act in (("open", "a1"), ("air", "30.5", "71"), ("press", "help"), ("press", "snooze")):
        done = asked("sim", "--config", path, *act)
        assert (done.returncode, done.stderr) == (0, "")
    found = read_scene(scene)
    assert found.lids == {"a1": True}
    assert found.climate is not None
    assert (found.climate.temperature_c, found.climate.humidity_pct) == (30.5, 71)
    assert [button for _, button in found.presses] == ["help", "snooze"]
    shown = json.loads(asked("sim", "--config", path, "status").stdout)
    assert shown["lids"] == {"a1": "open", "a2": "closed"}
    asked("sim", "--config", path, "close", "a1")
    asked("sim", "--config", path, "unplug")
    assert read_scene(scene).lids == {"a1": False}
    assert read_scene(scene).climate is None


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (("open", "attic"), "it has a1, a2"),
        (("air", "900", "50"), "outside"),
        (("air", "20", "101"), "outside"),
    ],
)
def test_a_hand_that_reaches_beside_the_box_is_told_so(
    tmp_path: Path, act: tuple[str, ...], why: str
) -> None:
    done = asked("sim", "--config", str(write_config(tmp_path, port=free_port())), *act)
    assert done.returncode == 2
    assert why in done.stderr


def test_a_real_box_is_not_moved_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "controller.toml"
    path.write_text('[box]\nid = "kitchen"\n')
    done = asked("sim", "--config", str(path), "open", "mon-am")
    assert done.returncode == 2
    assert "not simulated" in done.stderr


# The doctor.


def findings(path: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    done = asked("doctor", "--config", str(path), "--json")
    assert "Traceback" not in done.stderr
    return done.returncode, {each["name"]: each for each in json.loads(done.stdout)}


def test_a_sound_box_passes_and_every_part_is_named(tmp_path: Path) -> None:
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker") as broker:
        path = write_config(tmp_path, port=broker.port)
        status, found = findings(path)
        text = asked("doctor", "--config", str(path))
    assert status == 0, found
    assert set(found) == {"box", "device", "disk", "outbox", "clock", "broker"}
    assert text.returncode == 0
    assert all(line.startswith("ok  ") for line in text.stdout.splitlines())


def test_a_doctor_makes_no_directory(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port())
    directory = read_config(path).directory
    shutil.rmtree(directory, ignore_errors=True)
    _, found = findings(path)
    assert found["disk"]["ok"]
    assert "made when the controller first starts" in found["disk"]["sentence"]
    assert not directory.exists()


def test_a_broker_that_is_away_is_to_be_mended(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port())
    status, found = findings(path)
    assert status == 1
    assert not found["broker"]["ok"]
    assert "refused" in found["broker"]["sentence"]
    assert "MEND broker" in asked("doctor", "--config", str(path)).stdout


def test_a_broker_that_refuses_the_login_is_to_be_mended(tmp_path: Path) -> None:
    need_mosquitto()
    (tmp_path / "password").write_text("wrong")
    with start_mosquitto(tmp_path / "broker", extra="allow_anonymous false") as broker:
        path = write_config(tmp_path, port=broker.port)
        path.write_text(path.read_text().replace("[clock]", 'password_file = "password"\n[clock]'))
        status, found = findings(path)
    assert status == 1
    assert "refuses the box" in found["broker"]["sentence"]


def test_a_damaged_outbox_is_found_and_left_as_it_is(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port())
    (tmp_path / "state").mkdir()
    broken = tmp_path / "state" / "outbox.sqlite3"
    broken.write_bytes(b"broken" * 1_000)
    _, found = findings(path)
    assert not found["outbox"]["ok"]
    assert broken.read_bytes() == b"broken" * 1_000


def test_a_given_up_ballast_is_to_be_mended(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port())
    outbox = open_outbox(tmp_path / "state" / "outbox.sqlite3")
    outbox.commit([opened(1)], {})
    outbox.close()
    assert findings(path)[1]["outbox"]["ok"]
    (tmp_path / "state" / "outbox.ballast").unlink()
    _, found = findings(path)
    assert "last room for doses" in found["outbox"]["sentence"]


def test_a_directory_that_cannot_be_written_is_to_be_mended(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port())
    (tmp_path / "state").write_text("in the way")
    _, found = findings(path)
    assert not found["disk"]["ok"]


def test_a_clock_nobody_vouches_for_is_to_be_mended(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port())
    path.write_text(path.read_text().replace('trust = "synced"', 'trust = "untrusted"'))
    _, found = findings(path)
    assert "no dose is judged" in found["clock"]["sentence"]


@pytest.mark.parametrize("because", get_args(Reason))
def test_whatever_the_clock_rests_on_is_said_in_a_sentence_of_its_own(because: Reason) -> None:
    assert get_args(Reason) == tuple(_CLOCK)
    assert len(set(_CLOCK.values())) == len(_CLOCK)
    assert not _CLOCK[because].endswith(".")


def test_the_doctor_judges_the_clock_by_what_the_controller_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asked without the memory, and called a chip sound that the running program did not believe."""
    path = write_config(tmp_path, port=free_port())
    path.write_text(path.read_text().replace('trust = "synced"', ""))
    chip = tmp_path / "since_epoch"
    chip.write_text(f"{int(time.time())}\n")
    monkeypatch.setattr(trust, "CLOCK_CHIP", chip)
    monkeypatch.setattr(trust, "set_by_network", lambda: False)
    config = read_config(path)
    assert "has never set the clock of this box" in _clock(config).sentence
    outbox = open_outbox(tmp_path / "state" / "outbox.sqlite3")
    outbox.keep_note(SYNCED_NOTE, "1")
    assert _clock(config).ok
    assert "Held by a clock chip" in _clock(config).sentence
    outbox.keep_note(WALL_NOTE, str(2**52))
    assert "a time this box has already seen" in _clock(config).sentence
    outbox.close()


def test_a_box_without_any_hardware_is_told_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "controller.toml"
    path.write_text(
        f'[box]\nid = "kitchen"\ndirectory = "state"\ncompartments = ["a1"]\n[broker]\nport = {free_port()}\n'
    )
    status, found = findings(path)
    assert status == 1
    assert any(not each["ok"] for each in found.values() if each["name"] not in ("broker", "clock"))


def test_the_doctor_leaves_a_running_box_in_peace(tmp_path: Path) -> None:
    """Trying the pins or logging in as the box would take them from the program that watches."""
    with controller(tmp_path / "box", port=free_port()) as box:
        box.start()
        done = asked("doctor", "--config", str(box.config), "--json")
        found = {each["name"]: each["sentence"] for each in json.loads(done.stdout)}
        assert "running" in found["hardware"]
        assert "running" in found["broker"]
        assert not box.ended()
        assert box.stop() == 0
    with closing(sqlite3.connect(box.outbox)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


PRINTING = (("--version",), ("--help",), ("sim", "status"), ("doctor",), ("replay",))


@pytest.mark.parametrize("command", PRINTING, ids=lambda command: command[0])
@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_an_output_that_cannot_be_written_is_said_without_a_traceback(
    tmp_path: Path, command: tuple[str, ...], output: str
) -> None:
    path = write_config(tmp_path, port=free_port())
    words = [command[0], "--config", str(path), *command[1:]] if command[0] in ("sim", "doctor") else command
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {output}', "sh", sys.executable, "-m", "controller.cli", *words],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60,
        input='{"at":"2026-11-23T06:00:00Z","link":"up"}\n{"at":"2026-11-23T07:00:00Z","end":true}\n',
    )  # fmt: skip
    if output == ">&-" and command == ("--help",):
        assert done.returncode == 0, "its words go to where there is an ear"
        return
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "standard output" in done.stderr


def test_a_reader_that_has_enough_ends_a_replay_quietly() -> None:
    made = '{"at":"2026-11-23T06:00:00Z","link":"up"}\n{"at":"2026-12-23T07:00:00Z","end":true}\n'
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m controller.cli replay | true"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60, input=made,
    )  # fmt: skip
    assert done.stderr == ""
