"""Where does the last room for doses come from when the disk is full?

A file of zeros beside the outbox. A full disk refuses even a deletion in SQLite; the room
this file gives back takes some thousands of events before the box must refuse aloud.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

BALLAST_BYTES = 1024 * 1024
SPARE_BYTES = 2 * BALLAST_BYTES
"""The ballast is rebuilt only where this much stays free beside it, lest it takes the room again."""


class Ballast:
    """A preallocated file that can be given up."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is written yet."""
        self._path = path
        self.there = _size(path) == BALLAST_BYTES

    def restore(self) -> bool:
        """Build it again if there is room to spare, and tell whether it stands."""
        if self.there:
            return True
        try:
            room = os.statvfs(self._path.parent)
            if room.f_bavail * room.f_frsize < BALLAST_BYTES + SPARE_BYTES:
                return False
            with self._path.open("wb") as ballast:
                os.posix_fallocate(ballast.fileno(), 0, BALLAST_BYTES)
                os.fsync(ballast.fileno())
        except OSError:
            # Half a ballast is none: what was written goes back to the testimony.
            self.give_up()
            return False
        self.there = True
        return True

    def give_up(self) -> None:
        """Return its room to the disk."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        self.there = False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def is_full(directory: Path) -> bool:
    """Tell whether less than one small block of room is left."""
    try:
        room = os.statvfs(directory)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < 65_536
