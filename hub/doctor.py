"""Is everything there that this hub needs, and what has to be mended?"""

from __future__ import annotations

import queue
from typing import Any

from paho.mqtt.client import Client

from hub.config import Broker
from hub.link import CLIENT_ID, MQTT_3, MQTT_5, dial, new_client


def probe(broker: Broker, *, within_s: float = 3.0) -> str | None:
    """Log in once and leave; return what is wrong, or `None`.

    The broker may turn every user's name into its client id, so this may take the running hub's place
    for a second: it asks for a lasting session and confirms nothing, so that nothing of it is destroyed.
    """
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def on_connect(_client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        answers.put(str(reason) if reason.is_failure else None)

    def on_connect_fail(_client: Client, _userdata: Any) -> None:
        answers.put(f"nothing answers at {broker.host}:{broker.port}")

    versions = {"5": [MQTT_5], "3.1.1": [MQTT_3]}
    wrong: str | None = None
    for protocol in versions.get(broker.mqtt, [MQTT_5, MQTT_3]):
        client = new_client(broker, f"{CLIENT_ID}-doctor", protocol)
        client.on_connect, client.on_connect_fail = on_connect, on_connect_fail
        dial(client, broker)
        client.loop_start()
        try:
            wrong = answers.get(timeout=within_s)
        except queue.Empty:
            wrong = f"{broker.host}:{broker.port} takes the connection but does not answer to MQTT"
        client.disconnect()
        client.loop_stop()
        if wrong is None:
            return None
    return wrong
