"""How loud, and in whose voice, does the home want its box?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Language = Literal["en-gb", "en-us", "en-gb-scotland", "en-029"]
"""Accents of English that espeak-ng speaks: the sentences are English. Another language is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the home says of sound. `recordings` is a folder of WAV files named after the states."""

    volume_pct: int = 100
    voice: bool = False
    language: Language = "en-gb"
    recordings: Path | None = None
