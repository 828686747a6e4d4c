"""Does recorded input give the answer the box gave, byte for byte, and is nonsense refused by its line?"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import ReplayRefused
from controller.recorded import read_lines
from controller.replay import replay
from controller.wire.instants import HOUR_MS, MINUTE_MS, instant_ms, instant_text
from controller.wire.topics import read_message
from tests.box_parts import HUB_TOPIC, MORNING_MS, PLAN_TOPIC, REPOSITORY, plan


def at(hours: float) -> str:
    return instant_text(MORNING_MS + round(hours * HOUR_MS))


def line(hours: float, **said: Any) -> str:
    return json.dumps({"at": at(hours), **said})


PLAN = line(0, topic=PLAN_TOPIC, payload=plan())
END = line(17, end=True)


def replayed(*lines: str, **options: Any) -> list[dict[str, Any]]:
    out = io.StringIO()
    replay(lines, out.write, **options)
    return [json.loads(text) for text in out.getvalue().splitlines()]


def text_of(lines: Iterable[str]) -> str:
    out = io.StringIO()
    replay(lines, out.write)
    return out.getvalue()


def said(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [each for each in lines if each["topic"].endswith(f"/{name}")]


def found(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return time of day and kind of every event."""
    return [(each["at"][11:19], each["payload"]["kind"]) for each in said(lines, "event")]


def opening(hours: float, lid: str) -> tuple[str, str]:
    return line(hours, lid=lid, open=True), line(hours + 0.001, lid=lid, open=False)


def test_a_day_in_which_one_dose_is_taken_and_one_is_not() -> None:
    day = replayed(PLAN, *opening(2.1, "mon-am"), END)
    assert found(day) == [
        ("06:00:00", "box.started"),
        ("08:06:00", "lid.opened"),
        ("08:06:00", "dose.taken"),
        ("08:06:03", "lid.closed"),
        ("20:30:00", "reminder.given"),
        ("22:00:00", "dose.missed"),
    ]


def test_the_box_is_woken_exactly_when_it_asked_to_be() -> None:
    day = replayed(PLAN, END)
    [first, second] = [each for each in said(day, "event") if each["payload"]["kind"] == "reminder.given"]
    assert (first["at"], second["at"]) == (at(2.5), at(14.5))


def test_every_line_is_a_message_of_the_contract_as_it_would_cross_the_wire() -> None:
    for each in replayed(PLAN, *opening(2.1, "mon-am"), line(3, climate=None), END):
        assert set(each) == {"at", "topic", "payload"}
        read_message(each["topic"], json.dumps(each["payload"]))


def test_law_7_the_same_input_gives_the_same_bytes() -> None:
    lines = [PLAN, *opening(2.1, "mon-am"), line(9, power="off"), line(9.5, power="on"), END]
    assert text_of(lines) == text_of(lines)


def test_the_payload_may_be_an_object_or_its_text() -> None:
    as_text = line(0, topic=PLAN_TOPIC, payload=json.dumps(plan()))
    assert text_of([PLAN, END]) == text_of([as_text, END])


def test_without_an_end_the_recording_stops_at_its_last_line() -> None:
    assert found(replayed(PLAN, line(2.5, lid="mon-am", open=True)))[-1][0] == "08:30:00"


def test_nothing_after_the_end_is_looked_at() -> None:
    assert text_of([PLAN, END, "this is never read"]) == text_of([PLAN, END])


def test_at_the_same_instant_what_happened_comes_before_what_time_brings() -> None:
    """The reminder is due at the very instant the lid opens: the dose is taken and nobody is reminded."""
    day = found(replayed(PLAN, line(2.5, lid="mon-am", open=True), line(3, end=True)))
    assert ("08:30:00", "dose.taken") in day
    assert not [kind for _, kind in day if kind == "reminder.given"]


def test_an_unplugged_box_says_nothing_more_and_its_last_will_is_published() -> None:
    day = replayed(PLAN, line(1, power="off"), *opening(2.1, "mon-am"), line(20, end=True))
    assert day[-1]["at"] == at(1)
    assert day[-1]["payload"] == {"v": 1, "box": "kitchen", "status": "offline", "because": "connection_lost"}


