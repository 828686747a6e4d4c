"""How is it said who knows of an alert, who has taken it on, and that nobody has? As in `wording`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from controller.wire.shown import shown
from hub.care.alerting.naming import Moment
from hub.care.alerting.words.wording import Words


def to_caregiver(body: str, *, patient: str, advice: str = "", told: str = "") -> str:
    """Write an alert as a message: about whom, whom or what to ask, who knows already."""
    return " ".join(part for part in (f"{patient}:", body, advice, told) if part)


def told_already(names: Iterable[str]) -> str:
    """Say who has been told so far."""
    said = ", ".join(names)
    return f"Told already: {said}. Nobody has taken it on yet." if said else ""


def promise_lapsed(name: str, moment: Moment, until: int) -> str:
    """Say that somebody took it on, and that the time they named has passed."""
    return f"{name} had taken it on until {moment.dated(until)}; it is still open."


def silence_passed_over(moment: Moment, until: int) -> str:
    """Say why somebody is told who wants no such alerts now."""
    return f"You asked for silence until {moment.say(until)}; nobody else can be told of this."


def last_word(title: str, names: Sequence[str], moment: Moment, raised_at: int) -> Words:
    """Say that nobody has answered, and that this is the last message."""
    return Words(
        f"{title}: nobody has answered",
        f"Since {moment.dated(raised_at)} it was told to {', '.join(names)}, and nobody has answered. This "
        "is the last message about it. It stays open until somebody takes it on or its cause is over.",
    )


def no_longer_watched(title: str) -> Words:
    """Say that nobody watches any more: the patient has left the household."""
    return Words(f"{title}: over", "The hub of this home does not watch over this patient any more.")


def taken_on(title: str, name: str, moment: Moment, intent: str | None, until: int | None) -> Words:
    """Say that somebody takes care of it."""
    plan = f": {shown(intent)}" if intent else ""
    time = f" (until {moment.say(until)})" if until is not None else ""
    return Words(f"{title}: taken on", f"{name} has taken it on{plan}{time}.")
