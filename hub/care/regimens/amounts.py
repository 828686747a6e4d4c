"""How many tablets does somebody mean who writes 0.5, 1/2, ½ or 1½?"""

from __future__ import annotations

import re
from fractions import Fraction

from controller.wire.naming import tablet_words

_PARTS = {"⅛": 1, "¼": 2, "⅜": 3, "½": 4, "⅝": 5, "¾": 6, "⅞": 7}
_WRITTEN = re.compile(
    r"(\d{1,3})?([⅛¼⅜½⅝¾⅞])|(?:(\d{1,3}) )?(\d{1,2})/([1-9]\d?)|(\d{1,3}(?:\.\d{1,4})?)", re.ASCII
)


def amount_of(text: str) -> float | None:
    """Return the tablets that are meant, `None` where it is no amount or cannot be broken into eighths."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    whole, eighths, beside, over, under, plain = found.groups()
    if eighths is not None:
        amount = int(whole or 0) + Fraction(_PARTS[eighths], 8)
    elif over is not None:
        amount = int(beside or 0) + Fraction(int(over), int(under))
    else:
        amount = Fraction(plain)
    return float(amount) if amount > 0 and 8 % amount.denominator == 0 else None


def amount_words(tablets: float) -> str:
    """Write an amount without its unit: `1½`."""
    return tablet_words(tablets).partition(" ")[0]
