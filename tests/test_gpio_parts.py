"""Do lids, buttons, lights and the buzzer work through gpiozero, and survive what pins can do?"""

from __future__ import annotations

import os
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from firmware.board import BoxSettings, PinMap, SensorSettings
from firmware.boxes import open_box, open_pi_box
from firmware.errors import DeviceAbsent, WiringRefused
from firmware.gpio import pins as pins_module
from firmware.gpio.buttons import GpioButtons
from firmware.gpio.lamps import GpioBuzzer, GpioLamps
from firmware.gpio.lids import GpioLids
from firmware.gpio.pins import Pins, open_pins
from firmware.ports import Lamp, LidReading, PanelView, Press
from firmware.probe import probe

LIDS = {"a": 4, "b": 5}


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class HeldPin(MockPWMPin):  # type: ignore[misc] # gpiozero has no types
    """A pin whose contact outlasts the program's pull-up, as a real shut lid does."""

    grounded: set[int] = set()  # noqa: RUF012 - set for each test by the fixture

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.info.name in {f"GPIO{number}" for number in self.grounded}:
            self.drive_low()


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    HeldPin.grounded = {4, 5}
    made = MockFactory(revision="c03114", pin_class=HeldPin)
    yield made
    made.reset()


@pytest.fixture
def pins(factory: MockFactory) -> Iterator[Pins]:
    made = Pins(factory)
    yield made
    made.close()


class Heard:
    """Collects reports and waits for them."""

    def __init__(self) -> None:
        self.found: list[Any] = []
        self.more = threading.Condition()

    def __call__(self, reading: object) -> None:
        with self.more:
            self.found.append(reading)
            self.more.notify_all()

    def wait_for(self, count: int) -> list[Any]:
        with self.more:
            assert self.more.wait_for(lambda: len(self.found) >= count, timeout=5), self.found
            return list(self.found)


def lids_on(pins: Pins, switch: Any = "closes_with_lid") -> GpioLids:
    return GpioLids(pins, LIDS, switch=switch, boot_clock=boot_ms)


def test_a_grounded_contact_is_a_shut_lid(pins: Pins) -> None:
    lids = lids_on(pins)
    assert lids.start(Heard()) == {"a": False, "b": False}
    lids.close()


def test_a_lid_open_at_boot_is_in_the_baseline(pins: Pins) -> None:
    HeldPin.grounded = {4}
    lids = lids_on(pins)
    assert lids.start(Heard()) == {"a": False, "b": True}
    lids.close()


def test_a_switch_that_opens_with_the_lid_reads_the_other_way_round(pins: Pins, factory: MockFactory) -> None:
    HeldPin.grounded = {4}
    lids, heard = lids_on(pins, "opens_with_lid"), Heard()
    assert lids.start(heard) == {"a": True, "b": False}
    factory.pin(5).drive_low()
    [reading] = heard.wait_for(1)
    assert (reading.compartment, reading.open) == ("b", True)
    lids.close()


def test_a_bouncing_lid_is_one_opening_at_its_first_edge(pins: Pins, factory: MockFactory) -> None:
    lids, heard = lids_on(pins), Heard()
    lids.start(heard)
    before_ms = boot_ms()
    for _ in range(6):
        factory.pin(4).drive_high()
        factory.pin(4).drive_low()
    factory.pin(4).drive_high()
    after_ms = boot_ms()
    [reading] = heard.wait_for(1)
    assert reading == LidReading(
        compartment="a", open=True, mono_ms=reading.mono_ms, because="edge", bounces=reading.bounces
    )
    assert reading.bounces > 0, "the edges after the first one are counted"
    assert before_ms <= reading.mono_ms <= after_ms
    assert boot_ms() >= reading.mono_ms + 50
    lids.close()


def test_a_pin_that_is_taken_names_its_lid(pins: Pins) -> None:
    pins.light(5)
    with pytest.raises(DeviceAbsent, match=r"the lid of b: GPIO5 cannot be opened: .*another program"):
        lids_on(pins)


