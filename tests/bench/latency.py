"""How long from a lid's edge to a commit, in the box and at the hub?"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from controller.engine import Engine
from controller.keeping.outbox import Outbox
from controller.wire.envelope import Stamp
from controller.wire.topics import topic_of
from controller.witness.inputs import LidMoved, Started
from firmware.debounce import QUIET_MS
from tests.bench.figures import Figure, p50_p99
from tests.chaos_home import BOX, LIDS, ChaosHome, chaos_home
from tests.hub_parts import Peer
from tests.parts import eventually

PACE_S = 0.02
"""A hand is no benchmark loop: fifty moves a second at most."""


def latency_figures(directory: Path, scale: float) -> list[Figure]:
    """Measure commits and journeys, each beside its floor."""
    directory.mkdir(parents=True)
    sync, _ = p50_p99(fsyncs(directory / "floor", int(1_000 * scale)))
    commits = outbox_commits(directory / "engine", int(1_000 * scale))
    commit_p50, commit_p99 = p50_p99(commits)
    figures = [
        Figure(
            what="core step and commit of one lid edge", value=commit_p50, p99=commit_p99, unit="ms",
            floor=sync, floor_is="one append and fdatasync of 256 bytes", count=len(commits),
        )
    ]  # fmt: skip
    with chaos_home(directory / "home") as home:
        home.start_all()
        trip, _ = p50_p99(round_trips(home, int(500 * scale)))
        box, hub = journeys(home, max(20, int(300 * scale)))
    box_p50, box_p99 = p50_p99(box)
    hub_p50, hub_p99 = p50_p99(hub)
    figures += [
        Figure(
            what="lid edge -> committed in the outbox", value=box_p50, p99=box_p99, unit="ms",
            floor=QUIET_MS + sync, floor_is=f"the contact's {QUIET_MS} ms of quiet and one fdatasync",
            count=len(box),
        ),
        Figure(
            what="lid edge -> committed at the hub", value=hub_p50, p99=hub_p99, unit="ms",
            floor=QUIET_MS + 2 * sync + trip,
            floor_is="quiet, two fdatasyncs, one bare message through the broker", count=len(hub),
        ),
    ]  # fmt: skip
    return figures


def fsyncs(path: Path, count: int) -> list[float]:
    """Time appends that are on the disk when they return, in milliseconds."""
    found = []
    with path.open("ab", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(b"x" * 256)
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - began) * 1_000)
    return found


def outbox_commits(directory: Path, count: int) -> list[float]:
    """Time one lid movement through the engine with its durable commit, in milliseconds."""
    directory.mkdir()
    outbox = Outbox(directory / "outbox.sqlite3", box=BOX, mint=lambda: "bench")
    engine = Engine(box=BOX, compartments=LIDS, outbox=outbox, version="bench", chance=random.random)
    engine.handle(Started(stamp=stamp(0), version="bench", lids=dict.fromkeys(LIDS, False)))
    found = []
    for number in range(1, count + 1):
        moved = LidMoved(
            stamp=stamp(number * 1_000),
            compartment=LIDS[number // 2 % 14],
            open=number % 2 == 1,
            because="edge",
        )
        began = time.perf_counter()
        engine.handle(moved)
        found.append((time.perf_counter() - began) * 1_000)
    outbox.close()
    return found


def stamp(mono_ms: int) -> Stamp:
    """Return a trusted stamp."""
    return Stamp(at=1_795_420_800_000 + mono_ms, boot="bench", mono_ms=mono_ms, clock="synced")


def round_trips(home: ChaosHome, count: int) -> list[float]:
    """Time bare messages of the size of an event through the broker, in milliseconds."""
    peer = Peer(home.broker.port, "bench")
    topic = topic_of("command", box="nobody")
    found = []
    for number in range(count):
        payload = f"{number:>256}".encode()
        began = time.perf_counter()
        peer.client.publish(topic, payload, 1)
        while peer.hears(topic)[0] != payload:
            pass
        found.append((time.perf_counter() - began) * 1_000)
        threading.Event().wait(PACE_S / 4)
    peer.end()
    return found


class CommitWatch:
    """Notes when another process commits to a database, to a tenth of a millisecond."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def newer_than(self, question: str, before: int, until: float) -> float:
        """Return the instant from which on the question's number is above `before`."""
        while time.perf_counter() < until:
            (found,) = self._db.execute(question).fetchone()
            if found is not None and found > before:
                return time.perf_counter()
        raise AssertionError("the commit did not come")

    def now(self, question: str) -> int:
        """Return the question's number now."""
        return int(self._db.execute(question).fetchone()[0] or 0)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()


OUTBOX_COUNT = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"
HUB_COUNT = "SELECT max(rowid) FROM event"


def journeys(home: ChaosHome, count: int) -> tuple[list[float], list[float]]:
    """Time lids that are moved by hand to both commits, in milliseconds."""
    outbox = CommitWatch(home.directory / "box" / "outbox.sqlite3")
    hub = CommitWatch(home.directory / "hub" / "hub.db")
    chance = random.Random(1)
    box_ms: list[float] = []
    hub_ms: list[float] = []
    with closing(outbox), closing(hub):
        for _ in range(count):
            before = outbox.now(OUTBOX_COUNT), hub.now(HUB_COUNT)
            # The simulated hand is looked at every 10 ms: a random pause keeps us from meeting its beat.
            threading.Event().wait(chance.uniform(0, 0.02))
            home.move(chance.choice(LIDS))
            began = time.perf_counter()
            box_ms.append((outbox.newer_than(OUTBOX_COUNT, before[0], began + 10) - began) * 1_000)
            hub_ms.append((hub.newer_than(HUB_COUNT, before[1], began + 10) - began) * 1_000)
            # One movement may be several events; the next journey begins when all have arrived.
            eventually(lambda: home.queued() == 0, within_s=10, what="the outbox drained")
    return box_ms, hub_ms
