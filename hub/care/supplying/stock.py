"""How many tablets of a regimen are there, and where do they lie? Exact to the eighth of a tablet.

Stock is folded anew from everything that moved it, in the order in which it happened. So an outcome that is
taken back, or an entry that is undone, gives back by itself what it took.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Union, assert_never

EIGHTHS = 8
"""The smallest part in which any tablet comes."""

Place = tuple[str, str]
"""A box and one of its compartments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Tablets outside the box that expire together; `None` where nobody said when."""

    eighths: int
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """What lies in one compartment; `fill` is the newest entry that laid something there."""

    eighths: int
    filled_at: int
    fill: str
    by: str
    expires: date | None = None
    lot: str = ""
    checked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRecord:
    """What is known of one regimen's tablets. Key: (patient, regimen).

    What lies here is always `fetched - taken - discarded + corrected`. `corrected` is the sum of all
    differences between what was known and what was found, and `overdrawn` the part of it that was taken
    although nobody knew of it. `counted_at` is `None` where nobody has ever counted.
    """

    patient: str
    regimen: str
    outside: tuple[Batch, ...] = ()
    compartments: Mapping[Place, Lying] = field(default_factory=dict)
    fetched: int = 0
    taken: int = 0
    discarded: int = 0
    corrected: int = 0
    overdrawn: int = 0
    counted_at: int | None = None
    counted: int = 0

    @property
    def is_known(self) -> bool:
        """Whether anybody has ever counted, fetched or filled anything."""
        return self.counted_at is not None or bool(self.fetched or self.corrected or self.taken)

    @property
    def is_counted(self) -> bool:
        """Whether anybody has said what lies outside the box: a fill alone tells nothing of it."""
        return self.counted_at is not None or bool(self.fetched)

    @property
    def outside_eighths(self) -> int:
        """All that lies outside the box."""
        return sum(batch.eighths for batch in self.outside)

    @property
    def inside_eighths(self) -> int:
        """All that lies in compartments."""
        return sum(lying.eighths for lying in self.compartments.values())

    @property
    def all_eighths(self) -> int:
        """All that there is."""
        return self.outside_eighths + self.inside_eighths

    def batches(self) -> tuple[Batch, ...]:
        """Return everything, wherever it lies, with what expires first in front."""
        lying = (Batch(eighths=one.eighths, expires=one.expires) for one in self.compartments.values())
        return _in_order((*self.outside, *lying))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many lie outside the box; the difference to what was known is a correction."""

    at: int
    eighths: int
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Packs came home."""

    at: int
    eighths: int
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Tablets went from outside into a compartment."""

    at: int
    place: Place
    eighths: int
    fill: str
    by: str
    expires: date | None = None
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A second person has looked at a fill."""

    at: int
    fill: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    """A compartment was emptied; what was not kept is gone."""

    at: int
    place: Place
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An intake, out of a compartment or, where `place` is `None`, from outside the box."""

    at: int
    eighths: int
    place: Place | None = None


Move = Union[Counted, Fetched, Filled, Checked, Emptied, Taken]


