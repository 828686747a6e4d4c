"""Which broker serves a demo on a machine that may have none?

A private mosquitto where it is installed, else the embedded broker of a wheel. Either listens on the
loopback only, on a port nobody else uses, and lets in nobody without a password of this very run.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from controller.demo.errors import CannotStage
from controller.wire.shape import MESSAGE_BYTES_MAX

LOOPBACK = "127.0.0.1"
Kind = Literal["mosquitto", "embedded"]
Choice = Literal["auto", "mosquitto", "embedded"]

# Debian puts mosquitto where the PATH of an ordinary user does not look.
SEARCH = os.pathsep.join(("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"))

START_S = 10.0
HASH_ROUNDS = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """Who may log in: the hub, boxes, and watchers who read everything and acknowledge alerts."""

    hub: str
    boxes: tuple[str, ...]
    watchers: tuple[str, ...]
    passwords: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the open broker listens. `kind` says which one it is."""

    kind: Kind
    host: str
    port: int


def make_logins(*, hub: str, boxes: tuple[str, ...], watchers: tuple[str, ...]) -> Logins:
    """Make up a password for everybody."""
    everybody = (hub, *boxes, *watchers)
    passwords = {user: secrets.token_urlsafe(18) for user in everybody}
    return Logins(hub=hub, boxes=boxes, watchers=watchers, passwords=passwords)


def mosquitto_path() -> str | None:
    """Return where mosquitto is, or `None`."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=SEARCH)


@contextlib.contextmanager
def open_broker(directory: Path, logins: Logins, *, choice: Choice = "auto") -> Iterator[Address]:
    """Run a broker for as long as the context lasts; its files lie in `directory`.

    Raises:
        CannotStage: There is no broker, or it does not start.

    """
    directory.mkdir(parents=True, exist_ok=True)
    program = mosquitto_path() if choice != "embedded" else None
    if choice == "mosquitto" and program is None:
        raise CannotStage("mosquitto is not installed. On Debian: sudo apt install mosquitto")
    if program is not None:
        with _mosquitto(program, directory, logins) as address:
            yield address
    else:
        with _embedded(directory, logins) as address:
            yield address


@contextlib.contextmanager
def _mosquitto(program: str, directory: Path, logins: Logins) -> Iterator[Address]:
    port = free_port()
    config = directory / "mosquitto.conf"
    _write_private(directory / "passwords", password_lines(logins))
    _write_private(directory / "acl", acl_lines(logins))
    _write_private(config, mosquitto_lines(directory, port))
    with (directory / "mosquitto.log").open("ab") as log:
        process = subprocess.Popen(dying_with_us([program, "-c", str(config)]), stdout=log, stderr=log)
    try:
        _await_listener(port, process, directory / "mosquitto.log")
        yield Address(kind="mosquitto", host=LOOPBACK, port=port)
    finally:
        end(process)


@contextlib.contextmanager
def _embedded(directory: Path, logins: Logins) -> Iterator[Address]:
    # Only here: a machine with mosquitto never pays for it.
    from iotcore import Broker

    old_port, port = free_port(), free_port()
    config = directory / "embedded.toml"
    _write_private(config, embedded_lines(logins, old_port, port))
    broker = Broker(config_path=str(config))
    try:
        broker.start(START_S)
    except (OSError, RuntimeError) as error:
        raise CannotStage(f"the embedded broker does not start: {error}") from error
    try:
        yield Address(kind="embedded", host=LOOPBACK, port=port)
    finally:
        broker.stop()


def mosquitto_lines(directory: Path, port: int) -> str:
    """Write mosquitto's configuration; `user root` keeps it able to read the files of a demo run as root."""
    return f"""\
listener {port} {LOOPBACK}
user root
allow_anonymous false
password_file {directory / "passwords"}
acl_file {directory / "acl"}
use_username_as_clientid true
persistence true
persistence_location {directory}/
autosave_on_changes true
autosave_interval 1
max_queued_messages 10000
message_size_limit {4 * MESSAGE_BYTES_MAX}
"""


def acl_lines(logins: Logins) -> str:
    """Write who may say and hear what: `deploy/mosquitto/pillbox.acl` with the users of this run."""
    lines = [f"user {logins.hub}", "topic readwrite pillbox/v1/#", ""]
    for user in logins.watchers:
        lines += [f"user {user}", "topic read pillbox/v1/#", "topic write pillbox/v1/+/alert/+/ack", ""]
    for user in logins.boxes:
        lines += [f"user {user}"]
        lines += [f"topic write pillbox/v1/{user}/{name}" for name in ("status", "event", "state")]
        lines += [f"topic read pillbox/v1/{user}/{name}" for name in ("ack", "plan", "command")]
        lines += ["topic read pillbox/v1/hub/status", ""]
    return "\n".join(lines)


def password_lines(logins: Logins) -> str:
    """Write the passwords the way mosquitto stores them: PBKDF2 over SHA-512."""
    lines = []
    for user, password in logins.passwords.items():
        salt = secrets.token_bytes(12)
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, HASH_ROUNDS)
        plain = "$".join((base64.b64encode(salt).decode(), base64.b64encode(digest).decode()))
        lines.append(f"{user}:$7${HASH_ROUNDS}${plain}\n")
    return "".join(lines)


def embedded_lines(logins: Logins, old_port: int, port: int) -> str:
    """Write the embedded broker's configuration; it wants a port for each version of MQTT."""
    users = ", ".join(f'{user} = "{password}"' for user, password in logins.passwords.items())
    lines = ["id = 0", "[router]", "id = 0", "max_connections = 100", "max_outgoing_packet_count = 200"]
    lines += ["max_segment_size = 1048576", "max_segment_count = 10"]
    for version, listening in (("v4", old_port), ("v5", port)):
        lines += [
            f"[{version}.1]",
            f'name = "{version}"',
            f'listen = "{LOOPBACK}:{listening}"',
            "next_connection_delay_ms = 1",
            f"[{version}.1.connections]",
            "connection_timeout_ms = 5000",
            f"max_payload_size = {4 * MESSAGE_BYTES_MAX}",
            "max_inflight_count = 200",
            "dynamic_filters = true",
            f"auth = {{ {users} }}",
        ]
    return "\n".join(lines) + "\n"


def dying_with_us(command: list[str]) -> list[str]:
    """Wrap a command so that the kernel ends it when we die, however we die."""
    wrapper = (
        "import ctypes, os, signal, sys;"
        " ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0);"
        # We may have died before the wrapper could ask the kernel.
        " os.getppid() == int(sys.argv[1]) or sys.exit();"
        " os.execvp(sys.argv[2], sys.argv[2:])"
    )
    return [sys.executable, "-I", "-S", "-c", wrapper, str(os.getpid()), *command]


def end(process: subprocess.Popen[bytes], *, patience_s: float = 5.0) -> None:
    """End a process politely, then firmly."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(patience_s)


def free_port() -> int:
    """Return a loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _await_listener(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    pause = threading.Event()
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        pause.wait(0.02)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
    end(process)
    raise CannotStage(f"mosquitto does not start; the end of {log}:\n{tail}")


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
