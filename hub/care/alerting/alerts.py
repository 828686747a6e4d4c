"""Who has been told what, and who has taken it on? An alert from its raising to its end.

raised → told → acknowledged → resolved, or reopened when a promise lapses. It ends when a person has
acknowledged it or when its cause is over, and never in silence.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from controller.wire.instants import DAY_MS, HOUR_MS
from controller.wire.messages import Acknowledgement
from hub.care.alerting.climbing import climb, follow_ladder, informs, is_settled, reopen
from hub.care.alerting.ladder import ladder_for
from hub.care.alerting.telling import (
    channels_of,
    concerned,
    hand_over,
    slot_of,
    tell_end,
    tell_slept_through,
    tell_taken_on,
)
from hub.care.alerting.words import people_wording
from hub.care.alerting.words.wording import Words
from hub.care.caregivers import Caregiver, WantKind
from hub.care.happenings import AlertAcknowledged
from hub.care.ledger import Alerted, AlertRecord, Ending, MessageRecord
from hub.care.page import Page

INFORMATION_MS = 12 * HOUR_MS
"""So long what only informs is shown, once it has reached somebody."""
UNDELIVERABLE_MS = 3 * DAY_MS
"""So long the whole ladder is tried for what only informs before it is given up as reaching nobody."""

LASTING = (
    "storage.", "device.silent", "device.clock", "device.sensor", "device.lid_left_open", "device.broker",
    "device.under_voltage", "device.cpu_hot", "device.disk_low", "device.wifi_weak", "device.on_battery",
    "device.battery_low",
    "device.lid_unmoved",
    "dose.stopped", "dose.fading", "supply.", "fill.", "check.",
)  # fmt: skip
"""Their cause is still there after somebody acknowledged them; the box or time tells when it ends."""

CLOSED_AFTER_MS = DAY_MS
"""How long an alert whose cause cannot end by itself stays after it was acknowledged."""
CLEARED_AFTER_MS = DAY_MS
"""How long a resolved alert stays visible on MQTT, for a caregiver who looks only once a day."""


def is_moot(alert: AlertRecord, letter: MessageRecord) -> bool:
    """Say whether a letter that still waits would say what is not so any more.

    A caregiver whose channel was dead for hours once got "not opened" after its correction, as the last word.
    """
    if letter.kind in ("alert", "last_word"):
        return alert.state in ("resolved", "acknowledged") or is_settled(alert)
    return letter.kind == "acknowledged" and alert.state == "resolved"


def raise_alert(
    page: Page,
    *,
    kind: str,
    want: WantKind,
    box: str,
    about: str,
    words: Words,
    about_at: int | None = None,
) -> AlertRecord:
    """Raise an alert and tell whoever is first; return the open one if there is one already."""
    condition = f"{kind} {about}"
    known = page.open_alert(condition)
    if known is not None:
        return known
    ladder = ladder_for(page, want)
    alert = AlertRecord(
        alert=_alert_id(page, condition),
        patient=page.patient,
        box=box,
        condition=condition,
        kind=kind,
        want=want,
        state="raised",
        title=words.title,
        body=words.body,
        raised_at=page.at,
        changed_at=page.at,
        ladder=ladder.marks,
        next_step_at=page.at + ladder.after_ms[0] if ladder.rungs else None,
        because="raised" if ladder.rungs else "nobody_to_tell",
        about_at=about_at,
    )
    page.put_alert(alert)
    return climb(page, alert)


def resolve(
    page: Page,
    alert: AlertRecord,
    because: str,
    words: Words | None = None,
    *,
    newer: AlertRecord | None = None,
) -> None:
    """End an alert whose cause is over, and tell everyone who was told, with `words` if any.

    Who reads it in a `newer` alert, because that is written to them now, gets no second letter.
    """
    is_told = words is not None and not informs(alert.kind)
    ending = Ending(title=words.title, body=words.body, brief=words.brief) if words and is_told else None
    ended = replace(
        alert, state="resolved", next_step_at=None, changed_at=page.at, because=because, ending=ending
    )
    page.put_alert(ended)
    if ending is not None:
        readers = hand_over(page, channels_of(alert), newer)
        tell_end(page, ended, ending, [who for who in concerned(alert) if who not in readers])
        sleeper = ladder_for(page, alert.want).first_awake()
        if sleeper is not None and because == "back_within" and _was_slept_through(alert):
            tell_slept_through(page, ended, ending, sleeper)


def _was_slept_through(alert: AlertRecord) -> bool:
    """Say whether nobody knows of what was grave for the storage, because all who want it were asleep."""
    is_grave = alert.kind.startswith("storage.") and not alert.kind.endswith((".low", ".info"))
    return is_grave and alert.because == "quiet_hours" and not concerned(alert)


def acknowledge(page: Page, said: AlertAcknowledged) -> None:
    """Let a caregiver take an alert on; a stranger, or a promise that has lapsed already, changes nothing."""
    alert = page.alerts.get(said.alert)
    caregiver = page.household.caregivers.get(said.by)
    if alert is None or alert.state == "resolved" or not _minds(caregiver, page.patient):
        return
    if said.until is not None and said.until <= page.at:
        return
    known = alert.acknowledged
    same = known is not None and (known.by, known.intent, known.until) == (said.by, said.intent, said.until)
    if same and alert.state == "acknowledged":
        return
    taken = Acknowledgement(by=said.by, at=page.at, intent=said.intent, until=said.until)
    minded = replace(
        alert,
        state="acknowledged",
        acknowledged=taken,
        next_step_at=None,
        changed_at=page.at,
        because="acknowledged",
    )
    page.put_alert(minded)
    tell_taken_on(page, minded, taken, concerned(alert))


def follow_household(page: Page) -> None:
    """Let a changed household reach the open alerts: who has left, and whose ladder is another by now."""
    for alert in page.open_alerts():
        if page.person() is None:
            resolve(page, alert, "patient_left", people_wording.no_longer_watched(alert.title))
        elif alert.state != "acknowledged" or alert.acknowledged is None:
            if not is_settled(alert):
                follow_ladder(page, alert)
        elif not _minds(page.household.caregivers.get(alert.acknowledged.by), page.patient):
            # It was once silent for ever: nobody else was ever asked again.
            reopen(page, alert, "taker_left")


def settle_alerts(page: Page) -> None:
    """Do what time alone asks of the alerts."""
    for alert in tuple(page.alerts.values()):
        turns_at = alert_turns_at(alert)
        if turns_at is not None and turns_at <= page.at:
            _turn(page, alert)


def alert_turns_at(alert: AlertRecord) -> int | None:
    """Return the instant at which time alone changes an alert."""
    if alert.state == "resolved":
        return alert.changed_at + CLEARED_AFTER_MS
    if informs(alert.kind):
        found = [at for at in (_expires_at(alert), alert.next_step_at) if at is not None]
        return min(found, default=None)
    if alert.state != "acknowledged" or alert.acknowledged is None:
        return alert.next_step_at
    if alert.acknowledged.until is not None:
        return alert.acknowledged.until
    return None if alert.kind.startswith(LASTING) else alert.acknowledged.at + CLOSED_AFTER_MS


def _turn(page: Page, alert: AlertRecord) -> None:
    if alert.state == "resolved":
        page.forget_alert(alert.alert)
    elif (expires_at := _expires_at(alert)) is not None and expires_at <= page.at:
        resolve(page, alert, "told" if is_settled(alert) else "undeliverable")
    elif alert.state != "acknowledged" or alert.acknowledged is None:
        climb(page, alert)
    elif alert.acknowledged.until is not None:
        reopen(page, alert, "promise_lapsed")
    else:
        resolve(page, alert, "acknowledged")
        _owe_correction(page, alert)


def _expires_at(alert: AlertRecord) -> int | None:
    """Return when what only informs ends by itself, `None` while the ladder has not been tried."""
    if not informs(alert.kind):
        return None
    if is_settled(alert):
        # What still lasts is shown for as long as it does.
        return None if alert.kind.startswith(LASTING) else alert.raised_at + INFORMATION_MS
    # A hub that was down for days has tried nothing yet.
    is_tried = alert.rounds > 0 or alert.position >= len(alert.ladder)
    return alert.raised_at + UNDELIVERABLE_MS if is_tried else None


def _owe_correction(page: Page, alert: AlertRecord) -> None:
    slot = page.slots.get(slot_of(alert) or "")
    if slot is not None:
        owed = Alerted(alert=alert.alert, people=channels_of(alert))
        page.put_slot(replace(slot, alerted=owed))


def _minds(caregiver: Caregiver | None, patient: str) -> bool:
    return caregiver is not None and patient in caregiver.wants


def _alert_id(page: Page, condition: str) -> str:
    seed = f"{page.patient}|{condition}|{page.at}"
    while True:
        alert = f"a-{hashlib.sha256(seed.encode()).hexdigest()[:12]}"
        # One condition may be raised, resolved and raised again within one millisecond.
        if alert not in page.alerts:
            return alert
        seed += "|again"
