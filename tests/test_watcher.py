"""Does the outside watcher hear of a hub that is well, and of none that only seems so?"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hub.config import WatcherSettings, read_config
from hub.doctor import examine
from hub.errors import ConfigRefused
from hub.running.watcher import Watcher, call_address
from tests.hub_parts import HubProcess, Peer, installed
from tests.parts import LOOPBACK, Mosquitto, free_port, start_mosquitto


class Switch:
    """A dead man's switch on the loopback; `gate` holds its answers back while it is not set."""

    def __init__(self) -> None:
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        self.heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.heard.put(self.path)
                outer.gate.wait(20)
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{LOOPBACK}:{self.server.server_address[1]}/ping/secret"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def next(self, within_s: float = 20.0) -> str:
        return self.heard.get(timeout=within_s).removeprefix("/ping/secret")

    def hears(self, word: str) -> None:
        while self.next() != word:
            pass

    def is_silent(self, for_s: float) -> bool:
        try:
            self.heard.get(timeout=for_s)
        except queue.Empty:
            return True
        return False

    def end(self) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def switch() -> Iterator[Switch]:
    found = Switch()
    yield found
    found.end()


class Noted:
    """Takes the place of the network: notes what was called, one by one."""

    def __init__(self) -> None:
        self.called: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __call__(self, url: str, timeout_s: float) -> None:
        self.called.put(url)

    def next(self) -> str:
        return self.called.get(timeout=10).removeprefix("http://watcher")


def watcher(noted: Callable[[str, float], None], **said: Any) -> Watcher:
    return Watcher(WatcherSettings(url="http://watcher", every_s=60.0, **said), noted)


def test_it_says_that_it_begins_and_then_once_a_minute_that_it_is_well() -> None:
    noted = Noted()
    watching = watcher(noted)
    watching.start(0.0)
    assert noted.next() == "/start"
    watching.beat(1.0, well=True)
    assert noted.next() == ""
    for now_s in (2.0, 30.0, 60.9):
        watching.beat(now_s, well=True)
    watching.beat(61.0, well=True)
    assert noted.next() == ""
    assert noted.called.empty()


def test_what_ails_for_less_than_a_minute_is_nobodys_trouble_and_then_fail_is_said_until_it_is_over() -> None:
    noted = Noted()
    watching = watcher(noted, start="?start", fail="?down", success="?up")
    watching.start(0.0)
    assert noted.next() == "?start"
    watching.beat(1.0, well=True)
    assert noted.next() == "?up"
    for now_s in (2.0, 40.0, 60.9):
        watching.beat(now_s, well=False)
    watching.beat(61.0, well=False)
    assert noted.next() == "?down"
    watching.beat(121.0, well=False)
    assert noted.next() == "?down"
    watching.beat(181.0, well=True)
    assert noted.next() == "?up"
    assert noted.called.empty()


def test_a_hub_that_never_got_well_says_so() -> None:
    noted = Noted()
    watching = watcher(noted)
    watching.start(0.0)
    assert noted.next() == "/start"
    watching.beat(1.0, well=False)
    watching.beat(60.0, well=False)
    assert noted.next() == "/fail"


def test_an_address_that_hangs_delays_nothing_and_then_hears_the_newest_word_only() -> None:
    noted, gate, entered = Noted(), threading.Event(), threading.Event()

    def hanging(url: str, timeout_s: float) -> None:
        entered.set()
        assert gate.wait(20)
        noted(url, timeout_s)

    watching = watcher(hanging)
    watching.start(0.0)
    assert entered.wait(10)
    watching.beat(60.0, well=True)
    watching.beat(120.0, well=True)
    watching.beat(180.0, well=False)
    watching.beat(240.0, well=False)
    gate.set()
    assert [noted.next(), noted.next()] == ["/start", "/fail"]
    assert noted.called.empty()


def test_without_an_address_nothing_is_called() -> None:
    noted = Noted()
    watching = Watcher(WatcherSettings(), noted)
    watching.start(0.0)
    watching.beat(60.0, well=True)
    assert noted.called.empty()


def test_an_answer_that_is_no_success_is_logged_once_without_the_secret(
    switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    switch.status = 500
    settings = WatcherSettings(url=switch.url, every_s=1.0)
    watching = Watcher(settings)
    watching.start(0.0)
    assert switch.next() == "/start"
    watching.beat(1.0, well=True)
    assert switch.next() == ""
    switch.status = 200
    watching.beat(2.0, well=True)
    assert switch.next() == ""
    watching.beat(3.0, well=True)
    assert switch.next() == ""
    assert sum("cannot be reached" in line for line in caplog.messages) == 1
    assert "secret" not in caplog.text + repr(settings)


def test_an_address_that_never_answers_is_given_up(switch: Switch) -> None:
    switch.gate.clear()
    with pytest.raises(OSError, match="timed out"):
        call_address(switch.url, 0.2)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('url = "ftp://x"', "does not begin with"),
        ('url = "https://x"\nevery_s = 0', "every_s is 0"),
        ('url = "https://x"\ntimeout_s = 9999', "timeout_s is 9999"),
        ('url = "https://x"\nevry_s = 60', "did you mean 'every_s'"),
    ],
)
def test_a_watcher_that_cannot_be_is_refused(tmp_path: Path, said: str, why: str) -> None:
    config = tmp_path / "hub.toml"
    config.write_text(f'[hub]\ndirectory = "state"\n[watcher]\n{said}\n')
    with pytest.raises(ConfigRefused, match=why):
        read_config(config)


