"""When will time alone change something, and for whom? One instant for each patient or alert. (pure)"""

from __future__ import annotations


class Deadlines:
    """Instants by name, with the earliest at hand."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._earliest: int | None = None
        self._stale = False

    def set(self, name: str, at_ms: int | None) -> None:
        """Replace the instant of a name; `None` takes it away."""
        if at_ms is None:
            self._at.pop(name, None)
        else:
            self._at[name] = at_ms
        self._stale = True

    def earliest(self) -> int | None:
        """Return the earliest of all instants."""
        if self._stale:
            self._earliest = min(self._at.values(), default=None)
            self._stale = False
        return self._earliest

    def none_after(self, at_ms: int) -> None:
        """Bring every later instant forward to this one."""
        for name, instant in self._at.items():
            self.set(name, min(instant, at_ms))

    def due(self, at_ms: int) -> list[str]:
        """Return the names whose instant has come, earliest first. They stay until they are set anew."""
        earliest = self.earliest()
        if earliest is None or earliest > at_ms:
            return []
        come = [(instant, name) for name, instant in self._at.items() if instant <= at_ms]
        return [name for _, name in sorted(come)]
