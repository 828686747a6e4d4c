"""How is a moment read that somebody typed: a time, a date and a time, or a span from now?"""

from __future__ import annotations

import re
from datetime import date

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.asking.answers import Refused
from hub.asking.dates import date_read
from hub.care.regimens.previewing import day_words
from hub.care.wall_clock import ONE_DAY, local_instant, local_time

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_SPAN = re.compile(r"(\d{1,3})([mhd])", re.ASCII)
_UNIT_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}


def moment_ahead(text: str, zone: str, now_ms: int) -> int:
    """Read a moment that is still to come: `18:00` (the next one), `2026-12-07 18:00`, `90m`, `2h` or `3d`.

    Raises:
        Refused: It is none of these, or over already.

    """
    found = _read(text.strip().replace("T", " "), zone, now_ms)
    if found <= now_ms:
        raise Refused(f"{text} is over already")
    return found


def said_moment(zone: str, instant_ms: int, now_ms: int) -> str:
    """Say a moment with its weekday and date, such as `Friday 27 November, 18:00`."""
    then = local_time(zone, instant_ms)
    return f"{day_words(then.date(), local_time(zone, now_ms).date())}, {then:%H:%M}"


def _read(text: str, zone: str, now_ms: int) -> int:
    span = _SPAN.fullmatch(text)
    if span is not None:
        return now_ms + int(span[1]) * _UNIT_MS[span[2]]
    day_text, _, time = text.rpartition(" ")
    if not _TIME.fullmatch(time):
        raise Refused(f"{text[:40]!r} is not a moment such as 18:00, 2026-12-07 18:00, 2h or 3d")
    if day_text:
        return local_instant(zone, date_read(day_text), time)
    today: date = local_time(zone, now_ms).date()
    found = local_instant(zone, today, time)
    return found if found > now_ms else local_instant(zone, today + ONE_DAY, time)
