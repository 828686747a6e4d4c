"""Is the web safe against strangers, honest when the hub cannot record, and never in the hub's way?"""

from __future__ import annotations

import json
import logging
import random
import signal
import socket
import string
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from hub.errors import StoreRefused
from hub.running.link import Arrived
from hub.web import pages
from tests.hub_parts import HubProcess, Webhook, brief_home_toml, event, lid
from tests.parts import LOOPBACK, eventually, free_port
from tests.web_parts import EVENT, URL, Home, home, visit


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as found:
        yield found


def test_every_answer_forbids_scripts_foreign_things_and_being_kept(house: Home) -> None:
    alert = house.miss()
    for path in (
        "/",
        "/health",
        "/style.css",
        "/nowhere",
        "/alert/x",
        f"/alert/{house.token('show', 'bea', alert)}",
    ):
        headers = house.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_a_page_of_another_site_can_do_nothing_and_an_app_without_a_browser_can(house: Home) -> None:
    alert = house.miss()
    path = f"/act/{house.token('act', 'bea', alert, 'acknowledge')}"
    before = house.dump()
    foreign: list[dict[str, str]] = [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Origin": URL},
        {"Origin": "https://elsewhere.example"},
        {"Origin": f"{URL}.example"},
    ]
    for headers in foreign:
        said = house.post(path, **headers)
        assert (said.status, "another site" in said.text) == (403, True), headers
    assert house.dump() == before
    assert house.post(path, Sec_Fetch_Site="same-origin", Origin="null").status == 200
    for headers in ({}, {"Origin": URL}, {"Origin": "null"}, {"Sec_Fetch_Site": "none"}):
        assert house.post(path, **headers).status == 200, headers


def test_only_a_link_for_an_act_acts(house: Home) -> None:
    alert = house.miss()
    before = house.dump()
    for path in (
        f"/alert/{house.token('act', 'bea', alert, 'acknowledge')}",
        f"/mine/{house.token('show', 'bea', alert)}",
        f"/act/{house.token('show', 'bea', alert, 'acknowledge')}",
        f"/act/{house.token('person', 'bea', alert, 'acknowledge')}",
        f"/act/{house.token('key', 'bea', alert, 'acknowledge')}",
    ):
        assert house.post(path).status in (403, 405), path
        assert house.get(path).status == 403, path
    assert house.post(f"/alert/{house.token('show', 'bea', alert)}").status == 405
    assert house.post(f"/mine/{house.token('person', 'bea')}").status == 405
    assert house.dump() == before


def test_an_old_link_says_that_it_is_old(house: Home) -> None:
    alert = house.miss()
    said = house.post(f"/act/{house.token('act', 'bea', alert, 'acknowledge', lasts_ms=-1)}")
    assert (said.status, "too old" in said.words) == (410, True)
    assert house.rows("SELECT state FROM alert") == [("raised",)]


def test_nonsense_gets_a_page_is_counted_and_changes_nothing(
    house: Home, caplog: pytest.LogCaptureFixture
) -> None:
    alert = house.miss()
    good = house.token("act", "bea", alert, "acknowledge")
    dice = random.Random(4)
    before = house.dump()
    letters = string.ascii_letters + string.digits + "-_.%~"
    for _ in range(60):
        place = dice.randrange(len(good) - 2)
        bad = "".join(dice.choices(letters, k=dice.randrange(1, 900)))
        for token in (good[:place] + "!" + good[place + 1 :], good[:place], good + "x", bad):
            for method in ("GET", "POST"):
                said = visit(house.port, f"/act/{token}", method)
                assert said.status in (400, 403, 404), (token, said.status)
                assert "Traceback" not in said.text
    assert house.dump() == before
    refused = json.loads(house.get("/health").text)["refused_links"]["altered"]
    assert refused >= 400
    complaints = [one for one in caplog.messages if "was refused" in one]
    assert len(complaints) <= 10
    assert not any(good[:30] in one for one in caplog.messages)


