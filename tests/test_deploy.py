"""Does what we tell people to install hold: broker rules, durability, units, example files?"""

from __future__ import annotations

import queue
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from controller.demo.broker import Logins, acl_lines, make_logins, password_lines
from controller.wire.topics import TOPICS, topic_of
from tests.parts import LOOPBACK, Mosquitto, answers, eventually, free_port, need_mosquitto, start_mosquitto

DEPLOY = Path(__file__).parent.parent / "deploy"
USERS = ("hub", "kitchen", "bedroom", "bea-phone")


@pytest.fixture
def logins() -> Logins:
    return make_logins(hub="hub", boxes=("kitchen", "bedroom"), watchers=("bea-phone",))


def shipped_rules(directory: Path, logins: Logins) -> str:
    """Return the shipped mosquitto.conf as it is, with only its paths and its listener moved here."""
    (directory / "passwords").write_text(password_lines(logins))
    (directory / "acl").write_text((DEPLOY / "mosquitto" / "pillbox.acl").read_text())
    moved = []
    for line in (DEPLOY / "mosquitto" / "pillbox.conf").read_text().splitlines():
        word = line.partition(" ")[0]
        if word == "listener":
            continue
        place = {"password_file": "passwords", "acl_file": "acl"}.get(word)
        moved.append(f"{word} {directory / place}" if place else line)
    # tests.parts writes the listener and the place of the persistence, and would queue without a bound.
    return "\n".join(line for line in moved if not line.startswith("max_queued_messages")) + "\n"


@pytest.fixture
def broker(tmp_path: Path, logins: Logins) -> Iterator[Mosquitto]:
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker", extra=prepared(tmp_path, logins)) as found:
        yield found


def prepared(tmp_path: Path, logins: Logins) -> str:
    return shipped_rules(tmp_path, logins)


class Peer:
    """A client whose messages are kept, in any version of MQTT."""

    def __init__(self, port: int, user: str, password: str, *, client_id: str | None = None) -> None:
        self.heard: queue.Queue[tuple[str, str]] = queue.Queue()
        self.ready: queue.Queue[bool] = queue.Queue()
        self.lost: queue.Queue[str] = queue.Queue()
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id or user, protocol=MQTTProtocolVersion.MQTTv5
        )
        self.client.username_pw_set(user, password)
        self.client.on_message = lambda _c, _u, raw: self.heard.put((raw.topic, raw.payload.decode()))
        self.client.on_connect = lambda _c, _u, _f, reason, _p: self.ready.put(not reason.is_failure)
        self.client.on_subscribe = lambda *_: self.ready.put(True)
        self.client.on_disconnect = lambda _c, _u, _f, reason, _p: self.lost.put(str(reason))
        self.client.connect(LOOPBACK, port, keepalive=20)
        self.client.loop_start()
        self.let_in = self.ready.get(timeout=5)

    def hear(self, topics: str) -> None:
        self.client.subscribe(topics, 1)
        assert self.ready.get(timeout=5)

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, 1, retain).wait_for_publish(5)

    def next(self) -> tuple[str, str]:
        return self.heard.get(timeout=5)

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def enter(broker: Mosquitto, logins: Logins) -> Iterator[Any]:
    everybody: list[Peer] = []

    def let(user: str, *, client_id: str | None = None) -> Peer:
        peer = Peer(broker.port, user, logins.passwords[user], client_id=client_id)
        assert peer.let_in
        everybody.append(peer)
        return peer

    yield let
    for peer in everybody:
        peer.leave()


def topics_of(sender: str) -> list[str]:
    return [topic_of(name, box="kitchen", alert="a1") for name, row in TOPICS.items() if row.sender == sender]


def arrives(said: Peer, heard: Peer, topic: str) -> bool:
    """Tell whether a message passes; what is refused is seen by the next one overtaking it."""
    said.say(topic, "asked")
    heard.client.publish("pillbox/v1/probe/end", "end", 1)
    while (message := heard.next())[0] != "pillbox/v1/probe/end":
        if message[0] == topic:
            assert heard.next()[0] == "pillbox/v1/probe/end"
            return True
    return False


