"""Does the wire carry every message unchanged, and refuse everything else with a sentence?"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.envelope import UnknownKind, body_of, envelope_json, read_envelope, sealed_json
from controller.wire.errors import Malformed
from controller.wire.events import KIND_OF, KINDS, ClimateSampled, EventData
from controller.wire.instants import FIRST_MS, LAST_MS, instant_ms, instant_text
from controller.wire.plan import Plan, PlannedSlot, check_plan
from controller.wire.shape import MESSAGE_BYTES_MAX, from_plain, read_json, to_plain
from controller.wire.shown import SHOWN_MAX, shown
from controller.wire.topics import (
    TOPICS,
    TopicName,
    match_topic,
    message_json,
    outgoing,
    read_message,
    subscription_of,
    topic_of,
)
from tests.wire_examples import (
    DUE,
    EVENTS,
    HOUR,
    LATER,
    LATER_EVENTS,
    LATER_PLAN,
    MESSAGES,
    PLAN,
    SLOT,
    STAMP,
    sealed,
    values_of,
)

GOLDEN = Path(__file__).parent / "golden" / "wire_v1"

WITH_ALL_FIELDS = Path(__file__).parent / "golden" / "wire_v1_later"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def every_message() -> list[tuple[str, TopicName, str]]:
    """Name, row and text of one example of every event kind and every other message."""
    found: list[tuple[str, TopicName, str]] = [
        (KIND_OF[type(data)], "event", envelope_json(sealed(data))) for data in EVENTS
    ]
    found.extend((name, name, message_json(message)) for name, message in MESSAGES.items())
    found.extend((name, "event", envelope_json(sealed(data))) for name, data in LATER.items())
    return found


@pytest.mark.parametrize(("name", "row", "text"), every_message(), ids=lambda value: str(value)[:30])
def test_every_message_stays_as_it_was_released(name: str, row: TopicName, text: str) -> None:
    """A golden file is never edited once released: a box in a home may run last year's version."""
    golden = (GOLDEN / f"{name}.json").read_text(encoding="utf-8").strip()
    assert text == golden
    _, ids, message = read_message(topic_of(row, box="kitchen", alert="a-0123456789ab"), golden)
    assert set(ids) <= {"box", "alert"}
    again = envelope_json(message) if row == "event" else message_json(message)
    assert again == golden


def later_messages() -> list[tuple[str, TopicName, str]]:
    """Name, row and text of what says more than it could when its kind was released."""
    found: list[tuple[str, TopicName, str]] = [
        (KIND_OF[type(data)], "event", envelope_json(sealed(data))) for data in LATER_EVENTS
    ]
    return [*found, ("plan", "plan", message_json(LATER_PLAN))]


@pytest.mark.parametrize(("name", "row", "text"), later_messages(), ids=lambda value: str(value)[:30])
def test_fields_that_came_later_stay_as_they_were_released(name: str, row: TopicName, text: str) -> None:
    golden = (WITH_ALL_FIELDS / f"{name}.json").read_text(encoding="utf-8").strip()
    assert text == golden
    _, _, message = read_message(topic_of(row, box="kitchen"), golden)
    assert (envelope_json(message) if row == "event" else message_json(message)) == golden


def test_every_kind_and_every_row_has_its_golden_file() -> None:
    names = {path.stem for path in GOLDEN.glob("*.json")}
    assert names == set(KINDS) | (set(TOPICS) - {"event"}) | set(LATER)


@given(st.one_of([values_of(shape) for shape in KINDS.values()]))
def test_an_event_survives_the_wire_unchanged(data: EventData) -> None:
    assert read_envelope(envelope_json(sealed(data))) == sealed(data)


@given(st.sampled_from(sorted(set(TOPICS) - {"event"})).flatmap(lambda name: values_of(TOPICS[name].shape)))
def test_a_message_survives_the_wire_unchanged(message: Any) -> None:
    assert from_plain(type(message), read_json(message_json(message))) == message


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_message_is_refused_and_nothing_else_happens(payload: bytes) -> None:
    for name in TOPICS:
        with pytest.raises(Malformed):
            read_message(topic_of(name, box="kitchen", alert="a-1"), payload)


@given(st.sampled_from(every_message()), st.data())
def test_a_message_with_one_wrong_value_is_refused_or_reads_as_another(
    example: tuple[str, TopicName, str], draw: st.DataObject
) -> None:
    """Whatever a stranger changes, the answer is a message or `Malformed`, never another exception."""
    _, row, text = example
    plain = json.loads(text)
    key = draw.draw(st.sampled_from(sorted(plain)))
    plain[key] = draw.draw(JSON)
    with suppress(Malformed):
        read_message(topic_of(row, box="kitchen", alert="a-0123456789ab"), json.dumps(plain))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_field_of_an_event_is_needed_or_has_a_default(name: str) -> None:
    data = next(data for data in EVENTS if KIND_OF[type(data)] == name)
    plain = json.loads(envelope_json(sealed(data)))
    optional = {field.name for field in fields(data) if field.default is not MISSING}
    for key in to_plain(data).keys() - optional:
        less = {**plain, "data": {k: v for k, v in plain["data"].items() if k != key}}
        with pytest.raises(Malformed, match=f"event.data.{key} is missing"):
            read_envelope(json.dumps(less))


