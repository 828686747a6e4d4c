"""How is the patient, in their own answers, and does a sign among them ask for a call?"""

from __future__ import annotations

import argparse

from controller.wire.instants import instant_text
from hub.asking.acting import Act, acting, write_entry
from hub.asking.answers import Refused, answer
from hub.asking.check_in import ask_questions
from hub.care.alerting.naming import Moment
from hub.care.checking_in import COLDEST_C, HOTTEST_C
from hub.care.entries import Entry, Felt, in_force
from hub.care.feeling import effects_of, signs_of, signs_reported, whom_to_call
from hub.tables import nearest

WORDS_MAX = 500


def feeling(asked: argparse.Namespace) -> int:
    """Take down a check-in, say what is asked in one, or list what was answered."""
    with acting(asked, changes=asked.act in ("say", "ask")) as act:
        match asked.act:
            case "say":
                return _say(act)
            case "ask":
                return ask_questions(act)
            case "questions":
                return _questions(act)
            case _:
                return _list(act)


def _say(act: Act) -> int:
    felt = _felt(act)
    reported = signs_reported(felt, signs_of(act.household, act.patient))
    preview = [f"{act.household.patients[act.patient].name} says, by {act.by}:", *_lines(act, felt)]
    if reported:
        calls = whom_to_call(act.household, act.patient) or ["Call the doctor right away."]
        preview = [*(f"The leaflet says: “{call}”" for call in calls), *preview]
        preview.append("  A running hub alerts the caregivers to what was reported.")
    return write_entry(act, felt, preview)


def _felt(act: Act) -> Felt:
    signs, effects = signs_of(act.household, act.patient), effects_of(act.household, act.patient)
    for sign in act.asked.sign:
        if sign not in signs:
            raise Refused(f"no leaflet here names a sign {sign!r}{nearest(sign, signs)}")
    answers: dict[str, str] = {}
    for said in act.asked.effect:
        name, _, words = said.partition("=")
        if name not in effects:
            raise Refused(f"no leaflet here names an effect {name!r}{nearest(name, effects)}")
        if not words.strip():
            raise Refused(f"say how it is: --effect {name}=a little")
        answers[name] = words.strip()
    words = act.asked.words.strip()
    if len(words) > WORDS_MAX:
        raise Refused(f"the words have {len(words)} characters; {WORDS_MAX} are kept")
    fever_c = _fever_c(act.asked.fever)
    if not (act.asked.sign or answers or words) and fever_c is None:
        raise Refused("say something: --sign, --fever, --effect or --words; `feeling questions` lists them")
    return Felt(effects=answers, signs=tuple(dict.fromkeys(act.asked.sign)), fever_c=fever_c, words=words)


def _fever_c(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = float(text.replace(",", "."))
    except ValueError as error:
        raise Refused(f"{text[:20]!r} is not a temperature such as 38.2") from error
    if not COLDEST_C <= found <= HOTTEST_C:
        raise Refused(f"{found:g} °C is no temperature of a body: {COLDEST_C:g} to {HOTTEST_C:g} °C are")
    return found


def _questions(act: Act) -> int:
    signs, effects = signs_of(act.household, act.patient), effects_of(act.household, act.patient)
    lines = ["Signs to call the doctor about:", *(f"  {one.id}: {one.text}" for one in signs.values())]
    lines += ["What may be felt:", *(f"  {one.id}: {one.text}" for one in effects.values())]
    plain = {
        "signs": {one.id: one.text for one in signs.values()},
        "effects": {one.id: one.text for one in effects.values()},
    }
    return answer(act.asked, lines, plain)


def _list(act: Act) -> int:
    said = [(one, one.fact) for one in in_force(act.store.entries(act.patient)) if isinstance(one.fact, Felt)]
    lines = [line for entry, felt in said for line in (_heading(act, entry), *_lines(act, felt))]
    plain = [
        {
            "entry": entry.entry,
            "at": instant_text(entry.at),
            "by": entry.by,
            "signs": list(felt.signs),
            "fever_c": felt.fever_c,
            "effects": dict(felt.effects),
            "words": felt.words,
        }
        for entry, felt in said
    ]
    return answer(act.asked, lines or ["Nothing has been answered yet."], {"answers": plain})


def _heading(act: Act, entry: Entry) -> str:
    return f"{Moment(act.zone, act.now_ms).dated(entry.at)}, by {entry.by}:"


def _lines(act: Act, felt: Felt) -> list[str]:
    signs, effects = signs_of(act.household, act.patient), effects_of(act.household, act.patient)
    texts = {name: one.text for name, one in signs.items()} | {
        name: one.text for name, one in effects.items()
    }
    lines = [f"  {signs[name].text if name in signs else name}: yes" for name in felt.signs]
    lines += [] if felt.fever_c is None else [f"  temperature: {felt.fever_c:g} °C"]
    lines += [f"  {texts.get(name, name)}: {words}" for name, words in felt.effects.items()]
    return lines + ([f"  “{felt.words}”"] if felt.words else [])
