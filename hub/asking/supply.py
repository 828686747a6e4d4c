"""How long does each medicine last, and what was counted or fetched?"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from typing import Any

from controller.wire.instants import DAY_MS
from controller.wire.naming import tablet_words
from hub.asking.acting import Act, acting, write_entry
from hub.asking.amounts import tablets_read, whole_read
from hub.asking.answers import Refused, answer
from hub.asking.dates import date_read
from hub.asking.undoing import tablet_entries, undo_tablets
from hub.care.alerting.naming import Moment
from hub.care.entries import PacksFetched, TabletsCounted
from hub.care.supplying.forecast import packs_needed
from hub.care.supplying.intakes import intakes_of
from hub.care.supplying.moves import known_from
from hub.care.supplying.noticing import notices
from hub.care.supplying.outlook import Known, Outlook, missing_until, outlook, outlooks
from hub.care.supplying.refills import refills_left
from hub.care.supplying.stock import tablets_of
from hub.holiday_dates import holiday_dates

COUNT = "pillbox-hub supply count"
NOT_COUNTED = f"Nobody has counted anything yet: {COUNT} REGIMEN TABLETS --by ID"
UNKNOWN_HOLIDAYS = "Public holidays are not known here: only weekends and absences are counted out."
AHEAD_MS = EARLY_MS = 2 * DAY_MS


def supply(asked: argparse.Namespace) -> int:
    """Show the supply, say what is missing until a date, or take down a count or packs, or take it back."""
    changes = asked.what in ("count", "fetched", "undo")
    with acting(asked, changes=changes) as act:
        match asked.what, asked.words:
            case "show", []:
                return _show(act)
            case "until", [day]:
                return _until(act, date_read(day))
            case "count", [regimen, tablets]:
                return _count(act, act.regimen(regimen), tablets)
            case "entries", []:
                return tablet_entries(act)
            case "undo", [entry]:
                return undo_tablets(act, entry)
            case "fetched", [regimen]:
                return _fetched(act, act.regimen(regimen))
            case _:
                raise Refused(_WANTED[asked.what])


_WANTED = {
    "show": "`supply show` takes no further words",
    "until": "say one date: pillbox-hub supply until 2026-12-24",
    "count": "say which and how many: pillbox-hub supply count REGIMEN TABLETS",
    "entries": "`supply entries` takes no further words",
    "undo": "say one entry; `pillbox-hub supply entries` names them",
    "fetched": "say which: pillbox-hub supply fetched REGIMEN --packs 2",
}


def known_of(act: Act) -> Known:
    """Read everything the outlook rests on from the store."""
    home = act.household
    entries = act.store.entries(act.patient)
    begins = known_from(home, act.patient, entries)
    slots = act.store.slots_between(
        act.patient, act.now_ms if begins is None else begins, act.now_ms + AHEAD_MS
    )
    past = act.store.intakes_since(act.patient, act.now_ms if begins is None else begins - EARLY_MS)
    holidays = holiday_dates(home.country, home.subdivision, act.today)
    return Known(
        household=home,
        patient=act.patient,
        entries=entries,
        intakes=intakes_of(entries, (), past.values()),
        slots=slots,
        at=act.now_ms,
        holidays=holidays or (),
    )


def _show(act: Act) -> int:
    known = known_of(act)
    found, noticed = outlooks(known), list(notices(known))
    lines = [line for one in found for line in _lines(act, one)]
    lines += [f"! {', '.join(one.regimens)}: {one.words.body}" for one in noticed]
    if found and holiday_dates(act.household.country, act.household.subdivision, act.today) is None:
        lines.append(UNKNOWN_HOLIDAYS)
    return answer(
        act.asked,
        lines or [NOT_COUNTED],
        {
            "supply": [_plain(one) for one in found],
            "noticed": [
                {"kind": one.kind, "about": one.about, "regimens": one.regimens, "text": one.words.body}
                for one in noticed
            ],
        },
    )


def _lines(act: Act, one: Outlook) -> list[str]:
    seen, stock = one.forecast, one.stock
    outside, inside = tablets_of(stock.outside_eighths), tablets_of(stock.inside_eighths)
    lines = [f"{one.regimen.id}: {tablet_words(outside)} outside the box, {tablet_words(inside)} in it"]
    if not stock.is_counted:
        return [
            *lines,
            f"  nobody has said what lies outside the box: {COUNT} {one.regimen.id} TABLETS --by ID",
        ]
    if stock.counted_at is not None:
        when = Moment(act.zone, act.now_ms).counted(stock.counted_at)
        lines.append(f"  counted {when}: {tablet_words(tablets_of(stock.counted))}")
    if seen.run_out is not None:
        lines.append(f"  the first day it does not cover: {seen.run_out}, in {seen.days_left} days")
    elif seen.ends is not None:
        lines.append(f"  lasts to the end, {seen.ends}")
    else:
        lines.append(f"  lasts beyond {seen.seen_until}")
    if seen.is_as_needed:
        average = seen.by_average or f"beyond {seen.seen_until}"
        lines.append(f"  that is with the most of every day; as in the last 30 days: {average}")
    lines += _order_lines(one)
    if stock.overdrawn:
        lines.append(
            f"  {tablet_words(tablets_of(stock.overdrawn))} more taken than was known of: count again"
        )
    if one.unseen:
        lines.append(f"  of {one.unseen} doses since then we cannot say whether they were taken")
    return lines


def _order_lines(one: Outlook) -> list[str]:
    left = _left(one)
    if one.ordering is None:
        return [f"  {left}"] if left else []
    by = one.ordering.order_by
    after = f"; {left}" if left else ""
    if one.ordering.is_prescription_needed:
        return [f"  a new prescription is needed: ask the doctor for it by {by}{after}"]
    return [f"  order by {by}{after}"]


def _left(one: Outlook) -> str:
    return "" if one.refills_left is None else f"refills left: {one.refills_left}"


def _plain(one: Outlook) -> dict[str, Any]:
    seen, order = one.forecast, one.ordering
    return {
        "regimen": one.regimen.id,
        "outside": tablets_of(one.stock.outside_eighths),
        "inside": tablets_of(one.stock.inside_eighths),
        "run_out": _text(seen.run_out),
        "days_left": seen.days_left,
        "by_average": _text(seen.by_average),
        "expires": _text(seen.expires),
        "order_by": None if order is None else _text(order.order_by),
        "prescription_needed": order is not None and order.is_prescription_needed,
        "refills_left": one.refills_left,
        "overdrawn": tablets_of(one.stock.overdrawn),
        "unseen": one.unseen,
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _until(act: Act, until: date) -> int:
    if until < act.today:
        raise Refused(f"{until} is over; today is {act.today}")
    known = known_of(act)
    lines, plain = [], []
    for one in outlooks(known):
        short = missing_until(known, one, until)
        pack = None if one.regimen.supply is None else one.regimen.supply.pack
        packs = None if pack is None else packs_needed(short, pack)
        plain.append({"regimen": one.regimen.id, "missing": tablets_of(short), "packs": packs})
        lines.append(f"{one.regimen.id}: {_enough_words(until, short, pack, packs, one)}")
    return answer(act.asked, lines or [NOT_COUNTED], {"until": until.isoformat(), "supply": plain})


def _enough_words(until: date, short: int, pack: int | None, packs: int | None, one: Outlook) -> str:
    if not short:
        return f"enough until {until}"
    lacking = f"{tablet_words(tablets_of(short))} missing until {until}"
    if packs is None:
        return lacking
    after = f"; {_left(one)}" if _left(one) else ""
    return f"{lacking}: {packs} {'pack' if packs == 1 else 'packs'} of {pack}{after}"


def _count(act: Act, regimen: str, tablets: str) -> int:
    found = tablets_read(act.household, regimen, tablets)
    before = outlook(known_of(act), act.household.regimens[regimen]).stock
    preview: Sequence[str] = [
        f"{regimen}, outside the box",
        f"  known of: {tablet_words(tablets_of(before.outside_eighths))}",
        f"  counted:  {tablet_words(found)}, by {act.by}; the difference is kept as a correction",
    ]
    return write_entry(act, TabletsCounted(regimen=regimen, tablets=found), preview, why=act.asked.why)


def _fetched(act: Act, regimen: str) -> int:
    asked = act.asked
    if (asked.packs is None) == (asked.tablets is None):
        raise Refused("say how much was fetched: either --packs or --tablets")
    if asked.packs is not None:
        supply = act.household.regimens[regimen].supply
        if supply is None or supply.pack is None:
            raise Refused(
                f"the household does not say how many tablets a pack of {regimen} holds; use --tablets"
            )
        found = float(whole_read(asked.packs, "packs") * supply.pack)
    else:
        found = tablets_read(act.household, regimen, asked.tablets)
    if not found:
        raise Refused("nothing was fetched: 0 tablets")
    expires = None if asked.expires is None else date_read(asked.expires)
    if expires is not None and expires < act.today:
        raise Refused(
            f"these packs have expired on {expires}: ask the pharmacist before anything is taken of them"
        )
    until = "" if expires is None else f", expiring {expires}"
    preview = [f"{regimen}: {tablet_words(found)} came home{until}, by {act.by}"]
    left = refills_left(act.household, act.household.regimens[regimen], act.store.entries(act.patient))
    if left is not None:
        preview.append(f"  refills left: {left} before, {max(0, left - 1)} after")
    fact = PacksFetched(regimen=regimen, tablets=found, expires=expires, lot=asked.lot)
    return write_entry(act, fact, preview, why=asked.why)
