"""What is written to which caregiver about an alert?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from controller.wire.messages import Acknowledgement
from hub.care.alerting.ladder import Rung, channel_of, resting_until
from hub.care.alerting.words import brief_wording, people_wording, supply_wording, wording
from hub.care.alerting.words.wording import Words
from hub.care.caregivers import WantKind
from hub.care.ledger import Alerted, AlertRecord, Ending, MessageRecord
from hub.care.page import Page

OF_A_SLOT = frozenset({"dose.missed", "dose.unobserved", "dose.unconfirmed"})


def slot_of(alert: AlertRecord) -> str | None:
    """Return the slot an alert is about, if it is about one."""
    return alert.condition.partition(" ")[2] if alert.kind in OF_A_SLOT else None


def concerned(alert: AlertRecord) -> tuple[str, ...]:
    """Return who must hear what becomes of an alert: all that were reached, and whoever took it on."""
    taken = (alert.acknowledged.by,) if alert.acknowledged else ()
    return tuple(dict.fromkeys((*alert.told, *alert.reached_by, *taken)))


def channels_of(alert: AlertRecord) -> dict[str, str]:
    """Return everybody concerned with the channel that reached them last, empty where none did."""
    return {who: alert.reached_by.get(who, "") for who in concerned(alert)}


def hand_over(page: Page, people: Mapping[str, str], newer: AlertRecord | None) -> tuple[str, ...]:
    """Return who reads the end of an alert in a newer one, which is written to them in this step.

    From now on they hear what becomes of the newer one, even if that letter never reaches them.
    """
    if newer is None:
        return ()
    readers = [who for who in page.written_to(newer.alert) if who in people]
    heirs = {who: people[who] for who in readers}
    if heirs:
        page.put_alert(replace(newer, reached_by={**heirs, **newer.reached_by}))
    return tuple(readers)


def letter_key(alert: str, key: str) -> str:
    """Return the name of a letter about an alert; `key` tells it from the others."""
    return f"{alert}-{key}"


def name_of(page: Page, who: str) -> str:
    """Return a caregiver's name, or the id of one who has left."""
    caregiver = page.household.caregivers.get(who)
    return caregiver.name if caregiver else who


def tell_of(page: Page, alert: AlertRecord, rung: Rung, number: int) -> None:
    """Send an alert to the person of one rung; `number` counts the rungs taken."""
    to = rung.caregiver
    told = _promise(page, alert) or people_wording.told_already(name_of(page, who) for who in alert.told)
    known = _brief_promise(page, alert) or brief_wording.told_already(_others(page, alert.told))
    # A rule for a forgotten dose, read anew at every round, would urge long after its time.
    advice = _advice(page, alert) if to.id not in alert.told else _about(page, alert)
    if rung.overrides and rung.muted_until is not None:
        told = f"{told} {people_wording.silence_passed_over(page.moment(), rung.muted_until)}".strip()
    body = people_wording.to_caregiver(alert.body, patient=_patient(page), advice=advice, told=told)
    key = letter_key(alert.alert, str(number))
    brief = _aliased(page, brief_wording.alerted(alert, page.moment(), known))
    _send(page, alert.alert, to.id, rung.channel, key, Words(alert.title, body, brief), "alert")


def tell_last_word(page: Page, alert: AlertRecord) -> None:
    """Tell everybody who follows the patient that nobody has answered, and that no more will be sent."""
    names = [name_of(page, who) for who in alert.told]
    words = people_wording.last_word(alert.title, names, page.moment(), alert.raised_at)
    others = _others(page, alert.told)
    brief = brief_wording.last_word(others, page.moment(), alert.raised_at, alert.alert)
    words = replace(words, brief=brief)
    for caregiver in page.household.caregivers.values():
        if alert.want in caregiver.wants.get(page.patient, ()) or caregiver.id in alert.told:
            tell_more(page, alert, caregiver.id, f"last-{alert.rung}-{caregiver.id}", words, "last_word")


def tell_end(page: Page, alert: AlertRecord, ending: Ending, to: Collection[str]) -> None:
    """Send the end of an alert to people who know of it."""
    kind = "resolved" if slot_of(alert) is None else "correction"
    words = Words(ending.title, ending.body, ending.brief or brief_wording.over(page.moment()))
    for who in to:
        tell_more(page, alert, who, f"end-{who}", words, kind)


def tell_slept_through(page: Page, alert: AlertRecord, ending: Ending, rung: Rung) -> None:
    """Tell somebody, once their quiet hours are over, of what began and ended in them.

    Water had condensed in a box by night, and in the morning nobody heard of it, for it was over.
    """
    brief = brief_wording.slept_through(alert, page.moment())
    words = Words(ending.title, f"In your quiet hours: {alert.body} {ending.body}", brief)
    tell_more(page, alert, rung.caregiver.id, f"end-{rung.caregiver.id}", words, "resolved")


