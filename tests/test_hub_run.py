"""Does the running hub keep what it hears, tell whom it must, and end or go on as it should?"""

from __future__ import annotations

import json
import queue
import random
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.wire.topics import match_topic
from hub.config import read_config
from hub.errors import StoreRefused
from hub.letters.parcels import REPEATED
from hub.running.guard import DEAF_EXIT, watch_over
from hub.running.link import Arrived
from hub.running.run import Hub, Stop
from hub.store.sqlite.store import SqliteStore, open_store
from tests.hub_parts import (
    DUE_MS,
    MORNING,
    HubProcess,
    Peer,
    Webhook,
    brief_home_toml,
    compressed,
    event,
    home_toml,
    install,
    installed,
    lid,
    missed,
    pillbox_hub,
    taken,
)
from tests.parts import Mosquitto, eventually, free_port, start_mosquitto

EVENT = "pillbox/v1/kitchen/event"
ACK = "pillbox/v1/kitchen/ack"
PLAN = "pillbox/v1/kitchen/plan"
STATUS = "pillbox/v1/hub/status"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with start_mosquitto(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    found = Webhook()
    yield found
    found.end()


@pytest.fixture
def peer(broker: Mosquitto) -> Iterator[Peer]:
    found = Peer(broker.port, "kitchen")
    yield found
    found.end()


@pytest.fixture
def hubs() -> Iterator[Callable[..., HubProcess]]:
    made: list[HubProcess] = []

    def start(config: Path, **how: Any) -> HubProcess:
        made.append(HubProcess(config, **how))
        return made[-1]

    yield start
    for one in made:
        one.tidy()


def acked(peer: Peer, seq: int, within_s: float = 20.0) -> None:
    """Wait until the hub has said that everything up to `seq` is durable."""
    while json.loads(peer.hears(ACK, within_s)[0])["seq"] < seq:
        pass


def rows(config: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.parent / "state" / "hub.db")) as database:
        return database.execute(sql).fetchall()


def outcome(config: Path) -> list[tuple[Any, ...]]:
    return rows(config, f"SELECT outcome FROM slot WHERE slot = '{MORNING}'")


class InProcess:
    """The hub's loop in a thread of the test, so that the test can break its parts."""

    def __init__(self, config: Path, spoil: Callable[[Hub, SqliteStore], None] | None = None) -> None:
        self.status: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.hub: Hub
        ready = threading.Event()

        def run() -> None:
            settings = read_config(config)
            with closing(open_store(settings.database, "hub")) as store:
                self.store = store
                self.hub = Hub(settings, store)
                if spoil is not None:
                    spoil(self.hub, store)
                ready.set()
                self.status.put(self.hub.run())

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        assert ready.wait(10)

    def end(self) -> int:
        self.hub.inbox.put(Stop())
        return self.status.get(timeout=15)