def eighths_of(tablets: float) -> int:
    """Return tablets as whole eighths; a part no tablet comes in is rounded up to the next eighth."""
    return -int(-tablets * EIGHTHS // 1)


def tablets_of(eighths: int) -> float:
    """Return eighths as tablets; exact, as an eighth is a binary fraction."""
    return eighths / EIGHTHS


def stock_after(patient: str, regimen: str, moves: Iterable[Move]) -> StockRecord:
    """Fold everything that happened to one regimen's tablets, in the order of its time."""
    stock = StockRecord(patient=patient, regimen=regimen)
    for move in sorted(moves, key=lambda move: move.at):
        stock = moved(stock, move)
    return stock


def moved(stock: StockRecord, move: Move) -> StockRecord:
    """Return the stock after one move; amounts below nothing are taken as nothing."""
    match move:
        case Counted():
            return _counted(stock, move)
        case Fetched():
            return replace(
                _put(stock, move.eighths, move.expires), fetched=stock.fetched + max(0, move.eighths)
            )
        case Filled():
            return _filled(stock, move)
        case Checked():
            return _checked(stock, move)
        case Emptied():
            return _emptied(stock, move)
        case Taken():
            return _taken(stock, move)
        case _:
            assert_never(move)


def _counted(stock: StockRecord, move: Counted) -> StockRecord:
    found = max(0, move.eighths)
    known = stock.outside_eighths
    after = replace(
        stock, corrected=stock.corrected + found - known, counted_at=move.at, counted=found
    )  # fmt: skip
    if found < known:
        return _drawn(after, known - found)[0]
    # What nobody knew of is thought to expire with the first of what was known.
    expires = move.expires or next((batch.expires for batch in stock.outside), None)
    return _put(after, found - known, expires)


def _filled(stock: StockRecord, move: Filled) -> StockRecord:
    wanted = max(0, move.eighths)
    earliest = next((batch.expires for batch in stock.outside), None)
    stock, unknown = _drawn(stock, wanted)
    before = stock.compartments.get(move.place)
    ends = [move.expires or earliest, None if before is None else before.expires]
    lying = Lying(
        eighths=wanted + (before.eighths if before else 0),
        filled_at=move.at,
        fill=move.fill,
        by=move.by,
        expires=min((day for day in ends if day is not None), default=None),
        lot=move.lot,
    )
    if not lying.eighths:
        return stock
    # More was laid in than was known to be there: it must have been there.
    return replace(
        stock, compartments={**stock.compartments, move.place: lying}, corrected=stock.corrected + unknown
    )


def _checked(stock: StockRecord, move: Checked) -> StockRecord:
    """Note the second person; whoever laid it in is none."""
    seen = {
        place: replace(one, checked_by=move.by) if one.fill == move.fill and one.by != move.by else one
        for place, one in stock.compartments.items()
    }
    return replace(stock, compartments=seen)


def _emptied(stock: StockRecord, move: Emptied) -> StockRecord:
    lying = stock.compartments.get(move.place)
    if lying is None:
        return stock
    stock = _left(stock, move.place, 0)
    if move.kept:
        return _put(stock, lying.eighths, lying.expires)
    return replace(stock, discarded=stock.discarded + lying.eighths)


def _taken(stock: StockRecord, move: Taken) -> StockRecord:
    """Take from the compartment, then from outside; what was nowhere known must have been there."""
    wanted = max(0, move.eighths)
    stock = replace(stock, taken=stock.taken + wanted)
    lying = None if move.place is None else stock.compartments.get(move.place)
    if move.place is not None and lying is not None:
        here = min(wanted, lying.eighths)
        stock = _left(stock, move.place, lying.eighths - here)
        wanted -= here
    stock, unknown = _drawn(stock, wanted)
    return replace(stock, corrected=stock.corrected + unknown, overdrawn=stock.overdrawn + unknown)


def _left(stock: StockRecord, place: Place, eighths: int) -> StockRecord:
    others = {other: lying for other, lying in stock.compartments.items() if other != place}
    if eighths:
        others[place] = replace(stock.compartments[place], eighths=eighths)
    return replace(stock, compartments=others)


def _put(stock: StockRecord, eighths: int, expires: date | None) -> StockRecord:
    if eighths <= 0:
        return stock
    return replace(stock, outside=_in_order((*stock.outside, Batch(eighths=eighths, expires=expires))))


def _drawn(stock: StockRecord, eighths: int) -> tuple[StockRecord, int]:
    """Take from outside what expires first; return how much of it was not there besides."""
    left, kept = eighths, []
    for batch in stock.outside:
        here = min(left, batch.eighths)
        left -= here
        if batch.eighths > here:
            kept.append(replace(batch, eighths=batch.eighths - here))
    return replace(stock, outside=tuple(kept)), left


def _in_order(batches: Iterable[Batch]) -> tuple[Batch, ...]:
    """Put what expires first in front, and put together what expires together."""
    sums: dict[date | None, int] = {}
    for batch in batches:
        sums[batch.expires] = sums.get(batch.expires, 0) + batch.eighths
    ends = sorted(sums, key=lambda day: day or date.max)
    return tuple(Batch(eighths=sums[day], expires=day) for day in ends)
