"""How many events a second does the hub make durable, from one box and from a thousand?"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from controller.wire.envelope import Envelope, envelope_json
from controller.wire.events import LidClosed, LidOpened
from controller.wire.topics import topic_of
from tests.bench.figures import Figure
from tests.bench.latency import stamp
from tests.hub_parts import Peer
from tests.parts import LOOPBACK, Mosquitto, eventually, free_port

EVENTS = 20_000


def throughput_figures(directory: Path, scale: float) -> list[Figure]:
    """Measure the drain of a queue that waits at the broker, beside a client that only receives it."""
    figures = []
    for boxes in (1, 1_000):
        place = directory / f"boxes-{boxes}"
        count = int(EVENTS * scale)
        hub_rate, floor_rate = drain(place, boxes, count)
        figures.append(
            Figure(
                what=f"hub, durable events from {boxes:,} box{'es' if boxes > 1 else ''}",
                value=hub_rate, unit="events/s", floor=floor_rate,
                floor_is="a bare paho client that receives and acknowledges them and keeps nothing",
                count=count,
            )
        )  # fmt: skip
    return figures


def household(boxes: int) -> str:
    """Write a home of as many patients as boxes; each takes one medicine once a day."""
    parts = ['[home]\ncountry = "GB"\n']
    parts += [
        f'[[patient]]\nid = "p{n}"\nname = "P{n}"\ntimezone = "Europe/London"\n'
        f'[[box]]\nid = "box{n}"\npatient = "p{n}"\nlayout = "7x2"\n'
        f'[[regimen]]\nid = "r{n}"\npatient = "p{n}"\nbox = "box{n}"\nmedicine = "azathioprine-50mg-tablet"\n'
        f'window = {{ opens = "-60m", late = "+60m", closes = "half" }}\nremind = ["+0m"]\n'
        f'[[regimen.step]]\nfrom = 2026-11-20\ntimes = {{ "08:00" = 1 }}\n'
        for n in range(boxes)
    ]
    return "\n".join(parts)


def drain(place: Path, boxes: int, count: int) -> tuple[float, float]:
    """Queue events at a broker for the hub and for a bare client, and time how both drain it."""
    place.mkdir(parents=True)
    home = place / "household.toml"
    home.write_text(household(boxes), encoding="utf-8")
    broker = Mosquitto(directory=place / "broker", port=free_port(), extra="max_inflight_messages 1000")
    broker.start()
    config = place / "hub.toml"
    config.write_text(
        f'[hub]\ndirectory = "hub"\n[notify]\nenabled = false\n'
        f'[broker]\nhost = "{LOOPBACK}"\nport = {broker.port}\n',
        encoding="utf-8",
    )
    (place / "hub").mkdir()
    run = [sys.executable, "-m", "hub.cli"]
    subprocess.run([*run, "import", "--config", str(config), str(home)], check=True, capture_output=True)
    try:
        hub = subprocess.Popen([*run, "run", "--config", str(config)], stderr=subprocess.DEVNULL)
        eventually(lambda: plans(place) >= boxes, within_s=120, what="the hub has made its plans")
        # It says so once it has subscribed: from then on the broker queues for it.
        peer = Peer(broker.port, "bench-listener")
        peer.hears_like(topic_of("hub_status"), b"online", within_s=60)
        peer.end()
        floor = Bare(broker.port)
        floor.session()
        end(hub)
        publish(broker.port, boxes, count)
        floor_rate = count / floor.drain(count)
        hub = subprocess.Popen([*run, "run", "--config", str(config)], stderr=subprocess.DEVNULL)
        try:
            hub_rate = watch_rows(place / "hub" / "hub.db", count)
        finally:
            end(hub)
    finally:
        broker.kill()
    return hub_rate, floor_rate


def end(process: subprocess.Popen[bytes]) -> None:
    """End the hub as a service manager would."""
    process.terminate()
    process.wait(20)


def plans(place: Path) -> int:
    """Count the plans the hub has stored."""
    try:
        with closing(sqlite3.connect(f"file:{place / 'hub' / 'hub.db'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM plan").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def publish(port: int, boxes: int, count: int) -> None:
    """Publish events in the order of their numbers, round the boxes."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-boxes", protocol=MQTTProtocolVersion.MQTTv5)
    client.max_inflight_messages_set(1_000)
    client.connect(LOOPBACK, port)
    client.loop_start()
    last = None
    for number in range(count):
        box, seq = f"box{number % boxes}", number // boxes + 1
        lid = LidOpened(compartment="mon-am", because="edge")
        data = lid if seq % 2 else LidClosed(compartment="mon-am", because="edge", open_ms=900)
        event = Envelope(box=box, stream="bench", seq=seq, stamp=stamp(number * 10), data=data)
        last = client.publish(topic_of("event", box=box), envelope_json(event), 1)
    assert last is not None
    last.wait_for_publish(120)
    client.disconnect()
    client.loop_stop()


def watch_rows(path: Path, count: int) -> float:
    """Return rows a second, from the first row that is durable to the last."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:

        def rows() -> int:
            return int(db.execute("SELECT coalesce(max(rowid), 0) FROM event").fetchone()[0])

        eventually(lambda: rows() > 0, within_s=60, what="the first row")
        first, began = rows(), time.perf_counter()
        eventually(lambda: rows() >= count, within_s=300, what="the last row")
        return (count - first) / (time.perf_counter() - began)


class Bare:
    """A client with a session like the hub's, which only receives and acknowledges."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._count = 0
        self._wanted = 0
        self._first = 0.0
        self._done = threading.Event()

    def session(self) -> None:
        """Leave a session behind that queues everything."""
        client = self._connect()
        ready = threading.Event()
        client.on_subscribe = lambda *_: ready.set()
        client.subscribe("pillbox/v1/+/event", 1)
        assert ready.wait(10)
        client.disconnect()
        client.loop_stop()

    def drain(self, count: int) -> float:
        """Return the seconds from the first message to the last."""
        self._wanted = count
        client = self._connect()
        assert self._done.wait(300)
        client.disconnect()
        client.loop_stop()
        return time.perf_counter() - self._first

    def _connect(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=MQTTProtocolVersion.MQTTv5
        )
        client.on_message = self._hear
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho types it not
        properties.SessionExpiryInterval = 3_600
        properties.ReceiveMaximum = 1_000
        client.connect(LOOPBACK, self._port, clean_start=False, properties=properties)
        client.loop_start()
        return client

    def _hear(self, _client: Client, _userdata: object, _message: MQTTMessage) -> None:
        if self._count == 0:
            self._first = time.perf_counter()
        self._count += 1
        if self._count == self._wanted:
            self._done.set()
