"""What if everything on the wire is said twice and in another order? A client between two real brokers."""

from __future__ import annotations

import random
import threading
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from controller.wire.topics import TopicName, subscription_of
from tests.chaos_home import BOX
from tests.parts import LOOPBACK

UP: tuple[TopicName, ...] = ("event", "state", "status")
DOWN: tuple[TopicName, ...] = ("ack", "plan", "command", "hub_status")
EVERY_S = 0.05


class Gossip:
    """Carries the box's messages to the hub's broker and back, each twice, shuffled within 50 ms and more."""

    def __init__(self, *, near: int, far: int, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._pool: list[tuple[Client, MQTTMessage, int, int]] = []
        self._count = 0
        self._newest: dict[Client, int] = {}
        self._out_of_order = 0
        self._over = threading.Event()
        self._near, self._far = self._client("gossip-near"), self._client("gossip-far")
        self._join(self._near, near, UP, self._far)
        self._join(self._far, far, DOWN, self._near)
        self._thread = threading.Thread(target=self._tell, name="gossip", daemon=True)
        self._thread.start()

    def end(self) -> tuple[int, int]:
        """Stop; return how many messages were told, and how often a later one had been told before."""
        self._over.set()
        self._thread.join(10)
        for client in (self._near, self._far):
            client.disconnect()
            client.loop_stop()
        return self._count, self._out_of_order

    @staticmethod
    def _client(name: str) -> Client:
        return Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)

    def _join(self, client: Client, port: int, rows: tuple[TopicName, ...], other: Client) -> None:
        ready = threading.Event()

        def hear(_client: Client, _userdata: Any, message: MQTTMessage) -> None:
            with self._lock:
                self._count += 1
                self._pool += [(other, message, self._count, copy) for copy in (1, 2)]

        client.on_message = hear
        client.on_subscribe = lambda *_: ready.set()
        client.connect(LOOPBACK, port)
        client.loop_start()
        # By name: `+/status` would also hear the hub's own, and gossip would answer itself for ever.
        client.subscribe([(subscription_of(name, box=BOX), 1) for name in rows])
        assert ready.wait(5)

    def _tell(self) -> None:
        while not self._over.wait(EVERY_S):
            with self._lock:
                self._chance.shuffle(self._pool)
                # A third waits for a later turn, so that the order is lost over longer spans as well.
                keep = len(self._pool) // 3
                kept, told = self._pool[:keep], self._pool[keep:]
                self._pool = kept
            for other, message, number, _copy in told:
                if number < self._newest.get(other, 0):
                    self._out_of_order += 1
                self._newest[other] = max(number, self._newest.get(other, 0))
                other.publish(
                    message.topic, message.payload, 1, retain=message.topic.endswith(("/plan", "status"))
                )
