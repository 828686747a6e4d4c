"""Which tablets lay in which compartment, from when until when?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hub.care.supplying.stock import Filled, Move, Place, StockRecord, moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """What one fill laid into one compartment, and how long some of it may have lain there.

    Where more was laid onto what still lay there, nobody can tell which tablet is taken first: both stay
    until the compartment is empty. `until` is `None` while something lies there.
    """

    regimen: str
    place: Place
    fill: str
    by: str
    eighths: int
    since: int
    until: int | None = None


def stays(patient: str, regimen: str, moves: Iterable[Move]) -> tuple[Stay, ...]:
    """Follow a regimen's tablets through the compartments, in the order in which they were laid there."""
    stock = StockRecord(patient=patient, regimen=regimen)
    found: list[Stay] = []
    for move in sorted(moves, key=lambda move: move.at):
        stock = moved(stock, move)
        if isinstance(move, Filled) and move.eighths > 0:
            found.append(_laid(regimen, move))
        for number, stay in enumerate(found):
            if stay.until is None and stay.place not in stock.compartments:
                found[number] = replace(stay, until=move.at)
    return tuple(found)


def _laid(regimen: str, move: Filled) -> Stay:
    return Stay(
        regimen=regimen, place=move.place, fill=move.fill, by=move.by, eighths=move.eighths, since=move.at
    )
