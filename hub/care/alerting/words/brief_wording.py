"""How is it said where others may read it? What was seen, since when, how urgently, and where more is said.

Nothing that somebody has typed comes in here, and nothing from a slot but its times: what never arrives can
name no patient, no medicine and no compartment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from hub.care.alerting.naming import Moment
from hub.care.caregivers import WantKind
from hub.care.ledger import AlertRecord, SlotRecord

ANOTHER = "another caregiver"
MANY = 3
"""So many people are named; of more only the number is said."""

_SEEN = {
    "dose.missed": "The box watched all the time of a dose and saw no opening.",
    "dose.unobserved": "We cannot see whether a dose was taken: nobody watched all of its time.",
    "dose.unconfirmed": "The box has sent nothing about a dose whose time is over. We cannot see what became "
    "of it.",
    "dose.extra_taken": "Of an opening that no dose had asked for it was said that something was taken.",
    "dose.extra": "The box saw an opening that no dose had asked for.",
    "dose.wrong_compartment": "The box saw another opening than that of the dose whose time it was.",
    "dose.lock_override": "Somebody at the box opened its lock by holding a button.",
    "dose.lock_forced": "The box saw a lid opened while its lock was to hold it.",
    "dose.stopped": "No dose of several days was taken, as far as the box and people say.",
    "dose.fading": "Few doses of the last days were taken, as far as the box and people say.",
    "dose.": "Something was observed about a dose.",
    "storage.stale": "The box does not measure its storage. We cannot see how it is.",
    "storage.": "The box measured that its storage is outside a limit.",
    "device.broker": "The hub hears no box at all. The boxes go on reminding and keep what they see.",
    "device.silent": "The hub does not hear the box. It goes on reminding by itself while it has power.",
    "device.clock": "The box does not know the time, and cannot say whether a dose was taken in its time.",
    "device.sensor": "The box gets no reading from a sensor.",
    "device.lid_left_open": "The box saw a lid stand open.",
    "device.under_voltage": "The supply of the box gives it too little voltage.",
    "device.on_battery": "The battery of the box is losing its charge.",
    "device.battery_low": "The battery of the box is nearly empty.",
    "device.lid_unmoved": "A switch has not moved for days: it is broken, or nobody opened that lid.",
    "device.lid_wearing": "The switch of a lid bounces more than it should.",
    "lid.out_of_hours": "The box saw a lid opened while nothing was due, at a time that this home watches.",
    "lid.repeated": "The box saw lids opened again and again, and no dose had asked for it.",
    "lid.disturbed": "The box saw several lids open at the same moment, as when it is moved or dropped.",
    "device.": "The box or the hub reports that something of it must be mended.",
    "care.help": "The help button of the box was pressed.",
    "care.warning_sign": "A warning sign of a leaflet was reported.",
    "care.": "Somebody asks for you.",
    "check.": "Nobody has said that a check took place.",
    "supply.": "Something about the supply must be looked after.",
    "fill.": "Something about what lies in the box must be looked after.",
}  # fmt: skip
"""What was observed, by the kind of an alert: the first that its kind begins with."""

_URGENCY = {
    "care.": "Urgent: please look after it now.",
    "dose.": "Please look after it soon.",
    "lid.": "Please look after it soon.",
    "storage.": "Please look after it today.",
    "device.silent": "Please look after it today.",
    "device.broker": "Please look after it today.",
    "device.lid_left_open": "Please look after it today.",
    "device.under_voltage": "Please look after it today.",
    "device.on_battery": "Please look after it today.",
    "device.battery_low": "Please look after it today.",
    "check.": "Please look after it today.",
    "supply.": "Please look after it today.",
    "fill.": "Please look after it today.",
}
_BY_LEVEL = {
    "high": "Urgent: please look after it now.",
    "low": "Please look after it in the next days.",
    "info": "This is for information: it can wait, and nobody need answer.",
}
"""Of storage, the medicine's file says how grave it is; what it calls medium is as it always was."""
_NO_HURRY = "It can wait for the day."

_AT_ONE_TIME = (
    "dose.extra", "dose.wrong_compartment", "dose.lock_override", "dose.lock_forced", "lid.out_of_hours",
    "lid.disturbed",
)  # fmt: skip


def observed(kind: str) -> str:
    """Say what was observed, by the kind of an alert alone."""
    return _first(_SEEN, kind, "Something about a pillbox asks for you.")


