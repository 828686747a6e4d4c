"""Which mistakes in the box must the seeded world notice? Each changes one thing in the shipped code.

A law that no mistake ever broke has proved nothing. Each mutant replaces one function, constant or
statement, says in a sentence what it breaks, and names the law that must be reported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from controller.engine import Engine
from controller.keeping import outbox, resend
from controller.keeping.outbox import Outbox
from controller.wire.envelope import Stamp
from controller.wire.events import ClockStepped, LidOpened
from controller.wire.instants import HOUR_MS, instant_ms, instant_text
from controller.wire.plan import Plan, PlannedAsNeeded, PlannedSlot
from controller.wire.topics import Outgoing
from controller.witness import box as core
from controller.witness import clock
from controller.witness.clock import Watch
from controller.witness.doses import dose, needed, reminders, succession
from controller.witness.doses.progress import Course, Progress
from controller.witness.doses.reminders import Mode
from controller.witness.inputs import Record, Started
from controller.witness.lids import moving
from controller.witness.lids.contact import Lid
from controller.witness.state import Box
from tests.world import Weather

STORM = Weather(
    power_cut=0.15, link_cut=0.15, clock_step=0.1, boots_untrusted=0.4, hub_kill=0.2, hub_pause=0.05,
    hub_clock_step=0.01, broker_kill=0.1, order=0.2, message_lost=0.1, message_twice=0.1, strangers=0.3,
    lid_stays_open=0.3,
)  # fmt: skip
"""So much goes wrong in a month as else in a year."""

ROUGH = replace(STORM, power_cut=0.6, lid_stays_open=0.9, channel_fails=0.8)
"""For what only shows where the box is often off, lids stand open, or phones are out of reach."""

Spoil = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One mistake: what it breaks, how it is made, and the number of the law that must notice it."""

    breaks: str
    spoil: Spoil
    law: int
    weather: Weather = STORM
    days: int = 30


def _deletes_on_send(patch: pytest.MonkeyPatch) -> None:
    shipped = Engine.pump

    def pump(self: Engine, mono_ms: int) -> tuple[Outgoing, ...]:
        sent = shipped(self, mono_ms)
        if sent:
            self._outbox.acked(self._outbox.stream, self._resend.sent_to)
        return sent

    patch.setattr(Engine, "pump", pump)


def _plain_key(patch: pytest.MonkeyPatch) -> None:
    def count(self: Outbox) -> None:
        rows, first, last = self._db.execute("SELECT count(*), min(seq), max(seq) FROM outbox").fetchone()
        self.depth, self.written = rows, last or 0
        self.confirmed = self.written if first is None else first - 1

    patch.setattr(outbox, "_SCHEMA", outbox._SCHEMA.replace(" AUTOINCREMENT", ""))
    patch.setattr(Outbox, "_count", count)


def _never_resends(patch: pytest.MonkeyPatch) -> None:
    def due(state: resend.Resend, mono_ms: int) -> resend.Resend:
        waits = state.next_try_mono_ms is None or mono_ms < state.next_try_mono_ms
        return state if waits else replace(state, next_try_mono_ms=None)

    patch.setattr(resend, "due", due)


def _takes_foreign_acks(patch: pytest.MonkeyPatch) -> None:
    shipped = Outbox.acked
    patch.setattr(Outbox, "acked", lambda self, stream, seq: shipped(self, self.stream, seq))


def _restamps_the_queue(patch: pytest.MonkeyPatch) -> None:
    shipped = Outbox.commit

    def commit(self: Outbox, records: Sequence[Record], parts: Mapping[str, str]) -> tuple[int, ...]:
        for record in records:
            if isinstance(record.data, ClockStepped):
                for seq, body in self._db.execute("SELECT seq, body FROM outbox").fetchall():
                    plain = json.loads(body)
                    plain["at"] = instant_text(max(0, instant_ms(plain["at"]) + record.data.by_ms))
                    self._db.execute("UPDATE outbox SET body = ? WHERE seq = ?", (json.dumps(plain), seq))
        return shipped(self, records, parts)

    patch.setattr(Outbox, "commit", commit)


