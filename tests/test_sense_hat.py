"""Is the real `sense_hat.SenseHat`, fed by sense-emu, read and lit right, part by part?

sense-emu has fixed names in /dev/shm and one driver per machine: each test takes a lock and leaves
nothing behind. The LED matrix is an ordinary file of 128 bytes.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import struct
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.board import BoxSettings, Calibration, PinMap, SensorSettings
from firmware.boxes import open_pi_box
from firmware.errors import DeviceAbsent
from firmware.gpio.pins import Pins
from firmware.hat import stick
from firmware.hat.climate import STUCK_READINGS, AwaitedClimate, HatClimate
from firmware.hat.matrix import MatrixPanel
from firmware.hat.parts import HatParts, open_hat
from firmware.hat.stick import StickButtons
from firmware.ports import ClimateReading, Lamp, NoReading, PanelView, Press
from firmware.sensors.opening import open_climates

SHARED_MEMORY = Path("/dev/shm")
KEYS = {"up": 103, "left": 105, "right": 106, "down": 108, "middle": 28}

# Pillow 14 takes away a call of the library's constructor: the project stays below it.
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class Driver:
    """The hand at the emulated HAT."""

    def __init__(self) -> None:
        from sense_emu.humidity import HumidityServer
        from sense_emu.imu import IMUServer
        from sense_emu.pressure import PressureServer
        from sense_emu.stick import StickServer

        self.humidity = HumidityServer(simulate_noise=False)
        self.pressure = PressureServer(simulate_noise=False)
        self.imu = IMUServer(simulate_world=False)
        self.stick = StickServer()

    def air(self, temperature_c: float, humidity_pct: float) -> None:
        self.humidity.set_values(humidity_pct, temperature_c)

    def push(self, direction: str, state: int = 1) -> None:
        """Send a key event: 1 pressed, 2 held, 0 released."""
        self.stick.send(struct.pack("llHHI", 0, 0, 1, KEYS[direction], state))

    def pushed(self, direction: str) -> bool:
        """Push once more: nobody can see when the joystick has found the emulator."""
        self.push(direction)
        return True

    def close(self) -> None:
        self.humidity.close()
        self.pressure.close()
        self.stick.close()


@pytest.fixture
def driver() -> Iterator[Driver]:
    # The folder itself is locked: a file for it would be left behind.
    folder = os.open(SHARED_MEMORY, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        _sweep()
        made = Driver()
        yield made
        made.close()
        _sweep()
    finally:
        os.close(folder)


def _sweep() -> None:
    for left in SHARED_MEMORY.glob("rpi-sense-emu-*"):
        left.unlink()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: Driver) -> Iterator[Any]:
    """The real library, whose RTIMU, joystick, frame buffer and home are stood in for."""
    import sense_emu.RTIMU

    monkeypatch.setitem(sys.modules, "RTIMU", sense_emu.RTIMU)
    from sense_hat import sense_hat

    monkeypatch.setattr(sense_hat, "RTIMU", sense_emu.RTIMU)
    stand_in_for_devices(sense_hat, monkeypatch, tmp_path)
    real_glob = sense_hat.glob.glob
    i2c = types.SimpleNamespace(glob=lambda path: ["/dev/i2c-1"] if "i2c" in path else real_glob(path))
    monkeypatch.setattr(sense_hat, "glob", i2c)
    yield sense_hat
    forget_library(monkeypatch)


def stand_in_for_devices(sense_hat: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sense_emu.stick import SenseStick

    screen = tmp_path / "screen"
    screen.write_bytes(bytes(128))
    monkeypatch.setattr(sense_hat, "SenseStick", SenseStick)
    monkeypatch.setattr(sense_hat.SenseHat, "_get_fb_device", lambda self: str(screen))
    user = list(pwd.getpwuid(os.getuid()))
    user[5] = str(tmp_path / "home")
    monkeypatch.setattr(sense_hat.pwd, "getpwuid", lambda number: user)


def forget_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "sense_hat"]:
        monkeypatch.delitem(sys.modules, name)


def climate_of(parts: HatParts, calibration: Calibration | None = None, cpu_c: float = 50.0) -> HatClimate:
    assert parts.sensor is not None
    return HatClimate(
        read_humidity=parts.sensor.get_humidity,
        read_temperature=parts.sensor.get_temperature_from_humidity,
        cpu_c=lambda: cpu_c,
        calibration=calibration or Calibration(),
    )


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end_s, "it did not come true within five seconds"
        threading.Event().wait(0.01)


def test_the_object_is_the_librarys_own(library: Any) -> None:
    parts = open_hat()
    assert isinstance(parts.sensor, library.SenseHat)
    assert parts.missing == ()
    assert library.SenseStick.__module__ == "sense_emu.stick", "what was put in its place is taken out again"


def test_humidity_and_temperature_are_read(driver: Driver, library: Any) -> None:
    climate = climate_of(open_hat())
    driver.air(20.0, 45.0)
    assert climate.read() == ClimateReading(temperature_c=20.0, humidity_pct=45.0)
    driver.air(31.25, 78.5)
    until(lambda: climate.read() == ClimateReading(temperature_c=31.25, humidity_pct=78.5))
    climate.close()


def test_the_heat_of_the_processor_is_taken_out_of_both(driver: Driver, library: Any) -> None:
    climate = climate_of(open_hat(), Calibration(cpu_factor=2.0), cpu_c=55.0)
    driver.air(35.0, 30.0)
    reading = climate.read()
    assert isinstance(reading, ClimateReading)
    assert reading.temperature_c == 25.0
    assert reading.humidity_pct == pytest.approx(53.3, abs=0.2)


def test_zero_as_an_integer_is_no_reading_and_zero_as_a_float_is_one(driver: Driver, library: Any) -> None:
    """The library says 0 for "invalid", which is a temperature and a humidity, too."""
    climate = climate_of(open_hat())
    driver.air(0.0, 45.0)
    assert climate.read() == ClimateReading(temperature_c=0.0, humidity_pct=45.0)
    driver.air(float("nan"), float("nan"))
    until(lambda: climate.read() == NoReading(because="not_ready"))
    driver.air(21.0, 45.0)
    until(lambda: climate.read() == ClimateReading(temperature_c=21.0, humidity_pct=45.0))


def test_the_first_reading_is_thrown_away(library: Any) -> None:
    humidities = iter([0, 41.5, 42.0])
    climate = HatClimate(
        read_humidity=lambda: next(humidities),
        read_temperature=lambda: 22.0,
        cpu_c=lambda: None,
        calibration=Calibration(),
    )
    assert climate.read() == ClimateReading(temperature_c=22.0, humidity_pct=41.5)
    assert climate.read() == ClimateReading(temperature_c=22.0, humidity_pct=42.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -273.0, 400.0])
def test_nonsense_from_the_sensor_is_refused(value: float) -> None:
    climate = HatClimate(
        read_humidity=lambda: 40.0, read_temperature=lambda: value, cpu_c=lambda: 50.0,
        calibration=Calibration(),
    )  # fmt: skip
    assert climate.read() == NoReading(because="implausible")


def test_a_sensor_that_repeats_itself_for_ever_is_not_believed() -> None:
    """After a brown-out the library returns its last values as valid, without end."""
    air = [22.0]
    climate = HatClimate(
        read_humidity=lambda: 40.0, read_temperature=lambda: air[0], cpu_c=lambda: 50.0,
        calibration=Calibration(),
    )  # fmt: skip
    readings = [climate.read() for _ in range(STUCK_READINGS + 1)]
    assert all(isinstance(reading, ClimateReading) for reading in readings[:-1])
    assert readings[-1] == NoReading(because="stuck")
    air[0] = 22.1
    assert isinstance(climate.read(), ClimateReading)


def test_a_sensor_that_fails_is_absent_and_is_woken_again() -> None:
    calls: list[str] = []
    works = [False]

    def humidity() -> float:
        calls.append("read")
        if not works[0]:
            raise OSError("Humidity Init Failed")
        return 40.0

    climate = HatClimate(
        read_humidity=humidity, read_temperature=lambda: 20.0, cpu_c=lambda: 50.0, calibration=Calibration()
    )
    assert climate.read() == NoReading(because="absent")
    works[0] = True
    assert isinstance(climate.read(), ClimateReading)
    assert len(calls) == 3, "the reading that wakes the sensor is thrown away again"


def test_pushes_of_the_joystick_are_presses(driver: Driver, library: Any) -> None:
    stick = open_hat().stick
    assert stick is not None
    heard: list[Press] = []
    buttons = StickButtons(stick, boot_clock=boot_ms)
    assert not buttons.alive()
    buttons.start(heard.append)
    before_ms = boot_ms()
    until(lambda: driver.pushed("middle") and bool(heard))
    assert {press.button for press in heard} == {"snooze"}
    assert [press.down for press in heard][:1] == [True]
    for direction in ("up", "left", "right", "down"):
        for state in (1, 2, 2, 0):
            driver.push(direction, state)
    until(lambda: heard[-1] == Press(button="quiet", mono_ms=heard[-1].mono_ms, down=False))
    others = [(press.button, press.down) for press in heard if press.button != "snooze"]
    assert [button for button, down in others if down] == ["help", "taken_elsewhere", "refill", "quiet"]
    assert others == [(button, down) for button, _ in others[::2] for down in (True, False)]
    assert all(before_ms <= press.mono_ms <= boot_ms() for press in heard)
    assert buttons.alive()
    buttons.close()
    assert not buttons.alive()


def test_a_joystick_that_is_pulled_off_is_not_alive(caplog: pytest.LogCaptureFixture) -> None:
    class Gone:
        def get_events(self) -> list[Any]:
            raise OSError(19, "No such device")

        def close(self) -> None:
            return

    buttons = StickButtons(Gone(), boot_clock=boot_ms)
    buttons.start(lambda press: None)
    until(lambda: not buttons.alive())
    assert "The joystick is no longer heard" in caplog.text
    buttons.close()


def test_a_joystick_whose_driver_hangs_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread lives on in the driver: only the time it has been there tells."""
    free, asked = threading.Event(), threading.Event()

    class Hanging:
        def get_events(self) -> list[Any]:
            asked.set()
            free.wait(10)
            return []

        def close(self) -> None:
            return

    buttons = StickButtons(Hanging(), boot_clock=boot_ms)
    buttons.start(lambda press: None)
    assert asked.wait(5)
    assert buttons.alive()
    monkeypatch.setattr(stick, "DEAF_S", 0.0)
    assert not buttons.alive()
    monkeypatch.undo()
    free.set()
    until(lambda: buttons.alive())
    buttons.close()


