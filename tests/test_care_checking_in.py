"""Does a check-in ask one thing at a time, nothing twice a day, and keep answers as they were given?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS
from hub.care.checking_in import (
    ANSWER_MAX,
    Question,
    answered_since,
    joined,
    next_question,
    questions,
    understood,
)
from hub.care.entries import Entry, EntryUndone, Felt
from hub.care.feeling import signs_reported
from hub.care.people import Household
from hub.medicines import read_cabinet
from hub.writing import entry_of
from tests.care_days import at, household, regimen

FIFTY = read_cabinet()["azathioprine-50mg-tablet"]


def home() -> Household:
    return replace(household(), medicines={FIFTY.id: FIFTY})


ASKED = questions(home(), "ada")
SIGN = next(one for one in ASKED if one.kind == "sign")
FEVER = next(one for one in ASKED if one.kind == "fever")
EFFECT = next(one for one in ASKED if one.kind == "effect")


def said(felt: Felt, *, now: int = at("10:00")) -> Entry:
    return entry_of("ada", felt, by="ada", at_ms=now)


def test_every_sign_and_effect_of_the_leaflet_is_asked_once_what_is_expected_first() -> None:
    assert len(ASKED) == len(FIFTY.signs) + len(FIFTY.effects) == len({one.id for one in ASKED})
    assert ASKED[0].is_expected
    kinds = [one.kind for one in ASKED]
    assert kinds == sorted(kinds, key=["effect", "fever", "sign"].index)


def test_two_medicines_with_the_same_leaflet_ask_once() -> None:
    twice = [regimen(), replace(regimen(), id="evening")]
    assert questions(replace(home(), regimens={one.id: one for one in twice}), "ada") == ASKED


def test_a_person_who_takes_nothing_is_asked_nothing() -> None:
    assert questions(replace(home(), regimens={}), "ada") == ()


@given(st.lists(st.sampled_from([one.id for one in ASKED]), unique=True))
def test_what_was_answered_today_is_not_asked_again_and_the_rest_keeps_its_order(done: list[str]) -> None:
    answered = frozenset(done)
    found = []
    while (question := next_question(ASKED, answered)) is not None:
        found.append(question)
        answered |= {question.id}
    assert found == [one for one in ASKED if one.id not in done]


def test_an_answer_of_yesterday_or_one_that_was_undone_does_not_count() -> None:
    begun = at("03:00")
    old = said(Felt(effects={EFFECT.id: "no"}), now=begun - 1)
    new = said(Felt(signs=(SIGN.id,)), now=begun)
    undo = entry_of("ada", EntryUndone(entry=new.entry), by="ada", at_ms=begun + HOUR_MS)
    assert answered_since([old], begun) == frozenset()
    assert answered_since([old, new], begun) == {SIGN.id}
    assert answered_since([old, new, undo], begun) == frozenset()


@pytest.mark.parametrize(
    ("question", "words", "felt"),
    [
        (SIGN, "yes", Felt(signs=(SIGN.id,))),
        (SIGN, " Y. ", Felt(signs=(SIGN.id,))),
        (SIGN, "no", Felt(effects={SIGN.id: "no"})),
        (SIGN, "Not at all!", Felt(effects={SIGN.id: "no"})),
        (FEVER, "38.2", Felt(effects={FEVER.id: "measured 38.2 °C"}, fever_c=38.2)),
        (FEVER, "38,2 °C", Felt(effects={FEVER.id: "measured 38.2 °C"}, fever_c=38.2)),
        (FEVER, "37", Felt(effects={FEVER.id: "measured 37 °C"}, fever_c=37.0)),
        (FEVER, "yes", Felt(signs=(FEVER.id,))),
        (FEVER, "no", Felt(effects={FEVER.id: "no"})),
        (EFFECT, "a little", Felt(effects={EFFECT.id: "a little"})),
        (EFFECT, "yes", Felt(effects={EFFECT.id: "a little"})),
        (EFFECT, "only   after breakfast", Felt(effects={EFFECT.id: "only after breakfast"})),
    ],
)
def test_an_answer_is_taken_as_it_was_given(question: Question, words: str, felt: Felt) -> None:
    assert understood(question, words) == felt


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (SIGN, ""), (SIGN, "maybe"), (SIGN, "38.2"), (FEVER, "hot"), (FEVER, "28"), (FEVER, "100.4"),
        (FEVER, "382"), (EFFECT, "   "), (EFFECT, "x" * (ANSWER_MAX + 1)),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_asked_again_and_not_guessed(question: Question, words: str) -> None:
    assert understood(question, words) is None


@given(st.sampled_from(ASKED), st.text(max_size=250))
def test_no_words_make_it_fail_and_only_a_yes_or_a_measure_reports_a_sign(
    question: Question, words: str
) -> None:
    felt = understood(question, words)
    if felt is None:
        return
    reported = signs_reported(felt, {sign.id: sign for sign in FIFTY.signs})
    if question.kind == "effect":
        assert reported == []
    if reported:
        assert felt.fever_c is not None or words.strip().casefold().rstrip(".!") in ("yes", "y")


@given(st.lists(st.sampled_from(["no", "a little", "a lot"]), max_size=len(ASKED)))
def test_the_answers_of_one_check_in_are_kept_together_and_none_is_lost(words: list[str]) -> None:
    felt = [one for one in map(understood, ASKED, words) if one is not None]
    together = joined(felt)
    assert together.effects == {name: said for one in felt for name, said in one.effects.items()}
    assert answered_since([said(together)], at("00:00")) >= {*together.effects}