def _remembers_seldom(patch: pytest.MonkeyPatch) -> None:
    commits, known = Outbox.commit, Outbox.parts
    unwritten: dict[str, str] = {}

    def commit(self: Outbox, records: Sequence[Record], parts: Mapping[str, str]) -> tuple[int, ...]:
        unwritten.update({f"{self.box} {part}": text for part, text in parts.items()})
        if self.written % 40:
            return commits(self, records, {})
        mine = {name: text for name, text in unwritten.items() if name.startswith(f"{self.box} ")}
        return commits(self, records, {name.partition(" ")[2]: text for name, text in mine.items()})

    def parts(self: Outbox) -> dict[str, str]:
        for name in [name for name in unwritten if name.startswith(f"{self.box} ")]:
            del unwritten[name]  # A restart: what had not been written is gone.
        return known(self)

    patch.setattr(Outbox, "commit", commit)
    patch.setattr(Outbox, "parts", parts)


def _misses_unwatched(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Watch, "why_unwatched", lambda self, opens_at, now, closes_at: None)


def _trusts_any_clock(patch: pytest.MonkeyPatch) -> None:
    for module in (clock, core, moving, succession):
        patch.setattr(module, "is_trusted", lambda stamp: True)


def _watches_the_wall_clock(patch: pytest.MonkeyPatch) -> None:
    shipped = clock.follow

    def follow(watch: Watch, last: Stamp | None, stamp: Stamp) -> tuple[Watch, Stamp, ClockStepped | None]:
        found = shipped(watch, last, stamp)
        if found[2] is not None and found[2].because == "stepped_ahead":
            return watch, stamp, None
        return found

    patch.setattr(core, "follow", follow)


def _judges_by_now(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moving, "timely", lambda stamp, now: clock.timely(now, now))


def _counts_every_opening(patch: pytest.MonkeyPatch) -> None:
    shipped = dose.opened

    def opened(course: Course, opening: dose.Opening) -> dose.Said:
        forgetful = {
            slot.slot: replace(course.of(slot), outcome="pending")
            for slot in course.at_lid(opening.compartment)
            if course.of(slot).outcome == "taken"
        }
        return shipped(course.knowing(forgetful), opening)

    patch.setattr(dose, "opened", opened)


def _counts_lids_found_open(patch: pytest.MonkeyPatch) -> None:
    shipped = core._begin

    def begin(box: Box, started: Started) -> core.Said:
        box, said = shipped(box, started)
        for saying in said:
            if isinstance(saying, LidOpened) and clock.is_trusted(started.stamp):
                opening = dose.Opening(
                    compartment=saying.compartment,
                    at=started.stamp.at,
                    boot=started.stamp.boot,
                    mono_ms=started.stamp.mono_ms,
                )
                course, verdict = dose.opened(box.course, opening)
                box, said = replace(box, course=course), (*said, *verdict)
        return box, said

    patch.setattr(core, "_begin", begin)


def _misses_with_lid_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lid, "stood_open_at", lambda self, opens_at, now: False)


def _reminds_after_intake(patch: pytest.MonkeyPatch) -> None:
    def open_at(course: Course, at: int) -> Iterator[tuple[PlannedSlot, Progress]]:
        for slot in () if course.held is None else course.held.slots:
            if slot.opens_at <= at < slot.closes_at:
                yield slot, course.of(slot)

    patch.setattr(reminders, "_open_at", open_at)


def _reminds_by_another_zone(patch: pytest.MonkeyPatch) -> None:
    remind, coming = reminders.remind, reminders.coming

    def two_hours_ahead(course: Course, at: int, mode: Mode) -> reminders.Said:
        return remind(course, at + 2 * HOUR_MS, mode)

    def come_two_hours_earlier(course: Course, at: int, mode: Mode) -> Iterator[int]:
        return (mark - 2 * HOUR_MS for mark in coming(course, at + 2 * HOUR_MS, mode))

    patch.setattr(reminders, "remind", two_hours_ahead)
    patch.setattr(reminders, "coming", come_two_hours_earlier)


def _reminds_of_withdrawn(patch: pytest.MonkeyPatch) -> None:
    shipped = succession.take_plan

    def take_plan(course: Course, plan: Plan, now: Stamp) -> Course:
        if course.held is not None:
            named = {slot.slot for slot in plan.slots}
            kept = tuple(slot for slot in course.held.plan.slots if slot.slot not in named)
            plan = replace(plan, slots=(*plan.slots, *kept[-60:]))
        return shipped(course, plan, now)

    patch.setattr(succession, "take_plan", take_plan)


def _handles_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("controller.witness.doses.progress.HANDLING_MS", 12 * HOUR_MS)


def _knows_no_handling(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Course, "is_handled", lambda self, compartment, at: False)


def _asks_on_after_the_answer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("controller.witness.telling.panel.thanked", lambda signals, now_ms: signals)


