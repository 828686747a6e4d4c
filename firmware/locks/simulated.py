"""What does the lock of a box without hardware do? It lets others see whether it holds the lids."""

from __future__ import annotations

import logging
from pathlib import Path

from firmware import scene

_log = logging.getLogger(__name__)


class SimulatedLock:
    """A lock that others can look at; keeps the `Lock` port. It holds no lid: a hand can force it."""

    def __init__(self, simulation_file: Path | None) -> None:
        self._file = simulation_file
        self.released: bool | None = None
        """What it was last asked for; `None` while it is left to itself."""

    def engage(self) -> None:
        """Hold the lids."""
        self._put(False)

    def release(self) -> None:
        """Let the lids go."""
        self._put(True)

    def alive(self) -> bool:
        """Say yes: no driver lies under it."""
        return True

    def close(self) -> None:
        """Leave it to itself."""
        self._put(None)

    def _put(self, released: bool | None) -> None:
        self.released = released
        if self._file is None:
            return
        try:
            scene.write_lock(self._file, released)
        except OSError as error:
            _log.warning("What the lock does could not be written: %s.", error)
