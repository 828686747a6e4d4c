"""How many refills does the prescription still allow? Each time packs come home it is one less."""

from __future__ import annotations

from collections.abc import Iterable

from hub.care.entries import Entry, PacksFetched, in_force
from hub.care.people import Household, Regimen
from hub.care.schedule import local_instant


def refills_left(household: Household, regimen: Regimen, entries: Iterable[Entry]) -> int | None:
    """Return what is left of the refills that the household names; `None` where it names none.

    They are as of the date on which its tablets were counted. One time of fetching is one refill, however
    many packs it brings; one that is undone gives it back. It is never less than none.
    """
    supply = regimen.supply
    if supply is None or supply.refills_left is None:
        return None
    since = local_instant(household.patients[regimen.patient].timezone, supply.counted_on, "00:00")
    fetched = sum(
        isinstance(entry.fact, PacksFetched) and entry.fact.regimen == regimen.id and entry.at >= since
        for entry in in_force(entries)
    )
    return max(0, supply.refills_left - fetched)
