"""Which conditions of a patient's care need somebody now, whatever has just happened?

A judge says what holds; nobody keeps count of what was told before. What newly holds is raised as an alert,
and what no longer holds ends it, so that a restart or a lost step can leave nothing hanging.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.wording import Words, mended
from hub.care.caregivers import WantKind
from hub.care.checking.overdue import OVERDUE, next_told_at, overdue
from hub.care.checking.reminding import remind_of_checks
from hub.care.enrolment import next_day_at
from hub.care.page import Page
from hub.care.stopping import FADING, STOPPED, fading, stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that holds and that people must know of: at most one alert for each `kind` and `about`."""

    kind: str
    want: WantKind
    about: str
    words: Words


def _stopping(page: Page) -> Iterable[Condition]:
    for regimen, words in stopped(page):
        yield Condition(kind=STOPPED, want="dose", about=regimen, words=words)


def _fading(page: Page) -> Iterable[Condition]:
    for regimen, words in fading(page):
        yield Condition(kind=FADING, want="dose", about=regimen, words=words)


def _overdue(page: Page) -> Iterable[Condition]:
    for about, words in overdue(page):
        yield Condition(kind=OVERDUE, want="care", about=about, words=words)


JUDGES: dict[str, Callable[[Page], Iterable[Condition]]] = {
    STOPPED: _stopping, FADING: _fading, OVERDUE: _overdue,
}  # fmt: skip
"""The kinds of alerts that begin with a word belong to the judge who says when they hold."""


def settle_standing(page: Page) -> None:
    """Judge everything again if something has changed or a day has begun."""
    if page.standing_at is not None and page.at < page.standing_at:
        return
    page.standing_at = min(at for at in (next_day_at(page), next_told_at(page)) if at is not None)
    if page.person() is None:
        return
    box = page.first_box()
    remind_of_checks(page)
    for prefix, judge in JUDGES.items():
        holding = {f"{one.kind} {one.about}": one for one in judge(page)}
        for alert in page.open_alerts():
            if alert.kind.startswith(prefix) and alert.condition not in holding:
                resolve(page, alert, "over", mended(alert.title, page.moment()))
        for one in holding.values():
            raise_alert(page, kind=one.kind, want=one.want, box=box, about=one.about, words=one.words)
