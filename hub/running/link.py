"""How do messages pass between the hub and the broker, and how is a broken link noticed?

The only module of the hub that knows paho. paho's thread does nothing but put what happened into one
queue: an exception in a callback would kill that thread while the client still claims to be connected.
A message is acknowledged to the broker by hand, after what follows from it is committed.
"""

from __future__ import annotations

import logging
import queue
import random
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from controller.wire.shape import MESSAGE_BYTES_MAX
from controller.wire.topics import TOPICS, Outgoing, TopicName, subscription_of
from hub.config import Broker, Tls
from hub.errors import ConfigRefused

CLIENT_ID = "hub"
HEARD: tuple[TopicName, ...] = tuple(
    name for name, row in TOPICS.items() if row.sender in ("box", "caregiver")
)

SESSION_S = 7 * 86_400
RECEIVE_MAXIMUM = 1_000
"""As many as one transaction takes in with ease; a window of 100 costs a round trip for each batch."""

CONNACK_S = 3.0
KEEP_ALIVE_S = 20
CALLBACKS = (
    "on_pre_connect", "on_socket_open", "on_connect", "on_connect_fail", "on_disconnect", "on_message",
    "on_subscribe", "on_publish",
)  # fmt: skip
QUEUE_MAX = 5_000

MQTT_5, MQTT_3 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311

