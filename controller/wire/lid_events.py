"""What may a box testify of its lids?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from controller.wire.words import Slug, Word

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
