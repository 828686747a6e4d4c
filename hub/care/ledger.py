"""What does the hub know about one patient? The records a store keeps and the core reasons about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Union

from controller.wire.events.climate import SensorRole
from controller.wire.instants import DAY_MS
from controller.wire.messages import Acknowledgement, AlertState
from controller.wire.plan import Amount, Plan
from controller.wire.words import Evidence, Presence, Timing
from hub.care.caregivers import WantKind
from hub.care.entries import Entry, Statement, in_force
from hub.care.people import Household

Outcome = Literal["taken", "missed", "skipped", "held", "self_reported", "unobserved", "unconfirmed"]
Speaker = Literal["box", "silence", "hold", "person"]

AT_OTHER_BOX = "taken_at_other_box"
"""Why a slot is taken whose intake another box has seen than the one it lies in by now."""
ONLY_LOOKED = "only_looked"
"""Why a slot is skipped whose lid was opened by mistake, or only to look, as a person says."""
KEPT_MS = 8 * DAY_MS
"""So long after its close a decided slot stays in the ledger: for late corrections, and to see a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What somebody says became of a slot."""

    speaker: Speaker
    outcome: Outcome
    because: str
    cause: str
    timing: Timing | None = None
    evidence: Evidence = "none"
    opened_at: int | None = None
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerted:
    """Who was told of a slot, and by which channel, by an alert closed before anything more was known."""

    alert: str
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """One scheduled intake and what became of it. Key: (patient, slot).

    `status` says whether the plan still holds it; `outcome` is `None` while nothing is known.
    `reminded` counts the reminder steps that are over on the patient's phone. `opened_at` is when the lid
    opened, by the box; `decided_at` is when the hub came to know, by its own clock. `early` is what its box
    said of the window as over while it was open by the hub's clock: it waits for the close. `alerted` are
    owed a correction if what they were told turns out to be otherwise, however late. `statements` are all
    that people have said of it; `witnessed` is what stands without them.
    """

    patient: str
    slot: str
    regimen: str
    box: str
    compartment: str
    opens_at: int
    due_at: int
    late_at: int
    closes_at: int
    remind_at: tuple[int, ...]
    amounts: tuple[Amount, ...]
    status: Literal["planned", "held", "withdrawn"] = "planned"
    outcome: Outcome | None = None
    timing: Timing | None = None
    evidence: Evidence = "none"
    because: str = ""
    decided_at: int | None = None
    reminded: int = 0
    opened_at: int | None = None
    snoozed_until: int | None = None
    early: Verdict | None = None
    alerted: Alerted | None = None
    statements: tuple[Statement, ...] = ()
    witnessed: Verdict | None = None

    @property
    def is_asked_of_box(self) -> bool:
        """Whether its box is to watch it: planned, and not settled by what only the hub knows.

        What a person has declared, or another box has seen, its own box would go on reminding of. Where
        somebody only looked, it is to remind.
        """
        return self.status == "planned" and self.because not in ("declared", AT_OTHER_BOX)

    @property
    def looked_at(self) -> int | None:
        """When somebody said that its openings until then were no intakes, if that is what stands."""
        said = in_force(self.statements)
        if not said or self.because != ONLY_LOOKED:
            return None
        # The clock of the box may be ahead of that by which the word was written.
        opened_at = None if self.witnessed is None else self.witnessed.opened_at
        return max(said[-1].at, opened_at or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What was taken of one regimen out of one place; `compartment` is empty where that was no box.

    `is_as_needed`: no slot had asked for it. Several may be put together in one.
    """

    regimen: str
    at: int
    eighths: int
    box: str = ""
    compartment: str = ""
    is_as_needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeNote:
    """One change of a slot's outcome, appended and never rewritten.

    `cause` names what led to it: `event box/stream/seq`, `silence`, `plan`, or `person bea`; `said` is
    the reason that person gave, in their words.
    """

    at: int
    patient: str
    slot: str
    outcome: Outcome
    timing: Timing | None
    evidence: Evidence
    because: str
    cause: str
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What those who were told of an alert are told of its end; `brief` stands where others can read it."""

    title: str
    body: str
    brief: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """One alert and where it stands on the ladder. Key: alert.

    `condition` is what it is about, such as `dose.missed azathioprine/2026-11-23/08:00`: a patient has
    at most one open alert for each condition. `rung` counts the ladder steps already taken. The present
    climb has gone `rounds` times over the whole `ladder` (a mark for each step, by which a changed one is
    seen) and goes on at `position` when it is `next_step_at`, `None` when nothing more is to be sent.
    `told` are those whom a letter about it has reached; `reached_by` maps them, and whoever may have been
    reached without our knowing, to the channel that did it last. `ending` is what they are told of its end.
    `about_at` is when it happened, by the box, where that differs from when it was raised.
    """

    alert: str
    patient: str
    box: str
    condition: str
    kind: str
    want: WantKind
    state: AlertState
    title: str
    body: str
    raised_at: int
    changed_at: int
    rung: int = 0
    rounds: int = 0
    position: int = 0
    ladder: tuple[str, ...] = ()
    next_step_at: int | None = None
    told: tuple[str, ...] = ()
    reached_by: Mapping[str, str] = field(default_factory=dict)
    acknowledged: Acknowledgement | None = None
    because: str = ""
    about_at: int | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """How the fault of a sensor shows: its box's word, its role, and which other one it disagrees with."""

    because: str
    role: SensorRole | None = None
    against: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRecord:
    """When the hub last heard a box, by the hub's own clock. Key: box.

    `heard_at` is coarse (half a minute), so that a busy box costs few writes. `untrusted_since` is since
    when its events bear an untrusted clock; `faults` maps each failed sensor to since when, and `ailments` to
    how; how it was with faults that an older hub took in is not known. `plan_made_at` is of the newest plan.
    `came_at` is when the box was given to this patient, and `former` whose it was before; `left_at` is when
    the household gave it up.
    """

    box: str
    patient: str
    heard_at: int | None = None
    presence: Presence = "offline"
    presence_at: int | None = None
    plan: str | None = None
    plan_made_at: int | None = None
    untrusted_since: int | None = None
    faults: Mapping[str, int] = field(default_factory=dict)
    former: str | None = None
    came_at: int | None = None
    left_at: int | None = None
    ailments: Mapping[str, Ailment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """One message to one person on one channel. Key: message, equal for a repeat of the same message.

    `slot` is what a reminder is about: it is not sent any more once that slot is decided or closed.
    `wait_until` holds it back over quiet hours; `tried` are channels by which the same words have failed.
    `brief` takes the place of `body` where others can read it.
    """

    message: str
    patient: str
    to: str
    channel: str
    title: str
    body: str
    kind: str
    made_at: int
    alert: str | None = None
    slot: str | None = None
    wait_until: int | None = None
    tried: tuple[str, ...] = ()
    brief: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """The newest plan of a box, to be published retained. Key: box."""

    box: str
    plan: Plan


Change = Union[SlotRecord, OutcomeNote, AlertRecord, BoxRecord, MessageRecord, PlanRecord, Entry]
"""What a step asks to be stored. After the commit the shell publishes plans and alerts and sends messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All the core needs to know about one patient. `slots` are those that can still change or matter.

    `entries` are what people wrote in, but for their words about slots, which the slots keep, and what they
    said or took at a box without a slot.
    `past` is what was taken for slots that are no longer in mind, put together between the entries, from the
    first count on; `holidays` are those of the home, as far as anybody knows them.
    `slots` is keyed by slot id, `alerts` by alert id (those not long resolved), `boxes` by box id.
    The last seven are worked out anew after a restart and never stored: since when this hub has been
    listening, the latest time it was told, when to plan next, the next instant that concerns a slot, when the
    standing conditions, and the people who are to be told, are looked at again, and which of today's
    reminders of checks were asked for.
    """

    patient: str
    household: Household
    slots: Mapping[str, SlotRecord] = field(default_factory=dict)
    alerts: Mapping[str, AlertRecord] = field(default_factory=dict)
    boxes: Mapping[str, BoxRecord] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    past: tuple[Intake, ...] = ()
    holidays: frozenset[date] = frozenset()
    started_at: int | None = None
    clock_at: int | None = None
    planning_at: int | None = None
    next_slot_at: int | None = None
    standing_at: int | None = None
    people_at: int | None = None
    noted: frozenset[str] = frozenset()
