"""Who is to be told of an open alert because a duty has passed on, or because a silence is over?

Whoever takes a duty over takes over what is open; whoever was passed over while they wanted silence hears of
what still lasts. What somebody has taken on stays theirs.
"""

from __future__ import annotations

from dataclasses import replace

from hub.care.alerting.climbing import follow_ladder, is_settled
from hub.care.alerting.ladder import ladder_for
from hub.care.alerting.telling import tell_of
from hub.care.duty import next_look_at, watch_at
from hub.care.ledger import AlertRecord
from hub.care.muting import next_unmuted_at, was_muted
from hub.care.page import Page


def settle_people(page: Page) -> None:
    """Look whether other people are to be told by now, and find when to look again."""
    if page.people_at is not None and page.at < page.people_at:
        return
    for alert in page.open_alerts():
        if alert.state != "acknowledged" and not is_settled(alert):
            follow_ladder(page, alert)
            _tell_unmuted(page, page.alerts[alert.alert])
    watch = watch_at(page.household, page.patient, page.entries, page.at)
    unmuted_at = next_unmuted_at(page.entries, page.at)
    looks = [next_look_at(watch, page.at), *([] if unmuted_at is None else [unmuted_at])]
    page.people_at = min(looks)


def _tell_unmuted(page: Page, alert: AlertRecord) -> None:
    """Tell those whose step was passed over in this round while they wanted silence; the climb goes on."""
    told = set(alert.told)
    for rung in ladder_for(page, alert.want).rungs:
        who = rung.caregiver.id
        is_passed = rung.position < alert.position and rung.is_open and who not in told
        if is_passed and was_muted(page.entries, who, alert.want, alert.raised_at, page.at):
            # The first of their steps: they are one person, on however many channels.
            told.add(who)
            alert = replace(alert, rung=alert.rung + 1, changed_at=page.at)
            page.put_alert(alert)
            tell_of(page, alert, rung, alert.rung)
