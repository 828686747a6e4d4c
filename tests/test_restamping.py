"""Does what a box recorded before it knew the time come to stand at its true time, with nothing rewritten?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.replay import replay
from controller.wire.envelope import Stamp
from controller.wire.events import ClimateSampled, HumiditySpan, TemperatureSpan
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms, instant_text
from controller.wire.shape import to_plain, write_json
from controller.wire.words import ClockTrust
from hub.care.restamping import moved, moved_by_ms
from hub.reporting.air import SAMPLED, watched_air
from hub.store.port import Store, StoredEvent
from hub.store.sqlite.store import open_store

NOON = instant_ms("2026-11-23T12:00:00Z")
QUARTER_MS = 15 * MINUTE_MS
BOOT_AT = NOON - 10 * MINUTE_MS

offsets = st.integers(-20 * 365 * DAY_MS, 20 * 365 * DAY_MS)


def stamp(mono_ms: int, offset_ms: int = 0, clock: ClockTrust = "synced", boot: str = "b1") -> Stamp:
    return Stamp(at=BOOT_AT + mono_ms + offset_ms, boot=boot, mono_ms=mono_ms, clock=clock)


@given(st.integers(0, 40 * DAY_MS), st.integers(0, 40 * DAY_MS), offsets)
def test_law_9_whatever_the_clock_showed_the_true_time_is_found(
    first: int, later: int, wrong_ms: int
) -> None:
    doubtful, trusted = stamp(first, wrong_ms, "untrusted"), stamp(first + later)
    by_ms = moved_by_ms(doubtful, trusted)
    assert by_ms is not None
    assert moved(doubtful.at, by_ms) == BOOT_AT + first


@given(st.lists(st.integers(0, DAY_MS), min_size=2, max_size=9), offsets)
def test_the_order_and_the_distances_of_the_boot_clock_are_kept(monos: list[int], wrong_ms: int) -> None:
    trusted = stamp(DAY_MS)
    found = []
    for mono_ms in monos:
        doubtful = stamp(mono_ms, wrong_ms, "untrusted")
        by_ms = moved_by_ms(doubtful, trusted)
        assert by_ms is not None
        found.append(moved(doubtful.at, by_ms))
    assert [at - found[0] for at in found] == [mono_ms - monos[0] for mono_ms in monos]


def test_another_boot_and_another_doubtful_clock_tell_nothing() -> None:
    doubtful = stamp(0, -DAY_MS, "untrusted")
    assert moved_by_ms(doubtful, stamp(5, boot="b2")) is None
    assert moved_by_ms(doubtful, stamp(5, clock="untrusted")) is None
    assert moved_by_ms(stamp(0), stamp(5)) is None, "what was trusted stays as it is"


def sampled(number: int, *, wrong_ms: int, clock: ClockTrust, boot: str = "b1") -> StoredEvent:
    mono_ms = (number + 1) * QUARTER_MS
    at = BOOT_AT + mono_ms + wrong_ms
    data = ClimateSampled(
        sensor="sht4x", since=at - QUARTER_MS, readings=15,
        temperature_c=TemperatureSpan(low=20, mean=21 + number % 5, high=30),
        humidity_pct=HumiditySpan(low=40, mean=45, high=50),
    )  # fmt: skip
    return StoredEvent(
        box="kitchen", stream="s1", seq=number + 1, kind="climate.sampled", at=at, boot=boot, mono_ms=mono_ms,
        clock=clock, data=write_json(to_plain(data)), received_at=NOON,
    )  # fmt: skip


def kept(events: Iterable[StoredEvent]) -> Store:
    store = open_store(None)
    with store.transaction():
        store.add_events(list(events))
    return store


@settings(deadline=None, max_examples=12)
@given(doubtful=st.integers(0, 12), wrong_ms=offsets)
def test_law_9_the_air_of_a_box_that_learnt_the_time_late_is_that_of_one_that_always_knew_it(
    doubtful: int, wrong_ms: int
) -> None:
    right = [sampled(number, wrong_ms=0, clock="synced") for number in range(13)]
    wrong = [
        sampled(number, wrong_ms=wrong_ms if number < doubtful else 0,
                clock="untrusted" if number < doubtful else "synced")
        for number in range(13)
    ]  # fmt: skip
    begin, end = BOOT_AT, BOOT_AT + 13 * QUARTER_MS
    store = kept(wrong)
    assert watched_air(store, "kitchen", begin, end) == watched_air(kept(right), "kitchen", begin, end)
    assert [store.event("kitchen", "s1", one.seq) for one in wrong] == wrong, "nothing stored is rewritten"


def test_a_boot_that_never_learnt_the_time_stays_a_gap() -> None:
    wrong = [sampled(number, wrong_ms=-HOUR_MS, clock="untrusted", boot="b0") for number in range(4)]
    right = [replace(sampled(number, wrong_ms=0, clock="synced"), seq=9 + number) for number in range(4, 8)]
    found = watched_air(kept([*wrong, *right]), "kitchen", BOOT_AT, BOOT_AT + 8 * QUARTER_MS)
    assert [(gap.since, gap.until) for gap in found.gaps()] == [(BOOT_AT, BOOT_AT + 4 * QUARTER_MS)]


def test_air_that_was_truly_of_another_day_is_not_of_the_day_its_clock_showed() -> None:
    events = [sampled(number, wrong_ms=-3 * DAY_MS, clock="untrusted") for number in range(8)]
    events.append(sampled(8, wrong_ms=0, clock="synced"))
    shown = BOOT_AT - 3 * DAY_MS
    found = watched_air(kept(events), "kitchen", shown, shown + 8 * QUARTER_MS)
    assert found.samples == ()


def test_a_box_from_its_start_without_the_time_to_the_hub_that_knows_it() -> None:
    """A Pi without a network all morning: its readings are no gap once the network has come."""
    start = instant_ms("2026-11-23T06:00:00Z")
    lines = [{"at": instant_text(start), "clock": "untrusted", "offset_s": -86_400}]
    for minute in range(1, 240):
        if minute == 150:
            lines.append({"at": instant_text(start + minute * MINUTE_MS), "clock": "synced", "offset_s": 0})
        air = {"temperature_c": 21.0, "humidity_pct": 45.0 + minute % 3}
        lines.append({"at": instant_text(start + minute * MINUTE_MS), "climate": air})
    out: list[str] = []
    replay((json.dumps(line) for line in lines), out.append)
    said = [json.loads(text)["payload"] for text in out]
    events = [
        StoredEvent(
            box=one["box"], stream=one["stream"], seq=one["seq"], kind=one["kind"], at=instant_ms(one["at"]),
            boot=one["boot"], mono_ms=one["mono_ms"], clock=one["clock"], data=write_json(one["data"]),
            received_at=NOON,
        )
        for one in said if "seq" in one and "kind" in one
    ]  # fmt: skip
    assert {"untrusted", "synced"} == {one.clock for one in events}
    store = kept(events)
    assert len(store.untimed("kitchen", SAMPLED)) >= 8
    found = watched_air(store, "kitchen", start + HOUR_MS, start + 3 * HOUR_MS)
    assert found.gaps() == ()
