"""How much room is left on the card, and how much has been written to it?"""

from __future__ import annotations

import os
from pathlib import Path

BLOCK_DEVICES = Path("/sys/dev/block")
MOUNTS = Path("/proc/self/mountinfo")
IN_MEMORY = frozenset({"overlay", "tmpfs", "ramfs"})
"""An overlay root keeps what is written in memory; a container's overlay is taken for one too."""
SECTOR_BYTES = 512
"""The kernel counts in these whatever the device has."""
SECTORS_WRITTEN = 6
"""The seventh field of a block device's `stat`."""


def free_pct(directory: Path) -> float | None:
    """Return the free part of the file system that holds a directory, for those who are not root."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return None
    return round(100 * found.f_bavail / found.f_blocks, 1) if found.f_blocks else None


def in_memory(directory: Path, mounts: Path = MOUNTS) -> bool:
    """Tell whether a directory lies in memory, so that all in it is gone with the power."""
    try:
        number = os.stat(directory).st_dev
        rows = [line.split() for line in mounts.read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        return False
    device = f"{os.major(number)}:{os.minor(number)}"
    kinds = {row[row.index("-") + 1] for row in rows if len(row) > 4 and row[2] == device and "-" in row[:-1]}
    return bool(kinds & IN_MEMORY)


def written_bytes(directory: Path, devices: Path = BLOCK_DEVICES) -> int | None:
    """Return what has been written since the machine started to the device that holds a directory.

    Asked of the block device and not of this process (`/proc/self/io`): what wears a card out is everything
    that is written to it, and a log that runs wild does so without the controller.
    """
    try:
        number = os.stat(directory).st_dev
        place = (devices / f"{os.major(number)}:{os.minor(number)}").resolve(strict=True)
        # A partition's wear is its whole card's.
        whole = place.parent if (place / "partition").exists() else place
        return int((whole / "stat").read_text("ascii").split()[SECTORS_WRITTEN]) * SECTOR_BYTES
    except (OSError, ValueError, IndexError):
        return None
