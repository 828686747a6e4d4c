"""Does a program notice that it stood still, and only then?"""

from __future__ import annotations

import pytest

from controller.running import pulse
from controller.running.pulse import STALLED_S, Pulse


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A boot clock of one reading that the test moves."""
    now_s = [1_000.0]
    monkeypatch.setattr(pulse, "_boot_s", lambda: now_s[0])
    return now_s


def test_a_gap_between_two_beats_is_told_once(clock: list[float]) -> None:
    watched = Pulse()
    clock[0] += STALLED_S + 0.1
    assert watched.stalled()
    assert not watched.stalled()


def test_a_gap_is_told_though_the_beat_came_before_the_question(clock: list[float]) -> None:
    watched = Pulse()
    clock[0] += STALLED_S + 0.1
    watched._beat()
    clock[0] += 0.2
    assert watched.stalled()


def test_beats_that_come_in_time_are_no_gap_however_long_nobody_asks(clock: list[float]) -> None:
    """A loop that waits for a slow card sees nothing less: the lids have a thread of their own."""
    watched = Pulse()
    for _ in range(100):
        clock[0] += STALLED_S - 0.1
        watched._beat()
    assert not watched.stalled()


def test_a_pulse_is_alive_while_it_beats() -> None:
    watched = Pulse()
    assert not watched.alive(), "it has not been started"
    watched.start()
    assert watched.alive()
    watched.close()
    watched._thread.join(5)
    assert not watched.alive()


def test_a_pulse_that_hangs_is_dead_and_one_that_only_waits_for_its_turn_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulse, "DEAD_S", 0.4)
    watched = Pulse()
    watched.start()
    watched._round_s -= 100
    assert watched.alive(), "after a freeze it is waited for"
    with watched._guard:
        # Its thread waits for the guard, as it would in a driver that never returns.
        watched._round_s -= 100
        assert not watched.alive()
    watched.close()