def test_no_exception_reaches_the_thread_of_the_library(
    pins: Pins, factory: MockFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """One that did ended lgpio's only thread on a real chip: every later edge of every pin was lost."""

    def broken(closed: bool, age_ms: int) -> None:
        raise RuntimeError("planted")

    pins.switch(4, broken)
    factory.pin(4).drive_high()
    factory.pin(4).drive_low()
    assert caplog.text.count("An edge could not be queued") == 2


class FactoryOfLgpio(MockFactory):  # type: ignore[misc] # gpiozero has no types
    """A factory that passes for lgpio's."""


FactoryOfLgpio.__module__ = "gpiozero.pins.lgpio"


def lgpio_pins_factory() -> MockFactory:
    return FactoryOfLgpio(revision="c03114", pin_class=HeldPin)


@pytest.fixture
def lgpio_pins() -> Iterator[Pins]:
    made = Pins(lgpio_pins_factory())
    yield made
    made.close()


def test_a_dead_notify_thread_of_lgpio_is_noticed(lgpio_pins: Pins, monkeypatch: pytest.MonkeyPatch) -> None:
    lgpio_pins.switch(4, lambda closed, age_ms: None)
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    monkeypatch.setitem(sys.modules, "lgpio", types.SimpleNamespace(_notify_thread=thread))
    assert not lgpio_pins.alive()
    alive = types.SimpleNamespace(_notify_thread=threading.current_thread())
    monkeypatch.setitem(sys.modules, "lgpio", alive)
    assert lgpio_pins.alive()
    assert lgpio_pins.blind_spot() is None


def test_a_version_of_lgpio_that_hides_its_thread_is_told_and_not_taken_for_dead(
    lgpio_pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new name for that thread would have taken the guard away without a word."""
    monkeypatch.setitem(sys.modules, "lgpio", types.SimpleNamespace())
    lgpio_pins.light(16)
    assert lgpio_pins.blind_spot() is None, "nobody waits for an edge yet"
    settings = BoxSettings(hardware="pi", compartments=("a", "b"), pins=PinMap(lids=LIDS))
    [finding] = [one for one in probe(settings, opener=lambda: lgpio_pins) if one.name == "edges"]
    assert not finding.ok
    assert finding.sentence.startswith("This version of lgpio hides the thread")
    box = open_pi_box(settings, boot_ms, Pins(lgpio_pins_factory()))
    assert [part.word for part in box.missing] == ["edges_unguarded"]
    box.lids.start(lambda reading: None)
    assert box.lids.alive()
    box.close()


def test_other_pin_libraries_have_no_such_thread_to_watch(pins: Pins) -> None:
    pins.switch(4, lambda closed, age_ms: None)
    assert pins.alive()
    assert pins.blind_spot() is None


def test_deaf_pins_make_deaf_lids_and_buttons(pins: Pins, monkeypatch: pytest.MonkeyPatch) -> None:
    lids = lids_on(pins)
    buttons = GpioButtons(pins, {"help": 6}, boot_clock=boot_ms)
    lids.start(Heard())
    buttons.start(Heard())
    assert lids.alive()
    assert buttons.alive()
    monkeypatch.setattr(pins, "alive", lambda: False)
    assert not lids.alive()
    assert not buttons.alive()
    lids.close()
    buttons.close()


def test_a_button_reports_when_it_goes_down_and_when_it_is_let_go(pins: Pins, factory: MockFactory) -> None:
    buttons, heard = GpioButtons(pins, {"help": 6, "snooze": 7}, boot_clock=boot_ms), Heard()
    buttons.start(heard)
    pressed_ms = boot_ms()
    factory.pin(6).drive_low()
    [press] = heard.wait_for(1)
    assert press == Press(button="help", mono_ms=press.mono_ms)
    assert pressed_ms <= press.mono_ms <= pressed_ms + 45
    factory.pin(6).drive_high()
    factory.pin(7).drive_low()
    found = [(press.button, press.down) for press in heard.wait_for(3)]
    assert found == [("help", True), ("help", False), ("snooze", True)]
    buttons.close()


def test_a_button_pin_that_is_taken_names_its_button(pins: Pins) -> None:
    pins.light(6)
    with pytest.raises(DeviceAbsent, match=r"the button help: GPIO6"):
        GpioButtons(pins, {"help": 6}, boot_clock=boot_ms)


def test_lights_follow_the_view_and_go_dark_at_the_end(pins: Pins, factory: MockFactory) -> None:
    lamps = GpioLamps(pins, {"a": 16, "b": 17})
    lamps.show(PanelView(lamps={"a": Lamp(colour="blue", light="steady")}))
    until(lambda: factory.pin(16).state == 1 and factory.pin(17).state == 0)
    lamps.show(PanelView(lamps={"b": Lamp(colour="amber", light="fast_blink")}))
    until(lambda: factory.pin(16).state == 0 and factory.pin(17).state == 1)
    until(lambda: factory.pin(17).state == 0)
    until(lambda: factory.pin(17).state == 1)
    lamps.play("wrong")
    lamps.close()
    assert (factory.pin(16).state, factory.pin(17).state) == (0, 0)


def test_a_light_of_one_colour_shows_a_late_dose_unlike_any_cue(pins: Pins, factory: MockFactory) -> None:
    """Amber is what says "late", and it was drawn as the cue before it: blinking twice."""
    lamps = GpioLamps(pins, {"a": 16})
    lamps.show(PanelView(lamps={"a": Lamp(colour="amber", light="triple_blink")}))
    for _ in range(3):
        until(lambda: factory.pin(16).state == 1)
        until(lambda: factory.pin(16).state == 0)
    dark_s = time.monotonic()
    until(lambda: factory.pin(16).state == 1)
    assert time.monotonic() - dark_s > 0.8, "after the third flash comes the pause"
    lamps.close()


def test_the_buzzer_sounds_the_notes_and_is_silent_after(pins: Pins, factory: MockFactory) -> None:
    buzzer = GpioBuzzer(pins, 13)
    buzzer.show(PanelView(glyph="due"))
    buzzer.play("chime")
    until(lambda: factory.pin(13).frequency == 784 and factory.pin(13).state == 0.5)
    until(lambda: factory.pin(13).frequency == 1047)
    until(lambda: factory.pin(13).state == 0)
    buzzer.close()


@pytest.mark.parametrize(("volume_pct", "duty"), [(100, 0.5), (50, 0.125), (10, 0.005), (0, 0.0)])
def test_the_volume_is_how_long_the_buzzer_is_driven_in_each_period(
    pins: Pins, factory: MockFactory, volume_pct: int, duty: float
) -> None:
    buzzer = GpioBuzzer(pins, 13, volume_pct=volume_pct)
    buzzer.play("chime")
    until(lambda: factory.pin(13).frequency == 784 and factory.pin(13).state == pytest.approx(duty))
    buzzer.close()


def test_pins_of_lights_and_buzzer_that_are_taken_say_whose(pins: Pins) -> None:
    pins.light(16)
    with pytest.raises(DeviceAbsent, match=r"the light of a: GPIO16"):
        GpioLamps(pins, {"a": 16})
    with pytest.raises(DeviceAbsent, match=r"the buzzer: GPIO16"):
        GpioBuzzer(pins, 16)


def test_a_whole_box_opens_moves_and_frees_its_pins(factory: MockFactory) -> None:
    wiring = PinMap(lids=LIDS, lamps={"a": 16}, buttons={"help": 6}, buzzer=13)
    settings = BoxSettings(hardware="pi", compartments=("a", "b"), pins=wiring)
    box = open_pi_box(settings, boot_ms, Pins(factory))
    heard, pressed = Heard(), Heard()
    assert box.lids.start(heard) == {"a": False, "b": False}
    box.buttons.start(pressed)
    factory.pin(5).drive_high()
    factory.pin(6).drive_low()
    assert heard.wait_for(1)[0].compartment == "b"
    assert pressed.wait_for(1)[0].button == "help"
    assert box.climates == ()
    assert box.notes == ("this box has no humidity and temperature sensor: it cannot watch its storage",)
    assert box.deaf() is None
    box.close()
    box.close()
    assert box.deaf() is not None
    again = Pins(factory)
    lids_on(again).close()
    again.close()


CABLE = SensorSettings(name="sht4x", kind="sht4x", address=0x44)


def test_a_light_that_cannot_be_had_is_a_note_and_the_lids_work_on(factory: MockFactory) -> None:
    factory.pin(16)
    pins = Pins(factory)
    pins.switch(16, lambda closed, age_ms: None)
    wiring = PinMap(lids=LIDS, lamps={"a": 16}, buttons={"help": 16}, buzzer=16)
    settings = BoxSettings(hardware="pi", compartments=("a", "b"), pins=wiring, sensors=(CABLE,))
    box = open_pi_box(settings, boot_ms, pins)
    told = " / ".join((*box.notes, *(part.sentence for part in box.missing)))
    assert [part.word for part in box.missing] == ["lights_missing", "buzzer_missing", "buttons_missing"]
    for part in ("the light of a", "the buzzer", "the button help"):
        assert f"{part}: GPIO16 cannot be opened" in told
    assert "it cannot guide the patient" in told
    assert set(box.lids.start(Heard())) == {"a", "b"}
    box.close()


def test_a_wiring_that_cannot_be_is_refused_before_a_pin_is_touched() -> None:
    settings = BoxSettings(hardware="pi", compartments=("a",), pins=PinMap(lids={"a": 0}))
    with pytest.raises(WiringRefused, match="GPIO0"):
        open_box(settings, boot_ms)


def test_a_machine_without_pins_says_so() -> None:
    settings = BoxSettings(hardware="pi", compartments=("a",), pins=PinMap(lids={"a": 4}))
    why = r"the pins cannot be opened with lgpio: .*(is this a Raspberry Pi|install the extra)"
    with pytest.raises(DeviceAbsent, match=why):
        open_box(settings, boot_ms)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="lgpio has no wheel for this Python")
@pytest.mark.parametrize("chosen", [None, "here"])
def test_lgpio_leaves_no_pipe_and_does_not_move_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    """On import it makes a pipe where it is, or changes the directory of the whole program to LG_WD."""
    import subprocess

    monkeypatch.delenv("LG_WD", raising=False)
    if chosen is not None:
        (tmp_path / chosen).mkdir()
        monkeypatch.setenv("LG_WD", str(tmp_path / chosen))
    program = (
        "import os; from firmware.gpio.pins import _import_lgpio\n"
        "before = os.getcwd(), os.environ.get('LG_WD'); _import_lgpio(); _import_lgpio()\n"
        "assert (os.getcwd(), os.environ.get('LG_WD')) == before, os.getcwd()\n"
        "import lgpio; assert lgpio._notify_thread.is_alive()"
    )
    root = str(Path(pins_module.__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=os.environ | {"PYTHONPATH": root}, check=True
    )
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == (set() if chosen is None else {"here", "here/.lgd-nfy0"})


def test_an_unknown_pin_library_fails_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "RPi", None)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.rpigpio", raising=False)
    with pytest.raises(DeviceAbsent, match=r"cannot be opened with rpigpio: .*install the extra `box`"):
        open_pins("rpigpio")


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end_s, "it did not come true within five seconds"
        threading.Event().wait(0.005)
