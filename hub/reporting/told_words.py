"""How is said what people told? In their words and those of the leaflet, and never what it may mean."""

from __future__ import annotations

from collections.abc import Iterator

from controller.wire.instants import instant_text
from hub.care.checking_in import NO, measured
from hub.reporting.account import Report, medicine_text
from hub.reporting.open_alerts import answer_words
from hub.reporting.told import Answered, Checked, Paused
from hub.reporting.words import in_words, local

Plain = dict[str, object]


def sections(report: Report) -> Iterator[tuple[str, list[str]]]:
    """Go through what was told, as titles with their lines; a section may have none."""
    told = report.told
    warnings = [_warning(report, one) for one in told.answers if one.is_warning]
    yield "Signs of the leaflet to call the doctor about, and who answered the alert:", warnings
    felt = [line for one in told.answers for line in _felt(report, one)]
    yield "How the patient said they were (as it was answered; nothing is interpreted):", felt
    yield "Blood tests and appointments:", [_check(report, one) for one in told.checks]
    yield "Paused by an order:", [_pause(report, one) for one in told.holds]


def question_text(report: Report, name: str) -> str:
    """Return the words of the leaflet in which something was asked; what no file describes by its id."""
    for medicine in report.whose.medicines.values():
        texts = {one.id: one.text for one in medicine.effects} | {one.id: one.text for one in medicine.signs}
        if name in texts:
            return texts[name]
    return name.replace("-", " ")


def plain_answered(report: Report, one: Answered) -> Plain:
    """Return what a program wants to know of a check-in."""
    promise = None if one.alert is None else one.alert.acknowledged
    back = one.taken_back
    return {
        "entry": one.entry, "said": _when(report, one.at), "said_at": instant_text(one.at), "by": one.by,
        "signs": list(one.felt.signs), "fever_c": one.felt.fever_c, "effects": dict(one.felt.effects),
        "words": one.felt.words, "warned": list(one.warned),
        "alert": one.alert.alert if one.alert else None,
        "answered_by": promise.by if promise else None,
        "answered_at": instant_text(promise.at) if promise else None,
        "taken_back_by": back.by if back else None,
        "taken_back_at": instant_text(back.at) if back else None,
    }  # fmt: skip


def plain_check(one: Checked) -> Plain:
    """Return what a program wants to know of one time of a blood test or appointment."""
    return {
        "title": one.title, "due": one.due.isoformat(), "on": one.on.isoformat(), "state": one.state,
        "by": one.by or None,
    }  # fmt: skip


def plain_pause(one: Paused) -> Plain:
    """Return what a program wants to know of a hold."""
    until = one.hold.until
    return {
        "medicine": one.medicine, "from": one.hold.begins.isoformat(),
        "until": until.isoformat() if until else None, "by": one.hold.by, "why": one.hold.why,
    }  # fmt: skip


def flat(report: Report) -> Iterator[Plain]:
    """Go through what was told as rows of a spreadsheet: one for each answer, time of a check, and hold."""
    for one in report.told.answers:
        yield from _flat_answers(report, one)
    for check in report.told.checks:
        plain = plain_check(check)
        yield {
            **plain, "kind": "check", "date": plain["on"], "outcome": check.state, "said_by": check.by,
        }  # fmt: skip
    for pause in report.told.holds:
        plain = plain_pause(pause)
        yield {
            "kind": "hold", "title": medicine_text(report, pause.medicine), "began": plain["from"],
            "ended": plain["until"], "said_by": pause.hold.by, "because": pause.hold.why,
        }  # fmt: skip


def _flat_answers(report: Report, one: Answered) -> Iterator[Plain]:
    plain = plain_answered(report, one)
    same = {
        "kind": "felt", "began": plain["said"], "began_at": plain["said_at"], "said_by": one.by,
        "corrected": one.taken_back is not None,
    }  # fmt: skip
    # An alert is about signs: beside a mild thing it would look as if that had been one.
    about = {name: plain[name] for name in ("answered_by", "answered_at")}
    for name in one.felt.signs:
        yield {**same, **about, "because": name, "title": question_text(report, name), "answer": "yes"}
    if one.felt.fever_c is not None:
        taken = f"{one.felt.fever_c:g} °C"
        yield {**same, **about, "because": "fever", "title": "temperature", "answer": taken}
    for name, words in _answers_of(one).items():
        yield {**same, "because": name, "title": question_text(report, name), "answer": words}
    if one.felt.words:
        yield {**same, "title": "in their own words", "answer": one.felt.words}


def _warning(report: Report, one: Answered) -> str:
    signs = "; ".join(one.warned or ([one.alert.title] if one.alert else []))
    fever = "" if one.felt.fever_c is None else f", measured {one.felt.fever_c:g} °C"
    told = "no alert is recorded"
    if one.alert is not None:
        told = answer_words(one.alert, report.zone, report.whose.names)
    return f"{_when(report, one.at)} {signs}{fever} ({_who(report, one)}): {told}"


def _felt(report: Report, one: Answered) -> Iterator[str]:
    when, who = _when(report, one.at), _who(report, one)
    answers = _answers_of(one)
    parts = [f"{question_text(report, name)}: yes" for name in one.felt.signs]
    if one.felt.fever_c is not None:
        parts.append(f"temperature: {one.felt.fever_c:g} °C")
    parts += [f"{question_text(report, name)}: {words}" for name, words in answers.items() if words != NO]
    parts += [f"“{one.felt.words}”"] if one.felt.words else []
    yield from (f"{when} {part} ({who})" for part in parts)
    denied = [question_text(report, name) for name, words in answers.items() if words == NO]
    if denied:
        yield f"{when} no to: {'; '.join(denied)} ({who})"


def _answers_of(one: Answered) -> dict[str, str]:
    """Return the answers but a temperature, which is kept as a number beside them."""
    taken = None if one.felt.fever_c is None else measured(one.felt.fever_c)
    return {name: words for name, words in one.felt.effects.items() if words != taken}


def _who(report: Report, one: Answered) -> str:
    said = f"{_name(report, one.by)} says"
    if one.taken_back is None:
        return said
    back = one.taken_back
    why = f": “{back.why}”" if back.why else ""
    return f"{said}; taken back by {_name(report, back.by)}, {_when(report, back.at)}{why}"


def _check(report: Report, one: Checked) -> str:
    said = f", {_name(report, one.by)} says" if one.by else ""
    match one.state:
        case "done":
            became = f"took place on {one.on}{said}"
        case "overdue":
            moved = f" moved to {one.on}{said}," if one.on != one.due else ""
            became = f"overdue:{moved} nobody has said that it took place"
        case "moved":
            became = f"moved to {one.on}{said}"
        case "due":
            became = "nobody has said yet that it took place"
    return f"{one.title}, due {one.due}: {became}"


def _pause(report: Report, one: Paused) -> str:
    until = f"until {one.hold.until}" if one.hold.until else "until somebody resumes it"
    why = f": “{one.hold.why}”" if one.hold.why else ""
    by = f", ordered by {_name(report, one.hold.by)}" if one.hold.by else ""
    return f"{medicine_text(report, one.medicine)} from {one.hold.begins} {until}{by}{why}"


def _name(report: Report, who: str) -> str:
    return in_words(who, report.whose.names)


def _when(report: Report, instant_ms: int) -> str:
    return f"{local(instant_ms, report.zone):%Y-%m-%d %H:%M}"
