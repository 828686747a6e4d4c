"""What follows when a letter about an alert has reached somebody, or has not?"""

from __future__ import annotations

from dataclasses import replace

from hub.care.alerting.climbing import climb, is_settled
from hub.care.alerting.telling import concerned, letter_key, tell_end, tell_taken_on
from hub.care.happenings import LetterEnded
from hub.care.ledger import AlertRecord, MessageRecord
from hub.care.page import Page


def letter_ended(page: Page, ended: LetterEnded) -> None:
    """Note who was reached; where somebody was not, let another person or channel not wait."""
    alert = page.alerts.get(ended.letter.alert or "")
    if alert is not None and ended.ok is not False:
        alert = _reached(page, alert, ended.letter, is_sure=bool(ended.ok))
    if ended.failures != 1:
        # The first failure hurries; those after it are tried again and again by themselves.
        return
    if ended.letter.kind != "alert":
        _try_next_channel(page, ended.letter)
    elif alert is not None:
        _hurry_past(page, alert, ended.letter)


def _reached(page: Page, alert: AlertRecord, letter: MessageRecord, *, is_sure: bool) -> AlertRecord:
    is_news = letter.to not in concerned(alert)
    known = replace(alert, reached_by={**alert.reached_by, letter.to: letter.channel})
    if letter.kind == "alert" and is_sure:
        told = known.told if letter.to in known.told else (*known.told, letter.to)
        known = replace(known, told=told)
        if known.state in ("raised", "reopened"):
            known = replace(known, state="told", because="told", changed_at=page.at)
        if is_settled(known):
            known = replace(known, next_step_at=None)
    if known != alert:
        page.put_alert(known)
    if is_news and letter.kind == "alert":
        _catch_up(page, known, letter.to)
    return known


def _catch_up(page: Page, alert: AlertRecord, who: str) -> None:
    """Send what became of an alert meanwhile to somebody whose letter was on its way.

    Without it the alert would be this person's last word.
    """
    if alert.state == "resolved" and alert.ending is not None:
        tell_end(page, alert, alert.ending, (who,))
    elif alert.state == "acknowledged" and alert.acknowledged is not None:
        tell_taken_on(page, alert, alert.acknowledged, (who,))


def _hurry_past(page: Page, alert: AlertRecord, letter: MessageRecord) -> None:
    """Take the next rung of this round now, unless a later one is on its way or the round is over."""
    is_newest = letter.message == letter_key(alert.alert, str(alert.rung))
    waits = alert.state != "acknowledged" and alert.next_step_at is not None
    if is_newest and waits and 0 < alert.position < len(alert.ladder):
        climb(page, replace(alert, next_step_at=page.at))


def _try_next_channel(page: Page, letter: MessageRecord) -> None:
    """Write what became of an alert by the person's next channel; nobody climbs a ladder with it."""
    tried = (*letter.tried, letter.channel)
    caregiver = page.household.caregivers.get(letter.to)
    channel = next((one for one in caregiver.channels if one not in tried), None) if caregiver else None
    if channel is not None:
        page.send(
            replace(
                letter,
                message=f"{letter.message}/{channel}",
                channel=channel,
                made_at=page.at,
                wait_until=None,
                tried=tried,
            )
        )
