"""Is nothing lost and nothing doubled when real processes are killed, cut off, and told everything twice?"""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from controller.wire.clocks import SystemClock
from tests.chaos_home import LIDS, Victim, chaos_home, some
from tests.gossip import Gossip
from tests.parts import Mosquitto, eventually, free_port, need_mosquitto

ROUNDS = int(os.environ.get("PILLBOX_CHAOS_ROUNDS", "200"))
SEED = int(os.environ.get("PILLBOX_CHAOS_SEED", "20261123"))
QUEUED = 5_000
BOX_MINUTES_GONE = 10

pytestmark = pytest.mark.slow


def test_law_1_two_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """One of the three, in every third round two at once, dies at a random moment while lids move."""
    need_mosquitto()
    chance = random.Random(SEED)
    moment = threading.Event()
    killed: dict[str, int] = {"box": 0, "hub": 0, "broker": 0}
    with chaos_home(tmp_path) as home:
        names: list[Victim] = ["broker", "hub", "box"]
        home.start_all()
        for _ in range(ROUNDS):
            eventually(lambda: bool(home.settled()), within_s=60, what="a lid that may be moved")
            home.move(*some(chance, home.settled(), 3))
            moment.wait(chance.uniform(0, 0.4))
            victims = chance.sample(names, k=2 if chance.random() < 1 / 3 else 1)
            for victim in victims:
                home.kill(victim)
                killed[victim] += 1
            for victim in victims:
                home.start(victim)
        home.wait_settled()
        home.wait_drained()
        assert home.stored() == home.did, f"repeat with PILLBOX_CHAOS_SEED={SEED}"
    moves = sum(map(len, home.did.values()))
    print(f"\n{ROUNDS} rounds, kills {killed}, {moves} lid movements, all stored once")
    assert moves >= ROUNDS


def test_law_1_ten_minutes_without_a_broker_and_five_thousand_events(tmp_path: Path) -> None:
    """The box queues what its lids do and delivers all of it once the broker is back."""
    need_mosquitto()
    with chaos_home(tmp_path, speed=30) as home:
        home.start_all()
        home.kill("broker")
        gone_ms = 0
        began_ms = SystemClock().boot_ms()
        while home.queued() < QUEUED or gone_ms < BOX_MINUTES_GONE * 60_000:
            home.move(*LIDS)
            home.wait_settled()
            gone_ms = int((SystemClock().boot_ms() - began_ms) * home.speed)
        queued = home.queued()
        home.start("broker")
        home.wait_drained()
        assert home.stored() == home.did
    print(f"\n{queued} events queued in {gone_ms / 60_000:.0f} minutes of box time, all stored once")


def test_law_1_every_message_twice_and_out_of_order(tmp_path: Path) -> None:
    """Between the box's broker and the hub's sits a gossip that repeats and shuffles all it hears."""
    need_mosquitto()
    far = Mosquitto(directory=tmp_path / "far", port=free_port())
    far.start()
    try:
        with chaos_home(tmp_path / "home", hub_port=far.port) as home:
            home.start("broker")
            gossip = Gossip(near=home.broker.port, far=far.port, seed=SEED)
            home.start("hub")
            home.start("box")
            for _ in range(40):
                home.wait_settled()
                home.move(*LIDS)
            home.wait_settled()
            home.wait_drained()
            told, out_of_order = gossip.end()
            assert home.stored() == home.did
    finally:
        far.kill()
    print(f"\n{told} messages told twice, {out_of_order} of them out of order, all events stored once")
    assert told > 1_000
    assert out_of_order > 100
