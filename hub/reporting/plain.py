"""How does a report leave for a spreadsheet or a program? In the words of the records."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping

from controller.wire.instants import instant_text
from controller.wire.shape import to_plain, write_json
from hub.care.ledger import AlertRecord
from hub.care.storing.box_air import BoxAir
from hub.reporting.account import Excursion, Opening, Report, Row, amounts_text
from hub.reporting.air_words import beyond_words, plain_air, plain_warmth, warmth_words
from hub.reporting.locks import plain_turn
from hub.reporting.told_words import flat, plain_answered, plain_check, plain_pause
from hub.reporting.words import local, plain_text

COLUMNS = (
    "patient", "name", "kind", "slot", "date", "due", "due_at", "box", "compartment", "expected", "amounts",
    "medicines", "outcome", "timing", "opened", "opened_at", "began", "began_at", "ended", "ended_at",
    "extreme", "evidence", "because", "answer", "corrected", "changes", "title", "answered_by", "answered_at",
    "said_by", "made_at", "household",
)  # fmt: skip
"""Those of a CSV. `date`, `due`, `opened`, `began` and `ended` are local; what ends in `_at` is UTC."""


def comma_separated(report: Report) -> str:
    """Write a report as CSV: what was seen and what people said, told apart by `kind`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    whose = report.whose
    same = {
        "patient": whose.patient, "name": whose.name, "made_at": instant_text(report.made_at),
        "household": whose.version or "",
    }  # fmt: skip
    for plain in _flat(report):
        began = plain.get("opened") or plain.get("began")
        row = {"date": None if began is None else str(began)[:10], **same, **plain}
        writer.writerow([plain_text(_harmless(_cell(row.get(name)))) for name in COLUMNS])
    return out.getvalue()


def as_json(report: Report) -> str:
    """Write a report as one JSON object."""
    whose, seen = report.whose, report.seen
    counts = Counter(row.outcome for row in report.rows)
    plain = {
        "patient": whose.patient, "name": whose.name, "timezone": whose.zone, "from": report.first,
        "until": report.last, "made_at": instant_text(report.made_at),
        "household": whose.version or None, "left": whose.left,
        "counts": dict(sorted(counts.items())),
        "slots": [_slot(report, row) for row in report.rows],
        "openings": [_opening(report, one) for one in seen.openings],
        "locks": [plain_turn(one, report.zone) for one in seen.locks],
        "excursions": [_excursion(report, one) for one in seen.excursions],
        "air": [plain_air(one) for one in seen.air],
        "alerts": [_alert(report, one) for one in seen.alerts],
        "felt": [plain_answered(report, one) for one in report.told.answers],
        "checks": [plain_check(one) for one in report.told.checks],
        "holds": [plain_pause(one) for one in report.told.holds],
    }  # fmt: skip
    return write_json(plain) + "\n"


def _flat(report: Report) -> Iterator[Mapping[str, object]]:
    for row in report.rows:
        amounts = " + ".join(f"{amount.amount:g} {amount.medicine}" for amount in row.amounts)
        changes = "; ".join(f"{instant_text(note.at)} {note.outcome} ({note.cause})" for note in row.changes)
        special = {"kind": "slot", "amounts": amounts, "medicines": amounts_text(report, row)}
        yield {**_slot(report, row), **special, "changes": changes}
    for opening in report.seen.openings:
        yield _opening(report, opening)
    for turn in report.seen.locks:
        said = plain_turn(turn, report.zone)
        yield {**said, "kind": f"lock_{turn.kind}", "said_by": turn.by}
    for one in report.seen.excursions:
        plain = _excursion(report, one)
        yield {
            **plain, "kind": "excursion", "because": plain["excursion"], "began": plain["since"],
            "began_at": plain["since_at"],
        }  # fmt: skip
    for air in report.seen.air:
        yield from _air(report, air)
    for alert in report.seen.alerts:
        plain = _alert(report, alert)
        yield {
            **plain, "kind": "alert", "outcome": alert.state, "because": alert.kind, "began": plain["raised"],
            "began_at": plain["raised_at"],
        }  # fmt: skip
    yield from flat(report)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _harmless(text: str) -> str:
    """Keep a spreadsheet from running what somebody wrote as a reason."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _slot(report: Report, row: Row) -> Mapping[str, object]:
    medicines = report.whose.medicines
    return {
        "patient": report.whose.patient,
        "slot": row.slot,
        "date": row.date,
        "due": row.due,
        "due_at": row.due_at,
        "box": row.box,
        "compartment": row.compartment,
        "amounts": [
            {**to_plain(part), "name": known.name, "strength": known.strength}
            if (known := medicines.get(part.medicine))
            else to_plain(part)
            for part in row.amounts
        ],
        "outcome": row.outcome,
        "timing": row.timing,
        "opened": row.opened_on,
        "opened_at": row.opened_at,
        "evidence": row.evidence,
        "because": row.because,
        "corrected": row.corrected,
        "changes": [
            {**to_plain(note), "at": instant_text(note.at), "timing": note.timing} for note in row.changes
        ],
    }


def _opening(report: Report, one: Opening) -> Mapping[str, object]:
    return {
        "kind": one.kind, "box": one.box, "compartment": one.compartment, "expected": one.expected,
        "slot": one.slot, "because": one.because, "answer": one.answer,
        **_when(report, "opened", one.opened_at),
    }  # fmt: skip


def _excursion(report: Report, one: Excursion) -> dict[str, object]:
    return {
        "excursion": one.excursion, "box": one.box, "rule": one.rule, "extreme": one.extreme,
        **_when(report, "since", one.since), **_when(report, "ended", one.ended_at),
    }  # fmt: skip


def _air(report: Report, air: BoxAir) -> Iterator[Mapping[str, object]]:
    """Return how warm it was, and a row for each limit that was passed."""
    when = {**_when(report, "began", air.watch.begin), **_when(report, "ended", air.watch.end)}
    same = {"kind": "air", "box": air.box, **when}
    yield {
        **same,
        "because": "kinetic_mean",
        "extreme": plain_warmth(air.month)["kinetic_c"],
        "title": warmth_words(air.month),
    }
    for one in air.passed:
        yield {**same, "because": one.limit.rule, "extreme": one.extreme, "title": beyond_words(one)}


def _alert(report: Report, alert: AlertRecord) -> dict[str, object]:
    promise = alert.acknowledged
    return {
        "alert": alert.alert, "kind": alert.kind, "state": alert.state, "box": alert.box,
        "title": alert.title, **_when(report, "raised", alert.raised_at),
        "answered_by": promise.by if promise else None,
        "answered_at": instant_text(promise.at) if promise else None,
        "intent": promise.intent if promise else None,
        "until": instant_text(promise.until) if promise and promise.until is not None else None,
    }  # fmt: skip


def _when(report: Report, name: str, instant_ms: int | None) -> dict[str, object]:
    """Return an instant twice: UTC alone looked an hour off in summer beside a local due time."""
    if instant_ms is None:
        return {name: None, f"{name}_at": None}
    shown = local(instant_ms, report.zone).strftime("%Y-%m-%d %H:%M")
    return {name: shown, f"{name}_at": instant_text(instant_ms)}
