"""What can a person write into the care of a patient? Facts with a name, appended and never rewritten.

The prescription itself is not here: it stands in the household, as dated steps. An entry may be undone by a
later one, and that one by another; what counts is worked out anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, TypeVar, Union

from controller.wire.events.doses import ExtraAnswer
from controller.wire.words import Instant, SlotId, Slug, Word
from hub.care.caregivers import WantKind

BY_BOX = "box"
"""Who speaks in an entry that follows from what a box has seen; no person is named so."""

Stated = Literal["self_reported", "skipped", "not_taken"]
"""`not_taken`: the lid was opened by mistake, or only to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStated:
    """What became of a slot, by a person; `taken_at` where they know when it was taken from elsewhere."""

    slot: SlotId
    outcome: Stated
    taken_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryUndone:
    """An earlier entry does not count any more."""

    entry: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class AsNeededTaken:
    """An as-needed medicine was taken: told by a person, or seen at the lid of `compartment` in `box`."""

    regimen: Slug
    amount: float
    taken_at: Instant
    box: Slug | None = None
    compartment: Slug | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraAnswered:
    """What an extra opening was; `slot` is the one it would belong to, `regimen` what is as needed there."""

    box: Slug
    compartment: Slug
    opened_at: Instant
    answer: ExtraAnswer
    slot: SlotId | None = None
    regimen: Slug | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PacksFetched:
    """Packs came home: `tablets` in all, with the earliest date on which one of them expires."""

    regimen: Slug
    tablets: float
    expires: date | None = None
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TabletsCounted:
    """Somebody counted: so many tablets lie outside the box."""

    regimen: Slug
    tablets: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFilled:
    """Tablets were laid into compartments: compartment to regimen to tablets, and what their packs say."""

    box: Slug
    compartments: Mapping[str, Mapping[str, float]]
    expires: Mapping[str, date] = field(default_factory=dict)
    lots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillChecked:
    """A second person has looked at a fill."""

    fill: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class CompartmentEmptied:
    """What lay in a compartment was taken out, not to be swallowed; `kept` for later, or given back."""

    box: Slug
    compartment: Slug
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDone:
    """A blood test or appointment that was due on a date has taken place on a day."""

    check: Slug
    due: date
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMoved:
    """A blood test or appointment takes place on another date."""

    check: Slug
    due: date
    to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """How the patient is, in the words of the leaflet they were asked with; nothing is interpreted.

    `effects` maps each question that was answered to the answer; `signs` are the warning signs that were
    reported; `fever_c` is the temperature that was measured.
    """

    effects: Mapping[str, str] = field(default_factory=dict)
    signs: tuple[str, ...] = ()
    fever_c: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyTaken:
    """A caregiver has the duty from now on: until an instant, or without one until the rota's next change."""

    who: Slug
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """A caregiver wants no alerts of some kinds (without any: of none that can be muted) until an instant."""

    caregiver: Slug
    until: Instant
    wants: tuple[WantKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockAsked:
    """Somebody asked for the lock of a box to be opened until an instant."""

    box: Slug
    until: Instant


Fact = Union[
    SlotStated, EntryUndone, AsNeededTaken, PacksFetched, TabletsCounted, BoxFilled, FillChecked,
    CompartmentEmptied, CheckDone, CheckMoved, Felt, DutyTaken, Muted, ExtraAnswered, UnlockAsked,
]  # fmt: skip

FACTS: dict[str, type[Fact]] = {
    "slot_stated": SlotStated, "entry_undone": EntryUndone, "as_needed_taken": AsNeededTaken,
    "packs_fetched": PacksFetched, "tablets_counted": TabletsCounted, "box_filled": BoxFilled,
    "fill_checked": FillChecked, "compartment_emptied": CompartmentEmptied, "check_done": CheckDone,
    "check_moved": CheckMoved, "felt": Felt,
    "duty_taken": DutyTaken, "muted": Muted, "extra_answered": ExtraAnswered,
    "unlock_asked": UnlockAsked,
}  # fmt: skip

FACT_WORD: dict[type[Fact], str] = {shape: word for word, shape in FACTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact, who says so, when it was written, and their reason. Key: entry."""

    entry: Word
    patient: Slug
    at: Instant
    by: Slug
    fact: Fact
    why: str = ""

    @property
    def undoes(self) -> str | None:
        """The entry that does not count any more because of this one."""
        return self.fact.entry if isinstance(self.fact, EntryUndone) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An entry about one slot, as the slot keeps it: what a person says became of it, or an undoing."""

    entry: Word
    at: Instant
    by: Slug
    outcome: Stated | None = None
    undoes: Word | None = None
    taken_at: Instant | None = None
    why: str = ""


class _Undoing(Protocol):
    """What may undo an earlier one."""

    @property
    def entry(self) -> str: ...

    @property
    def undoes(self) -> str | None: ...


Written = TypeVar("Written", bound=_Undoing)


def undone_by(written: Iterable[Written]) -> Mapping[str, Written]:
    """Return what was undone and does not count, by its id, with what undid it last."""
    undoing: dict[str, Written] = {}
    found: dict[str, Written] = {}
    for one in reversed(tuple(written)):
        if one.entry in undoing:
            found[one.entry] = undoing[one.entry]
        elif one.undoes is not None:
            undoing.setdefault(one.undoes, one)
    return found


def in_force(written: Iterable[Written]) -> tuple[Written, ...]:
    """Return what counts, in its order: without what was undone, and without undoings.

    An undoing that has itself been undone undoes nothing. Only a later one can undo an earlier one.
    """
    undone: set[str] = set()
    counting: list[Written] = []
    for one in reversed(tuple(written)):
        if one.entry in undone:
            continue
        if one.undoes is not None:
            undone.add(one.undoes)
        else:
            counting.append(one)
    return tuple(reversed(counting))
