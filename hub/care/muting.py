"""Which alerts does a caregiver want silence from, and when does that end by itself?

A mute always ends: "no alarms until I turn them on again" was forgotten, and a child's night with it
(NightscoutFoundation/xDrip, pull request 2406). A call for help cannot be muted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from controller.wire.instants import DAY_MS
from hub.care.caregivers import WantKind
from hub.care.entries import Entry, EntryUndone, Muted, in_force

MUTE_MAX_MS = 7 * DAY_MS
NEVER_MUTED: WantKind = "care"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A silence that somebody asked for themselves. Without `wants` it is of everything that can be muted."""

    entry: str
    caregiver: str
    wants: tuple[WantKind, ...]
    since: int
    until: int

    def covers(self, want: WantKind) -> bool:
        """Say whether alerts of a kind are silent while this holds."""
        return want != NEVER_MUTED and (not self.wants or want in self.wants)


def mutes(entries: Iterable[Entry]) -> Iterator[Mute]:
    """Go through the mutes that were not undone, also those that are over.

    Only oneself can be muted: an entry for somebody else is no mute.
    """
    written = in_force(one for one in entries if isinstance(one.fact, (Muted, EntryUndone)))
    for entry in written:
        fact = entry.fact
        if isinstance(fact, Muted) and fact.caregiver == entry.by:
            until = min(fact.until, entry.at + MUTE_MAX_MS)
            yield Mute(
                entry=entry.entry, caregiver=fact.caregiver, wants=fact.wants, since=entry.at, until=until
            )  # fmt: skip


def muted_until(entries: Iterable[Entry], caregiver: str, want: WantKind, at: int) -> int | None:
    """Return when the silence ends that a caregiver has from a kind of alerts, `None` if there is none."""
    found = (
        mute.until
        for mute in mutes(entries)
        if mute.caregiver == caregiver and mute.covers(want) and mute.since <= at < mute.until
    )
    return max(found, default=None)


def was_muted(entries: Iterable[Entry], caregiver: str, want: WantKind, since: int, at: int) -> bool:
    """Say whether a silence from a kind of alerts was on after an instant, and is over by now."""
    return any(
        mute.caregiver == caregiver and mute.covers(want) and since < mute.until <= at
        for mute in mutes(entries)
    )


def next_unmuted_at(entries: Iterable[Entry], at: int) -> int | None:
    """Return when the next mute ends."""
    return min((mute.until for mute in mutes(entries) if mute.until > at), default=None)
