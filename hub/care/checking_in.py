"""How are you? Which question comes next, and what does an answer say?

One question at a time, in the words of the leaflets: what is expected, what else may be felt, a fever with
its value, then each sign to call about. What was answered today is not asked again: a check-in can be left
and gone on with. Nothing is interpreted; what a sign leads to is the business of `hub.care.feeling`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from controller.wire.shown import is_one_line
from hub.care.entries import Entry, Felt, in_force
from hub.care.feeling import effects_of, signs_of
from hub.care.people import Household

COLDEST_C, HOTTEST_C = 34.0, 43.0
"""No body is colder or hotter: such a number is a slip."""
ANSWER_MAX = 200
NO, YES = "no", "yes"
DEGREES = ("no", "a little", "a lot")
"""What is offered for what may be felt; words of their own are kept as they are."""

_NUMBER = re.compile(r"(\d{2})(?:[.,](\d))?(?:\s*°?\s*c)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that is asked: `sign` may be reported, `fever` may be measured, an `effect` may be felt."""

    id: str
    text: str
    kind: Literal["effect", "fever", "sign"]
    is_expected: bool = False


def questions(household: Household, patient: str) -> tuple[Question, ...]:
    """Return what is asked about everything a patient takes, each thing once, in its order."""
    effects = sorted(effects_of(household, patient).values(), key=lambda one: not one.is_expected)
    signs = signs_of(household, patient).values()
    return (
        *(Question(id=one.id, text=one.text, kind="effect", is_expected=one.is_expected) for one in effects),
        *(Question(id=one.id, text=one.text, kind="fever") for one in signs if one.above_c is not None),
        *(Question(id=one.id, text=one.text, kind="sign") for one in signs if one.above_c is None),
    )


def answered_since(entries: Iterable[Entry], since_ms: int) -> frozenset[str]:
    """Return what was answered since an instant and not undone, by the ids of the questions."""
    found: set[str] = set()
    for entry in in_force(entries):
        if isinstance(entry.fact, Felt) and entry.at >= since_ms:
            found |= {*entry.fact.signs, *entry.fact.effects}
            if entry.fact.fever_c is not None:
                found |= {"fever"}
    return frozenset(found)


def next_question(asked: Iterable[Question], answered: frozenset[str]) -> Question | None:
    """Return what is asked next, `None` when everything has been answered."""
    return next((one for one in asked if one.id not in answered), None)


def understood(question: Question, words: str) -> Felt | None:
    """Return what an answer says, `None` where it cannot be taken for one.

    A sign or a fever is a plain yes or no, or a temperature; what may be felt is kept in the patient's words.
    """
    said = " ".join(words.split())
    short = said.casefold().rstrip(".!")
    if not said or len(said) > ANSWER_MAX or not is_one_line(said):
        return None
    if short in ("no", "n", "none", "not at all"):
        return Felt(effects={question.id: NO})
    if question.kind == "effect":
        return Felt(effects={question.id: "a little" if short in ("yes", "y") else said})
    degrees_c = _degrees_c(said) if question.kind == "fever" else None
    if degrees_c is not None:
        return Felt(effects={question.id: measured(degrees_c)}, fever_c=degrees_c)
    return Felt(signs=(question.id,)) if short in ("yes", "y") else None


def measured(degrees_c: float) -> str:
    """Return how the answer to a question about a fever is kept beside its value."""
    return f"measured {degrees_c:g} °C"


def joined(said: Iterable[Felt]) -> Felt:
    """Return several answers as one check-in; of two about one thing the later counts."""
    effects: dict[str, str] = {}
    signs: dict[str, None] = {}
    fever_c = None
    for one in said:
        effects |= one.effects
        signs |= dict.fromkeys(one.signs)
        fever_c = one.fever_c if one.fever_c is not None else fever_c
    return Felt(effects=effects, signs=tuple(signs), fever_c=fever_c)


def _degrees_c(text: str) -> float | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    degrees_c = float(f"{found[1]}.{found[2] or 0}")
    return degrees_c if COLDEST_C <= degrees_c <= HOTTEST_C else None
