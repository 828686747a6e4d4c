"""What about the supply must people know of now? Judged anew each time, so that restocking ends it.

What is said here may stand where strangers read it: it names no medicine and no regimen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from hub.care.alerting.naming import Moment, compartment_words
from hub.care.alerting.words.wording import ASK, Words
from hub.care.entries import BY_BOX
from hub.care.people import Regimen
from hub.care.schedule import ONE_DAY, local_time
from hub.care.supplying.moves import stock_of
from hub.care.supplying.ordering import Ordering
from hub.care.supplying.outlook import Known, Outlook, outlooks
from hub.care.supplying.stock import Lying, Place

FEW_DAYS = 10
VERY_FEW_DAYS = 5
AHEAD_DAYS = 3
"""So long before the last day to order it is told."""
NAMED_MAX = 3
"""So many compartments are named; of more it is said how many they are."""

NoticeKind = Literal["supply.low", "supply.outdated", "fill.old", "fill.unchecked"]
LOW: NoticeKind = "supply.low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that holds, and what it is about; the same kind and `about` is the same thing still.

    `regimens` are those it concerns. `can_wait`: it may be over today without anybody being told of it.
    """

    kind: NoticeKind
    about: str
    words: Words
    regimens: tuple[str, ...]
    can_wait: bool = False


def notices(known: Known) -> Iterator[Notice]:
    """Go through everything that must be known now."""
    yield from supply_notices(known)
    yield from fill_notices(known)


def supply_notices(known: Known) -> Iterator[Notice]:
    """Go through what runs out or has expired."""
    for one in outlooks(known):
        yield from _low(known, one)
        yield from _outdated(known, one)


def fill_notices(known: Known) -> Iterator[Notice]:
    """Go through the fills that lie too long, or that no second person has looked at."""
    old: dict[str, list[tuple[Regimen, Place, Lying]]] = {}
    unchecked: dict[str, list[tuple[Regimen, Place, Lying]]] = {}
    for regimen in known.regimens():
        stock = stock_of(known.household, regimen, known.entries, known.intakes)
        for place, lying in stock.compartments.items():
            found = (regimen, place, lying)
            if _days(known, lying) > known.household.medicines[regimen.medicine].fill_days_max:
                old.setdefault(lying.fill, []).append(found)
            holder = known.household.boxes.get(place[0])
            if holder is not None and holder.second_check and not lying.checked_by:
                unchecked.setdefault(lying.fill, []).append(found)
    yield from (_old(known, fill, found) for fill, found in old.items())
    yield from (_unchecked(known, fill, found) for fill, found in unchecked.items())


def few_days_about(regimen: str, days: int) -> str:
    """Return what a notice of few days is about; that there are very few of them is another one."""
    return f"{regimen} {days}"


def _low(known: Known, one: Outlook) -> Iterator[Notice]:
    seen, order = one.forecast, one.ordering
    if seen.run_out is None or seen.days_left is None or order is None:
        return
    # A week's fill, of which the box alone has told, runs out every week in a home that counts nothing.
    if not one.stock.is_counted:
        return
    is_soon = order.order_by - known.today <= AHEAD_DAYS * ONE_DAY
    if seen.days_left > FEW_DAYS and not is_soon:
        return
    days = VERY_FEW_DAYS if seen.days_left <= VERY_FEW_DAYS else FEW_DAYS
    title, ask = _ordered(order, known.today)
    reach = f"lasts through {seen.run_out - ONE_DAY}" if seen.days_left else "is not enough for today"
    yield Notice(
        kind=LOW,
        about=few_days_about(one.regimen.id, days),
        words=Words(title, f"By what was {_counted(known, one)}, one medicine {reach}. {ask}"),
        regimens=(one.regimen.id,),
    )


def _ordered(order: Ordering, today: date) -> tuple[str, str]:
    by = f"by {order.order_by}"
    if order.order_by < today:
        by = f"now: the last safe day for it was {order.order_by}"
    if order.is_prescription_needed:
        return "Supply: a prescription is needed", (
            f"No refill is left, so a new prescription is needed: ask the doctor for it {by}."
        )
    return f"Supply: order {by.partition(':')[0]}", f"It must be ordered {by}."


def _counted(known: Known, one: Outlook) -> str:
    if one.stock.counted_at is None:
        return "fetched"
    return f"counted {_moment(known).counted(one.stock.counted_at)}"


def _outdated(known: Known, one: Outlook) -> Iterator[Notice]:
    found: dict[tuple[str, date], list[str]] = {}
    for batch in one.stock.outside:
        if batch.expires is not None and batch.expires < known.today:
            found.setdefault(("", batch.expires), [])
    for (box, name), lying in one.stock.compartments.items():
        if lying.expires is not None and lying.expires < known.today:
            found.setdefault((box, lying.expires), []).append(name)
    for (box, expires), names in found.items():
        where = f"What lies in the {_named(names)} bears" if box else "Tablets outside the box bear"
        yield Notice(
            kind="supply.outdated",
            about=" ".join(word for word in (one.regimen.id, box, expires.isoformat()) if word),
            words=Words(f"Expired on {expires}", f"{where} {expires} as the day on which it expires. {ASK}"),
            regimens=(one.regimen.id,),
        )


def _old(known: Known, fill: str, found: list[tuple[Regimen, Place, Lying]]) -> Notice:
    most = min(known.household.medicines[regimen.medicine].fill_days_max for regimen, _, _ in found)
    body = f"{_filled(known, found)}; {most} days are what is foreseen. {ASK}"
    return Notice(
        kind="fill.old", about=fill, words=Words("Filled long ago", body), regimens=_regimens(found)
    )


def _unchecked(known: Known, fill: str, found: list[tuple[Regimen, Place, Lying]]) -> Notice:
    unseen = "no second person has said that they looked at it"
    body = f"{_filled(known, found)}, and {unseen}. Please look, and say so to the hub."
    return Notice(
        kind="fill.unchecked",
        about=fill,
        words=Words("Filled, not yet looked at", body),
        regimens=_regimens(found),
        can_wait=all(_days(known, lying) == 0 for _, _, lying in found),
    )


def _filled(known: Known, found: list[tuple[Regimen, Place, Lying]]) -> str:
    places = dict.fromkeys(name for _, (_, name), _ in found)
    lying = found[0][2]
    when, by = _moment(known).dated(lying.filled_at), _who(known, lying.by)
    return f"The {_named(places)} {'was' if len(places) == 1 else 'were'} filled at {when}, {by}"


def _named(names: Iterable[str]) -> str:
    found = list(names)
    if len(found) > NAMED_MAX:
        return f"{compartment_words(found[0])} and {len(found) - 1} more"
    return ", ".join(compartment_words(name) for name in found)


def _who(known: Known, by: str) -> str:
    if by == BY_BOX:
        return "as the box saw it"
    home = known.household
    person = home.caregivers.get(by) or home.patients.get(by)
    return f"by {by if person is None else person.name}"


def _regimens(found: list[tuple[Regimen, Place, Lying]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(regimen.id for regimen, _, _ in found))


def _days(known: Known, lying: Lying) -> int:
    zone = known.household.patients[known.patient].timezone
    return (known.today - local_time(zone, lying.filled_at).date()).days


def _moment(known: Known) -> Moment:
    return Moment(ZoneInfo(known.household.patients[known.patient].timezone), known.at)
