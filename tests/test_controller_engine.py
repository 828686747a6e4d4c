"""Does nothing leave a box that is not committed, and is nothing it saw ever lost on the way?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller import engine as engine_module
from controller.engine import Engine
from controller.errors import CannotRecord
from controller.heartbeat import HEARTBEAT_MS
from controller.keeping.outbox import Outbox
from controller.keeping.resend import FIRST_PAUSE_MS, WINDOW
from controller.troubles import Troubles, absent
from controller.wire.envelope import Stamp
from controller.wire.instants import HOUR_MS, MINUTE_MS, instant_text
from controller.wire.topics import Outgoing
from controller.witness.inputs import ButtonPressed, ClimateRead, Record, Started, Stopping, Tick
from firmware.ports import ClimateReading
from tests.box_parts import (
    ACK_TOPIC,
    BOX,
    COMMAND_TOPIC,
    COMPARTMENTS,
    HUB_TOPIC,
    MORNING_MS,
    PLAN_TOPIC,
    REPOSITORY,
    STATE_TOPIC,
    STATUS_TOPIC,
    ack,
    events,
    kinds,
    move,
    open_outbox,
    opened,
    plan,
    stamp,
    started_engine,
    stored,
    tick,
)

HUB_ONLINE = '{"v":1,"status":"online","because":"connected"}'
HUB_OFFLINE = '{"v":1,"status":"offline","because":"connection_lost"}'


def topics(messages: Sequence[Outgoing]) -> list[str]:
    return [message.topic for message in messages]


def states(messages: Sequence[Outgoing]) -> list[dict[str, object]]:
    return [json.loads(message.payload) for message in messages if message.topic == STATE_TOPIC]


def recorded(outbox: Outbox) -> list[str]:
    return [json.loads(text)["kind"] for _, text in outbox.pending(0, 10_000)]


class Refusing(Outbox):
    """An outbox whose disk can be filled and emptied at will; the rest is the shipped one."""

    refuse = False

    def commit(self, records: Sequence[Record], parts: Mapping[str, str]) -> tuple[int, ...]:
        if self.refuse:
            raise CannotRecord("the outbox has no room: database or disk is full")
        return super().commit(records, parts)


def refusing_outbox() -> Refusing:
    return Refusing(None, box=BOX, mint=lambda: "stream-1")


# Order.


def test_everything_that_leaves_is_in_the_outbox_already() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    for number in range(6):
        for event in events(move(engine, 1_000 * (number + 1), is_open=number % 2 == 0)):
            assert event["seq"] in [seq for seq, _ in outbox.pending(0, 100)]


def test_an_event_leaves_in_the_same_breath_as_its_commit() -> None:
    engine = started_engine(open_outbox())
    assert kinds(move(engine, 1_000, is_open=True)) == ["lid.opened"]


def test_events_are_numbered_and_sent_in_the_order_they_happened() -> None:
    engine = started_engine(open_outbox())
    seqs = [event["seq"] for n in range(1, 20) for event in events(move(engine, 100 * n, is_open=n % 2 == 1))]
    assert seqs == sorted(set(seqs))


DYING = """
import os, sys
from pathlib import Path
from controller import engine as engine_module
from tests.box_parts import move, open_outbox, started_engine
outbox = open_outbox(Path(sys.argv[1]))
engine = started_engine(outbox)
moment = sys.argv[2]
if moment == "before_commit":
    outbox.commit = lambda *_: os._exit(9)
elif moment == "after_commit":
    commit = outbox.commit
    outbox.commit = lambda *given: (commit(*given), os._exit(9))
else:
    engine.pump = lambda _: os._exit(9)
