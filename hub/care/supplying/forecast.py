"""Until when does a medicine last, and how many packs are missing until a date? A promise that must hold.

Every day is gone through as it is prescribed: dated steps, rhythms and pauses with a stated end. A pause that
nobody has ended is counted as if it ended today, and what expires is not counted after its date.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from hub.care.people import Household, Regimen, Step
from hub.care.schedule import ONE_DAY, is_held, slots_between
from hub.care.supplying.stock import Batch, StockRecord, eighths_of

HORIZON_DAYS = 400
"""So far a forecast looks; what lasts longer is said to last longer."""
AVERAGED_DAYS = 30

Needs = Callable[[date], Fraction]
"""How many eighths a date needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What one regimen's stock is enough for, as dates of the patient.

    `run_out` is the first date that is not covered whatever is taken on it; `None` where the stock lasts
    beyond `seen_until`. `ends` is the last date of the regimen where it has one. `by_average` is the first
    date not covered if an as-needed medicine is taken as in the last 30 days, `None` where it is beyond or
    nothing is as needed. `expires` is the earliest date on which something of it expires.
    """

    regimen: str
    today: date
    eighths: int
    run_out: date | None
    seen_until: date
    ends: date | None = None
    by_average: date | None = None
    is_as_needed: bool = False
    expires: date | None = None

    @property
    def days_left(self) -> int | None:
        """How many dates from today on are covered; `None` where it lasts beyond what is looked at."""
        return None if self.run_out is None else (self.run_out - self.today).days


def forecast(
    household: Household,
    regimen: Regimen,
    stock: StockRecord,
    today: date,
    *,
    settled: Collection[str] = (),
    recent_eighths: int = 0,
) -> Forecast:
    """Return until when the stock lasts.

    `settled` are slots whose outcome is known, so that they take nothing more. `recent_eighths` is what was
    taken as needed in the last 30 days.
    """
    last = today + HORIZON_DAYS * ONE_DAY
    batches = stock.batches()
    most = needs_at_most(household, regimen, today, last, settled)
    as_needed = any(step.as_needed is not None for step in regimen.steps)
    by_average = None
    if as_needed:
        rate = Fraction(recent_eighths, AVERAGED_DAYS)
        average = needs(household, regimen, today, last, settled, lambda _: rate)
        by_average = _first_short(batches, average, today, last)
    return Forecast(
        regimen=regimen.id,
        today=today,
        eighths=sum(batch.eighths for batch in batches if _is_good(batch, today)),
        run_out=_first_short(batches, most, today, last),
        seen_until=last,
        ends=max((step.until for step in regimen.steps if step.until), default=None)
        if all(step.until for step in regimen.steps)
        else None,
        by_average=by_average,
        is_as_needed=as_needed,
        expires=next((batch.expires for batch in batches), None),
    )


def missing_eighths(
    household: Household,
    regimen: Regimen,
    stock: StockRecord,
    today: date,
    until: date,
    *,
    settled: Collection[str] = (),
) -> int:
    """Return how much is missing to last until a date, itself included; at most what may be needed."""
    short = missing(
        stock.batches(), needs_at_most(household, regimen, today, until, settled), today, until
    )  # fmt: skip
    return -int(-short // 1)


def packs_needed(eighths: int, pack: int) -> int:
    """Return how many packs of so many tablets make up what is missing."""
    return -(-eighths // (pack * eighths_of(1)))


def needs_at_most(
    household: Household, regimen: Regimen, first: date, last: date, settled: Collection[str]
) -> Needs:
    """Say for each date the most that is needed: planned slots, and the daily most of what is as needed."""
    return needs(household, regimen, first, last, settled, _daily_most)


def needs(
    household: Household,
    regimen: Regimen,
    first: date,
    last: date,
    settled: Collection[str],
    as_needed: Callable[[Step], Fraction],
) -> Needs:
    """Say for each date what is needed: its planned slots, and so much of a step that is as needed."""
    ended = tuple(hold for hold in regimen.holds if hold.until is not None)
    planned = replace(regimen, holds=ended)
    known = set(settled)
    sums: dict[date, int] = {}
    # A window of yesterday may still be open.
    for slot in slots_between(household, planned, first - ONE_DAY, last):
        if slot.status != "held" and slot.slot not in known:
            day = max(first, date.fromisoformat(slot.slot.split("/")[1]))
            sums[day] = sums.get(day, 0) + sum(eighths_of(part.amount) for part in slot.amounts)
    steps = [step for step in regimen.steps if step.as_needed is not None]

    def of(day: date) -> Fraction:
        extra = (as_needed(step) for step in steps if _covers(step, day) and not is_held(ended, day))
        return Fraction(sums.get(day, 0)) + sum(extra, Fraction(0))

    return of


def missing(batches: Iterable[Batch], need: Needs, first: date, last: date) -> Fraction:
    """Return the sum of what the dates of a period need and do not find."""
    return sum((short for _, short in _shortages(batches, need, first, last)), Fraction(0))


def _first_short(batches: Iterable[Batch], need: Needs, first: date, last: date) -> date | None:
    return next((day for day, short in _shortages(batches, need, first, last) if short), None)


def _shortages(
    batches: Iterable[Batch], need: Needs, first: date, last: date
) -> Iterable[tuple[date, Fraction]]:
    """Go through the dates of a period with what each lacks, using first what expires first."""
    left = [(batch, Fraction(batch.eighths)) for batch in batches]
    for number in range((last - first) // timedelta(days=1) + 1):
        day = first + number * ONE_DAY
        wanted = need(day)
        kept = []
        for batch, eighths in left:
            here = min(wanted, eighths) if _is_good(batch, day) else Fraction(0)
            wanted -= here
            if eighths > here:
                kept.append((batch, eighths - here))
        left = kept
        yield day, wanted


def _is_good(batch: Batch, day: date) -> bool:
    return batch.expires is None or day <= batch.expires


def _covers(step: Step, day: date) -> bool:
    return step.begins <= day and (step.until is None or day <= step.until)


def _daily_most(step: Step) -> Fraction:
    return Fraction(0 if step.as_needed is None else eighths_of(step.as_needed.most_a_day))
