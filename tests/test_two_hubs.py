"""Do two real hubs on one database never both alert, whichever of them is killed or frozen?"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from controller.wire.events import HelpRequested
from hub.boot_clock import boot_moment
from hub.config import read_config
from hub.running.guard import DEAF_EXIT
from hub.running.succession import wait_for_turn
from hub.store.sqlite.store import open_store
from tests.hub_parts import (
    ROOT,
    HubProcess,
    Peer,
    Webhook,
    brief_home_toml,
    event,
    installed,
    missed,
)
from tests.parts import Mosquitto, eventually, start_mosquitto

EVENT = "pillbox/v1/kitchen/event"
STATUS = "pillbox/v1/hub/status"
LEASE_S = 3
REFERENCE = re.compile(r"\[(a-[0-9a-f]+/[0-9a-f]{6})\](?: \((\d+)\))?")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with start_mosquitto(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    found = Webhook()
    yield found
    found.end()


class Standby(HubProcess):
    """The real hub program, told to wait for its turn."""

    def start(self, fault: str = "") -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.cli", "run", "--standby", "--config", str(self._config)],
                cwd=ROOT, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    def says(self, words: str, times: int = 1) -> bool:
        """Tell whether all the hubs of this home together have said it so often."""
        return self.log.read_text("utf-8", "replace").count(words) >= times


@pytest.fixture
def config(tmp_path: Path, broker: Mosquitto, webhook: Webhook) -> Path:
    home = brief_home_toml(webhook.address("bea"), webhook.address("cem"))
    found = installed(tmp_path, broker.port, household=home)
    text = found.read_text("utf-8").replace("[hub]\n", f"[hub]\nlease_s = {LEASE_S}\n")
    found.write_text(text, encoding="utf-8")
    return found


@pytest.fixture
def hubs(config: Path) -> Iterator[list[HubProcess]]:
    made: list[HubProcess] = []
    yield made
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.process.send_signal(signal.SIGCONT)
        one.tidy()


def holder(config: Path) -> int:
    """Return the process that holds the lease."""
    with closing(open_store(config.parent / "state" / "hub.db", "read")) as store:
        found = store.lease()
    return 0 if found is None else int(found.holder.partition("-")[0])


def is_held_by(config: Path, hub: HubProcess) -> bool:
    assert hub.process is not None
    return holder(config) == hub.process.pid


def sends(webhook: Webhook) -> Counter[tuple[str, str]]:
    """Return how often each letter was sent under each attempt number."""
    found: Counter[tuple[str, str]] = Counter()
    while not webhook.got.empty():
        for reference, attempt in REFERENCE.findall(webhook.got.get()["message"]):
            found[reference, attempt or "1"] += 1
    return found


def test_a_standby_waits_and_takes_over_at_once_from_a_hub_that_was_killed(
    config: Path, broker: Mosquitto, webhook: Webhook, hubs: list[HubProcess]
) -> None:
    peer = Peer(broker.port, "kitchen")
    one = HubProcess(config)
    hubs.append(one)
    assert b"online" in peer.hears(STATUS)[0]
    two = Standby(config)
    hubs.append(two)
    eventually(lambda: two.says("standing by"))
    assert is_held_by(config, one)
    webhook.gate.clear()
    peer.say(EVENT, event(1, missed()))
    assert webhook.entered.get(timeout=20) == "/bea"
    one.end(signal.SIGKILL)
    eventually(lambda: is_held_by(config, two))
    webhook.gate.set()
    again = webhook.next("/bea", "(2)")
    assert "Sent again" in again["message"]
    assert max(sends(webhook).values(), default=1) == 1
    peer.end()


def test_a_frozen_hub_is_replaced_and_ends_when_it_comes_back_without_a_word(
    config: Path, broker: Mosquitto, webhook: Webhook, hubs: list[HubProcess]
) -> None:
    peer = Peer(broker.port, "kitchen")
    one = HubProcess(config)
    hubs.append(one)
    assert b"online" in peer.hears(STATUS)[0]
    two = Standby(config)
    hubs.append(two)
    eventually(lambda: two.says("standing by"))
    assert one.process is not None
    one.process.send_signal(signal.SIGSTOP)
    eventually(lambda: is_held_by(config, two), within_s=30)
    peer.say(EVENT, event(1, missed()))
    webhook.next("/bea", "not opened")
    one.process.send_signal(signal.SIGCONT)
    assert one.wait() == DEAF_EXIT
    assert b"another hub has taken over" in one.log.read_bytes()
    peer.say(EVENT, event(2, HelpRequested(because="button")))
    assert is_held_by(config, two)
    late = Peer(broker.port, "late")
    assert b"online" in late.hears(STATUS)[0], "whoever ended has not called the other one offline"
    assert max(sends(webhook).values(), default=1) == 1
    late.end()
    peer.end()


def test_a_hub_that_is_not_told_to_wait_is_refused_beside_another(
    config: Path, hubs: list[HubProcess], broker: Mosquitto
) -> None:
    peer = Peer(broker.port, "kitchen")
    hubs.append(HubProcess(config))
    assert b"online" in peer.hears(STATUS)[0]
    other = HubProcess(config)
    hubs.append(other)
    assert other.wait() == 2
    peer.end()


def test_whatever_freezes_and_comes_back_no_attempt_is_sent_by_two_hubs(
    config: Path, broker: Mosquitto, webhook: Webhook, hubs: list[HubProcess], tmp_path: Path
) -> None:
    """Four changes of hands while letters fail and are tried again."""
    webhook.status = 500
    peer = Peer(broker.port, "kitchen")
    acting = Standby(config)
    hubs.append(acting)
    eventually(partial(acting.says, "connected to"))
    peer.say(EVENT, event(1, missed()))
    for turn in range(4):
        waiting = Standby(config)
        hubs.append(waiting)
        eventually(partial(waiting.says, "standing by", turn + 1))
        eventually(partial(waiting.says, "connected to", turn + 1), within_s=20)
        assert acting.process is not None
        acting.process.send_signal(signal.SIGKILL if turn % 2 else signal.SIGSTOP)
        eventually(partial(is_held_by, config, waiting), within_s=30)
        if turn % 2 == 0:
            acting.process.send_signal(signal.SIGCONT)
        acting.wait()
        acting = waiting
    webhook.status = 200
    ends = [one.process.returncode for one in hubs[:-1] if one.process]
    assert ends[1::2] == [-9, -9]
    assert set(ends[::2]) <= {DEAF_EXIT, 2}, "2 where it was frozen before its loop turned"
    peer.say(EVENT, event(2, HelpRequested(because="button")))
    eventually(lambda: not webhook.got.empty())
    found = sends(webhook)
    assert len(found) >= 2, "at least two attempts"
    assert max(found.values()) == 1, found
    peer.end()


def test_a_standby_that_finds_nobody_acts_at_once(config: Path) -> None:
    def refuse(seconds: float) -> None:
        raise AssertionError("nobody is there to wait for")

    with closing(wait_for_turn(read_config(config), refuse)) as store:
        found = store.lease()
    assert found is not None
    assert not found.is_over(boot_moment())


def test_a_standby_leaves_a_lease_alone_that_is_not_over(config: Path) -> None:
    settings = read_config(config)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            raise TimeoutError

    with closing(wait_for_turn(settings)) as store:
        with pytest.raises(TimeoutError):
            wait_for_turn(settings, pause)
        store.keep_lease()
