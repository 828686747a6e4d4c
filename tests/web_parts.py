"""Which parts do the tests of the web need? A whole hub on the loopback with an open alert, and a browser."""

from __future__ import annotations

import http.client
import queue
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.config import HubConfig, read_config
from hub.running.link import Arrived
from hub.running.run import Hub, Stop
from hub.store.sqlite.store import SqliteStore, open_store
from hub.web.links import ActWord, Link, Purpose, Signer
from tests.hub_parts import brief_home_toml, event, installed, missed
from tests.parts import LOOPBACK, eventually, free_port

EVENT = "pillbox/v1/kitchen/event"
URL = "http://pillbox.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer of the web."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def words(self) -> str:
        """What a person reads, without the tags."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.text))

    def act(self, label: str) -> str:
        """Return the path behind the button that holds these words."""
        found = re.findall(r'<form method="post" action="([^"]+)"[^>]*>\s*<button([^<]+)', self.text)
        return next(str(path) for path, words in found if label in words)


def visit(port: int, path: str, method: str = "GET", **headers: str) -> Said:
    """Ask the web for something, as a browser or an app does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=15)) as connection:
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        got = {name.lower(): value for name, value in answer.getheaders()}
        return Said(status=answer.status, text=answer.read().decode(), headers=got)


@dataclass(slots=True, kw_only=True)
class Home:
    """A running hub with its web, in threads of the test, and no broker."""

    file: Path
    config: HubConfig
    port: int
    hub: Hub = field(init=False)
    store: SqliteStore = field(init=False)
    status: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)

    def begin(self) -> None:
        """Start the hub and wait until its pages are there."""
        ready = threading.Event()

        def run() -> None:
            with closing(open_store(self.config.database, "hub")) as self.store:
                self.hub = Hub(self.config, self.store)
                ready.set()
                self.status.put(self.hub.run())

        threading.Thread(target=run, daemon=True).start()
        assert ready.wait(10)
        eventually(lambda: self.answers("/"))

    def answers(self, path: str) -> bool:
        try:
            return visit(self.port, path).status == 200
        except OSError:
            return False

    def end(self) -> int:
        """Let the hub end and return its status."""
        self.hub.inbox.put(Stop())
        return self.status.get(timeout=20)

    @property
    def signer(self) -> Signer:
        return Signer(self.config.secret)

    def miss(self, seq: int = 1) -> str:
        """Let a dose be missed and return its alert."""
        self.hub.inbox.put(Arrived(EVENT, event(seq, missed()).encode(), seq, 1, 0))
        eventually(lambda: bool(self.rows("SELECT alert FROM alert WHERE kind = 'dose.missed'")))
        return str(self.rows("SELECT alert FROM alert WHERE kind = 'dose.missed'")[0][0])

    def token(
        self,
        purpose: Purpose,
        who: str,
        alert: str = "",
        act: ActWord = "",
        *,
        until_ms: int = 0,
        lasts_ms: int = 60_000,
    ) -> str:
        link = Link(
            purpose=purpose,
            caregiver=who,
            alert=alert,
            act=act,
            until_ms=until_ms,
            expires_ms=self.config.clock.wall_ms() + lasts_ms,
        )
        return self.signer.token(link)

    def get(self, path: str, **headers: str) -> Said:
        return visit(self.port, path, **headers)

    def post(self, path: str, **headers: str) -> Said:
        return visit(self.port, path, "POST", **headers)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.config.database)) as database:
            return database.execute(sql).fetchall()

    def dump(self) -> list[str]:
        """Return everything that is stored, to see that nothing changed."""
        with closing(sqlite3.connect(self.config.database)) as database:
            return list(database.iterdump())


@contextmanager
def home(
    tmp_path: Path, *, household: str = "", notify: str = "enabled = false", more: str = "", **how: str
) -> Iterator[Home]:
    """Run a hub whose web listens on a free port of the loopback."""
    port = free_port()
    file = installed(tmp_path, free_port(), household=household or brief_home_toml(), notify=notify, **how)
    web = f'[web]\nlisten = "{LOOPBACK}:{port}"\nurl = "{URL}"\n'
    file.write_text(f"{file.read_text()}{web}{more}")
    found = Home(file=file, config=read_config(file), port=port)
    found.begin()
    try:
        yield found
    finally:
        if found.status.empty():
            found.hub.inbox.put(Stop())
            found.status.get(timeout=20)