def tell_taken_on(page: Page, alert: AlertRecord, taken: Acknowledgement, to: Collection[str]) -> None:
    """Tell people who know of an alert that somebody else takes care of it."""
    name = name_of(page, taken.by)
    words = people_wording.taken_on(alert.title, name, page.moment(), taken.intent, taken.until)
    [other] = _others(page, (taken.by,))
    words = replace(words, brief=brief_wording.taken_on(other, page.moment(), taken.until))
    for who in to:
        if who != taken.by:
            key = f"on-{taken.by}-{taken.at}-{taken.until or 0}-{who}"
            tell_more(page, alert, who, key, words, "acknowledged")


def tell_more(page: Page, alert: AlertRecord, who: str, key: str, words: Words, kind: str) -> None:
    """Send what became of an alert to somebody who knows of it; `key` tells one such message from others."""
    caregiver = page.household.caregivers.get(who)
    quiet_until = None if caregiver is None else resting_until(page, caregiver, alert.want)
    known = alert.reached_by.get(who, "")
    channel = _channel_on(page, who, known, alert.want)
    _tell_on(page, alert.alert, who, channel, letter_key(alert.alert, key), words, kind, quiet_until)


def tell_correction(page: Page, alerted: Alerted, words: Words, readers: Collection[str]) -> None:
    """Correct what people were told of a slot by an alert that is closed, but for `readers` of a newer one.

    A weekend offline once outlasted the alert that somebody had taken on, and nobody was corrected.
    """
    for who, known in alerted.people.items():
        if who not in readers:
            key = letter_key(alerted.alert, f"end-{who}")
            channel = _channel_on(page, who, known, "dose")
            _tell_on(page, alerted.alert, who, channel, key, words, "correction", None)


def _channel_on(page: Page, who: str, known: str, want: WantKind) -> str | None:
    """Return by which channel somebody is told more; `known` is the one that reached them last, if any."""
    caregiver = page.household.caregivers.get(who)
    if caregiver is None:
        return None
    # What reached them with the alert reaches them with its end; their first channel may be dead.
    return known if known in caregiver.channels else channel_of(page, caregiver, want)


def _tell_on(
    page: Page, alert: str, who: str, channel: str | None, key: str, words: Words, kind: str,
    wait_until: int | None,
) -> None:  # fmt: skip
    if channel is not None:
        body = people_wording.to_caregiver(words.body, patient=_patient(page))
        brief = _aliased(page, words.brief)
        _send(page, alert, who, channel, key, Words(words.title, body, brief), kind, wait_until)


def _send(
    page: Page, alert: str, to: str, channel: str, key: str, words: Words, kind: str,
    wait_until: int | None = None,
) -> None:  # fmt: skip
    page.send(
        MessageRecord(
            message=key,
            patient=page.patient,
            to=to,
            channel=channel,
            title=words.title,
            body=words.body,
            brief=words.brief,
            kind=kind,
            made_at=page.at,
            alert=alert,
            wait_until=wait_until,
        )
    )


def _promise(page: Page, alert: AlertRecord) -> str:
    promise = alert.acknowledged
    if promise is None or promise.until is None:
        return ""
    return people_wording.promise_lapsed(name_of(page, promise.by), page.moment(), promise.until)


def _brief_promise(page: Page, alert: AlertRecord) -> str:
    promise = alert.acknowledged
    if promise is None or promise.until is None:
        return ""
    [name] = _others(page, (promise.by,))
    return brief_wording.promise_lapsed(name, page.moment(), promise.until)


def _others(page: Page, people: Iterable[str]) -> list[str]:
    """Name caregivers where others may read it, but for one whose name gives a patient's away."""
    kept_back = {
        word.casefold() for patient in page.household.patients.values() for word in patient.name.split()
    }
    names = [name_of(page, who) for who in people]
    return [
        brief_wording.ANOTHER if kept_back & set(re.findall(r"\w+", name.casefold())) else name
        for name in names
    ]


def _aliased(page: Page, brief: str) -> str:
    person = page.person()
    return f"{person.alias}: {brief}" if person is not None and person.alias and brief else brief


def _patient(page: Page) -> str:
    person = page.person()
    return person.name if person else page.patient


def _about(page: Page, alert: AlertRecord) -> str:
    """Return what belongs to every letter of an alert: whom to ask, or of which medicine it speaks."""
    if alert.want == "supply":
        regimen = page.household.regimens.get(alert.condition.split(" ")[1])
        found = None if regimen is None else page.household.medicines.get(regimen.medicine)
        return "" if found is None else supply_wording.of_medicine(found.name, found.strength)
    return wording.ASK if alert.want == "dose" else ""


def _advice(page: Page, alert: AlertRecord) -> str:
    slot = page.slots.get(slot_of(alert) or "")
    if slot is None or alert.kind != "dose.missed":
        return _about(page, alert)
    found = [page.household.medicines.get(part.medicine) for part in slot.amounts]
    rules = [medicine.leaflet.get(wording.MISSED_DOSE, "") for medicine in found if medicine is not None]
    return wording.leaflet_words(dict.fromkeys(rule for rule in rules if rule))
