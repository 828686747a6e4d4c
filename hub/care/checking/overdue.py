"""Which check should have taken place, as far as anybody has said? Of each only the latest is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hub.care.alerting import wording
from hub.care.alerting.wording import Words
from hub.care.checking.occurrences import occurrences
from hub.care.page import Page
from hub.care.schedule import ONE_DAY, care_day, local_instant

OVERDUE = "check.overdue"
TOLD_FROM, TOLD_UNTIL = "09:00", "21:00"
"""Nobody is woken for a blood test: it is told while people are up, also by a hub that starts at night."""


def overdue(page: Page) -> Iterator[tuple[str, Words]]:
    """Go through the checks whose latest time is overdue, with what it is about and what is said of it."""
    today = _today(page)
    for check in page.household.checks_of(page.patient):
        times = occurrences(check, page.entries, today, today)
        # A later time that is due or done makes an older one a thing of the past.
        if not times or times[-1].state != "overdue":
            continue
        about = f"{check.id}/{times[-1].due}"
        if _is_day(page) or page.open_alert(f"{OVERDUE} {about}") is not None:
            yield about, wording.check_overdue(check.title, times[-1].on)


def next_told_at(page: Page) -> int | None:
    """Return when the next day of checks begins for this patient, `None` where there are no checks."""
    person = page.person()
    if person is None or not page.household.checks_of(page.patient):
        return None
    return local_instant(person.timezone, _today(page) + ONE_DAY, TOLD_FROM)


def _today(page: Page) -> date:
    person = page.person()
    return care_day("UTC" if person is None else person.timezone, TOLD_FROM, page.at)


def _is_day(page: Page) -> bool:
    return TOLD_FROM <= page.moment().say(page.at) < TOLD_UNTIL
