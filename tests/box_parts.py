"""Which boxes, stamps and plans do the tests of the controller's shell use? One small week each."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from controller.engine import Engine
from controller.keeping.outbox import Outbox
from controller.wire.envelope import Stamp
from controller.wire.events import ClimateSampled, EventData, HumiditySpan, LidOpened, TemperatureSpan
from controller.wire.instants import HOUR_MS, MINUTE_MS, instant_ms, instant_text
from controller.wire.topics import Outgoing
from controller.wire.words import ClockTrust
from controller.witness.inputs import LidMoved, Record, Started, Tick
from tests.parts import eventually

REPOSITORY = Path(__file__).resolve().parent.parent
BOX = "kitchen"
COMPARTMENTS = ("mon-am", "mon-pm", "tue-am")
MORNING_MS = instant_ms("2026-11-23T06:00:00Z")
ACK_TOPIC = f"pillbox/v1/{BOX}/ack"
PLAN_TOPIC = f"pillbox/v1/{BOX}/plan"
EVENT_TOPIC = f"pillbox/v1/{BOX}/event"
STATE_TOPIC = f"pillbox/v1/{BOX}/state"
STATUS_TOPIC = f"pillbox/v1/{BOX}/status"
COMMAND_TOPIC = f"pillbox/v1/{BOX}/command"
HUB_TOPIC = "pillbox/v1/hub/status"


def stamp(mono_ms: int = 0, *, clock: ClockTrust = "synced", boot: str = "boot-1") -> Stamp:
    """Stamp an instant of a box that was plugged in at six in the morning."""
    return Stamp(at=MORNING_MS + mono_ms, boot=boot, mono_ms=mono_ms, clock=clock)


def opened(number: int = 0, compartment: str = "mon-am") -> Record:
    """Make testimony that can be told apart by its instant."""
    data: EventData = LidOpened(compartment=compartment, because="edge")
    return Record(stamp=stamp(number), data=data)


def sample(number: int = 0) -> Record:
    """Make a climate sample, the first to be refused when room runs out."""
    data = ClimateSampled(
        sensor="sht4x",
        since=MORNING_MS,
        readings=15,
        temperature_c=TemperatureSpan(low=20, mean=21, high=22),
        humidity_pct=HumiditySpan(low=40, mean=45, high=50),
    )
    return Record(stamp=stamp(number), data=data)


def mints() -> Iterator[str]:
    """Yield stream ids that are never used twice."""
    return (f"stream-{number}" for number in count(1))


def open_outbox(path: Path | None = None, *, box: str = BOX, first_mint: int = 1) -> Outbox:
    """Open an outbox with ids that can be foretold."""
    numbers = count(first_mint)
    return Outbox(path, box=box, mint=lambda: f"stream-{next(numbers)}", now="20261123T060000Z")


def plan(
    *,
    slots: Sequence[tuple[str, str, int]] = (("08:00", "mon-am", 2), ("20:00", "mon-pm", 14)),
    box: str = BOX,
    name: str = "p1",
) -> dict[str, Any]:
    """Make a plan; each slot is its time of day, its compartment and the hour it is due after six."""
    return {
        "v": 1,
        "box": box,
        "plan": name,
        "made_at": instant_text(MORNING_MS - HOUR_MS),
        "until": instant_text(MORNING_MS + 14 * 24 * HOUR_MS),
        "slots": [
            {
                "slot": f"azathioprine/2026-11-23/{time}",
                "compartment": compartment,
                "opens_at": instant_text(MORNING_MS + (hour - 1) * HOUR_MS),
                "due_at": instant_text(MORNING_MS + hour * HOUR_MS),
                "late_at": instant_text(MORNING_MS + (hour + 1) * HOUR_MS),
                "closes_at": instant_text(MORNING_MS + (hour + 2) * HOUR_MS),
                "amounts": [{"medicine": "azathioprine-50mg-tablet", "amount": 0.5}],
                "remind_at": [instant_text(MORNING_MS + hour * HOUR_MS + 30 * MINUTE_MS)],
            }
            for time, compartment, hour in slots
        ],
    }


def started_engine(outbox: Outbox, *, boot: str = "boot-1", linked: bool = True) -> Engine:
    """Return an engine that has begun to watch three closed lids."""
    engine = Engine(box=BOX, compartments=COMPARTMENTS, outbox=outbox, version="test", chance=lambda: 0.0)
    engine.handle(Started(stamp=stamp(0, boot=boot), version="test", lids=dict.fromkeys(COMPARTMENTS, False)))
    if linked:
        engine.link(True, stamp(0, boot=boot))
    return engine


def move(engine: Engine, mono_ms: int, compartment: str = "mon-am", *, is_open: bool) -> tuple[Outgoing, ...]:
    """Move a lid and return what leaves."""
    moved = LidMoved(stamp=stamp(mono_ms), compartment=compartment, open=is_open, because="edge")
    return engine.handle(moved).outgoing


def tick(engine: Engine, mono_ms: int) -> tuple[Outgoing, ...]:
    """Let time pass and return what leaves."""
    return engine.handle(Tick(stamp=stamp(mono_ms))).outgoing


def ack(stream: str, seq: int, *, box: str = BOX) -> str:
    """Write the hub's acknowledgement."""
    return json.dumps({"v": 1, "box": box, "stream": stream, "seq": seq})


