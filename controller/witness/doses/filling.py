"""Which compartments are to be filled for the coming days, and which one is next?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import takewhile

from controller.wire.envelope import Stamp
from controller.wire.instants import DAY_MS
from controller.wire.naming import lid_words, tablet_words
from controller.wire.plan import Amount, PlannedSlot
from controller.wire.words import OPENINGS_MAX, Instant, Openings, Slug
from controller.witness.clock import is_trusted
from controller.witness.doses.progress import Course

AHEAD_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """How far a guided refill has come.

    It looks ahead from `since`; without it the box does not guide. `at_hand` is the compartment that was
    opened while it was next, and has not been closed again.
    """

    since: Instant | None = None
    at_hand: Slug | None = None
    filled: tuple[Slug, ...] = ()
    skipped: tuple[Slug, ...] = ()
    wrong: Openings = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFill:
    """One line of the worksheet: what lies in a compartment for one day, and for how many days it is so."""

    compartment: str
    due_at: int
    amounts: tuple[Amount, ...]
    days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """Where the box guides to; nothing is `coming` once every compartment is filled or `skipped`."""

    coming: ToFill | None
    skipped: int


def worksheet(course: Course, at: int, compartments: Collection[str]) -> tuple[ToFill, ...]:
    """Return what is to be filled for the 7 days from an instant, each compartment once, in due order.

    A compartment whose dose is overdue and may still be taken is left out: its tablets may lie in it yet.
    """
    by_compartment: dict[str, list[PlannedSlot]] = {}
    overdue: set[str] = set()
    for slot in () if course.held is None else course.held.slots:
        known = course.of(slot)
        if known.answered or slot.compartment not in compartments:
            continue
        if at <= slot.due_at < at + AHEAD_MS:
            by_compartment.setdefault(slot.compartment, []).append(slot)
        elif slot.opens_at <= at <= slot.closes_at and known.outcome == "pending":
            overdue.add(slot.compartment)
    lines = (_line(name, slots) for name, slots in by_compartment.items() if name not in overdue)
    return tuple(sorted(lines, key=lambda line: (line.due_at, line.compartment)))


def guide(filling: Filling, course: Course, compartments: Collection[str], now: Stamp) -> Guide | None:
    """Return where the refill has come to, `None` where the box cannot guide it."""
    if filling.since is None or not is_trusted(now):
        return None
    # A clock that has been set since then must not ask for the tablets of another week.
    at = filling.since if 0 <= now.at - filling.since <= DAY_MS else now.at
    sheet = worksheet(course, at, compartments)
    done = (*filling.filled, *filling.skipped)
    if not sheet and not done:
        return None
    coming = next((line for line in sheet if line.compartment not in done), None)
    return Guide(coming=coming, skipped=len(filling.skipped))


def opened(filling: Filling, coming: ToFill, compartment: str) -> Filling:
    """Note that a lid was opened: the one that is next, or a wrong one, which never moves the guide on."""
    if compartment == coming.compartment:
        return replace(filling, at_hand=compartment)
    return replace(filling, wrong=min(filling.wrong + 1, OPENINGS_MAX))


def closed(filling: Filling, coming: ToFill, compartment: str) -> Filling:
    """Note that a lid was closed: what was opened in its turn is filled."""
    if compartment != filling.at_hand or compartment != coming.compartment:
        return filling
    return replace(filling, at_hand=None, filled=(*filling.filled, compartment))


def skipped(filling: Filling, coming: ToFill) -> Filling:
    """Leave out the compartment that is next."""
    return replace(filling, at_hand=None, skipped=(*filling.skipped, coming.compartment))


def place_words(coming: ToFill) -> str:
    """Name the compartment as it is printed on its lid."""
    return lid_words(coming.compartment) or coming.compartment.upper()


def fill_words(coming: ToFill) -> str:
    """Say what is to be filled: `fill Monday morning: 1½ tablets`; several medicines each by its name."""
    if len(coming.amounts) == 1:
        tablets = tablet_words(coming.amounts[0].amount)
    else:
        tablets = ", ".join(f"{tablet_words(part.amount)} {part.medicine}" for part in coming.amounts)
    days = f", for each of {coming.days} days" if coming.days > 1 else ""
    return f"fill {place_words(coming)}: {tablets}{days}"


def _line(compartment: str, slots: list[PlannedSlot]) -> ToFill:
    slots = sorted(slots, key=lambda slot: (slot.due_at, slot.slot))
    by_date: dict[str, list[PlannedSlot]] = {}
    for slot in slots:
        by_date.setdefault(slot.slot.rsplit("/", 2)[1], []).append(slot)
    amounts = [_total(together) for together in by_date.values()]
    # A lid of a week's box belongs to one day; in another, days after a change of dose are not told as one.
    alike = 1 if lid_words(compartment) else sum(1 for _ in takewhile(lambda one: one == amounts[0], amounts))
    return ToFill(compartment=compartment, due_at=slots[0].due_at, amounts=amounts[0], days=alike)


def _total(slots: list[PlannedSlot]) -> tuple[Amount, ...]:
    tablets: dict[str, float] = {}
    for slot in slots:
        for part in slot.amounts:
            tablets[part.medicine] = tablets.get(part.medicine, 0.0) + part.amount
    return tuple(Amount(medicine=name, amount=amount) for name, amount in sorted(tablets.items()))
