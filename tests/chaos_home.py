"""What is a home made of real processes, and what did its lids really do?"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from controller.wire.clocks import SystemClock
from controller.wire.topics import topic_of
from firmware.scene import read_scene, write_scene
from tests.hub_parts import HOME
from tests.parts import LOOPBACK, Mosquitto, eventually, free_port

BOX = "kitchen"
LIDS = tuple(
    f"{day}-{half}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for half in ("am", "pm")
)
ROOT = Path(__file__).parent.parent

Victim = Literal["box", "hub", "broker"]


@dataclass
class ChaosHome:
    """One box, one broker, one hub, each a process that may be killed; and a hand that moves the lids.

    What the lids did is written here, by the hand, before anything can see it. A lid is only moved on once
    the box has remembered where it stands: a lid that is opened and closed again while the box is off leaves
    no trace in any house.
    """

    directory: Path
    speed: float = 1.0
    hub_port: int | None = None
    did: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.broker = Mosquitto(directory=self.directory / "broker", port=free_port())
        self.scene = self.directory / "box" / "scene.json"
        self.scene.parent.mkdir(parents=True)
        clock = (
            f'compressed = {{ start = "2026-11-23T06:00:00Z", zero_boot_ms = {SystemClock().boot_ms()}, '
            f"speed = {self.speed} }}\n"
        )
        (self.directory / "controller.toml").write_text(
            f'[box]\nid = "{BOX}"\ndirectory = "box"\nhardware = "simulated"\nlayout = "7x2"\n'
            f'[simulation]\nfile = "box/scene.json"\n'
            f'[broker]\nhost = "{LOOPBACK}"\nport = {self.broker.port}\n[clock]\n{clock}',
            encoding="utf-8",
        )
        (self.directory / "hub.toml").write_text(
            f'[hub]\ndirectory = "hub"\n[notify]\nenabled = false\n'
            f'[broker]\nhost = "{LOOPBACK}"\nport = {self.hub_port or self.broker.port}\n[clock]\n{clock}',
            encoding="utf-8",
        )
        home = self.directory / "household.toml"
        home.write_text(HOME.format(push="json://127.0.0.1:9", mail="json://127.0.0.1:9"), encoding="utf-8")
        (self.directory / "hub").mkdir()
        self.call("hub.cli", "import", "--config", str(self.directory / "hub.toml"), str(home))

    def call(self, module: str, *words: str) -> None:
        """Run a command that ends by itself and must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", module, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def start(self, what: Victim) -> None:
        """Start one of the three."""
        if what == "broker":
            self.broker.start()
            return
        module, config = ("controller.cli", "controller.toml") if what == "box" else ("hub.cli", "hub.toml")
        with (self.directory / f"{what}.log").open("ab") as log:
            self.running[what] = subprocess.Popen(
                [sys.executable, "-m", module, "run", "--config", str(self.directory / config)],
                cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip

    def kill(self, what: Victim) -> None:
        """Kill one of the three as a power cut would; one that ended by itself fails the test."""
        if what == "broker":
            self.broker.kill()
            return
        process = self.running.pop(what)
        assert process.poll() is None, f"the {what} ended by itself:\n{self.tail(what)}"
        process.kill()
        process.wait(10)

    def tail(self, what: Victim) -> str:
        """Return the end of a program's log."""
        return "\n".join((self.directory / f"{what}.log").read_text("utf-8").splitlines()[-15:])

    def close(self) -> None:
        """End everything that still runs."""
        for process in self.running.values():
            process.kill()
            process.wait(10)
        self.broker.kill()

    # The hand.

    def move(self, *lids: str) -> None:
        """Move lids at once, each to its other side."""
        before = read_scene(self.scene)
        now = {name: before.lids.get(name, False) for name in LIDS}
        for name in lids:
            now[name] = not now[name]
            self.did[name].append(now[name])
        write_scene(self.scene, type(before)(lids=now, climate=before.climate, presses=before.presses))

    def settled(self) -> list[str]:
        """Return the lids that stand where the box last remembered them."""
        known = self._remembered()
        stand = read_scene(self.scene).lids
        return [name for name in LIDS if known.get(name, False) == stand.get(name, False)]

    def start_all(self) -> None:
        """Start all three and wait until the hub has heard that the box began."""
        for what in ("broker", "hub", "box"):
            self.start(what)
        began = "SELECT 1 FROM event WHERE kind = 'box.started'"
        eventually(lambda: bool(self.ask_hub(began)), within_s=60, what="the hub has heard of the box")
        self.wait_drained()

    def wait_settled(self) -> None:
        """Wait until the box has remembered where every lid stands."""
        eventually(lambda: len(self.settled()) == len(LIDS), within_s=60, what="every lid remembered")

    def _remembered(self) -> dict[str, bool]:
        found = self._ask(
            self.directory / "box" / "outbox.sqlite3", "SELECT json FROM memory WHERE part = 'lids'"
        )
        if not found:
            return {}
        lids = json.loads(str(found[0][0]))["lids"]
        return {name: bool(lid["open"]) for name, lid in lids.items()}

    # What came of it.

    def queued(self) -> int:
        """Count the events that still wait in the box."""
        found = self._ask(self.directory / "box" / "outbox.sqlite3", "SELECT count(*) FROM outbox")
        return int(str(found[0][0])) if found else -1

    def stored(self) -> dict[str, list[bool]]:
        """Return what the hub's table says the lids did, in the order of the box's own numbers."""
        rows = self._ask(
            self.directory / "hub" / "hub.db",
            "SELECT kind, data FROM event WHERE kind IN ('lid.opened', 'lid.closed') ORDER BY stream, seq",
        )
        found: dict[str, list[bool]] = defaultdict(list)
        for kind, data in rows:
            found[json.loads(str(data))["compartment"]].append(kind == "lid.opened")
        return found

    def ask_hub(self, question: str) -> list[tuple[object, ...]]:
        """Ask the hub's database."""
        return self._ask(self.directory / "hub" / "hub.db", question)

    def state(self) -> dict[str, Any]:
        """Return the box's retained state as a new subscriber gets it."""
        found: SimpleQueue[bytes] = SimpleQueue()
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.on_message = lambda _client, _userdata, message: found.put(bytes(message.payload))
        client.on_connect = lambda client, *_: client.subscribe(topic_of("state", box=BOX), 1)
        client.connect(LOOPBACK, self.broker.port)
        client.loop_start()
        try:
            state: dict[str, Any] = json.loads(found.get(timeout=20))
        finally:
            client.disconnect()
            client.loop_stop()
        return state

    def wait_drained(self, within_s: float = 90) -> None:
        """Wait until nothing is queued in the box any more."""
        eventually(lambda: self.queued() == 0, within_s=within_s, what="the outbox drained")

    @staticmethod
    def _ask(path: Path, question: str) -> list[tuple[object, ...]]:
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
                return db.execute(question).fetchall()
        except sqlite3.OperationalError:
            return []  # Not made yet, or its owner was killed this very moment.


@contextmanager
def chaos_home(directory: Path, *, speed: float = 1.0, hub_port: int | None = None) -> Iterator[ChaosHome]:
    """Set up a home and take it down again whatever happens."""
    home = ChaosHome(directory, speed=speed, hub_port=hub_port)
    try:
        yield home
    finally:
        home.close()


def some(chance: random.Random, lids: list[str], most: int) -> list[str]:
    """Draw one or a few of some lids."""
    return chance.sample(lids, k=min(len(lids), chance.randint(1, most)))
