"""Does a recording give the same bytes, tick at the right instants, and refuse what it cannot mean?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.troubles import absent
from controller.wire.envelope import envelope_json
from controller.wire.events import DoseExtra
from controller.wire.instants import instant_ms, instant_text
from hub.errors import ReplayRefused
from hub.replay import replay
from tests import care_days
from tests.care_days import EVENING, MORNING, at
from tests.hub_examples import HOME, box_event

ROOT = Path(__file__).parent.parent


def line(clock: str | int, **said: Any) -> bytes:
    moment = at(clock) if isinstance(clock, str) else clock
    return (json.dumps({"at": instant_text(moment), **said}) + "\n").encode()


def event(clock: str, seq: int, data: Any) -> bytes:
    payload = json.loads(envelope_json(box_event(seq, data, when=at(clock))))
    return line(clock, topic="pillbox/v1/kitchen/event", payload=payload)


def online(clock: str) -> bytes:
    payload = {"v": 1, "box": "kitchen", "status": "online", "because": "started"}
    return line(clock, topic="pillbox/v1/kitchen/status", payload=payload)


def state(clock: str) -> bytes:
    payload = {
        "v": 1, "box": "kitchen", "at": instant_text(at(clock)), "boot": "b1", "clock": "synced",
        "version": "1", "lids": {}, "outbox": 0, "hub": "online", "refill": False,
    }  # fmt: skip
    return line(clock, topic="pillbox/v1/kitchen/state", payload=payload)


def said(*lines: bytes) -> list[dict[str, Any]]:
    return [json.loads(one) for one in replay(HOME, lines)]


def test_an_end_that_may_rest_is_told_when_the_quiet_hours_are_over() -> None:
    sleeper = replace(care_days.BEA, quiet=("22:00", "07:00"))
    home = care_days.household(caregivers=(sleeper, care_days.CEM))
    day = [state("21:00"), state("23:00"), line(at("08:00", 24), end=True)]
    found = [json.loads(one) for one in replay(home, day)]
    told = [(one["at"], one["notify"]) for one in found if "notify" in one]
    [over] = [moment for moment, letter in told if letter["title"] == "Box heard again"]
    assert over == "2026-11-24T07:00:00.000Z"
    first = next(one["payload"] for one in found if "device.silent" in json.dumps(one))
    assert (first["state"], first["told"]) == ("told", ["bea"]), "in a replay every letter arrives at once"


def outcomes(found: list[dict[str, Any]]) -> list[tuple[str, str, str | None, str]]:
    return [(one["slot"], one["outcome"], one["timing"], one["evidence"]) for one in found if "slot" in one]


def alerts(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (one["payload"]["kind"], one["payload"]["state"])
        for one in found
        if "/alert/" in one.get("topic", "") and one["payload"]
    ]


ACK = {"caregiver": "bea", "do": "ack"}
DAY = [
    online("05:00"),
    event("08:05", 1, care_days.taken(MORNING, at("08:05"))),
    state("08:20"),
    event("23:58:30", 2, care_days.missed(EVENING)),
    line("23:59", caregiver="bea", do="ack", alert="dose.missed", intent="I call her"),
    line("23:59:20", caregiver="bea", do="declare", slot=EVENING, outcome="self_reported", why="she took it"),
    line("23:59:50", end=True),
]


# What it writes.


def test_a_day_is_told_as_outcomes_messages_and_what_is_published() -> None:
    found = said(*DAY)
    assert found[0] == {
        "at": instant_text(at("05:00")),
        "topic": "pillbox/v1/hub/status",
        "payload": {"v": 1, "status": "online", "because": "listening"},
    }
    assert found[1]["topic"] == "pillbox/v1/kitchen/plan"
    assert outcomes(found) == [
        (MORNING, "taken", "on_time", "lid"),
        (EVENING, "missed", None, "none"),
        (EVENING, "self_reported", None, "caregiver"),
    ]
    assert [one["payload"]["seq"] for one in found if one.get("topic", "").endswith("/ack")] == [1, 2]
    missed = [state for kind, state in alerts(found) if kind == "dose.missed"]
    assert missed == ["told", "acknowledged", "resolved"]


def test_the_lines_have_exactly_the_keys_of_the_format() -> None:
    forms = {
        "topic": ["at", "topic", "payload"],
        "notify": ["at", "notify"],
        "slot": ["at", "slot", "outcome", "timing", "evidence", "because"],
    }
    seen = set()
    for one in said(*DAY):
        name = next(name for name in forms if name in one)
        seen.add(name)
        assert list(one) == forms[name]
        if name == "notify":
            assert list(one["notify"]) == ["to", "channel", "title", "body", "alert", "kind"]
    assert seen == set(forms)


def test_the_same_lines_give_the_same_bytes_also_in_another_process() -> None:
    first = "\n".join(replay(HOME, DAY))
    assert first == "\n".join(replay(HOME, DAY))
    source = (
        "from tests.test_hub_replay import DAY, HOME\nfrom hub.replay import replay\n"
        "print('\\n'.join(replay(HOME, DAY)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert other.stdout == first + "\n"


def test_time_passes_between_the_lines() -> None:
    found = said(online("05:00"), line("23:30", end=True))
    silent = next(one for one in found if "device.silent" in json.dumps(one))
    assert at("05:00") < instant_ms(silent["at"]) < at("06:00")
    assert [one[:2] for one in outcomes(found)] == [(MORNING, "unconfirmed"), (EVENING, "unconfirmed")][
        : len(outcomes(found))
    ]
    moments = [one["at"] for one in found]
    assert moments == sorted(moments)
    assert all(moment <= instant_text(at("23:30")) for moment in moments)


def test_every_part_a_box_lacks_from_the_start_is_an_alert_of_its_own() -> None:
    lacks = {"matrix_missing": "the LED matrix of the Sense HAT is absent", "buzzer_missing": "the buzzer"}
    events = [
        event("05:01", seq, absent(word, text)) for seq, (word, text) in enumerate(lacks.items(), start=1)
    ]
    again = event("05:02", 3, absent("buzzer_missing", "the buzzer"))
    found = said(online("05:00"), *events, again, line("05:03", end=True))
    told = [one["payload"]["body"] for one in found if "/alert/" in one.get("topic", "")]
    assert len([one for one in found if "notify" in one]) == len(told) == 2
    assert "The box kitchen reports: matrix missing. (the LED matrix of the Sense HAT is absent)" in told[0]
    assert "The box kitchen reports: buzzer missing. (the buzzer)" in told[1]


def test_without_an_end_nothing_happens_after_the_last_line() -> None:
    found = said(online("05:00"), state("06:00"))
    assert max(one["at"] for one in found) <= instant_text(at("06:00"))


def test_what_comes_in_at_the_instant_of_a_deadline_counts_before_it() -> None:
    alone = said(online("05:00"), line("21:00", end=True))
    judged = next(one for one in alone if one.get("outcome") == "unconfirmed")
    due = instant_ms(judged["at"])
    taken = json.loads(envelope_json(box_event(1, care_days.taken(MORNING, at("08:05")), when=at("08:05"))))
    just_in_time = line(due, topic="pillbox/v1/kitchen/event", payload=taken)
    found = said(online("05:00"), just_in_time, line("21:00", end=True))
    assert outcomes(found)[0] == (MORNING, "taken", "on_time", "lid")
    assert "unconfirmed" not in [one.get("outcome") for one in found if one.get("slot") == MORNING]
    too_late = line(due + 1, topic="pillbox/v1/kitchen/event", payload=taken)
    found = said(online("05:00"), too_late, line("21:00", end=True))
    assert [one[1] for one in outcomes(found) if one[0] == MORNING] == ["unconfirmed", "taken"]


def test_shifting_a_recording_by_a_day_shifts_the_answer_by_a_day() -> None:
    later = [one.replace(b"2026-11-23", b"2026-11-24") for one in DAY]
    first = [(one["at"], one.get("outcome")) for one in said(*DAY) if "outcome" in one]
    shifted = [(one["at"], one.get("outcome")) for one in said(*later) if "outcome" in one]
    assert shifted == [(moment.replace("11-23", "11-24"), outcome) for moment, outcome in first]


def test_the_hubs_own_messages_and_broken_ones_of_a_box_are_taken_as_they_would_be() -> None:
    found = said(
        online("05:00"),
        line("05:01", topic="pillbox/v1/kitchen/plan", payload={"any": "thing"}),
        line("05:02", topic="pillbox/v1/kitchen/event", payload="{broken"),
        line("05:03", topic="somebody/else", payload=""),
        event("05:04", 1, care_days.taken(MORNING, at("05:04"))),
    )
    assert [one["payload"]["seq"] for one in found if one.get("topic", "").endswith("/ack")] == [1]
    assert ("device.trouble", "told") in alerts(found) or ("device.trouble", "raised") in alerts(found)


def test_a_message_that_is_set_aside_is_named_by_the_number_of_its_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said(online("06:00"), line("06:01", topic="pillbox/v1/kitchen/event", payload={"v": 1}))
    assert [record.getMessage()[:7] for record in caplog.records] == ["line 2:"]
    caplog.clear()
    said(line("06:01", topic="pillbox/v1/kitchen/event", payload={"v": 1}))
    assert [record.getMessage()[:8] for record in caplog.records] == ["line 1: "]


def test_a_payload_may_be_an_object_or_its_text() -> None:
    as_object = event("08:05", 1, care_days.taken(MORNING, at("08:05")))
    plain = json.loads(as_object)
    plain["payload"] = json.dumps(plain["payload"])
    assert said(as_object) == said(json.dumps(plain).encode())


def test_an_empty_recording_says_nothing_and_empty_lines_mean_nothing() -> None:
    assert said() == []
    assert said(b"\n", b"  \n") == []
    assert said(*DAY[:2]) == said(DAY[0], b"\n", DAY[1], b"\n")


def test_what_was_said_before_a_bad_line_has_been_said() -> None:
    found = replay(HOME, [DAY[0], b"no json\n"])
    assert [json.loads(next(found))["topic"], json.loads(next(found))["topic"]] == [
        "pillbox/v1/hub/status",
        "pillbox/v1/kitchen/plan",
    ]
    with pytest.raises(ReplayRefused, match=r"^line 2: "):
        next(found)


# What people do.


def test_an_alert_is_named_by_its_id_its_kind_or_its_condition() -> None:
    missed = event("23:58:30", 2, care_days.missed(EVENING))
    found = said(online("05:00"), event("05:01", 1, care_days.taken(MORNING, at("05:01"))), missed)
    alert = next(
        one["payload"]["alert"] for one in found if one.get("payload", {}).get("kind") == "dose.missed"
    )
    for name in (alert, "dose.missed", f"dose.missed {EVENING}", "dose.m"):
        again = said(*DAY[:4], line("23:59", **ACK, alert=name, until="2026-11-24T00:30:00Z"))
        taken_on = [one for one in again if one.get("payload", {}).get("acknowledged")]
        assert taken_on[-1]["payload"]["acknowledged"] == {
            "by": "bea",
            "at": instant_text(at("23:59")),
            "until": instant_text(at("00:30", 24)),
        }


def test_the_patient_can_say_it_too() -> None:
    found = said(
        *DAY[:4], line("23:59:20", patient="ada", do="declare", slot=EVENING, outcome="skipped", why="ill")
    )
    assert outcomes(found)[-1][:2] == (EVENING, "skipped")


SAY = {"caregiver": "bea", "do": "declare", "slot": MORNING, "outcome": "skipped"}


def opened_early(compartment: str) -> DoseExtra:
    return DoseExtra(compartment=compartment, evidence="lid", because="not_due", opened_at=at("05:30"))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{", "not JSON"),
        (b"\xff\n", "not JSON in UTF-8"),
        (b"[]", "it is no object"),
        (b'{"at":"2026-11-23T09:00:00Z","at":"2026-11-23T09:00:00Z","end":true}', "one key twice"),
        (b'{"end":true}', "'at' is missing"),
        (b'{"at":1795435200000,"end":true}', "'at' is missing or is not text"),
        (b'{"at":"2026-11-23T09:00:00","end":true}', "is not an instant such as"),
        (b'{"at":"2026-13-23T09:00:00Z","end":true}', "is not a date that exists"),
        (b'{"at":"2026-11-23T09:00:00Z"}', "it has none of 'topic', 'caregiver', 'patient', 'entry', 'end'"),
        (line("09:00", lid="mon-am", open=True), "it has none of"),
        (line("09:00", topic="t"), "'payload' is missing"),
        (line("09:00", topic=7, payload=""), "'topic' is missing or is not text"),
        (line("09:00", topic="t", payload=7), "'payload' is neither an object nor text"),
        (line("09:00", topic="t", payload="", qos=1), "'qos' has no meaning beside 'topic'"),
        (line("09:00", end=False), "'end' can only be true"),
        (line("05:59"), "it has none of"),
        (line("05:59", end=True), "earlier than the line before it (2026-11-23T06:00:00.000Z)"),
        (line("09:00", caregiver="dan", do="ack", alert="a"), "there is no caregiver 'dan'"),
        (line("09:00", caregiver="bea", do="dance"), "a caregiver cannot do 'dance'"),
        (line("09:00", patient="ada", do="ack"), "a patient cannot do 'ack'"),
        (line("09:00", patient="bea", do="declare"), "there is no patient 'bea'"),
        (line("09:00", **ACK), "'alert' is missing"),
        (line("09:00", **ACK, alert="supply"), "no open alert is 'supply'"),
        (line("09:00", **ACK, alert="dose"), "several open alerts begin with 'dose'"),
        (line("09:00", **ACK, alert="dose.extra kitchen/mon-am", until="soon"), "is not an instant"),
        (
            line("09:00", **ACK, alert="dose.extra kitchen/mon-am", intent=7),
            "'intent' is missing or is not text",
        ),
        (
            line("09:00", **{**SAY, "outcome": "taken"}),
            "'taken' cannot be declared",
        ),
        (line("09:00", **{**SAY, "slot": "x/2026-11-23/08:00"}), "belongs to no patient"),
        (line("09:00", **{**SAY, "slot": None}), "'slot' is missing"),
        (line("09:00", **SAY, why="\ud800"), "'why' holds half a character"),
    ],
)
def test_a_line_without_meaning_is_refused_with_its_number_and_reason(bad: bytes, reason: str) -> None:
    before = [
        online("05:00"),
        event("05:30", 1, opened_early("mon-am")),
        event("06:00", 2, opened_early("mon-pm")),
    ]
    with pytest.raises(ReplayRefused) as refused:
        said(*before, bad)
    assert str(refused.value).startswith("line 4: ")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_nothing_comes_after_the_end() -> None:
    with pytest.raises(ReplayRefused, match="line 3: nothing can come after the end"):
        said(online("05:00"), line("06:00", end=True), online("07:00"))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.sampled_from([one[:n] + b"}" for one in DAY for n in range(0, 120, 3)]))
def test_any_line_is_replayed_or_refused_in_a_sentence(raw: bytes) -> None:
    refusal = "line 1: "
    try:
        said(raw)
    except ReplayRefused as refused:
        refusal = str(refused)
    assert refusal.startswith("line 1: ")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"by": "bea", "entry": {"kind": "dance"}}, "'entry' has no 'kind' of slot_stated"),
        ({"by": "bea", "entry": "dance"}, "'entry' has no 'kind' of slot_stated"),
        ({"by": "bea", "entry": {"kind": "tablets_counted"}}, "'entry'.regimen is missing"),
        ({"by": "bea", "patient": "eve", "entry": {"kind": "tablets_counted"}}, "'patient' is none of ada"),
    ],
)
def test_an_entry_without_meaning_is_refused(line: dict[str, object], reason: str) -> None:
    raw = json.dumps({"at": "2026-11-23T09:00:00Z", **line}).encode()
    with pytest.raises(ReplayRefused, match=re.escape(f"line 1: {reason}")):
        list(replay(HOME, [raw]))
