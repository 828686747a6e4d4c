"""At which instant do the clocks of a zone show a time, and what do they show at an instant?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=65_536)
def local_instant(zone: str, day: date, time: str) -> int:
    """Return the Unix ms at which the clocks of `zone` show `time` (`HH:MM`) on `day`.

    In a gap it is shifted forward by the gap; in an overlap it is the first of the two instants.
    """
    # fold=0 is exactly this rule: it reads a skipped time with the offset before the jump (PEP 495).
    moment = datetime(day.year, day.month, day.day, int(time[:2]), int(time[3:]), tzinfo=ZoneInfo(zone))
    return round(moment.timestamp()) * 1000


def local_time(zone: str, instant_ms: int) -> datetime:
    """Return what calendar and clock in `zone` show at an instant."""
    return datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(ZoneInfo(zone))


def care_day(zone: str, day_starts: str, instant_ms: int) -> date:
    """Return the day an instant belongs to where days start at `day_starts` instead of midnight.

    It never goes back as time goes on, not even in the hour that comes twice.
    """
    day = local_time(zone, instant_ms).date() + ONE_DAY
    while local_instant(zone, day, day_starts) > instant_ms:
        day -= ONE_DAY
    return day
