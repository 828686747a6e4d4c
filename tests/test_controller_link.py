"""Does the link carry messages through a real broker's deaths, silences and refusals?"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from controller.installing.config import BrokerSettings, Protocol
from controller.presence import status, subscriptions
from controller.running import link as link_module
from controller.running.arrivals import Arrived, LinkDown, LinkEvent, LinkUp
from controller.running.link import Link
from controller.wire.topics import Outgoing
from tests.box_parts import ACK_TOPIC, BOX, COMMAND_TOPIC, EVENT_TOPIC, HUB_TOPIC, PLAN_TOPIC
from tests.parts import LOOPBACK, Mosquitto, eventually, free_port, need_mosquitto, start_mosquitto

WILL = status(BOX, "offline", "connection_lost")


class Ear:
    """Hears what a link reports."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[LinkEvent] = queue.SimpleQueue()
        self.arrived: list[Arrived] = []

    def hears(self, kind: type[LinkUp | LinkDown], *, within_s: float = 10.0) -> None:
        """Wait for the link to come up or go down, keeping messages aside."""
        while True:
            event = self.events.get(timeout=within_s)
            if isinstance(event, kind):
                return
            if isinstance(event, Arrived):
                self.arrived.append(event)

    def message(self, topic: str, *, within_s: float = 10.0) -> bytes:
        """Wait for the next message on a topic."""
        for known in self.arrived:
            if known.topic == topic:
                self.arrived.remove(known)
                return known.payload
        while True:
            event = self.events.get(timeout=within_s)
            if isinstance(event, Arrived):
                if event.topic == topic:
                    return event.payload
                self.arrived.append(event)


@contextmanager
def linked(
    port: int,
    *,
    client_id: str = BOX,
    topics: tuple[str, ...] = (),
    protocol: Protocol = "auto",
    password: str | None = None,
    backlog: Callable[[], int] = lambda: 0,
) -> Iterator[tuple[Link, Ear]]:
    ear = Ear()
    link = Link(
        BrokerSettings(port=port, protocol=protocol, password=password, keepalive_s=2),
        client_id=client_id,
        will=WILL if client_id == BOX else status(client_id, "offline", "connection_lost"),
        subscriptions=topics or subscriptions(client_id),
        report=ear.events.put,
        backlog=backlog,
    )
    link.start()
    try:
        yield link, ear
    finally:
        link.close()
        assert not link._thread.is_alive()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker") as mosquitto:
        yield mosquitto


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr(link_module, "LONGEST_PAUSE_S", 0.4)
    monkeypatch.setattr(link_module, "CONNACK_S", 0.5)


@pytest.mark.parametrize("protocol", ["auto", "5", "3.1.1"])
def test_what_one_end_sends_the_other_receives(broker: Mosquitto, protocol: Protocol) -> None:
    with (
        linked(broker.port, protocol=protocol) as (box, box_ear),
        linked(broker.port, client_id="hub", topics=("pillbox/v1/+/event",)) as (hub, hub_ear),
    ):
        box_ear.hears(LinkUp)
        hub_ear.hears(LinkUp)
        sync(hub, hub_ear, EVENT_TOPIC)
        box.send(Outgoing(EVENT_TOPIC, "seen", 1, False))
        assert hub_ear.message(EVENT_TOPIC) == b"seen"
        hub.send(Outgoing(ACK_TOPIC, "stored", 1, False))
        assert box_ear.message(ACK_TOPIC) == b"stored"


def sync(link: Link, ear: Ear, topic: str) -> None:
    """See that a link's subscription stands, by hearing oneself."""
    link.send(Outgoing(topic, "sync", 1, False))
    assert ear.message(topic) == b"sync"


def test_a_box_listens_to_its_own_topics_and_the_hubs_status_and_nothing_else(broker: Mosquitto) -> None:
    with (
        linked(broker.port) as (_, ear),
        linked(broker.port, client_id="hub", topics=("x",)) as (hub, hub_ear),
    ):
        ear.hears(LinkUp)
        hub_ear.hears(LinkUp)
        sync(hub, hub_ear, "x")
        own = (PLAN_TOPIC, COMMAND_TOPIC, HUB_TOPIC, ACK_TOPIC)
        for topic in (PLAN_TOPIC.replace(BOX, "bedroom"), EVENT_TOPIC, *own):
            hub.send(Outgoing(topic, topic, 1, False))
        heard = {ear.events.get(timeout=10) for _ in own}
        assert heard == {Arrived(topic=topic, payload=topic.encode()) for topic in own}


