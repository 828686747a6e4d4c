"""How much light does the matrix give for a colour?

Its driver in the kernel (rpisense-fb) keeps five bits of each part and gives the square of it, rounded down
to one of 31 steps: a part below 48 gives no light at all.
"""

from __future__ import annotations

STEPS = 31
LEAST = 48
"""The smallest part of a colour that gives any light."""

Light = tuple[float, float, float]
"""Red, green and blue as a share of all the light the matrix has, from 0 to 1."""


def emitted(red: int, green: int, blue: int) -> Light:
    """Return the light of a point whose parts are from 0 to 255."""
    return _share(red), _share(green), _share(blue)


def _share(part: int) -> float:
    return ((part >> 3) ** 2 // STEPS) / STEPS