def test_a_newer_peer_may_say_more() -> None:
    plain = {**json.loads(envelope_json(sealed(EVENTS[0]))), "colour": "blue"}
    assert read_envelope(json.dumps(plain)) == sealed(EVENTS[0])


def test_an_unknown_kind_is_told_apart_from_a_malformed_message() -> None:
    plain = {**json.loads(envelope_json(sealed(EVENTS[0]))), "kind": "dose.dreamt"}
    with pytest.raises(UnknownKind, match=r"dose\.dreamt"):
        read_envelope(json.dumps(plain))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"v":1,"v":1}', "one key twice"),
        ('{"v":NaN}', "NaN is not a number"),
        ("[" * 100_000, "bytes; at most"),
        ("[" * 60_000, "nested too deeply"),
        ('{"v":true,"status":"online","because":"x"}', "hub_status.v is 'True'"),
        ('{"v":2,"status":"online","because":"x"}', "hub_status.v is '2'"),
        ('{"v":1,"status":"maybe","because":"x"}', "hub_status.status is 'maybe'"),
        ('{"v":1,"status":"online","because":"two words"}', "does not match"),
        ('{"v":1,"status":"online"}', "hub_status.because is missing"),
        ('{"v":1,"status":"online","because":"\\ud800"}', "surrogate"),
        ("[]", "hub_status is a list, not an object"),
        (b"\xff\xfe", "not JSON in UTF-8"),
    ],
)
def test_a_refusal_names_the_place(text: str | bytes, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        read_message(topic_of("hub_status"), text)


def test_a_megabyte_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Malformed, match=str(MESSAGE_BYTES_MAX)):
        read_json(b'"' + b"x" * 1_000_000 + b'"')


@pytest.mark.parametrize("number", ["1e999", "-1e999", str(10**400)])
def test_a_number_that_no_sensor_gives_is_refused(number: str) -> None:
    text = envelope_json(sealed(next(one for one in EVENTS if isinstance(one, ClimateSampled))))
    text = text.replace("21.5", number)
    with pytest.raises(Malformed):
        read_envelope(text)


def test_a_box_cannot_speak_for_another_box() -> None:
    with pytest.raises(Malformed, match="the topic is of box 'garage', the payload of 'kitchen'"):
        read_message(topic_of("event", box="garage"), envelope_json(sealed(EVENTS[0])))


def test_an_acknowledgement_cannot_be_moved_to_another_alert() -> None:
    with pytest.raises(Malformed, match="alert"):
        read_message(
            topic_of("alert_ack", box="kitchen", alert="a-other"), message_json(MESSAGES["alert_ack"])
        )


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "pillbox/v1",
        "pillbox/v1/KITCHEN/event",
        "pillbox/v2/kitchen/event",
        "pillbox/v1/a/b/event",
        "pillbox/v1/kitchen/event\n",
    ],
)
def test_a_strangers_topic_belongs_to_no_row(topic: str) -> None:
    assert match_topic(topic) is None


def test_the_hubs_own_status_is_not_the_status_of_a_box_called_hub() -> None:
    assert match_topic(topic_of("hub_status")) == ("hub_status", {})


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_every_row_is_found_by_its_own_topic(name: TopicName) -> None:
    found = match_topic(topic_of(name, box="kitchen", alert="a-1"))
    assert found is not None
    assert found[0] == name


def test_a_subscription_covers_every_box_and_alert() -> None:
    assert subscription_of("alert_ack") == "pillbox/v1/+/alert/+/ack"
    assert subscription_of("plan", box="kitchen") == "pillbox/v1/kitchen/plan"


def test_quality_and_retention_come_from_the_one_table() -> None:
    message = outgoing("status", MESSAGES["status"], box="kitchen")
    assert (message.topic, message.qos, message.retain) == ("pillbox/v1/kitchen/status", 1, True)


def test_a_stored_body_sealed_with_its_identity_is_the_envelope() -> None:
    """The outbox stores the body before it knows its stream: sealing must give the same bytes."""
    for data in EVENTS:
        assert sealed_json("kitchen", "stream-1", 9, body_of(STAMP, data)) == envelope_json(sealed(data, 9))


@given(st.integers(FIRST_MS, LAST_MS))
def test_an_instant_survives_its_text(instant: int) -> None:
    assert instant_ms(instant_text(instant)) == instant


