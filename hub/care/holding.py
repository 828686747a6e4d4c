"""Which compartments hold what is on hold, and for how long?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from controller.wire.plan import HeldLid
from hub.care.ledger import SlotRecord


def held_lids(slots: Iterable[SlotRecord], box: str, until: int) -> tuple[HeldLid, ...]:
    """Return the lids of a box under which something on hold may lie, with no word of what it is.

    A held slot keeps its lid from the close of what is to be taken there before it, or from the opening of
    its own window if nothing is, to the opening of what is to be taken there after it, or to the end of the
    plan: its tablets may lie there all that time.
    """
    by_lid: dict[str, list[SlotRecord]] = {}
    for slot in sorted(slots, key=lambda slot: (slot.due_at, slot.slot)):
        if slot.box == box and slot.status != "withdrawn":
            by_lid.setdefault(slot.compartment, []).append(slot)
    return tuple(
        HeldLid(compartment=lid, begins_at=begins_at, ends_at=ends_at)
        for lid, found in sorted(by_lid.items())
        for begins_at, ends_at in _joined(_spans(found, until))
    )


def _spans(slots: list[SlotRecord], until: int) -> Iterator[tuple[int, int]]:
    for slot in slots:
        if slot.status != "held":
            continue
        asked = [other for other in slots if other.status == "planned"]
        before = [other.closes_at for other in asked if other.due_at < slot.due_at]
        after = [other.opens_at for other in asked if other.due_at > slot.due_at]
        begins_at = min(max(before, default=slot.opens_at), slot.opens_at)
        yield begins_at, max(min(after, default=until), slot.closes_at)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch: two held weeks of one lid are one span."""
    joined: list[tuple[int, int]] = []
    for begins_at, ends_at in sorted(spans):
        if joined and begins_at <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], ends_at)
        else:
            joined.append((begins_at, ends_at))
    return joined