def test_a_retained_plan_arrives_with_every_connection(broker: Mosquitto) -> None:
    with linked(broker.port, client_id="hub", topics=("x",)) as (hub, hub_ear):
        hub_ear.hears(LinkUp)
        hub.send(Outgoing(PLAN_TOPIC, "the plan", 1, True))
        sync(hub, hub_ear, "x")
    for _ in range(2):
        with linked(broker.port) as (_, ear):
            assert ear.message(PLAN_TOPIC) == b"the plan"


def test_the_link_comes_back_by_itself_when_the_broker_is_killed(broker: Mosquitto) -> None:
    with linked(broker.port) as (link, ear):
        for _ in range(3):
            ear.hears(LinkUp)
            broker.kill()
            ear.hears(LinkDown)
            assert link.alive(), "a broker that is away is no deafness"
            broker.start()
        ear.hears(LinkUp)


def test_a_box_starts_before_its_broker_and_finds_it_later(tmp_path: Path) -> None:
    need_mosquitto()
    port = free_port()
    with linked(port) as (link, ear):
        eventually(lambda: "refused" in link.last_failure)
        with start_mosquitto(tmp_path / "broker", port=port):
            ear.hears(LinkUp)


def test_a_frozen_broker_is_noticed_by_its_silence(broker: Mosquitto) -> None:
    """The connection stands and nothing answers: only the keep-alive can tell."""
    with linked(broker.port) as (_, ear):
        ear.hears(LinkUp)
        broker.pause()
        ear.hears(LinkDown, within_s=20)
        broker.resume()
        ear.hears(LinkUp)


class OldBroker:
    """Speaks just enough MQTT 3.1.1 to take a box in, and answers MQTT 5 in one of three ways."""

    def __init__(self, manner: str) -> None:
        self.manner = manner
        self.levels: list[int] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            each.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self._open.append(peer)
                self._greet(peer)

    def _greet(self, peer: socket.socket) -> None:
        # The protocol level follows the name "MQTT" in the CONNECT packet.
        level = peer.recv(1_024).split(b"MQTT", 1)[1][0]
        self.levels.append(level)
        if level == 4:
            peer.sendall(b"\x20\x02\x00\x00")
        elif self.manner == "refuses":
            peer.sendall(b"\x20\x02\x00\x01")
        elif self.manner == "hangs_up":
            peer.close()


@pytest.mark.parametrize("manner", ["is_silent", "refuses", "hangs_up"])
def test_a_broker_that_knows_only_3_1_1_is_reached_whatever_it_says_to_5(manner: str) -> None:
    old = OldBroker(manner)
    try:
        with linked(old.port) as (_, ear):
            ear.hears(LinkUp, within_s=15)
        assert old.levels[0] == 5
        assert old.levels[-1] == 4
    finally:
        old.close()


def test_a_version_that_was_chosen_is_never_left() -> None:
    old = OldBroker("hangs_up")
    try:
        with linked(old.port, protocol="5"):
            eventually(lambda: len(old.levels) >= 3)
        assert set(old.levels) == {5}
    finally:
        old.close()


def test_a_broker_that_refuses_the_login_is_named_in_the_failure(tmp_path: Path) -> None:
    need_mosquitto()
    with (
        start_mosquitto(tmp_path / "broker", extra="allow_anonymous false") as broker,
        linked(broker.port, password="wrong") as (link, ear),
    ):
        eventually(lambda: "refuses the box" in link.last_failure)
        assert link.alive()
        assert ear.events.empty()


