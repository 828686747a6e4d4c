"""Does the lock on a pin hold and let go, never too long, and whatever fails under it?"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from firmware.board import BoxSettings, PinMap
from firmware.boxes import open_box, open_pi_box
from firmware.errors import DeviceAbsent
from firmware.gpio import lock as lock_module
from firmware.gpio.lock import GpioLock
from firmware.gpio.pins import Pins
from firmware.locks.wiring import LockWiring
from firmware.ports import BoxHardware, Lock
from firmware.probe import probe
from firmware.scene import read_lock
from firmware.show import player as player_module

KEY = "the key hangs in the kitchen"
PULLED = LockWiring(
    kind="solenoid", pin=15, fails="locked", by_hand=KEY, energised_max_s=0.05, hold_off_s=0.05
)
MAGNET = LockWiring(
    kind="solenoid", pin=15, fails="open", energised_is="locked", energised_max_s=None, hold_off_s=1
)
SERVO = LockWiring(kind="servo", pin=15, fails="locked", by_hand=KEY)


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end_s, "it did not happen"
        threading.Event().wait(0.001)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory(revision="c03114", pin_class=MockPWMPin)
    yield made
    made.reset()


@pytest.fixture
def pins(factory: MockFactory) -> Iterator[Pins]:
    made = Pins(factory)
    yield made
    made.close()


def test_nothing_moves_before_the_first_order(pins: Pins, factory: MockFactory) -> None:
    for pin, wiring in ((15, PULLED), (16, MAGNET), (17, SERVO)):
        lock: Lock = GpioLock(pins, replace(wiring, pin=pin))
        assert lock.alive()
        assert not factory.pin(pin).state
        lock.close()


def test_a_solenoid_lets_go_in_pulses_and_never_for_longer_than_it_bears(
    pins: Pins, factory: MockFactory
) -> None:
    lock = GpioLock(pins, PULLED)
    pin = factory.pin(15)
    lock.release()
    for _ in range(3):
        until(lambda: bool(pin.state))
        began_s = time.monotonic()
        until(lambda: not pin.state)
        assert time.monotonic() - began_s < 1, "the limit of 50 ms, on a busy machine"
    until(lambda: bool(pin.state))
    lock.engage()
    until(lambda: not pin.state)
    lock.close()
    assert not pin.state


def test_a_magnet_holds_all_day_and_lets_go_at_once(pins: Pins, factory: MockFactory) -> None:
    lock = GpioLock(pins, MAGNET)
    lock.engage()
    until(lambda: bool(factory.pin(15).state))
    lock.release()
    until(lambda: not factory.pin(15).state)
    lock.engage()
    until(lambda: bool(factory.pin(15).state))
    lock.close()
    assert not factory.pin(15).state, "it fails open"


def test_a_driver_that_is_energised_by_a_low_level_rests_high(pins: Pins, factory: MockFactory) -> None:
    lock = GpioLock(pins, replace(MAGNET, pin=8, energised_by="low"))
    assert factory.pin(8).state
    lock.engage()
    until(lambda: not factory.pin(8).state)
    lock.close()
    assert factory.pin(8).state


def test_a_servo_goes_to_its_side_and_is_let_alone_there(
    pins: Pins, factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_module, "SERVO_MOVES_MS", 100)
    lock = GpioLock(pins, SERVO)
    pin = factory.pin(15)
    widths: list[float] = []

    def driven() -> bool:
        if pin.state:
            widths.append(round(pin.state, 3))
        return bool(pin.state)

    lock.engage()
    until(driven)
    until(lambda: not pin.state)
    lock.release()
    until(driven)
    until(lambda: not pin.state)
    assert widths == [0.05, 0.075], "1 ms and 1.5 ms of 20"
    lock.close()


def test_an_order_that_is_repeated_is_carried_out_anew(
    pins: Pins, factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A servo that jammed, and whose box is being held open by a hand at the button, tries again."""
    monkeypatch.setattr(lock_module, "SERVO_MOVES_MS", 100)
    lock = GpioLock(pins, SERVO)
    for _ in range(2):
        lock.release()
        until(lambda: bool(factory.pin(15).state))
        until(lambda: not factory.pin(15).state)
    lock.close()


def test_a_pin_that_is_taken_is_told_as_the_lock_s(pins: Pins) -> None:
    pins.light(15)
    for wiring in (PULLED, SERVO):
        with pytest.raises(DeviceAbsent, match="the lock: GPIO15"):
            GpioLock(pins, wiring)


