"""Does the hub judge, tell and announce only what is stored, and take up its work after every stop?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import DoseMissed, LidClosed, LidLeftOpen
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.topics import Outgoing, read_message
from hub.announcing import TAKEN_BACK_AGAIN_MS
from hub.care.alerting.alerts import CLEARED_AFTER_MS
from hub.care.entries import EntryUndone, SlotStated
from hub.care.happenings import HouseholdChanged, TimePassed, TroubleArrived
from hub.care.ledger import Change, MessageRecord, PlanRecord
from hub.deadlines import Deadlines
from hub.engine import STUCK_PAUSE_MS, Engine
from hub.errors import HouseholdRefused, StoreRefused
from hub.household import household_toml
from hub.letters.delivery import (
    GIVEN_UP_MS,
    LONGEST_PAUSE_MS,
    REMINDER_GIVEN_UP_MS,
    after_failure,
    is_stale,
    pause_ms,
)
from hub.store.sqlite.store import SqliteStore
from hub.writing import entry_of
from tests import care_days
from tests.care_days import at
from tests.home_examples import EXAMPLE_TEXT
from tests.hub_examples import (
    HOME,
    MORNING,
    NOON,
    NotingCare,
    acks,
    alert_record,
    arrival,
    arrivals,
    box_event,
    engine_on,
    message_record,
    opened,
    slot_record,
    topics,
)
from tests.wire_examples import PLAN

TEXT = household_toml(HOME)


def started(store: SqliteStore, at_ms: int, **said: Any) -> Engine:
    """Return the real hub with the real core, in Ada's home."""
    engine = Engine(store, **said)
    engine.start(at_ms)
    if engine.household is None:
        engine.import_household(TEXT, at_ms)
    return engine


Arrives = Callable[[MessageRecord], bool | None]


def everything(letter: MessageRecord) -> bool:
    return True


def run_until(engine: Engine, until_ms: int, arrives: Arrives = everything) -> list[Outgoing]:
    """Tick at every deadline and send every letter when it is due, with what becomes of it."""
    found: list[Outgoing] = []
    while True:
        waits = [at for at in (engine.next_deadline(), engine.next_message_at()) if at is not None]
        now = min(waits, default=until_ms + 1)
        if now > until_ms:
            return found
        found += engine.tick(now)
        found += post(engine, now, arrives)


def post(engine: Engine, now: int, arrives: Arrives = everything) -> list[Outgoing]:
    """Send what is due now, as the hub's loop does."""
    found: list[Outgoing] = []
    while due := engine.messages_due(now):
        for one in due:
            if engine.attempt_begun(one.message.message, now):
                found += engine.attempt_ended(one.message.message, arrives(one.message), "said so", now)
    return found


def alerts_of(messages: list[Outgoing]) -> list[tuple[str, str]]:
    found = [json.loads(one.payload) for one in messages if "/alert/" in one.topic and one.payload]
    return [(one["kind"], one["state"]) for one in found]


def missed() -> DoseMissed:
    return care_days.missed(MORNING)


# Setting up.


def test_a_hub_without_a_household_says_that_nobody_can_be_called_and_acknowledges_nobody() -> None:
    with opened() as store:
        engine = Engine(store)
        (said,) = engine.start(NOON)
        assert json.loads(said.payload) == {"v": 1, "status": "offline", "because": "no_household"}
        assert engine.household is None
        assert engine.next_deadline() is None
        assert engine.take(arrivals(1), NOON) == []
        assert store.quarantined()[0].reason == "no box 'kitchen' is part of the household"
        assert engine.tick(NOON) == []


def test_an_imported_household_is_stored_and_planned_at_once() -> None:
    with opened() as store:
        engine = Engine(store)
        engine.start(NOON)
        found = engine.import_household(EXAMPLE_TEXT, at("05:00"))
        assert topics(found) == ["hub/status", "kitchen/plan"]
        assert json.loads(found[0].payload)["status"] == "online", "now somebody can be called"
        assert found[1].retain
        name, _, plan = read_message(found[1].topic, found[1].payload)
        assert name == "plan"
        assert plan.slots[0].slot == MORNING
        newest = store.household()
        assert newest is not None
        assert (newest.text, newest.applied_at) == (EXAMPLE_TEXT, at("05:00"))
        assert store.slot("ada", MORNING) is not None


