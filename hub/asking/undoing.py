"""What have people, or the box, said of tablets, and which word does not count any more?"""

from __future__ import annotations

from controller.wire.instants import instant_text
from controller.wire.naming import tablet_words
from hub.asking.acting import Act, write_entry
from hub.asking.answers import Refused, answer
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.entries import (
    BY_BOX,
    AsNeededTaken,
    BoxFilled,
    CompartmentEmptied,
    Entry,
    EntryUndone,
    Fact,
    FillChecked,
    PacksFetched,
    TabletsCounted,
    in_force,
)


def tablet_entries(act: Act) -> int:
    """List what counts of what was said of tablets, oldest first."""
    known = _known(act)
    lines = [f"{entry.entry}  {_line(act, entry, said)}" for entry, said in known]
    plain = [
        {"entry": entry.entry, "at": instant_text(entry.at), "by": entry.by, "said": said, "why": entry.why}
        for entry, said in known
    ]
    return answer(act.asked, lines or ["Nobody has taken down anything about tablets."], {"entries": plain})


def undo_tablets(act: Act, name: str) -> int:
    """Take a word about tablets back.

    Raises:
        Refused: There is no such word that counts.

    """
    found = next(((entry, said) for entry, said in _known(act) if entry.entry == name), None)
    if found is None:
        raise Refused(f"no entry {name!r} about tablets counts; `pillbox-hub supply entries` names them")
    entry, said = found
    preview = ["this would not count any more:", f"  {_line(act, entry, said)}"]
    return write_entry(act, EntryUndone(entry=entry.entry), preview, why=act.asked.why)


def by_words(by: str) -> str:
    """Say who has said it; of a guided refill the box did, which is nobody."""
    return "as the box saw it" if by == BY_BOX else f"by {by}"


def _known(act: Act) -> list[tuple[Entry, str]]:
    counting = in_force(act.store.entries(act.patient))
    return [(entry, said) for entry in counting if (said := _said(entry.fact)) is not None]


def _line(act: Act, entry: Entry, said: str) -> str:
    return f"{Moment(act.zone, act.now_ms).dated(entry.at)}, {by_words(entry.by)}: {said}"


def _said(fact: Fact) -> str | None:
    match fact:
        case TabletsCounted():
            return f"{fact.regimen}: {tablet_words(fact.tablets)} counted outside the box"
        case PacksFetched():
            return f"{fact.regimen}: {tablet_words(fact.tablets)} came home"
        case AsNeededTaken():
            return f"{fact.regimen}: {tablet_words(fact.amount)} taken as needed"
        case BoxFilled():
            return f"{fact.box}: filled {' '.join(fact.compartments)}"
        case FillChecked():
            return f"looked at {fact.fill}"
        case CompartmentEmptied():
            return f"{fact.box}, {compartment_words(fact.compartment)}: emptied"
        case _:
            return None
