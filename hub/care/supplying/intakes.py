"""What has been taken, as far as the record says? The one place where intakes of every kind come together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from hub.care.entries import AsNeededTaken, Entry, in_force
from hub.care.ledger import Intake, Ledger, SlotRecord
from hub.care.supplying.moves import household_counts
from hub.care.supplying.stock import Place, eighths_of

TAKEN = ("taken", "self_reported")
"""The outcomes for which tablets are gone."""


def intakes_of(
    entries: Iterable[Entry], slots: Iterable[SlotRecord], past: Iterable[Intake] = ()
) -> tuple[Intake, ...]:
    """Return every intake: of slots in mind, of slots long ago, and of what was taken as needed."""
    seen = (intake_of(slot) for slot in slots)
    told = (
        Intake(
            regimen=fact.regimen,
            at=fact.taken_at,
            eighths=eighths_of(fact.amount),
            box=fact.box or "",
            compartment=fact.compartment or "",
            is_as_needed=True,
        )
        for fact in (entry.fact for entry in in_force(entries))
        if isinstance(fact, AsNeededTaken)
    )
    return (*past, *(one for one in seen if one is not None), *told)


def intake_of(slot: SlotRecord) -> Intake | None:
    """Return what was taken for a slot, if anything was."""
    if slot.outcome not in TAKEN:
        return None
    return taken_for(
        slot.regimen,
        slot.outcome,
        at=slot.due_at if slot.opened_at is None else slot.opened_at,
        eighths=sum(eighths_of(part.amount) for part in slot.amounts),
        place=(slot.box, slot.compartment),
    )


def taken_for(regimen: str, outcome: str, *, at: int, eighths: int, place: Place) -> Intake:
    """Take an intake the box saw out of its place, and one somebody told of from outside any box."""
    box, compartment = place if outcome == "taken" else ("", "")
    return Intake(regimen=regimen, at=at, eighths=eighths, box=box, compartment=compartment)


def summed(intakes: Iterable[Intake], cuts: Iterable[int]) -> tuple[Intake, ...]:
    """Put together what was taken out of one place between two cuts.

    Where nothing else moves the tablets meanwhile, the stock comes out the same; so years of intakes are no
    more records than there are entries.
    """
    edges = sorted(set(cuts))
    sums: dict[tuple[str, str, str, bool, int], Intake] = {}
    for one in sorted(intakes, key=lambda one: one.at):
        span = bisect_right(edges, one.at)
        key = (one.regimen, one.box, one.compartment, one.is_as_needed, span)
        known = sums.get(key)
        sums[key] = one if known is None else replace(known, eighths=known.eighths + one.eighths)
    return tuple(one for one in sums.values() if one.eighths)


def let_go(ledger: Ledger, slots: Iterable[SlotRecord]) -> tuple[Intake, ...]:
    """Return the intakes of long ago once these slots are no longer in mind."""
    return _with(ledger, [one for one in map(intake_of, slots) if one is not None])


def recalled(ledger: Ledger, slot: SlotRecord) -> Ledger:
    """Return a ledger with a slot back in mind, whose intake therefore no longer counts as long ago."""
    found = intake_of(slot)
    gone = () if found is None else (replace(found, eighths=-found.eighths),)
    return replace(ledger, slots={**ledger.slots, slot.slot: slot}, past=_with(ledger, gone))


def cuts_of(ledger: Ledger) -> tuple[int, ...]:
    """Return every instant at which something other than an intake may have moved tablets."""
    counted = (move.at for move in household_counts(ledger.household, ledger.patient))
    return (*counted, *(entry.at for entry in ledger.entries))


def _with(ledger: Ledger, more: Iterable[Intake]) -> tuple[Intake, ...]:
    more = tuple(more)
    return summed((*ledger.past, *more), cuts_of(ledger)) if more else ledger.past