def test_a_refused_publish_does_not_pass_for_a_sent_one_on_mqtt_5(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The broker acknowledges what its ACL forbids; only the reason code tells, before it hangs up."""
    need_mosquitto()
    rules = tmp_path / "acl"
    rules.write_text("topic read pillbox/#\n")
    with (
        start_mosquitto(tmp_path / "broker", extra=f"acl_file {rules}") as broker,
        linked(broker.port) as (link, ear),
    ):
        ear.hears(LinkUp)
        link.send(Outgoing(EVENT_TOPIC, "x", 1, False))
        eventually(lambda: "check its ACL" in caplog.text)


def test_sending_never_blocks_and_drops_while_there_is_no_link() -> None:
    with linked(free_port()) as (link, _):
        for _ in range(10_000):
            link.send(Outgoing(EVENT_TOPIC, "x", 1, False))
        assert not link._to_send


def test_a_thousand_messages_arrive_in_the_order_they_were_sent(broker: Mosquitto) -> None:
    with linked(broker.port, client_id="hub", topics=("t",)) as (hub, ear):
        ear.hears(LinkUp)
        sync(hub, ear, "t")
        for number in range(1_000):
            hub.send(Outgoing("t", str(number), 1, False))
        assert [int(ear.message("t")) for _ in range(1_000)] == list(range(1_000))


def test_a_program_that_does_not_keep_up_is_not_flooded(broker: Mosquitto) -> None:
    waiting = [0]
    with (
        linked(broker.port, backlog=lambda: waiting[0]) as (link, ear),
        linked(broker.port, client_id="hub", topics=("t",)) as (hub, hub_ear),
    ):
        ear.hears(LinkUp)
        hub_ear.hears(LinkUp)
        waiting[0] = link_module.BACKLOG_MAX + 1
        # The read that was under way when the backlog grew may still bring the first of these.
        hub.send(Outgoing(PLAN_TOPIC, "early", 1, False))
        sync(hub, hub_ear, "t")
        hub.send(Outgoing(PLAN_TOPIC, "late", 1, False))
        sync(hub, hub_ear, "t")
        for _ in range(3):
            turned_s = link._lived_s
            eventually(lambda: link._lived_s > turned_s, what="another turn")  # noqa: B023 - used at once
        assert ear.events.qsize() <= 1
        waiting[0] = 0
        assert ear.message(PLAN_TOPIC) == b"early"
        assert ear.message(PLAN_TOPIC) == b"late"


def test_law_11_a_report_that_fails_costs_a_connection_and_not_the_thread(broker: Mosquitto) -> None:
    ear = Ear()
    fails = [True]

    def report(event: LinkEvent) -> None:
        if isinstance(event, LinkUp) and fails[0]:
            fails[0] = False
            raise RuntimeError("a fault in a handler")
        ear.events.put(event)

    link = Link(
        BrokerSettings(port=broker.port),
        client_id=BOX,
        will=WILL,
        subscriptions=(),
        report=report,
        backlog=int,
    )
    link.start()
    ear.hears(LinkUp)
    assert link.alive()
    link.close()


def test_law_11_a_thread_that_ended_or_hangs_is_not_alive(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    with linked(broker.port) as (link, ear):
        ear.hears(LinkUp)
        assert link.alive()
        monkeypatch.setattr(link_module, "DEAF_S", -1.0)
        assert not link.alive(), "a thread that has not moved for too long"
        monkeypatch.undo()
    assert not link.alive(), "a thread that has ended"


def test_what_was_handed_over_before_the_goodbye_reaches_the_broker(broker: Mosquitto) -> None:
    with linked(broker.port, client_id="hub", topics=(EVENT_TOPIC,)) as (hub, hub_ear):
        hub_ear.hears(LinkUp)
        sync(hub, hub_ear, EVENT_TOPIC)
        with linked(broker.port) as (link, ear):
            ear.hears(LinkUp)
            for number in range(300):
                link.send(Outgoing(EVENT_TOPIC, str(number), 1, False))
        assert [int(hub_ear.message(EVENT_TOPIC)) for _ in range(300)] == list(range(300))


def test_a_broker_that_throws_the_box_out_at_once_is_tried_more_and_more_seldom() -> None:
    """Each welcome used to begin the pauses anew: a wrong ACL became two connections a second, for ever."""
    link = Link(
        BrokerSettings(), client_id=BOX, will=WILL, subscriptions=(), report=lambda _: None, backlog=int
    )
    link.tries, link._up, link._up_s = 4, True, time.monotonic()
    link._go_down()
    assert link.tries == 4
    link._up, link._up_s = True, time.monotonic() - link_module.STEADY_S - 1
    link._go_down()
    assert link.tries == 0


def test_two_boxes_do_not_try_again_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    link = Link(
        BrokerSettings(), client_id=BOX, will=WILL, subscriptions=(), report=lambda _: None, backlog=int
    )
    monkeypatch.setattr(link_module, "FIRST_PAUSE_S", 1.0)
    monkeypatch.setattr(link_module, "LONGEST_PAUSE_S", 60.0)
    clock = [0.0]
    monkeypatch.setattr("controller.running.link.time.monotonic", lambda: clock[0])

    def wait(span_s: float) -> bool:
        clock[0] += span_s
        return False

    monkeypatch.setattr(link._closing, "wait", wait)
    for _ in range(12):
        began = clock[0]
        link._pause()
        waits.append(clock[0] - began)
    assert len({round(span, 6) for span in waits}) == len(waits)
    for number, span in enumerate(waits):
        longest = min(60.0, 2.0**number)
        assert longest / 2 <= span <= longest + 0.01
    link.close()