def test_a_box_that_was_off_through_a_window_testifies_that_it_did_not_see_it() -> None:
    day = replayed(PLAN, line(1.5, power="off"), line(12, power="on"), line(13, end=True))
    [verdict] = [
        each["payload"] for each in said(day, "event") if each["payload"]["kind"] == "dose.unobserved"
    ]
    assert verdict["data"]["because"] == "box_off"
    assert verdict["boot"] == "boot-2"
    assert not [kind for _, kind in found(day) if kind == "dose.missed"]


def test_a_lid_that_was_moved_while_the_box_was_off_is_found_so_at_its_start() -> None:
    day = replayed(PLAN, line(1, power="off"), line(2, lid="tue-am", open=True), line(3, power="on"))
    [move] = [each["payload"] for each in said(day, "event") if each["payload"]["kind"] == "lid.opened"]
    assert move["data"] == {"compartment": "tue-am", "because": "at_boot"}


def test_the_recording_may_begin_with_the_box_unplugged() -> None:
    day = replayed(line(0, power="off"), line(1, power="on"), line(2, end=True))
    assert found(day)[0] == ("07:00:00", "box.started")


def test_while_the_link_is_down_all_is_held_back_and_then_it_flows_in_order() -> None:
    day = replayed(PLAN, line(1, link="down"), *opening(2.1, "mon-am"), line(4, link="up"), line(5, end=True))
    assert found(day)[1:] == [
        ("10:00:00", "lid.opened"),
        ("10:00:00", "dose.taken"),
        ("10:00:00", "lid.closed"),
    ]
    [opened, *_] = [each["payload"] for each in said(day, "event")[1:]]
    assert opened["at"] == at(2.1), "it tells when it happened, not when it was heard"


def test_a_plan_that_comes_while_the_link_is_down_reaches_the_box_when_it_is_up() -> None:
    held = line(0.5, topic=PLAN_TOPIC, payload=plan())
    day = replayed(
        line(0, link="down"), held, line(0.8, link="up"), *opening(2.1, "mon-am"), line(3, end=True)
    )
    assert ("08:06:00", "dose.taken") in found(day)


def test_a_retained_plan_is_there_again_after_a_power_cut_even_for_a_box_that_forgot() -> None:
    day = replayed(
        line(0, power="off"), line(0.1, topic=PLAN_TOPIC, payload=plan()), line(0.5, power="on"),
        *opening(2.1, "mon-am"), line(3, end=True),
    )  # fmt: skip
    assert ("08:06:00", "dose.taken") in found(day)


def test_a_command_waits_for_the_link_as_a_broker_keeps_it() -> None:
    command = {"v": 1, "box": "kitchen", "id": "c1", "command": "refill_start", "expires_at": at(9)}
    topic = "pillbox/v1/kitchen/command"
    day = replayed(
        line(0, link="down"), line(1, topic=topic, payload=command), line(2, link="up"), line(2.1, end=True)
    )
    assert ("08:00:00", "refill.started") in found(day)


def test_a_doubtful_clock_gives_no_verdict_until_it_is_set() -> None:
    day = replayed(
        line(0, clock="untrusted", offset_s=-3600), PLAN, *opening(2.1, "mon-am"),
        line(2.5, clock="synced"), line(2.6, end=True),
    )  # fmt: skip
    assert ("08:06:00", "lid.opened") in found(day)
    [taken] = [each["payload"] for each in said(day, "event") if each["payload"]["kind"] == "dose.taken"]
    assert taken["data"]["opened_at"] == at(2.1), "restamped once the true time was known"


def test_the_wall_clock_of_the_box_shows_its_offset_and_its_trust() -> None:
    day = replayed(line(0, clock="rtc", offset_s=90), line(1, lid="mon-am", open=True))
    move = said(day, "event")[-1]
    assert move["payload"]["at"] == instant_text(MORNING_MS + HOUR_MS + 90_000)
    assert move["payload"]["clock"] == "rtc"
    assert move["at"] == at(1)