def urgency(kind: str, want: WantKind | None = None) -> str:
    """Say how soon somebody should look, by the kind of an alert alone; of lids the home says how urgent."""
    if kind.startswith("lid.") and want == "care":
        return _BY_LEVEL["high"]
    level = kind.rpartition(".")[2]
    if kind.startswith("storage.") and level in _BY_LEVEL:
        return _BY_LEVEL[level]
    return _first(_URGENCY, kind, _NO_HURRY)


def alerted(alert: AlertRecord, moment: Moment, told: str = "") -> str:
    """Say of an alert what others may read; `told` is what has been done about it."""
    seen, soon = observed(alert.kind), urgency(alert.kind, alert.want)
    parts = [seen, since(alert, moment), told, soon, where(alert.alert)]
    return " ".join(part for part in parts if part)


def since(alert: AlertRecord, moment: Moment) -> str:
    """Say since when something is known, or when it happened."""
    if alert.about_at is None:
        return f"Known since {moment.dated(alert.raised_at)}."
    word = "This was at" if alert.kind in _AT_ONE_TIME else "This is so since"
    return f"{word} {moment.dated(alert.about_at)}."


def where(alert: str) -> str:
    """Say where more is to be read."""
    return f"Read more of {alert} at the hub (pillbox-hub alerts) or in your MQTT app."


def told_already(names: Collection[str]) -> str:
    """Say who has been told so far."""
    return f"Told already: {listed(names)}. Nobody has taken it on yet." if names else ""


def taken_on(name: str, moment: Moment, until: int | None) -> str:
    """Say who takes care of it; what they intend is in their own words, and left out."""
    time = f" (until {moment.say(until)})" if until is not None else ""
    return f"{_begun(name)} has taken it on{time}."


def promise_lapsed(name: str, moment: Moment, until: int) -> str:
    """Say that the time has passed until which somebody had taken it on."""
    return f"{_begun(name)} had taken it on until {moment.dated(until)}; it is still open."


def last_word(names: Collection[str], moment: Moment, raised_at: int, alert: str) -> str:
    """Say that nobody has answered, and that this is the last message."""
    return (
        f"Since {moment.dated(raised_at)} it was told to {listed(names)}, and nobody has answered. This is "
        f"the last message about it; it stays open. {where(alert)}"
    )


def over(moment: Moment) -> str:
    """Say that it has ended."""
    return f"This is over; we know it since {moment.dated(moment.at)}."


def slept_through(alert: AlertRecord, moment: Moment) -> str:
    """Say of what began and ended while nobody was to be woken what others may read."""
    return " ".join((observed(alert.kind), since(alert, moment), over(moment), where(alert.alert)))


def healed(slot: SlotRecord, moment: Moment, *, by_person: bool) -> str:
    """Correct what was said about a dose before."""
    due, then = moment.dated(slot.due_at), moment.near(slot.due_at)
    match slot.outcome:
        case "taken" if slot.opened_at is not None:
            fact = f"the box saw its opening at {then.say(slot.opened_at)}"
        case "taken":
            fact = "the box saw its opening in its time"
        case "self_reported":
            fact = f"{'a person' if by_person else 'the button at the box'} says that it was taken"
        case "skipped":
            fact = "a person says that it was skipped"
        case "missed":
            fact = "the box watched all its time and saw no opening"
        case "unobserved":
            fact = "we cannot see whether it was taken"
        case _:
            fact = "it is no longer open"
    return f"Correction, for the dose due at {due}: {fact}."


def reminder(slot: SlotRecord, moment: Moment, amounts: str) -> str:
    """Remind of a dose; which lid it is, the box shows."""
    due = moment.say(slot.due_at)
    since = f"is due at {due}" if moment.at <= slot.due_at else f"has been due since {due}"
    if not slot.box:
        return f"What you take from no box {since}. Please say when you have taken it. {_UNSURE}"
    return f"What your box holds for now {since}: {amounts}. It shows where. {_UNSURE}"


def check_ahead(when: str, on: date, at: str) -> str:
    """Remind of a blood test or an appointment, without what it is and where."""
    return f"It is {when}, on {on:%A} {on.day} {on:%B}{at}. What and where it is says pillbox-hub check."


_UNSURE = "If you are unsure, follow the label and ask your doctor or pharmacist."


def listed(names: Iterable[str]) -> str:
    """Name a few people, or say how many they are."""
    found = list(dict.fromkeys(names))
    return ", ".join(found) if len(found) <= MANY else f"{len(found)} people"


def _begun(name: str) -> str:
    return name if name != ANOTHER else name.capitalize()


def _first(words: dict[str, str], kind: str, otherwise: str) -> str:
    return next((said for prefix, said in words.items() if kind.startswith(prefix)), otherwise)
