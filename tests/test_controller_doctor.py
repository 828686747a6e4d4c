"""Does the box's doctor see what the broker forbids, and take nothing away by asking?"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from controller.installing.config import BrokerSettings, Protocol, read_config
from controller.installing.doctor import Trial, _broker
from controller.presence import status, subscriptions
from controller.running.arrivals import LinkUp
from controller.wire.topics import Outgoing
from firmware.findings import Finding
from tests.box_parts import BOX, COMMAND_TOPIC, HUB_TOPIC, PLAN_TOPIC
from tests.parts import LOOPBACK, need_mosquitto, start_mosquitto
from tests.test_controller_link import linked

STATUS_TOPIC = status(BOX, "offline", "not_running").topic
VERSIONS: tuple[Protocol, ...] = ("5", "3.1.1")


def looked_at(directory: Path, port: int, protocol: Protocol = "auto") -> Finding:
    path = directory / "controller.toml"
    path.write_text(
        f'[box]\nid = "{BOX}"\ndirectory = "state"\nhardware = "simulated"\ncompartments = ["a1"]\n'
        f'[broker]\nport = {port}\nmqtt = "{protocol}"\n'
    )
    return _broker(read_config(path), running=False)


def test_rules_that_keep_the_box_from_speaking_are_to_be_mended(tmp_path: Path) -> None:
    """They were called well: nothing was asked of the broker but the login, and the rules were blamed."""
    need_mosquitto()
    rules = tmp_path / "acl"
    rules.write_text("topic read pillbox/#\n")
    with start_mosquitto(tmp_path / "broker", extra=f"acl_file {rules}") as broker:
        found = looked_at(tmp_path, broker.port)
        assert not found.ok
        assert f"does not let the box speak on {STATUS_TOPIC}" in found.sentence
        old = looked_at(tmp_path, broker.port, "3.1.1")
        assert "no word for a message that is refused" in old.sentence


@pytest.mark.parametrize("protocol", VERSIONS)
def test_a_subscription_that_is_refused_is_to_be_mended_and_named(tmp_path: Path, protocol: Protocol) -> None:
    with refusing_broker() as port:
        found = looked_at(tmp_path, port, protocol)
    assert not found.ok
    assert f"does not let the box listen to {PLAN_TOPIC})" in found.sentence


@contextmanager
def refusing_broker() -> Iterator[int]:
    """Run just enough of a broker to take a box in and refuse it the second of its topics."""
    listener = socket.create_server((LOOPBACK, 0))

    def serve() -> None:
        with suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                speaks_5 = peer.recv(1_024).split(b"MQTT", 1)[1][0] == 5
                peer.sendall(b"\x20\x03\0\0\0" if speaks_5 else b"\x20\x02\0\0")
                packet = peer.recv(1_024)
                # The remaining length takes two bytes where it is above 127.
                start = 3 if packet[1] & 0x80 else 2
                codes = bytes([1, 0x87 if speaks_5 else 0x80, 1, 1])
                body = packet[start : start + 2] + (b"\0" if speaks_5 else b"") + codes
                peer.sendall(bytes([0x90, len(body)]) + body)
                peer.recv(1_024)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(5)


@pytest.mark.parametrize("protocol", VERSIONS)
def test_what_waits_for_the_controller_goes_on_waiting(tmp_path: Path, protocol: Protocol) -> None:
    """The login must be the box's own: a command that it confirmed would never reach the controller."""
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker") as broker:
        with linked(broker.port, protocol=protocol) as (_, ear):
            ear.hears(LinkUp)
        with linked(broker.port, client_id="hub", topics=(HUB_TOPIC,)) as (hub, hub_ear):
            hub_ear.hears(LinkUp)
            hub.send(Outgoing(COMMAND_TOPIC, "waits", 1, False))
            hub.send(Outgoing(PLAN_TOPIC, "is kept", 1, True))
            hub.send(Outgoing(HUB_TOPIC, "sent", 1, False))
            assert hub_ear.message(HUB_TOPIC) == b"sent"
        settings = BrokerSettings(port=broker.port, protocol=protocol)
        for _ in range(2):
            assert Trial(settings, BOX, speaks_5=protocol == "5").run() is None
        with linked(broker.port, protocol=protocol) as (_, ear):
            assert ear.message(COMMAND_TOPIC) == b"waits"
            assert ear.message(PLAN_TOPIC) == b"is kept"


def test_a_box_that_never_ran_is_said_to_be_absent_and_leaves_no_will(tmp_path: Path) -> None:
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker") as broker:
        assert looked_at(tmp_path, broker.port).ok
        with linked(broker.port, client_id="hub", topics=(STATUS_TOPIC, "sync")) as (hub, ear):
            assert b"not_running" in ear.message(STATUS_TOPIC)
            hub.send(Outgoing("sync", "", 1, False))
            ear.message("sync")
            assert not ear.arrived, "one word, and no last will after it"


def test_it_asks_for_all_the_controller_listens_to() -> None:
    assert set(Trial(BrokerSettings(), BOX)._topics) == set(subscriptions(BOX))