def test_a_hub_that_is_not_mentioned_is_there_and_prompt() -> None:
    states = said(replayed(PLAN, line(1, lid="mon-am", open=True)), "state")
    assert states[-1]["payload"]["hub"] == "online"
    assert states[-1]["payload"]["outbox"] < 3


def test_a_hub_that_is_said_to_be_offline_is_offline() -> None:
    hub = {"v": 1, "status": "offline", "because": "connection_lost"}
    states = said(replayed(line(1, topic=HUB_TOPIC, payload=hub)), "state")
    assert states[-1]["payload"]["hub"] == "offline"


def test_nothing_is_sent_twice_to_a_prompt_hub() -> None:
    day = replayed(PLAN, *opening(2.1, "mon-am"), line(5, link="down"), line(6, link="up"), END)
    seqs = [each["payload"]["seq"] for each in said(day, "event")]
    assert seqs == sorted(set(seqs))


def test_an_acknowledgement_in_the_input_is_honoured() -> None:
    ack = {"v": 1, "box": "kitchen", "stream": "replay", "seq": 900}
    day = replayed(PLAN, line(1, topic="pillbox/v1/kitchen/ack", payload=ack), *opening(2.1, "mon-am"))
    assert {each["payload"]["stream"] for each in said(day, "event")} == {"replay", "replay-2"}


def test_what_is_malformed_for_the_box_is_the_boxs_to_tell() -> None:
    day = replayed(line(0, topic=PLAN_TOPIC, payload="rubbish"))
    [health] = [each["payload"]["data"] for each in said(day, "event") if "count" in each["payload"]["data"]]
    assert health["because"] == "message_refused"


def test_what_a_broker_would_not_give_this_box_is_passed_over() -> None:
    other = line(0.5, topic="pillbox/v1/bedroom/plan", payload=plan(box="bedroom"))
    event = line(0.6, topic="pillbox/v1/kitchen/event", payload={})
    assert text_of([PLAN, other, event, END]) == text_of([PLAN, END])


def test_a_box_of_other_compartments_is_known_by_its_plan() -> None:
    custom = line(0, topic=PLAN_TOPIC, payload=plan(slots=[("08:00", "a1", 2)]))
    day = replayed(custom, *opening(2.1, "a1"))
    assert ("08:06:00", "dose.taken") in found(day)


def test_the_box_and_its_compartments_can_be_named() -> None:
    day = replayed(line(0, lid="left", open=True), box="bedroom", compartments=("left", "right"))
    assert {each["topic"].split("/")[2] for each in day} == {"bedroom"}
    assert said(day, "state")[-1]["payload"]["lids"] == {"left": True, "right": False}


@pytest.mark.parametrize("options", [{"box": "Kit Chen"}, {"compartments": ("a1", "A 2")}, {"box": "a/b"}])
def test_a_name_that_could_not_cross_the_wire_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ReplayRefused, match="can be called"):
        replayed(line(0, end=True), **options)


def test_a_plan_of_compartments_that_cannot_be_is_the_boxs_to_refuse() -> None:
    bad = line(0, topic=PLAN_TOPIC, payload=plan(slots=[("08:00", "Attic!", 2)]))
    assert ("06:00:00", "box.health") in found(replayed(bad))


