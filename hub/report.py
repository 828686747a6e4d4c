"""What became of each slot of a period, for a person to read or a program to go on with?

Only what was observed is said: a lid was opened, nobody saw a tablet swallowed. A slot that could not be
seen is not a missed one, and is counted apart.
"""

from __future__ import annotations

import csv
import io
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from controller.wire.instants import instant_text
from controller.wire.plan import Amount
from controller.wire.shape import to_plain, write_json
from hub.care.ledger import OutcomeNote, SlotRecord

WIDTH = 80
Format = Literal["table", "csv", "json"]

WORDS = {
    "taken": "opened",
    "missed": "not opened",
    "skipped": "skipped",
    "held": "on hold",
    "self_reported": "reported",
    "unobserved": "not watched",
    "unconfirmed": "not confirmed",
    "withdrawn": "withdrawn",
    "open": "open",
}
"""How a table names an outcome. CSV and JSON keep the words of the records."""

EXPLAINED = {
    "taken": "the lid was opened in the dose window; swallowing is not seen",
    "missed": "the whole dose window was watched and the lid stayed closed",
    "skipped": "a person says it was left out",
    "held": "a hold was ordered",
    "self_reported": "the patient or a caregiver says it was taken",
    "unobserved": "the box could not watch the whole window: not the same as missed",
    "unconfirmed": "no word from the box yet: not the same as missed",
    "withdrawn": "no longer planned",
    "open": "its time is not over",
}

