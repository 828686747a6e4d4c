"""Has the hub been without its broker for so long that somebody must be told?"""

from __future__ import annotations

LOST_S = 300.0
"""A router that is started anew is back before; after 20 minutes every box would seem silent."""


class Hearing:
    """Remembers since when nothing can be heard, and what the engine knows of that."""

    def __init__(self, now_s: float) -> None:
        self._lost_s: float | None = now_s
        self._told: bool | None = None

    def up(self) -> None:
        """Note that the broker is heard."""
        self._lost_s = None

    def down(self, now_s: float) -> None:
        """Note that it is not; every further failure to reach it is the same loss."""
        self._lost_s = now_s if self._lost_s is None else self._lost_s

    def news(self, now_s: float) -> bool | None:
        """Return whether the broker is heard, if the engine does not know that yet."""
        if self._lost_s is None:
            found = True
        elif now_s - self._lost_s >= LOST_S:
            found = False
        else:
            return None
        return None if found == self._told else found

    def told(self, heard: bool) -> None:
        """Note that the engine has stored it."""
        self._told = heard