move(engine, 1_000, is_open=True)
print("left", flush=True)
"""


@pytest.mark.parametrize(("moment", "kept"), [("before_commit", 0), ("after_commit", 1), ("before_send", 1)])
def test_law_1_a_box_that_dies_between_step_commit_and_send_sends_nothing_it_has_not_kept(
    tmp_path: Path, moment: str, kept: int
) -> None:
    path = tmp_path / "box.sqlite3"
    dying = subprocess.run(
        [sys.executable, "-c", DYING, str(path), moment],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert (dying.returncode, dying.stdout) == (9, "")
    assert [event["kind"] for event in stored(path)].count("lid.opened") == kept


def test_law_2_a_dose_taken_before_a_power_cut_is_an_extra_opening_after_it() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    engine.receive(PLAN_TOPIC, json.dumps(plan()), stamp(1_000))
    assert "dose.taken" in kinds(move(engine, 2 * HOUR_MS, is_open=True))
    move(engine, 2 * HOUR_MS + 5_000, is_open=False)
    again = Engine(box=BOX, compartments=COMPARTMENTS, outbox=outbox, version="test", chance=lambda: 0.0)
    later = 2 * HOUR_MS + 16 * MINUTE_MS
    again.handle(
        Started(stamp=stamp(later, boot="boot-2"), version="test", lids=dict.fromkeys(COMPARTMENTS, False))
    )
    again.link(True, stamp(later, boot="boot-2"))
    found = kinds(move(again, later + 1_000, is_open=True))
    assert "dose.taken" not in found
    assert "dose.extra" in found


def test_a_plan_outlives_a_power_cut_without_any_event_beside_it() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    before = outbox.written
    engine.receive(PLAN_TOPIC, json.dumps(plan()), stamp(1_000))
    assert outbox.written == before, "a plan alone is no testimony"
    assert json.loads(outbox.parts()["plan"])["plan"] == "p1"


def test_ticks_that_change_nothing_write_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every commit wears the SD card: a quiet hour must not cost one a minute."""
    outbox = open_outbox()
    engine = started_engine(outbox)
    engine.receive(PLAN_TOPIC, json.dumps(plan()), stamp(1_000))
    monkeypatch.setattr(outbox, "commit", lambda *_: pytest.fail("a commit in a quiet hour"))
    for minute in range(2, 50):
        tick(engine, minute * MINUTE_MS)


# Sending and the hub's word.


def test_while_the_link_is_down_nothing_leaves_and_everything_is_kept() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox, linked=False)
    assert move(engine, 1_000, is_open=True) == ()
    assert move(engine, 2_000, is_open=False) == ()
    assert tick(engine, HOUR_MS) == ()
    assert recorded(outbox) == ["box.started", "lid.opened", "lid.closed"]


def test_when_the_link_comes_up_the_box_says_it_is_online_then_what_waited_then_how_it_stands() -> None:
    engine = started_engine(open_outbox(), linked=False)
    move(engine, 1_000, is_open=True)
    out = engine.link(True, stamp(2_000)).outgoing
    assert out[0].topic == STATUS_TOPIC
    assert (out[0].retain, json.loads(out[0].payload)["status"]) == (True, "online")
    assert kinds(out) == ["box.started", "lid.opened"]
    assert out[-1].topic == STATE_TOPIC


def test_what_the_hub_has_not_confirmed_is_sent_again_for_ever() -> None:
    engine = started_engine(open_outbox())
    move(engine, 1_000, is_open=True)
    now_ms, times = 1_000, 0
    for _ in range(12):
        deadline = engine.next_deadline()
        assert deadline is not None
        now_ms = max(deadline, now_ms + 1)
        times += kinds(tick(engine, now_ms)).count("lid.opened")
    assert times >= 2
    late = 30 * 24 * HOUR_MS
    assert "lid.opened" in kinds(tick(engine, late)), "a dose does not expire"


def test_the_first_repeat_comes_five_seconds_after_the_sending() -> None:
    engine = started_engine(open_outbox())
    assert kinds(engine.pump(FIRST_PAUSE_MS - 1)) == []
    assert kinds(engine.pump(FIRST_PAUSE_MS)) == ["box.started"]


def test_what_the_hub_confirmed_is_not_sent_again_on_a_new_link() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    move(engine, 1_000, is_open=True)
    engine.receive(ACK_TOPIC, ack("stream-1", 1), stamp(1_500))
    engine.link(False, stamp(2_000))
    assert kinds(engine.link(True, stamp(3_000)).outgoing) == ["lid.opened"]


