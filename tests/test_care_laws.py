"""Do the laws hold whatever happens, in whatever order, on whatever clock? Properties of the care core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from controller.wire.events import (
    BoxHealth,
    DoseExtra,
    DoseSelfReported,
    DoseTaken,
    EventData,
    ExcursionEnded,
    ExcursionStarted,
    HelpRequested,
    LidClosed,
    LidLeftOpen,
    ReminderSnoozed,
    SensorFault,
    SensorRecovered,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.words import ClockTrust, Presence
from hub.care.alerting.alerts import alert_turns_at
from hub.care.alerting.climbing import informs
from hub.care.happenings import (
    AlertAcknowledged,
    BoxHeard,
    EventArrived,
    Happening,
    HouseholdChanged,
    PresenceArrived,
    TimePassed,
    TroubleArrived,
)
from hub.care.home import next_deadline, open_ledger, step
from hub.care.judge import GRACE_MS, MAY_BECOME
from hub.care.ledger import Change, MessageRecord, OutcomeNote, SlotRecord, Speaker
from hub.care.people import Hold, Household, Step
from tests.care_days import BEA, CEM, Keeper, at, event, household, missed, regimen, stated, unobserved

BEGINS = at("05:00")
SLOTS = [f"azathioprine/2026-11-{day}/{clock}" for day in (23, 24, 25) for clock in ("08:00", "20:00")]
LAWS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

HOMES: tuple[Household, ...] = (
    household(),
    household(regimens=[]),
    household(regimens=[regimen(times={"08:00": 1.0})]),
    household(
        regimens=[regimen(holds=(Hold(begins=date(2026, 11, 23), until=None, by="clinic", why="pause"),))]
    ),
    household(caregivers=(), duty=None, steps=()),
    household(caregivers=(replace(BEA, quiet=("22:00", "07:00")), CEM), duty=None),
    household(phone=False, steps=()),
)

Deed = Callable[[Keeper, int], Happening]
Stated = Literal["self_reported", "skipped"]

slots = st.sampled_from(SLOTS)
instants = st.integers(BEGINS, BEGINS + 3 * DAY_MS)


def of_slot(make: Callable[[str, int], EventData]) -> st.SearchStrategy[EventData]:
    return st.builds(make, slots, instants)


def intake(slot: str, opened_at: int) -> EventData:
    return DoseTaken(
        slot=slot, compartment="mon-am", timing="late", evidence="lid", because="lid_opened",
        opened_at=opened_at,
    )  # fmt: skip


def by_button(slot: str, _: int) -> EventData:
    return DoseSelfReported(slot=slot, compartment="mon-am", evidence="button", because="button")


def snoozed(slot: str, until: int) -> EventData:
    return ReminderSnoozed(slot=slot, compartment="mon-am", until=until, because="button")


def extra(_: str, opened_at: int) -> EventData:
    return DoseExtra(compartment="tue-am", evidence="lid", because="not_due", opened_at=opened_at)


events: st.SearchStrategy[EventData] = st.one_of(
    of_slot(intake),
    of_slot(lambda slot, _: missed(slot)),
    of_slot(lambda slot, _: unobserved(slot)),
    of_slot(by_button),
    of_slot(snoozed),
    of_slot(extra),
    st.sampled_from([
        HelpRequested(because="button"),
        BoxHealth(because="plan_ended"),
        ExcursionStarted(excursion="hot", rule="hot_30", because="beyond_limit", since=BEGINS),
        ExcursionEnded(excursion="hot", rule="hot_30", because="back", since=BEGINS),
        SensorFault(sensor="sht4x", because="no_reading"),
        SensorRecovered(sensor="sht4x", because="reading"),
        LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000),
        LidClosed(compartment="mon-am", because="edge"),
    ]),
)  # fmt: skip

boxes = st.sampled_from(["kitchen", "kitchen", "kitchen", "shed"])
people = st.sampled_from(["bea", "cem", "ada", "mallory"])


@dataclass(frozen=True)
class Act:
    """Something that happens `wait_ms` after what came before; `deed` makes it, `None` restarts the hub."""

    wait_ms: int
    leaps: bool
    deed: Callable[[Keeper, int], Happening] | None = field(compare=False)


def _event(data: EventData, box: str, trusted: bool) -> Deed:
    clock: ClockTrust = "synced" if trusted else "untrusted"
    return lambda keeper, now: EventArrived(at=now, envelope=event(1, data, when=now, box=box, clock=clock))


def _acknowledge(which: int, by: str, promise_ms: int | None) -> Deed:
    def deed(keeper: Keeper, now: int) -> Happening:
        known = sorted(keeper.alerts) or ["a-none"]
        until = None if promise_ms is None else now + promise_ms
        return AlertAcknowledged(at=now, alert=known[which % len(known)], by=by, until=until)

    return deed


def _declare(slot: str, outcome: Stated, by: str) -> Deed:
    return lambda keeper, now: stated(at=now, slot=slot, outcome=outcome, by=by, why="said so")


def _presence(box: str, word: Presence) -> Deed:
    return lambda keeper, now: PresenceArrived(at=now, box=box, presence=word)


def _move(home: Household) -> Deed:
    return lambda keeper, now: HouseholdChanged(at=now, household=home)


deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(_event, events, boxes, st.booleans()),
    st.builds(_event, events, st.just("kitchen"), st.just(True)),
    st.builds(_acknowledge, st.integers(0, 9), people, st.none() | st.integers(-HOUR_MS, DAY_MS)),
    st.builds(_declare, slots, st.sampled_from(["self_reported", "skipped"]), people),
    st.builds(_presence, boxes, st.sampled_from(["online", "offline"])),
    st.builds(lambda box: lambda keeper, now: BoxHeard(at=now, box=box), boxes),
    st.just(lambda keeper, now: TroubleArrived(at=now, box="kitchen", trouble="quarantine", text="Refused.")),
)
moves = st.builds(_move, st.sampled_from(HOMES))

waits = st.one_of(st.just(0), st.integers(0, 10 * MINUTE_MS), st.integers(0, 8 * HOUR_MS))
leaps = st.one_of(st.integers(-40 * DAY_MS, 40 * DAY_MS), st.integers(-2 * HOUR_MS, 2 * HOUR_MS))
home_acts = st.lists(st.builds(Act, waits, st.just(False), deeds | st.none()), max_size=25)
steady_acts = st.lists(st.builds(Act, waits, st.just(False), deeds | moves | st.none()), max_size=25)
wild_acts = st.lists(
    st.builds(Act, waits, st.just(False), deeds | moves | st.none())
    | st.builds(Act, leaps, st.just(True), deeds | moves),
    max_size=25,
)


class Watcher(Keeper):
    """A keeper that checks after every step what must hold after every step."""

    def do(self, happening: Happening) -> tuple[Change, ...]:
        before = self.ledger
        changes = super().do(happening)
        now = happening.at
        self._is_stored()
        conditions = [alert.condition for alert in self.ledger.alerts.values() if alert.state != "resolved"]
        assert len(conditions) == len(set(conditions)), "two open alerts about one condition"
        for change in changes:
            if isinstance(change, MessageRecord) and change.kind == "reminder":
                self._is_due_now(now)
            if isinstance(change, OutcomeNote):
                was = before.slots.get(change.slot)
                assert was is None or was.outcome != change.outcome, "noted, but nothing changed"
        deadline = next_deadline(self.ledger)
        assert deadline is not None
        assert deadline > now, "something due was left undone"
        for alert in self.ledger.alerts.values():
            waits_for_nobody = not alert.ladder or alert.state == "acknowledged"
            assert alert_turns_at(alert) is not None or waits_for_nobody, "an alert that ends in silence"
        return changes

    def _is_stored(self) -> None:
        for key, slot in self.ledger.slots.items():
            assert self.slots[key] == slot
        for key, alert in self.ledger.alerts.items():
            assert self.alerts[key] == alert
        for key, box in self.ledger.boxes.items():
            assert self.boxes[key] == box

    def _is_due_now(self, now: int) -> None:
        due = [
            slot
            for slot in self.ledger.slots.values()
            if slot.status == "planned" and slot.outcome is None and slot.due_at <= now < slot.closes_at
        ]
        assert due, "reminded of a dose that is taken, held, withdrawn or over"


def play(acts: list[Act], home: Household | None = None) -> Watcher:
    keeper = Watcher(home or household())
    keeper.do(TimePassed(at=BEGINS))
    now = BEGINS
    for act in acts:
        now = max(now + act.wait_ms, 40 * DAY_MS)
        if act.deed is None:
            keeper = _restarted(keeper)
            keeper.do(TimePassed(at=now))
            continue
        if not act.leaps:
            keeper.until(now)
        keeper.do(act.deed(keeper, now))
    return keeper


def _restarted(keeper: Watcher) -> Watcher:
    again = keeper.restarted()
    assert isinstance(again, Watcher)
    return again


@LAWS
@given(wild_acts)
def test_law_4_every_change_of_an_outcome_is_kept_and_allowed(acts: list[Act]) -> None:
    keeper = play(acts)
    stands: dict[str, str] = {}
    speakers: dict[str, Speaker] = {
        "event": "box", "silence": "silence", "plan": "hold", "person": "person",
    }  # fmt: skip
    for note in keeper.notes:
        speaker = speakers[note.cause.split()[0]]
        before = stands.get(note.slot)
        assert note.outcome in MAY_BECOME[speaker][before], (before, note)  # type: ignore[index]  # Known words.
        stands[note.slot] = note.outcome
    assert stands == {key: slot.outcome for key, slot in keeper.slots.items() if slot.outcome is not None}


@LAWS
@given(steady_acts)
def test_law_4_every_slot_that_is_over_has_an_outcome_or_was_withdrawn(acts: list[Act]) -> None:
    keeper = play(acts)
    end = max(keeper.ledger.clock_at or 0, BEGINS + 3 * DAY_MS)
    keeper.until(end)
    started_at = keeper.ledger.started_at or 0
    for slot in keeper.slots.values():
        if max(slot.closes_at, started_at) + GRACE_MS <= end and slot.status != "withdrawn":
            assert slot.outcome is not None, slot


@LAWS
@given(wild_acts)
def test_law_3_the_hub_never_calls_a_dose_missed_by_itself(acts: list[Act]) -> None:
    for note in play(acts).notes:
        assert note.outcome != "missed" or note.cause.startswith("event kitchen/")


@LAWS
@given(steady_acts)
def test_law_5_no_reminder_for_what_is_taken_held_or_over(acts: list[Act]) -> None:
    keeper = play(acts)
    keeper.until((keeper.ledger.clock_at or 0) + DAY_MS)
    reminded = [said.message for said in keeper.messages if said.kind == "reminder"]
    assert len(reminded) == len(set(reminded))
    assert len(reminded) <= 3 * len(keeper.slots)


@LAWS
@given(steady_acts)
def test_law_7_the_same_happenings_give_the_same_changes(acts: list[Act]) -> None:
    one, two = play(acts), play(acts)
    assert (one.slots, one.alerts, one.notes, one.messages) == (
        two.slots,
        two.alerts,
        two.notes,
        two.messages,
    )
    assert one.ledger == two.ledger


@LAWS
@given(wild_acts)
def test_law_8_an_alert_goes_on_until_somebody_answers_or_it_is_over(acts: list[Act]) -> None:
    keeper = play(acts, HOMES[0])
    now = keeper.ledger.clock_at or 0
    keeper.do(HouseholdChanged(at=now, household=HOMES[0]))
    waiting = {
        alert.alert: alert.rung
        for alert in keeper.ledger.alerts.values()
        if alert.state in ("raised", "told", "reopened") and not informs(alert.kind)
    }
    keeper.until(now + 2 * DAY_MS)
    for name, rung in waiting.items():
        alert = keeper.alerts[name]
        assert alert.state == "resolved" or (alert.rung > rung and alert.told), alert


@LAWS
@given(home_acts, slots, st.booleans())
def test_law_8_everybody_who_was_told_of_a_dose_hears_its_correction(
    acts: list[Act], slot: str, by_person: bool
) -> None:
    keeper = play(acts)
    now = max(keeper.ledger.clock_at or 0, at("23:00", 25))
    keeper.until(now)
    heal: Happening = EventArrived(at=now, envelope=event(9, intake(slot, now), when=now))
    if by_person:
        heal = stated(at=now, slot=slot, outcome="self_reported", by="bea", why="from the old box")
    opened = [alert for alert in keeper.alerts_of(slot) if alert.state != "resolved"]
    changes = keeper.do(heal)
    healed = any(isinstance(change, OutcomeNote) for change in changes)
    corrected = {said.to for said in changes if isinstance(said, MessageRecord) and said.kind == "correction"}
    for alert in opened:
        assert healed, alert
        assert keeper.alerts[alert.alert].state == "resolved"
        assert corrected >= {said.to for said in keeper.messages if said.alert == alert.alert}


@LAWS
@given(
    st.lists(
        st.builds(Act, leaps, st.just(True), st.just(lambda keeper, now: TimePassed(at=now))), max_size=20
    )
)
def test_law_9_a_wild_clock_of_the_hub_changes_no_instant_and_doubles_no_slot(acts: list[Act]) -> None:
    calm = play([])
    wild = play(acts)
    for key, slot in calm.slots.items():
        found = wild.slots[key]
        assert (found.opens_at, found.due_at, found.late_at, found.closes_at, found.amounts) == (
            slot.opens_at, slot.due_at, slot.late_at, slot.closes_at, slot.amounts,
        )  # fmt: skip
    assert {note.outcome for note in wild.notes} <= {"unconfirmed"}
    assert len({note.slot for note in wild.notes}) == len(wild.notes)


@LAWS
@example(when_ms=0, leap_ms=10_560_000)  # the same instant twice once hid the second reminder
@given(st.integers(0, 20 * HOUR_MS), st.integers(45 * MINUTE_MS, 300 * DAY_MS))
def test_law_9_a_leap_ahead_that_is_soon_corrected_judges_nothing(when_ms: int, leap_ms: int) -> None:
    keeper = Watcher()
    keeper.live(BEGINS)
    keeper.live(BEGINS + when_ms)
    now = keeper.ledger.clock_at or 0
    known = {note.slot for note in keeper.notes}
    keeper.do(TimePassed(at=now + leap_ms))
    keeper.until(now + leap_ms + GRACE_MS - MINUTE_MS)
    keeper.do(BoxHeard(at=now + GRACE_MS, box="kitchen"))
    for slot in SLOTS:
        opened_at = keeper.slots[slot].due_at
        keeper.live(max(keeper.ledger.clock_at or 0, opened_at))
        keeper.do(EventArrived(at=keeper.ledger.clock_at or 0, envelope=event(1, intake(slot, opened_at))))
    found = {
        note.slot: note.outcome for note in keeper.notes if note.slot in SLOTS and note.slot not in known
    }
    assert found == dict.fromkeys(set(SLOTS) - known, "taken")
    assert len([note for note in keeper.notes if note.slot in found]) == len(found)


@LAWS
@given(steady_acts, st.lists(st.tuples(events, st.sampled_from(["shed", "nowhere"])), min_size=1, max_size=5))
def test_law_10_nothing_a_stranger_says_changes_a_record(
    acts: list[Act], said: list[tuple[EventData, str]]
) -> None:
    keeper = play(acts)
    now = keeper.ledger.clock_at or 0
    for data, box in said:
        assert keeper.do(EventArrived(at=now, envelope=event(9, data, box=box))) == ()
        assert keeper.do(PresenceArrived(at=now, box=box, presence="online")) == ()
    for alert in list(keeper.ledger.alerts):
        assert keeper.do(AlertAcknowledged(at=now, alert=alert, by="mallory")) == ()
    for slot in SLOTS:
        assert keeper.do(stated(at=now, slot=slot, outcome="skipped", by="mallory", why="")) == ()


@LAWS
@given(steady_acts)
def test_a_repeat_of_what_is_known_changes_no_slot(acts: list[Act]) -> None:
    keeper = play(acts)
    now = keeper.ledger.clock_at or 0
    for slot in SLOTS:
        for data in (missed(slot), unobserved(slot), intake(slot, now), by_button(slot, now)):
            keeper.do(EventArrived(at=now, envelope=event(9, data, when=now)))
            again = keeper.do(EventArrived(at=now, envelope=event(10, data, when=now)))
            assert not any(isinstance(change, SlotRecord | OutcomeNote) for change in again)


WEEK_MS = 7 * DAY_MS


def in_utc(weeks: int) -> Household:
    """Return the home in a zone without changes of the clock, its regimen beginning some weeks later."""
    home = household()
    begins = date.fromordinal(date(2026, 11, 23).toordinal() + 7 * weeks)
    moved = replace(regimen(), steps=(Step(begins=begins, until=None, times={"08:00": 0.5, "20:00": 1.0}),))
    person = replace(home.patients["ada"], timezone="UTC")
    return replace(home, patients={"ada": person}, regimens={"azathioprine": moved})


def moved_slot(slot: str, weeks: int) -> str:
    name, day, clock = slot.split("/")
    return f"{name}/{date.fromordinal(date.fromisoformat(day).toordinal() + 7 * weeks).isoformat()}/{clock}"


@LAWS
@given(
    st.integers(1, 300),
    st.lists(
        st.tuples(st.integers(0, 6 * HOUR_MS), slots, st.sampled_from(["taken", "missed", "heard"])),
        max_size=12,
    ),
)
def test_law_6_shifting_all_instants_shifts_the_answer(weeks: int, acts: list[tuple[int, str, str]]) -> None:
    answers = []
    for shift in (0, weeks):
        keeper = Watcher(in_utc(shift))
        now = BEGINS + shift * WEEK_MS
        keeper.do(TimePassed(at=now))
        for wait_ms, slot, what in acts:
            now += wait_ms
            keeper.until(now)
            name = moved_slot(slot, shift)
            heard = LidClosed(compartment="mon-am", because="edge")
            data = {"taken": intake(name, now), "missed": missed(name)}.get(what, heard)
            keeper.do(EventArrived(at=now, envelope=event(1, data, when=now)))
        notes = [
            (note.at - shift * WEEK_MS, moved_slot(note.slot, -shift), note.outcome) for note in keeper.notes
        ]
        said = [(one.made_at - shift * WEEK_MS, one.to, one.channel, one.kind) for one in keeper.messages]
        deadline = (next_deadline(keeper.ledger) or 0) - shift * WEEK_MS
        answers.append((notes, said, deadline))
    assert answers[0] == answers[1]


def test_a_step_leaves_the_ledger_it_was_given_as_it_was() -> None:
    keeper = Keeper()
    keeper.live(at("08:00"))
    ledger = keeper.ledger
    assert step(ledger, BoxHeard(at=at("08:00") + 1, box="kitchen"))[1] == ()
    assert ledger == keeper.ledger, "a step changed the ledger it was given"
    assert open_ledger(household(), "ada").slots == {}
