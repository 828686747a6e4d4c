"""Which real parts do the tests of the hub's shell need besides a broker? A peer, a webhook, a mailbox."""

from __future__ import annotations

import io
import json
import os
import queue
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from controller.wire.envelope import Envelope, Stamp, envelope_json
from controller.wire.events import DoseMissed, DoseTaken, EventData, LidOpened
from controller.wire.instants import instant_text
from hub.cli import main
from tests.parts import LOOPBACK

ROOT = Path(__file__).parent.parent

HOME = """
[home]
country = "GB"

[[patient]]
id = "ada"
name = "Ada"
timezone = "Europe/London"

[[box]]
id = "kitchen"
patient = "ada"
layout = "7x2"

[[regimen]]
id = "azathioprine"
patient = "ada"
box = "kitchen"
medicine = "azathioprine-50mg-tablet"
window = {{ opens = "-60m", late = "+60m", closes = "half" }}
remind = ["+0m"]

[[regimen.step]]
from = 2026-11-20
times = {{ "08:00" = 0.5, "20:00" = 1 }}

[[caregiver]]
id = "bea"
name = "Bea"
channels = {{ push = "{push}" }}
full_text = ["push"]
wants = {{ ada = ["dose", "storage", "supply", "device", "care"] }}

[[caregiver]]
id = "cem"
name = "Cem"
channels = {{ mail = "{mail}" }}
full_text = ["mail"]
wants = {{ ada = ["dose"] }}

[[ladder]]
patient = "ada"
steps = [
  {{ after = "0m", who = "bea", channel = "push" }},
  {{ after = "15m", who = "cem", channel = "mail" }},
]
"""
"""A household with two addresses to fill in."""

MORNING = "azathioprine/2026-11-23/08:00"
DUE_MS = 1_795_420_800_000
"""2026-11-23T08:00:00Z."""


def home_toml(push: str = "json://127.0.0.1:9/push", mail: str = "json://127.0.0.1:9/mail") -> str:
    """Return a household whose caregivers are reached at these addresses."""
    return HOME.format(push=push, mail=mail)


def brief_home_toml(*addresses: str) -> str:
    """Return a household whose windows close so soon that "missed" is believed from `DUE_MS` on."""
    wide, brief = 'late = "+60m", closes = "half"', 'late = "+1m", closes = "+2m"'
    assert wide in HOME
    return home_toml(*addresses).replace(wide, brief)


def event(seq: int, data: EventData, *, at_ms: int = DUE_MS, box: str = "kitchen", stream: str = "s1") -> str:
    """Return an event as it crosses the wire."""
    stamp = Stamp(at=at_ms, boot="b1", mono_ms=at_ms - DUE_MS + 10_000_000, clock="synced")
    return envelope_json(Envelope(box=box, stream=stream, seq=seq, stamp=stamp, data=data))


def lid(compartment: str = "tue-pm") -> LidOpened:
    """Return the opening of a lid."""
    return LidOpened(compartment=compartment, because="edge")


def taken(slot: str = MORNING, compartment: str = "mon-am", opened_at: int = DUE_MS + 180_000) -> DoseTaken:
    """Return the testimony of an intake."""
    return DoseTaken(
        slot=slot,
        compartment=compartment,
        timing="on_time",
        evidence="lid",
        because="lid_opened",
        opened_at=opened_at,
    )


def missed(slot: str = MORNING, compartment: str = "mon-am") -> DoseMissed:
    """Return the testimony that a whole window was watched in vain."""
    return DoseMissed(slot=slot, compartment=compartment, evidence="lid", because="not_opened")


def install(directory: Path, port: int, *, clock: str = "", notify: str = "", household: str = "") -> Path:
    """Write a hub's configuration, and a household to import; return the configuration."""
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "hub.toml"
    config.write_text(
        f'[hub]\ndirectory = "state"\n[broker]\nport = {port}\n[clock]\n{clock}\n[notify]\n{notify}\n',
        encoding="utf-8",
    )
    (directory / "household.toml").write_text(household or home_toml(), encoding="utf-8")
    return config


def compressed(speed: float, at_ms: int = DUE_MS) -> str:
    """Return the configuration of a clock that shows `at_ms` now."""
    zero_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    return f'compressed = {{ start = "{instant_text(at_ms)}", zero_boot_ms = {zero_ms}, speed = {speed} }}'