def test_an_empty_recording_gives_nothing() -> None:
    assert replayed() == []
    assert replayed("", "  \n") == []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ('{"at":', "no JSON"),
        ("[]", "no JSON object"),
        ("[" * 100_000, "no JSON"),
        ('{"lid":"mon-am","open":true}', "at is missing"),
        ('{"at":"tomorrow","lid":"mon-am","open":true}', "not an instant"),
        (line(1, lid="mon-am"), "none of the forms"),
        (line(1, lid="mon-am", open="yes"), "not true or false"),
        (line(1, lid="MON AM", open=True), "does not match"),
        (line(1, lid="attic", open=True), "no compartment 'attic'"),
        (line(1, lid="mon-am", open=True, colour="red"), "none of the forms"),
        (line(1, climate={"temperature_c": 20}), "humidity_pct is missing"),
        (line(1, climate={"temperature_c": 2000, "humidity_pct": 5}), "outside"),
        ('{"at":"2026-11-23T07:00:00Z","climate":{"temperature_c":NaN,"humidity_pct":5}}', "finite"),
        (line(1, button="self_destruct"), "not one of"),
        (line(1, button=["snooze"]), "not one of"),
        (line(1, power="maybe"), "not one of off, on"),
        (line(1, link=1), "not one of up, down"),
        (line(1, clock="perfect"), "not one of"),
        (line(1, clock="rtc", offset_s="late"), "not a number"),
        (line(1, clock="rtc", offset_s=1e12), "ten years"),
        (line(1, end=False), "end is not true"),
        (line(1, topic="pillbox/v1/kitchen/nonsense", payload={}), "no topic of the contract"),
        (line(1, topic=PLAN_TOPIC, payload=7), "neither an object nor text"),
        (line(1), "none of the forms"),
        (line(-1, lid="mon-am", open=True), "before that of the line above"),
        ('{"at":"2026-11-23T07:00:00Z","lid":"\udcff","open":true}', "not UTF-8"),
    ],
)
def test_a_line_that_cannot_be_replayed_is_refused_with_its_number_and_reason(bad: str, why: str) -> None:
    with pytest.raises(ReplayRefused) as refused:
        replayed(PLAN, "", bad, END)
    assert str(refused.value).startswith("line 3: ")
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda raw: raw.decode("latin-1"))))
def test_no_line_whatever_is_more_than_refused(text: str) -> None:
    with contextlib.suppress(ReplayRefused):
        list(read_lines([text]))


HAPPENINGS = st.one_of(
    st.tuples(st.just("lid"), st.sampled_from(["mon-am", "mon-pm"]), st.booleans()),
    st.tuples(st.just("power"), st.sampled_from(["on", "off"]), st.none()),
    st.tuples(st.just("link"), st.sampled_from(["up", "down"]), st.none()),
    st.tuples(st.just("clock"), st.sampled_from(["synced", "rtc", "untrusted"]), st.integers(-7_200, 7_200)),
    st.tuples(
        st.just("button"), st.sampled_from(["snooze", "taken_elsewhere", "refill", "quiet"]), st.none()
    ),
    st.tuples(st.just("climate"), st.none(), st.none()),
)


def scenario(moves: list[tuple[int, tuple[str, Any, Any]]], *, shift_ms: int = 0) -> list[str]:
    def instant(ms: int) -> str:
        return instant_text(MORNING_MS + shift_ms + ms)

    now_ms, lines = (
        0,
        [json.dumps({"at": instant(0), "topic": PLAN_TOPIC, "payload": shifted(plan(), shift_ms)})],
    )
    for gap_ms, (what, value, extra) in moves:
        now_ms += gap_ms
        move: dict[str, Any] = {"at": instant(now_ms), what: value}
        if what == "lid":
            move["open"] = extra
        elif what == "clock":
            move["offset_s"] = extra
        lines.append(json.dumps(move))
    lines.append(json.dumps({"at": instant(now_ms + HOUR_MS), "end": True}))
    return lines


def shifted(value: Any, shift_ms: int) -> Any:
    """Move every instant in a message, and no word that merely looks like one."""
    if isinstance(value, dict):
        return {key: shifted(item, shift_ms) for key, item in value.items()}
    if isinstance(value, list):
        return [shifted(item, shift_ms) for item in value]
    if isinstance(value, str) and value.endswith("Z") and value.count(":") == 2:
        return instant_text(instant_ms(value) + shift_ms)
    return value


MOVES = st.lists(st.tuples(st.integers(0, 4 * HOUR_MS), HAPPENINGS), max_size=12)