log = logging.getLogger("hub.running.link")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, cut to one byte beyond what the wire reads. `connection` says which one brought it."""

    topic: str
    payload: bytes
    mid: int
    qos: int
    connection: int
    retained: bool = False


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The broker let us in and all our subscriptions stand."""

    mqtt: str


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The link broke or the broker refused us, for this reason."""

    why: str


Inbox = queue.SimpleQueue[Any]


class Link:
    """One lasting MQTT session under the name `hub`. Every method is called by the main loop."""

    def __init__(self, broker: Broker, inbox: Inbox, last_will: Outgoing) -> None:
        self._broker = broker
        self._inbox = inbox
        self._will = last_will
        self._protocol = MQTT_3 if broker.mqtt == "3.1.1" else MQTT_5
        self._client: Client | None = None
        self._thread: threading.Thread | None = None
        self._started_s = 0.0
        self._dialled_s: float | None = None
        self._connection = 0
        self._failures = 0
        self._other_version = False
        self._last_subscription: int | None = None
        self.connected = False
        self.refused_publishes = 0

    def start(self) -> None:
        """Begin to connect, and keep trying for ever."""
        client = new_client(self._broker, CLIENT_ID, self._protocol)
        client.will_set(self._will.topic, self._will.payload.encode(), self._will.qos, self._will.retain)
        client.max_queued_messages_set(10_000)
        client.max_inflight_messages_set(100)
        for name in CALLBACKS:
            setattr(client, name, partial(self._safely, getattr(self, f"_{name}")))
        client.reconnect_delay_set(1, 1)
        dial(client, self._broker)
        self._client, self._thread = client, None
        self._started_s = time.monotonic()
        client.loop_start()

    def stop(self, farewell: Sequence[Outgoing] = (), *, within_s: float = 3.0) -> None:
        """Publish the last words, wait for them to be gone, and leave."""
        if self._client is None:
            return
        until = time.monotonic() + within_s
        for info in self.publish(farewell):
            info.wait_for_publish(max(0.01, until - time.monotonic()))
        self._drop()

    def publish(self, messages: Sequence[Outgoing]) -> list[MQTTMessageInfo]:
        """Hand messages to the broker without waiting. Without a link they are let go.

        Nothing is lost by that: what is retained is announced anew on every connection, and an `ack`
        is said again when its event comes again.
        """
        client = self._client
        if client is None or not self.connected:
            return []
        return [client.publish(one.topic, one.payload.encode(), one.qos, one.retain) for one in messages]

    def confirm(self, arrived: Sequence[Arrived]) -> None:
        """Acknowledge messages whose consequences are committed.

        Packet ids begin anew with a new session: an acknowledgement meant for an earlier connection
        could hit a message that nobody has stored.
        """
        for message in arrived:
            if self._client is not None and message.connection == self._connection and message.qos > 0:
                self._client.ack(message.mid, message.qos)

    def tend(self) -> None:
        """Try 3.1.1 when MQTT 5 is refused or not answered, and 5 again when that link breaks.

        A broker that was slow once pinned the hub to 3.1.1, where a refused message passes for a sent one.
        """
        dialled_s = self._dialled_s
        silent = self._speaks_5 and dialled_s is not None and time.monotonic() - dialled_s > CONNACK_S
        if self._broker.mqtt != "auto" or self.connected or not (self._other_version or silent):
            return
        self._other_version = False
        self._drop()
        self._protocol = MQTT_3 if self._speaks_5 else MQTT_5
        log.warning("going on with MQTT %s", "5" if self._speaks_5 else "3.1.1")
        self.start()

    def alive(self) -> bool:
        """Tell whether the network thread lives. `is_connected()` would still say yes when it is dead."""
        if self._thread is None:
            return self._client is not None and time.monotonic() - self._started_s < 10
        return self._thread.is_alive()

    @property
    def _speaks_5(self) -> bool:
        return self._protocol == MQTT_5

    def _drop(self) -> None:
        client, self._client = self._client, None
        self.connected = False
        self._dialled_s = None
        if client is not None:
            for name in CALLBACKS:
                setattr(client, name, None)
            client.disconnect()
            # `loop_stop` waits for paho's thread, and that for a broker that may have frozen.
            ending = threading.Thread(target=client.loop_stop, daemon=True)
            ending.start()
            ending.join(timeout=6)

    def _safely(self, callback: Any, *given: Any) -> None:
        try:
            callback(*given)
        except Exception:  # whatever it is, it must not kill paho's thread
            log.exception("a callback of the link failed")

    def _on_pre_connect(self, _client: Client, _userdata: Any) -> None:
        self._thread = threading.current_thread()

    def _on_socket_open(self, _client: Client, _userdata: Any, sock: Any) -> None:
        # Waiting for the other side's delayed acknowledgements: 2,300 messages a second instead of 27,000.
        if hasattr(sock, "setsockopt"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._dialled_s = time.monotonic()

    def _on_connect(self, client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._dialled_s = None
        if reason.is_failure:
            if self._speaks_5 and reason.getName() == "Unsupported protocol version":
                self._other_version = True
            self._lost(client, f"the broker refused the hub: {reason}")
            return
        # What waited in the session comes before any subscription is granted, and has to be answered.
        self.connected = True
        self._connection += 1
        self._failures = 0
        for name in HEARD:
            _, self._last_subscription = client.subscribe(subscription_of(name), qos=1)

    def _on_connect_fail(self, client: Client, _userdata: Any) -> None:
        self._dialled_s = None
        self._lost(client, f"no broker answers at {self._broker.host}:{self._broker.port}")

    def _on_disconnect(
        self, client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._dialled_s = None
        self._other_version = self._other_version or (self.connected and not self._speaks_5)
        self._lost(client, f"the link to the broker broke: {reason}")

    def _lost(self, client: Client, why: str) -> None:
        self.connected = False
        self._failures += 1
        delay_s = min(60.0, 2.0 ** min(self._failures - 1, 6)) * random.uniform(0.5, 1.0)
        # paho doubles between these two; equal, they are simply the delay. It takes fractions.
        client.reconnect_delay_set(delay_s, delay_s)  # type: ignore[arg-type]  # typed int, used as seconds
        self._inbox.put(LinkDown(why))

    def _on_message(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:
        if message.qos == 0 and self._inbox.qsize() > QUEUE_MAX:
            # Nothing of the contract has QoS 0; only a stranger can flood the hub, as QoS 1 has a window.
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        if topic == self._will.topic:
            # `+/status` also matches the hub's own.
            client.ack(message.mid, message.qos)
            return
        payload = bytes(message.payload[: MESSAGE_BYTES_MAX + 1])
        self._inbox.put(Arrived(topic, payload, message.mid, message.qos, self._connection, message.retain))

    def _on_subscribe(
        self, _client: Client, _userdata: Any, mid: int, reasons: Any, _properties: Any
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            log.error("the broker refused a subscription of the hub: %s", ", ".join(refused))
        if mid == self._last_subscription:
            # Only now does the hub hear: to say so earlier would be untrue.
            self._inbox.put(LinkUp("5" if self._speaks_5 else "3.1.1"))

    def _on_publish(self, _client: Client, _userdata: Any, _mid: int, reason: Any, _properties: Any) -> None:
        # A publish that the broker's rules deny is acknowledged too; only this code tells.
        if reason is not None and reason.is_failure:
            self.refused_publishes += 1
            if self.refused_publishes in (1, 10, 100) or self.refused_publishes % 1_000 == 0:
                log.error(
                    "the broker refused a message of the hub: %s (%d so far)", reason, self.refused_publishes
                )


def new_client(broker: Broker, client_id: str, protocol: MQTTProtocolVersion) -> Client:
    """Make a client that may log in, and that confirms nothing by itself.

    Raises:
        ConfigRefused: The password or a certificate cannot be read.

    """
    clean = None if protocol == MQTT_5 else False
    client = Client(CallbackAPIVersion.VERSION2, client_id, clean, protocol=protocol, manual_ack=True)
    client.username_pw_set(broker.user, broker.password())
    if broker.tls is not None:
        client.tls_set_context(_tls_context(broker.tls))
    return client


def dial(client: Client, broker: Broker) -> None:
    """Let paho's thread connect to a session that outlives the connection."""
    if client.protocol != MQTT_5:
        client.connect_async(broker.host, broker.port, KEEP_ALIVE_S)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves this untyped
    properties.SessionExpiryInterval = SESSION_S
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    client.connect_async(broker.host, broker.port, KEEP_ALIVE_S, clean_start=False, properties=properties)


def _tls_context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(tls.ca) if tls.ca else None)
        if tls.cert is not None:
            context.load_cert_chain(str(tls.cert), str(tls.key))
    except (OSError, ssl.SSLError) as error:
        raise ConfigRefused(f"the certificates for the broker cannot be used: {error}") from error
    return context
