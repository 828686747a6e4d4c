"""Which blood tests and appointments are due, done or overdue, and what did people say of them?"""

from __future__ import annotations

import argparse
from datetime import timedelta

from hub.asking.acting import Act, acting, write_entry
from hub.asking.answers import Refused, answer
from hub.asking.check_changes import add_check, end_check, named_check, own_checks, suggest_checks
from hub.asking.dates import date_read
from hub.care.appointments import Check
from hub.care.checking.occurrences import AHEAD, Occurrence, nearest_open, occurrences
from hub.care.checking.reminding import VACCINATION, vaccination_notes
from hub.care.entries import CheckDone, CheckMoved, EntryUndone, in_force

SHOWN_BEFORE = timedelta(days=60)


def check(asked: argparse.Namespace) -> int:
    """List the checks, change them, or take down that one took place or moved."""
    with acting(asked, changes=asked.act not in ("list", "calendar")) as act:
        match asked.act:
            case "add":
                return add_check(act)
            case "suggest":
                return suggest_checks(act)
            case "end":
                return end_check(act)
            case "calendar":
                from hub.asking.calendar_file import write_calendar

                return write_calendar(act)
            case "done":
                return _done(act)
            case "move":
                return _move(act)
            case "undo":
                return _undo(act)
            case _:
                return _list(act)


def _list(act: Act) -> int:
    lines: list[str] = []
    plain = []
    for one in own_checks(act):
        lines += _said_of(act, one)
        times = _times(act, one)
        if not times and one.begins > act.today:
            lines.append(f"  first on {one.begins}")
        for time in times:
            if time.state == "done" and act.today - time.on > SHOWN_BEFORE:
                continue
            lines.append(f"  {_said(time)}")
            plain.append(
                {
                    "check": time.check,
                    "due": time.due.isoformat(),
                    "on": time.on.isoformat(),
                    "state": time.state,
                    "by": time.by,
                }
            )
    return answer(act.asked, lines or ["No check is planned."], {"checks": plain})


def _said_of(act: Act, one: Check) -> list[str]:
    at = "".join(f", {part}" for part in (one.time, one.place) if part)
    lines = [f"{one.id}: {one.title} ({one.kind.replace('_', ' ')}{at})"]
    if one.bring:
        lines.append(f"  bring: {one.bring}")
    if one.kind == VACCINATION:
        for medicine, said, source in vaccination_notes(act.household, act.patient):
            lines.append(f"  the leaflet of {medicine} says: “{said}” ({source})")
    return lines


def _done(act: Act) -> int:
    one = named_check(act)
    on = date_read(act.asked.on) if act.asked.on else act.today
    if on > act.today:
        raise Refused(f"{on} has not come yet; move it with: pillbox-hub check move {one.id}")
    times = _times(act, one)
    # Two people who tell of one blood test would else take the next one off the list.
    if (told := next((time for time in times if (time.state, time.on) == ("done", on)), None)) is not None:
        raise Refused(f"that {one.id!r} took place on {on} has been said already, by {told.by}")
    time = nearest_open(times, on)
    if time is None:
        raise Refused(f"no time of {one.id!r} is open")
    preview = [
        f"{one.title}: the one due on {time.due} took place on {on}; is that right?",
        f"  stands as: {_said(time)}",
    ]
    return write_entry(act, CheckDone(check=one.id, due=time.due, on=on), preview)


def _move(act: Act) -> int:
    one = named_check(act)
    if act.asked.due is None or act.asked.to is None:
        raise Refused("say which one moves and to when: --due 2026-11-30 --to 2026-12-02")
    due, to = date_read(act.asked.due), date_read(act.asked.to)
    time = next((found for found in _times(act, one) if found.due == due), None)
    if time is None or time.state == "done":
        raise Refused(f"no open time of {one.id!r} is due on {due}; `pillbox-hub check` lists them")
    if to < act.today:
        raise Refused(f"{to} is over; say that it took place with: pillbox-hub check done {one.id}")
    preview = [f"{one.title}: from {time.on} to {to}; is that right?"]
    return write_entry(act, CheckMoved(check=one.id, due=due, to=to), preview)


def _undo(act: Act) -> int:
    known = {entry.entry: entry for entry in in_force(act.store.entries(act.patient))}
    entry = known.get(act.asked.check or "")
    if entry is None or not isinstance(entry.fact, CheckDone | CheckMoved):
        said = [one.entry for one in known.values() if isinstance(one.fact, CheckDone | CheckMoved)]
        raise Refused(f"there is no such entry about a check; in force: {', '.join(said) or 'none'}")
    what = "took place" if isinstance(entry.fact, CheckDone) else "moves"
    preview = [f"that {entry.fact.check}, due on {entry.fact.due}, {what} would not count any more"]
    return write_entry(act, EntryUndone(entry=entry.entry), preview)


def _times(act: Act, one: Check) -> tuple[Occurrence, ...]:
    return occurrences(one, act.store.entries(act.patient), act.today, act.today + AHEAD)


def _said(time: Occurrence) -> str:
    by = f" (by {time.by})" if time.by else ""
    match time.state:
        case "done":
            return f"{time.due}  done on {time.on}{by}"
        case "moved":
            return f"{time.due}  moved to {time.on}{by}"
        case "overdue":
            return f"{time.due}  OVERDUE since {time.on}: nobody has said that it took place"
        case _:
            return f"{time.due}  due"
