"""How is a date read that somebody typed?"""

from __future__ import annotations

from datetime import date

from hub.asking.answers import Refused
from hub.tables import FIRST_DAY, LAST_DAY


def date_read(text: str) -> date:
    """Read a date such as 2026-11-23.

    Raises:
        Refused: It is none, or it lies outside the calendar.

    """
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text[:40]!r} is not a date such as 2026-11-23") from error
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Refused(f"{found} lies outside the years {FIRST_DAY.year} to {LAST_DAY.year}")
    return found
