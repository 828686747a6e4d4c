"""What follows from what a person has written into the care of a patient?

Only somebody of this home can write: the patient, or a caregiver who follows them. A stranger's entry stays
in the store, where it can be seen, and changes nothing.
"""

from __future__ import annotations

from hub.care.answering import take_answer
from hub.care.deciding import take_statement
from hub.care.enrolment import publish_plans
from hub.care.entries import AsNeededTaken, Entry, EntryUndone, ExtraAnswered, Felt, SlotStated, Statement
from hub.care.feeling import warn_of_signs
from hub.care.ledger import SlotRecord
from hub.care.page import Page


def take_entry(page: Page, entry: Entry) -> None:
    """Take in one entry of this patient; the same entry again changes nothing."""
    if entry.patient != page.patient or page.writer(entry.by) is None:
        return
    if isinstance(entry.fact, ExtraAnswered):
        take_answer(page, entry, entry.fact)
        return
    about = _about(page, entry)
    if about is None:
        if all(entry.entry != known.entry for known in page.entries):
            page.entries = (*page.entries, entry)
            page.standing_at = page.people_at = None
            if isinstance(entry.fact, AsNeededTaken | EntryUndone):
                publish_plans(page)
            if isinstance(entry.fact, Felt):
                warn_of_signs(page, entry, entry.fact)
        return
    slot, statement = about
    if all(entry.entry != known.entry for known in slot.statements):
        take_statement(page, slot, statement)
        page.standing_at = None
        publish_plans(page)


def _about(page: Page, entry: Entry) -> tuple[SlotRecord, Statement] | None:
    """Return the slot an entry is about, with the words it keeps; `None` if it is about something else."""
    undoes = entry.undoes
    if undoes is not None:
        statement = _statement(entry, undoes=undoes)
        for slot in page.slots.values():
            if any(known.entry == undoes for known in slot.statements):
                return slot, statement
        return None
    if not isinstance(entry.fact, SlotStated) or entry.fact.slot not in page.slots:
        return None
    fact = entry.fact
    return page.slots[fact.slot], _statement(entry, fact=fact)


def _statement(entry: Entry, *, fact: SlotStated | None = None, undoes: str | None = None) -> Statement:
    return Statement(
        entry=entry.entry,
        at=entry.at,
        by=entry.by,
        outcome=None if fact is None else fact.outcome,
        undoes=undoes,
        taken_at=None if fact is None else fact.taken_at,
        why=entry.why,
    )
