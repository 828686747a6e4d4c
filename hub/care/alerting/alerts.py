"""Who has been told what, and who has taken it on? An alert from its raising to its end.

raised → told → acknowledged → resolved, or reopened when a promise lapses. It ends when a person has
acknowledged it or when its cause is over, and never in silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.messages import Acknowledgement
from hub.care.alerting import wording
from hub.care.alerting.ladder import ladder_for
from hub.care.alerting.telling import concerned, name_of, slot_of, tell_more, tell_of
from hub.care.alerting.wording import Words
from hub.care.ledger import AlertAcknowledged, AlertRecord, MessageRecord
from hub.care.page import Page
from hub.care.people import Caregiver, WantKind

INFORMATION = frozenset({"dose.extra", "dose.wrong_compartment"})
"""Told once, to the first who can be reached: it is over already, and nobody can undo it."""
INFORMATION_MS = 12 * HOUR_MS

LASTING = ("storage.", "device.silent", "device.clock", "device.sensor", "device.lid_left_open")
"""Their cause is still there after somebody acknowledged them; the box or time tells when it ends."""

CLOSED_AFTER_MS = DAY_MS
"""How long an alert whose cause cannot end by itself stays after it was acknowledged."""
CLEARED_AFTER_MS = DAY_MS
"""How long a resolved alert stays visible on MQTT, for a caregiver who looks only once a day."""
PUNCTUAL_MS = MINUTE_MS
"""A rung that comes later than this (the hub was down) gives people their time from now on."""


def is_moot(alert: AlertRecord, letter: MessageRecord) -> bool:
    """Say whether a letter that still waits would say what is not so any more.

    A caregiver whose channel was dead for hours once got "not opened" after its correction, as the last word.
    """
    if letter.kind == "alert":
        return alert.state in ("resolved", "acknowledged")
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
    ladder = ladder_for(page.household, page.patient, want, page.at)
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
        next_step_at=page.at + ladder.after_ms[0] if ladder.rungs else None,
        because="raised" if ladder.rungs else "nobody_to_tell",
        about_at=about_at,
    )
    page.put_alert(alert)
    return _climb(page, alert)


def resolve(
    page: Page,
    alert: AlertRecord,
    because: str,
    words: Words | None = None,
    *,
    told_anyway: Collection[str] = (),
) -> None:
    """End an alert whose cause is over, and tell everyone who was told, with `words` if any."""
    page.put_alert(replace(alert, state="resolved", next_step_at=None, changed_at=page.at, because=because))
    if words is None or alert.kind in INFORMATION:
        return
    kind = "resolved" if slot_of(alert) is None else "correction"
    for who in concerned(alert):
        if who not in told_anyway:
            tell_more(page, alert, who, f"end-{who}", words, kind)


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
    page.put_alert(
        replace(
            alert,
            state="acknowledged",
            acknowledged=taken,
            next_step_at=None,
            changed_at=page.at,
            because="acknowledged",
        )
    )
    words = wording.taken_on(alert.title, name_of(page, said.by), page.moment(), said.intent, said.until)
    for who in alert.told:
        if who != said.by:
            tell_more(page, alert, who, f"on-{said.by}-{page.at}-{who}", words, "acknowledged")


def reopen(page: Page, alert: AlertRecord, because: str) -> None:
    """Begin the climb anew: what was taken on is still open."""
    again = replace(
        alert,
        state="reopened",
        climb_from=alert.rung,
        next_step_at=page.at,
        changed_at=page.at,
        because=because,
    )
    page.put_alert(again)
    _climb(page, again)


def hurry(page: Page, alert: AlertRecord) -> None:
    """Take the next rung now: somebody asks again for what nobody has taken on yet."""
    if alert.state == "acknowledged":
        reopen(page, alert, "asked_again")
    elif page.at - alert.changed_at >= PUNCTUAL_MS:
        _climb(page, replace(alert, next_step_at=page.at))


def rearm(page: Page) -> None:
    """Try again to reach somebody about alerts that nobody could be told of; the household has changed."""
    for alert in page.open_alerts():
        waits = alert.because == "nobody_to_tell" and alert.state != "acknowledged"
        if waits and ladder_for(page.household, page.patient, alert.want, page.at).rungs:
            armed = replace(alert, next_step_at=page.at, because="raised")
            page.put_alert(armed)
            _climb(page, armed)


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
    if alert.kind in INFORMATION:
        expires_at = alert.raised_at + INFORMATION_MS
        return expires_at if alert.next_step_at is None else min(expires_at, alert.next_step_at)
    if alert.state != "acknowledged" or alert.acknowledged is None:
        return alert.next_step_at
    if alert.acknowledged.until is not None:
        return alert.acknowledged.until
    return None if alert.kind.startswith(LASTING) else alert.acknowledged.at + CLOSED_AFTER_MS


def _turn(page: Page, alert: AlertRecord) -> None:
    if alert.state == "resolved":
        page.forget_alert(alert.alert)
    elif alert.kind in INFORMATION and alert.raised_at + INFORMATION_MS <= page.at:
        resolve(page, alert, "told")
    elif alert.state != "acknowledged" or alert.acknowledged is None:
        _climb(page, alert)
    elif alert.acknowledged.until is not None:
        reopen(page, alert, "promise_lapsed")
    else:
        resolve(page, alert, "acknowledged")


def _climb(page: Page, alert: AlertRecord) -> AlertRecord:
    """Take every rung that is due. Steps at one instant are all taken; a round's end always waits."""
    while alert.next_step_at is not None and alert.next_step_at <= page.at:
        alert = _take_rung(page, alert, alert.next_step_at)
        page.put_alert(alert)
    return alert


def _take_rung(page: Page, alert: AlertRecord, due_at: int) -> AlertRecord:
    ladder = ladder_for(page.household, page.patient, alert.want, page.at)
    size = len(ladder.after_ms)
    if not size:
        return replace(alert, next_step_at=None, changed_at=page.at, because="nobody_to_tell")
    begun_at = due_at if page.at - due_at < PUNCTUAL_MS else page.at
    rounds, position = divmod(alert.rung - alert.climb_from, size)
    rung = ladder.next_rung(position)
    if rung is None and position == 0:
        return replace(alert, next_step_at=ladder.awake_at(), changed_at=page.at, because="quiet_hours")
    reached = size if rung is None else rung.position + 1
    taken = replace(
        alert,
        rung=alert.climb_from + rounds * size + reached,
        next_step_at=begun_at + ladder.wait_ms(reached, rounds),
        changed_at=page.at,
    )
    if rung is None:
        return taken
    tell_of(page, alert, rung.caregiver, rung.channel, taken.rung)
    return replace(
        taken,
        state="told",
        because="told",
        told=(*alert.told, rung.caregiver.id) if rung.caregiver.id not in alert.told else alert.told,
        next_step_at=None if alert.kind in INFORMATION else taken.next_step_at,
    )


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
