"""How long from an event that leaves the box to the message that leaves the hub, at fifty events a second?"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from controller.wire.envelope import Envelope, Stamp, envelope_json
from controller.wire.events import EventData, LidClosed, LidOpened, LidStuck
from controller.wire.topics import topic_of
from tests.bench.figures import Figure, p50_p99
from tests.bench.latency import fsyncs
from tests.bench.throughput import end
from tests.chaos_home import LIDS
from tests.hub_parts import Peer, Webhook
from tests.parts import LOOPBACK, eventually, start_mosquitto

EVENTS_A_SECOND = 50
BOXES = 40
AT_ONCE = "gather_s = 0\nmost = 1000\nmost_within_s = 1\n"
"""What only needs a look by day waits a minute for its like; here it leaves at once, as a dose does."""
BEATS = 10
"""Every tenth event is one that somebody is alerted of; the others are lids that open and close."""


def alerting_figures(directory: Path, scale: float) -> list[Figure]:
    """Measure alerts among other events, and alerts alone, beside what the way costs without a hub."""
    directory.mkdir(parents=True)
    sync, _ = p50_p99(fsyncs(directory / "floor", int(500 * scale)))
    figures = []
    for every, alerts in ((BEATS, 150), (1, 500)):
        what = f"event -> message leaves the hub, {EVENTS_A_SECOND // every} alerts/s"
        count = max(10, int(alerts * scale))
        trip, post, took = alert_journeys(directory / f"every-{every}", count, every)
        p50, p99 = p50_p99(took)
        figures.append(
            Figure(
                what=what, value=p50, p99=p99, unit="ms", floor=trip + sync + post,
                floor_is=f"broker's round trip {trip:.2f}, one fdatasync {sync:.2f}, bare POST {post:.2f} ms",
                count=len(took),
            )
        )  # fmt: skip
    return figures


def household(push: str) -> str:
    """Write a household of as many patients as boxes, each with one caregiver and one webhook."""
    parts = ['[home]\ncountry = "GB"\n']
    parts += [
        f'[[patient]]\nid = "p{n}"\nname = "P{n}"\ntimezone = "UTC"\n'
        f'[[box]]\nid = "box{n}"\npatient = "p{n}"\nlayout = "7x2"\n'
        f'[[caregiver]]\nid = "bea{n}"\nname = "Bea"\nchannels = {{ push = "{push}" }}\n'
        f'full_text = ["push"]\nwants = {{ p{n} = ["device"] }}\n'
        f'[[ladder]]\npatient = "p{n}"\nsteps = [{{ after = "0m", who = "bea{n}", channel = "push" }}]\n'
        for n in range(BOXES)
    ]
    return "\n".join(parts)


def alert_journeys(place: Path, alerts: int, every: int) -> tuple[float, float, list[float]]:
    """Return the broker's round trip, a bare POST, and how long each alert took, in milliseconds."""
    place.mkdir()
    webhook = Webhook()
    (place / "household.toml").write_text(household(webhook.address()), encoding="utf-8")
    with start_mosquitto(place / "broker") as broker:
        config = place / "hub.toml"
        config.write_text(
            f'[hub]\ndirectory = "hub"\n[broker]\nport = {broker.port}\n[notify]\n{AT_ONCE}',
            encoding="utf-8",
        )
        (place / "hub").mkdir()
        run = [sys.executable, "-m", "hub.cli"]
        home = str(place / "household.toml")
        subprocess.run([*run, "import", "--config", str(config), home], check=True, capture_output=True)
        peer = Peer(broker.port, "bench")
        hub = subprocess.Popen([*run, "run", "--config", str(config)], stderr=subprocess.DEVNULL)
        try:
            peer.hears_like(topic_of("hub_status"), b"online", within_s=60)
            trip, _ = p50_p99(round_trips(peer))
            post, _ = p50_p99(bare_posts(webhook))
            return trip, post, Journeys(peer, webhook).measured(alerts, every)
        finally:
            end(hub)
            peer.end()
            webhook.end()


def round_trips(peer: Peer, count: int = 100) -> list[float]:
    """Time bare messages of the size of an event through the broker, in milliseconds."""
    topic = topic_of("command", box="nobody")
    found = []
    for number in range(count):
        began = time.perf_counter()
        peer.client.publish(topic, f"{number:>256}".encode(), 1)
        peer.hears(topic)
        found.append((time.perf_counter() - began) * 1_000)
    return found


def bare_posts(webhook: Webhook, count: int = 100) -> list[float]:
    """Time bare POSTs to the receiver, each by a connection of its own, in milliseconds."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        connection = http.client.HTTPConnection(LOOPBACK, webhook.port)
        connection.request("POST", "/bare", b"{}", {"Content-Length": "2"})
        connection.getresponse().read()
        connection.close()
        webhook.got.get(timeout=10)
        found.append((time.perf_counter() - began) * 1_000)
    return found


class Journeys:
    """Speaks for forty boxes at an even pace, and notes when the letters come."""

    def __init__(self, peer: Peer, webhook: Webhook) -> None:
        self._peer = peer
        self._webhook = webhook
        self._left: dict[tuple[str, str], float] = {}
        self._came: dict[tuple[str, str], float] = {}
        self._seq = dict.fromkeys(range(BOXES), 0)
        # apprise takes a second to import: that is another figure, of the first letter after a start.
        self._warm = BOXES

    def measured(self, alerts: int, every: int) -> list[float]:
        """Return how long each alert took, in milliseconds."""
        listener = threading.Thread(target=self._listen, daemon=True)
        listener.start()
        for number in range(self._warm):
            self._say(number % BOXES, LidStuck(compartment=LIDS[-1], because="chatter"))
        eventually(lambda: len(self._came) >= self._warm, within_s=60, what="the channels are warm")
        self._came.clear()
        self._left.clear()
        pause, began = threading.Event(), time.perf_counter()
        for number in range(alerts * every):
            pause.wait(max(0.0, began + number / EVENTS_A_SECOND - time.perf_counter()))
            self._say_next(number, every)
        eventually(lambda: len(self._came) >= alerts, within_s=120, what="every alert left the hub")
        return [(came - self._left[key]) * 1_000 for key, came in self._came.items()]

    def _say_next(self, number: int, every: int) -> None:
        """Let the next box say something: an alert is for a lid of which none was told yet."""
        told, is_other = divmod(number, every)
        if not is_other:
            stuck = LidStuck(compartment=LIDS[told // BOXES], because="chatter")
            self._say(told % BOXES, stuck)
        elif number % 2:
            self._say(number % BOXES, LidOpened(compartment=LIDS[0], because="edge"))
        else:
            self._say(number % BOXES, LidClosed(compartment=LIDS[0], because="edge", open_ms=900))

    def _say(self, box: int, data: EventData) -> None:
        self._seq[box] += 1
        now_ms = time.time_ns() // 1_000_000
        stamp = Stamp(at=now_ms, boot="bench", mono_ms=now_ms % 2**40, clock="synced")
        event = Envelope(box=f"box{box}", stream="bench", seq=self._seq[box], stamp=stamp, data=data)
        if isinstance(data, LidStuck):
            self._left[f"box{box}", data.compartment] = time.perf_counter()
        self._peer.client.publish(topic_of("event", box=f"box{box}"), envelope_json(event), 1)

    def _listen(self) -> None:
        while True:
            letter = self._webhook.got.get()
            came = time.perf_counter()
            for box, lid in re.findall(r"[Bb]ox (box\d+).*?([a-z]{3}-[ap]m)", letter["message"], re.DOTALL):
                self._came.setdefault((box, lid), came)
