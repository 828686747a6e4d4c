"""Which notices about the supply are told to people, and which older word does each take the place of?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from hub.care.daytime import is_day
from hub.care.page import Page
from hub.care.supplying.intakes import intakes_of
from hub.care.supplying.moves import known_from
from hub.care.supplying.noticing import (
    FEW_DAYS,
    LOW,
    VERY_FEW_DAYS,
    Notice,
    few_days_about,
    fill_notices,
    supply_notices,
)
from hub.care.supplying.outlook import Known

SUPPLY, FILL = "supply.", "fill."


def told_of_supply(page: Page) -> Iterator[Notice]:
    """Go through what runs out or has expired, as far as it is told now or was told already."""
    return _told(page, SUPPLY, supply_notices)


def told_of_fills(page: Page) -> Iterator[Notice]:
    """Go through what lies in the box too long or unseen, as far as it is told now or was told already."""
    return _told(page, FILL, fill_notices)


def is_counted(page: Page) -> bool:
    """Tell whether anybody has counted, fetched or filled anything for this patient."""
    return page.person() is not None and known_from(page.household, page.patient, page.entries) is not None


def taken_over(notice: Notice) -> str:
    """Return the condition whose alert this notice goes on with; empty where there is none."""
    if notice.kind != LOW:
        return ""
    [regimen] = notice.regimens
    days = VERY_FEW_DAYS if notice.about == few_days_about(regimen, FEW_DAYS) else FEW_DAYS
    return f"{LOW} {few_days_about(regimen, days)}"


def _told(page: Page, prefix: str, judge: Callable[[Known], Iterator[Notice]]) -> Iterator[Notice]:
    is_up = is_day(page)
    told = {alert.condition for alert in page.open_alerts() if alert.kind.startswith(prefix)}
    # Most of the time there is nothing to tell or to end, and a look ahead over a year is not free.
    if not (is_up or told) or not is_counted(page):
        return
    for notice in judge(_known(page)):
        if f"{notice.kind} {notice.about}" in told or (is_up and not notice.can_wait):
            yield notice
        elif (older := taken_over(notice)) in told:
            # Until people are up again the older word stands.
            yield replace(notice, about=older.partition(" ")[2])


def _known(page: Page) -> Known:
    slots = tuple(page.slots.values())
    return Known(
        household=page.household,
        patient=page.patient,
        entries=page.entries,
        intakes=intakes_of(page.entries, slots, page.past),
        slots=slots,
        at=page.at,
        holidays=page.holidays,
    )
