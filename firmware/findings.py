"""What did a look at one part of the box find?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a look at one part found; `sentence` says what to mend where it is not `ok`."""

    name: str
    ok: bool
    sentence: str


def good(name: str, sentence: str) -> Finding:
    """Return that a part is as it should be."""
    return Finding(name=name, ok=True, sentence=sentence)


def bad(name: str, sentence: str) -> Finding:
    """Return that a part has to be mended."""
    return Finding(name=name, ok=False, sentence=sentence)
