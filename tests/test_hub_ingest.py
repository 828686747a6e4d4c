"""Is every event stored once, acted on once and in order, and only then acknowledged, whatever else comes?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.envelope import envelope_json
from controller.wire.events import DoseTaken, HelpRequested
from controller.wire.messages import FORKED
from controller.wire.shape import MESSAGE_BYTES_MAX
from controller.wire.topics import TOPICS
from hub.care.happenings import (
    AlertAcknowledged,
    BoxHeard,
    EventArrived,
    Happening,
    PresenceArrived,
    TroubleArrived,
)
from hub.errors import StoreRefused
from hub.intake.arrivals import Arrival, EventRead, NotForUs, Refused, quarantined, read_arrival
from hub.intake.streams import GAP_PATIENCE_MS, GAP_REPEATS, HELD_MAX
from hub.store.sqlite.store import SqliteStore, open_store
from tests.hub_examples import (
    HOME,
    MORNING,
    NOON,
    NotingCare,
    acks,
    arrival,
    arrivals,
    box_event,
    causes,
    engine_on,
    noted,
    opened,
    slot_record,
)
from tests.wire_examples import EVENTS

EVENT_TOPIC = "pillbox/v1/kitchen/event"


def raw(payload: str | bytes, topic: str = EVENT_TOPIC, *, retained: bool = False) -> Arrival:
    text = payload.encode() if isinstance(payload, str) else payload
    return Arrival(topic=topic, payload=text, retained=retained)


def changed(seq: int, old: str, new: str) -> Arrival:
    """Return an event whose text was changed on its way."""
    text = envelope_json(box_event(seq))
    assert old in text
    return raw(text.replace(old, new))


# Once, in order, and acknowledged as far as it is known.


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[int]]:
    """Batches of a stream that arrive in any order, with repeats, until all have come."""
    count = draw(st.integers(1, 10))
    sent = [*range(1, count + 1), *draw(st.lists(st.integers(1, count), max_size=10))]
    order = list(draw(st.permutations(sent)))
    batches = []
    while order:
        size = draw(st.integers(1, len(order)))
        batches.append(order[:size])
        order = order[size:]
    return batches


class Refusing(SqliteStore):
    """A store whose disk is full when a test says so: after everything is written, before the commit."""

    refuses = False

    def apply(self, changes: object) -> None:
        super().apply(changes)  # type: ignore[arg-type]  # passed on as it came
        if self.refuses:
            raise StoreRefused("the database refused: database or disk is full")


@settings(max_examples=60, deadline=None)
@given(deliveries(), st.data())
def test_events_are_stored_and_acted_on_once_whatever_is_repeated_reordered_or_refused(
    batches: list[list[int]], data: st.DataObject
) -> None:
    count = max(seq for batch in batches for seq in batch)
    care = NotingCare()
    base = open_store(None)
    store = Refusing(base._database)
    engine = engine_on(store, care)
    for batch in batches:
        store.refuses = data.draw(st.booleans())
        if store.refuses:
            with suppress(StoreRefused):
                engine.take(arrivals(*batch), NOON)
            store.refuses = False
            if data.draw(st.booleans()):
                engine = engine_on(store, care)
        found = acks(engine.take(arrivals(*batch), NOON))
        (said,) = {seq for _, seq in found}
        known = store.mark("kitchen", "s1").watermark
        assert said <= known
        assert noted(store) == causes(*range(1, known + 1)), "what is acknowledged has been acted on"
    assert acks(engine.take(arrivals(*range(1, count + 1)), NOON)) == [("s1", count)]
    assert noted(store) == causes(*range(1, count + 1))
    assert [one.seq for one in store.events("kitchen", 0, 10**15)] == list(range(1, count + 1))
    assert store.quarantined() == []
    store.close()


def test_an_event_above_a_gap_is_kept_but_neither_acted_on_nor_acknowledged() -> None:
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        assert acks(engine.take(arrivals(1, 3), NOON)) == [("s1", 1)]
        assert care.events() == [1]
        assert store.event("kitchen", "s1", 3) is not None
        assert acks(engine.take(arrivals(2), NOON)) == [("s1", 3)]
        assert care.events() == [1, 2, 3]


def test_what_was_held_above_a_gap_survives_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path / "hub.sqlite") as store:
        engine_on(store, NotingCare()).take(arrivals(2, 3, 5), NOON)
    with opened(tmp_path / "hub.sqlite") as store:
        care = NotingCare()
        engine = engine_on(store, care)
        assert acks(engine.take(arrivals(1), NOON)) == [("s1", 3)]
        assert care.events() == [1, 2, 3]
        assert acks(engine.take(arrivals(4), NOON)) == [("s1", 5)]
        assert noted(store) == causes(1, 2, 3, 4, 5)


def test_each_stream_of_a_batch_is_acknowledged_once() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        later = [arrival(box_event(seq, stream="s2", when=NOON + 100 + seq)) for seq in (1, 2)]
        mixed = [*arrivals(1, 2), later[0], *arrivals(3), later[1]]
        assert acks(engine.take(mixed, NOON)) == [("s1", 3), ("s2", 2)]
        assert noted(store) == [*causes(1, 2), *causes(1, stream="s2"), *causes(3), *causes(2, stream="s2")]


def test_a_repeat_is_acknowledged_again_and_changes_nothing() -> None:
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        engine.take(arrivals(1, 2), NOON)
        before = store.counts()
        assert acks(engine.take(arrivals(1), NOON + 9)) == [("s1", 1)], "no more than what came again"
        assert care.events() == [1, 2]
        assert store.counts() == before


def test_a_hub_that_lost_its_disk_gives_up_the_gap_below_what_the_box_still_has() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        assert acks(engine.take(arrivals(901, 902), NOON)) == [("s1", 0)]
        for _ in range(GAP_REPEATS):
            found = acks(engine.take(arrivals(901, 902), NOON + GAP_PATIENCE_MS))
        assert found == [("s1", 902)]
        assert noted(store) == causes(901, 902)
        assert acks(engine.take(arrivals(900), NOON + GAP_PATIENCE_MS)) == [("s1", 900)]
        assert noted(store) == causes(901, 902, 900), "what comes after all is not lost"
        engine.take(arrivals(900), NOON + GAP_PATIENCE_MS)
        assert noted(store) == causes(901, 902, 900), "and not doubled"


def test_a_box_cannot_fill_the_disk_above_a_gap() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        seqs = range(2, HELD_MAX + 12)
        assert acks(engine.take(arrivals(*seqs), NOON)) == [("s1", 0)]
        assert store.counts()["event"] == HELD_MAX
        assert acks(engine.take(arrivals(1, *seqs), NOON)) == [("s1", HELD_MAX + 11)]
        assert store.counts()["event"] == HELD_MAX + 11


# What cannot be used.


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (changed(2, '"lid.opened"', '"lid.flew_away"'), "no kind we know"),
        (changed(2, '"because":"edge"', '"because":7'), "event.data.because is '7'"),
        (changed(2, '"mon-am"', '"../../etc"'), "event.data.compartment"),
        (changed(2, '"data":{', '"data":7,"other":{'), "event.data is a number"),
    ],
)
def test_a_bad_event_fills_its_place_and_does_not_stop_the_next(bad: Arrival, reason: str) -> None:
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        found = engine.take([*arrivals(1), bad, *arrivals(3)], NOON)
        assert acks(found) == [("s1", 3)]
        assert care.events() == [1, 3]
        (poison,) = store.quarantined()
        assert reason in poison.reason
        assert (poison.box, poison.stream, poison.seq, poison.times) == ("kitchen", "s1", 2, 1)
        engine.take([bad], NOON)
        assert store.quarantined()[0].times == 2
        assert [type(one) for one in care.happenings if isinstance(one, TroubleArrived)] == [TroubleArrived]


def test_a_bad_event_above_a_gap_still_fills_its_place_after_a_restart(tmp_path: Path) -> None:
    bad = changed(3, '"lid.opened"', '"lid.flew_away"')
    with opened(tmp_path / "hub.sqlite") as store:
        engine_on(store, NotingCare()).take([*arrivals(1), bad, *arrivals(4)], NOON)
    with opened(tmp_path / "hub.sqlite") as store:
        engine = engine_on(store, NotingCare())
        assert acks(engine.take(arrivals(2), NOON)) == [("s1", 4)]
        assert noted(store) == causes(1, 2, 4)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (raw(b"\xff\xfe"), "not JSON in UTF-8"),
        (raw("{"), "not JSON"),
        (raw("[" * 50_000), "nested too deeply"),
        (raw("7"), "event is a number"),
        (raw("{}"), "event.v is missing"),
        (raw('{"v":1,"v":1}'), "one key twice"),
        (raw(b"x" * (MESSAGE_BYTES_MAX + 1)), "bytes"),
        (changed(2, '"seq":2', '"seq":0'), "event.seq"),
        (changed(2, '"seq":2', '"seq":9007199254740993'), "event.seq"),
        (changed(2, '"box":"kitchen"', '"box":"hall"'), "the event of 'hall'"),
        (raw('{"v":1}', "pillbox/v1/kitchen/status"), "status.box is missing"),
        (raw('{"v":1}', "pillbox/v1/kitchen/state"), "state.box is missing"),
        (raw("{}", "pillbox/v1/kitchen/alert/a-1/ack"), "missing"),
        (raw('{"v":1,"alert":"a-2","by":"bea"}', "pillbox/v1/kitchen/alert/a-1/ack"), "alert 'a-1'"),
        (
            raw('{"v":1,"alert":"a-1","by":"bea"}', "pillbox/v1/kitchen/alert/a-1/ack", retained=True),
            "retained",
        ),
        (replace(arrivals(2)[0], topic="pillbox/v1/attic/event"), "'attic'"),
        (raw("{}", "pillbox/v2/kitchen/event"), "no topic of ours"),
        (raw("{}", "$SYS/broker/uptime"), "no topic of ours"),
        (raw("{}", "\udcff"), "no topic of ours"),
    ],
)
def test_poison_is_set_aside_with_its_reason_and_stops_nothing(bad: Arrival, reason: str) -> None:
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        found = engine.take([*arrivals(1), bad, bad, *arrivals(2)], NOON)
        assert acks(found) == [("s1", 2)]
        assert care.events() == [1, 2]
        (poison,) = store.quarantined()
        assert reason in poison.reason
        assert poison.times == 2
        assert poison.seq is None
        assert len(poison.payload) <= 4_096
        assert noted(store) == causes(1, 2)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([row.template for row in TOPICS.values()]) | st.text(max_size=30),
    st.binary(max_size=80) | st.sampled_from([envelope_json(box_event(1)).encode()[:n] for n in range(200)]),
    st.booleans(),
)
def test_whatever_arrives_is_read_as_something(template: str, payload: bytes, retained: bool) -> None:
    topic = "pillbox/v1/" + template.replace("{box}", "kitchen").replace("{alert}", "a-1")
    message = Arrival(topic=topic, payload=payload, retained=retained)
    reading = read_arrival(message, HOME.boxes)
    if isinstance(reading, Refused):
        kept = quarantined(message, reading.reason, NOON)
        assert len(kept.reason) <= 512
        assert "\0" not in kept.reason + kept.topic
        assert (kept.reason + kept.topic).encode()


@pytest.mark.parametrize("data", EVENTS, ids=lambda data: type(data).__name__)
def test_every_kind_of_event_is_stored_and_read_back_for_the_core(data: object) -> None:
    event = box_event(2, data)  # type: ignore[arg-type]  # one of the wire's own examples
    reading = read_arrival(arrival(event), HOME.boxes)
    assert isinstance(reading, EventRead)
    assert reading.envelope == event
    with opened() as store:
        care = NotingCare()
        engine_on(store, care).take([arrival(event)], NOON)
        restarted = engine_on(store, care)
        restarted.take(arrivals(1), NOON)
        arrived = [one.envelope for one in care.happenings if isinstance(one, EventArrived)]
        assert arrived == [box_event(1), event], "held above a gap, it comes back from the store unchanged"


def test_what_a_newer_box_says_beyond_our_shape_is_kept() -> None:
    with opened() as store:
        engine_on(store, NotingCare()).take([changed(1, '"data":{', '"data":{"force_n":2.5,')], NOON)
        kept = store.event("kitchen", "s1", 1)
        assert kept is not None
        assert '"force_n":2.5' in kept.data


def test_the_same_number_with_other_content_is_told_and_changes_nothing() -> None:
    other = changed(1, '"mon-am"', '"tue-pm"')
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        engine.take(arrivals(1), NOON)
        kept = store.event("kitchen", "s1", 1)
        assert acks(engine.take([other], NOON)) == [("s1", FORKED)]
        assert store.event("kitchen", "s1", 1) == kept
        assert care.events() == [1]
        assert "other content" in store.quarantined()[0].reason
        (trouble,) = (one for one in care.happenings if isinstance(one, TroubleArrived))
        assert (trouble.box, trouble.trouble) == ("kitchen", "other_content")


@pytest.mark.parametrize("kind", ['"lid.opened"', '"because":"edge"'])
def test_other_content_in_the_same_batch_or_unreadable_is_told_too(kind: str) -> None:
    with opened() as store:
        care = NotingCare()
        engine = engine_on(store, care)
        engine.take([*arrivals(1, 3), changed(1, kind, '"x":1' if ":" in kind else '"no.kind"')], NOON)
        engine.take([changed(3, kind, '"x":1' if ":" in kind else '"no.kind"')], NOON)
        assert [poison.seq for poison in store.quarantined()] == [None, None]
        assert noted(store) == causes(1, 3), "nothing waits in a stream that its box is told to leave"
        engine.take(arrivals(2), NOON)
        assert noted(store) == causes(1, 3, 2)


def test_a_sound_event_is_still_taken_where_an_unreadable_one_came_first() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        engine.take([changed(1, '"lid.opened"', '"no.kind"')], NOON)
        assert acks(engine.take(arrivals(1), NOON)) == [("s1", 1)]
        assert noted(store) == causes(1)


def test_a_strangers_box_is_not_acknowledged_so_that_nothing_is_lost_until_it_is_known() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare(), home=replace(HOME, boxes={}))
        assert acks(engine.take(arrivals(1), NOON)) == []
        assert store.counts()["event"] == 0
        assert store.quarantined()[0].seq is None
        assert acks(engine_on(store, NotingCare()).take(arrivals(1), NOON)) == [("s1", 1)]


# A core with a bug.


def test_an_event_the_core_fails_on_is_kept_set_aside_told_and_acknowledged() -> None:
    def bug(happening: Happening) -> bool:
        return isinstance(happening, EventArrived) and isinstance(happening.envelope.data, HelpRequested)

    with opened() as store:
        care = NotingCare(fails_on=bug)
        engine = engine_on(store, care)
        fatal = arrival(box_event(2, HelpRequested(because="button")))
        assert acks(engine.take([*arrivals(1), fatal, *arrivals(3)], NOON)) == [("s1", 3)]
        assert noted(store) == causes(1, 3)
        assert store.event("kitchen", "s1", 2) is not None
        assert "could not act on it" in store.quarantined()[0].reason
        assert any(isinstance(one, TroubleArrived) and one.trouble == "hub_fault" for one in care.happenings)


def test_a_core_that_fails_on_everything_still_stores_every_event() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare(fails_on=lambda happening: True))
        assert acks(engine.take([*arrivals(1, 2), raw("{")], NOON)) == [("s1", 2)]
        assert store.counts()["event"] == 2


# Other messages of a box.


def status(word: str, *, retained: bool = False) -> Arrival:
    payload = f'{{"v":1,"box":"kitchen","status":"{word}","because":"started"}}'
    return raw(payload, "pillbox/v1/kitchen/status", retained=retained)


STATE = raw(
    '{"v":1,"box":"kitchen","at":"2026-11-23T08:00:00Z","boot":"b1","clock":"synced","version":"1",'
    '"lids":{},"outbox":0,"hub":"online","refill":false}',
    "pillbox/v1/kitchen/state",
)


def heard(store: SqliteStore, care: NotingCare, *messages: Arrival) -> list[Happening]:
    engine = engine_on(store, care)
    before = len(care.happenings)
    engine.take(messages, NOON + 1)
    return care.happenings[before:]


def test_presence_reaches_the_core() -> None:
    with opened() as store:
        said = heard(store, NotingCare(), status("offline"), status("online"))
    assert said == [
        PresenceArrived(at=NOON + 1, box="kitchen", presence="offline"),
        PresenceArrived(at=NOON + 1, box="kitchen", presence="online"),
    ]


def test_a_snapshot_is_a_sign_of_life_once_a_batch_but_not_an_old_one_at_the_broker() -> None:
    with opened() as store:
        assert heard(store, NotingCare(), STATE, STATE) == [BoxHeard(at=NOON + 1, box="kitchen")]
        assert heard(store, NotingCare(), replace(STATE, retained=True)) == []


def test_online_left_at_the_broker_says_only_that_a_box_came_and_never_that_it_lives() -> None:
    class Known(NotingCare):
        def open_ledger(self, household, patient):  # type: ignore[no-untyped-def]  # as its base
            ledger = super().open_ledger(household, patient)
            boxes = {name: replace(box, presence="online") for name, box in ledger.boxes.items()}
            return replace(ledger, boxes=boxes)

    with opened() as store:
        assert heard(store, Known(), status("online", retained=True)) == []
        assert len(heard(store, Known(), status("offline", retained=True))) == 1
        assert len(heard(store, NotingCare(), status("online", retained=True))) == 1


def test_a_repeat_and_a_held_event_are_signs_of_life() -> None:
    with opened() as store:
        care = NotingCare()
        engine_on(store, care).take(arrivals(1), NOON)
        said = heard(store, care, *arrivals(1, 5))
    assert said == [BoxHeard(at=NOON + 1, box="kitchen")]


def test_a_caregivers_acknowledgement_reaches_the_core() -> None:
    topic = "pillbox/v1/kitchen/alert/a-1/ack"
    ack = raw('{"v":1,"alert":"a-1","by":"bea","intent":"on my way"}', topic)
    with opened() as store:
        said = heard(store, NotingCare(), ack)
    assert said == [AlertAcknowledged(at=NOON + 1, alert="a-1", by="bea", intent="on my way")]


def test_an_answer_that_changes_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever mistypes a name believes to have taken it on; the ladder climbs on, and somebody may look."""
    topic = "pillbox/v1/kitchen/alert/a-1/ack"
    ack = raw('{"v":1,"alert":"a-1","by":"bea-phone"}', topic)
    with opened() as store:
        heard(store, NotingCare(), ack)
    assert "the answer of bea-phone to alert a-1 changes nothing" in caplog.text


@pytest.mark.parametrize("name", [name for name, row in TOPICS.items() if row.sender == "hub"])
def test_the_hubs_own_messages_are_nothing_new(name: str) -> None:
    topic = "pillbox/v1/" + TOPICS[name].template.format(box="kitchen", alert="a-1")  # type: ignore[index]  # a name of the table
    assert read_arrival(raw("{", topic), HOME.boxes) == NotForUs()


# Late testimony.


def test_a_slot_that_has_left_the_ledger_comes_back_for_testimony_about_it() -> None:
    seen: list[bool] = []

    class Looking(NotingCare):
        def step(self, ledger, happening):  # type: ignore[no-untyped-def]  # as its base
            seen.append(MORNING in ledger.slots)
            return super().step(ledger, happening)

    taken = DoseTaken(
        slot=MORNING, compartment="mon-am", timing="late", evidence="lid", because="b", opened_at=NOON
    )
    with opened() as store:
        engine = engine_on(store, Looking())
        with store.transaction():
            store.apply([slot_record(due_at=NOON - 10**10, outcome="unconfirmed")])
        engine.take([arrival(box_event(1, taken))], NOON)
    assert seen == [False, True]
