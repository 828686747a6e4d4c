"""How is it said of a box? Its silence, clock, sensors, lids and help button, as in `wording`."""

from __future__ import annotations

from controller.wire.events import LidLeftOpen
from controller.wire.instants import MINUTE_MS
from controller.wire.shown import shown
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.alerting.words.wording import Words

TELL_WHO_MINDS = "Please tell whoever looks after the system."
OLD_NEWS_MS = 5 * MINUTE_MS
"""What a box tells this late was kept while it could not be heard: it is said when word of it came."""


def box_silent(box: str, moment: Moment, since: int | None) -> Words:
    """Say that a box is not heard."""
    heard = "never been heard" if since is None else f"not been heard since {moment.dated(since)}"
    return Words(
        "Box not heard",
        f"The box {box} has {heard}. Until it is, we cannot see what is opened there. Look whether it has "
        "power and network. It goes on reminding by itself while it has power.",
    )


def broker_lost(moment: Moment) -> Words:
    """Say that the hub hears none of the boxes, through no fault of theirs."""
    return Words(
        "The hub hears no box",
        f"At {moment.dated(moment.at)} the hub had been without its message broker for minutes, so it hears "
        "no box at all. Until it does, we cannot see what is opened there. The boxes go on reminding and "
        "keep what they see. Look whether the broker and the network at the hub run.",
    )


def box_heard(moment: Moment) -> Words:
    """Say that a silent box is there again."""
    return Words("Box heard again", f"The box is heard again since {moment.dated(moment.at)}.")


def clock_untrusted(box: str, moment: Moment, since: int) -> Words:
    """Say that a box does not know the time."""
    return Words(
        "Box does not know the time",
        f"The clock of box {box} is not to be trusted since {moment.dated(since)}. Until it is, the box "
        "cannot say whether a dose was taken in time. Look whether it has network.",
    )


_HEALTH = {
    "plan_ended": "has no plan any more, so it cannot remind. Look whether it has network.",
    "outbox_damaged": "found its memory damaged and began a new one. What was not yet sent may be lost. "
    "Its card may have to be replaced.",
    "cannot_record": "cannot write to its card, so a power cut may cost what is not yet sent. The card may "
    "have to be replaced.",
    "event_unreadable": "found something on its card that it cannot read any more. The card may have to be "
    "replaced.",
    "memory_unreadable": "found a part of its memory unreadable and goes on without it. Its card may have to "
    "be replaced.",
    "message_refused": "refused a message that does not fit it. Its program may be another version than "
    "that of the hub, or its compartments others than the household names.",
    "under_voltage": "gets too little voltage from its supply, as the computer in it measured. It may stop "
    "without warning. Look at its supply and cable.",
    "cpu_hot": "has a hot processor, as it measured itself. It works more slowly, and may warm the air at "
    "its sensor. Look whether it is covered or stands in the sun.",
    "disk_low": "has little room left on its card, as it counted itself. Where none is left it goes on "
    "recording doses for a while, and no readings of its storage.",
    "card_wearing": "wrote much to its card in a day, all its programs together, as it counted itself. A "
    "card wears out by being written to: look what writes so much.",
    "wifi_weak": "hears the Wi-Fi of the home only weakly, as it measured itself. What it sees may come "
    "late; it keeps it until then. Look whether the box or the router was moved.",
    "on_battery": "seems to run on its battery: the charge falls, as the battery's gauge says. Look whether "
    "it is plugged in, and whether there is power.",
    "battery_low": "has little charge left in its battery, as the battery's gauge says. Once it is empty "
    "the box neither reminds nor sees anything. Look whether it is plugged in.",
    "lock_missing": "cannot reach its lock and goes on without one: the lock is as it is without power.",
    "expander_interrupt": "hears nothing from the wire by which its extra lids call. It watches them all the "
    "same, by asking often. Look at that wire.",
    "lid_stuck": "sees a lid that behaves as no lid does, and cannot say when that one is opened. Look at "
    "its switch.",
}


def box_health(box: str, word: str, text: str | None, moment: Moment, said_at: int | None) -> Words:
    """Say what a box says about itself; `said_at` where its clock is trusted."""
    known = _HEALTH.get(word, f"reports: {word.replace('_', ' ')}.")
    more = f" ({shown(text)})" if text else ""
    said = f"It said so at {moment.dated(said_at)}." if said_at is not None else ""
    if said_at is None or _is_old_news(said_at, moment):
        said = f"{said} Word of it came at {moment.dated(moment.at)}.".strip()
    return Words("Box needs a look", f"The box {box} {known}{more} {said} {TELL_WHO_MINDS}")


def lid_left_open(box: str, lid: LidLeftOpen, moment: Moment, seen_at: int | None) -> Words:
    """Say that a lid stands open, or stood when the box saw it; `seen_at` where its clock is trusted."""
    where = f"The {compartment_words(lid.compartment)} of box {box}"
    minutes = f"{lid.open_ms // 60_000} minutes"
    harm = "Open compartments let damp and light in."
    if seen_at is not None and not _is_old_news(seen_at, moment):
        since = f"since {moment.dated(seen_at - lid.open_ms)}"
        body = f"{where} has stood open for {minutes}, {since}, as its switch says. Please close it. {harm}"
        return Words("A lid stands open", body)
    seen = "" if seen_at is None else f" at {moment.dated(seen_at)}"
    return Words(
        "A lid stood open",
        f"{where} had stood open for {minutes}{seen}, as its switch says; {_heard_of_it(moment)}. "
        f"Look whether it is closed. {harm}",
    )


def help_wanted(box: str, moment: Moment, pressed_at: int | None) -> Words:
    """Say that the patient pressed the help button; `pressed_at` where the box knew the time."""
    pressed = f"The help button of box {box} was pressed"
    if pressed_at is None:
        body = f"{pressed}; {_heard_of_it(moment)}."
    elif _is_old_news(pressed_at, moment):
        body = f"{pressed} at {moment.dated(pressed_at)}; {_heard_of_it(moment)}."
    else:
        body = f"{pressed} at {moment.dated(pressed_at)}."
    return Words("Help was asked for", f"{body} Why, the box does not know: please call, or look in.")


def _is_old_news(happened_at: int, moment: Moment) -> bool:
    return moment.at - happened_at >= OLD_NEWS_MS


def _heard_of_it(moment: Moment) -> str:
    return f"word of it came at {moment.dated(moment.at)}"