def test_a_refused_household_changes_nothing() -> None:
    with opened() as store:
        engine = started(store, NOON)
        before = engine.household
        with pytest.raises(HouseholdRefused):
            engine.import_household("[home", NOON)
        assert engine.household is before
        assert len(store.households()) == 1


def test_a_household_imported_by_another_program_is_taken_up() -> None:
    with opened() as store:
        engine = started(store, NOON)
        assert engine.reload_if_changed(NOON) == []
        with store.transaction():
            store.add_household(TEXT.replace('"08:00"', '"09:00"'), NOON)
        found = engine.reload_if_changed(NOON + 1)
        assert topics(found) == ["kitchen/plan"]
        assert "09:00" in found[0].payload
        assert engine.reload_if_changed(NOON + 2) == []
        newest = store.household()
        assert newest is not None
        assert newest.applied_at == NOON + 1


def test_a_household_that_was_imported_but_not_applied_is_applied_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store, store.transaction():
        store.add_household(TEXT, NOON)
    with opened(path) as store:
        care = NotingCare()
        Engine(store, care=care).start(NOON)
        assert [type(one) for one in care.happenings] == [HouseholdChanged]
        Engine(store, care=care).start(NOON)
        assert [type(one) for one in care.happenings] == [HouseholdChanged, TimePassed]


def test_who_leaves_the_household_is_told_once_and_then_left_alone() -> None:
    with opened() as store:
        care = NotingCare(deadline=NOON + 5)
        homes = {"one": HOME, "two": replace(HOME, patients={}, boxes={}, regimens={})}
        engine = Engine(store, care=care, read_household=homes.__getitem__)
        engine.start(NOON)
        engine.import_household("one", NOON)
        engine.import_household("two", NOON)
        assert [one.household for one in care.happenings if isinstance(one, HouseholdChanged)] == [
            HOME,
            homes["two"],
        ]
        assert engine.next_deadline() is None


# A day.


def test_silence_is_judged_told_and_healed_by_late_testimony() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        engine.take([arrival(box_event(1, when=at("06:00")))], at("06:00"))
        said = run_until(engine, at("20:30"))
        assert ("dose.unconfirmed", "told") in alerts_of(said)
        assert [note.outcome for note in store.history("ada", MORNING)] == ["unconfirmed"]
        taken = box_event(2, care_days.taken(MORNING, at("08:10")), when=at("08:10"))
        healed = engine.take([arrival(taken)], at("21:00"))
        assert topics(healed)[0] == "kitchen/ack", "the acknowledgement comes first"
        assert ("dose.unconfirmed", "resolved") in alerts_of(healed)
        assert [note.outcome for note in store.history("ada", MORNING)] == ["unconfirmed", "taken"]


def test_a_day_with_restarts_at_every_deadline_ends_as_a_day_without(tmp_path: Path) -> None:
    def day(path: Path, *, restarts: bool) -> list[Any]:
        with opened(path) as store:
            engine = started(store, at("07:00"))
            engine.take([arrival(box_event(1, missed(), when=at("12:00")))], at("07:00"))
            while (due := engine.next_deadline()) is not None and due < at("23:00"):
                engine.tick(due)
                if restarts:
                    engine = started(store, due)
            slots = [(one.slot, one.status, one.outcome) for one in store.slots_between("ada", 0, 10**15)]
            history = [(note.outcome, note.cause) for note in store.history("ada", MORNING)]
            alerts = [
                (one.alert, one.state, one.rung, one.told)
                for one in store.alerts(resolved_too=True)
                if one.want == "dose"
            ]
            return [slots, history, alerts]

    with_restarts = day(tmp_path / "a.sqlite", restarts=True)
    assert with_restarts == day(tmp_path / "b.sqlite", restarts=False)
    assert with_restarts[1][0] == ("missed", "event kitchen/s1/1")


def test_the_observer_sees_what_is_committed_and_nothing_else() -> None:
    seen: list[Change] = []
    with opened() as store:
        engine = started(store, at("06:00"), observer=seen.extend)
        assert [type(one) for one in seen if isinstance(one, PlanRecord)] == [PlanRecord]
        seen.clear()
        broken(store, lambda: engine.take([arrival(box_event(1, missed()))], NOON))
        assert seen == []
        engine.take([arrival(box_event(1, missed()))], NOON)
        assert any(isinstance(one, MessageRecord) for one in seen)


