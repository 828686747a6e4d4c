"""What may a box testify of its lids?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from controller.wire.marks import Within
from controller.wire.words import Instant, Openings, SlotId, Slug, Word

BOUNCES_MAX = 1_000_000
Bounces = Annotated[int, Within(0, BOUNCES_MAX)]
"""How often contacts bounced: edges beyond the one that each movement of a lid needs."""

LidSource = Literal["edge", "poll", "at_boot"]
"""How a lid's movement was noticed: its edge, the poll that heals lost edges, or at start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LidOpened:
    """A lid opened; `at_boot` means it happened unseen while the box was off."""

    compartment: Slug
    because: LidSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LidClosed:
    """A lid closed, after `open_ms` where the opening was seen in this boot."""

    compartment: Slug
    because: LidSource
    open_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LidLeftOpen:
    """A lid has stood open for `open_ms`."""

    compartment: Slug
    because: Word
    open_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LidStuck:
    """A switch behaves as no lid does."""

    compartment: Slug
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class LidUse:
    """What one lid did in a day: the times it opened, how long the box saw it open, and its bounces."""

    compartment: Slug
    opened: Openings
    open_ms: int
    moves: Openings
    bounces: Bounces = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LidDay:
    """A day of the patient is over; `lids` are those that moved or stood open in it.

    It spans more than a day where the box was off at its end. While the box is off it sees no lid open.
    """

    because: Word
    since: Instant
    until: Instant
    lids: tuple[LidUse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LidDisturbed:
    """Many lids opened at one moment, as in a box that is moved or dropped: no dose is answered by it.

    `slots` had been called taken by these openings, and are open again.
    """

    because: Word
    compartments: tuple[Slug, ...]
    since: Instant | None = None
    slots: tuple[SlotId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LidOutOfHours:
    """A lid was opened in the watch hours of the plan, while no dose waited to be taken."""

    compartment: Slug
    because: Word
    opened_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LidRepeated:
    """Lids were opened `count` times from `since` on, and no opening was one that a dose had asked for."""

    because: Word
    count: Openings
    since: Instant
    compartments: tuple[Slug, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LidUnmoved:
    """A lid has not moved since the day begun at `since`, over `missed` doses, while other lids moved."""

    compartment: Slug
    because: Word
    since: Instant
    missed: Openings


@dataclass(frozen=True, slots=True, kw_only=True)
class LidWearing:
    """A switch bounces far more than it should: `bounces` a movement, `before` when the box knew it first."""

    compartment: Slug
    because: Word
    bounces: Annotated[float, Within(0, BOUNCES_MAX)]
    before: Annotated[float, Within(0, BOUNCES_MAX)] | None = None
