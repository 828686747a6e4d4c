"""What does the running hub keep in mind, of its store and of the world outside?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Protocol

from controller.wire.instants import DAY_MS
from hub.care.happenings import Happening
from hub.care.ledger import Change, Intake, Ledger
from hub.care.people import Household
from hub.care.supplying.intakes import cuts_of, summed
from hub.care.supplying.moves import KNOWING, known_from
from hub.holiday_dates import holiday_dates
from hub.intake.remembered import Births, Streams
from hub.store.port import Store
from hub.tables import FIRST_DAY, LAST_DAY

OPENED_EARLY_MS = 2 * DAY_MS
"""No lid is opened for a slot so long before it is due, or so long after."""
YEAR_MS = 365 * DAY_MS + DAY_MS // 4


class Care(Protocol):
    """The pure core, as `hub.care.home` is."""

    def open_ledger(self, household: Household, patient: str) -> Ledger:
        """Return what is known of a patient before anything has happened."""
        ...

    def step(self, ledger: Ledger, happening: Happening) -> tuple[Ledger, tuple[Change, ...]]:
        """Return what follows."""
        ...

    def next_deadline(self, ledger: Ledger) -> int | None:
        """Return when time alone will change something."""
        ...


@dataclass(slots=True, kw_only=True)
class Memory:
    """What the running hub keeps in mind of its store: never more than what is committed."""

    store: Store
    care: Care
    household: Household
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    streams: Streams = field(default_factory=Streams)
    births: Births = field(default_factory=Births)

    def inherit(self, before: Memory | None) -> None:
        """Go on with everything that was in mind under the household before."""
        if before is not None:
            self.ledgers.update(before.ledgers)
            self.streams, self.births = before.streams, before.births

    def with_holidays(self, ledger: Ledger, at_ms: int) -> Ledger:
        """Return a ledger with the holidays of these years, if it has any use for them."""
        home = self.household
        is_counted = any(isinstance(entry.fact, KNOWING) for entry in ledger.entries)
        if not is_counted and all(one.supply is None for one in home.regimens.values()):
            return ledger
        known = _holidays(home.country, home.subdivision, _year(at_ms))
        return ledger if ledger.holidays is known else replace(ledger, holidays=known)


def past_intakes(store: Store, ledger: Ledger) -> tuple[Intake, ...]:
    """Return what was taken for slots that are not in mind, from the first count on; nothing before one."""
    begins = known_from(ledger.household, ledger.patient, ledger.entries)
    if begins is None:
        return ()
    found = store.intakes_since(ledger.patient, begins - OPENED_EARLY_MS)
    return summed((one for slot, one in found.items() if slot not in ledger.slots), cuts_of(ledger))


@lru_cache(maxsize=16)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return holiday_dates(country, subdivision, date(year, 1, 1)) or frozenset()


def _year(at_ms: int) -> int:
    # A clock may show any time at all; no household has dates outside these years.
    return min(max(FIRST_DAY.year, 1970 + at_ms // YEAR_MS), LAST_DAY.year)
