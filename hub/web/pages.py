"""Which page answers which address? A GET shows and changes nothing; only a POST acts.

Scanners of mail and previews of chats fetch every link they see.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from hub.web.guards import App, Guards
from hub.web.links import LinkRefused, Purpose, SecretGone, Signer
from hub.web.rendering import Rendering
from hub.web.visits import AlertSeen, Alive, Found, PersonSeen, TurnedAway, Unrecorded, Visit

WAIT_S = 10.0
"""The hub's loop is given so long; a person in front of a white page gives up about then."""

HOME = TurnedAway(
    title="This is a pillbox hub",
    text="There is nothing to see without a link. Links come with the messages about an alert.",
)
NOWHERE = TurnedAway(title="There is no such page", text="Please open the link of the message once more.")
ALTERED = TurnedAway(
    title="This link does not work",
    text="It was not made by this hub, is not complete, or the home has made its old links invalid. "
    "Nothing was noted. Please open the newest message once more.",
)
EXPIRED = TurnedAway(
    title="This link is too old",
    text="Its time is over, and nothing was noted. Please use the link of a newer message.",
)
NO_ANSWER = TurnedAway(
    title="The hub does not answer",
    text="We cannot tell whether this was noted. Please open the link again, and see to it in another way.",
)
NOT_RECORDED = TurnedAway(
    title="The hub cannot record this at present",
    text="Nothing was noted, and nobody was told of it. The alert goes on. Please try again later.",
)

FAULT = TurnedAway(
    title="The hub could not make this page",
    text="Its log says why. Nothing is claimed to be noted; please see to it in another way.",
)

log = logging.getLogger("hub.web.pages")


class Pages:
    """The pages of one hub. `ask` lays a visit into the hub's inbox, from whatever thread."""

    def __init__(
        self, url: str, signer: Signer, now_ms: Callable[[], int], ask: Callable[[Visit], None]
    ) -> None:
        self._signer, self._now_ms, self._ask = signer, now_ms, ask
        self._url = url
        self._rendering = Rendering(urlsplit(url).path.rstrip("/"), signer.token)
        self.refused: Counter[str] = Counter()

    def app(self) -> App:
        """Return the whole server as an ASGI application."""
        routes = [
            Route("/", self._home),
            Route("/health", self._health),
            Route("/style.css", self._style),
            Route("/alert/{token}", self._alert),
            Route("/act/{token}", self._act, methods=["GET", "POST"]),
            Route("/mine/{token}", self._mine),
        ]
        failing = {HTTPException: self._no_page, Exception: self._fault}
        return Guards(Starlette(routes=routes, exception_handlers=failing), self._url)

    async def _home(self, _request: Request) -> Response:
        return self._plain(HOME, HTTPStatus.OK)

    async def _no_page(self, _request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
        return self._plain(NOWHERE, HTTPStatus(status))

    async def _fault(self, _request: Request, _error: Exception) -> Response:
        return self._plain(FAULT, HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _style(self, _request: Request) -> Response:
        return Response(self._rendering.style, media_type="text/css")

    async def _health(self, _request: Request) -> Response:
        said: dict[str, object] = {"alive": True, "records": True, "refused_links": dict(self.refused)}
        try:
            await self._found(Visit())
        except TimeoutError:
            said["alive"] = said["records"] = False
        except Unrecorded:
            said["records"] = False
        well = said["alive"] and said["records"]
        return JSONResponse(said, HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)

    async def _alert(self, request: Request) -> Response:
        return await self._linked(request, "show")

    async def _act(self, request: Request) -> Response:
        return await self._linked(request, "act", acts=request.method == "POST")

    async def _mine(self, request: Request) -> Response:
        return await self._linked(request, "person")

    async def _linked(self, request: Request, purpose: Purpose, *, acts: bool = False) -> Response:
        try:
            link = self._signer.read(request.path_params["token"], purpose, self._now_ms())
            found = await self._found(Visit(link=link, acts=acts))
        except LinkRefused as refusal:
            self._count(refusal.why)
            if refusal.why == "expired":
                return self._plain(EXPIRED, HTTPStatus.GONE)
            return self._plain(ALTERED, HTTPStatus.FORBIDDEN)
        except (Unrecorded, SecretGone) as error:
            log.warning("a page cannot be given: %s", error)
            return self._plain(NOT_RECORDED, HTTPStatus.SERVICE_UNAVAILABLE)
        except TimeoutError:
            return self._plain(NO_ANSWER, HTTPStatus.SERVICE_UNAVAILABLE)
        return self._page(found)

    async def _found(self, visit: Visit) -> Found:
        """Return what the loop answers.

        Raises:
            TimeoutError: It does not; a visit it has not begun with is not acted on any more.
            Unrecorded: It cannot record.

        """
        self._ask(visit)
        return await asyncio.wait_for(asyncio.wrap_future(visit.answer), WAIT_S)

    def _page(self, found: Found) -> Response:
        match found:
            case AlertSeen():
                status = HTTPStatus.CONFLICT if found.is_refusal else HTTPStatus.OK
                return HTMLResponse(self._rendering.alert(found), status)
            case PersonSeen():
                return HTMLResponse(self._rendering.person(found))
            case TurnedAway():
                return self._plain(found, HTTPStatus.NOT_FOUND)
            case Alive():
                return self._plain(HOME, HTTPStatus.OK)

    def _plain(self, said: TurnedAway, status: HTTPStatus) -> Response:
        return HTMLResponse(self._rendering.plain(said), status)

    def _count(self, why: str) -> None:
        self.refused[why] += 1
        count = self.refused[why]
        # Whoever tries links by the thousand must not fill the disk with our complaints.
        if count & (count - 1) == 0:
            log.warning("a link was refused because it is %s; %d so far", why, count)
