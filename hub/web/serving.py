"""Is there a web at all? Without `[web]` in the configuration nothing here does anything, or is loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hub.care.ledger import MessageRecord
from hub.care.people import Household
from hub.config import HubConfig
from hub.letters.notify import Letter

if TYPE_CHECKING:
    from hub.web.invitations import Invitations
    from hub.web.server import WebServer
    from hub.web.visits import Visit

log = logging.getLogger("hub.web.serving")


class Serving:
    """The web of a hub, or none. Nothing of it ever raises into the loop: alerts come first."""

    def __init__(self, config: HubConfig, ask: Callable[[Visit], None]) -> None:
        self._config, self._ask = config, ask
        self._server: WebServer | None = None
        self._invitations: Invitations | None = None

    def start(self) -> None:
        """Begin to serve, where that is wanted."""
        web = self._config.web
        if web is None:
            return
        try:
            from hub.web.invitations import Invitations
            from hub.web.links import Signer
            from hub.web.server import WebServer
        except ImportError as error:
            log.error("the web cannot be served; alerts go on: %s", error)
            return
        signer = Signer(self._config.secret)
        self._invitations = Invitations(web.url, signer)
        self._server = WebServer(web, signer, self._config.clock.wall_ms, self._ask)
        self._server.start()

    def tend(self) -> None:
        """See that it still lives."""
        if self._server is not None:
            self._server.tend()

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.stop()

    def invite(
        self, letter: Letter, letters: Sequence[MessageRecord], household: Household, now_ms: int
    ) -> Letter:
        """Return a message with the way to its page; as it was, where there is none or none can be made."""
        if self._invitations is None:
            return letter
        try:
            return self._invitations.invite(letter, letters, household, now_ms)
        except Exception:
            log.exception("a letter to %s goes without its link", letter.to)
            return letter
