"""How is an instant written on the wire?

Inside both programs an instant is an `int`: milliseconds since 1970-01-01T00:00:00Z.
On the wire it is text, `2026-11-23T08:00:00.000Z`: readable in a log at night, and sortable.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from controller.wire.errors import Malformed

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

FIRST_MS = 0
LAST_MS = 253_370_764_800_000  # 9999-01-01: datetime itself ends a year later.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


# A box writes the same instants of its plan with every word about its slots.
@lru_cache(maxsize=4_096)
def instant_text(instant_ms: int) -> str:
    """Write an instant as UTC text with milliseconds.

    Args:
        instant_ms: Unix milliseconds, `FIRST_MS` up to `LAST_MS`.

    """
    day, rest_ms = divmod(instant_ms, DAY_MS)
    rest_s, ms = divmod(rest_ms, SECOND_MS)
    rest_min, second = divmod(rest_s, 60)
    hour, minute = divmod(rest_min, 60)
    return f"{_day_text(day)}T{hour:02d}:{minute:02d}:{second:02d}.{ms:03d}Z"


# A plan holds some three hundred instants on sixteen days: strftime took a third of the time to write one.
@lru_cache(maxsize=1_024)
def _day_text(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


# A box is sent the plan of fourteen days again every day, and thirteen of them stand in it as before.
@lru_cache(maxsize=4_096)
def instant_ms(text: str) -> int:
    """Read an instant from text with an explicit offset, rounded down to the millisecond.

    Raises:
        Malformed: The text is no date and time with `Z` or an offset, or lies outside 1970 to 9998.

    """
    if not _FORM.fullmatch(text):
        raise Malformed(f"{text[:40]!r} is not an instant such as 2026-11-23T08:00:00.000Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(f"{text!r} is not a date that exists") from error
    try:
        past = moment - _EPOCH
    except OverflowError as error:
        raise Malformed(f"{text!r} lies outside the years 1970 to 9998") from error
    value = past.days * DAY_MS + past.seconds * SECOND_MS + past.microseconds // 1_000
    if not FIRST_MS <= value <= LAST_MS:
        raise Malformed(f"{text!r} lies outside the years 1970 to 9998")
    return value