@given(st.integers(FIRST_MS, LAST_MS), st.integers(FIRST_MS, LAST_MS))
def test_instants_sort_as_text_the_way_they_sort_as_numbers(one: int, other: int) -> None:
    assert (instant_text(one) < instant_text(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T08:00Z", 1_795_420_800_000),
        ("2026-11-23T09:00:00+01:00", 1_795_420_800_000),
        ("2026-11-23T08:00:00.0009Z", 1_795_420_800_000),
    ],
)
def test_an_instant_with_any_offset_is_the_same_instant(text: str, expected: int) -> None:
    assert instant_ms(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T08:00:00",
        "2026-02-30T08:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-11-23T08:00:00+99:00",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_a_text_without_zone_or_meaning_is_no_instant(text: str) -> None:
    with pytest.raises(Malformed):
        instant_ms(text)


def plan_with(*slots: PlannedSlot) -> Plan:
    return Plan(v=1, box="kitchen", plan="p-1", made_at=0, until=DUE + 48 * HOUR, slots=slots)


def planned(slot: str, due: int, **changes: Any) -> PlannedSlot:
    fields: dict[str, Any] = {
        "slot": slot,
        "compartment": "mon-am",
        "opens_at": due - HOUR,
        "due_at": due,
        "late_at": due + HOUR,
        "closes_at": due + 6 * HOUR,
        "amounts": PLAN.slots[0].amounts,
        **changes,
    }
    return PlannedSlot(**fields)


def test_the_example_plan_can_be_witnessed() -> None:
    check_plan(PLAN)


def test_slots_of_one_compartment_with_the_same_due_time_share_an_opening() -> None:
    check_plan(plan_with(planned(SLOT, DUE), planned("prednisone/2026-11-23/08:00", DUE)))


def test_overlapping_windows_in_two_compartments_are_fine() -> None:
    check_plan(plan_with(planned(SLOT, DUE), planned("x/2026-11-23/09:00", DUE + HOUR, compartment="mon-pm")))


@pytest.mark.parametrize(
    ("slots", "sentence"),
    [
        ((planned(SLOT, DUE), planned(SLOT, DUE)), "twice"),
        ((planned(SLOT, DUE), planned("x/2026-11-23/09:00", DUE + HOUR)), "overlap in mon-am"),
        ((planned(SLOT, DUE), planned("x/2026-11-23/15:00", DUE + 7 * HOUR)), "overlap"),
        ((planned(SLOT, DUE, opens_at=DUE),), "not in this order"),
        ((planned(SLOT, DUE, closes_at=DUE),), "not in this order"),
        ((planned(SLOT, DUE, remind_at=(DUE - 2 * HOUR,)),), "reminds outside"),
        ((planned(SLOT, DUE, remind_at=(DUE, DUE)),), "do not ascend"),
    ],
)
def test_a_plan_that_no_box_can_witness_honestly_is_refused(
    slots: tuple[PlannedSlot, ...], sentence: str
) -> None:
    with pytest.raises(Malformed, match=sentence):
        read_message(topic_of("plan", box="kitchen"), message_json(plan_with(*slots)))


def test_a_long_window_hides_no_overlap_behind_a_short_one() -> None:
    """Only comparing neighbours would miss the first slot's long window reaching over the second."""
    long = planned("a/2026-11-23/08:00", DUE, closes_at=DUE + 20 * HOUR)
    twin = planned("b/2026-11-23/08:00", DUE, closes_at=DUE + 20 * HOUR)
    far = planned("c/2026-11-23/20:00", DUE + 12 * HOUR)
    with pytest.raises(Malformed, match="overlap"):
        check_plan(plan_with(long, twin, far))


@given(st.text())
def test_foreign_text_is_shown_on_one_short_line_of_what_can_be_printed(text: str) -> None:
    line = shown(text)
    assert line.isprintable()
    assert len(line) <= SHOWN_MAX
    assert shown(line) == line


def test_what_an_honest_person_writes_is_shown_as_it_is() -> None:
    assert shown("I visit at 6, Zoë & Jürgen <3") == "I visit at 6, Zoë & Jürgen <3"
    assert shown("x\nCRITICAL hub: \x1b[2Jdisk\u202e on fire") == "x CRITICAL hub: [2Jdisk on fire"
    assert shown("a" * 300) == "a" * 199 + "…"


def test_a_refusal_names_a_foreign_key_short_and_escaped() -> None:
    evil = json.dumps({"v": 1, "box": "kitchen", "lids": {"x\nCRITICAL " + "y" * 99: 1}})
    with pytest.raises(Malformed) as refused:
        from_plain(dict[str, bool], read_json(evil)["lids"], "state.lids")
    assert str(refused.value).startswith("state.lids['x\\nCRITICAL yyy")
    assert len(str(refused.value)) < 90
