"""Can anything a stranger publishes change a record, stop a program, or go uncounted? On real processes."""

from __future__ import annotations

import json
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from controller.wire.envelope import Header, envelope_json, header_of
from controller.wire.errors import Malformed
from controller.wire.shape import MESSAGE_BYTES_MAX
from controller.wire.topics import TOPICS, TopicName, message_json, read_message, topic_of
from tests.chaos_home import BOX, ChaosHome, chaos_home
from tests.hub_parts import Peer
from tests.parts import eventually, need_mosquitto
from tests.wire_examples import EVENTS, MESSAGES, PLAN, sealed

MESSAGES_SENT = int(os.environ.get("PILLBOX_FUZZ_MESSAGES", "10000"))
SEED = int(os.environ.get("PILLBOX_FUZZ_SEED", "7"))
TO_HUB: tuple[TopicName, ...] = ("event", "status", "state", "alert_ack")
TO_BOX: tuple[TopicName, ...] = ("plan", "ack", "command", "hub_status")
ANYTHING: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1e308, "", "x", "2026-02-30T00:00:00Z", [], {}, [[]], {"a": 1}, "\u0000",
    "é" * 99,
)  # fmt: skip

pytestmark = pytest.mark.slow


class Stranger:
    """Makes messages of every row that are wrong in some way, and nothing else."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def message(self, name: TopicName) -> tuple[str, bytes]:
        """Return a topic of ours and a payload that its row refuses."""
        while True:
            box = self._chance.choice((BOX, BOX, BOX, "garage"))
            topic = topic_of(name, box=box, alert="a-0123456789ab")
            payload = self._spoiled(self._good(name))
            try:
                read_message(topic, payload)
            except Malformed:
                if not self._fills_a_place(name, payload):
                    return topic, payload

    def _good(self, name: TopicName) -> str:
        return (
            envelope_json(sealed(self._chance.choice(EVENTS)))
            if name == "event"
            else message_json(MESSAGES[name])
        )

    def _spoiled(self, text: str) -> bytes:
        chance = self._chance
        match chance.randrange(6):
            case 0:
                return chance.randbytes(chance.randrange(200))
            case 1:
                raw = bytearray(text.encode())
                for _ in range(chance.randint(1, 8)):
                    raw[chance.randrange(len(raw))] = chance.randrange(256)
                return bytes(raw)
            case 2:
                return text.encode()[: chance.randrange(len(text))]
            case 3:
                return b'{"v":1,"a":' * chance.choice((5, 900, 4_000))
            case _:
                plain = json.loads(text)
                key = chance.choice(sorted(plain))
                plain[key] = chance.choice(ANYTHING)
                if chance.random() < 0.3:
                    del plain[key]
                return json.dumps(plain).encode()

    @staticmethod
    def _fills_a_place(name: TopicName, payload: bytes) -> bool:
        """An event with a sound envelope is no stranger's rubbish: the box must not wait for it for ever."""
        with suppress(Malformed):
            return name == "event" and isinstance(header_of(payload)[0], Header)
        return False


def quarantined(home: ChaosHome) -> int:
    found = home.ask_hub("SELECT coalesce(sum(times), 0) FROM quarantine")
    return int(str(found[0][0])) if found else 0


def refused_by_box(home: ChaosHome) -> int:
    found = home.ask_hub("SELECT data FROM event WHERE kind = 'box.health'")
    health = [json.loads(str(row[0])) for row in found]
    return sum(said["count"] for said in health if said["because"] == "message_refused")


BROUGHT_BY_TIME = ("box.health", "climate.sampled", "reminder.given", "lid.left_open")
"""What the box says by itself while the strangers speak; the slower the machine, the more of it."""


