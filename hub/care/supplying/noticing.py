"""What about the supply must people know of now? Judged anew each time, so that restocking ends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from controller.wire.naming import tablet_words
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.alerting.wording import ASK, Words
from hub.care.schedule import ONE_DAY, local_time
from hub.care.supplying.outlook import Known, Outlook, outlooks
from hub.care.supplying.stock import tablets_of

FEW_DAYS = 10
VERY_FEW_DAYS = 5
AHEAD_DAYS = 3
"""So long before the last day to order it is told."""

NoticeKind = Literal["supply.low", "supply.outdated", "fill.old", "fill.unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that holds, and what it is about; the same kind and `about` is the same thing still."""

    kind: NoticeKind
    about: str
    words: Words


def notices(known: Known) -> Iterator[Notice]:
    """Go through everything that must be known now."""
    for one in outlooks(known):
        yield from _low(known, one)
        yield from _outdated(known, one)
        yield from _fills(known, one)


def _low(known: Known, one: Outlook) -> Iterator[Notice]:
    seen, order = one.forecast, one.ordering
    if seen.run_out is None or seen.days_left is None or order is None:
        return
    is_soon = order.order_by - known.today <= AHEAD_DAYS * ONE_DAY
    if seen.days_left > FEW_DAYS and not is_soon:
        return
    about = f"{one.regimen.id} {VERY_FEW_DAYS if seen.days_left <= VERY_FEW_DAYS else FEW_DAYS}"
    last = seen.run_out - ONE_DAY
    ask = "Ask the doctor for a prescription" if order.is_prescription_needed else "It must be ordered"
    there = tablet_words(tablets_of(seen.eighths))
    body = f"{one.regimen.id}: {there}, by what was counted{_counted(known, one)}, last through {last}. "
    if seen.days_left == 0:
        body = f"{one.regimen.id}: {there}, by what was counted{_counted(known, one)}, not enough for today. "
    yield Notice(
        kind="supply.low",
        about=about,
        words=Words(f"Supply: order by {order.order_by}", f"{body}{ask} by {order.order_by}."),
    )


def _counted(known: Known, one: Outlook) -> str:
    if one.stock.counted_at is None:
        return ""
    return f" at {_moment(known).dated(one.stock.counted_at)}"


def _outdated(known: Known, one: Outlook) -> Iterator[Notice]:
    old = [(batch.eighths, batch.expires) for batch in one.stock.outside if _is_over(known, batch.expires)]
    for eighths, expires in old:
        body = f"{one.regimen.id}: {tablet_words(tablets_of(eighths))} outside the box bear {expires}. {ASK}"
        yield Notice(
            kind="supply.outdated",
            about=f"{one.regimen.id} {expires}",
            words=Words(f"Expired on {expires}", body),
        )
    for (box, name), lying in one.stock.compartments.items():
        if _is_over(known, lying.expires):
            body = f"What lies in the {compartment_words(name)} bears {lying.expires}. {ASK}"
            yield Notice(
                kind="supply.outdated",
                about=f"{one.regimen.id} {box}/{name} {lying.expires}",
                words=Words(f"Expired on {lying.expires}", body),
            )


def _fills(known: Known, one: Outlook) -> Iterator[Notice]:
    most = known.household.medicines[one.regimen.medicine].fill_days_max
    zone = known.household.patients[known.patient].timezone
    for (box, name), lying in one.stock.compartments.items():
        where, when = compartment_words(name), _moment(known).dated(lying.filled_at)
        about = f"{one.regimen.id} {box}/{name} {lying.fill}"
        if known.today - local_time(zone, lying.filled_at).date() > most * ONE_DAY:
            body = f"The {where} was filled at {when}, and {most} days are what is foreseen. {ASK}"
            yield Notice(kind="fill.old", about=about, words=Words("Filled long ago", body))
        holder = known.household.boxes.get(box)
        if holder is not None and holder.second_check and not lying.checked_by:
            body = f"The {where}, filled at {when} by {lying.by}, was not yet looked at by a second person."
            yield Notice(kind="fill.unchecked", about=about, words=Words("Filled, not yet looked at", body))


def _is_over(known: Known, expires: date | None) -> bool:
    return expires is not None and expires < known.today


def _moment(known: Known) -> Moment:
    return Moment(ZoneInfo(known.household.patients[known.patient].timezone), known.at)
