"""How is it said? Each title and sentence that reaches a person stands here or in a `…_wording` beside it.

In `brief_wording` stands what is said where others may read it.
Titles are seen on lock screens: they name no person, no medicine and no illness. Texts say what was
observed, since when, how surely, and whom to ask. They never judge a tablet and never advise a dose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from controller.wire.shown import shown
from hub.care.alerting.naming import Moment, amount_words, compartment_words
from hub.care.alerting.words import brief_wording
from hub.care.ledger import SlotRecord

MISSED_DOSE = "missed_dose"
"""Where a medicine keeps the rule of its leaflet for a forgotten dose."""
ASK = "In doubt, ask the doctor or the pharmacist."
ELSEWHERE = "What is taken from elsewhere it does not see: please ask."


@dataclass(frozen=True, slots=True)
class Words:
    """A title for a lock screen and the text below it; `brief` stands there where others may read it."""

    title: str
    body: str
    brief: str = ""


WHY_UNSEEN = {
    "box_off": "the box was off",
    "clock_untrusted": "the clock of the box was not to be trusted",
    "clock_stepped": "the clock of the box was changed",
    "opened_too_soon": "its lid was opened, too soon after the dose before",
    "lid_disturbed": "many lids opened at the same moment, which is so when the box is moved or dropped",
    "lid_already_open": "the lid already stood open when its time began",
    "only_looked": "its lid was opened only to look, somebody says",
    "refill": "the box was being refilled",
    "plan_late": "the box got its plan too late",
    "stalled": "the box stood still for a while",
    "switch_unsteady": "the switch of that lid gave contact as no lid does",
}
"""Why a box could not watch a window, by its own machine word."""


def missed(slot: SlotRecord, moment: Moment) -> Words:
    """Say that a whole window was watched and the lid was not opened."""
    due, then = moment.dated(slot.due_at), moment.near(slot.due_at)
    return Words(
        f"{due}: not opened",
        f"The {compartment_words(slot.compartment)}, due at {due}, was not opened from "
        f"{then.say(slot.opens_at)} to {then.say(slot.closes_at)}. The box watched all that time. "
        f"{ELSEWHERE}",
    )


def stopped(missed: Sequence[SlotRecord], unseen: int, leaflet: str, moment: Moment) -> Words:
    """Say that nothing of a medicine was taken for days; `missed` are its doses, oldest first."""
    first, last = (moment.dated(slot.due_at) for slot in (missed[0], missed[-1]))
    not_seen = f" Of {unseen} more we cannot say." if unseen else ""
    quoted = f"The leaflet says: “{leaflet}”" if leaflet else ASK
    return Words(
        f"Since {first}: no dose taken",
        f"None of the {len(missed)} doses due from {first} to {last} was taken, as far as the box and people "
        f"say.{not_seen} {quoted}",
    )


def fading(taken: int, known: int, unseen: int, days: int, leaflet: str) -> Words:
    """Say that few of the doses of the last `days` were taken; of `unseen` more nobody can say."""
    not_seen = f" Of {unseen} more we cannot say." if unseen else ""
    quoted = f"The leaflet says: “{leaflet}”" if leaflet else ASK
    return Words(
        f"{taken} of {known} doses taken in {days} days",
        f"In the last {days} days {taken} of {known} doses were taken, as far as the box and people say."
        f"{not_seen} {quoted}",
    )


def warning_signs(signs: Iterable[str], fever_c: float | None, moment: Moment, calls: Iterable[str]) -> Words:
    """Pass on which signs of the leaflet were reported; `calls` is what it says to do about them."""
    said = "; ".join(signs)
    measured = f" Measured: {fever_c:g} °C." if fever_c is not None else ""
    leaflet = " ".join(f"The leaflet says: “{call}”" for call in calls) or "Call the doctor right away."
    return Words(
        f"{moment.dated(moment.at)}: a warning sign was reported",
        f"Reported at {moment.dated(moment.at)}: {said}.{measured} {leaflet}",
    )


def check_overdue(title: str, on: date) -> Words:
    """Say that nobody has said of a check that it took place."""
    day = f"{on.day} {on:%B}"
    return Words(
        f"A check of {day} is overdue",
        f"{shown(title)}: it was to take place on {day}, and nobody has said that it did. Ask whether it "
        "took place, or when it will.",
    )


def mended(title: str, moment: Moment) -> Words:
    """Say that what an alert was about is over."""
    return Words(f"{title}: over", f"This is over since {moment.dated(moment.at)}.")


def unobserved(slot: SlotRecord, moment: Moment) -> Words:
    """Say that a window could not be watched as a whole."""
    due = moment.dated(slot.due_at)
    if not slot.box:
        return Words(
            f"{due}: nobody has said",
            f"Nobody has said that the dose due at {due}, which lies in no box, was taken. "
            "That does not mean that it was not taken: no box watches it. Please ask.",
        )
    word = slot.because.replace("_", " ")
    reason = WHY_UNSEEN.get(slot.because, f"the box could not watch all that time ({word})")
    return Words(
        f"{due}: not watched",
        f"It is not known whether the {compartment_words(slot.compartment)}, due at {due}, was opened in "
        f"its time: {reason}. Please ask, or look what lies in it.",
    )


def unconfirmed(slot: SlotRecord, moment: Moment, silent_since: int | None) -> Words:
    """Say that nothing has been heard about a dose; `silent_since` where the whole box is silent."""
    due, then = moment.dated(slot.due_at), moment.near(slot.due_at)
    silent = "" if silent_since is None else f" The box has not been heard since {then.say(silent_since)}."
    return Words(
        f"{due}: no word from the box",
        f"The box has sent nothing about the {compartment_words(slot.compartment)}, due at {due}, whose time "
        f"ended at {then.say(slot.closes_at)}.{silent} That does not mean that it was not opened: we cannot "
        "see. Please ask, or look whether the box has power and network.",
    )


def healed(slot: SlotRecord, moment: Moment, by: str | None) -> Words:
    """Correct what was said about a slot before; `by` names the person whose word it is."""
    where, due = compartment_words(slot.compartment), moment.dated(slot.due_at)
    then = moment.near(slot.due_at)
    match slot.outcome:
        case "taken" if slot.opened_at is not None:
            fact = f"the {where}, due at {due}, was opened at {then.say(slot.opened_at)}."
        case "taken":
            fact = f"the {where}, due at {due}, was opened in its time."
        case "self_reported" if by and not slot.box:
            fact = f"{by} says that the dose due at {due} was taken."
        case "self_reported":
            source = f"{by} says" if by else "the button at the box says"
            fact = f"{source} that the dose due at {due} was taken from elsewhere."
        case "skipped":
            fact = f"{by or 'a person'} says that the dose due at {due} was skipped."
        case "missed":
            fact = f"the {where}, due at {due}, was watched all the time and not opened."
        case "unobserved" if not slot.box:
            fact = f"nobody has said that the dose due at {due}, which lies in no box, was taken."
        case "unobserved":
            fact = f"the {where}, due at {due}, could not be watched as a whole."
        case _:
            fact = f"the dose due at {due} is no longer open."
    brief = brief_wording.healed(slot, moment, by_person=by is not None)
    return Words(f"{due}: correction", f"Correction: {fact}", brief)


def now_known(words: Words) -> Words:
    """Say what is known by now to people who were told that nothing was."""
    return Words(words.title, f"The box has been heard since. {words.body}")


def trouble(text: str, moment: Moment) -> Words:
    """Say that something technical must be mended; `text` is what the hub noticed."""
    noticed = f"The hub noticed it at {moment.dated(moment.at)}. Please tell whoever looks after the system."
    return Words("The pillbox system needs a look", f"{text.rstrip('.')}. {noticed}")


def channel_works(rhythm: str) -> Words:
    """Prove a channel; who reads it has nothing to do."""
    text = f"This message comes {rhythm}, where no other has come, and proves that this channel reaches you."
    return Words("This channel works, nothing needs you", text, text)


def hub_cannot_record() -> Words:
    """Say that the hub itself needs somebody."""
    text = (
        "The disk of the hub at home is full or failing. Until somebody makes room there, nothing new is "
        "recorded and no other alert is sent. The boxes keep what they see."
    )
    return Words("The pillbox hub cannot record", text, text)


def help_unrecorded(box: str) -> Words:
    """Pass on a call for help that the hub could not even store."""
    why = "The hub cannot record this call, so nobody can take it on here: please call, and tell each other."
    return Words(
        "Help is asked for",
        f"Somebody pressed the help button of the box {box}. {why}",
        f"Somebody pressed the help button of a box. {why}",
    )


def leaflet_words(rules: Iterable[str]) -> str:
    """Quote what the leaflets say, or else say whom to ask."""
    return " ".join(f"The leaflet says: “{rule}”" for rule in rules) or ASK


def reminder(name: str, slot: SlotRecord, moment: Moment) -> Words:
    """Remind the patient of a dose."""
    due = moment.say(slot.due_at)
    since = f"is due at {due}" if moment.at <= slot.due_at else f"has been due since {due}"
    brief = brief_wording.reminder(slot, moment, amount_words(slot.amounts))
    if not slot.box:
        return Words(
            f"{due}: please think of the dose that lies in no box",
            f"{name}, the dose that lies in no box {since}. Please say when you have taken it. "
            "If you are unsure, follow the label and ask your doctor or pharmacist.",
            brief,
        )
    return Words(
        f"{due}: please look at your box",
        f"{name}, the {compartment_words(slot.compartment)} {since}: {amount_words(slot.amounts)}. "
        "If you are unsure, follow the label and ask your doctor or pharmacist.",
        brief,
    )