def test_an_event_is_stored_then_acknowledged_and_the_plan_and_status_stand(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    hub = hubs(config)
    assert json.loads(peer.hears(STATUS)[0])["status"] == "online"
    assert json.loads(peer.hears(PLAN)[0])["slots"]
    peer.say(EVENT, event(1, taken()))
    acked(peer, 1)
    assert rows(config, "SELECT seq, kind FROM event") == [(1, "dose.taken")]
    assert outcome(config) == [("taken",)]
    late = Peer(broker.port, "late")
    assert late.hears(PLAN)[1], "the plan stands at the broker"
    assert hub.end() == 0
    assert json.loads(late.hears(STATUS)[0]) == {"v": 1, "status": "offline", "because": "stopped"}
    late.end()


def test_garbage_on_every_topic_stops_nothing(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    hubs(config)
    peer.hears(STATUS)
    chance = random.Random(7)
    topics = [
        EVENT, "pillbox/v1/kitchen/status", "pillbox/v1/kitchen/state", "pillbox/v1/kitchen/alert/a-1/ack",
        "pillbox/v1/other/event", "pillbox/v1/hub/event", "pillbox/v1/KITCHEN/event", "pillbox/v1/ /status",
    ]  # fmt: skip
    good = event(1, taken())
    garbage = [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", b"{" * 5000, b'"' + b"x" * 70_000 + b'"', b"9" * 5000,
        good.replace('"kitchen"', '"other"').encode(), good.replace("dose.taken", "dose.stolen").encode(),
        good.replace('"seq":1', '"seq":-1').encode(), good.replace('"v":1', '"v":2').encode(),
    ]  # fmt: skip
    for _ in range(300):
        payload = chance.choice(garbage)
        if chance.random() < 0.3:
            payload = chance.randbytes(chance.randrange(60))
        peer.client.publish(chance.choice(topics), payload, qos=chance.choice((0, 1)))
    # The garbage may have filled the first place of the stream with an event of an unknown kind.
    peer.say(EVENT, event(1, taken(), stream="s2"))
    while json.loads(peer.hears(ACK)[0])["stream"] != "s2":
        pass
    assert outcome(config) == [("taken",)]
    assert rows(config, "SELECT COUNT(*) FROM quarantine")[0][0] > 5


DIE_BEFORE_THE_ACK = """
import os, hub.running.link
say = hub.running.link.Link.publish
def publish(self, messages):
    if any(message.topic.endswith("/ack") for message in messages):
        os._exit(9)
    return say(self, messages)
hub.running.link.Link.publish = publish
"""

DIE_BEFORE_THE_COMMIT = """
import os, hub.engine
hub.engine.Turn.commit = lambda *_: os._exit(9)
"""


@pytest.mark.parametrize("fault", [DIE_BEFORE_THE_ACK, DIE_BEFORE_THE_COMMIT])
def test_a_hub_that_dies_around_the_commit_loses_and_doubles_nothing(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any, fault: str
) -> None:
    config = installed(tmp_path, broker.port)
    # The session must exist before the hub dies: only then does the broker keep messages for it.
    hub = hubs(config)
    peer.hears(STATUS)
    hub.end()
    peer.say(EVENT, event(1, lid()))
    if fault is DIE_BEFORE_THE_ACK:
        hub.start(fault)
        assert hub.wait() == 9
        assert rows(config, "SELECT seq FROM event") == [(1,)]
    else:
        # It dies at once, over its very first turn.
        hub.start(fault)
        assert hub.wait() == 9
        assert rows(config, "SELECT seq FROM event") == []
    hub.start()
    acked(peer, 1)
    peer.say(EVENT, event(2, taken()))
    acked(peer, 2)
    assert rows(config, "SELECT seq FROM event ORDER BY seq") == [(1,), (2,)]
    assert rows(config, "SELECT COUNT(*) FROM outcome WHERE outcome = 'taken'") == [(1,)]


def test_a_hub_killed_at_random_moments_stores_every_event_once(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    hub = hubs(config)
    peer.hears(STATUS)
    total, chance = 400, random.Random(11)
    pause = threading.Event()
    for seq in range(1, total + 1):
        peer.client.publish(EVENT, event(seq, lid(), at_ms=DUE_MS + seq), qos=1)
        if seq % 100 == 50:
            pause.wait(chance.uniform(0.0, 0.3))
            hub.end(signal.SIGKILL)
            hub.start()
    # The broker may have given up a message; a box sends again what is not acknowledged, so does this one.
    eventually(lambda: resent(peer, config, total), within_s=20, what="all events stored")
    assert rows(config, "SELECT seq FROM event ORDER BY seq") == [(seq,) for seq in range(1, total + 1)]


def resent(peer: Peer, config: Path, total: int) -> bool:
    """Send again what is above the hub's watermark; tell whether nothing is."""
    known = rows(config, "SELECT watermark FROM stream WHERE box = 'kitchen'")
    mark = known[0][0] if known else 0
    if mark < total:
        peer.say(EVENT, event(mark + 1, lid(), at_ms=DUE_MS + mark + 1))
    return bool(mark == total)


def test_a_full_disk_keeps_messages_unacknowledged_and_heals(
    tmp_path: Path, broker: Mosquitto, peer: Peer
) -> None:
    config = installed(tmp_path, broker.port)
    watched = InProcess(config)
    peer.hears(PLAN)

    def full(*_: Any) -> Any:
        raise StoreRefused("the database refused: database or disk is full")

    watched.store.transaction = full  # type: ignore[method-assign]  # this is the fault
    peer.say(EVENT, event(1, taken()))
    while json.loads(peer.hears(STATUS)[0])["because"] != "cannot_record":
        pass
    assert rows(config, "SELECT COUNT(*) FROM event") == [(0,)]
    assert watched.thread.is_alive()
    del watched.store.transaction
    acked(peer, 1)
    while json.loads(peer.hears(STATUS)[0])["status"] != "online":
        pass
    assert rows(config, "SELECT COUNT(*) FROM event") == [(1,)]
    assert watched.end() == 0


def test_a_database_that_may_not_grow_is_a_full_disk(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)

    def shrink(hub: Hub, store: SqliteStore) -> None:
        honest = hub.engine.take

        def take(arrivals: Any, at_ms: int) -> Any:
            pages = store._row("PRAGMA page_count")
            assert pages is not None
            limit = store._row("PRAGMA max_page_count")
            if limit is None or limit[0] > 1_000_000:
                store._row(f"PRAGMA max_page_count = {pages[0] + 8}")
            return honest(arrivals, at_ms)

        hub.engine.take = take  # type: ignore[method-assign]  # the disk fills up under a running hub

    watched = InProcess(config, shrink)
    peer.hears(PLAN)
    for seq in range(1, 400):
        peer.client.publish(EVENT, event(seq, lid(), at_ms=DUE_MS + seq), qos=1)
    while json.loads(peer.hears(STATUS)[0])["because"] != "cannot_record":
        pass
    assert watched.thread.is_alive()
    assert watched.end() == 0
    hub = hubs(config)
    acked(peer, 399)
    hub.end()
    assert rows(config, "SELECT COUNT(*) FROM event") == [(399,)]


def test_a_message_that_trips_over_a_bug_stops_no_other(
    tmp_path: Path, broker: Mosquitto, peer: Peer, caplog: Any
) -> None:
    config = installed(tmp_path, broker.port)

    def spoil(hub: Hub, _: SqliteStore) -> None:
        honest = hub.engine.take

        def take(arrivals: Any, at_ms: int) -> Any:
            if any(b"trip" in one.payload for one in arrivals):
                raise ZeroDivisionError
            return honest(arrivals, at_ms)

        hub.engine.take = take  # type: ignore[method-assign]  # this is the fault

    watched = InProcess(config, spoil)
    peer.hears(STATUS)
    for topic in range(3):
        peer.client.publish(f"pillbox/v1/kitchen/{'state' if topic else 'status'}", b"trip", qos=1)
    peer.say(EVENT, event(1, taken()))
    acked(peer, 1)
    assert "left aside" in caplog.text
    assert watched.end() == 0


def test_a_batch_is_confirmed_only_after_its_commit(tmp_path: Path, broker: Mosquitto, peer: Peer) -> None:
    config = installed(tmp_path, broker.port)
    order: list[str] = []

    def spoil(hub: Hub, store: SqliteStore) -> None:
        run, say, confirm = store._run, hub.link.publish, hub.link.confirm

        def recorded(sql: str, *more: Any) -> Any:
            done = run(sql, *more)
            if sql == "COMMIT":
                order.append("commit")
            return done

        def published(messages: Any) -> Any:
            order.extend("ack" for one in messages if one.topic == ACK)
            return say(messages)

        def confirmed(arrived: Any) -> None:
            order.append("confirm")
            confirm(arrived)

        listeners = (
            (store, "_run", recorded),
            (hub.link, "publish", published),
            (hub.link, "confirm", confirmed),
        )
        for part, name, listener in listeners:
            setattr(part, name, listener)

    watched = InProcess(config, spoil)
    peer.hears(PLAN)
    peer.say(EVENT, event(1, lid()))
    acked(peer, 1)
    watched.end()
    end = order.index("ack")
    assert order[end - 1 : end + 2] == ["commit", "ack", "confirm"]


def test_an_import_by_another_process_is_followed_at_once_on_sighup(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    hub = hubs(config)
    first = json.loads(peer.hears(PLAN)[0])["plan"]
    household = config.parent / "household.toml"
    household.write_text(home_toml().replace('"08:00" = 0.5', '"09:00" = 0.5'))
    assert pillbox_hub("import", household, "--config", config).returncode == 0
    hub.process.send_signal(signal.SIGHUP)
    second = json.loads(peer.hears(PLAN)[0])
    assert second["plan"] != first
    assert "09:00" in second["slots"][0]["slot"] + second["slots"][1]["slot"]


def test_a_hub_without_a_household_waits_for_one(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = install(tmp_path / "hub", broker.port, clock=compressed(1))
    hubs(config)
    peer.hears(STATUS)
    peer.say(EVENT, event(1, taken()))
    assert pillbox_hub("import", config.parent / "household.toml", "--config", config).returncode == 0
    assert json.loads(peer.hears(PLAN, 10)[0])["slots"]
    peer.say(EVENT, event(1, taken()))
    acked(peer, 1)


def test_a_stored_household_that_cannot_be_read_any_more_leaves_the_one_before(
    tmp_path: Path, broker: Mosquitto, peer: Peer, caplog: Any
) -> None:
    config = installed(tmp_path, broker.port)
    watched = InProcess(config)
    peer.hears(PLAN)
    with closing(open_store(read_config(config).database, "write")) as store, store.transaction():
        store.add_household("[home]\n", DUE_MS)
    eventually(lambda: "the one before it stays" in caplog.text)
    peer.say(EVENT, event(1, taken()))
    acked(peer, 1)
    assert watched.end() == 0


def test_a_missed_dose_climbs_the_ladder_also_over_a_kill(
    tmp_path: Path, broker: Mosquitto, peer: Peer, webhook: Webhook, hubs: Any
) -> None:
    text = brief_home_toml(webhook.address("bea"), webhook.address("cem"))
    text = text.replace('after = "15m"', 'after = "1m"')
    config = installed(tmp_path, broker.port, clock=compressed(10), household=text)
    hub = hubs(config)
    peer.hears(STATUS)
    peer.say(EVENT, event(1, missed()))
    first = webhook.next("/bea", "not opened")
    assert "azathioprine" not in first["title"].lower()
    hub.end(signal.SIGKILL)
    hub.start()
    webhook.next("/cem", "not opened")
    alert = json.loads(peer.hears_like("pillbox/v1/kitchen/alert/", b"dose.missed"))
    ack = {"v": 1, "alert": alert["alert"], "by": "bea", "intent": "visiting"}
    peer.say(f"pillbox/v1/kitchen/alert/{alert['alert']}/ack", json.dumps(ack))
    peer.hears_like("pillbox/v1/kitchen/alert/", b'"acknowledged"')
    webhook.next("/cem", "Bea")


def test_an_attempt_whose_end_is_unknown_is_made_again_and_says_so(
    tmp_path: Path, broker: Mosquitto, peer: Peer, webhook: Webhook, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port, household=brief_home_toml(webhook.address("bea")))
    webhook.gate.clear()
    hub = hubs(config)
    peer.hears(STATUS)
    peer.say(EVENT, event(1, missed()))
    assert webhook.entered.get(timeout=10) == "/bea"
    hub.end(signal.SIGKILL)
    webhook.gate.set()
    webhook.got.get(timeout=5)
    hub.start()
    assert REPEATED in webhook.next("/bea", "not opened")["message"]
    eventually(lambda: rows(config, "SELECT state FROM message") == [("delivered",)])
    assert len(rows(config, "SELECT attempt FROM attempt")) == 2


def test_a_hanging_channel_holds_up_neither_events_nor_other_people(
    tmp_path: Path, broker: Mosquitto, peer: Peer, webhook: Webhook, hubs: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dead = f"json://127.0.0.1:{silent.getsockname()[1]}/bea"
        text = brief_home_toml(dead, webhook.address("cem")).replace('after = "15m"', 'after = "1m"')
        config = installed(tmp_path, broker.port, clock=compressed(10), household=text)
        hubs(config)
        peer.hears(STATUS)
        peer.say(EVENT, event(1, missed()))
        acked(peer, 1, within_s=3)
        webhook.next("/cem", "not opened", within_s=12)
        peer.say(EVENT, event(2, lid()))
        acked(peer, 2, within_s=3)


def test_with_messages_switched_off_they_wait(
    tmp_path: Path, broker: Mosquitto, peer: Peer, webhook: Webhook, hubs: Any
) -> None:
    text = brief_home_toml(webhook.address("bea"))
    config = installed(tmp_path, broker.port, notify="enabled = false", household=text)
    hub = hubs(config)
    peer.hears(STATUS)
    peer.say(EVENT, event(1, missed()))
    acked(peer, 1)
    hub.end()
    assert ("pending",) in rows(config, "SELECT state FROM message")
    assert webhook.entered.empty()
    config.write_text(config.read_text().replace("enabled = false", ""))
    hub.start()
    webhook.next("/bea", "not opened")


def test_a_deaf_hub_ends_so_that_it_is_started_again(
    tmp_path: Path, broker: Mosquitto, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    config = installed(tmp_path, broker.port)
    watched = InProcess(config)
    peer.hears(STATUS)

    def fatal(*_: Any) -> None:
        raise SystemExit

    watched.hub.link._client.on_message = fatal  # type: ignore[union-attr]  # it is connected
    peer.say(EVENT, event(1, lid()))
    assert watched.status.get(timeout=10) == DEAF_EXIT


def test_a_loop_that_hangs_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.running.guard.STUCK_S", 0.05)
    ends: list[int] = []
    watch_over(lambda: 0.0, ends.append)
    assert ends == [DEAF_EXIT]


def test_a_loop_that_turns_is_let_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.running.guard.STUCK_S", 0.2)
    looked = threading.Event()
    ends: list[int] = []
    looks = iter(range(5))

    def turned() -> float:
        if next(looks, None) is None:
            looked.set()
            return 0.0
        return float("inf")

    watch_over(turned, ends.append)
    assert looked.is_set(), "it did not end before the loop hung"
    assert ends == [DEAF_EXIT]


def test_the_service_manager_is_told_of_start_life_and_end(
    tmp_path: Path, broker: Mosquitto, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        hub = hubs(config, environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert manager.recv(100) == b"READY=1"
        assert manager.recv(100) == b"WATCHDOG=1"
        hub.process.send_signal(signal.SIGTERM)
        while (said := manager.recv(100)) != b"STOPPING=1":
            assert said == b"WATCHDOG=1"
        assert hub.wait() == 0


def test_no_broker_is_no_reason_to_end_and_the_hub_goes_on_when_it_is_back(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    hub = hubs(config)
    peer.hears(STATUS)
    broker.kill()
    broker.start()
    again = Peer(broker.port, "kitchen-again")
    assert json.loads(again.hears(STATUS, 15)[0])["status"] == "online"
    again.say(EVENT, event(1, taken()))
    acked(again, 1)
    assert hub.end() == 0
    again.end()


def test_a_second_hub_on_the_same_records_is_refused(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    hubs(config)
    peer.hears(STATUS)
    second = pillbox_hub("run", "--config", config)
    assert second.returncode == 2
    assert "another hub is running" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_hub_with_nobody_to_talk_to_still_starts_and_ends_cleanly(tmp_path: Path, hubs: Any) -> None:
    config = installed(tmp_path, free_port())
    hub = hubs(config)
    eventually(lambda: "no broker answers" in hub.log.read_text())
    assert hub.end() == 0


def test_everything_in_the_queue_is_known(tmp_path: Path) -> None:
    config = read_config(install(tmp_path, free_port()))
    with closing(open_store(None)) as store:
        hub = Hub(config, store)
        hub.inbox.put(Arrived(EVENT, b"", 1, 1, 0))
        hub.inbox.put("a stranger")
        with pytest.raises(TypeError, match="a stranger"):
            hub.turn()


def test_the_topics_of_these_tests_are_those_of_the_wire() -> None:
    names = {"event": EVENT, "ack": ACK, "plan": PLAN, "hub_status": STATUS}
    assert {name: match_topic(topic)[0] for name, topic in names.items()} == {name: name for name in names}  # type: ignore[index]  # each is one


def test_over_the_old_protocol_nothing_is_lost_either(
    tmp_path: Path, broker: Mosquitto, peer: Peer, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port)
    config.write_text(config.read_text().replace("[broker]\n", '[broker]\nmqtt = "3.1.1"\n'))
    hub = hubs(config)
    peer.hears(STATUS)
    hub.end(signal.SIGKILL)
    for seq in range(1, 101):
        peer.say(EVENT, event(seq, lid(), at_ms=DUE_MS + seq))
    hub.start()
    acked(peer, 100)
    assert "MQTT 3.1.1" in hub.log.read_text()
    assert rows(config, "SELECT COUNT(*), MAX(seq) FROM event") == [(100, 100)]


def test_an_acknowledgement_by_a_stranger_changes_nothing(
    tmp_path: Path, broker: Mosquitto, peer: Peer, webhook: Webhook, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port, household=brief_home_toml(webhook.address("bea")))
    hubs(config)
    peer.hears(STATUS)
    peer.say(EVENT, event(1, missed()))
    alert = json.loads(peer.hears_like("pillbox/v1/kitchen/alert/", b"dose.missed"))["alert"]
    topic = f"pillbox/v1/kitchen/alert/{alert}/ack"
    peer.say(topic, json.dumps({"v": 1, "alert": alert, "by": "eve"}))
    peer.say(EVENT, event(2, lid()))
    acked(peer, 2)
    webhook.next("/bea", "not opened")
    eventually(lambda: rows(config, f"SELECT state FROM alert WHERE alert = '{alert}'") == [("told",)])
    peer.say(topic, json.dumps({"v": 1, "alert": alert, "by": "bea"}))
    peer.hears_like("pillbox/v1/kitchen/alert/", b'"acknowledged"')


def test_every_connection_finds_plan_and_open_alerts_at_a_broker_that_forgot_them(
    tmp_path: Path, broker: Mosquitto, peer: Peer, webhook: Webhook, hubs: Any
) -> None:
    config = installed(tmp_path, broker.port, household=brief_home_toml(webhook.address("bea")))
    hubs(config)
    peer.hears(STATUS)
    peer.say(EVENT, event(1, missed()))
    alert = json.loads(peer.hears_like("pillbox/v1/kitchen/alert/", b"dose.missed"))["alert"]
    broker.kill()
    for kept in broker.directory.glob("mosquitto.db*"):
        kept.unlink()
    broker.start()
    again = Peer(broker.port, "again")
    found: set[str] = set()
    while {"plan", alert} - found:
        topic, _, _ = again.heard.get(timeout=20)
        found.add(topic.rpartition("/")[2])
    again.end()


def test_a_message_to_a_channel_that_is_gone_is_a_failure_and_the_ladder_climbs_on(
    tmp_path: Path, broker: Mosquitto, peer: Peer, webhook: Webhook, hubs: Any
) -> None:
    text = brief_home_toml(bea := webhook.address("bea"), webhook.address("cem")).replace(
        'after = "15m"', 'after = "1m"'
    )
    config = installed(tmp_path, broker.port, notify="enabled = false", clock=compressed(10), household=text)
    hub = hubs(config)
    peer.hears(STATUS)
    peer.say(EVENT, event(1, missed()))
    acked(peer, 1)
    hub.end()
    # Between the alert and its letter, somebody takes Bea's address away.
    gone = text.replace(f'push = "{bea}"', 'mobile = "json://127.0.0.1:9/x"').replace("push", "mobile")
    (config.parent / "household.toml").write_text(gone)
    assert pillbox_hub("import", config.parent / "household.toml", "--config", config).returncode == 0
    config.write_text(config.read_text().replace("enabled = false", ""))
    hub.start()
    webhook.next("/cem", "not opened")
    assert any(
        "no address for this channel" in reply for (reply,) in rows(config, "SELECT reply FROM attempt")
    )
