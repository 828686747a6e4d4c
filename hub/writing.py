"""How does a person's word become an entry, and which slot is it about?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from controller.wire.shape import to_plain, write_json
from hub.care.entries import FACT_WORD, Entry, Fact, SlotStated, Statement
from hub.care.people import Household
from hub.store.ports.entries import EntryStore

UNDOINGS_MAX = 100
"""So many undoings of undoings are followed back to what they are about."""


def entry_of(patient: str, fact: Fact, *, by: str, at_ms: int, why: str = "") -> Entry:
    """Make the entry of a fact. The same words by the same person at the same instant are the same entry."""
    said = [patient, FACT_WORD[type(fact)], write_json(to_plain(fact)), by, str(at_ms)]
    name = f"e-{hashlib.sha256('|'.join(said).encode()).hexdigest()[:12]}"
    return Entry(entry=name, patient=patient, at=at_ms, by=by, fact=fact, why=why)


def slot_meant(store: EntryStore, entry: Entry) -> str | None:
    """Return the slot an entry is about, through all undoings; `None` where it is about none."""
    meant: Entry | None = entry
    for _ in range(UNDOINGS_MAX):
        if meant is None or meant.undoes is None:
            break
        meant = store.entry(meant.undoes)
    is_ours = meant is not None and meant.patient == entry.patient
    return meant.fact.slot if meant is not None and is_ours and isinstance(meant.fact, SlotStated) else None


def note_taken_in(store: EntryStore, household: Household, entries: Sequence[Entry], at_ms: int) -> None:
    """Note that entries were taken in; those of strangers, who have no part in that care, were refused.

    What a stranger wrote changed nothing at first, and everything once the hub was started again.
    """
    store.set_entries_applied(entries, at_ms)
    store.set_entries_refused([one for one in entries if household.writer(one.patient, one.by) is None])


def statement_of(by: str, fact: SlotStated, at_ms: int) -> Statement:
    """Return the word about a slot that a fact would be, to see what it would change."""
    return Statement(entry="e-preview", at=at_ms, by=by, outcome=fact.outcome, taken_at=fact.taken_at)
