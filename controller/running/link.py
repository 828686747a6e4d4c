"""How do messages cross to the broker and back?

The only place that knows paho. One thread owns the client and everything it does: it connects, falls
back from MQTT 5 to 3.1.1, waits between tries, sends and receives. paho's callbacks only note what they
were told; an exception therefore ends a connection and never the thread. Every connection has a new
client, which carries nothing stale: what was under way on the old one is the resend rule's business.
"""

from __future__ import annotations

import contextlib
import logging
import random
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from controller.installing.config import BrokerSettings
from controller.running.arrivals import Arrived, LinkDown, LinkEvent, LinkUp
from controller.wire.topics import Outgoing

CONNACK_S = 3.0
CONNECT_S = 5.0
SESSION_S = 86_400
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STEADY_S = 10.0
FLUSH_S = 3.0
LOOK_S = 0.5
BACKLOG_MAX = 1_000
DEAF_S = 20.0
CONNECTING_DEAF_S = 120.0
"""Asking for a name and a TLS greeting may take this long on a sick network, and is no deafness."""

_WRONG_VERSION = 132

log = logging.getLogger(__name__)


class Link:
    """The way to the broker. `send` and `alive` are for the program's thread; neither blocks."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        client_id: str,
        will: Outgoing,
        subscriptions: Sequence[str],
        report: Callable[[LinkEvent], None],
        backlog: Callable[[], int],
    ) -> None:
        """Prepare; nothing is connected before `start`.

        Args:
            settings: Where the broker is and how to log in.
            client_id: Also the user name, so that the broker's ACL can hold the box to its topics.
            will: What the broker publishes when the box falls silent.
            subscriptions: Topic filters, asked for on every connection.
            report: Called from the link's own thread for everything that happens.
            backlog: How much of that is not handled yet; beyond a bound nothing more is read.

        """
        self.last_failure = ""
        self.tries = 0
        self._settings = settings
        self._client_id = client_id
        self._will = will
        self._subscriptions = [(topic, 1) for topic in subscriptions]
        self._report = report
        self._backlog = backlog
        self._to_send: deque[Outgoing] = deque()
        self._wake_end, self._woken_end = socket.socketpair()
        self._wake_end.setblocking(False)
        self._woken_end.setblocking(False)
        self._closing = threading.Event()
        self._speaks_5 = settings.protocol != "3.1.1"
        self._up = False
        self._up_s = 0.0
        self._connecting = False
        self._lived_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._forget()

    def start(self) -> None:
        """Begin to connect, and go on trying for ever."""
        self._thread.start()

    def send(self, message: Outgoing) -> None:
        """Hand a message over. While the link is down it is dropped: the outbox keeps what matters."""
        if self._up:
            self._to_send.append(message)
            self._wake()

    def alive(self) -> bool:
        """Tell whether the link's thread lives and moves. That a connection stands proves neither."""
        limit_s = CONNECTING_DEAF_S if self._connecting else DEAF_S
        return self._thread.is_alive() and time.monotonic() - self._lived_s < limit_s

    def close(self) -> None:
        """Send what waits, say goodbye to the broker and end the thread. Safe to call twice."""
        self._closing.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(FLUSH_S + 2.0)

    def _wake(self) -> None:
        # When the pair is full the thread has been woken already.
        with contextlib.suppress(OSError):
            self._wake_end.send(b"\0")

    def _forget(self) -> None:
        """Know nothing of the connection before."""
        self._greeting: ReasonCode | None = None
        self._ended: str | None = None
        self._arrived: list[Arrived] = []
        self._under_way = 0

    def _run(self) -> None:
        while not self._closing.is_set():
            self._forget()
            try:
                self._serve()
            except Exception as error:  # noqa: BLE001 - a thread that ends here makes a deaf box
                self._note_failure(str(error) or type(error).__name__)
            self._go_down()
            self._pause()

    def _serve(self) -> None:
        """Keep one connection, from its greeting to its end."""
        client = self._connected_client()
        greeted_by_s = time.monotonic() + CONNACK_S
        try:
            while not self._closing.is_set() and self._ended is None:
                self._turn(client)
                if not self._up and not self._welcome(client, greeted_by_s):
                    return
                self._pass_on(client)
            self._flush(client)
        finally:
            client.on_disconnect = None
            client.disconnect()
            client.loop_misc()
        if self._ended is not None:
            self._note_failure(self._ended)

    def _connected_client(self) -> mqtt.Client:
        client = new_client(self._settings, self._client_id, speaks_5=self._speaks_5)
        client.will_set(self._will.topic, self._will.payload, self._will.qos, self._will.retain)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        self._connecting = True
        connect(client, self._settings)
        self._connecting = False
        return client

    def _turn(self, client: mqtt.Client) -> None:
        """Wait for the socket or for something to send, and let paho work."""
        self._lived_s = time.monotonic()
        sock = client.socket()
        if sock is None:
            self._ended = self._ended or "the connection was lost"
            return
        full = self._backlog() > BACKLOG_MAX
        # TLS may hold bytes that were read from the socket already; select knows nothing of them.
        held = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        reading = [self._woken_end] if full else [self._woken_end, sock]
        writing = [sock] if client.want_write() else []
        ready, writable, _ = select.select(reading, writing, [], 0 if held else LOOK_S)
        if self._woken_end in ready:
            self._woken_end.recv(4_096)
        if sock in ready or held:
            client.loop_read()
        if sock in writable and client.socket() is not None:
            client.loop_write()
        client.loop_misc()

    def _welcome(self, client: mqtt.Client, greeted_by_s: float) -> bool:
        """Go up once the broker has taken the box in; return whether the connection is worth keeping."""
        greeting = self._greeting
        if greeting is None:
            if time.monotonic() < greeted_by_s and self._ended is None:
                return True
            self._note_failure(self._ended or "the broker does not answer")
            self._try_other_version()
            return False
        if greeting.is_failure:
            self._note_failure(f"the broker refuses the box: {greeting}")
            if greeting.value == _WRONG_VERSION:
                self._try_other_version()
            return False
        if self._subscriptions:
            client.subscribe(self._subscriptions)
        self._up, self._up_s, self.last_failure = True, time.monotonic(), ""
        log.info("connected to the broker, MQTT %s", "5" if self._speaks_5 else "3.1.1")
        self._report(LinkUp())
        return True

    def _pass_on(self, client: mqtt.Client) -> None:
        arrived, self._arrived = self._arrived, []
        for message in arrived:
            self._report(message)
        while self._to_send and self._ended is None:
            message_out = self._to_send.popleft()
            self._under_way += 1
            client.publish(message_out.topic, message_out.payload, message_out.qos, message_out.retain)

    def _flush(self, client: mqtt.Client) -> None:
        """Let what was handed over reach the broker before the goodbye."""
        end_s = time.monotonic() + FLUSH_S
        while self._up and self._ended is None and time.monotonic() < end_s:
            self._pass_on(client)
            if self._under_way == 0:
                return
            self._turn(client)

    def _go_down(self) -> None:
        self._connecting = False
        was_up, self._up = self._up, False
        self._to_send.clear()
        if was_up and time.monotonic() - self._up_s > STEADY_S:
            # A broker that takes the box in and throws it out again at once is not to be stormed.
            self.tries = 0
        if was_up:
            self._report(LinkDown())

    def _pause(self) -> None:
        """Wait before the next try: doubling from one second to a minute, never two boxes in step."""
        longest_s = min(FIRST_PAUSE_S * 2 ** min(self.tries, 6), LONGEST_PAUSE_S)
        self.tries += 1
        end_s = time.monotonic() + longest_s * random.uniform(0.5, 1)
        while (left_s := end_s - time.monotonic()) > 0 and not self._closing.is_set():
            self._lived_s = time.monotonic()
            self._closing.wait(min(left_s, LOOK_S))

    def _try_other_version(self) -> None:
        if self._settings.protocol == "auto":
            self._speaks_5 = not self._speaks_5

    def _note_failure(self, why: str) -> None:
        # A broker that is away for a night is one line in the log, not a thousand.
        if why != self.last_failure:
            log.warning("the link to the broker: %s", why)
        self.last_failure = why

    def _on_connect(self, _client: Any, _user: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        self._greeting = reason

    def _on_disconnect(self, _client: Any, _user: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        self._ended = f"the connection ended: {reason}"

    def _on_message(self, _client: Any, _user: Any, message: mqtt.MQTTMessage) -> None:
        self._arrived.append(Arrived(topic=message.topic, payload=bytes(message.payload)))

    def _on_publish(self, _client: Any, _user: Any, _mid: int, reason: ReasonCode, _more: Any) -> None:
        self._under_way -= 1
        if reason.is_failure:
            # Its acknowledgement looks like success everywhere but here; 3.1.1 has no word for it at all.
            self._note_failure(f"the broker refuses what the box says: {reason}; check its ACL")


def new_client(
    settings: BrokerSettings, user: str, *, speaks_5: bool, manual_ack: bool = False
) -> mqtt.Client:
    """Make a client that may log in, to a session that outlives the connection."""
    protocol = MQTTProtocolVersion.MQTTv5 if speaks_5 else MQTTProtocolVersion.MQTTv311
    clean = None if speaks_5 else False
    client = mqtt.Client(CallbackAPIVersion.VERSION2, user, clean, protocol=protocol, manual_ack=manual_ack)
    client.connect_timeout = CONNECT_S
    if settings.password is not None:
        client.username_pw_set(user, settings.password)
    if settings.tls is not None:
        context = ssl.create_default_context(cafile=str(settings.tls.ca))
        if settings.tls.cert is not None:
            context.load_cert_chain(settings.tls.cert, settings.tls.key)
        client.tls_set_context(context)
    return client


def connect(client: mqtt.Client, settings: BrokerSettings) -> None:
    """Reach the broker and greet it; its answer is still to come."""
    session: dict[str, Any] = {}
    if client.protocol == MQTTProtocolVersion.MQTTv5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it bare
        properties.SessionExpiryInterval = SESSION_S
        session = {"clean_start": False, "properties": properties}
    client.connect(settings.host, settings.port, settings.keepalive_s, **session)
