"""Is every ailment of the box's computer told once, at its time, and ended once, and none invented?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.heartbeat import HEARTBEAT_MS, Heartbeat
from controller.wire.envelope import Stamp
from controller.wire.events import BoxHealth
from controller.wire.health import BEGUN_BY, ENDED_BY, DeviceHealth
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.messages import BoxState
from controller.wire.shape import from_plain, to_plain, write_json
from controller.wire.topics import message_json, read_message, topic_of
from controller.witness import health
from controller.witness.box import recall, remembered, state_message, step
from controller.witness.health import RULES, Health
from controller.witness.inputs import DeviceRead, Record, Started
from controller.witness.state import Box, new_box
from firmware.ports import DeviceReading
from tests.box_parts import COMPARTMENTS, MORNING_MS

EVERY_MS = 2 * MINUTE_MS
WELL = DeviceReading(
    under_voltage=False, cpu_c=50.0, disk_free_pct=80.0, card_written_bytes=0, wifi_dbm=-55,
    battery_pct=100.0, battery_v=4.15,
)  # fmt: skip


def stamp(mono_ms: int, boot: str = "boot-1") -> Stamp:
    return Stamp(at=MORNING_MS + mono_ms, boot=boot, mono_ms=mono_ms, clock="synced")


def told(readings: Iterable[Mapping[str, Any]], *, known: Health | None = None) -> list[tuple[int, str]]:
    """Read every two minutes; return which reading brought which word."""
    after = known or Health()
    found = []
    for number, changes in enumerate(readings):
        after, said = health.read(after, replace(WELL, **changes), stamp(number * EVERY_MS))
        found += [(number, each.because) for each in said]
    return found


AILING: Mapping[str, tuple[str, Any, Any, int, int]] = {
    "under_voltage": ("under_voltage", True, False, 1, 15),
    "cpu_hot": ("cpu_c", 80.0, 70.0, 2, 2),
    "disk_low": ("disk_free_pct", 10.0, 15.0, 1, 1),
    "wifi_weak": ("wifi_dbm", -80, -74, 3, 3),
    "battery_low": ("battery_pct", 20.0, 30.0, 2, 2),
}
"""Word, what is measured, a value that is just ill, one that is just well, and the readings either takes."""
BETWEEN: Mapping[str, Any] = {"cpu_c": 75.0, "disk_free_pct": 12.0, "wifi_dbm": -77, "battery_pct": 25.0}


def only(word: str, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [row for row in found if row[1] in (word, ENDED_BY[word])]


@pytest.mark.parametrize("word", AILING)
def test_an_ailment_is_told_once_and_its_end_once(word: str) -> None:
    name, ill, well, worse_after, well_after = AILING[word]
    found = told([{name: ill}] * 20 + [{name: well}] * 20)
    assert only(word, found) == [(worse_after - 1, word), (19 + well_after, ENDED_BY[word])]


@pytest.mark.parametrize("word", sorted(set(AILING) - {"under_voltage"}))
def test_a_value_that_hovers_between_the_limits_tells_nothing(word: str) -> None:
    name, ill, _, worse_after, _ = AILING[word]
    assert only(word, told([{name: BETWEEN[name]}] * 50)) == []
    found = told([{name: ill}] * worse_after + [{name: BETWEEN[name]}, {name: ill}] * 25)
    assert only(word, found) == [(worse_after - 1, word)]


@pytest.mark.parametrize("word", AILING)
def test_what_cannot_be_measured_neither_begins_nor_ends_anything(word: str) -> None:
    name, ill, well, worse_after, well_after = AILING[word]
    assert only(word, told([{name: None}] * 40)) == []
    found = told([{name: ill}] * worse_after + [{name: None}] * 40)
    assert only(word, found) == [(worse_after - 1, word)]
    holed = [{name: well}] * (well_after - 1) + [{name: None}]
    if well_after > 1:
        found = told([{name: ill}] * worse_after + holed * 5)
        assert only(word, found) == [(worse_after - 1, word)]


def test_one_hot_reading_is_no_hot_processor() -> None:
    assert told([{"cpu_c": 85.0}, {}, {"cpu_c": 85.0}, {}]) == []


def test_a_computer_that_is_well_for_a_month_says_nothing() -> None:
    assert told([{}] * 2_000) == []


def test_a_day_of_much_writing_is_told_when_it_is_over_and_ended_by_a_day_of_little() -> None:
    per_reading = 5_000 * 2**20 * EVERY_MS // DAY_MS
    a_day = DAY_MS // EVERY_MS
    much = [{"card_written_bytes": number * per_reading} for number in range(a_day + 1)]
    little = [{"card_written_bytes": a_day * per_reading + number * 100} for number in range(1, a_day + 1)]
    found = told(much + little)
    assert found == [(a_day, "card_wearing"), (2 * a_day, "card_spared")]


def test_a_card_is_judged_by_what_was_written_in_the_day_and_not_since_it_started() -> None:
    assert told([{"card_written_bytes": 10**12}] * (3 * DAY_MS // EVERY_MS)) == []


def test_a_counter_that_begins_anew_begins_a_new_day() -> None:
    found = told([{"card_written_bytes": 10**13}, {"card_written_bytes": 0}] * 800)
    assert found == []


def charges(*percents: float) -> list[dict[str, float]]:
    return [{"battery_pct": percent} for percent in percents]


def test_a_charge_that_falls_is_a_box_on_its_battery_until_it_rises() -> None:
    found = told(charges(100, 99, 98, 97, 96, 95, 94, 94.5, 95, 96))
    assert found == [(3, "on_battery"), (8, "on_mains")]


def test_a_full_battery_that_sinks_a_little_over_days_is_not_on_battery() -> None:
    slow = [100 - number * 0.05 for number in range(400)]  # three points in two hours
    assert told(charges(*slow)) == []


def test_a_power_cut_after_days_on_mains_is_seen_within_minutes() -> None:
    found = told(charges(*[97.0] * 500, 96, 95, 94))
    assert found == [(502, "on_battery")]


def test_a_gauge_that_falls_silent_on_battery_is_no_end_of_it() -> None:
    found = told([*charges(100, 99, 98, 97), *[{"battery_pct": None}] * 30])
    assert found == [(3, "on_battery")]


def handled(box: Box, number: int, **changes: Any) -> tuple[Box, list[BoxHealth]]:
    happening = DeviceRead(stamp=stamp(number * EVERY_MS), reading=replace(WELL, **changes))
    box, effects = step(box, happening)
    return box, [
        each.data for each in effects if isinstance(each, Record) and isinstance(each.data, BoxHealth)
    ]


def watching() -> Box:
    box = new_box("kitchen", COMPARTMENTS)
    lids = dict.fromkeys(COMPARTMENTS, False)
    return step(box, Started(stamp=stamp(0), version="t", lids=lids))[0]


def test_a_restart_tells_nothing_twice_and_still_ends_what_it_told_before() -> None:
    box, said = handled(watching(), 1, disk_free_pct=5.0)
    assert [each.because for each in said] == ["disk_low"]
    again = recall("kitchen", COMPARTMENTS, remembered(box))
    lids = dict.fromkeys(COMPARTMENTS, False)
    again, _ = step(again, Started(stamp=stamp(10, "boot-2"), version="t", lids=lids))
    again, said = handled(again, 1, disk_free_pct=5.0)
    assert said == []
    again, said = handled(again, 2, disk_free_pct=50.0)
    assert said == [BoxHealth(because="disk_freed", text="50 % free")]


def test_readings_that_change_nothing_cost_no_commit() -> None:
    box, _ = handled(watching(), 1)
    before = remembered(box)
    for number in range(2, 50):
        box, _ = handled(box, number, cpu_c=40.0 + number % 7, card_written_bytes=number)
    after = remembered(box)
    assert all(after[name] is before[name] for name in before)


def test_what_a_box_of_before_remembered_is_still_read() -> None:
    parts = {name: text for name, text in remembered(watching()).items() if name != "ailing"}
    assert recall("kitchen", COMPARTMENTS, parts).health.ailing.words == ()


def test_the_words_told_say_what_was_measured() -> None:
    _, said = health.read(Health(), replace(WELL, disk_free_pct=4.2), stamp(0))
    assert said == (BoxHealth(because="disk_low", text="4 % free"),)


def test_the_state_shows_the_newest_measurement_and_what_ails() -> None:
    box, _ = handled(watching(), 1, disk_free_pct=5.0, wifi_dbm=None)
    state = state_message(box, outbox=0, version="t")
    assert state is not None
    assert state.health == DeviceHealth(
        ailing=("disk_low",), under_voltage=False, cpu_c=50.0, disk_free_pct=5.0, battery_pct=100.0,
        battery_v=4.15,
    )  # fmt: skip
    assert from_plain(BoxState, json.loads(write_json(to_plain(state)))) == state


def test_the_state_of_an_ailing_box_stays_as_it_was_released() -> None:
    golden = (Path(__file__).parent / "golden" / "health" / "state.json").read_text("utf-8").strip()
    box = watching()
    for number in range(1, 4):
        box, _ = handled(box, number, wifi_dbm=-82, disk_free_pct=71.5)
    state = state_message(box, outbox=3, version="0.1.0")
    assert state is not None
    assert message_json(state) == golden
    assert read_message(topic_of("state", box="kitchen"), golden)[2] == state
    plain = json.loads(golden)
    del plain["health"]
    assert from_plain(BoxState, plain).health is None


def test_a_box_that_measures_nothing_of_itself_says_nothing_of_it() -> None:
    box, _ = step(watching(), DeviceRead(stamp=stamp(1), reading=DeviceReading()))
    state = state_message(box, outbox=0, version="t")
    assert state is not None
    assert state.health is None
    assert "health" not in write_json(to_plain(state))


def test_a_new_ailment_is_worth_telling_and_a_warmer_processor_is_not() -> None:
    beat = Heartbeat()
    box, _ = handled(watching(), 1)

    def worth(changed: Box, mono_ms: int) -> bool:
        state = state_message(changed, outbox=0, version="t")
        assert state is not None
        return beat.worth_telling(state, mono_ms)

    assert worth(box, 0)
    warmer, _ = handled(box, 2, cpu_c=66.0)
    assert not worth(warmer, 1)
    full, _ = handled(warmer, 3, disk_free_pct=1.0)
    assert worth(full, 2)
    assert worth(full, 2 + HEARTBEAT_MS)


def test_every_rule_has_a_word_that_begins_and_one_that_ends_it() -> None:
    assert set(RULES) == set(ENDED_BY)
    assert len(BEGUN_BY) == len(ENDED_BY)
    assert not set(BEGUN_BY) & set(ENDED_BY)


numbers = st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False))
readings = st.builds(
    DeviceReading,
    under_voltage=st.one_of(st.none(), st.booleans()),
    cpu_c=numbers,
    disk_free_pct=numbers,
    card_written_bytes=st.one_of(st.none(), st.integers(0, 2**60)),
    wifi_dbm=st.one_of(st.none(), st.integers(-300, 100)),
    battery_pct=numbers,
)


@given(st.lists(st.tuples(readings, st.integers(0, 30 * HOUR_MS)), max_size=40))
def test_whatever_is_measured_beginnings_and_ends_of_an_ailment_take_turns(
    found: list[tuple[DeviceReading, int]],
) -> None:
    after, mono_ms = Health(), 0
    open_words: set[str] = set()
    for reading, passed_ms in found:
        mono_ms += passed_ms
        after, said = health.read(after, reading, stamp(mono_ms))
        for each in said:
            if each.because in ENDED_BY:
                assert each.because not in open_words
                open_words.add(each.because)
            else:
                open_words.remove(BEGUN_BY[each.because])
        assert set(after.ailing.words) == open_words
    unmeasured = DeviceReading()
    assert health.read(after, unmeasured, stamp(mono_ms))[1] == ()


@given(st.lists(readings, max_size=20), st.integers(0, 2**40))
def test_law_6_a_later_boot_clock_changes_nothing_that_is_told(
    found: list[DeviceReading], shift_ms: int
) -> None:
    def words(from_ms: int) -> list[str]:
        after, said = Health(), []
        for number, reading in enumerate(found):
            after, more = health.read(after, reading, stamp(from_ms + number * EVERY_MS))
            said += [each.because for each in more]
        return said

    assert words(0) == words(shift_ms)


def test_every_measurement_is_judged_or_shown() -> None:
    shown = {field.name for field in fields(DeviceHealth)}
    assert {field.name for field in fields(DeviceReading)} - shown == {"card_written_bytes"}
