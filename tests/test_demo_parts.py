"""Do the parts of the demo keep their promises: both brokers, the cable, the letterbox, the watcher?"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from controller.demo.broker import Address, Logins, dying_with_us, make_logins, mosquitto_path, open_broker
from controller.demo.cable import Cable
from controller.demo.errors import CannotStage
from controller.demo.letterbox import Letter, Letterbox
from controller.demo.watcher import Watcher
from controller.wire.messages import BoxStatus
from controller.wire.topics import outgoing
from tests.parts import eventually

KINDS = ["embedded", pytest.param("mosquitto", marks=pytest.mark.skipif(
    mosquitto_path() is None, reason="mosquitto is not installed"))]  # fmt: skip


class Person:
    """One MQTT client whose messages are kept."""

    def __init__(self, address: Address, user: str, password: str | None, **choices: Any) -> None:
        self.heard: queue.Queue[tuple[str, str]] = queue.Queue()
        self.ready: queue.Queue[bool] = queue.Queue()
        clean = choices.get("clean", True)
        self.client = Client(CallbackAPIVersion.VERSION2, user, protocol=MQTTProtocolVersion.MQTTv5)
        if password is not None:
            self.client.username_pw_set(user, password)
        if will := choices.get("will"):
            self.client.will_set(*will)
        self.client.on_message = lambda _c, _u, raw: self.heard.put((raw.topic, raw.payload.decode()))
        self.client.on_connect = lambda _c, _u, _f, reason, _p: self.ready.put(not reason.is_failure)
        self.client.on_subscribe = lambda *_: self.ready.put(True)
        self.client.on_connect_fail = lambda *_: self.ready.put(False)
        self.client.on_disconnect = lambda *_: self.ready.put(False)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it out
        if not clean:
            properties.SessionExpiryInterval = 600
        self.client.connect(
            address.host, address.port, keepalive=20, clean_start=clean, properties=properties
        )
        self.client.loop_start()
        self.let_in = self.ready.get(timeout=5)

    def hear(self, topics: str) -> None:
        self.client.subscribe(topics, 1)
        assert self.ready.get(timeout=5)

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, 1, retain).wait_for_publish(5)

    def next(self) -> tuple[str, str]:
        return self.heard.get(timeout=5)

    def vanish(self) -> None:
        """Go without a goodbye, as a power cut would."""
        raw = self.client.socket()
        assert isinstance(raw, socket.socket)
        raw.shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def logins() -> Logins:
    return make_logins(hub="hub", boxes=("kitchen", "bedroom"), watchers=("bea",))


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path, logins: Logins) -> Iterator[Address]:
    with open_broker(tmp_path / "with space", logins, choice=request.param) as address:
        assert address.kind == request.param
        yield address


@pytest.fixture
def enter(broker: Address, logins: Logins) -> Iterator[Any]:
    everybody: list[Person] = []

    def let(user: str, **choices: Any) -> Person:
        person = Person(broker, user, logins.passwords[user], **choices)
        assert person.let_in
        everybody.append(person)
        return person

    yield let
    for person in everybody:
        person.leave()


def test_a_last_will_is_told_and_kept(enter: Any) -> None:
    hub = enter("hub")
    hub.hear("pillbox/v1/+/status")
    box = enter("kitchen", will=("pillbox/v1/kitchen/status", "gone", 1, True))
    box.say("pillbox/v1/kitchen/status", "here", retain=True)
    assert hub.next() == ("pillbox/v1/kitchen/status", "here")
    box.vanish()
    assert hub.next() == ("pillbox/v1/kitchen/status", "gone")
    late = enter("bea")
    late.hear("pillbox/v1/+/status")
    assert late.next() == ("pillbox/v1/kitchen/status", "gone")


def test_a_retained_message_reaches_only_who_asks_for_it(enter: Any) -> None:
    hub = enter("hub")
    hub.say("pillbox/v1/bedroom/plan", "old", retain=True)
    hub.say("pillbox/v1/bedroom/plan", "private", retain=True)
    hub.hear("pillbox/v1/bedroom/plan")
    assert hub.next() == ("pillbox/v1/bedroom/plan", "private")
    kitchen = enter("kitchen")
    kitchen.hear("pillbox/v1/kitchen/plan")
    hub.say("pillbox/v1/kitchen/plan", "mine", retain=True)
    assert kitchen.next() == ("pillbox/v1/kitchen/plan", "mine")
    assert kitchen.heard.empty()


def test_a_cleared_retained_message_is_gone(enter: Any) -> None:
    hub = enter("hub")
    hub.say("pillbox/v1/kitchen/alert/a1", "raised", retain=True)
    hub.say("pillbox/v1/kitchen/alert/a1", "", retain=True)
    hub.say("pillbox/v1/kitchen/alert/a2", "raised", retain=True)
    bea = enter("bea")
    bea.hear("pillbox/v1/+/alert/+")
    assert bea.next() == ("pillbox/v1/kitchen/alert/a2", "raised")


def test_a_session_keeps_what_came_meanwhile(enter: Any) -> None:
    box = enter("kitchen", clean=False)
    box.hear("pillbox/v1/kitchen/command")
    box.leave()
    hub = enter("hub")
    for number in range(5):
        hub.say("pillbox/v1/kitchen/command", str(number))
    again = enter("kitchen", clean=False)
    assert [again.next()[1] for _ in range(5)] == list("01234")


def test_a_large_plan_passes(enter: Any) -> None:
    hub, box = enter("hub"), enter("kitchen")
    box.hear("pillbox/v1/kitchen/plan")
    hub.say("pillbox/v1/kitchen/plan", "x" * 60_000)
    assert len(box.next()[1]) == 60_000


@pytest.mark.parametrize(("user", "password"), [("hub", "guess"), ("nobody", "guess"), ("kitchen", None)])
def test_a_stranger_is_not_let_in(broker: Address, user: str, password: str | None) -> None:
    person = Person(broker, user, password)
    assert not person.let_in
    person.leave()


def test_the_broker_listens_on_the_loopback_only(broker: Address) -> None:
    listening = subprocess.run(["ss", "-ltnH"], capture_output=True, text=True, check=False).stdout
    if not listening:
        pytest.skip("ss is not installed")
    found = [
        line.split()[3] for line in listening.splitlines() if line.split()[3].endswith(f":{broker.port}")
    ]
    assert found == [f"127.0.0.1:{broker.port}"]


def test_nobody_else_may_read_the_passwords(broker: Address, tmp_path: Path) -> None:
    secret = [path for path in tmp_path.rglob("*") if path.name in ("passwords", "embedded.toml")]
    assert secret
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secret)


@pytest.mark.skipif(mosquitto_path() is None, reason="mosquitto is not installed")
def test_a_box_cannot_speak_for_another(tmp_path: Path, logins: Logins) -> None:
    with open_broker(tmp_path, logins, choice="mosquitto") as address:
        hub = Person(address, "hub", logins.passwords["hub"])
        box = Person(address, "kitchen", logins.passwords["kitchen"])
        hub.hear("pillbox/v1/#")
        box.say("pillbox/v1/bedroom/event", "forged")
        box.say("pillbox/v1/kitchen/ack", "forged")
        box.say("pillbox/v1/kitchen/event", "honest")
        assert hub.next() == ("pillbox/v1/kitchen/event", "honest")
        hub.leave()
        box.leave()


def test_a_missing_broker_is_said_in_a_sentence(
    tmp_path: Path, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.demo.broker.mosquitto_path", lambda: None)
    with (
        pytest.raises(CannotStage, match="apt install mosquitto"),
        open_broker(tmp_path, logins, choice="mosquitto"),
    ):
        pass


def test_without_mosquitto_the_embedded_broker_serves(
    tmp_path: Path, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.demo.broker.mosquitto_path", lambda: None)
    with open_broker(tmp_path, logins) as address:
        assert address.kind == "embedded"


def test_a_broker_that_does_not_start_shows_its_log(
    tmp_path: Path, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.demo.broker.mosquitto_path", lambda: "/bin/false")
    with pytest.raises(CannotStage, match="does not start"), open_broker(tmp_path, logins):
        pass


def test_a_child_dies_with_us() -> None:
    code = (
        "import subprocess, sys\n"
        "from controller.demo.broker import dying_with_us\n"
        "child = 'import os, threading; print(os.getpid(), flush=True); threading.Event().wait()'\n"
        "subprocess.Popen(dying_with_us([sys.executable, '-c', child]))\n"
        "input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    eventually(lambda: not runs(pid), what="the child to end")


def test_a_child_whose_parent_is_gone_already_does_not_start(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    command = dying_with_us(["touch", str(mark)])
    code = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    subprocess.run([sys.executable, "-c", code, *command], check=True)
    assert not mark.exists()
    subprocess.run(command, check=True)
    assert mark.exists()


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets."""
    server = socket.create_server(("127.0.0.1", 0))
    code = (
        "import socket, sys\n"
        "server = socket.socket(fileno=int(sys.argv[1]))\n"
        "while True:\n"
        "    end, _ = server.accept()\n"
        "    while chunk := end.recv(100): end.sendall(chunk)\n"
    )
    os.set_inheritable(server.fileno(), True)
    process = subprocess.Popen([sys.executable, "-c", code, str(server.fileno())], pass_fds=[server.fileno()])
    yield server.getsockname()[1]
    process.kill()
    process.wait(10)
    server.close()