_FRACTIONS = {0.0: "", 0.25: "¼", 0.5: "½", 0.75: "¾"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One slot as the report shows it. `changes` are all notes of its outcome, oldest first.

    `outcome` is the record's, or `open` or `withdrawn` where there is none; `date`, `due` and
    `opened` are local to the patient, the instants are UTC.
    """

    slot: str
    date: str
    due: str
    due_at: str
    compartment: str
    amounts: tuple[Amount, ...]
    outcome: str
    timing: str | None
    opened: str | None
    opened_at: str | None
    evidence: str
    because: str
    changes: tuple[OutcomeNote, ...]

    @property
    def corrected(self) -> bool:
        """Tell whether the outcome was once another."""
        return len({note.outcome for note in self.changes}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The slots of a patient whose local dates lie in a period, both ends included."""

    patient: str
    zone: str
    first: str
    last: str
    rows: tuple[Row, ...]


def report_of(
    patient: str,
    zone: str,
    period: tuple[str, str],
    slots: Sequence[SlotRecord],
    history: Callable[[str], Sequence[OutcomeNote]],
) -> Report:
    """Bring the records of a period into the form of a report."""
    rows = tuple(
        _row(slot, ZoneInfo(zone), tuple(history(slot.slot)))
        for slot in sorted(slots, key=lambda slot: (slot.due_at, slot.slot))
    )
    return Report(patient=patient, zone=zone, first=period[0], last=period[1], rows=rows)


def render(report: Report, form: Format) -> str:
    """Write a report in one of its forms; the text ends in a line break."""
    forms = {"table": _table, "csv": _csv, "json": _json}
    return forms[form](report)


def amount_text(amount: float) -> str:
    """Write an amount of tablets as people do: ½, 1½, 2."""
    whole, part = divmod(amount, 1)
    if part not in _FRACTIONS:
        return f"{amount:g}"
    return (str(int(whole)) if whole else "") + _FRACTIONS[part] or "0"


def summary(report: Report) -> str:
    """Count the outcomes in one sentence."""
    counts = Counter(row.outcome for row in report.rows)
    timings = Counter(row.timing for row in report.rows if row.outcome == "taken")
    parts = []
    for outcome, word in WORDS.items():
        if not (count := counts.get(outcome)):
            continue
        detail = ", ".join(
            f"{timings[timing]} {_timing(timing)}"
            for timing in ("early", "on_time", "late")
            if timings.get(timing)
        )
        parts.append(f"{count} {word}" + (f" ({detail})" if outcome == "taken" and detail else ""))
    number = "1 slot" if len(report.rows) == 1 else f"{len(report.rows)} slots"
    return f"{number}: {', '.join(parts)}." if parts else "No slot in this period."


def _row(slot: SlotRecord, zone: ZoneInfo, changes: tuple[OutcomeNote, ...]) -> Row:
    due = _local(slot.due_at, zone)
    opened = None if slot.opened_at is None else _local(slot.opened_at, zone)
    return Row(
        slot=slot.slot,
        date=due.strftime("%Y-%m-%d"),
        due=due.strftime("%H:%M"),
        due_at=instant_text(slot.due_at),
        compartment=slot.compartment,
        amounts=slot.amounts,
        outcome=slot.outcome or ("withdrawn" if slot.status == "withdrawn" else "open"),
        timing=slot.timing,
        opened=None if opened is None else _opened(opened, due),
        opened_at=None if slot.opened_at is None else instant_text(slot.opened_at),
        evidence=slot.evidence,
        because=slot.because,
        changes=changes,
    )


def _opened(opened: datetime, due: datetime) -> str:
    days = (opened.date() - due.date()).days
    return opened.strftime("%H:%M") + (f" {days:+d}d" if days else "")


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant // 1000, UTC).astimezone(zone)


def _timing(timing: str | None) -> str:
    return (timing or "").replace("_", " ")


def _amounts(row: Row) -> str:
    return " + ".join(amount_text(amount.amount) for amount in row.amounts)


_HEAD = ("due", "lid", "amount", "outcome", "timing", "opened", "evidence")
_WIDEST = (5, 12, 11, 13, 7, 9, 9)
"""With two spaces between them and before the first, a terminal's 80 columns."""


def _table(report: Report) -> str:
    cells = {row.slot: _cells(row) for row in report.rows}
    # A lid's name may have 32 letters; nothing of the line may be pushed out of sight by it.
    columns = zip(_WIDEST, zip(_HEAD, *cells.values(), strict=True), strict=True)
    widths = [min(widest, max(map(len, column))) for widest, column in columns]
    lines = [f"{report.patient}, {report.first} to {report.last}, times in {report.zone}", ""]
    lines.append(_line("  ", _HEAD, widths))
    date = ""
    for row in report.rows:
        if row.date != date:
            date = row.date
            lines.append(datetime.fromisoformat(date).strftime("%A %Y-%m-%d"))
        lines.append(_line("* " if row.corrected else "  ", cells[row.slot], widths))
        if row.because and (row.outcome not in ("taken", "missed") or row.because.startswith("taken_")):
            lines.append(f"         because {row.because}")
    lines += ["", *_folded(summary(report)), *_changes(report), *_legend(report)]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    outcome = WORDS.get(row.outcome, row.outcome)
    return (
        row.due, row.compartment, _amounts(row), outcome, _timing(row.timing), row.opened or "", row.evidence
    )  # fmt: skip


def _line(mark: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    cut = (
        text if len(text) <= width else text[: width - 1] + "…"
        for text, width in zip(cells, widths, strict=True)
    )
    return (mark + "  ".join(text.ljust(width) for text, width in zip(cut, widths, strict=True))).rstrip()


def _changes(report: Report) -> list[str]:
    corrected = [row for row in report.rows if row.corrected]
    lines = ["", "* What was first recorded otherwise:"] if corrected else []
    for row in corrected:
        lines.append(f"  {row.slot}")
        for note in row.changes:
            said = f' "{note.said}"' if note.said else ""
            at = _local(note.at, ZoneInfo(report.zone)).strftime("%Y-%m-%d %H:%M")
            text = f"{at} {WORDS.get(note.outcome, note.outcome)}, {note.cause}{said}"
            lines += _folded(text, first="    ", other="      ")
    return lines


def _legend(report: Report) -> list[str]:
    lines = [""]
    for outcome in WORDS:
        if any(row.outcome == outcome for row in report.rows):
            lines += _folded(f"{WORDS[outcome]}: {EXPLAINED[outcome]}.", other="  ")
    return lines if len(lines) > 1 else []


def _folded(text: str, *, first: str = "", other: str = "  ") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=other)


def _csv(report: Report) -> str:
    out = io.StringIO()
    names = (
        "patient", "slot", "date", "due", "due_at", "compartment", "amounts", "outcome", "timing",
        "opened_at", "evidence", "because", "corrected", "changes",
    )  # fmt: skip
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in report.rows:
        plain = _plain(report, row)
        amounts = " + ".join(f"{amount.amount:g} {amount.medicine}" for amount in row.amounts)
        changes = "; ".join(f"{instant_text(note.at)} {note.outcome} ({note.cause})" for note in row.changes)
        special = {"amounts": amounts, "changes": changes, "corrected": "yes" if row.corrected else "no"}
        writer.writerow([_harmless(str(special.get(name, plain[name]) or "")) for name in names])
    return out.getvalue()


def _harmless(text: str) -> str:
    """Keep a spreadsheet from running what somebody wrote as a reason."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _json(report: Report) -> str:
    counts = Counter(row.outcome for row in report.rows)
    rows = [_plain(report, row) for row in report.rows]
    head = {"patient": report.patient, "timezone": report.zone, "from": report.first, "until": report.last}
    return write_json({**head, "counts": dict(sorted(counts.items())), "slots": rows}) + "\n"


def _plain(report: Report, row: Row) -> Mapping[str, object]:
    return {
        "patient": report.patient,
        "slot": row.slot,
        "date": row.date,
        "due": row.due,
        "due_at": row.due_at,
        "compartment": row.compartment,
        "amounts": [to_plain(amount) for amount in row.amounts],
        "outcome": row.outcome,
        "timing": row.timing,
        "opened_at": row.opened_at,
        "evidence": row.evidence,
        "because": row.because,
        "corrected": row.corrected,
        "changes": [
            {**to_plain(note), "at": instant_text(note.at), "timing": note.timing} for note in row.changes
        ],
    }