def test_the_watcher_is_read_with_its_words(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    config.write_text('[hub]\ndirectory = "s"\n[watcher]\nurl = "https://x/y/"\nfail = "?status=down"\n')
    assert read_config(config).watcher == WatcherSettings(url="https://x/y", fail="?status=down")


def test_the_doctor_says_whether_anybody_outside_would_hear_and_calls_nobody(
    tmp_path: Path, switch: Switch
) -> None:
    config = tmp_path / "hub.toml"
    for url, words in (("", "nobody outside hears"), (switch.url, "is called every 60 s")):
        config.write_text(f'[hub]\ndirectory = "state"\n[broker]\nport = 1\n[watcher]\nurl = "{url}"\n')
        (found,) = (one for one in examine(config) if one.part == "watcher")
        assert found.well
        assert words in found.text
        assert "secret" not in found.text
    assert switch.heard.empty()


# The real program.


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with start_mosquitto(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path, broker: Mosquitto, switch: Switch) -> Iterator[HubProcess]:
    config = installed(tmp_path, broker.port)
    with config.open("a", encoding="utf-8") as more:
        more.write(f'[watcher]\nurl = "{switch.url}"\nevery_s = 1\ntimeout_s = 5\n')
    found = HubProcess(config)
    yield found
    found.tidy()


def test_a_hub_that_is_well_says_so_and_one_that_is_frozen_or_dead_does_not(
    hub: HubProcess, switch: Switch
) -> None:
    assert switch.next() == "/start"
    assert [switch.next(), switch.next()] == ["", ""]
    assert hub.process is not None
    hub.process.send_signal(signal.SIGSTOP)
    switch.is_silent(1.0)
    assert switch.is_silent(3.0), "a frozen hub is missed outside"
    hub.process.send_signal(signal.SIGCONT)
    assert switch.next() == ""
    hub.end(signal.SIGKILL)
    while not switch.is_silent(1.5):
        pass
    hub.start()
    assert switch.next() == "/start"


def test_a_hub_without_its_broker_says_fail_and_success_again(
    hub: HubProcess, switch: Switch, broker: Mosquitto
) -> None:
    switch.hears("")
    broker.kill()
    switch.hears("/fail")
    broker.start()
    switch.hears("")


def test_a_watcher_that_hangs_delays_neither_the_start_nor_the_end(
    tmp_path: Path, broker: Mosquitto, switch: Switch, request: pytest.FixtureRequest
) -> None:
    switch.gate.clear()
    peer = Peer(broker.port, "kitchen")
    hub: HubProcess = request.getfixturevalue("hub")
    assert switch.next() == "/start"
    assert b"online" in peer.hears("pillbox/v1/hub/status")[0]
    assert hub.end(within_s=10) == 0
    peer.end()


def test_a_hub_that_cannot_record_says_fail(tmp_path: Path, broker: Mosquitto, switch: Switch) -> None:
    config = installed(tmp_path / "full", broker.port)
    with config.open("a", encoding="utf-8") as more:
        more.write(f'[watcher]\nurl = "{switch.url}"\nevery_s = 1\n')
    text = config.read_text("utf-8").replace("[hub]\n", "[hub]\nlease_s = 3\n")
    config.write_text(text, encoding="utf-8")
    fault = (
        "from hub.errors import StoreRefused\n"
        "from hub.store.sqlite.file import SqliteFile\n"
        "def full(self):\n"
        "    raise StoreRefused('the database refused: database or disk is full')\n"
        "from hub.running import run\n"
        "run.RETRY_S = 0.2\n"
        "started = run.Hub.start\n"
        "def start(self):\n"
        "    started(self)\n"
        "    SqliteFile.transaction = full\n"
        "run.Hub.start = start\n"
    )
    hub = HubProcess(config, fault=fault)
    try:
        switch.hears("/fail")
    finally:
        hub.tidy()


def test_the_port_of_no_server_is_trouble_and_no_end() -> None:
    with pytest.raises(OSError, match="refused"):
        call_address(f"http://{LOOPBACK}:{free_port()}/x", 1.0)
