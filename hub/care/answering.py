"""What follows when a patient has said at the box what an extra opening was?"""

from __future__ import annotations

import hashlib

from controller.wire.envelope import Envelope
from controller.wire.events.doses import DoseExtraAnswered
from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.words import opening_wording
from hub.care.enrolment import publish_plans
from hub.care.entries import Entry, ExtraAnswered, Fact, in_force
from hub.care.page import Page

TAKEN = "dose.extra_taken"


def answer_extra(page: Page, envelope: Envelope, said: DoseExtraAnswered) -> None:
    """Keep what the patient answered at the box, with the record."""
    fact = ExtraAnswered(
        box=envelope.box,
        compartment=said.compartment,
        opened_at=said.opened_at,
        answer=said.answer,
        slot=said.slot,
        regimen=said.regimen,
    )
    take_answer(page, entry_by_box(envelope, fact, patient=page.patient, by=page.patient, at=page.at), fact)


def take_answer(page: Page, entry: Entry, fact: ExtraAnswered) -> None:
    """Let an answer count; a second one to the same opening changes nothing.

    "Took" alerts the caregivers until one of them answers. "Looked" ends what they were told of the opening.
    """
    if any(is_answer_to(known, fact) for known in in_force(page.entries)):
        return
    page.keep(entry)
    if fact.regimen is not None:
        publish_plans(page)
    place = f"{fact.box}/{fact.compartment} {fact.opened_at}"
    newer = None
    if fact.answer == "took":
        by = None if entry.by == page.patient else page.writer(entry.by)
        words = opening_wording.extra_taken(fact, page.moment(), page.slots.get(fact.slot or ""), by)
        newer = raise_alert(
            page, kind=TAKEN, want="dose", box=fact.box, about=place, words=words, about_at=fact.opened_at
        )
    for kind in ("dose.extra", "lid.out_of_hours"):
        alert = page.open_alert(f"{kind} {place}")
        if alert is not None:
            resolve(page, alert, fact.answer, newer=newer)


def is_answer_to(entry: Entry, fact: ExtraAnswered) -> bool:
    """Tell whether an entry answers the opening that a fact is about."""
    known = entry.fact
    return isinstance(known, ExtraAnswered) and (known.box, known.compartment, known.opened_at) == (
        fact.box, fact.compartment, fact.opened_at,
    )  # fmt: skip


def entry_by_box(envelope: Envelope, fact: Fact, *, patient: str, by: str, at: int) -> Entry:
    """Make the entry of what a box has witnessed. The same event is the same entry."""
    said = f"{envelope.box}/{envelope.stream}/{envelope.seq}"
    name = f"e-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
    return Entry(entry=name, patient=patient, at=at, by=by, fact=fact)