def test_a_long_queue_is_sent_a_window_at_a_time() -> None:
    outbox = open_outbox()
    outbox.commit([opened(number) for number in range(WINDOW * 3)], {})
    engine = started_engine(outbox, linked=False)
    first = events(engine.link(True, stamp(1_000)).outgoing)
    assert [event["seq"] for event in first] == list(range(1, WINDOW + 1))
    assert events(tick(engine, 1_100)) == []
    more = events(engine.receive(ACK_TOPIC, ack("stream-1", 50), stamp(1_200)).outgoing)
    assert [event["seq"] for event in more] == list(range(WINDOW + 1, WINDOW + 51))


def test_an_engine_on_a_used_outbox_begins_above_what_the_hub_confirmed() -> None:
    outbox = open_outbox()
    outbox.commit([opened(number) for number in range(10)], {})
    outbox.acked("stream-1", 7)
    engine = started_engine(outbox, linked=False)
    sent = events(engine.link(True, stamp(1_000)).outgoing)
    assert [event["seq"] for event in sent] == [8, 9, 10, 11]


def test_a_hub_that_comes_back_is_sent_what_waits_at_once() -> None:
    engine = started_engine(open_outbox())
    engine.receive(HUB_TOPIC, HUB_ONLINE, stamp(10))
    engine.receive(HUB_TOPIC, HUB_OFFLINE, stamp(20))
    move(engine, 1_000, is_open=True)
    for minute in range(1, 30):
        tick(engine, minute * MINUTE_MS)
    back = engine.receive(HUB_TOPIC, HUB_ONLINE, stamp(30 * MINUTE_MS)).outgoing
    assert "lid.opened" in kinds(back)


def test_the_hubs_retained_status_after_connecting_sends_nothing_twice() -> None:
    engine = started_engine(open_outbox())
    assert kinds(engine.receive(HUB_TOPIC, HUB_ONLINE, stamp(10)).outgoing) == []


def test_a_hub_that_knows_more_than_the_box_wrote_gets_everything_anew_and_is_told_why() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    move(engine, 1_000, is_open=True)
    out = events(engine.receive(ACK_TOPIC, ack("stream-1", 500), stamp(2_000)).outgoing)
    assert {event["stream"] for event in out} == {"stream-2"}
    assert [event["seq"] for event in out] == [1, 2, 3]
    assert out[-1]["data"]["because"] == "stream_renewed"


class LossyHub:
    """Keeps what it is sent by (stream, seq); some of it is lost on the way."""

    def __init__(self, loses: Callable[[], bool]) -> None:
        self.loses = loses
        self.held: dict[tuple[str, int], str] = {}

    def take(self, messages: Sequence[Outgoing]) -> None:
        for event in events(messages):
            if not self.loses():
                known = self.held.setdefault((event["stream"], event["seq"]), event["at"])
                assert known == event["at"], "one identity is one event"

    def confirmed(self, stream: str) -> int:
        seq = 0
        while (stream, seq + 1) in self.held:
            seq += 1
        return seq


