"""What does the hub ask a box to watch for? The plan: concrete slots, limits and cues."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final, Literal

from controller.wire.errors import Malformed
from controller.wire.instants import MINUTE_MS
from controller.wire.marks import Within
from controller.wire.words import ExcursionKind, Instant, Level, SlotId, Slug, Tablets, Version, Word

HANDLING_MS = 15 * MINUTE_MS
"""Opened again within this time of an intake, a lid is still being handled, where the plan says nothing."""

DwellMs = Annotated[int, Within(0, 40 * 86_400_000)]
Measure = Literal["temperature_c", "humidity_pct", "dew_gap_k", "vapour_hpa", "light_pct", "silence"]
"""`dew_gap_k` is air temperature minus dew point, `vapour_hpa` the pressure of the water vapour in the air,
`light_pct` the light of the brightest a sensor can tell; `silence` is the time without a valid reading."""
FIRST_MEASURES: Final[frozenset[Measure]] = frozenset(
    ("temperature_c", "humidity_pct", "dew_gap_k", "silence")
)
"""What every box can measure a limit by, whatever its version."""
LimitKind = Literal["instant", "consecutive", "cumulative", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How many tablets of one medicine lie in the compartment for a slot."""

    medicine: Slug
    amount: Tablets


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlot:
    """One scheduled intake as absolute instants: opens < due <= late <= closes.

    `remind_at` ascends and lies inside the dose window; the n-th reminder uses the n-th cue. The lid is
    judged `too_soon` until `least_gap_ms` after the last intake of the same regimen. Of its openings up to
    `looked_at` somebody says that they were no intake.
    """

    slot: SlotId
    compartment: Slug
    opens_at: Instant
    due_at: Instant
    late_at: Instant
    closes_at: Instant
    amounts: tuple[Amount, ...]
    remind_at: tuple[Instant, ...] = ()
    least_gap_ms: DwellMs | None = None
    looked_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """That something was taken as needed, and when."""

    at: Instant
    amount: Tablets


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAsNeeded:
    """What may be taken out of a compartment when the patient needs it, from `begins_at` to before `ends_at`.

    It is `too_soon` until `least_gap_ms` after the last intake. It is `daily_most` where, with it, more than
    `most_a_day` tablets would be taken in 24 hours, or in the patient's day. `taken` is what the hub knows.
    """

    regimen: Slug
    compartment: Slug
    medicine: Slug
    amount: Tablets
    least_gap_ms: DwellMs
    most_a_day: Tablets
    begins_at: Instant
    ends_at: Instant
    taken: tuple[Intake, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One storage rule the box judges by itself.

    The excursion starts when `measure` has been beyond `limit` for `dwell_ms`, and ends when it has
    been back past `clear` for `clear_dwell_ms`. For `silence`, `limit` and `clear` are not used.

    How the dwell counts is said by `kind`. `consecutive`: at once. `instant`: at once, in `readings` that
    follow each other. `cumulative`: in all within the last `window_ms`; once told, it counts anew. `mean`:
    the mean of the last `window_ms` is beyond the limit, and `dwell_ms` of them were measured.
    """

    rule: Word
    excursion: ExcursionKind
    measure: Measure
    side: Literal["above", "below"]
    limit: float
    clear: float
    dwell_ms: DwellMs
    clear_dwell_ms: DwellMs
    kind: LimitKind | None = None
    window_ms: DwellMs | None = None
    readings: Annotated[int, Within(1, 1_000)] | None = None
    level: Level | None = None

    @property
    def counts(self) -> LimitKind:
        """Return how its dwell counts: at once, where nothing else is said."""
        return self.kind or "consecutive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """How loudly a reminder step shows and sounds."""

    light: Literal["steady", "slow_pulse", "double_blink", "fast_blink"]
    sound: Literal["none", "chime", "double_chime", "insistent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSpan:
    """From `begins_at` to before `ends_at` a lid that no dose asks for is told as opened out of hours."""

    begins_at: Instant
    ends_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLid:
    """A compartment in which something on hold may lie, from `begins_at` to before `ends_at`."""

    compartment: Slug
    begins_at: Instant
    ends_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What else the panel is to show. It names no medicine and no reason."""

    held: tuple[HeldLid, ...] = ()
    low_supply: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The slots of the coming days for one box. `until` is when its knowledge ends.

    For `handling_ms` after the opening that was an intake, further openings of its lid belong to it.
    `day_starts_at` are the instants at which the patient's days begin. `watch` are the spans in which the
    home wants to hear of every lid that no dose asks for. `more_limits` are those by measures that came
    later than `limits`: a box that knows none of them keeps all the rest of the plan.
    """

    v: Version
    box: Slug
    plan: Word
    made_at: Instant
    until: Instant
    slots: tuple[PlannedSlot, ...]
    limits: tuple[Limit, ...] = ()
    cues: tuple[Cue, ...] = ()
    handling_ms: DwellMs | None = None
    as_needed: tuple[PlannedAsNeeded, ...] | None = None
    day_starts_at: tuple[Instant, ...] | None = None
    watch: tuple[WatchSpan, ...] | None = None
    notices: Notices | None = None
    more_limits: tuple[Limit, ...] | None = None

    @property
    def every_limit(self) -> tuple[Limit, ...]:
        """Return the limits by all measures."""
        return (*self.limits, *(self.more_limits or ()))

    def holds_back(self, compartment: str, at: int) -> bool:
        """Tell whether something on hold may lie in a compartment at an instant."""
        held = () if self.notices is None else self.notices.held
        return any(lid.compartment == compartment and lid.begins_at <= at < lid.ends_at for lid in held)


def check_plan(plan: Plan) -> None:
    """Refuse a plan that a box could not witness honestly.

    Raises:
        Malformed: A slot stands twice, its instants are out of order, or two slots of one
            compartment with different due times have windows that overlap; or two medicines are taken
            as needed out of one compartment at the same time, or watch hours end before they begin.

    """
    seen: set[str] = set()
    for slot in plan.slots:
        if slot.slot in seen:
            raise Malformed(f"slot {slot.slot} stands twice in the plan")
        seen.add(slot.slot)
        if not slot.opens_at < slot.due_at <= slot.late_at <= slot.closes_at:
            raise Malformed(f"slot {slot.slot}: opens, due, late and closes are not in this order")
        if any(not slot.opens_at <= at <= slot.closes_at for at in slot.remind_at):
            raise Malformed(f"slot {slot.slot} reminds outside its dose window")
        if any(later <= earlier for earlier, later in pairwise(slot.remind_at)):
            raise Malformed(f"slot {slot.slot}: its reminders do not ascend")
    _refuse_overlaps(plan.slots)
    _refuse_shared(plan.as_needed or ())
    if any(span.begins_at >= span.ends_at for span in plan.watch or ()):
        raise Malformed("watch hours end before they begin")


def _refuse_overlaps(slots: tuple[PlannedSlot, ...]) -> None:
    ordered = sorted(slots, key=lambda slot: (slot.compartment, slot.opens_at, slot.due_at))
    widest: PlannedSlot | None = None
    for slot in ordered:
        together = widest is not None and widest.compartment == slot.compartment
        # One opening answers all that is due at one instant, also where their windows differ in length.
        if widest and together and slot.opens_at <= widest.closes_at and slot.due_at != widest.due_at:
            raise Malformed(f"the windows of {widest.slot} and {slot.slot} overlap in {slot.compartment}")
        if widest is None or not together or slot.closes_at > widest.closes_at:
            widest = slot


def _refuse_shared(needs: tuple[PlannedAsNeeded, ...]) -> None:
    ordered = sorted(needs, key=lambda need: (need.compartment, need.begins_at))
    for need in ordered:
        if need.begins_at >= need.ends_at:
            raise Malformed(f"{need.regimen} as needed ends before it begins")
    for one, other in pairwise(ordered):
        if one.compartment == other.compartment and other.begins_at < one.ends_at:
            raise Malformed(f"{one.regimen} and {other.regimen} are both as needed in {one.compartment}")