def records(home: ChaosHome) -> list[list[tuple[object, ...]]]:
    """Return all that a stranger must not change."""
    return [
        home.ask_hub("SELECT * FROM slot ORDER BY patient, slot"),
        home.ask_hub("SELECT * FROM outcome ORDER BY 1, 2, 3"),
        home.ask_hub(f"SELECT * FROM event WHERE kind NOT IN {BROUGHT_BY_TIME} ORDER BY box, stream, seq"),
        home.ask_hub("SELECT * FROM stream WHERE box <> 'kitchen'"),
        # How far an alert has climbed is time's doing as well, and so is the lid that nobody closes here.
        home.ask_hub(
            """SELECT alert, condition, state, told, acknowledged, raised_at FROM alert
            WHERE want <> 'device' AND kind <> 'device.lid_left_open' ORDER BY alert"""
        ),
    ]


def test_law_10_ten_thousand_wrong_messages_change_nothing_and_stop_nothing(tmp_path: Path) -> None:
    """On every topic; each is counted where it was refused, and the next good one is taken."""
    need_mosquitto()
    stranger = Stranger(SEED)
    with chaos_home(tmp_path, speed=60) as home:
        home.start_all()
        home.move("mon-am", "sun-pm")
        home.wait_settled()
        home.wait_drained()
        eventually(lambda: len(home.ask_hub("SELECT 1 FROM slot")) > 10, within_s=20, what="a plan")
        before, counted = records(home), quarantined(home)
        peer = Peer(home.broker.port, "stranger")
        sent = {"hub": 0, "box": 0}
        for number in range(MESSAGES_SENT):
            rows = TO_HUB if number % 2 else TO_BOX
            topic, payload = stranger.message(rows[number // 2 % len(rows)])
            peer.client.publish(topic, payload, 1).wait_for_publish(10)
            # What the box hears is for itself alone, and what the hub says of itself is for every box.
            sent["hub" if number % 2 else "box"] += number % 2 or "/garage/" not in topic
        peer.client.publish(topic_of("event", box=BOX), b'"' + b"x" * 1_000_000 + b'"', 1).wait_for_publish(
            10
        )
        sent["hub"] += 1
        eventually(
            lambda: quarantined(home) - counted >= sent["hub"], within_s=60, what="all counted by the hub"
        )
        assert quarantined(home) - counted == sent["hub"]
        eventually(lambda: refused_by_box(home) >= sent["box"], within_s=60, what="all counted by the box")
        assert refused_by_box(home) == sent["box"]
        assert records(home) == before
        home.move("mon-am", "sun-pm")
        home.wait_settled()
        home.wait_drained()
        assert home.stored() == home.did
        assert all(process.poll() is None for process in home.running.values())
        peer.end()
    print(f"\n{sent['hub']} wrong messages counted by the hub, {sent['box']} by the box; no record changed")


def test_a_plan_with_overlapping_slots_is_refused_by_name_and_the_old_one_stays(tmp_path: Path) -> None:
    need_mosquitto()
    with chaos_home(tmp_path, speed=60) as home:
        home.start_all()
        eventually(lambda: home.state().get("plan") is not None, within_s=20, what="a plan at the box")
        held = home.state()["plan"]
        one = json.loads(message_json(PLAN))
        twin = {**one["slots"][0], "slot": "other/2026-11-23/08:30", "due_at": "2026-11-23T08:30:00Z"}
        one["slots"].append(twin)
        peer = Peer(home.broker.port, "stranger")
        peer.say(topic_of("plan", box=BOX), json.dumps(one))

        def told() -> bool:
            found = home.ask_hub("SELECT data FROM event WHERE kind = 'box.health'")
            return any("overlap in mon-am" in str(row[0]) for row in found)

        eventually(told, within_s=20, what="the refusal at the hub")
        assert home.state()["plan"] == held
        peer.end()


def test_every_row_is_fuzzed() -> None:
    """A new row of the contract must not be forgotten here; only the hub itself publishes alerts."""
    assert set(TO_HUB) | set(TO_BOX) | {"alert"} == set(TOPICS)
    assert MESSAGE_BYTES_MAX < 1_000_000
