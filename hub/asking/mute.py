"""Who has silence from which alerts, and until when?"""

from __future__ import annotations

import argparse
from typing import cast, get_args

from controller.wire.instants import instant_text
from hub.asking.acting import Act, acting, write_entry
from hub.asking.answers import Refused, answer
from hub.asking.moments import moment_ahead, said_moment
from hub.care.caregivers import WantKind
from hub.care.entries import EntryUndone, Muted
from hub.care.muting import MUTE_MAX_MS, NEVER_MUTED, Mute, mutes

KINDS = tuple(kind for kind in get_args(WantKind) if kind != NEVER_MUTED)


def mute(asked: argparse.Namespace) -> int:
    """List who has silence, or let a caregiver ask for it or end it."""
    with acting(asked, changes=asked.act != "list") as act:
        match asked.act:
            case "add":
                return _add(act)
            case "end":
                return _end(act)
            case _:
                return _list(act)


def _list(act: Act) -> int:
    found = _holding(act)
    lines = [
        f"{one.caregiver}: {_kinds(one.wants)} until {said_moment(act.zone.key, one.until, act.now_ms)}"
        for one in found
    ]
    plain = [
        {"caregiver": one.caregiver, "wants": list(one.wants or KINDS), "until": instant_text(one.until)}
        for one in found
    ]
    return answer(act.asked, lines or ["Nobody has silence."], {"mutes": plain})


def _add(act: Act) -> int:
    who = _oneself(act)
    if act.asked.until is None:
        raise Refused("say until when: --until 18:00, --until 2h; silence always ends by itself")
    caregiver = act.household.caregivers[who]
    zone = caregiver.timezone or act.zone.key
    until = moment_ahead(act.asked.until, zone, act.now_ms)
    if until > act.now_ms + MUTE_MAX_MS:
        raise Refused("silence is for seven days at most; a journey is better told by handing over the duty")
    wants = _wants(act.asked.wants)
    silent = {who, *(one.caregiver for one in _holding(act))}
    others = [
        one.name
        for one in act.household.caregivers.values()
        if one.id not in silent and one.wants.get(act.patient) and one.channels
    ]
    ends = said_moment(zone, until, act.now_ms)
    preview = [
        f"{caregiver.name} is not told of {_kinds(wants)} until {ends} ({zone}).",
        f"  told instead: {', '.join(others)}"
        if others
        else "  nobody else can be told, so you still are, and each message says so",
        "  what is still open then is told; a call for help is told at any time",
    ]
    return write_entry(act, Muted(caregiver=who, until=until, wants=wants), preview)


def _end(act: Act) -> int:
    who = _oneself(act)
    own = [one for one in _holding(act) if one.caregiver == who]
    if not own:
        raise Refused(f"{who} has no silence that could end")
    last = own[-1]
    more = f"; {len(own) - 1} earlier remain" if len(own) > 1 else ""
    preview = [f"{who} is told of {_kinds(last.wants)} again from now on{more}"]
    return write_entry(act, EntryUndone(entry=last.entry), preview)


def _holding(act: Act) -> list[Mute]:
    return [one for one in mutes(act.store.entries(act.patient)) if one.since <= act.now_ms < one.until]


def _oneself(act: Act) -> str:
    if act.by not in act.household.caregivers:
        raise Refused(f"{act.by!r} is no caregiver: only who is told of alerts can have silence from them")
    return act.by


def _wants(text: str | None) -> tuple[WantKind, ...]:
    if text is None:
        return ()
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word == NEVER_MUTED:
            raise Refused("a call for help cannot be muted")
        if word not in KINDS:
            raise Refused(f"{word!r} is no kind of alerts: {', '.join(KINDS)} are")
    if not words:
        raise Refused(f"say which kinds: {', '.join(KINDS)}")
    return tuple(cast(WantKind, word) for word in dict.fromkeys(words))


def _kinds(wants: tuple[WantKind, ...]) -> str:
    return ", ".join(wants) if wants else "anything but calls for help"
