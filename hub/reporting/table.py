"""How does a report look to a person who reads it on a terminal or on paper?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime

from hub.care.ledger import AlertRecord
from hub.reporting.account import (
    Excursion,
    Opening,
    Report,
    Row,
    amounts_text,
    medicine_text,
    summary,
    timing_text,
)
from hub.reporting.air_words import air_lines, watched_words
from hub.reporting.locks import turn_words
from hub.reporting.open_alerts import answer_words
from hub.reporting.told_words import sections
from hub.reporting.words import (
    ANSWERED,
    EXPLAINED,
    OPENED,
    REASONS,
    STORAGE,
    WORDS,
    amount_text,
    cause_words,
    in_words,
    local,
    plain_text,
    span_words,
)

WIDTH = 80

_HEAD = ("due", "lid", "amount", "outcome", "timing", "opened", "evidence")
_WIDEST = (5, 12, 11, 13, 7, 9, 9)
"""With two spaces between them and before the first, a terminal's 80 columns."""

_PLAIN_OUTCOMES = ("taken", "missed", "held")
"""Outcomes that their legend explains; the others say why, and so does one that should not have been."""


def table(report: Report) -> str:
    """Write a report as a table with what belongs to it; the text ends in a line break."""
    cells = {row.slot: _cells(row) for row in report.rows}
    # A lid's name may have 32 letters; nothing of the line may be pushed out of sight by it.
    columns = zip(_WIDEST, zip(_HEAD, *cells.values(), strict=True), strict=True)
    widths = [min(widest, max(map(len, column))) for widest, column in columns]
    lines = [*_heading(report), "", _line("  ", _HEAD, widths)]
    date = ""
    for row in report.rows:
        if row.date != date:
            date = row.date
            lines.append(datetime.fromisoformat(date).strftime("%A %Y-%m-%d"))
        lines.append(_line("* " if row.corrected else "  ", cells[row.slot], widths))
        lines += _below(report, row)
    lines += ["", *_folded(summary(report))]
    lines += [*_openings(report), *_locks(report), *_excursions(report), *_air(report), *_alerts(report)]
    lines += _told(report)
    lines += [*_changes(report), *_legend(report)]
    return "\n".join(lines) + "\n"


def _heading(report: Report) -> Iterable[str]:
    whose = report.whose
    yield from _folded(f"{plain_text(whose.name)}, {report.first} to {report.last}, times in {whose.zone}")
    made = local(report.made_at, report.zone).strftime("%Y-%m-%d %H:%M")
    source = f"version {whose.version} of the household" if whose.version else "the records alone"
    left = f" {whose.patient} is not in the household any more." if whose.left else ""
    yield from _folded(f"Made {made} from {source}.{left}")
    if len(report.medicines) == 1:
        yield from _folded(f"Tablets of {plain_text(medicine_text(report, report.medicines[0]))}.")


def _below(report: Report, row: Row) -> Iterable[str]:
    """Say below a slot what does not fit into its line."""
    if len(report.medicines) > 1:
        alone = len(row.amounts) == 1
        text = medicine_text(report, row.amounts[0].medicine) if alone else amounts_text(report, row)
        yield from _folded(plain_text(text), first=" " * 9, other=" " * 11)
    if row.because and (row.outcome not in _PLAIN_OUTCOMES or row.because.startswith("taken_")):
        yield from _folded(plain_text(in_words(row.because, REASONS)), first=" " * 9, other=" " * 11)


def _cells(row: Row) -> tuple[str, ...]:
    amounts = " + ".join(amount_text(amount.amount) for amount in row.amounts)
    outcome = WORDS.get(row.outcome, row.outcome)
    return (
        row.due, row.compartment, amounts, outcome, timing_text(row.timing), row.opened or "", row.evidence
    )  # fmt: skip


def _line(mark: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    cut = (
        text if len(text) <= width else text[: width - 1] + "…"
        for text, width in zip(cells, widths, strict=True)
    )
    return (mark + "  ".join(text.ljust(width) for text, width in zip(cut, widths, strict=True))).rstrip()


def _openings(report: Report) -> list[str]:
    return _section(
        "Opened beside the plan (whether a tablet was taken is not seen):",
        [_opening(report, one) for one in report.seen.openings],
    )


def _opening(report: Report, opening: Opening) -> str:
    when = local(opening.opened_at, report.zone).strftime("%Y-%m-%d %H:%M")
    what = in_words(opening.because, OPENED)
    lit = f" ({opening.expected})" if opening.expected else ""
    said = "" if opening.answer is None else f"; {in_words(opening.answer, ANSWERED)}"
    return f"{when} {opening.compartment}: {what}{lit}{said}"


def _locks(report: Report) -> list[str]:
    zone, names = report.zone, report.whose.names
    return _section(
        "The lock of the box, beside what was due:",
        [turn_words(one, zone, names) for one in report.seen.locks],
    )


def _excursions(report: Report) -> list[str]:
    return _section(
        "Storage outside its limits (ask the pharmacist what it means for the tablets):",
        [_excursion(report, one) for one in report.seen.excursions],
    )


def _excursion(report: Report, one: Excursion) -> str:
    state, value = STORAGE[one.excursion]
    since = local(one.since, report.zone).strftime("%Y-%m-%d %H:%M")
    until = "no end recorded"
    if one.ended_at is not None:
        ended = local(one.ended_at, report.zone)
        until = f"to {ended:%Y-%m-%d %H:%M} ({span_words(one.ended_at - one.since)})"
    extreme = f", at worst {value.format(one.extreme)}" if one.extreme is not None and value else ""
    return f"{since} {until}, box {one.box}: {state}{extreme}"


def _air(report: Report) -> list[str]:
    lines = []
    for one in report.seen.air:
        lines.append(f"box {one.box}: {watched_words(one.watch)}")
        lines += air_lines(one, report.zone)
    return _section("The air around the tablets, as the sensor of the box read it:", lines)


def _alerts(report: Report) -> list[str]:
    return _section("Alerts, and who answered:", [_alert(report, one) for one in report.seen.alerts])


def _alert(report: Report, alert: AlertRecord) -> str:
    raised = local(alert.raised_at, report.zone).strftime("%Y-%m-%d %H:%M")
    answer = answer_words(alert, report.zone, report.whose.names)
    return f"{raised} “{alert.title}”: {answer}"


def _told(report: Report) -> list[str]:
    return [line for title, said in sections(report) for line in _section(title, said)]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = [line for text in lines for line in _folded(plain_text(text), first="  ", other="    ")]
    return ["", *_folded(title), *found] if found else []


def _changes(report: Report) -> list[str]:
    corrected = [row for row in report.rows if row.corrected]
    lines = ["", "* What was first recorded otherwise:"] if corrected else []
    for row in corrected:
        lines.append(f"  {row.slot}")
        for note in row.changes:
            said = f' "{note.said}"' if note.said else ""
            at = local(note.at, report.zone).strftime("%Y-%m-%d %H:%M")
            outcome = WORDS.get(note.outcome, note.outcome)
            text = f"{at} {outcome}, {cause_words(note.cause, report.whose.names)}{said}"
            lines += _folded(plain_text(text), first="    ", other="      ")
    return lines


def _legend(report: Report) -> list[str]:
    lines = [""]
    for outcome in WORDS:
        if any(row.outcome == outcome for row in report.rows):
            lines += _folded(f"{WORDS[outcome]}: {EXPLAINED[outcome]}.", other="  ")
    return lines if len(lines) > 1 else []


def _folded(text: str, *, first: str = "", other: str = "  ") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=other)
