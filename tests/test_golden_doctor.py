"""What does the doctor say of a box with no hardware, with half of it, and with a sensor that lies?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from controller.installing.doctor import report
from firmware import probe as probe_module
from firmware.board import BoxSettings, Calibration, PinMap, SensorSettings
from firmware.errors import DeviceAbsent
from firmware.findings import Finding
from firmware.gpio.pins import Pins
from firmware.hat.climate import HatClimate
from firmware.hat.parts import HatParts
from firmware.ports import Climate, Missing
from firmware.sensors import trying
from firmware.sensors.bme280 import Bme280
from firmware.sensors.sht4x import Sht4x
from tests.test_bme280 import WORKED_T, ChipBus
from tests.test_sht4x import SensorBus, frame

GOLDEN = Path(__file__).parent / "golden" / "doctor"

TABLETS = SensorSettings(name="tablets", kind="sht4x", address=0x44)
SHELF = SensorSettings(name="shelf", kind="bme280", address=0x76)
ON_HAT = SensorSettings(name="sense-hat", kind="sense-hat", address=0x5F)
BOX = BoxSettings(
    hardware="pi",
    compartments=("mon-am", "mon-pm"),
    pins=PinMap(lids={"mon-am": 4, "mon-pm": 5}, lamps={"mon-am": 6}, buttons={"help": 7}, buzzer=13),
)
NOISE = (0.0, 0.04, -0.02, 0.03, -0.05, 0.01, 0.02)


class Air(SensorBus):
    """An SHT4x whose answers come one after another, over a fake-rpi bus."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self.answers = answers
        self.turn = 0

    def i2c_rdwr(self, *messages: object) -> None:
        self.answer = self.answers[self.turn // 2 % len(self.answers)]
        self.turn += 1
        super().i2c_rdwr(*messages)


class Chip(ChipBus):
    """A BME280 whose last digits move."""

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        self.raw = (self.raw[0] + 3, self.raw[1] + 5)
        super().write_byte_data(i2c_addr, register, value)


def room(base_c: float = 24.0, humidity_pct: float = 39.5) -> list[bytes]:
    return [frame(base_c + noise, humidity_pct + noise) for noise in NOISE]


def tablets(*answers: bytes) -> Climate:
    bus = Air(*answers)
    return Sht4x(lambda: bus, name="tablets", calibration=Calibration())


def shelf(*, plugged: bool = True, chip: int = 0x60) -> Climate:
    bus = Chip()
    # 24.4 °C and 41 %, moving by hundredths.
    bus.raw, bus.plugged, bus.chip = (WORKED_T - 2_300, 27_400), plugged, chip
    return Bme280(bus.open, name="shelf", calibration=Calibration())


def on_hat(read: Callable[[], float]) -> Climate:
    return HatClimate(
        read_humidity=read, read_temperature=read, cpu_c=lambda: 50.0, calibration=Calibration()
    )


def good_pins() -> Pins:
    pins = Pins(MockFactory(revision="c03114", pin_class=MockPWMPin))
    pins.blind_spot = lambda: None  # type: ignore[method-assign]  # lgpio's, which mock pins have not
    return pins


def no_pins() -> Pins:
    raise DeviceAbsent("the pins cannot be opened with lgpio: can not open gpiochip; is this a Raspberry Pi?")


def half_the_pins() -> Pins:
    pins = good_pins()
    for pin in (5, 13):
        pins.light(pin)
    return pins


def looked_at(
    sensors: Sequence[SensorSettings],
    climates: Sequence[Climate],
    pins: Callable[[], Pins] = good_pins,
    *,
    hat: bool = False,
) -> str:
    box = BoxSettings(
        hardware="pi", compartments=BOX.compartments, pins=BOX.pins, hat=hat, sensors=tuple(sensors)
    )
    findings = probe_module.probe(box, opener=pins, sensors=lambda box, parts: tuple(climates), pause_s=0)
    said: list[str] = []
    status = report(findings, said.append, as_json=False)
    return f"{''.join(said)}exit status {status}\n"


def no_hardware() -> str:
    def absent() -> HatParts:
        raise DeviceAbsent("the Sense HAT does not open: Cannot access I2C; turn I2C on with raspi-config")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe_module, "open_hat", absent)
        unplugged = on_hat(_unplugged)
        return looked_at((ON_HAT, SHELF), (unplugged, shelf(plugged=False)), no_pins, hat=True)


def _unplugged() -> float:
    raise OSError(121, "Remote I/O error")


