"""What does every answer of the web carry, and which request is refused before anybody reads it?"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

POLICY = b"default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS = (
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

FOREIGN = b"This request was sent by a page of another site. Nothing was noted. Please open the link itself."

log = logging.getLogger("hub.web.guards")


class Guards:
    """Stands around the pages: safe headers on everything, no acts for other sites, no error that escapes."""

    def __init__(self, app: App, url: str) -> None:
        self._app = app
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}".lower()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        if scope["method"] not in ("GET", "HEAD") and self._is_foreign(dict(scope["headers"])):
            await _say(guarded, 403, FOREIGN)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - its text may hold what a link says; only its kind is told
            log.error("a page failed: %s", type(error).__name__)

    def _is_foreign(self, headers: dict[bytes, bytes]) -> bool:
        """Say whether a browser tells that another site's page has sent this.

        Without a word of a browser it is an app such as ntfy's, which holds the link itself. `null` is what
        older browsers say for our own pages, because we forbid them to name the page.
        """
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return site not in (b"same-origin", b"none")
        origin = headers.get(b"origin", b"null").decode("latin-1").lower()
        return origin not in ("null", self._origin)


async def _say(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
