"""By which link does a caregiver reach their own page, and how are all links ended?"""

from __future__ import annotations

import argparse

from controller.wire.instants import instant_text
from hub.asking.acting import Act, acting, change_beside
from hub.asking.answers import Refused, answer
from hub.asking.moments import said_moment
from hub.web.links import PERSON_LINK_MS, Link, Signer


def link(asked: argparse.Namespace) -> int:
    """Make a link to the page of a caregiver, or make all links worthless."""
    with acting(asked, changes=False) as act:
        if act.config.web is None:
            raise Refused("the hub serves no pages: [web] is not in its configuration (docs/install.md)")
        signer = Signer(act.config.secret)
        return _renew(act, signer) if asked.act == "renew" else _show(act, act.config.web.url, signer)


def _show(act: Act, url: str, signer: Signer) -> int:
    caregiver = act.household.caregivers.get(act.by)
    if caregiver is None:
        raise Refused(f"{act.by!r} is a patient; only caregivers have a page of their own")
    signer.ready()
    expires_ms = act.now_ms + PERSON_LINK_MS
    token = signer.token(Link(purpose="person", caregiver=caregiver.id, expires_ms=expires_ms))
    page = f"{url}/mine/{token}"
    lines = [
        page,
        f"{caregiver.name}'s own page, until {said_moment(act.zone.key, expires_ms)} ({act.zone.key}).",
        "Whoever holds this link answers in that name. To end all links: pillbox-hub link renew",
    ]
    return answer(act.asked, lines, {"link": page, "until": instant_text(expires_ms)})


def _renew(act: Act, signer: Signer) -> int:
    preview = [
        f"{act.by} makes every link worthless: those in messages already sent, and everybody's own page.",
        "  Messages sent from now on have links that work; for an own page run `pillbox-hub link` again.",
    ]
    return change_beside(act, preview, signer.renew)
