"""What must every store of the hub keep? The same tests for each implementation of the protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS
from controller.wire.messages import Acknowledgement
from controller.wire.plan import Amount
from controller.wire.topics import message_json
from hub.care.entries import (
    FACTS,
    AsNeededTaken,
    BoxFilled,
    CheckDone,
    CheckMoved,
    CompartmentEmptied,
    DutyTaken,
    EntryUndone,
    ExtraAnswered,
    Fact,
    Felt,
    FillChecked,
    Muted,
    PacksFetched,
    SlotStated,
    TabletsCounted,
    UnlockAsked,
)
from hub.care.ledger import (
    Ailment,
    AlertRecord,
    BoxRecord,
    MessageRecord,
    OutcomeNote,
    PlanRecord,
    SlotRecord,
    Verdict,
)
from hub.errors import StoreRefused
from hub.store.port import Quarantined, Store, StoredEvent, StreamMark
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.hub_examples import HOME, MORNING, NOON, alert_record, message_record, outcome_note, slot_record
from tests.wire_examples import PLAN, values_of


@pytest.fixture(params=["a file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Every implementation; a PostgreSQL one joins here."""
    found = open_store(tmp_path / "hub.sqlite" if request.param == "a file" else None)
    yield found
    found.close()


def stored_event(seq: int, **said: Any) -> StoredEvent:
    base = StoredEvent(
        box="kitchen", stream="s1", seq=seq, kind="lid.opened", at=NOON + seq, boot="b1", mono_ms=seq,
        clock="synced", data="{}", received_at=NOON,
    )  # fmt: skip
    return replace(base, **said)


def poison(digest: str, **said: Any) -> Quarantined:
    base = Quarantined(topic="t", payload=b"\x00\xff", reason="no JSON", received_at=NOON, digest=digest)
    return replace(base, **said)


def apply(store: Store, *changes: Any) -> None:
    with store.transaction():
        store.apply(changes)


# A transaction.


def test_what_a_failed_transaction_wrote_is_gone(store: Store) -> None:
    apply(store, slot_record(outcome="missed"))
    with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012 - all of it is to be undone
        store.apply([slot_record(outcome="taken"), outcome_note()])
        store.add_events([stored_event(1)])
        store.set_marks([StreamMark(box="kitchen", stream="s1", watermark=1)])
        raise ZeroDivisionError
    kept = store.slot("ada", MORNING)
    assert kept is not None
    assert kept.outcome == "missed"
    assert store.history("ada", MORNING) == []
    assert store.event("kitchen", "s1", 1) is None
    assert store.mark("kitchen", "s1").watermark == 0