def broken(store: SqliteStore, act: Callable[[], object]) -> None:
    """Act while the disk refuses to commit."""
    begin = store._run

    def refuse(sql: str, values: Any = ()) -> Any:
        if sql == "COMMIT":
            raise StoreRefused("the database refused: disk I/O error")
        return begin(sql, values)

    store._run = refuse  # type: ignore[method-assign]  # the test is the disk
    with pytest.raises(StoreRefused, match="disk I/O error"):
        act()
    store._run = begin  # type: ignore[method-assign]  # and mends it


def test_a_failed_commit_leaves_everything_as_it_was_and_the_same_batch_works_later() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        before, deadline = store.counts(), engine.next_deadline()
        batch = [arrival(box_event(1, missed()))]
        broken(store, lambda: engine.take(batch, NOON))
        assert store.counts() == before
        assert engine.next_deadline() == deadline
        assert acks(engine.take(batch, NOON)) == [("s1", 1)]
        assert [note.outcome for note in store.history("ada", MORNING)] == ["missed"]


def test_a_tick_that_cannot_be_stored_is_due_again() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        due = engine.next_deadline()
        assert due is not None
        broken(store, lambda: engine.tick(due))
        assert engine.next_deadline() == due
        engine.tick(due)
        assert engine.next_deadline() != due


def test_a_core_whose_deadline_stands_still_is_asked_again_in_a_minute() -> None:
    with opened() as store:
        care = NotingCare(deadline=NOON - 1)
        engine = engine_on(store, care)
        assert engine.next_deadline() == NOON + STUCK_PAUSE_MS
        engine.tick(NOON + STUCK_PAUSE_MS)
        assert engine.next_deadline() == NOON + 2 * STUCK_PAUSE_MS


def test_only_who_is_due_is_asked() -> None:
    with opened() as store:
        care = NotingCare(deadline=NOON + 100)
        engine = engine_on(store, care)
        before = len(care.happenings)
        assert engine.tick(NOON + 99) == []
        assert len(care.happenings) == before
        engine.tick(NOON + 100)
        assert care.happenings[before:] == [TimePassed(at=NOON + 100)]


def turn_at(engine: Engine, *moments: int) -> list[Outgoing]:
    """Do what the running hub does at each of these times: tick only where something is due."""
    return [message for now in moments if engine.is_due(now) for message in engine.tick(now)]


@pytest.mark.parametrize("leap_ms", [365 * DAY_MS, 2 * HOUR_MS])
def test_a_hub_whose_clock_leapt_ahead_and_came_back_goes_on_without_any_word_of_a_box(leap_ms: int) -> None:
    minutes = range(at("06:01"), at("22:00", 24), MINUTE_MS)
    calm: list[Any] = []
    wild: list[Any] = []
    for said, leaps in ((calm, False), (wild, True)):
        with opened() as store:
            engine = started(store, at("06:00"))
            for now in minutes:
                turn_at(engine, *((now + leap_ms, now + 1) if leaps and now == at("08:20") else (now,)))
            said += [
                (one.slot, one.outcome) for one in store.slots_between("ada", at("00:00"), at("22:00", 24))
            ]
            said += sorted(one.kind for one in store.alerts())
    assert wild == calm
    assert (MORNING, "unconfirmed") in calm


def test_a_clock_that_is_a_little_behind_is_no_reason_to_look_at_everybody() -> None:
    with opened() as store:
        care = NotingCare(deadline=NOON + DAY_MS)
        engine = engine_on(store, care)
        before = len(care.happenings)
        turn_at(engine, NOON + MINUTE_MS, NOON + 1)
        assert len(care.happenings) == before
        turn_at(engine, NOON)
        assert care.happenings[before:] == [TimePassed(at=NOON)]
        turn_at(engine, NOON + 1, NOON + 2)
        assert len(care.happenings) == before + 1, "once is enough"


def test_a_set_back_that_cannot_be_stored_is_noticed_again() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        turn_at(engine, at("09:00"))
        assert engine.is_due(at("08:00"))
        broken(store, lambda: engine.tick(at("08:00")))
        assert engine.is_due(at("08:00"))


