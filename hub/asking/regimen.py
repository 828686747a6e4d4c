"""What is prescribed, and what would a change, a pause or its end mean day by day?"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from datetime import date

from hub.asking.acting import Act, acting, change_household
from hub.asking.answers import Refused, answer
from hub.asking.dates import date_read
from hub.asking.regimen_options import ACTS
from hub.care.people import Hold, Household, Medicine, Regimen, Rhythm, Step
from hub.care.regimens.amounts import amount_of, amount_words
from hub.care.regimens.changing import (
    changed_from,
    covers,
    dated_steps,
    held,
    keeps_rhythm,
    resumed,
    running_step,
    stopped_from,
)
from hub.care.regimens.previewing import day_changes, day_words, no_longer, read_back, to_empty
from hub.household.saying import regimen_lines
from hub.tables import nearest

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def regimen(asked: argparse.Namespace) -> int:
    """Show what is prescribed, or change it from a date on."""
    _without_an_act(asked)
    with acting(asked, changes=asked.what is not None) as act:
        if asked.what is None:
            return _list(act)
        old = _meant(act)
        who = _ordered_by(act)
        if asked.what == "stop":
            return _stop(act, old)
        versions = _versions(act, act.household.medicines[old.medicine])
        first = min(versions)
        running = _running(old, sorted(versions))
        rhythm, places = (running.rhythm, running.compartments) if running else (Rhythm(), {})
        places = {**places, **_pairs(asked.compartments, "a compartment")}
        steps = dated_steps(versions, compartments=places, rhythm=rhythm, by=who, why=asked.why)
        return _change(
            act, old, changed_from(old, first, steps), [read_back(steps, act.today)], sorted(versions)
        )


def _without_an_act(asked: argparse.Namespace) -> None:
    """Take a single word that is no act for the regimen that is to be shown."""
    if asked.what in ACTS:
        return
    if asked.times or asked.step or asked.begins:
        raise Refused("say what is to be done: regimen change, titrate or stop")
    if asked.what is None:
        return
    if asked.regimen is not None:
        raise Refused(f"{asked.what!r} is none of {', '.join(ACTS)}{nearest(asked.what, ACTS)}")
    asked.what, asked.regimen = None, asked.what


def hold(asked: argparse.Namespace) -> int:
    """Pause a regimen."""
    with acting(asked, changes=True) as act:
        old = _meant(act)
        begins = _from(act)
        until = None if asked.until is None else date_read(asked.until)
        if until is not None and until < begins:
            raise Refused(f"the pause would end on {until}, before it begins on {begins}")
        if not asked.why:
            raise Refused('say why it is paused: --why "…"')
        pause = Hold(begins=begins, until=until, by=_ordered_by(act), why=asked.why)
        end = "until somebody resumes it" if until is None else f"until {day_words(until, act.today)}"
        said = [f"{old.id} is paused from {day_words(begins, act.today)} {end}; is that right?"]
        lids = to_empty(act.household, old, pause, act.today)
        if lids:
            when = "Empty" if begins == act.today else f"On {day_words(begins)}, empty"
            said.append(f"  {when} what lies there already of {old.id}: {', '.join(lids)}.")
        return _change(act, old, held(old, pause), said, [begins])


def resume(asked: argparse.Namespace) -> int:
    """End the pause of a regimen."""
    with acting(asked, changes=True) as act:
        old = _meant(act)
        begins = _from(act)
        if not any(covers(one, begins) for one in old.holds):
            raise Refused(f"{old.id} is not paused on {begins}")
        said = [f"{old.id} goes on from {day_words(begins, act.today)}; is that right?"]
        return _change(act, old, resumed(old, begins, by=_ordered_by(act)), said, [begins])


def _list(act: Act) -> int:
    own = [one for one in act.household.regimens.values() if one.patient == act.patient]
    if act.asked.regimen is not None:
        own = [_meant(act)]
    said = {one.id: dict(regimen_lines(act.household, one)) for one in own}
    lines = []
    for one in own:
        lines.append(f"{one.id}: {said[one.id]['medicine']}, {said[one.id]['box']}")
        running = running_step(one, act.today)
        for name, text in said[one.id].items():
            if name.startswith(("step", "hold")):
                now = "  (now)" if running and name == f"step from {running.begins}" else ""
                lines.append(f"  {name} {text}{now}")
    return answer(act.asked, lines or ["Nothing is prescribed."], {"regimens": said})


def _stop(act: Act, old: Regimen) -> int:
    day = _from(act)
    new = stopped_from(old, day)
    if not new.steps:
        raise Refused(f"{old.id} has not begun by {day}; take it out of the household file instead")
    said = [f"{old.id} stops: nothing to take from {day_words(day, act.today)}; is that right?"]
    return _change(act, old, new, said, [day])


def _change(act: Act, old: Regimen, new: Regimen, said: list[str], seams: list[date]) -> int:
    preview = [*said, *(f"  no longer {gone}" for gone in no_longer(old, new))]
    for change in day_changes(act.household, old, new, seams):
        now = f"{change.before} -> {change.after}" if change.is_different else f"{change.after} (as before)"
        preview.append(f"  {day_words(change.day)}: {now}")
    return change_household(act, _with(act.household, new), preview)


def _with(household: Household, changed: Regimen) -> Household:
    return replace(household, regimens={**household.regimens, changed.id: changed})


def _meant(act: Act) -> Regimen:
    if act.asked.regimen is None:
        raise Refused("say which regimen; `pillbox-hub regimen` lists them")
    return act.household.regimens[act.regimen(act.asked.regimen)]


def _ordered_by(act: Act) -> str:
    if not act.asked.ordered_by:
        raise Refused("say who ordered it: --ordered-by clinic")
    return str(act.asked.ordered_by)


def _from(act: Act) -> date:
    if act.asked.begins is None:
        raise Refused("say from which date: --from 2026-12-07")
    return _not_past(act, date_read(act.asked.begins))


def _not_past(act: Act, day: date) -> date:
    if day < act.today:
        raise Refused(f"{day} is over; the past is never rewritten, so change from {act.today} or later")
    return day


def _versions(act: Act, medicine: Medicine) -> dict[date, dict[str, float]]:
    if act.asked.what == "change":
        if act.asked.times is None:
            raise Refused('say the times and tablets: --times "08:00=1,20:00=½"')
        return {_from(act): _times(act.asked.times, medicine)}
    found: dict[date, dict[str, float]] = {}
    for step in act.asked.step:
        day = _not_past(act, date_read(step[:10]))
        if day in found:
            raise Refused(f"{day} has two steps")
        found[day] = _times(step[11:], medicine)
    if not found:
        raise Refused("say the dated steps: --step 2026-12-07:08:00=½ --step 2026-12-21:08:00=1")
    return found


def _times(text: str, medicine: Medicine) -> dict[str, float]:
    found: dict[str, float] = {}
    for time, written in _pairs(text, "a time").items():
        tablets = amount_of(written)
        if tablets is None or tablets % medicine.smallest_part:
            part = amount_words(medicine.smallest_part)
            raise Refused(f"{written!r} at {time} is no amount of {medicine.id}: it comes in steps of {part}")
        found[time] = tablets
    return found


def _pairs(text: str, what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(",") if text else ():
        time, _, value = part.partition("=")
        time = time.strip()
        if not _TIME.fullmatch(time) or not value.strip():
            raise Refused(f"{part!r} is not {what} such as 08:00=1")
        if time in found:
            raise Refused(f"{time} stands there twice")
        found[time] = value.strip()
    return found


def _running(old: Regimen, days: list[date]) -> Step | None:
    """Return the step whose rhythm and places go on.

    Raises:
        Refused: It has no times of the day, or its rhythm would fall on other days than before.

    """
    running = running_step(old, days[0])
    if running is None:
        return None
    if not running.times:
        kind = "at an interval" if running.interval else "as needed"
        raise Refused(f"{old.id} is taken {kind}; change it in the household file and import that")
    for day in days:
        if not keeps_rhythm(running, day):
            raise Refused(f"counted from {day} the rhythm of {old.id} would fall on other days than before")
    return running