def test_the_log_names_no_link(house: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    alert = house.miss()
    token = house.token("act", "bea", alert, "acknowledge")
    house.get(f"/act/{token}")
    house.post(f"/act/{token}")
    with closing(socket.create_connection((LOOPBACK, house.port))) as raw:
        raw.sendall(b"\0\xff nonsense\r\n\r\n")
        raw.recv(1000)
    assert token[:20] not in caplog.text
    assert "nonsense" not in caplog.text


def test_a_hub_that_cannot_record_says_so_claims_nothing_and_recovers(house: Home) -> None:
    alert = house.miss()
    path = f"/act/{house.token('act', 'bea', alert, 'acknowledge')}"
    real = house.store._run

    def full(*_: Any) -> Any:
        raise StoreRefused("the database refused: database or disk is full")

    house.store._run = full  # type: ignore[method-assign,assignment]  # the test is the disk
    for _ in range(2):
        said = house.post(path)
        assert said.status == 503
        assert "cannot record this at present" in said.words
        assert "Noted" not in said.words
    assert json.loads(house.get("/health").text)["records"] is False
    house.store._run = real  # type: ignore[method-assign]  # and has room again
    assert house.rows("SELECT state FROM alert") == [("raised",)]
    eventually(lambda: house.get("/health").status == 200)
    assert "Noted: Bea" in house.post(path).words


def test_a_loop_that_does_not_answer_is_no_yes_and_does_not_act_afterwards(
    house: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = house.miss()
    monkeypatch.setattr(pages, "WAIT_S", 0.2)
    turn = house.hub.turn
    monkeypatch.setattr(house.hub, "_follow", lambda _now: None)
    said = house.post(f"/act/{house.token('act', 'bea', alert, 'acknowledge')}")
    assert (said.status, "does not answer" in said.words) == (503, True)
    assert house.get("/health").status == 503
    monkeypatch.undo()
    assert turn == house.hub.turn
    eventually(lambda: house.get("/health").status == 200)
    assert house.rows("SELECT state FROM alert") == [("raised",)]


def test_a_bug_behind_a_page_stops_neither_the_loop_nor_the_next_page(
    house: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alert = house.miss()
    token = house.token("show", "bea", alert)

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError(token)

    with monkeypatch.context() as patch:
        patch.setattr("hub.web.seeing.Seeing.alert", broken)
        said = house.get(f"/alert/{token}")
    assert (said.status, "could not make this page" in said.text) == (500, True)
    assert "default-src 'none'" in said.headers["content-security-policy"]
    assert house.get(f"/alert/{token}").status == 200
    assert "cannot be answered" in caplog.text


def test_a_web_that_died_is_started_again_and_the_hub_goes_on_meanwhile(
    house: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = house.hub.web._server
    assert server is not None
    assert server._server is not None
    assert server._thread is not None
    server._server.should_exit = True
    server._thread.join(10)
    assert not server.is_alive()
    house.hub.inbox.put(Arrived(EVENT, event(1, lid()).encode(), 1, 1, 0))
    eventually(lambda: house.rows("SELECT seq FROM event") == [(1,)])
    monkeypatch.setattr("hub.web.server.AGAIN_S", 0.0)
    eventually(lambda: house.answers("/health"))


def test_a_port_that_is_taken_costs_the_pages_and_not_the_alerts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from hub.config import read_config
    from hub.running.run import Hub
    from hub.store.sqlite.store import open_store
    from tests.hub_parts import installed

    with closing(socket.create_server((LOOPBACK, 0))) as taken:
        file = installed(tmp_path, free_port(), notify="enabled = false")
        port = taken.getsockname()[1]
        file.write_text(f'{file.read_text()}[web]\nlisten = "{LOOPBACK}:{port}"\nurl = "{URL}"\n')
        config = read_config(file)
        with closing(open_store(config.database, "hub")) as store:
            hub = Hub(config, store)
            hub.start()
            assert "the web cannot be served; alerts go on" in caplog.text
            assert hub.turn() is None
            hub.web.stop()
            hub.link.stop([])


def test_without_a_web_in_the_configuration_nothing_listens_and_no_secret_is_made(tmp_path: Path) -> None:
    from hub.config import read_config
    from hub.web.serving import Serving
    from tests.hub_parts import installed

    config = read_config(installed(tmp_path, free_port()))
    serving = Serving(config, lambda _visit: None)
    serving.start()
    serving.tend()
    serving.stop()
    assert config.web is None
    assert not config.secret.exists()


def test_links_outlive_a_hub_that_is_killed(tmp_path: Path) -> None:
    webhook = Webhook()
    with home(tmp_path, household=brief_home_toml(webhook.address("bea")), notify="") as house:
        house.miss()
        letter = webhook.next("/bea", "not opened")
        link = letter["message"].partition(f"{URL}/alert/")[2].split()[0]
        assert house.get(f"/alert/{link}").status == 200
        house.end()
        process = HubProcess(house.file)
        try:
            for _ in range(2):
                eventually(lambda: house.answers("/health"), within_s=20)
                page = house.get(f"/alert/{link}")
                assert "I take care of it" in page.words
                assert process.end(signal.SIGKILL) == -signal.SIGKILL
                process.start()
            eventually(lambda: house.answers("/health"), within_s=20)
            assert "Noted: Bea" in house.post(house.get(f"/alert/{link}").act("I take care of it")).words
            assert process.end() == 0, "uvicorn takes no signals"
        finally:
            process.tidy()
        house.status.put(0)
    webhook.end()


def test_a_body_of_any_size_and_a_hanging_visitor_do_no_harm(house: Home) -> None:
    alert = house.miss()
    path = f"/act/{house.token('act', 'bea', alert, 'acknowledge')}"
    hanging = [socket.create_connection((LOOPBACK, house.port)) for _ in range(20)]
    with closing(HTTPConnection(LOOPBACK, house.port, timeout=15)) as connection:
        connection.request("POST", path, body=b"x" * 200_000)
        assert connection.getresponse().status == 200
    for one in hanging:
        one.close()
    assert house.rows("SELECT state FROM alert") == [("acknowledged",)]
