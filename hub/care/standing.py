"""Which conditions of a patient's care need somebody now, whatever has just happened?

A judge says what holds; nobody keeps count of what was told before. What newly holds is raised as an alert,
and what no longer holds ends it, so that a restart or a lost step can leave nothing hanging.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.words.supply_wording import said_anew
from hub.care.alerting.words.wording import Words, mended
from hub.care.caregivers import WantKind
from hub.care.checking.overdue import OVERDUE, overdue
from hub.care.checking.reminding import remind_of_checks
from hub.care.daytime import next_morning_at
from hub.care.enrolment import is_supply_low, next_day_at, publish_plans
from hub.care.ledger import AlertRecord
from hub.care.page import Page
from hub.care.stopping import FADING, STOPPED, fading, stopped
from hub.care.supplying.noticing import Notice
from hub.care.supplying.telling import FILL, SUPPLY, is_counted, taken_over, told_of_fills, told_of_supply


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that holds and that people must know of: at most one alert for each `kind` and `about`.

    An open alert about the condition `takes_over` ends because this one goes on with it.
    """

    kind: str
    want: WantKind
    about: str
    words: Words
    takes_over: str = ""


def _stopping(page: Page) -> Iterable[Condition]:
    for regimen, words in stopped(page):
        yield Condition(kind=STOPPED, want="dose", about=regimen, words=words)


def _fading(page: Page) -> Iterable[Condition]:
    for regimen, words in fading(page):
        yield Condition(kind=FADING, want="dose", about=regimen, words=words)


def _overdue(page: Page) -> Iterable[Condition]:
    for about, words in overdue(page):
        yield Condition(kind=OVERDUE, want="care", about=about, words=words)


def _supply(page: Page) -> Iterable[Condition]:
    return map(_noticed, told_of_supply(page))


def _fills(page: Page) -> Iterable[Condition]:
    return map(_noticed, told_of_fills(page))


def _noticed(notice: Notice) -> Condition:
    return Condition(
        kind=notice.kind,
        want="supply",
        about=notice.about,
        words=notice.words,
        takes_over=taken_over(notice),
    )


JUDGES: dict[str, Callable[[Page], Iterable[Condition]]] = {
    STOPPED: _stopping,
    FADING: _fading,
    OVERDUE: _overdue,
    SUPPLY: _supply,
    FILL: _fills,
}
"""The kinds of alerts that begin with a word belong to the judge who says when they hold."""


def settle_standing(page: Page) -> None:
    """Judge everything again if something has changed, a day has begun, or people are up again."""
    if page.standing_at is not None and page.at < page.standing_at:
        return
    page.standing_at = min(at for at in (next_day_at(page), _next_told_at(page)) if at is not None)
    if page.person() is None:
        return
    box = page.first_box()
    remind_of_checks(page)
    was_low = is_supply_low(page)
    for prefix, judge in JUDGES.items():
        holding = {f"{one.kind} {one.about}": one for one in judge(page)}
        over = [
            alert
            for alert in page.open_alerts()
            if alert.kind.startswith(prefix) and alert.condition not in holding
        ]
        going_on = {
            one.takes_over: raise_alert(
                page, kind=one.kind, want=one.want, box=box, about=one.about, words=one.words
            )
            for one in holding.values()
        }
        for alert in over:
            _end(page, alert, going_on.get(alert.condition))
    if is_supply_low(page) != was_low:
        # The box shows it too.
        publish_plans(page)


def _end(page: Page, alert: AlertRecord, newer: AlertRecord | None) -> None:
    if newer is None:
        resolve(page, alert, "over", mended(alert.title, page.moment()))
    else:
        resolve(page, alert, "said_anew", said_anew(alert.title), newer=newer)


def _next_told_at(page: Page) -> int | None:
    """Return when people are up again, `None` where nothing would be told them then."""
    has_any = bool(page.household.checks_of(page.patient)) or is_counted(page)
    return next_morning_at(page) if has_any else None
