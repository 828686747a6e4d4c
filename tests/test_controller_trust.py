"""Is a clock believed only as far as something vouches for it, and is the service manager told of it all?"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from controller.installing.config import ClockSettings
from controller.running import sensing, trust
from controller.running.arrivals import ClimateTaken
from controller.running.sensing import ClimateThread, ClimateThreads
from controller.running.trust import (
    CHIP_ERROR_MS,
    SYNCED_NOTE,
    WALL_NOTE,
    Reason,
    Vouchers,
    Watchmaker,
    boot_name,
    judged,
    look_around,
)
from controller.running.watchdog import Watchdog
from controller.wire import clocks
from controller.wire.clocks import CompressedClock, SystemClock, kernel_synchronized
from controller.wire.instants import DAY_MS, LAST_MS
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
class Bench:
    clock: HandClock = field(default_factory=HandClock)
    seen: Vouchers = field(default_factory=lambda: Vouchers(network=True))

    def watchmaker(
        self, *, floor_ms: int = 0, once_synced: bool = True, trust: ClockTrust | None = None
    ) -> Watchmaker:
        settings = ClockSettings(clock=self.clock, trust=trust)
        return Watchmaker(
            settings, boot="boot-1", floor_ms=floor_ms, once_synced=once_synced, look=lambda: self.seen
        )


NOBODY = Vouchers(network=False)
CHIP = Vouchers(network=False, chip_ms=MORNING_MS)


def test_a_stamp_bears_both_clocks_of_the_instant_it_is_of() -> None:
    """An edge is noticed some milliseconds late; its wall time is that of the edge, not of the noticing."""
    bench = Bench()
    stamp = bench.watchmaker().stamp(940)
    assert (stamp.at, stamp.mono_ms) == (MORNING_MS - 60, 940)
    assert (stamp.boot, stamp.clock) == ("boot-1", "synced")


def test_no_stamp_lies_in_the_future_of_the_boot_clock() -> None:
    stamp = Bench().watchmaker().stamp(5_000)
    assert (stamp.at, stamp.mono_ms) == (MORNING_MS, 1_000)


def test_a_clock_beyond_the_last_year_of_the_wire_gives_a_stamp_that_can_be_written() -> None:
    bench = Bench()
    bench.clock.wall = LAST_MS + 1_000 * DAY_MS
    assert bench.watchmaker().stamp().at == LAST_MS


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
    bench = Bench(seen=NOBODY)
    watchmaker = bench.watchmaker()
    assert watchmaker.stamp().clock == "untrusted"
    bench.seen = Vouchers(network=True)
    assert watchmaker.examine()
    assert watchmaker.stamp().clock == "synced"


@pytest.mark.parametrize(
    ("chip_ms", "wall_ms", "floor_ms", "once_synced", "trust", "because"),
    [
        (None, MORNING_MS, 0, True, "untrusted", "no_chip"),
        (MORNING_MS, MORNING_MS, 0, True, "rtc", "chip"),
        (MORNING_MS, MORNING_MS, MORNING_MS, True, "rtc", "chip"),
        # A Pi 5 without a battery, at its first boot: chip and clock agree on a time that nobody set.
        (MORNING_MS, MORNING_MS, 0, False, "untrusted", "chip_never_set"),
        # The same after a power cut: the system goes on from the time it saved last, the chip from 1970.
        (86_400_000, MORNING_MS, 0, True, "untrusted", "chip_disagrees"),
        (MORNING_MS + CHIP_ERROR_MS + 1, MORNING_MS, 0, True, "untrusted", "chip_disagrees"),
        (MORNING_MS - CHIP_ERROR_MS, MORNING_MS, 0, True, "rtc", "chip"),
        # A flat battery and a system that takes over whatever the chip says.
        (MORNING_MS, MORNING_MS, MORNING_MS + 1, True, "untrusted", "clock_in_the_past"),
    ],
)
def test_law_9_a_clock_chip_is_believed_only_where_nothing_speaks_against_it(
    chip_ms: int | None, wall_ms: int, floor_ms: int, once_synced: bool, trust: ClockTrust, because: Reason
) -> None:
    seen = Vouchers(network=False, chip_ms=chip_ms)
    found = judged(seen, wall_ms=wall_ms, floor_ms=floor_ms, once_synced=once_synced)
    assert found == (trust, because)
    bench = Bench(clock=HandClock(wall=wall_ms), seen=seen)
    watchmaker = bench.watchmaker(floor_ms=floor_ms, once_synced=once_synced)
    assert (watchmaker.trust, watchmaker.because) == found


def test_a_chip_is_believed_once_the_network_has_set_the_clock() -> None:
    bench = Bench(seen=CHIP)
    watchmaker = bench.watchmaker(once_synced=False)
    assert (watchmaker.trust, watchmaker.once_synced) == ("untrusted", False)
    bench.seen = Vouchers(network=True)
    watchmaker.examine()
    bench.seen = CHIP
    watchmaker.examine()
    assert (watchmaker.trust, watchmaker.once_synced) == ("rtc", True)


def test_the_networks_word_outranks_what_was_remembered() -> None:
    """Else one wrong year that was believed once would make every right one doubtful for ever."""
    assert Bench().watchmaker(floor_ms=MORNING_MS + 10**12).trust == "synced"


def test_the_installers_word_outranks_the_systems() -> None:
    watchmaker = Bench(seen=NOBODY).watchmaker(trust="rtc")
    assert (watchmaker.trust, watchmaker.because) == ("rtc", "configured")


def test_only_a_believed_time_is_worth_remembering() -> None:
    assert Bench(seen=NOBODY).watchmaker().believed_ms() is None
    assert Bench().watchmaker().believed_ms() == MORNING_MS
    assert Bench(seen=NOBODY).watchmaker().notes_due() == ()
    assert Bench(seen=CHIP).watchmaker().notes_due() == (WALL_NOTE,)
    assert Bench().watchmaker().notes_due() == (WALL_NOTE, SYNCED_NOTE)


def test_the_installers_word_is_none_of_the_networks() -> None:
    """Remembered as one, it would let a chip be believed that nobody ever set."""
    assert Bench(seen=NOBODY).watchmaker(trust="synced").notes_due() == (WALL_NOTE,)


@pytest.mark.parametrize(
    ("mark", "kernel", "chip", "seen"),
    [
        (True, False, None, Vouchers(network=True)),
        (False, True, None, Vouchers(network=True)),
        (True, False, "1795420800", Vouchers(network=True)),
        (False, False, "1795420800", Vouchers(network=False, chip_ms=1_795_420_800_000)),
        (False, False, "", NOBODY),
        (False, False, None, NOBODY),
    ],
)
def test_the_system_is_asked_for_the_network_first_and_then_for_its_chip(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mark: bool,
    kernel: bool,
    chip: str | None,
    seen: Vouchers,
) -> None:
    if chip is not None:
        (tmp_path / "since_epoch").write_text(f"{chip}\n", "ascii")
    monkeypatch.setattr(clocks, "SYNCHRONIZED_MARK", tmp_path if mark else tmp_path / "none")
    monkeypatch.setattr(trust, "CLOCK_CHIP", tmp_path / "since_epoch")
    monkeypatch.setattr(clocks, "kernel_synchronized", lambda: kernel)
    assert look_around() == seen


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


# Several sensors.


def test_a_bus_that_hangs_holds_no_other_sensor_and_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensing, "DEAF_S", 0.05)
    clock = HandClock()
    clock.real_s = lambda span_ms: 0.0  # type: ignore[method-assign]  # a minute takes no time here
    taken: list[ClimateTaken] = []
    hanging, well = Air(), Air()
    hanging.name, well.name, hanging.waits = "hanging", "well", True
    threads = ClimateThreads([hanging, well], clock, taken.append)
    threads.start()
    eventually(lambda: sum(each.sensor == "well" for each in tuple(taken)) >= 5)

    def is_told() -> bool:
        threads.tell_hanging()
        return any(each.sensor == "hanging" for each in tuple(taken))

    eventually(is_told)
    threads.tell_hanging()
    told = [each for each in tuple(taken) if each.sensor == "hanging"]
    assert [(each.reading, each.of_medicine) for each in told] == [(NoReading(because="hung"), True)]
    assert threads.alive(), "to end the program would cost the lids their watch"
    hanging.close()
    threads.close()


def test_when_every_sensor_hangs_the_program_is_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensing, "DEAF_S", 0.05)
    first, second = Air(), Air()
    first.waits = second.waits = True
    threads = ClimateThreads([first, second], HandClock(), lambda _: None)
    threads.start()
    eventually(lambda: not threads.alive())
    first.close()
    second.close()
    threads.close()


def test_a_box_without_sensors_is_not_deaf() -> None:
    threads = ClimateThreads([], HandClock(), lambda _: None)
    threads.start()
    assert threads.alive()
    threads.close()
