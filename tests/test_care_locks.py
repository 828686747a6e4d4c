"""What do caregivers hear of a lock, and which word of whom opens one?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import LockForced, LockLocked, LockOpened, LockOverride
from controller.wire.instants import MINUTE_MS
from controller.wire.messages import Command
from controller.wire.topics import Outgoing, read_message
from hub.care.entries import BY_BOX, EntryUndone, UnlockAsked
from hub.care.locks import FORCED, OVERRIDE, SAME_MS
from hub.care.unlocking import EXPIRES_MS, unlock_command
from hub.engine import Engine
from hub.reporting import render
from hub.reporting.account import Report
from hub.store.sqlite.store import SqliteStore, open_store
from hub.writing import entry_of
from tests.care_days import Keeper, at, household
from tests.hub_examples import HOME
from tests.hub_parts import DUE_MS, home_toml
from tests.test_hub_engine import started
from tests.test_hub_gathering import asked, hear, keep

NOW = at("07:00")
HELD = LockOverride(because="help_held")
UNLOCK = UnlockAsked(box="kitchen", until=NOW + 10 * MINUTE_MS)


def minded() -> Keeper:
    keeper = Keeper(household())
    keeper.live(at("06:00"))
    return keeper


def test_whoever_opens_the_lock_by_the_button_is_told_of_until_somebody_answers() -> None:
    keeper = minded()
    keeper.send(at("06:30"), HELD)
    alert = keeper.alert(OVERRIDE)
    assert alert.want == "dose"
    assert alert.body == (
        "The help button of box kitchen was held for 10 seconds at 06:30 on 23 November. That opens the lock "
        "of all its lids, whatever is due. Who held it, and why, the box does not know: please ask, or look "
        "in."
    )
    keeper.send(at("06:45"), LockLocked(because="time_over"))
    assert OVERRIDE in keeper.kinds(), "that it is locked again is no answer"
    keeper.acknowledge(at("06:46"), keeper.alert(OVERRIDE), by="bea")
    keeper.live(at("07:30", 24))
    assert OVERRIDE not in keeper.kinds()


def test_the_same_button_held_again_at_once_is_no_second_alert_but_later_it_is() -> None:
    keeper = minded()
    keeper.send(at("06:10"), HELD)
    keeper.send(at("06:10") + SAME_MS - 1, LockOverride(because="refill_held"))
    assert len([kind for kind in keeper.kinds() if kind == OVERRIDE]) == 1
    keeper.send(at("06:10") + SAME_MS, LockOverride(because="refill_held"))
    assert len([kind for kind in keeper.kinds() if kind == OVERRIDE]) == 2


def test_a_forced_lid_is_told_for_each_compartment() -> None:
    keeper = minded()
    for lid in ("tue-am", "tue-am", "wed-am"):
        keeper.send(at("06:20"), LockForced(compartment=lid, because="opened_while_locked"))
    bodies = [one.body for one in keeper.alerts.values() if one.kind == FORCED]
    assert len(bodies) == 2
    assert "saw the Tuesday morning compartment opened while its lock was to hold it at 06:20" in bodies[0]


def test_what_a_box_that_does_not_know_the_time_tells_is_not_quoted_with_one() -> None:
    keeper = minded()
    keeper.send(at("10:00"), HELD, when=at("02:00"), clock="untrusted")
    body = keeper.alert(OVERRIDE).body
    assert "word of it came at 10:00 on 23 November, and the box did not know the time" in body
    assert "02:00" not in body


def test_what_the_plan_opens_the_lock_for_alerts_nobody() -> None:
    keeper = minded()
    keeper.send(at("06:20"), LockOpened(because="due", slot="azathioprine/2026-11-23/08:00"))
    keeper.send(at("06:21"), LockOpened(because="command", by="bea", until=at("06:31")))
    keeper.send(at("06:31"), LockLocked(because="time_over"))
    assert keeper.kinds() == []


# The command.


def test_the_word_of_a_caregiver_becomes_a_command_that_expires() -> None:
    entry = entry_of("ada", UNLOCK, by="bea", at_ms=NOW)
    assert unlock_command(entry, HOME, NOW + 2_000) == Command(
        v=1, box="kitchen", id=entry.entry, command="unlock", expires_at=NOW + EXPIRES_MS, until=UNLOCK.until,
        by="bea",
    )  # fmt: skip


@given(st.integers(-(10**9), 10**9))
def test_no_command_is_sent_that_would_come_too_late(late_ms: int) -> None:
    entry = entry_of("ada", UNLOCK, by="bea", at_ms=NOW)
    found = unlock_command(entry, HOME, NOW + late_ms)
    assert (found is not None) == (0 <= late_ms < EXPIRES_MS)


@pytest.mark.parametrize("by", ["mallory", BY_BOX, "kitchen", ""])
def test_no_stranger_s_word_becomes_a_command(by: str) -> None:
    assert unlock_command(entry_of("ada", UNLOCK, by=by, at_ms=NOW), HOME, NOW) is None


def test_no_command_goes_to_a_box_of_somebody_else_or_for_another_fact() -> None:
    other = entry_of("ada", replace(UNLOCK, box="cellar"), by="bea", at_ms=NOW)
    assert unlock_command(other, HOME, NOW) is None
    undone = entry_of("ada", EntryUndone(entry="e-1"), by="bea", at_ms=NOW)
    assert unlock_command(undone, HOME, NOW) is None
    handed_on = replace(HOME.boxes["kitchen"], patient="ida")
    home = replace(HOME, boxes={**HOME.boxes, "kitchen": handed_on})
    assert unlock_command(entry_of("ada", UNLOCK, by="bea", at_ms=NOW), home, NOW) is None


def commands(said: list[Outgoing]) -> list[Command]:
    found = [one for one in said if one.topic.endswith("/command")]
    assert not any(one.retain for one in found), "a command that stands at the broker would open it again"
    return [read_message(one.topic, one.payload)[2] for one in found]


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened


def test_the_running_hub_publishes_it_once_and_never_again_after_a_restart(store: SqliteStore) -> None:
    hub = started(store, NOW)
    entry = entry_of("ada", UNLOCK, by="bea", at_ms=NOW)
    [command] = commands(hub.write(entry, NOW + 1_000))
    assert (command.box, command.id, command.by) == ("kitchen", entry.entry, "bea")
    assert commands(hub.write(entry, NOW + 2_000)) == []
    again = Engine(store)
    assert commands(again.start(NOW + 3_000)) == []
    assert commands(again.take_entries(NOW + 3_000)) == []


def test_a_hub_that_was_down_opens_nothing_when_it_is_back(store: SqliteStore) -> None:
    started(store, NOW)
    with store.transaction():
        store.add_entry(entry_of("ada", UNLOCK, by="bea", at_ms=NOW))
    hub = Engine(store)
    hub.start(NOW + EXPIRES_MS)
    assert commands(hub.take_entries(NOW + EXPIRES_MS)) == []


# The report.


def report_of(store: SqliteStore) -> Report:
    with store.transaction():
        store.add_household(home_toml(), DUE_MS - MINUTE_MS)
    hub = Engine(store)
    hub.start(DUE_MS)
    hear(hub, 1, LockOpened(because="due", slot="azathioprine/2026-11-23/08:00"), DUE_MS + MINUTE_MS)
    asked_for = LockOpened(because="command", by="bea", until=DUE_MS + 20 * MINUTE_MS)
    hear(hub, 2, asked_for, DUE_MS + 10 * MINUTE_MS)
    hear(hub, 3, HELD, DUE_MS + 30 * MINUTE_MS)
    hear(hub, 4, LockOpened(because="override"), DUE_MS + 30 * MINUTE_MS)
    forced = LockForced(compartment="tue-am", because="opened_while_locked")
    hear(hub, 5, forced, DUE_MS + 50 * MINUTE_MS)
    hear(hub, 6, LockOpened(because="refill"), DUE_MS + 60 * MINUTE_MS)
    return asked(store)


def test_the_report_says_who_opened_the_lock_and_when(store: SqliteStore) -> None:
    text = render(report_of(store), "table")
    section = text[text.index("The lock of the box, beside what was due:") :].split("\n\n")[0]
    assert [" ".join(line.split()) for line in section.replace("\n    ", " ").splitlines()[1:]] == [
        "2026-11-23 08:10, box kitchen: opened until 08:20; Bea had asked for it",
        "2026-11-23 08:30, box kitchen: opened at the box: somebody held the help button for 10 seconds",
        "2026-11-23 08:50, box kitchen: tue-am opened while the lock was to hold it",
        "2026-11-23 09:00, box kitchen: opened for a refill",
    ]


def test_the_report_says_so_to_programs_too(store: SqliteStore) -> None:
    report = report_of(store)
    plain = json.loads(render(report, "json"))["locks"]
    assert [(one["kind"], one["by"], one["compartment"]) for one in plain] == [
        ("opened", "bea", None), ("override", None, None), ("forced", None, "tue-am"), ("opened", None, None),
    ]  # fmt: skip
    rows = [line for line in render(report, "csv").splitlines() if ",lock_" in line]
    assert len(rows) == 4
    assert "bea" in rows[0]


def test_a_report_of_a_box_without_a_lock_does_not_speak_of_one(store: SqliteStore) -> None:
    keep(store, home_toml(), DUE_MS - MINUTE_MS)
    Engine(store).start(DUE_MS)
    found = asked(store, None, date(2026, 11, 23), date(2026, 11, 23))
    assert "lock" not in render(found, "table")