@settings(max_examples=50, deadline=None)
@given(
    script=st.lists(
        st.one_of(
            st.tuples(st.just("move"), st.integers(1, 60_000)),
            st.tuples(st.just("cut"), st.integers(1, 60_000)),
            st.tuples(st.just("join"), st.integers(1, 60_000)),
            st.tuples(st.just("wait"), st.integers(1, 900_000)),
            st.tuples(st.just("ack"), st.integers(0, 40)),
            st.tuples(st.just("reboot"), st.integers(1, 60_000)),
        ),
        max_size=30,
    ),
    data=st.data(),
)
def test_law_1_through_cuts_reboots_and_stray_acknowledgements_the_hub_gets_every_event_once(
    script: list[tuple[str, int]], data: st.DataObject
) -> None:
    outbox = open_outbox()
    committed: list[str] = []
    commit = outbox._store

    def noted(bodies: Sequence[str], parts: Mapping[str, str]) -> tuple[int, ...]:
        seqs = commit(bodies, parts)
        committed.extend(bodies)
        return seqs

    outbox._store = noted  # type: ignore[method-assign]  # only to know what was promised
    engine, now_ms, is_open = started_engine(outbox, linked=False), 1_000, False
    hub = LossyHub(lambda: data.draw(st.booleans()))
    for what, amount in script:
        now_ms += 0 if what == "ack" else amount
        if what == "ack":
            seq = min(hub.confirmed(outbox.stream), amount)
            hub.take(engine.receive(ACK_TOPIC, ack(outbox.stream, seq), stamp(now_ms)).outgoing)
        elif what == "move":
            is_open = not is_open
            hub.take(move(engine, now_ms, is_open=is_open))
        elif what == "wait":
            hub.take(tick(engine, now_ms))
        elif what in ("cut", "join"):
            hub.take(engine.link(what == "join", stamp(now_ms)).outgoing)
        else:
            engine = Engine(
                box=BOX, compartments=COMPARTMENTS, outbox=outbox, version="test", chance=lambda: 0.5
            )
            lids = {**dict.fromkeys(COMPARTMENTS, False), "mon-am": is_open}
            engine.handle(Started(stamp=stamp(now_ms), version="test", lids=lids))
    hub.loses = lambda: False
    hub.take(engine.link(True, stamp(now_ms)).outgoing)
    assert hub.confirmed(outbox.stream) == outbox.written == len(committed)


# Words from outside.


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (PLAN_TOPIC, "not json"),
        (PLAN_TOPIC, b"\xff\xfe"),
        (PLAN_TOPIC, ""),
        (PLAN_TOPIC, "[" * 5_000),
        (PLAN_TOPIC, "x" * 1_000_000),
        (PLAN_TOPIC, json.dumps(plan(box="bedroom"))),
        (PLAN_TOPIC, json.dumps(plan(slots=[("08:00", "fri-pm", 2)]))),
        (PLAN_TOPIC, json.dumps(plan(slots=[("08:00", "mon-am", 2), ("09:00", "mon-am", 3)]))),
        ("pillbox/v1/bedroom/plan", json.dumps(plan(box="bedroom"))),
        ("pillbox/v1/kitchen/event", "{}"),
        ("pillbox/v1/kitchen/alert/x", "{}"),
        ("something/else", "{}"),
        (ACK_TOPIC, ack("stream-1", -1)),
        (ACK_TOPIC, ack("stream-1", 1, box="bedroom")),
        (ACK_TOPIC, '{"v":1,"box":"kitchen","stream":"stream-1","seq":true}'),
        (COMMAND_TOPIC, '{"v":1,"box":"kitchen","id":"c1","command":"open_sesame"}'),
        (HUB_TOPIC, '{"v":2,"status":"online","because":"x"}'),
    ],
)
def test_law_10_what_is_malformed_or_foreign_is_counted_told_and_changes_nothing(
    topic: str, payload: str | bytes
) -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    engine.receive(PLAN_TOPIC, json.dumps(plan(name="good")), stamp(500))
    memory = outbox.parts()
    out = engine.receive(topic, payload, stamp(1_000)).outgoing
    assert engine.messages_refused == 1
    assert outbox.parts() == memory
    [told] = events(out)
    assert (told["kind"], told["data"]["because"], told["data"]["count"]) == (
        "box.health",
        "message_refused",
        1,
    )
    assert outbox.confirmed == 0
    assert "dose.taken" in kinds(move(engine, 2 * HOUR_MS, is_open=True)), "what follows is not blocked"


def test_a_flood_of_rubbish_is_told_once_a_minute_with_its_count() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    for number in range(5_000):
        engine.receive(PLAN_TOPIC, "rubbish", stamp(1_000 + number))
    told = [json.loads(text) for _, text in outbox.pending(0, 100) if "message_refused" in text]
    assert [each["data"]["count"] for each in told] == [1]
    deadline = engine.next_deadline()
    assert deadline is not None
    assert deadline <= 1_000 + MINUTE_MS
    tick(engine, 1_000 + MINUTE_MS)
    told = [json.loads(text) for _, text in outbox.pending(0, 100) if "message_refused" in text]
    assert [each["data"]["count"] for each in told] == [1, 4_999]
    assert engine.messages_refused == 5_000


