"""Whose duty is it now and in the coming days, and to whom is it handed over?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import get_args

from controller.wire.instants import DAY_MS, instant_text
from hub.asking.acting import Act, acting, write_entry
from hub.asking.answers import Refused, answer
from hub.asking.moments import moment_ahead, said_moment
from hub.care.caregivers import WantKind
from hub.care.duty import Watch, watch_at
from hub.care.entries import DutyTaken
from hub.tables import nearest

SHOWN_MS = 14 * DAY_MS


def duty(asked: argparse.Namespace) -> int:
    """Say whose duty it is, or hand it over."""
    with acting(asked, changes=asked.act != "show") as act:
        return _show(act) if asked.act == "show" else _hand_over(act)


def _show(act: Act) -> int:
    watches = list(_coming(act))
    zone = _zone(act)
    lines = [f"Times of {zone}."] if watches[0][1].who else []
    for since, watch in watches:
        begins = "now" if since == act.now_ms else f"from {said_moment(zone, since, act.now_ms)}"
        ends = "" if watch.until is None else f" until {said_moment(zone, watch.until, act.now_ms)}"
        by = f" (handed over by {_name(act, watch.by)})" if watch.by else ""
        lines.append(f"{begins}: {_name(act, watch.who)}{ends}{by}")
    plain = [
        {
            "from": instant_text(since),
            "until": None if watch.until is None else instant_text(watch.until),
            "who": watch.who,
            "handed_over_by": watch.by,
        }
        for since, watch in watches
    ]
    return answer(act.asked, lines, {"duty": plain})


def _coming(act: Act) -> Iterator[tuple[int, Watch]]:
    entries = act.store.entries(act.patient)
    since = act.now_ms
    while True:
        watch = watch_at(act.household, act.patient, entries, since)
        yield since, watch
        if watch.until is None or watch.until > act.now_ms + SHOWN_MS:
            return
        since = watch.until


def _hand_over(act: Act) -> int:
    who = act.by if act.asked.act == "take" else act.asked.who
    if act.asked.act == "give" and who is None:
        raise Refused("say who gets the duty: pillbox-hub duty give cem --by bea")
    if act.asked.act == "take" and act.asked.who not in (None, who):
        raise Refused(f"to give the duty to {act.asked.who!r}, write: pillbox-hub duty give {act.asked.who}")
    known = [one.id for one in act.household.caregivers.values() if act.patient in one.wants]
    if who not in known:
        why = f"{who!r} is no caregiver of {act.patient!r}{nearest(str(who), known)}"
        raise Refused(why if why.endswith("?") else f"{why}; {', '.join(known) or 'nobody'} could have it")
    zone = _zone(act)
    until = None if act.asked.until is None else moment_ahead(act.asked.until, zone, act.now_ms)
    entries = act.store.entries(act.patient)
    before = watch_at(act.household, act.patient, entries, act.now_ms)
    ends = until if until is not None else watch_at(act.household, act.patient, (), act.now_ms).until
    lasts = (
        "until somebody takes it over"
        if ends is None
        else f"until {said_moment(zone, ends, act.now_ms)} ({zone})"
    )
    unwanted = _unwanted(act, str(who))
    open_alerts = [one for one in act.store.alerts() if one.patient == act.patient]
    waiting = sum(one.state != "acknowledged" and one.want not in unwanted for one in open_alerts)
    preview = [
        f"{_name(act, who)} has the duty for {act.household.patients[act.patient].name} from now {lasts}.",
        f"  before: {_name(act, before.who)}",
        f"  alerts that nobody has taken on, and that are told at once: {waiting}",
        *([f"  by `wants` others are told instead of: {', '.join(unwanted)}"] if unwanted else ()),
    ]
    return write_entry(act, DutyTaken(who=str(who), until=until), preview)


def _unwanted(act: Act, who: str) -> list[WantKind]:
    """Return the kinds that somebody else wants and this person does not: the duty brings no word of them."""
    wanted = {one.id: one.wants.get(act.patient, ()) for one in act.household.caregivers.values()}
    known: tuple[WantKind, ...] = get_args(WantKind)
    return [kind for kind in known if kind not in wanted[who] and any(kind in own for own in wanted.values())]


def _zone(act: Act) -> str:
    found = act.household.duties.get(act.patient)
    return (found.zone if found else None) or act.household.patients[act.patient].timezone


def _name(act: Act, who: str | None) -> str:
    if who is None:
        return "nobody"
    caregiver = act.household.caregivers.get(who)
    person = act.household.patients.get(who)
    return caregiver.name if caregiver else person.name if person else who
