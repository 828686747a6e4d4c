"""Does the real controller store every opening of 14 bouncing lids, and is it healed when it goes deaf?

Runs inside the bench's machine, with no broker; prints one line of JSON. A thread starts the controller
again whenever it fails, as systemd does.
"""

from __future__ import annotations

import collections
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.gpio_bench import chip

OPEN_AT_BOOT = "sun-pm"
HERE = Path(__file__).resolve().parent
CONFIG = """
[box]
id = "kitchen"
hardware = "pi"
layout = "7x2"
directory = "state"
"""


class Service:
    """Keeps the controller running, and remembers how it ended."""

    def __init__(self, config: Path) -> None:
        self._command = [sys.executable, str(HERE / "deaf_controller.py"), "run", "--config", str(config)]
        self.ended: list[int] = []
        self.process = subprocess.Popen(self._command)
        threading.Thread(target=self._mind, daemon=True).start()

    def _mind(self) -> None:
        while True:
            status = self.process.wait()
            self.ended.append(status)
            if status == 0:
                return
            self.process = subprocess.Popen(self._command)


class Stored:
    """What lies in the outbox of the controller, seen from outside."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def events(self, kind: str, *, after: int = 0) -> list[dict[str, Any]]:
        try:
            with sqlite3.connect(f"file:{self._path}?mode=ro", uri=True) as connection:
                rows = connection.execute("select seq, body from outbox where seq > ?", (after,)).fetchall()
        except sqlite3.Error:
            return []
        found = [json.loads(body) | {"seq": seq} for seq, body in rows]
        return [event for event in found if event["kind"] == kind]

    def last(self) -> int:
        with sqlite3.connect(f"file:{self._path}?mode=ro", uri=True) as connection:
            return int(connection.execute("select max(seq) from outbox").fetchone()[0])

    def openings(self, after: int) -> dict[str, int]:
        opened = (event["data"]["compartment"] for event in self.events("lid.opened", after=after))
        return dict(collections.Counter(opened))


def wait_until(true: Callable[[], object], seconds: float) -> float:
    """Wait for something; return how long it took, or fail."""
    began_s = time.monotonic()
    while not true():
        if time.monotonic() - began_s > seconds:
            raise SystemExit(f"nothing came within {seconds} s")
        time.sleep(0.25)
    return round(time.monotonic() - began_s, 2)


def opened_and_stored(header: chip.Chip, stored: Stored, count: int) -> tuple[dict[str, int], dict[str, int]]:
    """Open lids and return how often each was opened, and how often the controller says so."""
    after = stored.last()
    made = chip.openings(header, count, but=OPEN_AT_BOOT)
    wait_until(lambda: sum(stored.openings(after).values()) >= count, 60)
    time.sleep(0.3)
    return made, stored.openings(after)


def tried_once(move: Callable[..., None], stored: Stored) -> None:
    """Open and shut one lid and wait until both are stored, so that the program has all its code at hand.

    What the guest reads for the first time comes from the host's disk, and while it waits for that, its own
    clock runs on to the next timer: on a busy host the first lids had moved on before their code was there.
    """
    for opened, kind in ((True, "lid.opened"), (False, "lid.closed")):
        after = stored.last()
        move(opened=opened)
        wait_until(partial(stored.events, kind, after=after), 150)
    time.sleep(0.3)


def main() -> int:
    folder = Path(tempfile.mkdtemp())
    (folder / "box.toml").write_text(CONFIG)
    stored = Stored(folder / "state" / "outbox.sqlite3")
    header = chip.Chip()
    header.level(OPEN_AT_BOOT, opened=True)
    header.hold()
    service = Service(folder / "box.toml")
    wait_until(lambda: stored.events("box.started"), 150)
    time.sleep(1.5)
    tried_once(partial(header.move, "mon-am"), stored)
    made, counted = opened_and_stored(header, stored, 150)
    service.process.send_signal(signal.SIGUSR1)
    time.sleep(0.2)
    header.move("mon-am", opened=True)
    noticed_s = wait_until(lambda: service.ended, 60)
    header.move("mon-am", opened=False)
    wait_until(lambda: len(stored.events("box.started")) == 2, 150)
    time.sleep(1.5)
    tried_once(partial(header.move, "mon-am"), stored)
    made_after, counted_after = opened_and_stored(header, stored, 15)
    service.process.send_signal(signal.SIGTERM)
    wait_until(lambda: len(service.ended) == 2, 60)
    starts = [event["data"]["lids_open"] for event in stored.events("box.started")]
    result = {
        "open_at_boot": all(OPEN_AT_BOOT in lids for lids in starts),
        "made": sum(made.values()),
        "stored": sum(counted.values()),
        "equal": made == counted,
        "made_after": sum(made_after.values()),
        "equal_after": made_after == counted_after,
        "ended": service.ended,
        "noticed_s": noticed_s,
    }
    print("CONTROLLER " + json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
