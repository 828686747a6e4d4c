"""How well is the box heard by the radio of the home?"""

from __future__ import annotations

from pathlib import Path

WIRELESS = Path("/proc/net/wireless")
HEAD_LINES = 2
DBM = (-120, 0)
"""What a receiver can hear; the kernel writes -256 where it knows nothing."""


def wifi_dbm(path: Path = WIRELESS) -> int | None:
    """Return the received power of the best radio link; `None` where there is none.

    The level and not the quality: the scale of quality is each driver's own.
    """
    try:
        lines = path.read_text("ascii").splitlines()[HEAD_LINES:]
    except (OSError, ValueError):
        return None
    levels = [level for line in lines if (level := _level(line)) is not None]
    return max(levels, default=None)


def _level(line: str) -> int | None:
    """Read `wlan0: 0000   54.  -56.  -256 …`: the status, the quality, the level."""
    try:
        level = round(float(line.partition(":")[2].split()[2]))
    except (ValueError, IndexError, OverflowError):
        return None
    return level if DBM[0] <= level < DBM[1] else None
