"""What stands on the stage: a broker, a cable, the two real programs, a letterbox, and a hand?"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Literal

from controller.demo.broker import Address, Choice, Logins, dying_with_us, end, make_logins, open_broker
from controller.demo.cable import Cable
from controller.demo.errors import CannotStage
from controller.demo.letterbox import Letterbox
from controller.demo.watcher import Watcher
from controller.wire.clocks import CompressedClock, SystemClock
from controller.wire.instants import instant_ms, instant_text

BOX = "kitchen"
COMPARTMENTS = ("morning", "late-morning", "lunch", "afternoon", "evening")
DAY = "2026-11-23"
BEGINS = f"{DAY}T06:30:00Z"
NEXT_MORNING = "2026-11-24T06:50:00Z"
"""When the demo goes on: ten minutes before the first dose window opens."""
MARK = "made-by-the-demo"
IMPORT_S = 30.0
ALONE_S = 5.0

Program = Literal["box", "hub"]


@dataclass(slots=True)
class Stage:
    """Everything of one demo. The programs are real processes; only the hardware and the day are played."""

    directory: Path
    address: Address
    logins: Logins
    cable: Cable
    letterbox: Letterbox
    watcher: Watcher
    clock: CompressedClock
    running: dict[Program, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def scene(self) -> Path:
        """Name the file that moves the simulated box."""
        return self.directory / "box" / "scene.json"

    @property
    def box_config(self) -> Path:
        """Name the configuration of the controller."""
        return self.directory / "controller.toml"

    @property
    def hub_config(self) -> Path:
        """Name the configuration of the hub."""
        return self.directory / "hub.toml"

    def start(self, program: Program) -> None:
        """Start one of the two programs, as a system would."""
        command = self.command(program, "run")
        with (self.directory / f"{program}.log").open("ab") as log:
            self.running[program] = subprocess.Popen(
                dying_with_us(command), stdout=log, stderr=log, start_new_session=True, env=_environment()
            )

    def kill(self, program: Program) -> None:
        """End a program as a power cut would."""
        process = self.running.pop(program)
        process.kill()
        process.wait(10)

    def nudge(self, program: Program) -> None:
        """Let a program look at once for what was written beside it: of itself it looks every few seconds."""
        if (process := self.running.get(program)) is not None:
            process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End both programs as a system would, the box first."""
        order: tuple[Program, ...] = ("box", "hub")
        for program in order:
            if (process := self.running.pop(program, None)) is not None:
                end(process)

    def dead(self) -> str | None:
        """Return a sentence about a program that ended by itself, with the end of its log."""
        for program, process in self.running.items():
            if process.poll() is not None:
                log = self.directory / f"{program}.log"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                return (
                    f"the {program} program ended by itself ({process.returncode}); the end of {log}:\n{tail}"
                )
        return None

    def command(self, program: Program, *words: str) -> list[str]:
        """Return the command line of a verb of a program."""
        module, config = (
            ("controller.cli", self.box_config) if program == "box" else ("hub.cli", self.hub_config)
        )
        return [sys.executable, "-m", module, words[0], "--config", str(config), *words[1:]]

    def ask(self, program: Program, *words: str) -> str:
        """Run a verb that ends by itself, and return what it says.

        Raises:
            CannotStage: It failed.

        """
        done = subprocess.run(
            self.command(program, *words), capture_output=True, text=True, timeout=IMPORT_S,
            env=_environment(), check=False,
        )  # fmt: skip
        if done.returncode:
            raise CannotStage(f"{' '.join(words)} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def pace(self, speed: float, *, not_before: str = BEGINS) -> None:
        """Let time go on at another speed, perhaps later. The programs must be started anew to notice."""
        start_ms = max(self.clock.wall_ms(), instant_ms(not_before))
        self.clock = CompressedClock(start_ms=start_ms, zero_ms=SystemClock().boot_ms(), speed=speed)
        self.write_configs()

    def write_configs(self) -> None:
        """Write both configurations with the clock as it is now."""
        clock = (
            f'[clock]\ncompressed = {{ start = "{instant_text(self.clock.start_ms)}", '
            f"zero_boot_ms = {self.clock.zero_ms}, speed = {self.clock.speed:g} }}\n"
        )
        cells = ", ".join(f'"{name}"' for name in COMPARTMENTS)
        self.box_config.write_text(
            f'[box]\nid = "{BOX}"\ndirectory = "box"\nhardware = "simulated"\ncompartments = [{cells}]\n\n'
            f'[simulation]\nfile = "box/scene.json"\n\n'
            f'[broker]\nhost = "{self.address.host}"\nport = {self.cable.port}\n'
            f'password_file = "box.password"\n\n{clock}'
        )
        self.hub_config.write_text(
            f'[hub]\ndirectory = "hub"\n\n'
            f'[broker]\nhost = "{self.address.host}"\nport = {self.address.port}\nuser = "hub"\n'
            f'password_file = "hub.password"\n\n[home]\nmedicines = ["medicines"]\n\n{clock}'
        )


@contextlib.contextmanager
def open_stage(directory: Path, *, speed: float, choice: Choice = "auto") -> Iterator[Stage]:
    """Set everything up in a directory of our own, and take it down again whatever happens.

    Raises:
        CannotStage: Something that is needed is not there.

    """
    with _alone(directory), contextlib.ExitStack() as stack:
        logins = make_logins(hub="hub", boxes=(BOX,), watchers=("story", "bea", "cem"))
        address = stack.enter_context(open_broker(directory / "broker", logins, choice=choice))
        cable = Cable(address.port)
        stack.callback(cable.close)
        letterbox = Letterbox()
        stack.callback(letterbox.close)
        watcher = Watcher(address, "story", logins.passwords["story"])
        stack.callback(watcher.close)
        for user, name in (("hub", "hub"), (BOX, "box")):
            _write_private(directory / f"{name}.password", logins.passwords[user])
        _write_home(directory, letterbox)
        clock = CompressedClock(start_ms=instant_ms(BEGINS), zero_ms=SystemClock().boot_ms(), speed=speed)
        stage = Stage(directory, address, logins, cable, letterbox, watcher, clock)
        stack.callback(stage.stop)
        stage.write_configs()
        stage.ask("hub", "import", str(directory / "household.toml"))
        # The day begins when everything stands, however long that took.
        stage.clock = CompressedClock(
            start_ms=instant_ms(BEGINS), zero_ms=SystemClock().boot_ms(), speed=speed
        )
        stage.write_configs()
        yield stage


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Take the directory for this demo; what a killed one left there is cleared away."""
    mark = directory / MARK
    if directory.is_dir() and any(directory.iterdir()) and not mark.exists():
        raise CannotStage(f"{directory} holds something else; name an empty or a new directory")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = mark.open("w")
    except OSError as error:
        raise CannotStage(f"{directory} cannot be used: {error.strerror}") from error
    with lock:
        # The programs of a demo that was just killed need a moment to follow it.
        until = time.monotonic() + ALONE_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise CannotStage(f"another demo is running in {directory}") from None
                threading.Event().wait(0.1)
        _clear(directory)
        (directory / "box").mkdir()
        (directory / "hub").mkdir()
        yield


def _clear(directory: Path) -> None:
    for path in directory.iterdir():
        if path.name == MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _write_home(directory: Path, letterbox: Letterbox) -> None:
    source = files("controller.demo")
    text = (source / "household.toml").read_text("utf-8")

    def address(found: re.Match[str]) -> str:
        return letterbox.address(found[1], found[2])

    (directory / "household.toml").write_text(re.sub(r"@(\w+)/(\w+)@", address, text), "utf-8")
    (directory / "medicines").mkdir()
    for medicine in (source / "medicines").iterdir():
        (directory / "medicines" / medicine.name).write_text(medicine.read_text("utf-8"), "utf-8")


def _environment() -> dict[str, str]:
    """Keep Python's output unbuffered: the log is all there is to look at when something goes wrong."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
