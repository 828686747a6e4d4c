"""What has moved the tablets of a regimen? Counts, packs, fills and intakes that are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.care.entries import (
    BoxFilled,
    CompartmentEmptied,
    Entry,
    FillChecked,
    PacksFetched,
    TabletsCounted,
    in_force,
)
from hub.care.ledger import Intake
from hub.care.people import Household, Regimen
from hub.care.schedule import local_instant
from hub.care.supplying.fills import told_once
from hub.care.supplying.stock import (
    Checked,
    Counted,
    Emptied,
    Fetched,
    Filled,
    Move,
    StockRecord,
    Taken,
    eighths_of,
    stock_after,
)

KNOWING = (TabletsCounted, PacksFetched, BoxFilled)
"""The facts by which tablets become known."""


def stock_of(
    household: Household, regimen: Regimen, entries: Iterable[Entry], intakes: Iterable[Intake]
) -> StockRecord:
    """Return what there is of a regimen; `entries` and `intakes` reach back to the first that moved it."""
    return stock_after(regimen.patient, regimen.id, moves_of(household, regimen, entries, intakes))


def moves_of(
    household: Household, regimen: Regimen, entries: Iterable[Entry], intakes: Iterable[Intake]
) -> tuple[Move, ...]:
    """Return everything that moved a regimen's tablets.

    What was taken before anybody had counted, fetched or filled anything is no part of it.
    """
    told = [
        *_of_household(household, regimen),
        *(move for entry in told_once(in_force(entries)) for move in _of_entry(regimen, entry)),
    ]
    begins = min((move.at for move in told), default=None)
    seen = [_taken(one) for one in intakes if one.regimen == regimen.id]
    return tuple(move for move in (*told, *seen) if begins is not None and move.at >= begins)


def known_from(household: Household, patient: str, entries: Iterable[Entry]) -> int | None:
    """Return when the first tablets of a patient became known; `None` where nothing is known of any."""
    counted = [move.at for move in household_counts(household, patient)]
    return min((*counted, *(entry.at for entry in entries if isinstance(entry.fact, KNOWING))), default=None)


def household_counts(household: Household, patient: str) -> Iterator[Move]:
    """Go through the counts that the household file bears for a patient."""
    for one in household.regimens.values():
        if one.patient == patient:
            yield from _of_household(household, one)


def _of_household(household: Household, regimen: Regimen) -> Iterator[Move]:
    """Read the count of the household file as made when its day began, before what was taken on it."""
    supply = regimen.supply
    if supply is not None:
        zone = household.patients[regimen.patient].timezone
        at = local_instant(zone, supply.counted_on, "00:00")
        yield Counted(at=at, eighths=eighths_of(supply.tablets), expires=supply.expires)


def _of_entry(regimen: Regimen, entry: Entry) -> Iterator[Move]:
    at, fact = entry.at, entry.fact
    match fact:
        case TabletsCounted(regimen=regimen.id, tablets=tablets):
            yield Counted(at=at, eighths=eighths_of(tablets))
        case PacksFetched(regimen=regimen.id):
            yield Fetched(at=at, eighths=eighths_of(fact.tablets), expires=fact.expires)
        case BoxFilled():
            yield from _of_fill(regimen.id, entry, fact)
        case FillChecked():
            yield Checked(at=at, fill=fact.fill, by=entry.by)
        case CompartmentEmptied():
            yield Emptied(at=at, place=(fact.box, fact.compartment), kept=fact.kept)
        case _:
            return


def _of_fill(regimen: str, entry: Entry, fact: BoxFilled) -> Iterator[Move]:
    for compartment, amounts in fact.compartments.items():
        if regimen in amounts:
            yield Filled(
                at=entry.at,
                place=(fact.box, compartment),
                eighths=eighths_of(amounts[regimen]),
                fill=entry.entry,
                by=entry.by,
                expires=fact.expires.get(regimen),
                lot=fact.lots.get(regimen, ""),
            )


def _taken(intake: Intake) -> Taken:
    place = (intake.box, intake.compartment) if intake.compartment else None
    return Taken(at=intake.at, eighths=intake.eighths, place=place)
