"""What is written to which caregiver about an alert?"""

from __future__ import annotations

from hub.care.alerting import wording
from hub.care.alerting.ladder import channel_of
from hub.care.alerting.wording import Words
from hub.care.ledger import AlertRecord, MessageRecord
from hub.care.page import Page
from hub.care.people import Caregiver

OF_A_SLOT = frozenset({"dose.missed", "dose.unobserved", "dose.unconfirmed"})


def slot_of(alert: AlertRecord) -> str | None:
    """Return the slot an alert is about, if it is about one."""
    return alert.condition.partition(" ")[2] if alert.kind in OF_A_SLOT else None


def concerned(alert: AlertRecord) -> tuple[str, ...]:
    """Return who must hear what becomes of an alert: everyone told, and whoever took it on."""
    taken = (alert.acknowledged.by,) if alert.acknowledged else ()
    return tuple(dict.fromkeys((*alert.told, *taken)))


def name_of(page: Page, who: str) -> str:
    """Return a caregiver's name, or the id of one who has left."""
    caregiver = page.household.caregivers.get(who)
    return caregiver.name if caregiver else who


def tell_of(page: Page, alert: AlertRecord, to: Caregiver, channel: str, number: int) -> None:
    """Send an alert to the person of one rung; `number` counts the rungs taken."""
    told = _promise(page, alert) or wording.told_already(name_of(page, who) for who in alert.told)
    # A rule for a forgotten dose, read anew at every round, would urge long after its time.
    advice = _advice(page, alert) if to.id not in alert.told else _ask(alert)
    body = wording.to_caregiver(alert.body, patient=_patient(page), advice=advice, told=told)
    _send(page, alert, to.id, channel, str(number), Words(alert.title, body), "alert")


def tell_more(page: Page, alert: AlertRecord, who: str, key: str, words: Words, kind: str) -> None:
    """Send what became of an alert to somebody who knows of it; `key` tells one such message from others."""
    caregiver = page.household.caregivers.get(who)
    channel = channel_of(page.household, page.patient, caregiver) if caregiver else None
    if channel is not None:
        body = wording.to_caregiver(words.body, patient=_patient(page))
        _send(page, alert, who, channel, key, Words(words.title, body), kind)


def _send(page: Page, alert: AlertRecord, to: str, channel: str, key: str, words: Words, kind: str) -> None:
    page.send(
        MessageRecord(
            message=f"{alert.alert}-{key}",
            patient=page.patient,
            to=to,
            channel=channel,
            title=words.title,
            body=words.body,
            kind=kind,
            made_at=page.at,
            alert=alert.alert,
        )
    )


def _promise(page: Page, alert: AlertRecord) -> str:
    promise = alert.acknowledged
    if promise is None or promise.until is None:
        return ""
    return wording.promise_lapsed(name_of(page, promise.by), page.moment(), promise.until)


def _patient(page: Page) -> str:
    person = page.person()
    return person.name if person else page.patient


def _ask(alert: AlertRecord) -> str:
    return wording.ASK if alert.want == "dose" else ""


def _advice(page: Page, alert: AlertRecord) -> str:
    slot = page.slots.get(slot_of(alert) or "")
    if slot is None or alert.kind != "dose.missed":
        return _ask(alert)
    found = [page.household.medicines.get(part.medicine) for part in slot.amounts]
    rules = [medicine.leaflet.get(wording.MISSED_DOSE, "") for medicine in found if medicine is not None]
    return wording.leaflet_words(dict.fromkeys(rule for rule in rules if rule))
