"""Which real parts do the tests of the two shells need? A broker of their own, and patience without sleep."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

LOOPBACK = "127.0.0.1"
_SEARCH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"


def free_port() -> int:
    """Return a TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def mosquitto_path() -> str | None:
    """Return where mosquitto is; Debian puts it where a user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=_SEARCH)


def need_mosquitto() -> str:
    """Return where mosquitto is, or skip the test with the reason."""
    path = mosquitto_path()
    if path is None:
        pytest.skip("mosquitto is not installed")
    return path


def eventually(holds: Callable[[], bool], *, within_s: float = 10.0, what: str = "") -> None:
    """Wait until something holds, looking every 10 ms; fail the test when it never does."""
    pause = threading.Event()
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:g} s: {what or holds}")
        pause.wait(0.01)


def answers(port: int) -> bool:
    """Tell whether somebody accepts connections on a loopback port."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


@dataclass
class Mosquitto:
    """A private mosquitto on the loopback that can be killed and started again on the same port."""

    directory: Path
    port: int
    extra: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        path = need_mosquitto()
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "mosquitto.conf"
        # `user root` keeps it from dropping to an account that cannot write the test's directory.
        config.write_text(
            f"listener {self.port} {LOOPBACK}\n"
            "user root\n"
            f"persistence true\npersistence_location {self.directory}/\n"
            "max_queued_messages 0\n"
            + (self.extra if "allow_anonymous" in self.extra else f"allow_anonymous true\n{self.extra}")
            + "\n",
            encoding="utf-8",
        )
        with (self.directory / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen([path, "-c", str(config)], stdout=log, stderr=log)
        eventually(lambda: answers(self.port), what=f"mosquitto on port {self.port}")

    def stop(self) -> None:
        """End it as a service manager would; it saves its sessions and retained messages."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait(timeout=10)
            self.process = None


@contextlib.contextmanager
def start_mosquitto(directory: Path, *, port: int | None = None, extra: str = "") -> Iterator[Mosquitto]:
    """Run a mosquitto for one test; `extra` is more of its configuration."""
    broker = Mosquitto(directory=directory, port=port or free_port(), extra=extra)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