@settings(max_examples=40, deadline=None)
@given(moves=MOVES)
def test_law_7_any_recording_replays_to_the_same_bytes_and_events_stay_in_order(
    moves: list[tuple[int, tuple[str, Any, Any]]],
) -> None:
    lines = scenario(moves)
    first = text_of(lines)
    assert first == text_of(lines)
    out = [json.loads(text) for text in first.splitlines()]
    assert [each["at"] for each in out] == sorted(each["at"] for each in out)
    seqs = [each["payload"]["seq"] for each in said(out, "event")]
    assert seqs == list(range(1, len(seqs) + 1)), "each event once, none left out"


@settings(max_examples=25, deadline=None)
@given(moves=MOVES, days=st.integers(-300, 3_000), ms=st.integers(0, 86_399_999))
def test_law_6_a_shifted_recording_gives_the_answer_shifted_as_much(
    moves: list[tuple[int, tuple[str, Any, Any]]], days: int, ms: int
) -> None:
    shift_ms = days * 24 * HOUR_MS + ms
    there = [shifted(json.loads(text), shift_ms) for text in text_of(scenario(moves)).splitlines()]
    assert there == [json.loads(text) for text in text_of(scenario(moves, shift_ms=shift_ms)).splitlines()]


# The program.


def pillbox_controller(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "controller.cli", *arguments],
        cwd=REPOSITORY, input=given, capture_output=True, check=False, timeout=30,
    )  # fmt: skip


def test_a_day_replays_within_a_second_and_to_the_same_bytes_every_time(tmp_path: Path) -> None:
    air = [
        line(m / 60, climate={"temperature_c": 21 + m % 7 / 10, "humidity_pct": 45.0}) for m in range(1_440)
    ]
    day = tmp_path / "day.jsonl"
    day.write_text("\n".join([PLAN, *air, line(24, end=True)]), encoding="utf-8")
    took_s: list[float] = []
    outputs: set[bytes] = set()
    for _ in range(2):
        # What it took of a processor: the machine may be busy with other tests.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = pillbox_controller("replay", str(day))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took_s.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.returncode == 0, done.stderr
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert min(took_s) < 1.0


def test_the_standard_input_serves_as_well_as_a_file(tmp_path: Path) -> None:
    text = "\n".join([PLAN, *opening(2.1, "mon-am"), END]).encode()
    (tmp_path / "day.jsonl").write_bytes(text)
    from_file = pillbox_controller("replay", str(tmp_path / "day.jsonl"))
    assert from_file.stdout == pillbox_controller("replay", "-", given=text).stdout
    assert from_file.stdout == pillbox_controller("replay", given=text).stdout


@pytest.mark.parametrize(
    ("given", "number"),
    [(b"{", 1), (b'{"at":"2026-11-23T07:00:00Z","end":true,\xff\xfe', 1), (f"{PLAN}\nx".encode(), 2)],
)
def test_a_refused_line_ends_the_program_with_status_2_and_one_sentence(given: bytes, number: int) -> None:
    done = pillbox_controller("replay", "-", given=given)
    assert done.returncode == 2
    assert done.stderr.startswith(f"pillbox-controller: line {number}: ".encode())
    assert done.stderr.count(b"\n") == 1


def test_a_file_that_is_not_there_is_said_in_a_sentence() -> None:
    done = pillbox_controller("replay", "/no/such/file")
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"cannot be read" in done.stderr


def test_a_reader_that_has_enough_ends_the_program_quietly() -> None:
    lines = [PLAN, *(line(h / 100, lid="mon-am", open=h % 2 == 0) for h in range(2_000)), line(30, end=True)]
    with subprocess.Popen(
        [sys.executable, "-m", "controller.cli", "replay"],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as program:  # fmt: skip
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdin.write("\n".join(lines).encode())
        program.stdin.close()
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(timeout=20) == 0


def test_a_replay_never_wakes_more_often_than_every_few_minutes_on_an_idle_day() -> None:
    quiet = replayed(PLAN, line(24 * 5, end=True))
    assert len(said(quiet, "state")) < 5 * 24 * 60 * MINUTE_MS / (4 * MINUTE_MS)
