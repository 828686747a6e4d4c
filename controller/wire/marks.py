"""What may an annotation say about a value on the wire, besides its type?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AsInstant:
    """Marks an `int` of Unix milliseconds that is written as text on the wire."""


@dataclass(frozen=True)
class Pattern:
    """Marks text that must match a whole regular expression."""

    expression: str


@dataclass(frozen=True)
class Within:
    """Marks a number with its lowest and highest allowed value."""

    low: float
    high: float