def test_what_is_told_of_a_refused_message_is_short() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox)
    engine.receive("pillbox/" + "x" * 60_000, "y" * 60_000, stamp(1_000))
    assert all(len(text) < 1_000 for _, text in outbox.pending(0, 100))


@settings(max_examples=200, deadline=None)
@given(
    topic=st.sampled_from([PLAN_TOPIC, ACK_TOPIC, COMMAND_TOPIC, HUB_TOPIC, "pillbox/v1/kitchen/state"]),
    payload=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(
                        ["v", "box", "plan", "slots", "stream", "seq", "command", "id", "status"]
                    ),
                    inner,
                    max_size=6,
                ),
            ),
            max_leaves=12,
        ).map(json.dumps),
    ),
)
def test_law_10_no_message_whatever_makes_the_engine_raise(topic: str, payload: str | bytes) -> None:
    engine = started_engine(open_outbox())
    engine.receive(topic, payload, stamp(1_000))
    assert "lid.opened" in kinds(move(engine, 2_000, is_open=True))


def test_a_command_reaches_the_patient_and_a_button_the_hub() -> None:
    engine = started_engine(open_outbox())
    command = {
        "v": 1, "box": BOX, "id": "c1", "command": "find_me",
        "expires_at": instant_text(MORNING_MS + HOUR_MS),
    }  # fmt: skip
    reaction = engine.receive(COMMAND_TOPIC, json.dumps(command), stamp(1_000))
    assert reaction.sounds
    assert reaction.view.glyph == "find_me"
    pressed = engine.handle(ButtonPressed(stamp=stamp(2_000), button="help"))
    assert kinds(pressed.outgoing) == ["help.requested"]


# The retained state.


def test_the_state_is_published_when_it_says_something_new_and_not_otherwise() -> None:
    engine = started_engine(open_outbox())
    assert len(states(move(engine, 1_000, is_open=True))) == 1
    assert states(tick(engine, 2_000)) == []
    assert len(states(move(engine, 3_000, is_open=False))) == 1


def test_a_silent_box_is_heard_of_every_five_minutes_of_its_boot_clock() -> None:
    engine = started_engine(open_outbox())
    engine.receive(ACK_TOPIC, ack("stream-1", 1), stamp(10))
    assert engine.next_deadline() == HEARTBEAT_MS
    assert states(tick(engine, HEARTBEAT_MS - 1)) == []
    assert len(states(tick(engine, HEARTBEAT_MS))) == 1
    assert engine.next_deadline() == 2 * HEARTBEAT_MS


def test_law_9_a_jump_of_the_wall_clock_neither_hastens_nor_delays_the_heartbeat() -> None:
    engine = started_engine(open_outbox())
    engine.receive(ACK_TOPIC, ack("stream-1", 1), stamp(10))
    jumped = Stamp(at=MORNING_MS + 30 * 24 * HOUR_MS, boot="boot-1", mono_ms=1_000, clock="synced")
    engine.handle(Tick(stamp=jumped))
    deadline = engine.next_deadline()
    assert deadline is not None
    assert deadline <= 1_000 + HEARTBEAT_MS


def test_after_a_long_queue_has_drained_the_state_says_so() -> None:
    outbox = open_outbox()
    outbox.commit([opened(number) for number in range(50)], {})
    engine = started_engine(outbox, linked=False)
    [before] = states(engine.link(True, stamp(100)).outgoing)
    assert before["outbox"] == 51
    [after] = states(engine.receive(ACK_TOPIC, ack("stream-1", 51), stamp(200)).outgoing)
    assert after["outbox"] == 0