def half_of_it() -> str:
    part = Missing(word="matrix_missing", sentence="the LED matrix of the Sense HAT is absent")
    found = HatParts(draw=None, low_light=None, sensor=None, stick=None, missing=(part,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe_module, "open_hat", lambda: found)
        return looked_at((TABLETS, SHELF), (tablets(*room()), shelf(plugged=False)), half_the_pins, hat=True)


def both(*answers: bytes) -> str:
    return looked_at((TABLETS, SHELF), (tablets(*answers), shelf()))


DAMAGED = bytes([102, 102, 0, 124, 237, 131])

SCENES: dict[str, Callable[[], str]] = {
    "no-hardware": no_hardware,
    "half-the-hardware": half_of_it,
    "all-well": lambda: both(*room()),
    "lies-frozen": lambda: both(frame(24.0, 41.0)),
    "lies-10-off": lambda: both(*room(34.0)),
    "lies-10-off-alone": lambda: looked_at((TABLETS,), (tablets(*room(34.0)),)),
    "lies-40-off-alone": lambda: looked_at((TABLETS,), (tablets(*room(64.0)),)),
    "lies-zero": lambda: looked_at((ON_HAT,), (on_hat(lambda: 0),), hat=False),
    "lies-zero-as-a-number": lambda: looked_at((ON_HAT,), (on_hat(lambda: 0.0),), hat=False),
    "lies-damaged": lambda: both(DAMAGED),
    "lies-now-and-then": lambda: both(*room()[:2], DAMAGED, *room()[:2]),
    "lies-jumping": lambda: both(*room()[:2], *room(34.0)[:2]),
    "lies-wrong-chip": lambda: looked_at((TABLETS, SHELF), (tablets(*room()), shelf(chip=0x58))),
}


@pytest.fixture(autouse=True)
def cool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "cpu_temperature_c", lambda: None)


@pytest.mark.parametrize("name", SCENES)
def test_the_doctor_says_what_it_said_on_release(name: str) -> None:
    assert SCENES[name]() == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("no-hardware", ["MEND pins", "MEND sense-hat", "MEND climate sense-hat", "MEND climate shelf"]),
        ("half-the-hardware", ["MEND lid mon-pm", "MEND buzzer", "MEND climate shelf"]),
        ("all-well", []),
        ("lies-frozen", ["MEND climate tablets"]),
        ("lies-10-off", ["MEND sensors"]),
        ("lies-10-off-alone", []),
        ("lies-40-off-alone", ["MEND climate"]),
        ("lies-zero", ["MEND climate"]),
        ("lies-zero-as-a-number", ["MEND climate"]),
        ("lies-damaged", ["MEND climate tablets"]),
        ("lies-now-and-then", ["MEND climate tablets"]),
        ("lies-jumping", ["MEND climate tablets"]),
        ("lies-wrong-chip", ["MEND climate shelf"]),
    ],
)
def test_every_liar_is_to_be_mended_and_nothing_that_is_well(name: str, mend: list[str]) -> None:
    """The golden files could be made anew by mistake; this is written by hand."""
    said = SCENES[name]()
    for word in mend:
        assert f"{word}: " in said
    assert said.endswith(f"exit status {1 if mend or 'MEND' in said else 0}\n")
    if not mend:
        assert "MEND" not in said


def test_a_sensor_that_only_had_to_be_woken_is_well() -> None:
    humidities = iter([0, 0, 40.0, 40.1, 40.2, 40.3, 40.1, 40.0, 40.2, 40.1, 40.3, 40.2])
    waking = HatClimate(
        read_humidity=lambda: next(humidities), read_temperature=lambda: 22.0, cpu_c=lambda: 50.0,
        calibration=Calibration(),
    )  # fmt: skip
    calibrated = SensorSettings(
        name="sense-hat", kind="sense-hat", address=0x5F, calibration=Calibration(cpu_factor=1.5)
    )
    [finding] = trying.try_sensors(
        BoxSettings(hardware="pi", hat=True, sensors=(calibrated,)), (waking,), pause_s=0
    )
    assert finding.ok, finding


def test_it_closes_what_it_opened() -> None:
    bus = Air(*room())
    trying.try_sensors(
        BoxSettings(hardware="pi", sensors=(TABLETS,)),
        (Sht4x(lambda: bus, name="tablets", calibration=Calibration()),),
        pause_s=0,
    )
    assert bus.closed == 1


def test_a_box_without_a_sensor_is_told_what_that_means() -> None:
    assert trying.try_sensors(BOX, ()) == (
        Finding(
            name="climate",
            ok=True,
            sentence="This box has no humidity and temperature sensor: storage is not watched.",
        ),
    )
