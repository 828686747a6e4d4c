"""Does one worker turn queued edges and polled levels into one report each, and say when it is dead?"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from firmware import watch
from firmware.debounce import Change
from firmware.watch import ContactWatch


class Bench:
    """Two switches, a clock, and a list that can be waited for."""

    def __init__(self) -> None:
        self.levels = {"a": False, "b": False}
        self.told: list[tuple[str, Change]] = []
        self.more = threading.Condition()
        self.reads = 0
        self.watch = ContactWatch(
            ("a", "b"), read_level=self.read, boot_clock=self.now_ms, title="switches", pending_wait_s=0.005
        )

    def now_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def read(self, name: str) -> bool:
        with self.more:
            self.reads += 1
            self.more.notify_all()
        return self.levels[name]

    def report(self, name: str, change: Change) -> None:
        with self.more:
            self.told.append((name, change))
            self.more.notify_all()

    def wait_for(self, count: int) -> list[tuple[str, Change]]:
        with self.more:
            assert self.more.wait_for(lambda: len(self.told) >= count, timeout=5), self.told
            return list(self.told)

    def move(self, name: str, level: bool, *, ms_ago: int = 0) -> int:
        self.levels[name] = level
        now_ms = self.now_ms() - ms_ago
        self.watch.edge(name, level, now_ms)
        return now_ms


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.watch.close()


def test_the_baseline_is_the_levels_at_the_start(bench: Bench) -> None:
    bench.levels["b"] = True
    assert bench.watch.start(bench.report) == {"a": False, "b": True}
    assert bench.told == []


def test_an_edge_is_reported_once_it_rests_with_its_own_time(bench: Bench) -> None:
    bench.watch.start(bench.report)
    moved_ms = bench.move("a", True)
    assert bench.wait_for(1) == [("a", Change(level=True, mono_ms=moved_ms, because="edge"))]


def test_a_lost_edge_is_found_by_the_poll(bench: Bench) -> None:
    bench.watch.start(bench.report)
    bench.levels["b"] = True
    [(name, change)] = bench.wait_for(1)
    assert (name, change.level, change.because) == ("b", True, "poll")


def test_an_opening_and_closing_delivered_late_and_at_once_are_both_reported(bench: Bench) -> None:
    """A stopped process finds a whole opening in the queue of the kernel when it goes on."""
    bench.watch.start(bench.report)
    opened_ms = bench.now_ms() - 900
    bench.watch.edge("a", True, opened_ms)
    bench.watch.edge("a", False, opened_ms + 400)
    told = bench.wait_for(2)
    assert [(change.level, change.mono_ms) for _, change in told] == [
        (True, opened_ms),
        (False, opened_ms + 400),
    ]


def test_the_level_at_the_end_outranks_a_wrong_last_edge(bench: Bench) -> None:
    """A kernel that samples late told `pressed` twice, and never `released`."""
    bench.watch.start(bench.report)
    bench.watch.edge("a", True, bench.now_ms())
    bench.move("b", True)
    assert [name for name, _ in bench.wait_for(1)] == ["b"]
    bench.move("b", False)
    assert [name for name, _ in bench.wait_for(2)] == ["b", "b"], "also after the rest that `a` needed"


def test_edges_before_the_start_are_not_lost(bench: Bench) -> None:
    bench.watch.edge("a", True, bench.now_ms() - 200)
    bench.levels["a"] = False
    bench.watch.start(bench.report)
    bench.levels["a"] = True
    assert bench.wait_for(1)[0][0] == "a"


def test_two_switches_are_reported_in_the_order_they_moved(bench: Bench) -> None:
    bench.watch.start(bench.report)
    bench.move("b", True, ms_ago=20)
    bench.move("a", True, ms_ago=5)
    assert [name for name, _ in bench.wait_for(2)] == ["b", "a"]


def test_it_is_alive_only_between_start_and_close(bench: Bench) -> None:
    assert not bench.watch.alive()
    bench.watch.start(bench.report)
    assert bench.watch.alive()
    bench.watch.close()
    bench.watch.close()
    assert not bench.watch.alive()


def test_a_switch_that_cannot_be_read_ends_the_worker_and_is_told(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.watch.start(bench.report)
    del bench.levels["b"]
    with caplog.at_level(logging.ERROR):
        ended(bench.watch)
    assert "its switches are no longer watched" in caplog.text


def test_a_report_that_raises_ends_the_worker_and_is_told(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(name: str, change: Change) -> None:
        raise RuntimeError("the receiver is broken")

    bench.watch.start(broken)
    bench.move("a", True)
    ended(bench.watch)
    assert "the receiver is broken" in caplog.text


def test_a_worker_that_hangs_is_not_alive(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def hanging(name: str, change: Change) -> None:
        free.wait(10)

    monkeypatch.setattr(watch, "STALE_S", 0.1)
    monkeypatch.setattr(watch, "POLL_S", 0.05)
    bench.watch.start(hanging)
    bench.move("a", True)
    ended(bench.watch)
    free.set()


def test_a_process_that_was_stopped_for_long_is_alive_when_it_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_S", 0.05)
    bench.watch.start(bench.report)
    bench.watch._round_at -= 1_000
    assert bench.watch.alive()


def test_a_worker_at_rest_wakes_for_its_polls_and_for_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_S", 0.1)
    bench.watch.start(bench.report)
    began_s, reads, rounds = time.monotonic(), bench.reads, bench.watch._rounds
    polls = 4
    with bench.more:
        assert bench.more.wait_for(lambda: bench.reads - reads >= polls * len(bench.levels), timeout=10)
    assert time.monotonic() - began_s >= (polls - 1) * watch.POLL_S
    assert bench.watch._rounds - rounds <= 2 * polls


def ended(part: Any) -> None:
    end_s = time.monotonic() + 5
    while part.alive():
        assert time.monotonic() < end_s, "it still says it is alive"