def test_a_box_that_stops_on_purpose_records_it_and_says_goodbye_last() -> None:
    engine = started_engine(open_outbox())
    engine.receive(ACK_TOPIC, ack("stream-1", 1), stamp(10))
    out = engine.handle(Stopping(stamp=stamp(5_000))).outgoing
    assert kinds(out) == ["box.stopping"]
    assert out[-1].topic == STATUS_TOPIC
    assert json.loads(out[-1].payload)["status"] == "offline"


def test_a_box_without_a_link_stops_without_a_word_to_anybody() -> None:
    outbox = open_outbox()
    engine = started_engine(outbox, linked=False)
    assert engine.handle(Stopping(stamp=stamp(5_000))).outgoing == ()
    assert recorded(outbox)[-1] == "box.stopping"


# When it cannot record.


def test_testimony_that_finds_no_room_waits_in_memory_and_is_recorded_later_in_order() -> None:
    outbox = refusing_outbox()
    engine = started_engine(outbox)
    engine.receive(ACK_TOPIC, ack("stream-1", 1), stamp(10))
    outbox.refuse = True
    for number in range(1, 7):
        assert kinds(move(engine, 1_000 * number, is_open=number % 2 == 1)) == []
    outbox.refuse = False
    out = kinds(tick(engine, 10_000))
    assert out == ["lid.opened", "lid.closed"] * 3


def test_a_box_that_cannot_record_tells_the_patient_by_sign_and_sound() -> None:
    outbox = refusing_outbox()
    engine = started_engine(outbox)
    engine.receive(HUB_TOPIC, HUB_ONLINE, stamp(10))
    engine.receive(PLAN_TOPIC, json.dumps(plan()), stamp(20))
    outbox.refuse = True
    reaction = engine.handle(ButtonPressed(stamp=stamp(2 * HOUR_MS), button="help"))
    assert reaction.sounds == ("cannot_record",)
    assert reaction.said[0].words == "this box cannot record now: tell your caregiver"
    assert "cannot_record" in (reaction.view.glyph, *reaction.view.marks)
    outbox.refuse = False
    healed = engine.handle(Tick(stamp=stamp(2 * HOUR_MS + 7_000)))
    assert "cannot_record" not in (healed.view.glyph, *healed.view.marks)


def test_a_box_that_cannot_record_asks_to_be_woken_to_try_again() -> None:
    outbox = refusing_outbox()
    engine = started_engine(outbox)
    outbox.refuse = True
    move(engine, 1_000, is_open=True)
    deadline = engine.next_deadline()
    assert deadline is not None
    assert deadline <= 1_000 + engine_module.RETRY_MS


def test_a_reminder_still_sounds_while_nothing_can_be_recorded() -> None:
    outbox = refusing_outbox()
    engine = started_engine(outbox)
    engine.receive(PLAN_TOPIC, json.dumps(plan()), stamp(20))
    outbox.refuse = True
    reaction = engine.handle(Tick(stamp=stamp(2 * HOUR_MS + 30 * MINUTE_MS)))
    assert any(sound != "cannot_record" for sound in reaction.sounds)


def test_what_even_the_memory_cannot_hold_is_counted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "WAITING_MAX", 10)
    outbox = refusing_outbox()
    engine = started_engine(outbox)
    outbox.refuse = True
    for number in range(1, 25):
        move(engine, 40_000 * number, is_open=number % 2 == 1)
    outbox.refuse = False
    tick(engine, 1_000_000)
    tick(engine, 1_000_001)
    lost = [json.loads(text)["data"] for _, text in outbox.pending(0, 100) if "testimony_lost" in text]
    kept = sum(kind.startswith("lid.") for kind in recorded(outbox))
    assert sum(each["count"] for each in lost) + kept >= 24
    assert kept == 10


