"""What became of each slot of a period, and what else was seen of the box meanwhile?

Only what was observed is said: a lid was opened, nobody saw a tablet swallowed. A slot that could not be
seen is not a missed one, and is counted apart. An opening that no plan asked for may be a second dose, so it
is in the report like a slot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.wire.instants import instant_text
from controller.wire.plan import Amount
from controller.wire.words import ExcursionKind
from hub.care.ledger import AlertRecord, OutcomeNote, SlotRecord
from hub.care.people import Household, Medicine
from hub.care.storing.box_air import BoxAir
from hub.reporting.locks import LockTurn
from hub.reporting.told import Told
from hub.reporting.words import WORDS, amount_text, local

_UNDECIDED = {"planned": "open", "held": "held", "withdrawn": "withdrawn"}
"""What stands in a report of a slot without an outcome: a hold of today is seen before its slot is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One slot as the report shows it. `changes` are all notes of its outcome, oldest first.

    `outcome` is the record's, or `open`, `held` or `withdrawn` where there is none yet; `date`, `due` and
    `opened` are local to the patient, the instants are UTC.
    """

    slot: str
    date: str
    due: str
    due_at: str
    box: str
    compartment: str
    amounts: tuple[Amount, ...]
    outcome: str
    timing: str | None
    opened: str | None
    opened_on: str | None
    opened_at: str | None
    evidence: str
    because: str
    changes: tuple[OutcomeNote, ...]

    @property
    def corrected(self) -> bool:
        """Tell whether the outcome was once another."""
        return len({note.outcome for note in self.changes}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A lid that was opened with nothing due there (`extra`), or the wrong one (`wrong_compartment`).

    `answer` is what the patient said of an extra one.
    """

    kind: str
    box: str
    compartment: str
    opened_at: int
    because: str
    slot: str | None = None
    expected: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """Storage outside a limit; `ended_at` is `None` where no end is recorded."""

    excursion: ExcursionKind
    box: str
    rule: str
    since: int
    ended_at: int | None = None
    extreme: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose report it is. `version` is that of the `household` it was made from, 0 where none knows them."""

    patient: str
    name: str
    zone: str
    version: int = 0
    left: bool = False
    medicines: Mapping[str, Medicine] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    household: Household | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen beside the slots of a period, the air, who opened the lock, and who was alerted."""

    openings: tuple[Opening, ...] = ()
    excursions: tuple[Excursion, ...] = ()
    air: tuple[BoxAir, ...] = ()
    locks: tuple[LockTurn, ...] = ()
    alerts: tuple[AlertRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The slots of a patient whose local dates lie in a period, both included; what was seen, and told."""

    whose: Whose
    first: str
    last: str
    rows: tuple[Row, ...]
    made_at: int
    seen: Seen = Seen()
    told: Told = field(default_factory=Told)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone all local times are said in."""
        return ZoneInfo(self.whose.zone)

    @property
    def medicines(self) -> tuple[str, ...]:
        """Return the ids of the medicines of the period."""
        return tuple(sorted({part.medicine for row in self.rows for part in row.amounts}))


def report_of(
    whose: Whose,
    period: tuple[str, str],
    slots: Sequence[SlotRecord],
    history: Callable[[str], Sequence[OutcomeNote]],
    made_at: int,
    seen: Seen | None = None,
) -> Report:
    """Bring the records of a period into the form of a report."""
    rows = tuple(
        _row(slot, ZoneInfo(whose.zone), tuple(history(slot.slot)))
        for slot in sorted(slots, key=lambda slot: (slot.due_at, slot.slot))
    )
    first, last = period
    return Report(whose=whose, first=first, last=last, rows=rows, made_at=made_at, seen=seen or Seen())


def summary(report: Report) -> str:
    """Count the outcomes in one sentence, and what was opened beside them."""
    counts = Counter(row.outcome for row in report.rows)
    timings = Counter(row.timing for row in report.rows if row.outcome == "taken")
    parts = []
    for outcome, word in WORDS.items():
        if not (count := counts.get(outcome)):
            continue
        detail = ", ".join(
            f"{timings[timing]} {timing_text(timing)}"
            for timing in ("early", "on_time", "late")
            if timings.get(timing)
        )
        parts.append(f"{count} {word}" + (f" ({detail})" if outcome == "taken" and detail else ""))
    number = "1 slot" if len(report.rows) == 1 else f"{len(report.rows)} slots"
    said = f"{number}: {', '.join(parts)}." if parts else "No slot in this period."
    return " ".join([said, *_openings_counted(report.seen.openings)])


def _openings_counted(openings: Iterable[Opening]) -> list[str]:
    counts = Counter(opening.kind for opening in openings)
    named = (("extra", "extra"), ("wrong_compartment", "wrong"))
    parts = [
        f"{counts[kind]} {word} {'opening' if counts[kind] == 1 else 'openings'}"
        for kind, word in named
        if counts[kind]
    ]
    return [f"Beside them: {', '.join(parts)}."] if parts else []


def timing_text(timing: str | None) -> str:
    """Write a timing as words."""
    return (timing or "").replace("_", " ")


def medicine_text(report: Report, medicine: str) -> str:
    """Name a medicine with its strength; one that no file describes any more by its id."""
    known = report.whose.medicines.get(medicine)
    return f"{known.name} {known.strength}" if known else medicine


def amounts_text(report: Report, row: Row) -> str:
    """Say how many tablets of what."""
    return " + ".join(
        f"{amount_text(part.amount)} {medicine_text(report, part.medicine)}" for part in row.amounts
    )


def _row(slot: SlotRecord, zone: ZoneInfo, changes: tuple[OutcomeNote, ...]) -> Row:
    due = local(slot.due_at, zone)
    opened = None if slot.opened_at is None else local(slot.opened_at, zone)
    return Row(
        slot=slot.slot,
        date=due.strftime("%Y-%m-%d"),
        due=due.strftime("%H:%M"),
        due_at=instant_text(slot.due_at),
        box=slot.box,
        compartment=slot.compartment,
        amounts=slot.amounts,
        outcome=slot.outcome or _UNDECIDED[slot.status],
        timing=slot.timing,
        opened=None if opened is None else _opened(opened, due),
        opened_on=None if opened is None else opened.strftime("%Y-%m-%d %H:%M"),
        opened_at=None if slot.opened_at is None else instant_text(slot.opened_at),
        evidence=slot.evidence,
        because=slot.because or ("on_hold" if slot.status == "held" else ""),
        changes=changes,
    )


def _opened(opened: datetime, due: datetime) -> str:
    days = (opened.date() - due.date()).days
    return opened.strftime("%H:%M") + (f" {days:+d}d" if days else "")