def points(screen: Path) -> list[int]:
    raw = screen.read_bytes()
    return list(struct.unpack(f"{len(raw) // 2}H", raw))


def test_the_matrix_shows_the_sign_and_goes_dark(library: Any, tmp_path: Path) -> None:
    screen = tmp_path / "screen"
    parts = open_hat()
    assert parts.draw is not None
    panel = MatrixPanel(parts.draw, ("a", "b"))
    panel.show(PanelView(glyph="due"))
    blue = (80 >> 2 << 5) | (255 >> 3)
    until(lambda: len(points(screen)) == 64 and points(screen)[48:56] == [blue] * 8)
    until(lambda: len(points(screen)) == 64 and points(screen)[56:] == [0] * 8)
    panel.play("chime")
    panel.show(PanelView(glyph="idle", marks=("low_supply",)))
    until(lambda: len(points(screen)) == 64 and points(screen)[63] != 0)
    panel.close()
    until(lambda: points(screen) == [0] * 64)


def test_without_a_frame_buffer_the_sensor_and_joystick_still_work(
    driver: Driver, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's constructor would refuse all of it."""
    monkeypatch.setattr(library.SenseHat, "_get_fb_device", lambda self: None)
    with pytest.raises(OSError, match="Cannot detect RPi-Sense FB device"):
        library.SenseHat()
    parts = open_hat()
    driver.air(22.0, 50.0)
    assert climate_of(parts).read() == ClimateReading(temperature_c=22.0, humidity_pct=50.0)
    assert parts.draw is None
    assert parts.stick is not None
    assert "the LED matrix of the Sense HAT is absent; add dtoverlay=rpi-sense" in parts.missing[0].sentence


def test_without_a_joystick_the_sensor_and_matrix_still_work(
    driver: Driver, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        raise RuntimeError("unable to locate SenseHAT joystick device")

    monkeypatch.setattr(library, "SenseStick", absent)
    parts = open_hat()
    driver.air(22.0, 50.0)
    assert climate_of(parts).read() == ClimateReading(temperature_c=22.0, humidity_pct=50.0)
    assert parts.draw is not None
    assert parts.stick is None
    assert "the joystick of the Sense HAT is absent" in parts.missing[0].sentence
    assert library.SenseStick is absent


def unplug_i2c(library: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(library, "glob", types.SimpleNamespace(glob=lambda pattern: []))
    return r"turn I2C on with raspi-config"


def refuse_the_home(library: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The error names the folder that could not be made, which need not be the one that was wanted."""

    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied", "/nonexistent")

    monkeypatch.setattr(library.os, "makedirs", refused)
    return r"a home directory that it may write to"


@pytest.mark.parametrize("hinder", [unplug_i2c, refuse_the_home])
def test_without_its_sensor_the_matrix_and_joystick_still_work(
    driver: Driver, library: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hinder: Callable[..., str]
) -> None:
    """Lights and buttons were lost with a sensor that could not be opened."""
    mended_by = hinder(library, monkeypatch)
    before = library.glob, library.RTIMU, library.SenseStick
    parts = open_hat()
    assert parts.sensor is None
    assert_lit_and_pushed(parts, driver, tmp_path)
    sentence = only_missing(parts, "sensor_missing")
    assert sentence.startswith("the sensor of the Sense HAT is absent")
    assert mended_by in sentence
    assert before == (library.glob, library.RTIMU, library.SenseStick)


def test_without_the_library_of_the_sensor_the_matrix_and_joystick_still_work(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "RTIMU", None)
    forget_library(monkeypatch)
    bare = open_hat()
    assert (bare.draw, bare.sensor, bare.stick) == (None, None, None)
    for absent, part in zip(bare.missing, ("sensor", "joystick", "LED matrix"), strict=True):
        assert f"the {part} of the Sense HAT" in absent.sentence
    assert sys.modules.get("RTIMU") is None, "nobody else shall take the stand-in for the library"
    stand_in_for_devices(sys.modules["sense_hat.sense_hat"], monkeypatch, tmp_path)
    parts = open_hat()
    assert parts.sensor is None
    assert_lit_and_pushed(parts, driver, tmp_path)
    sentence = only_missing(parts, "sensor_missing")
    assert "install python3-rtimulib" in sentence
    forget_library(monkeypatch)


def only_missing(parts: HatParts, word: str) -> str:
    [absent] = parts.missing
    assert absent.word == word
    return absent.sentence


def assert_lit_and_pushed(parts: HatParts, driver: Driver, tmp_path: Path) -> None:
    assert parts.draw is not None
    parts.draw(((255, 255, 255),) * 64)
    assert points(tmp_path / "screen") == [0xFFFF] * 64
    stick = parts.stick
    assert stick is not None
    until(lambda: driver.pushed("middle") and bool(stick.get_events()))
    stick.close()


def test_without_the_library_there_is_no_hat(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_library(monkeypatch)
    monkeypatch.setitem(sys.modules, "sense_hat", None)
    with pytest.raises(DeviceAbsent, match=r"install the extra `box`"):
        open_hat()


HAT_SENSOR = SensorSettings(name="sense-hat", kind="sense-hat", address=0x5F)


def box_settings() -> BoxSettings:
    return BoxSettings(
        hardware="pi", compartments=("a",), hat=True, sensors=(HAT_SENSOR,), pins=PinMap(lids={"a": 4})
    )


def mock_pins() -> Pins:
    from gpiozero.pins.mock import MockFactory

    return Pins(MockFactory(revision="c03114"))


def test_a_box_with_its_hat_has_climate_matrix_and_buttons(
    driver: Driver, library: Any, tmp_path: Path
) -> None:
    box = open_pi_box(box_settings(), boot_ms, mock_pins())
    assert (box.notes, box.missing) == ((), ())
    driver.air(24.0, 55.0)
    [climate] = box.climates
    assert climate.read() == ClimateReading(temperature_c=24.0, humidity_pct=55.0)
    box.panel.show(PanelView(glyph="due", lamps={"a": Lamp(colour="blue", light="steady")}))
    until(lambda: any(points(tmp_path / "screen")))
    heard: list[Press] = []
    box.buttons.start(heard.append)
    until(lambda: driver.pushed("up") and bool(heard))
    assert heard[0].button == "help"
    box.close()


def test_a_box_whose_hat_is_missing_watches_its_lids_and_says_its_sensor_is_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forget_library(monkeypatch)
    monkeypatch.setitem(sys.modules, "sense_hat", None)
    box = open_pi_box(box_settings(), boot_ms, mock_pins())
    [climate] = box.climates
    assert isinstance(climate, AwaitedClimate)
    assert climate.name == "sense-hat"
    assert climate.read() == NoReading(because="absent")
    [absent] = [part for part in box.missing if part.word == "hat_missing"]
    assert "library that is not installed" in absent.sentence
    assert box.lids.start(lambda reading: None) == {"a": True}
    box.close()


# The sensor that goes and comes back.


def test_a_hat_that_is_plugged_in_later_is_read_without_a_restart(
    driver: Driver, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = library.glob
    monkeypatch.setattr(library, "glob", types.SimpleNamespace(glob=lambda pattern: []))
    [climate] = open_climates(box_settings(), open_hat())
    assert climate.read() == NoReading(because="absent")
    monkeypatch.setattr(library, "glob", there)
    driver.air(23.0, 51.0)
    until(lambda: climate.read() == ClimateReading(temperature_c=23.0, humidity_pct=51.0))
    climate.close()


def test_a_sensor_that_lost_its_power_is_set_up_anew_until_it_moves() -> None:
    """The chip measures no more, and the library repeats its last values as valid."""
    air, set_up = [22.0], [0]

    def wake() -> None:
        set_up[0] += 1
        if set_up[0] == 3:
            air[0] = 22.1

    climate = HatClimate(
        read_humidity=lambda: 40.0, read_temperature=lambda: air[0], cpu_c=lambda: 50.0,
        calibration=Calibration(), wake=wake,
    )  # fmt: skip
    for _ in range(STUCK_READINGS):
        climate.read()
    assert set_up == [1], "only the first reading wakes a healthy sensor"
    assert climate.read() == NoReading(because="stuck")
    assert climate.read() == NoReading(because="stuck")
    assert isinstance(climate.read(), ClimateReading)
    assert set_up == [3]


def test_waking_makes_the_library_set_the_chip_up(library: Any) -> None:
    parts = open_hat()
    assert parts.wake is not None
    assert parts.sensor is not None
    parts.sensor.get_humidity()
    assert vars(parts.sensor)["_humidity_init"]
    parts.wake()
    assert not vars(parts.sensor)["_humidity_init"]


# Light.


def with_light(read_light_pct: Callable[[], float]) -> HatClimate:
    humidities = iter([40.0 + step / 10 for step in range(9)])
    return HatClimate(
        read_humidity=lambda: next(humidities), read_temperature=lambda: 22.0, cpu_c=lambda: 50.0,
        calibration=Calibration(), read_light_pct=read_light_pct,
    )  # fmt: skip


@pytest.mark.parametrize(("seen", "told"), [(0.0, 0.0), (12.34, 12.3), (100.0, 100.0), (130.0, 100.0)])
def test_light_is_told_in_per_cent_beside_the_air(seen: float, told: float) -> None:
    reading = with_light(lambda: seen).read()
    assert isinstance(reading, ClimateReading)
    assert reading.light_pct == told


def test_a_colour_sensor_that_fails_takes_nothing_with_it() -> None:
    def gone() -> float:
        raise OSError(121, "Remote I/O error")

    reading = with_light(gone).read()
    assert isinstance(reading, ClimateReading)
    assert reading.light_pct is None


def test_the_clear_channel_of_a_hat_of_version_two_is_the_light(
    library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Colour:
        clear_raw, max_raw = 16_384, 65_535
        enabled, gain, integration_cycles = False, 1, 1

    seen = Colour()
    monkeypatch.setattr(library, "ColourSensor", lambda: seen)
    parts = open_hat()
    assert parts.read_light_pct is not None
    assert round(parts.read_light_pct()) == 25
    assert (seen.enabled, seen.gain, seen.integration_cycles) == (True, 16, 64)


def test_a_hat_of_version_one_tells_no_light(library: Any) -> None:
    assert open_hat().read_light_pct is None