def asked(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as end:
        end.sendall(text)
        return end.recv(100)


def test_a_cable_carries_until_it_is_cut_and_again_when_mended(echo: int) -> None:
    cable = Cable(echo)
    with socket.create_connection(("127.0.0.1", cable.port), timeout=5) as end:
        end.sendall(b"one")
        assert end.recv(100) == b"one"
        cable.cut()
        end.settimeout(0.2)
        end.sendall(b"two")
        with pytest.raises(TimeoutError):
            end.recv(100)
        with pytest.raises(ConnectionRefusedError):
            asked(cable.port, b"three")
        cable.mend()
        end.settimeout(5)
        with contextlib.suppress(ConnectionError):  # unread bytes make it a reset instead of an end
            assert end.recv(100) == b""
    assert asked(cable.port, b"four") == b"four"
    cable.close()
    cable.close()
    with pytest.raises(ConnectionRefusedError):
        asked(cable.port, b"five")


def test_the_broker_sees_a_box_vanish_when_its_cable_is_cut(broker: Address, logins: Logins) -> None:
    cable = Cable(broker.port)
    behind = Address(kind=broker.kind, host=broker.host, port=cable.port)
    hub = Person(broker, "hub", logins.passwords["hub"])
    hub.hear("pillbox/v1/+/status")
    box = Person(
        behind, "kitchen", logins.passwords["kitchen"], will=("pillbox/v1/kitchen/status", "gone", 1, True)
    )
    cable.cut()
    assert hub.next() == ("pillbox/v1/kitchen/status", "gone")
    cable.close()
    box.leave()
    hub.leave()


def test_a_letter_is_kept_with_its_address() -> None:
    box = Letterbox()
    post(box.address("bea", "push"), {"title": "Not opened", "message": "Ada's lunch", "type": "info"})
    assert box.letters() == (Letter(to="bea", channel="push", title="Not opened", body="Ada's lunch"),)
    assert box.find(lambda letter: letter.to == "bea") is not None
    assert box.find(lambda letter: letter.to == "bea", after=box.count()) is None
    box.close()


def post(address: str, plain: Any) -> int:
    raw = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
    with urllib.request.urlopen(address.replace("json://", "http://"), raw, timeout=5) as answer:
        status: int = answer.status
        return status


def test_a_malformed_letter_is_refused_and_the_next_one_taken() -> None:
    box = Letterbox()
    with pytest.raises(OSError, match="400"):
        post(box.address("bea", "push"), b"not json")
    assert post(box.address("cem", "mail"), {"title": "t", "message": "m"}) == 200
    assert [letter.to for letter in box.letters()] == ["cem"]
    box.close()


def test_apprise_finds_the_letterbox() -> None:
    import apprise

    box = Letterbox()
    sender = apprise.Apprise()
    assert sender.add(box.address("cem", "mail"))
    assert sender.notify(title="Hello", body="Cem")
    assert box.letters()[0].title == "Hello"
    box.close()


def test_the_watcher_hears_what_is_said_and_can_speak(broker: Address, logins: Logins) -> None:
    watcher = Watcher(broker, "bea", logins.passwords["bea"])
    hub = Watcher(broker, "hub", logins.passwords["hub"])
    status = BoxStatus(v=1, box="kitchen", status="online", because="started")
    before = watcher.count()
    hub.say(outgoing("status", status, box="kitchen"))
    found = watcher.find("status", lambda message: message.box == "kitchen", after=before, within_s=5)
    assert found == status
    assert watcher.last("status") == status
    assert watcher.find("plan", lambda _: True) is None
    watcher.close()
    hub.close()
