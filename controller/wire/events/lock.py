"""What may a box testify of its lock?"""

from __future__ import annotations

from dataclasses import dataclass

from controller.wire.words import Instant, SlotId, Slug, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOpened:
    """The lock lets the lids go: for a `slot`, or until `until` by an act of a person, `by` whom if named."""

    because: Word
    slot: SlotId | None = None
    by: Slug | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLocked:
    """The lock holds the lids again."""

    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class LockForced:
    """A lid was opened while the lock held it: the lock, or the switch, does not do what it should."""

    compartment: Slug
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOverride:
    """Somebody at the box opened the lock by holding a button, whatever the plan says."""

    because: Word
