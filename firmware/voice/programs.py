"""Which programs of this machine speak a sentence or play a recording?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from firmware.voice.wanted import Wanted

PLAYERS = (("aplay", "-q"), ("pw-play",), ("paplay",))
"""Players of Debian, the first that is there; each takes the path of a file."""

WORDS_A_MINUTE = 140
"""Slower than espeak-ng speaks by itself (175): for who hears badly, or is slow to follow."""

Find = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The start of each command line; `None` where the program is not installed."""

    speak: tuple[str, ...] | None
    play: tuple[str, ...] | None


def find_programs(wanted: Wanted, find: Find = shutil.which) -> Programs:
    """Look which programs there are, and set how they are to speak. A sentence goes to standard input."""
    espeak = find("espeak-ng")
    speak = None
    if espeak is not None:
        volume = ("-a", str(wanted.volume_pct))
        speak = (espeak, "-v", wanted.language, "-s", str(WORDS_A_MINUTE), *volume, "--stdin")
    play = next(((path, *options) for name, *options in PLAYERS if (path := find(name))), None)
    return Programs(speak=speak, play=play)