def test_a_resolved_alert_does_not_stand_for_a_year_because_the_clock_did() -> None:
    with opened() as store:
        resolved = alert_record(state="resolved", changed_at=NOON + 365 * DAY_MS)
        engine = engine_on(store, NotingCare(more=lambda _: (resolved,)))
        engine.take(arrivals(1), NOON + 365 * DAY_MS)
        turn_at(engine, NOON)
        assert engine.next_deadline() == NOON + CLEARED_AFTER_MS


# What stands at the broker.


def test_at_every_connection_all_that_must_stand_is_announced() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        engine.take([arrival(box_event(1, missed()))], NOON)
        (alert,) = (one for one in store.alerts() if one.kind == "dose.missed")
        said = engine.announce(NOON)
        assert topics(said)[:2] == ["hub/status", "kitchen/plan"]
        assert f"kitchen/alert/{alert.alert}" in topics(said)
        assert all(message.retain for message in said)
        for message in said:
            read_message(message.topic, message.payload)
        again = started(store, NOON).announce(NOON)
        assert topics(again) == topics(said), "also after a restart"


def test_a_resolved_alert_stands_a_day_is_then_taken_back_and_taken_back_again_for_a_week() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare(more=lambda _: (alert_record(state="resolved"),)))
        engine.take(arrivals(1), NOON)
        assert "kitchen/alert/a-1" in topics(engine.announce(NOON))
        gone_at = NOON + CLEARED_AFTER_MS
        assert engine.next_deadline() == gone_at
        assert engine.tick(gone_at - 1) == []
        (cleared,) = engine.tick(gone_at)
        assert (cleared.topic, cleared.payload, cleared.retain) == ("pillbox/v1/kitchen/alert/a-1", "", True)
        assert engine.next_deadline() is None
        assert cleared in engine.announce(gone_at + TAKEN_BACK_AGAIN_MS)
        assert cleared not in engine.announce(gone_at + TAKEN_BACK_AGAIN_MS + 1)


def test_a_resolved_alert_is_taken_back_also_after_a_restart() -> None:
    with opened() as store:
        engine_on(store, NotingCare(more=lambda _: (alert_record(state="resolved"),))).take(arrivals(1), NOON)
        engine = engine_on(store, NotingCare())
        assert engine.next_deadline() == NOON + CLEARED_AFTER_MS
        assert topics(engine.tick(NOON + CLEARED_AFTER_MS)) == ["kitchen/alert/a-1"]


def test_an_alert_raised_again_is_not_taken_back() -> None:
    states = iter(["resolved", "reopened"])
    with opened() as store:
        engine = engine_on(store, NotingCare(more=lambda one: _alert_of(one, states)))
        engine.take(arrivals(1), NOON)
        engine.take(arrivals(2), NOON)
        assert engine.next_deadline() is None
        assert "kitchen/alert/a-1" in topics(engine.announce(NOON))


def _alert_of(happening: object, states: Any) -> tuple[Change, ...]:
    return (alert_record(state=next(states)),) if hasattr(happening, "envelope") else ()


def test_of_several_changes_of_one_thing_in_a_turn_only_the_last_is_published() -> None:
    newer = replace(PLAN, plan="p-newer")

    def twice(happening: object) -> tuple[Change, ...]:
        plans = (PlanRecord(box="kitchen", plan=PLAN), PlanRecord(box="kitchen", plan=newer))
        return (*plans, alert_record(state="raised"), alert_record(state="told"))

    with opened() as store:
        said = engine_on(store, NotingCare(more=twice)).take(arrivals(1), NOON)
        assert topics(said) == ["kitchen/ack", "kitchen/plan", "kitchen/alert/a-1"]
        assert '"p-newer"' in said[1].payload
        assert alerts_of(said) == [("dose.missed", "told")]


# People.


def test_a_caregiver_takes_an_alert_on_and_one_nobody_knows_changes_nothing() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        engine.take([arrival(box_event(1, missed()))], NOON)
        alert = next(one for one in store.alerts() if one.kind == "dose.missed")
        assert engine.acknowledge("a-unknown", "bea", NOON) == []
        said = engine.acknowledge(alert.alert, "bea", NOON, intent="I call her")
        assert ("dose.missed", "acknowledged") in alerts_of(said)
        kept = next(one for one in store.alerts() if one.alert == alert.alert)
        assert kept.acknowledged is not None
        assert (kept.acknowledged.by, kept.acknowledged.intent) == ("bea", "I call her")


