"""How is a check-in held at a terminal, one question at a time?"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TextIO

from hub.asking.acting import Act
from hub.asking.answers import Refused
from hub.boot_clock import is_hub_acting
from hub.care.checking_in import (
    DEGREES,
    Question,
    answered_since,
    joined,
    next_question,
    questions,
    understood,
)
from hub.care.entries import Felt
from hub.care.feeling import signs_of, signs_reported, whom_to_call
from hub.care.wall_clock import care_day, local_instant
from hub.writing import entry_of

STOP, SKIP = "stop", "skip"


def ask_questions(act: Act, source: TextIO | None = None) -> int:
    """Ask what was not answered today, until all is answered or somebody says `stop`.

    What asks for a call is said and stored at once; the rest is stored at the end, or when it is left.
    """
    if act.asked.json:
        raise Refused("a check-in speaks with a person; a program writes: pillbox-hub feeling say --json")
    by, lines = act.by, source or sys.stdin
    if isinstance(lines, TextIOWrapper):
        # Bytes that are no text must not end a check-in, and with it what was answered before.
        lines.reconfigure(errors="replace")
    person = act.household.patients[act.patient]
    day = care_day(act.zone.key, person.day_starts, act.now_ms)
    begun = local_instant(act.zone.key, day, person.day_starts)
    asked = questions(act.household, act.patient)
    if not asked:
        raise Refused(f"no leaflet of what {person.name} takes names anything to ask about")
    done = answered_since(act.store.entries(act.patient), begun)
    _say(f"{person.name}, one question at a time. Answer, or say {SKIP}; {STOP} leaves the rest for later.")
    kept: list[Felt] = []
    while (question := next_question(asked, done)) is not None:
        _say(_put(question))
        words = _answered(lines)
        if not words or words.strip().casefold() == STOP:
            break
        if words.strip().casefold() == SKIP:
            done |= {question.id}
            continue
        felt = understood(question, words)
        if felt is None:
            _say(f"  That is no answer to it: {_choices(question)}, {SKIP} or {STOP}.")
            continue
        done |= {question.id}
        if signs_reported(felt, signs_of(act.household, act.patient)):
            _call(act, felt, by)
        else:
            kept.append(felt)
    return _end(act, kept, by, is_all=next_question(asked, done) is None)


def _answered(lines: TextIO) -> str:
    """Read a line; Ctrl-C leaves the check-in like `stop`, and what was answered is kept."""
    try:
        return lines.readline()
    except KeyboardInterrupt:
        _say("")
        return ""


def _put(question: Question) -> str:
    usual = " (which is expected)" if question.is_expected and "expected" not in question.text else ""
    return f"{question.text}{usual}? [{_choices(question)}]"


def _choices(question: Question) -> str:
    match question.kind:
        case "effect":
            return " / ".join(DEGREES)
        case "fever":
            return "no / the temperature, such as 38.2"
        case "sign":
            return "no / yes"


def _call(act: Act, felt: Felt, by: str) -> None:
    for call in whom_to_call(act.household, act.patient) or ["Call the doctor right away."]:
        _say(f"  The leaflet says: “{call}”")
    _store(act, felt, by)
    if is_hub_acting(act.store):
        _say("  It is written down, and the caregivers are alerted to it. The other questions can wait.")
    else:
        _say("  It is written down. No hub is running, so nobody is alerted to it: tell somebody yourself.")


def _end(act: Act, kept: list[Felt], by: str, *, is_all: bool) -> int:
    if kept:
        _store(act, joined(kept), by)
    left = "Everything is answered for today." if is_all else "The rest can be answered later."
    _say(f"{left} Thank you.")
    return 0


def _store(act: Act, felt: Felt, by: str) -> None:
    # By the time of the answer: two answers of one check-in are two entries.
    entry = entry_of(act.patient, felt, by=by, at_ms=act.config.clock.wall_ms())
    with act.store.transaction():
        act.store.add_entry(entry)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
