"""How does a report call what the records hold, so that a person reads words and no codes?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.care.alerting.words.wording import WHY_UNSEEN

WORDS = {
    "taken": "taken",
    "missed": "missed",
    "skipped": "skipped",
    "held": "held",
    "self_reported": "self-reported",
    "unobserved": "unobserved",
    "unconfirmed": "unconfirmed",
    "withdrawn": "withdrawn",
    "open": "open",
}
"""How a table names an outcome: by its one name, which `EXPLAINED` says once in plain words.

The table had names of its own: one thing was "missed" in one place and "not opened" in another.
"""

EXPLAINED = {
    "taken": "the lid was opened in the dose window; swallowing is not seen",
    "missed": "not opened; the whole dose window was watched and the lid stayed closed",
    "skipped": "a person says it was left out",
    "held": "a hold was ordered",
    "self_reported": "the patient or a caregiver says it was taken",
    "unobserved": "not watched; the box could not watch the whole window, which is not the same as missed",
    "unconfirmed": "no word from the box yet, which is not the same as missed",
    "withdrawn": "no longer planned",
    "open": "its time is not over",
}

REASONS = {
    **WHY_UNSEEN,
    "no_testimony": "the box has sent nothing about it",
    "not_in_box": "it lies in no box, and nobody has said that it was taken",
    "on_hold": "a hold was ordered",
    "declared": "a person said so",
    "button": "the button at the box was pressed",
    "taken_while_held": "it was opened although a hold was ordered",
    "taken_after_withdrawal": "it was opened although the plan did not hold it any more",
}
"""Why an outcome is what it is, where that is not plain from the outcome itself."""

OPENED = {
    "already_taken": "opened again, after the opening of its dose",
    "not_due": "opened before its time",
    "closed": "opened after its time",
    "too_soon": "opened too soon after the dose before",
    "daily_most": "opened, after the most of a day had been taken",
    "nothing_planned": "opened, nothing is planned there",
    "other_slot_due": "opened, in the time of another lid's dose",
}
"""What was seen of an opening that answered no dose."""

ANSWERED = {"took": "the patient says: taken", "looked": "the patient says: only looked"}
"""What the patient answered at the box when it asked what an extra opening was."""

STORAGE = {
    "hot": ("too warm", "{:g} °C"),
    "cold": ("too cold", "{:g} °C"),
    "damp": ("too damp", "{:g} % humidity"),
    "condensation": ("near the dew point", "{:g} °C above the dew point"),
    "light": ("in the light", "{:g}"),
    "stale": ("not measured", ""),
}
"""How an excursion and its worst value are called."""

_FRACTIONS = {0.0: "", 0.25: "¼", 0.5: "½", 0.75: "¾"}


def amount_text(amount: float) -> str:
    """Write an amount of tablets as people do: ½, 1½, 2."""
    whole, part = divmod(amount, 1)
    if part not in _FRACTIONS:
        return f"{amount:g}"
    return (str(int(whole)) if whole else "") + _FRACTIONS[part] or "0"


def local(instant_ms: int, zone: ZoneInfo) -> datetime:
    """Return an instant as the patient's clock shows it."""
    return datetime.fromtimestamp(instant_ms // 1000, UTC).astimezone(zone)


def in_words(word: str, known: Mapping[str, str]) -> str:
    """Return what a word of the records means; an unknown one at least without its underscores."""
    return known.get(word, word.replace("_", " "))


def cause_words(cause: str, names: Mapping[str, str]) -> str:
    """Say who or what led to an outcome; `names` are those of the people of the home."""
    kind, _, rest = cause.partition(" ")
    match kind:
        case "event":
            return f"the box {rest.partition('/')[0]} says"
        case "silence":
            return "no word from the box"
        case "plan":
            return "by the plan"
        case "person":
            return f"{names.get(rest, rest)} says"
        case _:
            return plain_text(cause)


def span_words(span_ms: int) -> str:
    """Say how long something lasted, in whole minutes."""
    hours, minutes = divmod(max(0, span_ms) // 60_000, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def plain_text(text: str) -> str:
    """Keep what somebody wrote from steering the terminal it is shown on."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