def test_a_named_person_can_say_what_became_of_a_slot_that_left_the_ledger_long_ago() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        old = slot_record("azathioprine/2026-10-01/08:00", due_at=NOON - 50 * DAY_MS, outcome="missed")
        with store.transaction():
            store.apply([old])
        engine.write(
            entry_of(
                "ada",
                SlotStated(slot=old.slot, outcome="self_reported"),
                by="bea",
                at_ms=NOON,
                why="I gave it to her",
            ),
            NOON,
        )
        (note,) = store.history("ada", old.slot)
        assert (note.outcome, note.evidence, note.said) == ("self_reported", "caregiver", "I gave it to her")


def test_trouble_is_told_to_whoever_minds_the_box() -> None:
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        engine.trouble("kitchen", "disk_full", "the disk of the hub is full", NOON)
        assert (
            TroubleArrived(at=NOON, box="kitchen", trouble="disk_full", text="the disk of the hub is full")
            in care.happenings
        )


# Messages to people.


def with_message(store: SqliteStore, record: MessageRecord | None = None) -> tuple[Engine, NotingCare]:
    care = NotingCare()
    engine = engine_on(store, care)
    with store.transaction():
        store.apply([message_record() if record is None else record])
    return engine, care


def test_a_message_is_tried_until_it_is_delivered() -> None:
    with opened() as store:
        engine, _ = with_message(store)
        now = NOON
        for number in (1, 2, 3):
            (due,) = engine.messages_due(now)
            assert due.attempt == number
            assert engine.attempt_begun("a-1-1", now) == number
            assert engine.messages_due(now) == []
            engine.attempt_ended("a-1-1", False, "503", now)
            assert engine.messages_due(now) == []
            next_at = engine.next_message_at()
            assert next_at is not None
            assert next_at > now
            now = next_at
        engine.attempt_begun("a-1-1", now)
        engine.attempt_ended("a-1-1", True, "200", now)
        assert engine.next_message_at() is None
        assert [one.ok for one in store.attempts("a-1-1")] == [False, False, False, True]


def test_an_attempt_whose_end_nobody_recorded_is_made_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with opened(path) as store:
        engine, _ = with_message(store)
        engine.attempt_begun("a-1-1", NOON)
    with opened(path) as store:
        engine = engine_on(store, NotingCare())
        (due,) = engine.messages_due(NOON)
        assert due.attempt == 2, "it may be a repeat, and says so"
        assert [(one.ok, one.ended_at) for one in store.attempts("a-1-1")] == [(None, None)]


def test_an_end_that_is_told_twice_or_of_nothing_changes_nothing() -> None:
    with opened() as store:
        engine, _ = with_message(store)
        assert engine.attempt_ended("a-1-1", True, "early", NOON) == []
        assert [due.attempt for due in engine.messages_due(NOON)] == [1]
        engine.attempt_begun("a-1-1", NOON)
        engine.attempt_ended("a-1-1", True, "200", NOON)
        engine.attempt_ended("a-1-1", False, "late", NOON)
        assert store.message("a-1-1") == (message_record(), "delivered", 1)
        assert engine.attempt_ended("nobody", True, "", NOON) == []


def test_a_message_that_failed_while_the_clock_ran_ahead_is_tried_when_it_is_right_again() -> None:
    with opened() as store:
        engine, _ = with_message(store)
        turn_at(engine, NOON + 20 * HOUR_MS)
        engine.attempt_begun("a-1-1", NOON + 20 * HOUR_MS)
        engine.attempt_ended("a-1-1", False, "no route", NOON + 20 * HOUR_MS)
        assert engine.messages_due(NOON) == []
        turn_at(engine, NOON)
        assert [due.attempt for due in engine.messages_due(NOON)] == [2]


def test_a_message_that_a_wrong_clock_put_off_for_hours_is_tried_after_a_restart() -> None:
    with opened() as store:
        engine, _ = with_message(store)
        engine.attempt_begun("a-1-1", NOON + 20 * HOUR_MS)
        engine.attempt_ended("a-1-1", False, "no route", NOON + 20 * HOUR_MS)
        assert engine_on(store, NotingCare()).messages_due(NOON)