def events(messages: Sequence[Outgoing]) -> list[dict[str, Any]]:
    """Return the events among some messages, read."""
    return [json.loads(message.payload) for message in messages if message.topic == EVENT_TOPIC]


def kinds(messages: Sequence[Outgoing]) -> list[str]:
    """Return the kinds of the events among some messages."""
    return [event["kind"] for event in events(messages)]


def stored(path: Path) -> list[dict[str, Any]]:
    """Read what an outbox file holds, from outside and without disturbing its owner."""
    if not path.exists():
        return []
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    try:
        return [{"seq": seq, **json.loads(body)} for seq, body in db.execute("SELECT * FROM outbox")]
    except sqlite3.DatabaseError:
        # Not there yet, or damaged on purpose.
        return []
    finally:
        db.close()


class ControllerProcess:
    """The real program on a simulated box, as a process with files of its own."""

    def __init__(self, directory: Path, *, port: int, more: str = "", speed: float | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.config = directory / "controller.toml"
        self.scene = directory / "scene.json"
        self.outbox = directory / "state" / "outbox.sqlite3"
        self.log = directory / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.launcher: list[str] = []
        self.config.write_text(
            f'[box]\nid = "{BOX}"\ndirectory = "state"\nhardware = "simulated"\n'
            f"compartments = {json.dumps(COMPARTMENTS)}\n"
            f'[simulation]\nfile = "scene.json"\n[broker]\nport = {port}\n'
            + (more or '[clock]\ntrust = "synced"\n'),
            encoding="utf-8",
        )

    def start(self, **environment: str) -> None:
        """Start it and wait until it watches its lids."""
        started_before = self.count("box.started")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.launcher, sys.executable, "-m", "controller.cli", "run", "--config", str(self.config)],
                cwd=REPOSITORY, stdout=log, stderr=log, env={**os.environ, **environment},
            )  # fmt: skip
        eventually(lambda: self.count("box.started") > started_before or self.ended(), what="box.started")

    def ended(self) -> bool:
        """Tell whether the process is gone."""
        return self.process is not None and self.process.poll() is not None

    def events(self) -> list[dict[str, Any]]:
        """Read its outbox from outside."""
        return stored(self.outbox)

    def count(self, kind: str) -> int:
        """Count the events of a kind in its outbox."""
        return sum(1 for event in self.events() if event["kind"] == kind)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=15)

    def said(self) -> str:
        """Return its log."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


@contextmanager
def controller(directory: Path, *, port: int, more: str = "") -> Iterator[ControllerProcess]:
    """Prepare the real program for one test and see that nothing of it stays behind."""
    program = ControllerProcess(directory, port=port, more=more)
    try:
        yield program
    finally:
        if program.process is not None and program.process.poll() is None:
            program.process.kill()
            program.process.wait(timeout=10)
