"""By which link does a caregiver reach their own page, by which key answer, and how are all ended?"""

from __future__ import annotations

import argparse

from controller.wire.instants import instant_text
from hub.asking.acting import Act, acting, change_beside
from hub.asking.answers import Refused, answer
from hub.asking.moments import said_moment
from hub.care.caregivers import Caregiver
from hub.web.links import KEY_MS, PERSON_LINK_MS, Link, Signer


def link(asked: argparse.Namespace) -> int:
    """Make a link to the page of a caregiver, a key for MQTT, or make all of them worthless."""
    with acting(asked, changes=False) as act:
        signer = Signer(act.config.secret)
        if asked.act == "renew":
            return _renew(act, signer)
        caregiver = act.household.caregivers.get(act.by)
        if caregiver is None:
            raise Refused(f"{act.by!r} is a patient; only caregivers have a page or a key of their own")
        return (_key if asked.act == "key" else _show)(act, caregiver, signer)


def _show(act: Act, caregiver: Caregiver, signer: Signer) -> int:
    if act.config.web is None:
        raise Refused("the hub serves no pages: [web] is not in its configuration (docs/install.md)")
    signer.ready()
    expires_ms = act.now_ms + PERSON_LINK_MS
    token = signer.token(Link(purpose="person", caregiver=caregiver.id, expires_ms=expires_ms))
    page = f"{act.config.web.url}/mine/{token}"
    until = said_moment(act.zone.key, expires_ms, act.now_ms)
    lines = [
        page,
        f"{caregiver.name}'s own page, until {until} ({act.zone.key}).",
        "Whoever holds this link answers in that name. To end all links: pillbox-hub link renew",
    ]
    return answer(act.asked, lines, {"link": page, "until": instant_text(expires_ms)})


def _key(act: Act, caregiver: Caregiver, signer: Signer) -> int:
    signer.ready()
    expires_ms = act.now_ms + KEY_MS
    key = signer.token(Link(purpose="key", caregiver=caregiver.id, expires_ms=expires_ms))
    until = f"{said_moment(act.zone.key, expires_ms, act.now_ms)} ({act.zone.key})"
    lines = [
        key,
        f"Written as `key` into an answer over MQTT it proves that {caregiver.name} sent it, until {until}.",
        "Whoever holds it answers in that name. To end all keys and links: pillbox-hub link renew",
    ]
    return answer(act.asked, lines, {"key": key, "until": instant_text(expires_ms)})


def _renew(act: Act, signer: Signer) -> int:
    preview = [
        f"{act.by} makes every link worthless: those in messages already sent, everybody's own page and key.",
        "  Messages sent from now on have links that work; for a page or key run `pillbox-hub link` again.",
    ]
    return change_beside(act, preview, signer.renew)