def test_a_channel_that_keeps_failing_is_told_once() -> None:
    with opened() as store:
        engine, care = with_message(store)
        now = NOON
        for _ in range(5):
            engine.attempt_begun("a-1-1", now)
            engine.attempt_ended("a-1-1", False, "no route\0 to host", now)
            now += 2 * HOUR_MS
        (trouble,) = (one for one in care.happenings if isinstance(one, TroubleArrived))
        assert trouble.trouble == "channel_bea_push"
        assert trouble.text == "bea cannot be reached by push: no route\ufffd to host"


def test_a_message_that_cannot_be_delivered_for_a_day_is_given_up() -> None:
    with opened() as store:
        engine, _ = with_message(store)
        engine.attempt_begun("a-1-1", NOON)
        engine.attempt_ended("a-1-1", False, "503", NOON)
        assert engine.messages_due(NOON + GIVEN_UP_MS) == []
        found = store.message("a-1-1")
        assert found is not None
        assert found[1] == "failed"


@pytest.mark.parametrize(
    ("slot", "now", "sent"),
    [
        (slot_record(), NOON, True),
        (slot_record(outcome="taken"), NOON, False),
        (slot_record(status="withdrawn"), NOON, False),
        (slot_record(status="held"), NOON, False),
        (slot_record(), slot_record().closes_at, False),
        (slot_record(due_at=NOON + DAY_MS), NOON, False),
        (slot_record("other/2026-11-23/08:00"), NOON, False),
    ],
)
def test_a_reminder_is_not_sent_for_a_slot_that_is_decided_withdrawn_or_closed(
    slot: Any, now: int, sent: bool
) -> None:
    with opened() as store:
        engine, _ = with_message(store, message_record(kind="reminder", slot=MORNING, to="ada"))
        with store.transaction():
            store.apply([slot])
        assert bool(engine.messages_due(now)) == sent
        assert engine.next_message_at() == (NOON if sent else None)


def test_a_reminder_that_comes_too_late_is_worse_than_none() -> None:
    with opened() as store:
        engine, _ = with_message(store, message_record(kind="reminder"))
        assert engine.messages_due(NOON + REMINDER_GIVEN_UP_MS - 1)
        assert not engine.messages_due(NOON + REMINDER_GIVEN_UP_MS)


@pytest.mark.parametrize(
    ("kind", "state", "sent"),
    [
        ("alert", "told", True),
        ("alert", "reopened", True),
        ("alert", "acknowledged", False),
        ("alert", "resolved", False),
        ("acknowledged", "acknowledged", True),
        ("acknowledged", "resolved", False),
        ("correction", "resolved", True),
        ("resolved", "resolved", True),
    ],
)
def test_a_letter_about_an_alert_that_is_over_or_taken_on_is_not_sent_any_more(
    kind: str, state: Any, sent: bool
) -> None:
    with opened() as store:
        engine, _ = with_message(store, message_record(kind=kind, alert="a-1"))
        with store.transaction():
            store.apply([alert_record(state=state)])
        assert bool(engine.messages_due(NOON)) == sent
        assert engine.next_message_at() == (NOON if sent else None)


def test_a_letter_that_became_wrong_since_it_was_due_is_given_up_when_its_attempt_begins() -> None:
    with opened() as store:
        engine, _ = with_message(store, message_record(alert="a-1"))
        with store.transaction():
            store.apply([alert_record()])
        assert engine.messages_due(NOON)
        with store.transaction():
            store.apply([alert_record(state="resolved")])
        assert engine.attempt_begun("a-1-1", NOON) == 0
        assert store.message("a-1-1") == (message_record(alert="a-1"), "failed", 0)


