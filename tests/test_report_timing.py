"""Does what a box told of before it knew the time stand in the reports at its true time, or at none?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import (
    KIND_OF,
    EventData,
    ExcursionEnded,
    ExcursionStarted,
    LidDampRise,
    LockOverride,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms
from controller.wire.shape import to_plain, write_json
from controller.wire.words import ClockTrust
from hub.care.alerting.naming import Moment
from hub.care.alerting.words import storage_wording
from hub.reporting.account import Excursion
from hub.reporting.damp_rises import damp_rises
from hub.reporting.excursions import excursions
from hub.reporting.locks import lock_turns
from hub.reporting.owning import FAR_MS, Owned
from hub.store.port import Store, StoredEvent
from hub.store.sqlite.store import open_store
from tests.care_days import at
from tests.test_care_boxes import started

BOOT_AT = instant_ms("2026-11-23T06:00:00Z")
BEGAN_MS, TOLD_MS, OVER_MS, KNOWN_MS = 10 * MINUTE_MS, 20 * MINUTE_MS, 3 * HOUR_MS, 2 * HOUR_MS

offsets = st.integers(-20 * 365 * DAY_MS, 20 * 365 * DAY_MS)


def begun(since: int) -> ExcursionStarted:
    return ExcursionStarted(
        excursion="hot", rule="heat", because="beyond_limit", since=since, limit=40.0, value=46.0
    )


def over(since: int) -> ExcursionEnded:
    return ExcursionEnded(excursion="hot", rule="heat", because="back_within", since=since, extreme=47.0)


def stored(seq: int, data: EventData, mono_ms: int, wrong_ms: int, *, boot: str = "b1") -> StoredEvent:
    clock: ClockTrust = "untrusted" if wrong_ms else "synced"
    kind = KIND_OF[type(data)]
    return StoredEvent(
        box="kitchen", stream="s1", seq=seq, kind=kind, at=BOOT_AT + mono_ms + wrong_ms, boot=boot,
        mono_ms=mono_ms, clock=clock, data=write_json(to_plain(data)), received_at=BOOT_AT + DAY_MS,
    )  # fmt: skip


def kept(events: Iterable[StoredEvent]) -> Store:
    store = open_store(None)
    with store.transaction():
        store.add_events(list(events))
    return store


def reported(events: Iterable[StoredEvent], begin: int = 0, end: int = FAR_MS) -> list[Excursion]:
    store = kept(events)
    return list(excursions(store, ["kitchen"], begin, end, Owned(store, "ada", ())))


@settings(deadline=None, max_examples=25)
@given(wrong_ms=offsets.filter(bool), ends_known=st.booleans())
def test_law_9_an_excursion_stands_at_its_true_time_whatever_the_clock_showed(
    wrong_ms: int, ends_known: bool
) -> None:
    shown = BOOT_AT + BEGAN_MS + wrong_ms
    events = [stored(1, begun(shown), TOLD_MS, wrong_ms)]
    if ends_known:
        events.append(stored(2, over(shown), OVER_MS, 0))
    else:
        events.append(stored(2, over(shown), KNOWN_MS, wrong_ms))
        events.append(stored(3, begun(BOOT_AT + OVER_MS), OVER_MS, 0))
    first = reported(events)[0]
    ended_ms = OVER_MS if ends_known else KNOWN_MS
    assert (first.since, first.ended_at) == (BOOT_AT + BEGAN_MS, BOOT_AT + ended_ms)
    assert first.extreme == 47.0


@pytest.mark.parametrize("wrong_ms", [-200 * DAY_MS, 200 * DAY_MS])
def test_an_excursion_whose_time_nobody_knows_is_in_no_report_at_a_time_it_was_not(wrong_ms: int) -> None:
    shown = BOOT_AT + BEGAN_MS + wrong_ms
    unknown = stored(1, begun(shown), TOLD_MS, wrong_ms, boot="b0")
    after = stored(2, over(shown), OVER_MS, 0)
    assert reported([unknown]) == []
    assert reported([unknown, after]) == []


def test_what_began_when_the_time_was_known_and_ended_when_it_was_not_has_no_end() -> None:
    known = stored(1, begun(BOOT_AT + BEGAN_MS), TOLD_MS, 0, boot="b0")
    ended = replace(stored(2, over(BOOT_AT + BEGAN_MS), OVER_MS, -DAY_MS), boot="b9")
    [found] = reported([known, ended])
    assert (found.since, found.ended_at) == (BOOT_AT + BEGAN_MS, None)
    assert json.loads(ended.data)["extreme"] == 47.0


def test_it_is_in_the_report_of_the_day_on_which_it_truly_was() -> None:
    wrong_ms = -200 * DAY_MS
    shown = BOOT_AT + BEGAN_MS + wrong_ms
    events = [stored(1, begun(shown), TOLD_MS, wrong_ms), stored(2, over(shown), OVER_MS, 0)]
    assert len(reported(events, BOOT_AT, BOOT_AT + DAY_MS)) == 1
    assert reported(events, shown - DAY_MS, shown + DAY_MS) == []


@pytest.mark.parametrize("learnt", [False, True])
def test_who_opened_the_lock_stands_on_its_true_day_or_is_marked_as_doubtful(learnt: bool) -> None:
    wrong_ms = -200 * DAY_MS
    events = [stored(1, LockOverride(because="help_held"), TOLD_MS, wrong_ms)]
    if learnt:
        events.append(stored(2, over(BOOT_AT), OVER_MS, 0))
    found = list(lock_turns(kept(events), ["kitchen"], 0, FAR_MS, lambda box, instant: True))
    true_at = BOOT_AT + TOLD_MS
    assert [(one.at, one.is_timed) for one in found] == [(true_at if learnt else true_at + wrong_ms, learnt)]
    of_day = list(lock_turns(kept(events), ["kitchen"], BOOT_AT, true_at + 1, lambda box, instant: True))
    assert len(of_day) == learnt


@pytest.mark.parametrize("learnt", [False, True])
def test_damp_that_a_lid_let_in_is_of_its_true_day_or_of_none(learnt: bool) -> None:
    wrong_ms = -200 * DAY_MS
    rise = LidDampRise(
        compartment="mon-am", because="lid_open", since=BOOT_AT + BEGAN_MS + wrong_ms, open_ms=60_000,
        rise_pct=8.0, humidity_pct=58.0,
    )  # fmt: skip
    events = [stored(1, rise, TOLD_MS, wrong_ms)]
    if learnt:
        events.append(stored(2, over(BOOT_AT), OVER_MS, 0))
    found = damp_rises(kept(events), "kitchen", BOOT_AT, BOOT_AT + DAY_MS, lambda box, instant: True)
    assert [one.compartment for one in found] == (["mon-am"] if learnt else [])
    assert damp_rises(kept(events), "kitchen", 0, BOOT_AT, lambda box, instant: True) == ()


@pytest.mark.parametrize("kind", ["hot", "stale"])
def test_nobody_is_told_that_it_was_too_warm_since_a_time_that_only_a_wrong_clock_showed(kind: str) -> None:
    """A box that woke up in May told, in November, of heat that had lasted for half a year."""
    keeper = started()
    wrong = begun(at("06:00") - 200 * DAY_MS)
    data = wrong if kind == "hot" else replace(wrong, excursion="stale", rule="stale", limit=None, value=None)
    keeper.send(at("10:00"), data, when=at("06:10") - 200 * DAY_MS, clock="untrusted")
    alert = keeper.alert("storage.hot" if kind == "hot" else "storage.stale")
    assert alert.about_at is None
    assert "since a time that the box did not know" in alert.body
    assert "May" not in alert.body


def test_a_known_beginning_is_said_with_its_date() -> None:
    moment = Moment(ZoneInfo("Europe/London"), at("10:00"))
    body = storage_wording.storage("kitchen", begun(at("06:00")), moment, at("06:00")).body
    assert "has been too warm (above 40 °C) since 06:00 on 23 November." in body