def _knows_no_gap(patch: pytest.MonkeyPatch) -> None:
    _judges_needs(patch, lambda need: replace(need, least_gap_ms=0))


def _knows_no_daily_most(patch: pytest.MonkeyPatch) -> None:
    _judges_needs(patch, lambda need: replace(need, most_a_day=100.0))


def _judges_needs(patch: pytest.MonkeyPatch, spoilt: Callable[[PlannedAsNeeded], PlannedAsNeeded]) -> None:
    """Spoil the rule by both clocks: each alone still keeps to it."""
    by_wall, by_boot = needed.why_not, needed.why_not_yet
    patch.setattr(needed, "why_not", lambda taken, plan, need, at: by_wall(taken, plan, spoilt(need), at))
    patch.setattr(needed, "why_not_yet", lambda ticked, need, tick: by_boot(ticked, spoilt(need), tick))


BOX_MUTANTS: Mapping[str, Mutant] = {
    "delete on send": Mutant(
        breaks="An event leaves the outbox when it is sent, though the broker may lose it.",
        spoil=_deletes_on_send,
        law=1,
    ),
    "plain key": Mutant(
        breaks="Numbers begin again at 1 once the queue has drained, and new events look like old ones.",
        spoil=_plain_key,
        law=1,
        days=6,
    ),
    "no resend": Mutant(
        breaks="What was lost under way is not sent again until the connection breaks.",
        spoil=_never_resends,
        law=1,
    ),
    "foreign acks": Mutant(
        breaks="The acknowledgement of another stream deletes what was never stored.",
        spoil=_takes_foreign_acks,
        law=1,
    ),
    "restamped queue": Mutant(
        breaks="A step of the clock rewrites the instants of events that wait.",
        spoil=_restamps_the_queue,
        law=9,
    ),
    "memory stored seldom": Mutant(
        breaks="The core's memory is not stored in the transaction of its events, and a restart loses it.",
        spoil=_remembers_seldom,
        law=2,
    ),
    "missed unwatched": Mutant(
        breaks="A slot is called missed though the box was off or its clock doubtful in the window.",
        spoil=_misses_unwatched,
        law=3,
    ),
    "any clock is trusted": Mutant(
        breaks="Openings and windows are judged by a clock that nobody has set.",
        spoil=_trusts_any_clock,
        law=2,
    ),
    "wall-clock watch": Mutant(
        breaks="A leap of the clock over a window passes for having watched it.",
        spoil=_watches_the_wall_clock,
        law=3,
    ),
    "judged by now": Mutant(
        breaks="An opening counts from when the core hears of it, not from its first edge.",
        spoil=_judges_by_now,
        law=2,
    ),
    "every opening an intake": Mutant(
        breaks="The second opening of a lid is taken for a second intake.",
        spoil=_counts_every_opening,
        law=2,
    ),
    "handled for ever": Mutant(
        breaks="A lid opened again hours after its dose still counts as being handled.",
        spoil=_handles_for_ever,
        law=2,
    ),
    "no handling": Mutant(
        breaks="Who closes a lid and opens it again a minute later is warned of a second dose.",
        spoil=_knows_no_handling,
        law=2,
    ),
    "asks on": Mutant(
        breaks="The box asks on after an answer, and one opening gets two.",
        spoil=_asks_on_after_the_answer,
        law=2,
    ),
    "no gap as needed": Mutant(
        breaks="What is taken as needed may be taken again at once.",
        spoil=_knows_no_gap,
        law=2,
    ),
    "no daily most": Mutant(
        breaks="What is taken as needed knows its gap, and no most of a day.",
        spoil=_knows_no_daily_most,
        law=2,
    ),
    "lid found open": Mutant(
        breaks="A lid that moved while the box was off is taken for an intake at the boot.",
        spoil=_counts_lids_found_open,
        law=2,
        weather=ROUGH,
    ),
    "open lid missed": Mutant(
        breaks="A lid that already stood open counts as one that was not opened.",
        spoil=_misses_with_lid_open,
        law=3,
    ),
    "reminds after intake": Mutant(
        breaks="Reminders do not stop when the dose is taken.",
        spoil=_reminds_after_intake,
        law=5,
    ),
    "reminds outside the window": Mutant(
        breaks="Reminders go by a clock two hours ahead, as in another zone.",
        spoil=_reminds_by_another_zone,
        law=5,
    ),
    "reminds of withdrawn": Mutant(
        breaks="The box keeps slots that the newer plan has withdrawn or holds.",
        spoil=_reminds_of_withdrawn,
        law=5,
    ),
}