def test_a_caregiver_whose_channel_is_mended_after_the_correction_does_not_get_the_alert() -> None:
    """Cem's mail was down for two hours, and his last word was "not opened"."""
    told: list[tuple[str, str]] = []
    dead = {"cem"}

    def arrives(letter: MessageRecord) -> bool:
        if letter.to in dead:
            return False
        told.append((letter.to, letter.kind))
        return True

    with opened() as store:
        engine = started(store, at("11:59"))
        engine.take([arrival(box_event(1, missed(), when=NOON))], NOON)
        run_until(engine, at("13:00"), arrives)
        engine.write(
            entry_of(
                "ada",
                SlotStated(slot=MORNING, outcome="self_reported"),
                by="bea",
                at_ms=at("13:01"),
                why="at my place",
            ),
            at("13:01"),
        )
        dead.clear()
        before = len(told)
        run_until(engine, at("11:59", 24), arrives)
        assert ("bea", "alert") in told[:before]
        assert ("bea", "correction") in told[before:]
        assert ("cem", "correction") not in told, "nothing had reached him"
        kept = [store.message(one) for one in _letters_to(store, "cem", "dose.missed")]
        assert {one and one[1] for one in kept} == {"failed"}


def _letters_to(store: SqliteStore, who: str, kind: str) -> list[str]:
    sql = """SELECT message FROM message JOIN alert ON message.alert = alert.alert
        WHERE message."to" = ? AND alert.kind = ?"""
    return [row[0] for row in store._rows(sql, (who, kind))]


def test_what_became_of_a_letter_is_stored_with_the_attempt_or_not_at_all() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        engine.take([arrival(box_event(1, missed()))], NOON)
        due = next(one.message for one in engine.messages_due(NOON) if one.message.kind == "alert")
        engine.attempt_begun(due.message, NOON)
        broken(store, lambda: engine.attempt_ended(due.message, True, "200", NOON))
        assert due.alert is not None
        kept = store.alert(due.alert)
        assert kept is not None
        assert kept.told == ()
        said = engine.attempt_ended(due.message, True, "200", NOON)
        assert alerts_of(said) == [("dose.missed", "told")]
        assert engine.attempt_ended(due.message, True, "200", NOON) == [], "an end counts once"
        told = store.alert(due.alert)
        assert told is not None
        assert (told.told, told.reached_by) == (("bea",), {"bea": "push"})


def test_a_letter_that_the_hubs_death_cut_short_may_have_arrived_and_its_reader_hears_the_end() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        engine.take([arrival(box_event(1, missed()))], NOON)
        due = next(one.message for one in engine.messages_due(NOON) if one.message.kind == "alert")
        engine.attempt_begun(due.message, NOON)
        again = started(store, NOON)
        assert not [one for one in again.messages_due(NOON) if one.message.to == "cem"], "nobody was hurried"
        again.write(
            entry_of("ada", SlotStated(slot=MORNING, outcome="self_reported"), by="cem", at_ms=NOON, why=""),
            NOON,
        )
        ends = [one.message for one in again.messages_due(NOON) if one.message.kind == "correction"]
        assert [(end.to, end.channel) for end in ends] == [("bea", "push")]


def test_what_a_box_kept_and_its_own_end_in_one_batch_are_told_to_nobody() -> None:
    left_open = LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000)
    closed = LidClosed(compartment="mon-am", because="edge", open_ms=1_800_000)
    with opened() as store:
        engine = started(store, at("06:00"))
        batch = [box_event(1, left_open, when=at("03:10")), box_event(2, closed, when=at("03:30"))]
        engine.take([arrival(one) for one in batch], at("10:00"))
        (alert,) = (one for one in store.alerts(resolved_too=True) if one.kind == "device.lid_left_open")
        assert alert.state == "resolved"
        assert not [one for one in engine.messages_due(at("10:00")) if one.message.alert == alert.alert]


def test_an_end_that_may_rest_is_due_after_the_quiet_hours_and_not_stale_then() -> None:
    with opened() as store:
        waits = message_record(kind="resolved", wait_until=NOON + 9 * HOUR_MS)
        engine, _ = with_message(store, waits)
        assert engine.messages_due(NOON + 9 * HOUR_MS - 1) == []
        assert engine.next_message_at() == NOON + 9 * HOUR_MS
        assert [one.message for one in engine.messages_due(NOON + 9 * HOUR_MS)] == [waits]
        assert engine.messages_due(NOON + 9 * HOUR_MS + GIVEN_UP_MS - 1)
        assert engine.messages_due(NOON + 9 * HOUR_MS + GIVEN_UP_MS) == []


