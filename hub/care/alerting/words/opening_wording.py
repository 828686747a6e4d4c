"""How is it said that a lid was opened which no plan asked for?"""

from __future__ import annotations

from controller.wire.events import DoseExtra, DoseWrongCompartment
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.alerting.words.wording import Words
from hub.care.entries import ExtraAnswered
from hub.care.ledger import SlotRecord

UNSEEN = "What was taken out the box does not see: please ask, or look."
_EXTRA = {
    "already_taken": "It had already been opened for this dose.",
    "not_due": "Its time had not begun.",
    "closed": "Its time had ended.",
    "too_soon": "The dose before it was taken late, and the time that must lie between the two is not over.",
    "nothing_planned": "Nothing is planned there.",
    "daily_most": "The most that may be taken of it in a day had been taken.",
}
_AGAINST = {
    "self_reported": ("opened as well", "This dose has been reported as taken from elsewhere too."),
    "skipped": ("opened, not skipped", "This dose has been reported as skipped."),
    "taken": ("opened, a hold was ordered", "A hold was ordered for this dose."),
}


def extra(opening: DoseExtra, moment: Moment, *, seen: bool = True) -> Words:
    """Say that a lid was opened with nothing due there; `seen` if the dose before was seen at the lid."""
    what = "opened with nothing due"
    because = _EXTRA.get(opening.because, "Nothing was due there.")
    if opening.regimen is not None and opening.because == "too_soon":
        because = "The time that must lie between two of it is not over."
    if opening.because == "already_taken":
        what = "opened again" if seen else "opened after its dose"
        because = because if seen else "Its dose had already been reported as taken."
    return Words(
        f"{moment.dated(opening.opened_at)}: {what}",
        f"The box saw the {compartment_words(opening.compartment)} opened at "
        f"{moment.dated(opening.opened_at)}. {because} {UNSEEN}",
    )


def extra_taken(said: ExtraAnswered, moment: Moment, slot: SlotRecord | None, by: str | None) -> Words:
    """Say that something was taken at an extra opening, by the patient's answer or by somebody else's word.

    `slot` is the one that the opening would belong to.
    """
    opened = moment.dated(said.opened_at)
    before = ""
    if slot is not None and slot.outcome == "taken" and slot.opened_at is not None:
        before = f" For its dose it had been opened at {moment.dated(slot.opened_at)}."
    elif slot is not None and slot.outcome == "self_reported":
        before = " Its dose had been reported as taken besides."
    told = f"{by} says" if by else "Asked at the box, the patient answered"
    return Words(
        f"{opened}: said to be taken at an extra opening",
        f"The box saw the {compartment_words(said.compartment)} opened at {opened} with nothing due; "
        f"what was taken out it does not see. {told} that a dose was taken then.{before}",
    )


def opened_as_well(slot: SlotRecord, opened_at: int, moment: Moment) -> Words:
    """Say that a lid was opened for a dose that is on hold, or of which a person has said something else."""
    what, known = _AGAINST.get(slot.outcome or "", _AGAINST["taken"])
    opened, due = moment.dated(opened_at), moment.dated(slot.due_at)
    where = compartment_words(slot.compartment)
    return Words(
        f"{opened}: {what}", f"The box saw the {where}, due at {due}, opened at {opened}. {known} {UNSEEN}"
    )


def wrong_compartment(opening: DoseWrongCompartment, moment: Moment) -> Words:
    """Say that another lid was opened than that of the dose whose time it was, due already or not yet."""
    return Words(
        f"{moment.dated(opening.opened_at)}: another compartment opened",
        f"The box saw the {compartment_words(opening.compartment)} opened at "
        f"{moment.dated(opening.opened_at)}, in the time of the dose in the "
        f"{compartment_words(opening.expected)}. It warns at the lid. {UNSEEN}",
    )