def test_after_a_long_refusal_what_waited_is_stored_in_small_pieces() -> None:
    outbox = refusing_outbox()
    engine = started_engine(outbox)
    outbox.refuse = True
    for number in range(1, 1_001):
        move(engine, 40_000 * number, is_open=number % 2 == 1)
    sizes: list[int] = []
    store = outbox._store

    def noted(bodies: Sequence[str], parts: Mapping[str, str]) -> tuple[int, ...]:
        sizes.append(len(bodies))
        return store(bodies, parts)

    outbox._store = noted  # type: ignore[method-assign]  # to see the transactions
    outbox.refuse = False
    tick(engine, 50_000_000)
    assert max(sizes) <= engine_module.BATCH
    assert sum(kind.startswith("lid.") for kind in recorded(outbox)) >= 1_000


def test_a_damaged_outbox_is_told_and_the_new_one_knows_the_plan(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    outbox = open_outbox(path)
    engine = started_engine(outbox)
    engine.receive(PLAN_TOPIC, json.dumps(plan()), stamp(100))
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    path.write_bytes(os.urandom(path.stat().st_size))
    # SQLite would go on with the pages it holds; a box that runs for weeks has long lost them.
    outbox._db.execute("PRAGMA cache_size = 0")
    outbox._db.execute("PRAGMA shrink_memory")
    move(engine, 2 * HOUR_MS, is_open=True)
    out = tick(engine, 2 * HOUR_MS + 1_000)
    found = {json.loads(text)["kind"]: json.loads(text)["data"] for _, text in outbox.pending(0, 100)}
    assert found["box.health"]["because"] == "outbox_damaged"
    assert "dose.taken" in found
    assert json.loads(outbox.parts()["plan"])["plan"] == "p1"
    assert {event["stream"] for event in events(out)} <= {outbox.stream}


def test_an_outbox_found_damaged_at_the_start_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite3"
    path.write_bytes(b"no database " * 1_000)
    outbox = open_outbox(path)
    engine = started_engine(outbox)
    tick(engine, 10)
    health = [json.loads(text)["data"] for _, text in outbox.pending(0, 100) if "box.health" in text]
    assert [each["because"] for each in health] == ["outbox_damaged"]
    assert "damaged-2026" in health[0]["text"]


def test_each_part_that_is_missing_is_told_once_at_the_start_and_under_a_word_of_its_own() -> None:
    """It was only logged: a box without its buzzer was silent, and nobody at home could know."""
    outbox = open_outbox()
    parts = [absent("matrix_missing", "the LED matrix is absent"), absent("buzzer_missing", "x" * 1_000)]
    engine = Engine(
        box=BOX,
        compartments=COMPARTMENTS,
        outbox=outbox,
        version="test",
        chance=lambda: 0.0,
        troubles=Troubles(absent=parts),
    )
    engine.handle(Started(stamp=stamp(0), version="test", lids=dict.fromkeys(COMPARTMENTS, False)))
    engine.link(True, stamp(0))
    tick(engine, 10)
    told = [json.loads(text) for _, text in outbox.pending(0, 100)]
    assert [event["kind"] for event in told] == ["box.started", "box.health", "box.health"]
    assert told[1]["data"] == {"because": "matrix_missing", "text": "the LED matrix is absent"}
    assert told[2]["data"] == {"because": "buzzer_missing", "text": "x" * 200}
    deadline = engine.next_deadline()
    assert deadline is None or deadline > 10, "there is nothing more to tell"


def test_climate_readings_show_in_the_state() -> None:
    engine = started_engine(open_outbox())
    reading = ClimateReading(temperature_c=22.5, humidity_pct=48.0)
    out = engine.handle(ClimateRead(stamp=stamp(1_000), sensor="sht4x", reading=reading)).outgoing
    assert states(out)[0]["climate"] == {
        "at": instant_text(MORNING_MS + 1_000), "temperature_c": 22.5, "humidity_pct": 48.0,
        "sensor": "sht4x",
    }  # fmt: skip


def test_the_topics_of_what_leaves_are_the_boxs_own() -> None:
    engine = started_engine(open_outbox())
    out = [*move(engine, 1_000, is_open=True), *engine.handle(Stopping(stamp=stamp(2_000))).outgoing]
    assert {topic.split("/")[2] for topic in topics(out)} == {BOX}