def test_the_alerts_of_a_patient_who_left_while_the_hub_was_down_are_over() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        engine.take([arrival(box_event(1, missed()))], NOON)
        assert store.alerts()
        home = replace(HOME, patients={}, boxes={}, regimens={}, ladders=(), duties={})
        with store.transaction():
            store.add_household("nobody", NOON + 1)
        again = Engine(store, read_household=lambda _: home)
        again.start(NOON + 2)
        assert store.alerts() == []
        deadline = again.next_deadline()
        assert deadline is not None
        assert any("/alert/" in one.topic and not one.payload for one in again.tick(deadline))


@given(st.integers(1, 200), st.text(max_size=8))
def test_the_pause_between_attempts_doubles_up_to_an_hour(attempts: int, message: str) -> None:
    pause = pause_ms(message, attempts)
    assert 9_000 <= pause <= LONGEST_PAUSE_MS
    assert pause_ms(message, attempts) == pause
    if attempts < 8:
        assert pause_ms(message, attempts + 1) > pause * 1.7


@given(st.integers(1, 50), st.integers(0, 3 * DAY_MS))
def test_a_failed_attempt_leads_to_another_or_to_the_end_of_a_stale_message(attempts: int, late: int) -> None:
    state, again_at = after_failure(message_record(), attempts, NOON + late)
    if is_stale(message_record(), NOON + late):
        assert (state, again_at) == ("failed", None)
    else:
        assert state == "pending"
        assert again_at is not None
        assert again_at > NOON + late


# Deadlines.


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 9))), st.integers(0, 9))
def test_deadlines_are_those_that_were_set_last(steps: list[tuple[str, int | None]], now: int) -> None:
    deadlines, expected = Deadlines(), dict[str, int]()
    for name, at_ms in steps:
        deadlines.set(name, at_ms)
        expected.pop(name, None)
        if at_ms is not None:
            expected[name] = at_ms
        assert deadlines.earliest() == min(expected.values(), default=None)
    due = deadlines.due(now)
    assert due == sorted((name for name in expected if expected[name] <= now), key=lambda n: (expected[n], n))
    assert deadlines.due(now) == due, "they stay until they are set anew"


def test_a_minute_of_a_busy_home_is_one_transaction_a_batch() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        commits: list[str] = []
        store._connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        engine.take(arrivals(*range(1, 301)), NOON + MINUTE_MS)
        assert commits == ["COMMIT"]


def test_what_another_program_writes_in_is_taken_in_once_also_after_a_restart() -> None:
    with opened() as store:
        engine = started(store, at("11:59"))
        engine.take([arrival(box_event(1, missed(), when=NOON))], NOON)
        pocket = entry_of("ada", SlotStated(slot=MORNING, outcome="self_reported"), by="bea", at_ms=NOON)
        with store.transaction():
            store.add_entry(pocket)
        engine.take_entries(NOON)
        assert engine.take_entries(NOON) == []
        again = started(store, NOON)
        again.write(pocket, NOON)
        assert [note.outcome for note in store.history("ada", MORNING)] == ["missed", "self_reported"]


def test_an_undoing_finds_its_slot_after_it_left_the_ledger() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        old = slot_record("azathioprine/2026-10-01/08:00", due_at=NOON - 50 * DAY_MS, outcome="missed")
        with store.transaction():
            store.apply([old])
        word = entry_of("ada", SlotStated(slot=old.slot, outcome="self_reported"), by="bea", at_ms=NOON)
        engine.write(word, NOON)
        first = entry_of("ada", EntryUndone(entry=word.entry), by="bea", at_ms=NOON + 1)
        again = started(store, NOON + 1)
        again.write(first, NOON + 1)
        again.write(entry_of("ada", EntryUndone(entry=first.entry), by="bea", at_ms=NOON + 2), NOON + 2)
        outcomes = [note.outcome for note in store.history("ada", old.slot)]
        assert outcomes == ["self_reported", "missed", "self_reported"]


def test_an_undoing_of_nothing_or_of_another_patients_word_changes_nothing() -> None:
    with opened() as store:
        engine = started(store, at("06:00"))
        for target in ("e-nothing", "e-1"):
            engine.write(entry_of("ada", EntryUndone(entry=target), by="bea", at_ms=NOON), NOON)
        assert store.entries_waiting() == []
        assert store.history("ada", MORNING) == []
