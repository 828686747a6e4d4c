"""What is to be said of a patient's supply today: how much, until when, order by when, how surely?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from controller.wire.instants import DAY_MS
from hub.care.entries import Entry
from hub.care.ledger import Intake, SlotRecord
from hub.care.people import Household, Regimen
from hub.care.schedule import ONE_DAY, local_time, slots_between
from hub.care.supplying.forecast import AVERAGED_DAYS, Forecast, forecast, missing_eighths
from hub.care.supplying.moves import stock_of
from hub.care.supplying.ordering import Ordering, closed_days, ordering
from hub.care.supplying.refills import refills_left
from hub.care.supplying.stock import StockRecord

UNSEEN = ("unobserved", "unconfirmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One regimen's supply. `unseen` doses since the count may or may not have been taken.

    `refills_left` is `None` where nobody has said how many the prescription allows.
    """

    regimen: Regimen
    stock: StockRecord
    forecast: Forecast
    ordering: Ordering | None
    unseen: int
    refills_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything an outlook rests on; `entries` and `intakes` reach back to the first count.

    `slots` are those of which somebody wants to know how they ended, at least from yesterday on.
    """

    household: Household
    patient: str
    entries: Sequence[Entry]
    intakes: Sequence[Intake]
    slots: Sequence[SlotRecord]
    at: int
    holidays: Collection[date] = ()

    @property
    def today(self) -> date:
        """The patient's date."""
        return local_time(self.household.patients[self.patient].timezone, self.at).date()

    def settled(self, regimen: Regimen) -> frozenset[str]:
        """Return the slots that take nothing more: their outcome is known, or their window is over."""
        near = slots_between(self.household, regimen, self.today - ONE_DAY, self.today)
        over = (slot.slot for slot in near if slot.closes_at <= self.at)
        return frozenset((*over, *(slot.slot for slot in self.slots if slot.outcome is not None)))

    def regimens(self) -> Iterator[Regimen]:
        """Go through the patient's regimens."""
        return (one for one in self.household.regimens.values() if one.patient == self.patient)


def outlooks(known: Known) -> tuple[Outlook, ...]:
    """Return the outlook of each regimen of which tablets are known."""
    found = (outlook(known, regimen) for regimen in known.regimens())
    return tuple(one for one in found if one.stock.is_known)


def outlook(known: Known, regimen: Regimen) -> Outlook:
    """Return what is to be said of one regimen's supply."""
    stock = stock_of(known.household, regimen, known.entries, known.intakes)
    seen = forecast(
        known.household,
        regimen,
        stock,
        known.today,
        settled=known.settled(regimen),
        recent_eighths=_recent_eighths(known, regimen),
    )
    supply = regimen.supply
    refills = refills_left(known.household, regimen, known.entries)
    order = ordering(
        seen,
        closed_days(known.household, known.patient, known.holidays),
        lead_days=None if supply is None else supply.lead_days,
        refills_left=refills,
    )
    begins = stock.counted_at or 0
    unseen = [
        slot
        for slot in known.slots
        if slot.regimen == regimen.id and slot.outcome in UNSEEN and slot.due_at >= begins
    ]
    return Outlook(
        regimen=regimen,
        stock=stock,
        forecast=seen,
        ordering=order,
        unseen=len(unseen),
        refills_left=refills,
    )


def missing_until(known: Known, one: Outlook, until: date) -> int:
    """Return how many eighths are missing to last until a date, itself included."""
    return missing_eighths(
        known.household, one.regimen, one.stock, known.today, until, settled=known.settled(one.regimen)
    )  # fmt: skip


def _recent_eighths(known: Known, regimen: Regimen) -> int:
    first_ms = known.at - AVERAGED_DAYS * DAY_MS
    return sum(
        one.eighths
        for one in known.intakes
        if one.is_as_needed and one.regimen == regimen.id and first_ms <= one.at <= known.at
    )
