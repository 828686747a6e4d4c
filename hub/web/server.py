"""How is the web served beside the hub's loop, so that neither can hold up or end the other?"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable

import uvicorn

from hub.config import Web
from hub.web.links import SecretGone, Signer
from hub.web.pages import Pages
from hub.web.visits import Visit

AGAIN_S = 30.0
CONNECTIONS_MAX = 64

log = logging.getLogger("hub.web.server")


class WebServer:
    """The web's thread. Called by the loop only; nothing of it ever raises into the loop."""

    def __init__(
        self, web: Web, signer: Signer, now_ms: Callable[[], int], ask: Callable[[Visit], None]
    ) -> None:
        self._web, self._signer = web, signer
        self._pages = Pages(web.url, signer, now_ms, ask)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._begun_s = 0.0
        # What it says of each request names links, which are secrets, and strangers can make it say much.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)

    def start(self) -> None:
        """Begin to serve; if that fails, `tend` tries again."""
        self._begun_s = time.monotonic()
        try:
            self._signer.ready()
            listening = _listening(self._web.host, self._web.port)
        except (OSError, SecretGone) as error:
            log.error("the web cannot be served; alerts go on: %s", error)
            return
        settings = uvicorn.Config(
            self._pages.app(), loop="asyncio", http="h11", ws="none", lifespan="off", log_config=None,
            access_log=False, server_header=False, proxy_headers=False, limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=5, timeout_graceful_shutdown=3,
        )  # fmt: skip
        self._server = server = uvicorn.Server(settings)
        # In a thread that is not the main one uvicorn leaves the signals to the hub.
        self._thread = threading.Thread(target=_serve, args=(server, listening), name="web", daemon=True)
        self._thread.start()
        log.info("the web is served at %s:%d as %s", self._web.host, self._web.port, self._web.url)

    def is_alive(self) -> bool:
        """Tell whether pages are being served."""
        return self._thread is not None and self._thread.is_alive()

    def tend(self) -> None:
        """Start it again if it died, but not at once: the hub's own work comes first."""
        if not self.is_alive() and time.monotonic() - self._begun_s >= AGAIN_S:
            log.warning("the web is not served; starting it again")
            self.start()

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(5)


def _serve(server: uvicorn.Server, listening: socket.socket) -> None:
    try:
        with listening:
            server.run(sockets=[listening])
    except Exception:
        log.exception("the web's thread ended")


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)
