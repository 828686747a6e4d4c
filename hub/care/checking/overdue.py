"""Which check should have taken place, as far as anybody has said? Of each only the latest is told."""

from __future__ import annotations

from collections.abc import Iterator

from hub.care.alerting.words import wording
from hub.care.alerting.words.wording import Words
from hub.care.checking.occurrences import occurrences
from hub.care.daytime import is_day, told_date
from hub.care.page import Page

OVERDUE = "check.overdue"


def overdue(page: Page) -> Iterator[tuple[str, Words]]:
    """Go through the checks whose latest time is overdue, with what it is about and what is said of it."""
    today = told_date(page)
    for check in page.household.checks_of(page.patient):
        times = occurrences(check, page.entries, today, today)
        # A later time that is due or done makes an older one a thing of the past.
        if not times or times[-1].state != "overdue":
            continue
        about = f"{check.id}/{times[-1].due}"
        if is_day(page) or page.open_alert(f"{OVERDUE} {about}") is not None:
            yield about, wording.check_overdue(check.title, times[-1].on)