@pytest.mark.parametrize("topic", topics_of("box"))
def test_a_box_speaks_on_its_own_topics_only(enter: Any, topic: str) -> None:
    hub, kitchen, bedroom = enter("hub"), enter("kitchen"), enter("bedroom")
    hub.hear("pillbox/v1/#")
    assert arrives(kitchen, hub, topic)
    assert not arrives(bedroom, hub, topic)


@pytest.mark.parametrize("topic", topics_of("hub"))
def test_no_box_and_no_caregiver_speaks_for_the_hub(enter: Any, topic: str) -> None:
    hub, kitchen, bea = enter("hub"), enter("kitchen"), enter("bea-phone")
    hub.hear("pillbox/v1/#")
    assert not arrives(kitchen, hub, topic)
    assert not arrives(bea, hub, topic)


@pytest.mark.parametrize("topic", topics_of("caregiver"))
def test_a_caregiver_acknowledges_and_a_box_does_not(enter: Any, topic: str) -> None:
    hub, kitchen, bea = enter("hub"), enter("kitchen"), enter("bea-phone")
    hub.hear("pillbox/v1/#")
    assert arrives(bea, hub, topic)
    assert not arrives(kitchen, hub, topic)


def test_a_box_hears_what_is_meant_for_it_and_nothing_else(enter: Any) -> None:
    hub, kitchen = enter("hub"), enter("kitchen")
    kitchen.hear("pillbox/v1/#")
    for name in ("ack", "plan", "command"):
        hub.say(topic_of(name, box="bedroom"), "private")
        hub.say(topic_of(name, box="kitchen"), "mine")
    hub.say(topic_of("alert", box="kitchen", alert="a1"), "private")
    hub.say(topic_of("hub_status"), "there")
    heard = [kitchen.next() for _ in range(4)]
    assert heard == [
        (topic_of("ack", box="kitchen"), "mine"),
        (topic_of("plan", box="kitchen"), "mine"),
        (topic_of("command", box="kitchen"), "mine"),
        (topic_of("hub_status"), "there"),
    ]


def test_a_caregiver_sees_no_plan(enter: Any) -> None:
    hub, bea = enter("hub"), enter("bea-phone")
    bea.hear("pillbox/v1/#")
    hub.say(topic_of("plan", box="kitchen"), "private")
    hub.say(topic_of("event", box="kitchen"), "private")
    hub.say(topic_of("alert", box="kitchen", alert="a1"), "told")
    assert bea.next() == (topic_of("alert", box="kitchen", alert="a1"), "told")


def test_a_box_cannot_take_the_session_of_the_hub(enter: Any) -> None:
    hub = enter("hub")
    hub.hear("pillbox/v1/+/event")
    thief = enter("bedroom", client_id="hub")
    thief.say(topic_of("event", box="bedroom"), "still heard")
    assert hub.next() == (topic_of("event", box="bedroom"), "still heard")
    assert hub.lost.empty()


def test_retained_messages_survive_a_killed_broker(broker: Mosquitto, logins: Logins) -> None:
    hub = Peer(broker.port, "hub", logins.passwords["hub"])
    hub.say(topic_of("plan", box="kitchen"), "the plan", retain=True)
    hub.leave()
    saved = broker.directory / "mosquitto.db"
    eventually(lambda: saved.exists() and b"the plan" in saved.read_bytes(), what="the plan to be saved")
    broker.kill()
    broker.start()
    kitchen = Peer(broker.port, "kitchen", logins.passwords["kitchen"])
    kitchen.hear(topic_of("plan", box="kitchen"))
    assert kitchen.next() == (topic_of("plan", box="kitchen"), "the plan")
    kitchen.leave()


def test_a_wrong_password_is_refused(broker: Mosquitto) -> None:
    peer = Peer(broker.port, "hub", "guess")
    assert not peer.let_in
    peer.leave()


