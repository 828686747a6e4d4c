"""Does the hub's link lose nothing, confirm nothing too early, and notice what is broken?"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from controller.wire.messages import HubStatus
from controller.wire.shape import MESSAGE_BYTES_MAX
from controller.wire.topics import Outgoing, outgoing
from hub.config import Broker
from hub.doctor import probe
from hub.running.link import HEARD, Arrived, Link, LinkDown, LinkUp
from tests.hub_parts import Peer
from tests.parts import LOOPBACK, Mosquitto, eventually, free_port, start_mosquitto

WILL = outgoing("hub_status", HubStatus(v=1, status="offline", because="lost"))
HELLO = outgoing("hub_status", HubStatus(v=1, status="online", because="running"))


class Watched:
    """A link and the queue it fills."""

    def __init__(self, port: int, mqtt: Any = "auto") -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.link = Link(Broker(port=port, mqtt=mqtt), self.inbox, WILL)
        self.link.start()

    def next(self, kind: type, within_s: float = 10.0) -> Any:
        """Return the next report of a kind, tending the link as the main loop does."""
        for _ in range(int(within_s / 0.1)):
            self.link.tend()
            try:
                report = self.inbox.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(report, kind):
                return report
        raise AssertionError(f"no {kind.__name__} within {within_s} s")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with start_mosquitto(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    made: list[Watched] = []

    def make(port: int, mqtt: str = "auto") -> Watched:
        made.append(Watched(port, mqtt))
        return made[-1]

    yield make
    for one in made:
        one.link.stop(within_s=0.5)


def test_it_hears_boxes_and_caregivers_and_nobody_else() -> None:
    assert set(HEARD) == {"status", "event", "state", "alert_ack"}


@pytest.mark.parametrize("mqtt", ["auto", "5", "3.1.1"])
def test_a_message_arrives_with_its_topic_and_bytes(broker: Mosquitto, watch: Any, mqtt: str) -> None:
    hub = watch(broker.port, mqtt)
    assert hub.next(LinkUp).mqtt == ("3.1.1" if mqtt == "3.1.1" else "5")
    peer = Peer(broker.port)
    peer.say("pillbox/v1/kitchen/event", b"{}")
    found = hub.next(Arrived)
    assert (found.topic, found.payload, found.qos) == ("pillbox/v1/kitchen/event", b"{}", 1)
    peer.end()


def test_what_was_not_confirmed_comes_again_and_what_was_does_not(broker: Mosquitto, watch: Any) -> None:
    first = watch(broker.port)
    first.next(LinkUp)
    peer = Peer(broker.port)
    for number in range(3):
        peer.say("pillbox/v1/kitchen/event", str(number))
    arrived = [first.next(Arrived) for _ in range(3)]
    first.link.confirm(arrived[:1])
    # Another message round makes sure that the confirmation has reached the broker.
    first.link.publish([HELLO])
    peer.hears(HELLO.topic)
    first.link.stop()

    again = watch(broker.port)
    assert [again.next(Arrived).payload for _ in range(2)] == [b"1", b"2"]
    peer.say("pillbox/v1/kitchen/event", "after")
    assert again.next(Arrived).payload == b"after"
    peer.end()


def test_a_confirmation_meant_for_an_earlier_connection_is_not_sent(broker: Mosquitto, watch: Any) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    peer = Peer(broker.port)
    peer.say("pillbox/v1/kitchen/event", "early")
    early = hub.next(Arrived)
    peer.end()
    broker.kill()
    hub.next(LinkDown)
    broker.start()
    hub.next(LinkUp)
    peer = Peer(broker.port)
    peer.say("pillbox/v1/kitchen/event", "late")
    late = hub.next(Arrived)
    assert late.connection > early.connection
    hub.link.confirm([Arrived(late.topic, late.payload, late.mid, 1, early.connection)])
    hub.link.stop()
    again = watch(broker.port)
    assert again.next(Arrived).payload == b"late"
    peer.end()


def test_messages_for_an_absent_hub_wait_for_it(broker: Mosquitto, watch: Any) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    hub.link.publish([HELLO])
    peer = Peer(broker.port)
    peer.hears(HELLO.topic)
    hub.link.stop()
    peer.say("pillbox/v1/kitchen/event", "while you were away")
    assert watch(broker.port).next(Arrived).payload == b"while you were away"
    peer.end()


def test_the_last_will_tells_of_a_hub_that_died_and_a_farewell_of_one_that_left(
    broker: Mosquitto, watch: Any
) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    hub.link.publish([HELLO])
    peer = Peer(broker.port)
    assert b"online" in peer.hears(HELLO.topic)[0]
    hub.link.stop([outgoing("hub_status", HubStatus(v=1, status="offline", because="stopped"))])
    assert b"stopped" in peer.hears(HELLO.topic)[0]

    other = watch(broker.port)
    other.next(LinkUp)
    other.link.publish([HELLO])
    assert b"online" in peer.hears(HELLO.topic)[0]
    # A second client of the same name takes the session over: to the broker, the hub is gone.
    thief = Peer(broker.port, client_id="hub")
    assert b"lost" in peer.hears(HELLO.topic)[0]
    thief.end()
    peer.end()


def test_a_payload_of_a_megabyte_arrives_cut_to_what_the_wire_refuses(broker: Mosquitto, watch: Any) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    peer = Peer(broker.port)
    peer.say("pillbox/v1/kitchen/event", b"x" * 1_048_576)
    peer.say("pillbox/v1/kitchen/event", b"next")
    assert len(hub.next(Arrived).payload) == MESSAGE_BYTES_MAX + 1
    assert hub.next(Arrived).payload == b"next"
    peer.end()


def test_a_broker_that_speaks_only_the_old_protocol_is_met_in_it(watch: Any) -> None:
    with _OldBroker() as old:
        hub = watch(old.port)
        assert hub.next(LinkUp).mqtt == "3.1.1"
        assert old.versions == [5, 4]


def test_a_broker_that_does_not_answer_to_the_new_protocol_is_met_in_the_old_one(watch: Any) -> None:
    with _OldBroker(silent=True) as old:
        hub = watch(old.port)
        assert hub.next(LinkUp).mqtt == "3.1.1"
        assert old.versions[0] == 5
        assert old.versions[-1] == 4


def test_a_broker_that_was_slow_once_is_met_in_the_new_protocol_again(broker: Mosquitto, watch: Any) -> None:
    """It pinned the hub to MQTT 3.1.1 for as long as the hub ran."""
    broker.pause()
    hub = watch(broker.port)
    eventually(lambda: hub.link.tend() or not hub.link._speaks_5, within_s=20, what="the old protocol")
    broker.resume()
    assert hub.next(LinkUp).mqtt == "3.1.1"
    broker.kill()
    hub.next(LinkDown)
    broker.start()
    assert hub.next(LinkUp).mqtt == "5"


def test_a_version_that_was_chosen_is_not_left_when_the_link_breaks(broker: Mosquitto, watch: Any) -> None:
    hub = watch(broker.port, "3.1.1")
    hub.next(LinkUp)
    broker.kill()
    hub.next(LinkDown)
    broker.start()
    assert hub.next(LinkUp).mqtt == "3.1.1"


def test_no_broker_is_reported_and_met_as_soon_as_it_is_there(tmp_path: Path, watch: Any) -> None:
    port = free_port()
    hub = watch(port)
    assert str(port) in hub.next(LinkDown).why
    assert hub.link.alive()
    with start_mosquitto(tmp_path / "broker", port=port):
        hub.next(LinkUp)


def test_a_dead_network_thread_is_noticed_although_the_client_claims_to_be_connected(
    broker: Mosquitto, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    assert hub.link.alive()

    def fatal(*_: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    hub.link._client.on_message = fatal
    peer = Peer(broker.port)
    peer.say("pillbox/v1/kitchen/event", "boom")
    eventually(lambda: not hub.link.alive(), what="a dead thread is seen")
    assert hub.link._client.is_connected(), "this is why is_connected() is not asked"
    peer.end()


def test_a_callback_that_fails_does_not_kill_the_thread(broker: Mosquitto, watch: Any, caplog: Any) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    kept = hub.link._inbox
    hub.link._inbox = None
    peer = Peer(broker.port)
    peer.say("pillbox/v1/kitchen/event", "nobody can take this")
    eventually(lambda: "callback of the link failed" in caplog.text)
    hub.link._inbox = kept
    peer.say("pillbox/v1/kitchen/event", "next")
    assert hub.next(Arrived).payload == b"next"
    peer.end()


def test_nothing_is_published_without_a_link_and_nothing_raises(watch: Any) -> None:
    hub = watch(free_port())
    assert hub.link.publish([HELLO]) == []
    hub.link.confirm([Arrived("t", b"", 1, 1, 0)])


def test_a_frozen_broker_does_not_keep_the_hub_from_stopping(broker: Mosquitto, watch: Any) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    broker.pause()
    stopping = threading.Thread(target=hub.link.stop, args=([HELLO],), kwargs={"within_s": 0.5}, daemon=True)
    stopping.start()
    stopping.join(timeout=9)
    assert not stopping.is_alive()


def test_a_refused_publish_is_told_though_it_is_acknowledged(tmp_path: Path, watch: Any, caplog: Any) -> None:
    rules = tmp_path / "acl"
    rules.write_text("user hub\ntopic read pillbox/#\n")
    with start_mosquitto(tmp_path / "broker", extra=f"acl_file {rules}") as broker:
        hub = watch(broker.port)
        hub.next(LinkUp)
        hub.link.publish([HELLO])
        eventually(lambda: hub.link.refused_publishes == 1)
        assert "refused a message" in caplog.text


def test_the_doctors_probe_says_what_is_wrong_and_takes_nothing_away(tmp_path: Path, watch: Any) -> None:
    assert "nothing answers" in str(probe(Broker(port=free_port())))
    secret = tmp_path / "passwords"
    secret.write_text("")
    with start_mosquitto(
        tmp_path / "strict", extra=f"allow_anonymous false\npassword_file {secret}"
    ) as strict:
        assert "uthori" in str(probe(Broker(port=strict.port)))
    # Such a broker turns the user's name into the client id: the probe becomes "hub" itself.
    with start_mosquitto(tmp_path / "broker", extra="use_username_as_clientid true") as broker:
        hub = watch(broker.port)
        hub.next(LinkUp)
        hub.link.stop()
        peer = Peer(broker.port)
        peer.say("pillbox/v1/kitchen/event", "kept")
        assert probe(Broker(port=broker.port)) is None
        again = watch(broker.port)
        assert again.next(Arrived).payload == b"kept"
        peer.end()


class _OldBroker:
    """Just enough of a broker to answer CONNECT: it refuses MQTT 5, or never answers it."""

    def __init__(self, *, silent: bool = False) -> None:
        self.versions: list[int] = []
        self._silent = silent
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> _OldBroker:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        for one in self._open:
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(peer)
            threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _grant(self, peer: socket.socket, packets: bytes) -> None:
        """Answer every SUBSCRIBE; each is shorter than 128 bytes."""
        while packets:
            if packets[0] == 0x82:
                peer.sendall(b"\x90\x03" + packets[2:4] + b"\x01")
            packets = packets[2 + packets[1] :]

    def _answer(self, peer: socket.socket) -> None:
        try:
            packet = peer.recv(4096)
            version = packet[packet.index(b"MQTT") + 4]
            self.versions.append(version)
            if version == 4:
                peer.sendall(b"\x20\x02\x00\x00")
            elif not self._silent:
                peer.sendall(b"\x20\x03\x00\x84\x00")
                peer.close()
                return
            while packets := peer.recv(4096):
                self._grant(peer, packets)
        except (OSError, ValueError):
            return


def test_it_is_up_only_when_it_hears(broker: Mosquitto, watch: Any) -> None:
    for number in range(5):
        hub = watch(broker.port)
        hub.next(LinkUp)
        peer = Peer(broker.port)
        peer.say("pillbox/v1/kitchen/event", str(number))
        found = hub.next(Arrived)
        assert found.payload == str(number).encode(), "nobody kept it for a hub that did not hear yet"
        hub.link.confirm([found])
        peer.end()
        hub.link.stop()


def test_an_outgoing_message_keeps_its_retain_flag(broker: Mosquitto, watch: Any) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    hub.link.publish([Outgoing("pillbox/v1/kitchen/plan", "{}", 1, True)])
    first = Peer(broker.port)
    assert first.hears("pillbox/v1/kitchen/plan")[0] == b"{}"
    late = Peer(broker.port, "late")
    assert late.hears("pillbox/v1/kitchen/plan") == (b"{}", True)
    first.end()
    late.end()


def test_its_own_status_is_not_taken_for_a_boxs(broker: Mosquitto, watch: Any) -> None:
    hub = watch(broker.port)
    hub.next(LinkUp)
    hub.link.publish([HELLO])
    peer = Peer(broker.port)
    peer.hears(HELLO.topic)
    peer.say("pillbox/v1/kitchen/status", "{}")
    assert hub.next(Arrived).topic == "pillbox/v1/kitchen/status"
    peer.end()