def test_a_store_can_be_used_again_after_a_failed_transaction(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        raise ZeroDivisionError
    apply(store, slot_record())
    assert store.slot("ada", MORNING) == slot_record()


def test_closing_twice_is_safe(store: Store) -> None:
    store.close()
    store.close()


# Events and streams.


def test_an_event_is_kept_once_and_as_it_came_first(store: Store) -> None:
    with store.transaction():
        store.add_events([stored_event(1, data='{"first":1}')])
        store.add_events([stored_event(1, data='{"second":1}'), stored_event(2)])
    kept = store.event("kitchen", "s1", 1)
    assert kept == stored_event(1, data='{"first":1}')
    assert store.counts()["event"] == 2


def test_the_same_number_in_another_stream_or_box_is_another_event(store: Store) -> None:
    three = [stored_event(1), stored_event(1, stream="s2"), stored_event(1, box="hall")]
    with store.transaction():
        store.add_events(three)
    assert [store.event(one.box, one.stream, one.seq) for one in three] == three


def test_events_of_a_period_are_found_by_their_own_time_and_kind(store: Store) -> None:
    with store.transaction():
        store.add_events(
            [
                stored_event(1, at=30),
                stored_event(2, at=10, kind="dose.taken"),
                stored_event(3, at=20),
                stored_event(4, at=20, box="hall"),
            ]
        )
    assert [one.seq for one in store.events("kitchen", 10, 30)] == [2, 3]
    assert [one.seq for one in store.events("kitchen", 0, 99)] == [2, 3, 1]
    assert [one.seq for one in store.events("kitchen", 0, 99, ["dose.taken", "dose.missed"])] == [2]
    assert store.events("garden", 0, 99) == []


def test_what_was_recorded_before_its_box_knew_the_time_comes_with_the_first_event_that_knew_it(
    store: Store,
) -> None:
    kept = [
        stored_event(1, boot="b1", mono_ms=10, clock="untrusted"),
        stored_event(2, boot="b1", mono_ms=20, clock="untrusted", kind="dose.taken"),
        stored_event(3, boot="b1", mono_ms=40, clock="rtc", kind="box.health"),
        stored_event(4, boot="b1", mono_ms=30, clock="synced", kind="clock.stepped"),
        stored_event(5, boot="b2", mono_ms=5, clock="untrusted"),
        stored_event(6, boot="b1", mono_ms=1, clock="synced", box="hall"),
        stored_event(7, boot="b1", mono_ms=2, clock="untrusted", box="hall"),
    ]
    with store.transaction():
        store.add_events(kept)
    kind = kept[0].kind
    assert store.untimed("kitchen", [kind]) == [(kept[0], kept[3])]
    assert store.untimed("kitchen", [kind, "dose.taken"]) == [(kept[0], kept[3]), (kept[1], kept[3])]
    assert store.untimed("hall", [kind]) == [(kept[6], kept[5])]
    assert store.untimed("garden", [kind]) == []


def test_an_event_longer_than_any_text_of_a_message_is_kept_whole(store: Store) -> None:
    long = stored_event(1, data='"' + "ä" * 30_000 + '"')
    with store.transaction():
        store.add_events([long])
    assert store.event("kitchen", "s1", 1) == long


def test_an_unknown_stream_is_known_up_to_nothing(store: Store) -> None:
    assert store.mark("kitchen", "s1") == StreamMark(box="kitchen", stream="s1")


def test_marks_are_replaced_and_those_with_a_gap_are_found(store: Store) -> None:
    gap = StreamMark(box="kitchen", stream="s1", watermark=4, gap_since=NOON, repeats=2)
    whole = StreamMark(box="hall", stream="s1", watermark=7)
    with store.transaction():
        store.set_marks([replace(gap, watermark=1), whole])
        store.set_marks([gap])
    assert store.mark("kitchen", "s1") == gap
    assert store.mark("hall", "s1") == whole
    assert store.gaps() == [gap]


def test_what_is_held_above_a_watermark_includes_the_places_of_unreadable_events(store: Store) -> None:
    with store.transaction():
        store.add_events([stored_event(2), stored_event(5), stored_event(6, stream="s2")])
        store.add_quarantined(
            [
                poison("a", box="kitchen", stream="s1", seq=4),
                poison("b", box="kitchen", stream="s1", seq=5),
                poison("c", box="kitchen", stream="s1", seq=1),
                poison("d"),
            ]
        )
    held = store.held("kitchen", "s1", 2)
    assert held == {4: None, 5: stored_event(5)}


# Quarantine.


def test_the_same_poison_again_only_counts(store: Store) -> None:
    with store.transaction():
        store.add_quarantined([poison("a"), poison("b")])
        store.add_quarantined([poison("a", times=3, received_at=NOON + 5)])
    found = store.quarantined()
    assert [(one.digest, one.times) for one in found] == [("a", 4), ("b", 1)]
    assert found[0].payload == b"\x00\xff"
    assert found[0].received_at == NOON, "when it first came"


def test_the_quarantine_forgets_its_oldest_but_no_place_that_is_still_needed(store: Store) -> None:
    needed = poison("needed", box="kitchen", stream="s1", seq=5, received_at=1)
    passed = poison("passed", box="kitchen", stream="s1", seq=2, received_at=2)
    with store.transaction():
        store.set_marks([StreamMark(box="kitchen", stream="s1", watermark=3, gap_since=1)])
        store.add_quarantined([needed, passed, *(poison(f"p{n}", received_at=10 + n) for n in range(10))])
        store.trim_quarantine(4)
    kept = {one.digest for one in store.quarantined()}
    assert kept == {"needed", "p7", "p8", "p9"}


def test_a_small_quarantine_forgets_nothing(store: Store) -> None:
    with store.transaction():
        store.add_quarantined([poison("a"), poison("b")])
        store.trim_quarantine(2)
    assert len(store.quarantined()) == 2
    assert len(store.quarantined(limit=1)) == 1


# Records of the core.

AILMENTS = st.dictionaries(st.sampled_from(["sht4x", "sense-hat"]), values_of(Ailment))
FAULTS = st.dictionaries(st.sampled_from(["sht4x", "sense-hat"]), st.integers(0, 2**53 - 1))
HEARD = st.builds(
    BoxRecord,
    box=st.sampled_from(["kitchen", "hall"]),
    patient=values_of(str),
    heard_at=values_of(int | None),
    presence=st.sampled_from(["online", "offline"]),
    plan=values_of(str | None),
    plan_made_at=values_of(int | None),
    faults=FAULTS,
    ailments=AILMENTS,
    former=values_of(str | None),
    came_at=values_of(int | None),
)
RECORDS = {
    "slot": values_of(SlotRecord),
    "note": values_of(OutcomeNote),
    "alert": values_of(AlertRecord),
    "box": HEARD,
    "message": values_of(MessageRecord),
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", RECORDS)
def test_a_record_comes_back_as_it_was_stored(store: Store, name: str, data: st.DataObject) -> None:
    record = data.draw(RECORDS[name])
    apply(store, record)
    match record:
        case SlotRecord():
            assert store.slot(record.patient, record.slot) == record
        case OutcomeNote():
            assert store.history(record.patient, record.slot)[-1] == record
        case AlertRecord():
            assert record in store.alerts(resolved_too=True)
        case MessageRecord():
            kept = store.message(record.message)
            assert kept is not None
            assert kept[0].message == record.message
        case _:
            home = replace(HOME, boxes={record.box: replace(HOME.boxes["kitchen"], patient=record.patient)})
            assert store.load(home, record.patient, NOON).boxes[record.box] == record


def test_a_record_with_everything_in_it_comes_back(store: Store) -> None:
    slot = slot_record(
        outcome="taken", timing="late", evidence="lid", because="lid_opened", decided_at=NOON, reminded=2,
        amounts=(Amount(medicine="azathioprine-50mg-tablet", amount=0.5),), opened_at=1, snoozed_until=2,
        early=Verdict(speaker="box", outcome="missed", because="window_watched", cause="event kitchen/s1/7"),
    )  # fmt: skip
    taken_on = Acknowledgement(by="bea", at=NOON, intent="I call 'her' \"now\"; ½", until=NOON + 5)
    alert = alert_record(acknowledged=taken_on, told=("bea", "cem"), next_step_at=NOON, rung=3)
    box = BoxRecord(box="kitchen", patient="ada", heard_at=5, presence="online", faults={"sht4x": 7})
    apply(store, slot, alert, box)
    ledger = store.load(HOME, "ada", NOON)
    assert ledger.slots == {MORNING: slot}
    assert ledger.alerts == {"a-1": alert}
    assert ledger.boxes == {"kitchen": box}


def test_of_several_records_with_one_key_the_last_one_counts(store: Store) -> None:
    apply(store, slot_record(outcome="missed"), alert_record(), slot_record(outcome="taken"))
    kept = store.slot("ada", MORNING)
    assert kept is not None
    assert kept.outcome == "taken"
    assert store.counts()["slot"] == 1


def test_history_keeps_every_change_in_order(store: Store) -> None:
    first, second = outcome_note(outcome="unconfirmed"), outcome_note(outcome="taken", said="it was open")
    apply(store, first, second, outcome_note("other/2026-11-23/08:00"))
    apply(store, first)
    assert store.history("ada", MORNING) == [first, second, first]
    assert store.history("bea", MORNING) == []


def test_slots_of_a_period_are_found_by_their_due_time(store: Store) -> None:
    ids = [f"aza/2026-11-2{day}/08:00" for day in range(3)]
    apply(store, *(slot_record(name, due_at=NOON + n * DAY_MS) for n, name in reversed(list(enumerate(ids)))))
    assert [one.slot for one in store.slots_between("ada", NOON, NOON + 2 * DAY_MS)] == ids[:2]
    assert store.slots_between("bea", 0, 10**15) == []


def test_a_ledger_holds_what_can_still_change_or_matter(store: Store) -> None:
    old = NOON - 30 * DAY_MS
    name = "aza/2026-10-2{}/08:00".format
    apply(
        store,
        slot_record(name(0), due_at=old),
        slot_record(name(1), due_at=old, status="withdrawn"),
        slot_record(name(2), due_at=old, outcome="taken"),
        slot_record(name(3), due_at=old, outcome="missed"),
        slot_record(name(4), due_at=old, outcome="missed"),
        slot_record(name(5), due_at=NOON - 2 * DAY_MS, outcome="taken"),
        slot_record(name(6), due_at=NOON + DAY_MS),
        slot_record(name(7), due_at=NOON, patient="dan"),
        alert_record("open", condition=f"dose.missed {name(3)}"),
        alert_record("resolved", condition=f"dose.missed {name(4)}", state="resolved"),
        alert_record("gone", state="resolved"),
        alert_record("hers", patient="dan"),
    )
    with store.transaction():
        store.set_cleared(["gone"], NOON)
    ledger = store.load(HOME, "ada", NOON)
    assert set(ledger.slots) == {name(0), name(3), name(5), name(6)}
    assert set(ledger.alerts) == {"open", "resolved"}
    assert ledger.household is HOME
    assert ledger.patient == "ada"


def test_a_box_that_moved_to_somebody_else_is_in_nobodys_old_ledger(store: Store) -> None:
    apply(store, BoxRecord(box="kitchen", patient="dan"), BoxRecord(box="attic", patient="ada"))
    # Its plan is still to be ended, whatever the household says by now.
    assert set(store.load(HOME, "ada", NOON).boxes) == {"attic"}
    apply(store, BoxRecord(box="attic", patient="ada", left_at=NOON))
    assert store.load(HOME, "ada", NOON).boxes == {}
    assert [(box.box, box.patient) for box in store.boxes()] == [("attic", "ada"), ("kitchen", "dan")]


def test_alerts_are_open_resolved_and_then_cleared(store: Store) -> None:
    early, late = alert_record("a-early", raised_at=NOON - 9), alert_record("a-late")
    resolved = alert_record("a-over", state="resolved")
    apply(store, late, early, resolved)
    assert store.alerts() == [early, late]
    assert store.alerts(resolved_too=True) == [early, late, resolved]
    assert store.uncleared() == [resolved]
    assert store.cleared_since(0) == []
    with store.transaction():
        store.set_cleared(["a-over"], NOON + 5)
    assert store.uncleared() == []
    assert store.cleared_since(NOON + 5) == [resolved]
    assert store.cleared_since(NOON + 6) == []


def test_an_alert_is_found_by_its_name_however_old(store: Store) -> None:
    apply(store, alert_record(), alert_record("a-2", state="resolved"))
    with store.transaction():
        store.set_cleared(["a-2"], NOON)
    assert store.alert("a-1") == alert_record()
    assert store.alert("a-2") == alert_record("a-2", state="resolved")
    assert store.alert("a-3") is None


def test_an_alert_that_changes_after_it_was_cleared_stands_again(store: Store) -> None:
    apply(store, alert_record(state="resolved"))
    with store.transaction():
        store.set_cleared(["a-1"], NOON)
    apply(store, alert_record(state="reopened"))
    assert store.cleared_since(0) == []
    assert "a-1" in store.load(HOME, "ada", NOON).alerts


def test_the_newest_plan_of_each_box_is_kept_as_it_is_sent(store: Store) -> None:
    newer = replace(PLAN, plan="p-newer")
    apply(store, PlanRecord(box="kitchen", plan=PLAN), PlanRecord(box="hall", plan=PLAN))
    apply(store, PlanRecord(box="kitchen", plan=newer))
    assert store.plans() == {"hall": message_json(PLAN), "kitchen": message_json(newer)}


def test_a_text_longer_than_any_of_the_wire_does_not_make_its_record_unreadable(store: Store) -> None:
    long = message_record(body="she says: " + "very " * 2_000)
    apply(store, long, alert_record(body=long.body))
    assert [due.message for due in store.messages_due(NOON, 9)] == [long]
    assert store.alerts() == [alert_record(body=long.body)]


@pytest.mark.parametrize("bad", [outcome_note(said="\ud800"), slot_record(due_at=2**70)])
def test_what_no_column_can_hold_is_refused_in_a_sentence_and_undone(store: Store, bad: Any) -> None:
    with pytest.raises(StoreRefused, match="the database refused"):
        apply(store, slot_record("other/2026-11-23/08:00"), bad)
    assert store.counts()["slot"] == 0
    apply(store, slot_record())


# The household.


def test_every_version_of_the_household_is_kept(store: Store) -> None:
    assert store.household() is None
    assert store.household_version() == 0
    with store.transaction():
        first = store.add_household("one", NOON)
        second = store.add_household("two", NOON + 1)
        store.set_household_applied(second, NOON + 2)
    newest = store.household()
    assert newest is not None
    assert (newest.version, newest.text, newest.imported_at, newest.applied_at) == (
        second,
        "two",
        NOON + 1,
        NOON + 2,
    )
    assert second == first + 1 == store.household_version()
    assert [(one.text, one.applied_at) for one in store.households()] == [("one", None), ("two", NOON + 2)]


def test_whose_change_a_version_is_stays_with_it(store: Store) -> None:
    with store.transaction():
        store.add_household("imported", NOON)
        store.add_household("changed", NOON, "bea")
    assert [one.changed_by for one in store.households()] == [None, "bea"]


# Messages to people.


def test_a_message_waits_from_the_moment_it_is_made(store: Store) -> None:
    apply(store, message_record("b"), message_record("a", made_at=NOON - 1))
    assert store.next_message_at() == NOON - 1
    assert [due.message.message for due in store.messages_due(NOON - 1, 9)] == ["a"]
    due = store.messages_due(NOON, 9)
    assert [(one.message.message, one.attempt) for one in due] == [("a", 1), ("b", 1)]
    assert len(store.messages_due(NOON, 1)) == 1


def test_the_backlog_of_a_dead_channel_hides_no_other_letter(store: Store) -> None:
    backlog = [message_record(f"m{number}", made_at=NOON + number) for number in range(9)]
    other = message_record("z", to="cem", channel="mail", made_at=NOON + 100)
    apply(store, *backlog, other)
    due = [one.message.message for one in store.messages_due(NOON + 100, 3)]
    assert due == ["m0", "m1", "z"], "the oldest of each, told oldest first"
    assert len(store.messages_due(NOON + 100, 99)) == 10


def test_a_repeated_message_is_the_same_message(store: Store) -> None:
    apply(store, message_record())
    store.begin_attempt("a-1-1", NOON)
    store.end_attempt("a-1-1", ok=True, reply="250", at_ms=NOON, state="delivered", next_try_at=None)
    apply(store, message_record(title="again"))
    assert store.messages_due(NOON + 9, 9) == []
    assert store.counts()["message"] == 1


def test_an_attempt_is_on_record_before_its_end_is_known(store: Store) -> None:
    apply(store, message_record())
    assert store.begin_attempt("a-1-1", NOON + 1) == 1
    assert store.interrupted() == ["a-1-1"]
    assert store.messages_due(NOON + 9, 9) == []
    assert store.next_message_at() is None
    (attempt,) = store.attempts("a-1-1")
    assert (attempt.attempt, attempt.began_at, attempt.ended_at, attempt.ok) == (1, NOON + 1, None, None)


def test_a_message_is_attempted_only_while_it_waits(store: Store) -> None:
    apply(store, message_record())
    assert store.begin_attempt("a-1-1", NOON) == 1
    assert store.begin_attempt("a-1-1", NOON) == 0
    assert store.begin_attempt("nobody", NOON) == 0


def test_attempts_are_counted_and_their_replies_kept(store: Store) -> None:
    apply(store, message_record())
    for number in (1, 2):
        assert store.begin_attempt("a-1-1", NOON + number) == number
        store.end_attempt(
            "a-1-1", ok=False, reply=f"no {number}", at_ms=NOON + 5, state="pending", next_try_at=NOON + 10
        )
    assert store.next_message_at() == NOON + 10
    assert store.messages_due(NOON + 9, 9) == []
    assert [due.attempt for due in store.messages_due(NOON + 10, 9)] == [3]
    assert [(one.ok, one.reply) for one in store.attempts("a-1-1")] == [(False, "no 1"), (False, "no 2")]
    found = store.message("a-1-1")
    assert found == (message_record(), "pending", 2)


def test_what_waits_beyond_an_instant_can_be_hastened_and_nothing_else(store: Store) -> None:
    apply(store, *(message_record(f"m{number}") for number in range(3)))
    with store.transaction():
        for number, state in enumerate(("pending", "pending", "delivered")):
            store.set_message(f"m{number}", state, None if number == 2 else NOON + number * DAY_MS)  # type: ignore[arg-type]  # words of the test
        store.hasten_messages(NOON + 1, NOON + 5)
    assert [due.message.message for due in store.messages_due(NOON + 5, 9)] == ["m0", "m1"]
    assert [due.message.message for due in store.messages_due(NOON + 4, 9)] == ["m0"]


@pytest.mark.parametrize(("wait_ms", "tried_at"), [(HOUR_MS, NOON + HOUR_MS), (3 * DAY_MS, NOON)])
def test_what_waits_for_the_morning_is_not_hastened_into_the_night(
    store: Store, wait_ms: int, tried_at: int
) -> None:
    """Unless that morning is days away: it was reckoned by a clock that had run ahead."""
    apply(store, replace(message_record("m"), wait_until=NOON + wait_ms))
    with store.transaction():
        store.hasten_messages(NOON, NOON)
    assert store.next_message_at() == tried_at


def test_a_message_can_be_given_up_without_an_attempt(store: Store) -> None:
    apply(store, message_record())
    store.set_message("a-1-1", "failed", None)
    assert store.messages_due(NOON + 9, 9) == []
    assert store.message("a-1-1") == (message_record(), "failed", 0)
    assert store.message("nobody") is None


def test_every_table_is_counted(store: Store) -> None:
    assert set(store.counts().values()) == {0}
    apply(store, slot_record(), outcome_note(), alert_record(), message_record())
    counts = store.counts()
    assert sum(counts.values()) == 4
    assert {"event", "stream", "quarantine", "plan", "attempt", "household", "box"} <= counts.keys()


def test_an_event_is_found_again_under_another_stream_of_its_box_and_only_there(store: Store) -> None:
    with store.transaction():
        store.add_events(
            [stored_event(1), stored_event(1, box="hall"), stored_event(7, stream="s0", mono_ms=3)]
        )
    anew = stored_event(4, stream="s2", mono_ms=1, received_at=5)
    assert store.twin(anew) == stored_event(1)
    strange: dict[str, Any] = {"boot": "b9", "mono_ms": 77, "kind": "x", "data": "[]", "box": "attic"}
    for name, value in strange.items():
        assert store.twin(replace(anew, **{name: value})) is None
    assert store.twin(stored_event(2)) is None, "in its own stream it would be another event"


def test_an_event_that_is_removed_can_be_stored_under_another_stream(store: Store) -> None:
    with store.transaction():
        store.add_events([stored_event(1), stored_event(2)])
        store.remove_events([("kitchen", "s1", 1)])
        store.add_events([stored_event(9, stream="s2")])
    assert store.event("kitchen", "s1", 1) is None
    assert store.event("kitchen", "s1", 2) is not None
    assert store.event("kitchen", "s2", 9) is not None


def test_a_fork_is_remembered(store: Store) -> None:
    forked = StreamMark(box="kitchen", stream="s1", watermark=4, forked_at=NOON)
    with store.transaction():
        store.set_marks([forked])
    assert store.mark("kitchen", "s1") == forked


# What people write in.


ENTRY_FACTS: list[Fact] = [
    SlotStated(slot=MORNING, outcome="self_reported", taken_at=NOON),
    EntryUndone(entry="e-1"),
    AsNeededTaken(regimen="pain", amount=1, taken_at=NOON),
    PacksFetched(regimen="azathioprine", tablets=28, expires=date(2027, 8, 31), lot="A1"),
    TabletsCounted(regimen="azathioprine", tablets=4.5),
    BoxFilled(
        box="kitchen",
        compartments={"mon-am": {"azathioprine": 0.5}},
        expires={"azathioprine": date(2027, 8, 31)},
    ),
    FillChecked(fill="e-1"),
    CompartmentEmptied(box="kitchen", compartment="mon-am", kept=True),
    CheckDone(check="blood-count", due=date(2026, 11, 30), on=date(2026, 12, 1)),
    CheckMoved(check="blood-count", due=date(2026, 11, 30), to=date(2026, 12, 1)),
    ExtraAnswered(box="kitchen", compartment="mon-am", opened_at=NOON, answer="looked", slot=MORNING),
    Felt(effects={"nausea": "mild"}, signs=("fever",), fever_c=38.2, words="since noon"),
    DutyTaken(who="bea", until=NOON),
    Muted(caregiver="bea", until=NOON, wants=("dose",)),
    UnlockAsked(box="kitchen", until=NOON),
]


def test_every_kind_of_fact_is_kept_as_it_was_written(store: Store) -> None:
    assert {type(fact) for fact in ENTRY_FACTS} == set(FACTS.values())
    written = [entry_of("ada", fact, by="bea", at_ms=NOON, why="she said so") for fact in ENTRY_FACTS]
    with store.transaction():
        for entry in written:
            store.add_entry(entry)
    assert store.entries("ada") == written
    assert [store.entry(one.entry) for one in written] == written
    assert store.entries("cem") == []
    assert store.entry("e-nobody") is None
    assert store.load(HOME, "ada", NOON).entries == (), "what waits must still have its effect"
    with store.transaction():
        store.set_entries_applied(written, NOON)
    assert store.load(HOME, "ada", NOON).entries == tuple(written)


def test_an_entry_is_written_once_and_waits_until_it_was_taken_in(store: Store) -> None:
    first, second = (
        entry_of("ada", TabletsCounted(regimen="azathioprine", tablets=count), by="bea", at_ms=NOON)
        for count in (3, 4)
    )
    with store.transaction():
        for entry in (first, second, first):
            store.add_entry(entry)
    assert store.entries_waiting() == [first, second]
    with store.transaction():
        store.set_entries_applied([first], NOON)
    assert store.entries_waiting() == [second]
    assert store.entries("ada") == [first, second]


def test_what_was_taken_is_found_by_slot_and_an_entry_of_the_core_waits_for_nothing(store: Store) -> None:
    evening = "azathioprine/2026-11-23/20:00"
    apply(
        store,
        slot_record(outcome="taken", opened_at=NOON),
        slot_record(evening, outcome="self_reported"),
        slot_record("azathioprine/2026-11-24/08:00", outcome="missed"),
    )
    found = store.intakes_since("ada", 0)
    assert set(found) == {MORNING, evening}
    assert found[MORNING].at == NOON
    assert (found[MORNING].compartment != "", found[evening].compartment) == (True, "")
    assert store.intakes_since("ada", NOON + 100 * DAY_MS) == {}
    assert store.intakes_since("cem", 0) == {}
    seen = entry_of("ada", ENTRY_FACTS[5], by="box", at_ms=NOON)
    apply(store, seen)
    apply(store, seen)
    assert store.entries("ada") == [seen]
    assert store.entries_waiting() == []
