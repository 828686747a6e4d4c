"""Does a day on which ten things fail lead to one message for each real condition and step, and no more?"""

from __future__ import annotations

from collections import Counter

import pytest

from controller.wire.instants import DAY_MS, HOUR_MS
from hub.care.ledger import AlertRecord
from tests.evidence.faulty_day import FAULTS, FaultyHome, faulty_day, letters_of, told_table

# What was really so on that day, worked out by hand: each once, and nothing else.
REAL = [
    "device.silent kitchen",  # nobody hears it while the broker is down
    "device.silent kitchen",  # and while it is unplugged
    "care.help kitchen",
    "device.trouble kitchen/channel_bea_push 2026-03-28",
    "dose.missed azathioprine/2026-03-28/20:00",
]


@pytest.fixture(scope="module")
def home() -> FaultyHome:
    return faulty_day()


def alerts_of(home: FaultyHome) -> list[AlertRecord]:
    until_ms = home.begins_ms + DAY_MS + 12 * HOUR_MS
    return [one for one in home.store.alerts(resolved_too=True) if one.raised_at < until_ms]


def test_ten_things_fail() -> None:
    assert len({fault.name for fault in FAULTS}) == 10


def test_there_is_an_alert_for_each_real_condition_and_for_nothing_else(home: FaultyHome) -> None:
    assert sorted(one.condition for one in alerts_of(home)) == sorted(REAL)


def test_nobody_gets_the_same_step_of_a_condition_twice(home: FaultyHome) -> None:
    steps = Counter((one.alert, one.kind, one.to, one.channel) for _, one in letters_of(home))
    assert [step for step, times in steps.items() if times > 1] == []
    assert max(Counter(one.message for _, one in letters_of(home)).values()) == 1


def test_every_alert_of_that_day_was_told_to_somebody(home: FaultyHome) -> None:
    assert [one.condition for one in alerts_of(home) if not one.told] == []


def test_a_dead_webhook_delays_help_by_seconds(home: FaultyHome) -> None:
    pressed_ms = home.begins_ms + (13 * 60 + 5) * 60_000
    first = next(at_ms for at_ms, one in letters_of(home) if one.title == "Help was asked for")
    assert first - pressed_ms < 15_000


def test_every_dose_of_that_day_ends_as_it_was(home: FaultyHome) -> None:
    slots = home.store.slots_between("ada", home.begins_ms, home.begins_ms + DAY_MS + 12 * HOUR_MS)
    found = {slot.slot.partition("/")[2]: slot.outcome for slot in slots}
    assert found == {
        "2026-03-28/01:30": "taken",
        "2026-03-28/08:00": "taken",
        "2026-03-28/20:00": "missed",
        # The hour in which it was due did not exist.
        "2026-03-29/01:30": "taken",
        "2026-03-29/08:00": "taken",
    }
    assert home.breaches == []


def test_the_table_shows_every_fault_and_every_letter(home: FaultyHome) -> None:
    table = told_table(home)
    assert all(fault.name in table for fault in FAULTS)
    assert table.count("\n") == 1 + len(FAULTS) + len(letters_of(home))