def test_a_lock_that_fails_raises_into_nobody_and_is_tried_again(
    pins: Pins, factory: MockFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(player_module, "RETRY_MS", 10)
    broken = [True]
    coil = pins.coil

    def breaking(pin: int, *, active_high: bool) -> Any:
        made = coil(pin, active_high=active_high)
        on = made.on
        monkeypatch.setattr(type(made), "on", lambda self: 1 / 0 if broken[0] else on(), raising=False)
        return made

    monkeypatch.setattr(pins, "coil", breaking)
    lock = GpioLock(pins, MAGNET)
    with caplog.at_level(logging.WARNING):
        lock.engage()
        until(lambda: "lock shows nothing" in caplog.text)
    assert lock.alive()
    assert not factory.pin(15).state
    broken[0] = False
    until(lambda: bool(factory.pin(15).state))
    lock.close()


class Hung:
    """A lock whose driver hangs."""

    def engage(self) -> None: ...
    def release(self) -> None: ...
    def close(self) -> None: ...
    def alive(self) -> bool:
        return False


def test_a_lock_that_hangs_ends_the_program_so_that_it_fails_as_decided(
    pins: Pins, factory: MockFactory
) -> None:
    box = open_pi_box(settings(MAGNET), boot_ms, pins)
    assert box.lock is not None
    assert box.missing == ()
    hung = replace(box, lock=Hung())
    box.lids.start(lambda reading: None)
    box.buttons.start(lambda press: None)
    assert box.deaf() is None
    assert hung.deaf() == "the lock hangs in its driver"
    box.close()
    assert not box.lock.alive()


def settings(lock: LockWiring) -> BoxSettings:
    wired = PinMap(lids={"a": 4}, buttons={"help": 5}, buzzer=13)
    return BoxSettings(hardware="pi", compartments=("a",), pins=wired, lock=lock)


def test_a_box_whose_lock_cannot_be_had_works_without_one(pins: Pins) -> None:
    pins.light(15)
    box = open_pi_box(settings(MAGNET), boot_ms, pins)
    assert box.lock is None
    [missing] = box.missing
    assert missing.word == "lock_missing"
    assert "the lock: GPIO15" in missing.sentence
    box.close()


@pytest.mark.parametrize(
    ("wiring", "said"),
    [
        (PULLED, f"for 0.05 s at most; without power it is locked; then it is opened by hand: {KEY}."),
        (MAGNET, "energises a solenoid all day; without power it is open."),
        (SERVO, f"a servo, which stays where it is without power; then it is opened by hand: {KEY}."),
    ],
)
def test_the_doctor_tells_of_the_lock_without_moving_it(
    factory: MockFactory, wiring: LockWiring, said: str
) -> None:
    findings = probe(settings(wiring), opener=lambda: Pins(factory))
    [lock] = [one for one in findings if one.name == "lock"]
    assert lock.ok
    assert lock.sentence.endswith(said)
    assert not factory.pin(15).state


def test_the_doctor_tells_of_a_wiring_that_keeps_no_promise(factory: MockFactory) -> None:
    findings = probe(settings(replace(SERVO, fails="open")), opener=lambda: Pins(factory))
    [wiring] = [one for one in findings if one.name == "wiring"]
    assert not wiring.ok
    assert "it cannot fail open" in wiring.sentence


def test_the_doctor_tells_of_a_serial_console_on_the_pin_of_the_lock(
    factory: MockFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cmdline").write_text("console=serial0,115200 root=/dev/mmcblk0p2", "ascii")
    monkeypatch.setattr("firmware.probe.KERNEL_COMMAND_LINE", tmp_path / "cmdline")
    findings = probe(settings(MAGNET), opener=lambda: Pins(factory))
    assert [one.sentence for one in findings if one.name == "console"] == [
        "GPIO15 belongs to the serial console; turn it off with raspi-config."
    ]


@pytest.mark.parametrize(("said", "wiring"), [("Y", MAGNET), ("1", PULLED), ("N", MAGNET), ("Y", SERVO)])
def test_the_doctor_tells_of_a_kernel_that_keeps_the_coil_of_a_dead_program_energised(
    factory: MockFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, wiring: LockWiring
) -> None:
    """Raspberry Pi OS does: a killed controller would leave current in the coil until it is back."""
    (tmp_path / "rp1").write_text(f"{said}\n", "ascii")
    monkeypatch.setattr("firmware.probe.PERSISTING", (tmp_path / "bcm2835", tmp_path / "rp1"))
    findings = [one for one in probe(settings(wiring), opener=lambda: Pins(factory)) if one.name == "lock"]
    is_bad = said != "N" and wiring.kind == "solenoid"
    assert [one.ok for one in findings] == ([True, False] if is_bad else [True])
    if is_bad:
        assert "Put dtparam=strict_gpiod into config.txt." in findings[1].sentence


def simulated(file: Path | None, lock: LockWiring | None) -> BoxHardware:
    return open_box(BoxSettings(compartments=("a",), simulation_file=file, lock=lock), boot_ms)


def test_the_lock_of_a_simulated_box_can_be_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "scene.json"
    box = simulated(file, PULLED)
    assert box.lock is not None
    assert read_lock(file) is None
    box.lock.engage()
    assert read_lock(file) == "locked"
    box.lock.release()
    assert read_lock(file) == "open"
    box.close()
    assert read_lock(file) == "left to itself"
    assert simulated(file, None).lock is None


def test_a_simulated_lock_that_cannot_be_written_raises_into_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = simulated(tmp_path / "scene.json", PULLED)
    assert box.lock is not None
    (tmp_path / "scene.json.bolt.json").mkdir()
    box.lock.release()
    assert "What the lock does could not be written" in caplog.text
    assert box.lock.alive()
