"""When does a home want to hear of every lid that no dose asks for? Its watch hours, as absolute spans."""

from __future__ import annotations

from datetime import date, timedelta

from controller.wire.plan import WatchSpan
from hub.care.people import Household
from hub.care.wall_clock import local_instant

ONE_DAY = timedelta(days=1)


def watch_spans(household: Household, box: str, days: tuple[date, date]) -> tuple[WatchSpan, ...] | None:
    """Return the watch hours of a box on some days of its patient, `None` where nobody asked for any.

    Hours that end before they begin last over midnight: those of the day before the first one count too.
    Where the clocks change, a night is as long as it really is.
    """
    found = household.boxes.get(box)
    person = None if found is None else household.patients.get(found.patient)
    if found is None or found.watch is None or person is None:
        return None
    zone, (first, last) = person.timezone, days
    if found.watch.hours is None:
        begins_at = local_instant(zone, first, person.day_starts)
        return (
            WatchSpan(begins_at=begins_at, ends_at=local_instant(zone, last + ONE_DAY, person.day_starts)),
        )
    begins, ends = found.watch.hours
    over = ONE_DAY if ends <= begins else timedelta()
    nights = (first + number * ONE_DAY for number in range(-over.days, (last - first).days + 1))
    spans = (
        WatchSpan(begins_at=local_instant(zone, day, begins), ends_at=local_instant(zone, day + over, ends))
        for day in nights
    )
    # Hours that the clocks leap over are none.
    return tuple(span for span in spans if span.begins_at < span.ends_at)
