"""What passes over the wire, seen by somebody who may only look and acknowledge?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from controller.demo.broker import Address
from controller.demo.errors import CannotStage
from controller.wire.errors import Malformed
from controller.wire.topics import ROOT, Outgoing, TopicName, read_message

CONNECT_S = 10.0


class Watcher:
    """Keeps every message of the contract in the order of arrival, as (row, message)."""

    def __init__(self, address: Address, user: str, password: str) -> None:
        self._heard: list[tuple[TopicName, Any]] = []
        self._arrived = threading.Condition()
        self._connected = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, user, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(user, password)
        self._client.on_connect = self._subscribe
        self._client.on_message = self._hear
        self._client.reconnect_delay_set(1, 2)
        self._client.connect(address.host, address.port, keepalive=20)
        self._client.loop_start()
        if not self._connected.wait(CONNECT_S):
            self.close()
            raise CannotStage(f"the broker did not let the watcher in within {CONNECT_S:g} s")

    def count(self) -> int:
        """Return how many messages have been heard: the `after` of a later `find`."""
        with self._arrived:
            return len(self._heard)

    def find(
        self, name: TopicName, wanted: Callable[[Any], bool], *, after: int = 0, within_s: float = 0.0
    ) -> Any | None:
        """Return the first message wanted, waiting for it up to `within_s`; `None` if none came."""

        def found() -> Any | None:
            rows = (message for row, message in self._heard[after:] if row == name and wanted(message))
            return next(rows, None)

        with self._arrived:
            self._arrived.wait_for(lambda: found() is not None, within_s)
            return found()

    def last(self, name: TopicName) -> Any | None:
        """Return the newest message of a row."""
        with self._arrived:
            return next((message for row, message in reversed(self._heard) if row == name), None)

    def say(self, message: Outgoing) -> None:
        """Publish, and wait until the broker has it."""
        info = self._client.publish(message.topic, message.payload, message.qos, message.retain)
        info.wait_for_publish(CONNECT_S)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: Client, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not reason.is_failure:
            client.subscribe(f"{ROOT}/#", qos=1)
            self._connected.set()

    def _hear(self, _client: Client, _user: Any, raw: MQTTMessage) -> None:
        try:
            name, _, message = read_message(raw.topic, bytes(raw.payload))
        except Malformed:
            # A cleared retained topic is an empty payload; the story has no use for it.
            return
        with self._arrived:
            self._heard.append((name, message))
            self._arrived.notify_all()