def pillbox_hub(*arguments: str | Path, given: str | bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run one command of the program inside the test, which spares a start, and return what it said."""
    raw = given.encode() if isinstance(given, str) else given
    said, complained = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")
    try:
        with redirect_stdout(said), redirect_stderr(complained):
            status = main(list(map(str, arguments)))
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        sys.stdin = before
    return subprocess.CompletedProcess(arguments, status, said.getvalue(), complained.getvalue())


def installed(tmp_path: Path, port: int, **how: str) -> Path:
    """Install a hub whose clock stands at the morning's due time, with its household imported."""
    config = install(tmp_path / "hub", port, clock=how.pop("clock", compressed(1)), **how)
    done = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert done.returncode == 0, done.stderr
    return config


class HubProcess:
    """The real hub program, which can be killed and started again."""

    def __init__(self, config: Path, *, fault: str = "", environment: dict[str, str] | None = None) -> None:
        self._config = config
        self._environment = {**os.environ, **(environment or {})}
        self.log = config.parent / "hub.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.start(fault)

    def start(self, fault: str = "") -> None:
        """Start it; `fault` is Python that runs first, to break something."""
        code = f"import sys\nfrom hub.cli import main\n{fault}\nsys.exit(main())"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, "run", "--config", str(self._config)],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def end(self, how: signal.Signals = signal.SIGTERM, *, within_s: float = 15) -> int:
        """Send a signal and return the exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(within_s)

    def wait(self, within_s: float = 15) -> int:
        """Return the exit status of a program that ends by itself."""
        assert self.process is not None
        return self.process.wait(within_s)

    def tidy(self) -> None:
        """Leave no process behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


class Peer:
    """A plain client that speaks for boxes and caregivers and keeps all it hears."""

    def __init__(self, port: int, client_id: str = "peer") -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        self.client.username_pw_set(client_id)
        ready = threading.Event()
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _c, _u, m: self.heard.put((m.topic, bytes(m.payload), m.retain))
        self.client.connect(LOOPBACK, port)
        self.client.loop_start()
        assert ready.wait(5)

    def say(self, topic: str, payload: bytes | str, *, qos: int = 1, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos, retain).wait_for_publish(5)

    def hears(self, topic: str, within_s: float = 20.0) -> tuple[bytes, bool]:
        while True:
            said, payload, retained = self.heard.get(timeout=within_s)
            if said == topic:
                return payload, retained

    def hears_like(self, topic: str, words: bytes, within_s: float = 20.0) -> bytes:
        """Wait for a message whose topic begins so and whose payload holds these words."""
        while True:
            said, payload, _ = self.heard.get(timeout=within_s)
            if said.startswith(topic) and words in payload:
                return payload

    def end(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class Webhook:
    """A home's own receiver on the loopback; `gate` holds its answers back while it is not set."""

    def __init__(self) -> None:
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        self.got: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.entered: queue.SimpleQueue[str] = queue.SimpleQueue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.entered.put(self.path)
                outer.gate.wait(20)
                outer.got.put({"path": self.path, **json.loads(body)})
                try:
                    self.send_response(outer.status)
                    if outer.status in (302, 307):
                        self.send_header("Location", "/elsewhere")
                    self.end_headers()
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def address(self, path: str = "home") -> str:
        return f"json://{LOOPBACK}:{self.port}/{path}"

    def next(self, path: str, words: str, within_s: float = 20.0) -> dict[str, Any]:
        """Wait for a letter to a path that holds these words."""
        while True:
            letter = self.got.get(timeout=within_s)
            if letter["path"] == path and words in letter["message"] + letter["title"]:
                return letter

    def end(self) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def mail_sink() -> Iterator[tuple[int, queue.SimpleQueue[str]]]:
    """Accept mail on the loopback and hand over what was written."""
    letters: queue.SimpleQueue[str] = queue.SimpleQueue()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            # A hub that is killed hangs up in the middle of a word.
            with suppress(ConnectionError):
                self.converse()

        def converse(self) -> None:
            self.say("220 sink")
            while line := self.rfile.readline():
                word = line.strip().upper().split(b" ")[0].decode()
                if word == "DATA":
                    self.say("354 go on")
                    lines: list[str] = []
                    while (text := self.rfile.readline()).strip() != b".":
                        lines.append(text.decode())
                    letters.put("".join(lines))
                    self.say("250 kept")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1], letters
        server.shutdown()
