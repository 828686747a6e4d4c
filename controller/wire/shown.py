"""How does foreign text reach a log or a person? As one short line of what can be printed.

A box or a phone says what it likes. Unfiltered, a key of its state wrote lines of its own into the hub's
log and escape sequences into the terminal of whoever read it, and its text filled a mail.
"""

from __future__ import annotations

from unicodedata import category

SHOWN_MAX = 200

_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of a character, and what breaks a line without looking so."""
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What makes a screen show text in another order than it is stored, so that 12 reads as 21."""


def shown(text: str, limit: int = SHOWN_MAX) -> str:
    """Return text on one line, without what cannot be printed, cut to `limit` characters."""
    clean = "".join(char for char in text[: 4 * limit] if char.isprintable() or char.isspace())
    line = " ".join(clean.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def is_one_line(text: str) -> bool:
    """Tell whether text is one line that every screen shows as it is stored."""
    return not any(category(char) in _UNSEEN or char in _REORDERING for char in text)
