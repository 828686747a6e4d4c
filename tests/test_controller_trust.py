"""Is a clock believed only as far as something vouches for it, and is the service manager told of it all?"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from controller.config import ClockSettings
from controller.running import sensing, trust
from controller.running.arrivals import ClimateTaken
from controller.running.sensing import ClimateThread
from controller.running.trust import Watchmaker, boot_name, kernel_synchronized, system_trust
from controller.running.watchdog import Watchdog
from controller.wire.clocks import CompressedClock, SystemClock
from controller.wire.words import ClockTrust
from firmware.ports import ClimateReading, NoReading
from tests.box_parts import MORNING_MS
from tests.parts import eventually


@dataclass
class HandClock:
    """A pair of clocks that a test sets by hand."""

    wall: int = MORNING_MS
    boot: int = 1_000

    def wall_ms(self) -> int:
        return self.wall

    def boot_ms(self) -> int:
        return self.boot

    def real_s(self, span_ms: int) -> float:
        return span_ms / 1_000


@dataclass
class Vouching:
    """What the system says of its clock."""

    word: ClockTrust = "synced"

    def __call__(self) -> ClockTrust:
        return self.word


@dataclass
class Bench:
    clock: HandClock = field(default_factory=HandClock)
    system: Vouching = field(default_factory=Vouching)

    def watchmaker(self, *, floor_ms: int = 0, trust: ClockTrust | None = None) -> Watchmaker:
        settings = ClockSettings(clock=self.clock, trust=trust)
        return Watchmaker(settings, boot="boot-1", floor_ms=floor_ms, look=self.system)


def test_a_stamp_bears_both_clocks_of_the_instant_it_is_of() -> None:
    """An edge is noticed some milliseconds late; its wall time is that of the edge, not of the noticing."""
    bench = Bench()
    stamp = bench.watchmaker().stamp(940)
    assert (stamp.at, stamp.mono_ms) == (MORNING_MS - 60, 940)
    assert (stamp.boot, stamp.clock) == ("boot-1", "synced")


def test_no_stamp_lies_in_the_future_of_the_boot_clock() -> None:
    stamp = Bench().watchmaker().stamp(5_000)
    assert (stamp.at, stamp.mono_ms) == (MORNING_MS, 1_000)


def test_a_clock_before_1970_gives_a_stamp_that_can_be_written() -> None:
    bench = Bench(clock=HandClock(wall=10))
    assert bench.watchmaker().stamp(500).at == 0


def test_a_step_of_the_wall_clock_is_noticed_and_passing_time_is_not() -> None:
    bench = Bench()
    watchmaker = bench.watchmaker()
    bench.clock.wall += 60_000
    bench.clock.boot += 60_000
    assert not watchmaker.examine()
    bench.clock.wall -= 3_600_000
    assert watchmaker.examine()
    assert not watchmaker.examine(), "once"


def test_a_change_of_trust_is_noticed() -> None:
    bench = Bench(system=Vouching("untrusted"))
    watchmaker = bench.watchmaker()
    assert watchmaker.stamp().clock == "untrusted"
    bench.system.word = "synced"
    assert watchmaker.examine()
    assert watchmaker.stamp().clock == "synced"


def test_law_9_a_clock_chip_that_woke_up_in_the_past_is_not_believed() -> None:
    bench = Bench(system=Vouching("rtc"))
    assert bench.watchmaker(floor_ms=MORNING_MS + 1).trust == "untrusted"
    assert bench.watchmaker(floor_ms=MORNING_MS).trust == "rtc"


def test_the_networks_word_outranks_what_was_remembered() -> None:
    """Else one wrong year that was believed once would make every right one doubtful for ever."""
    assert Bench().watchmaker(floor_ms=MORNING_MS + 10**12).trust == "synced"


def test_the_installers_word_outranks_the_systems() -> None:
    assert Bench(system=Vouching("untrusted")).watchmaker(trust="rtc").trust == "rtc"


def test_only_a_believed_time_is_worth_remembering() -> None:
    assert Bench(system=Vouching("untrusted")).watchmaker().believed_ms() is None
    assert Bench().watchmaker().believed_ms() == MORNING_MS


@pytest.mark.parametrize(
    ("mark", "kernel", "chip", "word"),
    [
        (True, False, False, "synced"), (False, True, False, "synced"), (False, False, True, "rtc"),
        (False, False, False, "untrusted"), (True, False, True, "synced"),
    ],
)  # fmt: skip
def test_what_the_system_offers_decides_how_far_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: bool, kernel: bool, chip: bool, word: str
) -> None:
    monkeypatch.setattr(trust, "SYNCHRONIZED_MARK", tmp_path if mark else tmp_path / "none")
    monkeypatch.setattr(trust, "CLOCK_CHIP", tmp_path if chip else tmp_path / "none")
    monkeypatch.setattr(trust, "kernel_synchronized", lambda: kernel)
    assert system_trust() == word


def test_the_kernel_can_be_asked_on_this_machine() -> None:
    assert kernel_synchronized() in (True, False)


def test_a_compressed_day_that_begins_anew_is_a_boot_of_its_own() -> None:
    def named(zero_ms: int | None) -> str:
        clock = CompressedClock(start_ms=0, zero_ms=zero_ms or 0, speed=2)
        return boot_name(ClockSettings(clock=clock, zero_ms=zero_ms))

    assert named(None) == boot_name(ClockSettings(clock=SystemClock()))
    assert len({named(None), named(1), named(2)}) == 3
    assert len(named(2**53)) <= 64


# The sensor's thread.


class Air:
    """A sensor that gives one reading after another, then waits to be let go."""

    name = "air"

    def __init__(self, *readings: ClimateReading | NoReading) -> None:
        self.readings = list(readings)
        self.held = threading.Event()
        self.waits = False

    def read(self) -> ClimateReading | NoReading:
        if self.waits:
            self.held.wait(20)
        return self.readings.pop(0) if self.readings else NoReading(because="absent")

    def close(self) -> None:
        self.held.set()


def test_readings_come_one_after_another_each_with_its_own_instant() -> None:
    clock = HandClock()
    clock.real_s = lambda span_ms: 0.0  # type: ignore[method-assign]  # a minute takes no time here
    taken: list[ClimateTaken] = []
    warm = ClimateReading(temperature_c=21, humidity_pct=40)
    thread = ClimateThread(Air(warm, NoReading(because="crc")), clock, taken.append)
    thread.start()
    eventually(lambda: len(taken) >= 2)
    thread.close()
    assert [each.reading for each in taken[:2]] == [warm, NoReading(because="crc")]
    assert (taken[0].sensor, taken[0].mono_ms) == ("air", 1_000)
    eventually(lambda: not thread.alive())


def test_a_sensor_that_holds_its_reading_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    air = Air()
    air.waits = True
    thread = ClimateThread(air, HandClock(), lambda _: None)
    thread.start()
    eventually(thread.alive)
    monkeypatch.setattr(sensing, "DEAF_S", 0.05)
    eventually(lambda: not thread.alive())
    air.close()
    thread.close()


# The watchdog.


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_is_reached_by_a_path_and_by_an_abstract_name(
    tmp_path: Path, abstract: bool
) -> None:
    name = f"pillbox-test-{id(tmp_path)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}" if abstract else name)
        manager.settimeout(5)
        watchdog = Watchdog(f"@{name}" if abstract else name)
        watchdog.ready()
        watchdog.feed()
        watchdog.feed()
        watchdog.stopping("SIGTERM")
        heard = [manager.recv(256) for _ in range(3)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1\nSTATUS=SIGTERM"]


def test_without_a_service_manager_there_is_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Watchdog().ready()
    Watchdog(str(tmp_path / "nobody")).ready()
