"""Which command opens the lock of a box for whoever has asked for it?"""

from __future__ import annotations

from controller.wire.instants import MINUTE_MS
from controller.wire.messages import Command
from hub.care.entries import Entry, UnlockAsked
from hub.care.people import Household

EXPIRES_MS = 2 * MINUTE_MS
"""Later than this nobody stands before the box any more: a hub or a box that was away opens nothing then."""


def unlock_command(entry: Entry, household: Household, at: int) -> Command | None:
    """Return the command that an entry asks for, `None` where it asks for none, or too late, or may not."""
    fact = entry.fact
    if not isinstance(fact, UnlockAsked) or household.writer(entry.patient, entry.by) is None:
        return None
    box = household.boxes.get(fact.box)
    expires_at = entry.at + EXPIRES_MS
    if box is None or box.patient != entry.patient or not entry.at <= at < expires_at:
        return None
    return Command(
        v=1, box=box.id, id=entry.entry, command="unlock", expires_at=expires_at, until=fact.until,
        by=entry.by,
    )  # fmt: skip
