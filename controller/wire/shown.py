"""How does foreign text reach a log or a person? As one short line of what can be printed.

A box or a phone says what it likes. Unfiltered, a key of its state wrote lines of its own into the hub's
log and escape sequences into the terminal of whoever read it, and its text filled a mail.
"""

from __future__ import annotations

SHOWN_MAX = 200


def shown(text: str, limit: int = SHOWN_MAX) -> str:
    """Return text on one line, without what cannot be printed, cut to `limit` characters."""
    clean = "".join(char for char in text[: 4 * limit] if char.isprintable() or char.isspace())
    line = " ".join(clean.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
