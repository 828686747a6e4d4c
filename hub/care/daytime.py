"""When are people told of what can wait until they are up? By day; nobody is woken for it."""

from __future__ import annotations

from datetime import date

from hub.care.page import Page
from hub.care.schedule import ONE_DAY, care_day, local_instant

TOLD_FROM, TOLD_UNTIL = "09:00", "21:00"
"""Also a hub that starts at night waits for the morning."""


def is_day(page: Page) -> bool:
    """Tell whether people are up where the patient lives."""
    return TOLD_FROM <= page.moment().say(page.at) < TOLD_UNTIL


def told_date(page: Page) -> date:
    """Return the patient's date, which for this begins when people are up."""
    person = page.person()
    return care_day("UTC" if person is None else person.timezone, TOLD_FROM, page.at)


def next_morning_at(page: Page) -> int | None:
    """Return when people are up again for the first time after now, `None` where nobody lives here."""
    person = page.person()
    return None if person is None else local_instant(person.timezone, told_date(page) + ONE_DAY, TOLD_FROM)