# What Debian's package installs as /etc/mosquitto/mosquitto.conf, with places for the test's own paths.
DEBIAN = """\
pid_file {here}/mosquitto.pid
persistence true
persistence_location {here}/
log_dest file {here}/mosquitto.log
include_dir {here}/conf.d
"""


def test_the_shipped_configuration_starts_beside_debians_own(tmp_path: Path, logins: Logins) -> None:
    path = need_mosquitto()
    (tmp_path / "passwords").write_text(password_lines(logins))
    port = free_port()
    text = (DEPLOY / "mosquitto" / "pillbox.conf").read_text()
    for old, new in {
        "/etc/mosquitto/pillbox.passwords": str(tmp_path / "passwords"),
        "/etc/mosquitto/pillbox.acl": str(DEPLOY / "mosquitto" / "pillbox.acl"),
        "listener 1883": f"listener {port}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "pillbox.conf").write_text(text)
    config = tmp_path / "mosquitto.conf"
    config.write_text("user root\n" + DEBIAN.format(here=tmp_path))
    with subprocess.Popen([path, "-c", config]) as process:
        try:
            eventually(lambda: answers(port), what="mosquitto to start")
        finally:
            process.terminate()
    assert "Error" not in (tmp_path / "mosquitto.log").read_text()


def test_the_rules_of_the_demo_are_those_that_are_shipped(logins: Logins) -> None:
    """Each line for a box is the shipped pattern with the name of the box put in."""
    shipped = {
        line.removeprefix("pattern ").replace("%u", "kitchen")
        for line in (DEPLOY / "mosquitto" / "pillbox.acl").read_text().splitlines()
        if line.startswith("pattern")
    }
    block = acl_lines(logins).partition("user kitchen\n")[2].partition("\n\n")[0]
    assert {line.removeprefix("topic ") for line in block.splitlines()} == shipped


UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_has_what_the_services_rely_on(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    wanted = [
        "Type=notify", "WatchdogSec=30", "Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=true",
        "ProtectSystem=strict", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    ]  # fmt: skip
    assert [line for line in wanted if line not in lines] == []


def test_the_controller_unit_names_the_pin_library_and_a_place_for_its_fifo() -> None:
    text = (DEPLOY / "systemd" / "pillbox-controller.service").read_text()
    assert "GPIOZERO_PIN_FACTORY=lgpio" in text
    assert "LG_WD=/run/pillbox" in text
    assert "SupplementaryGroups=gpio i2c video input audio" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_a_unit(unit: Path, tmp_path: Path) -> None:
    placed = tmp_path / unit.name
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    lines = [
        f"ExecStart={program}" if line.startswith("ExecStart=") else line
        for line in unit.read_text().splitlines()
        if not line.startswith("Documentation=")
    ]
    placed.write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", placed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_hardened(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "offline" in done.stderr and done.returncode:
        pytest.skip("this systemd-analyze cannot judge a file")
    assert done.returncode == 0, done.stdout[-300:]


def test_the_example_marks_as_kept_what_the_manual_says_nothing_follows_from() -> None:
    lines = (DEPLOY / "household.toml").read_text("utf-8").splitlines()
    marked = {line.partition(" = ")[0] for line in lines if "# (kept)" in line}
    manual = (DEPLOY.parent / "docs" / "using.md").read_text("utf-8")
    table = manual.partition("not yet acted on")[2].partition("\n## ")[0]
    assert marked == set(re.findall(r"^\| `\[\[\w+\]\] (\w+)` \|", table, re.MULTILINE))


def test_the_example_configurations_are_read(tmp_path: Path) -> None:
    from controller.installing.config import read_config as read_controller
    from hub.config import read_config as read_hub
    from hub.household.reading import read_household

    assert read_hub(DEPLOY / "hub.toml").broker.user == "hub"
    assert read_household(DEPLOY / "household.toml").boxes
    assert read_controller(DEPLOY / "controller.toml").box in read_household(DEPLOY / "household.toml").boxes
