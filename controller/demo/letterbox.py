"""What reaches the caregivers' phones? A receiver on the loopback that stands in for every service."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"
BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message as it arrived: to whom, on which channel."""

    to: str
    channel: str
    title: str
    body: str


class Letterbox:
    """Keeps every letter in the order of arrival."""

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._arrived = threading.Condition()
        self._server = _Server((LOOPBACK, 0), _Handler)
        self._server.letterbox = self
        self._thread = threading.Thread(target=self._server.serve_forever, name="letterbox", daemon=True)
        self._thread.start()

    def address(self, to: str, channel: str) -> str:
        """Return the Apprise address that leads here."""
        return f"json://{LOOPBACK}:{self._server.server_port}/{to}/{channel}"

    def letters(self) -> tuple[Letter, ...]:
        """Return what has arrived so far."""
        with self._arrived:
            return tuple(self._letters)

    def count(self) -> int:
        """Return how many letters have arrived: the `after` of a later `find`."""
        with self._arrived:
            return len(self._letters)

    def find(
        self, wanted: Callable[[Letter], bool], *, after: int = 0, within_s: float = 0.0
    ) -> Letter | None:
        """Return the first letter wanted, waiting for it up to `within_s`; `None` if none came."""

        def found() -> Letter | None:
            return next((letter for letter in self._letters[after:] if wanted(letter)), None)

        with self._arrived:
            self._arrived.wait_for(lambda: found() is not None, within_s)
            return found()

    def put(self, letter: Letter) -> None:
        """Take a letter in."""
        with self._arrived:
            self._letters.append(letter)
            self._arrived.notify_all()

    def close(self) -> None:
        """Take no more letters."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    letterbox: Letterbox
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        _, to, channel, *_ = [*self.path.split("?")[0].split("/"), "", ""]
        try:
            plain: dict[str, Any] = json.loads(self.rfile.read(min(length, BYTES_MAX)))
            title, body = str(plain.get("title", "")), str(plain.get("message", ""))
        except (ValueError, AttributeError):
            self.send_error(400)
            return
        self.server.letterbox.put(Letter(to=to, channel=channel, title=title, body=body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing: the terminal belongs to the story."""
