"""Does a sensor show what the reference shows after it was calibrated, and is nonsense refused?"""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from controller.errors import CalibrationRefused, ConfigRefused
from controller.installing import calibrate as calibrate_module
from controller.installing.calibrate import Bench, Wish, calibrate
from controller.installing.calibrating import LOOKS, Measured, Reference, calibration_for, steady
from controller.installing.config import read_config
from controller.installing.toml_edit import inline, with_calibration
from firmware.air import corrected
from firmware.board import BoxSettings, Calibration, SensorKind
from firmware.ports import Climate, ClimateReading, NoReading
from tests.hub_parts import ROOT

HAT = """# The box in the kitchen.
[box]
id = "kitchen"       # as the hub knows it
hat = true

[sensor]
kind = "sense-hat"   # sits on the computer
# calibration = { cpu_factor = 1.5 }

[clock]
trust = "rtc"        # there is a chip
"""
TWO = """[box]
id = "kitchen"

[[sensors]]
name = "shelf"
kind = "bme280"

[[sensors]]          # lies with the tablets
name = "tablets"
kind = "sht4x"
of_medicine = true
calibration = { temperature_offset_c = 9.0 }   # of the old one
"""


class Steady:
    """A sensor that reads what it is told to, one after another, and the last for ever."""

    def __init__(self, *readings: ClimateReading | NoReading) -> None:
        self.name = "steady"
        self.readings = list(readings)
        self.closed = False

    def read(self) -> ClimateReading | NoReading:
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]

    def close(self) -> None:
        self.closed = True


def reads(temperature_c: float, humidity_pct: float) -> ClimateReading:
    return ClimateReading(temperature_c=temperature_c, humidity_pct=humidity_pct)


def asked(
    path: Path,
    device: Steady,
    /,
    *,
    answers: tuple[str, ...] | None = None,
    cpu_c: float | None = 55.0,
    **wish: object,
) -> str:
    """Run the command with a person who answers in this order, or with nobody; return what was written."""
    said: list[str] = []
    waiting = list(answers or ())
    opened: list[BoxSettings] = []

    def open_climate(box: BoxSettings) -> Climate:
        opened.append(box)
        return device

    bench = Bench(open_climate=open_climate, cpu_c=lambda: cpu_c, pause=lambda _: None)
    ask: Callable[[str], str] | None = None if answers is None else lambda question: waiting.pop(0)
    status = calibrate(replace(Wish(config=path), **wish), said.append, ask, bench)  # type: ignore[arg-type] # its fields
    assert status == 0
    assert device.closed
    assert opened[0].sensors[0].calibration == Calibration(), "what it reads must not be corrected already"
    return "".join(said)


@pytest.fixture
def hat(tmp_path: Path) -> Path:
    path = tmp_path / "controller.toml"
    path.write_text(HAT)
    return path


# What is worked out.


@settings(deadline=None)
@given(
    kind=st.sampled_from(["sense-hat", "sht4x", "bme280"]),
    read_c=st.floats(5, 45),
    read_pct=st.floats(15, 85),
    true_c=st.floats(5, 40),
    true_pct=st.floats(15, 85),
    cpu_c=st.none() | st.floats(30, 80),
)
def test_after_it_the_sensor_shows_what_the_reference_shows(
    kind: SensorKind, read_c: float, read_pct: float, true_c: float, true_pct: float, cpu_c: float | None
) -> None:
    measured = Measured(temperature_c=read_c, humidity_pct=read_pct, cpu_c=cpu_c)
    try:
        found = calibration_for(kind, measured, Reference(temperature_c=true_c, humidity_pct=true_pct))
    except CalibrationRefused:
        assume(False)
    shown = corrected(read_c, read_pct, cpu_c=cpu_c, calibration=found)
    assert isinstance(shown, ClimateReading)
    assert shown.temperature_c == pytest.approx(true_c, abs=0.2)
    assert shown.humidity_pct == pytest.approx(true_pct, abs=1.5)


def test_a_hat_on_a_warm_computer_gets_a_factor_and_a_sensor_on_a_cable_an_offset() -> None:
    measured = Measured(temperature_c=35.0, humidity_pct=30.0, cpu_c=55.0)
    by_hat = calibration_for("sense-hat", measured, Reference(temperature_c=25.0))
    assert by_hat == Calibration(cpu_factor=2.0)
    by_cable = calibration_for("sht4x", measured, Reference(temperature_c=25.0))
    assert by_cable == Calibration(temperature_offset_c=-10.0)


def test_a_hat_that_is_hardly_warmed_gets_an_offset_and_no_guesswork() -> None:
    cold = Measured(temperature_c=22.0, humidity_pct=50.0, cpu_c=22.5)
    assert calibration_for("sense-hat", cold, Reference(temperature_c=21.0)).cpu_factor is None
    cooler = Measured(temperature_c=20.0, humidity_pct=50.0, cpu_c=50.0)
    assert calibration_for("sense-hat", cooler, Reference(temperature_c=21.0)).temperature_offset_c == 1.0


def test_humidity_is_restated_before_its_own_error_is_told_from_the_heat() -> None:
    """A sensor at 35 °C and 30 % in air of 25 °C has 53.3 % right: to add 23 % would be twice too much."""
    measured = Measured(temperature_c=35.0, humidity_pct=30.0, cpu_c=55.0)
    right = calibration_for("sense-hat", measured, Reference(temperature_c=25.0, humidity_pct=53.3))
    assert right.humidity_offset_pct == pytest.approx(0.0, abs=0.1)
    off = calibration_for("sense-hat", measured, Reference(temperature_c=25.0, humidity_pct=50.0))
    assert off.humidity_offset_pct == pytest.approx(-3.3, abs=0.1)


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        (Reference(temperature_c=6.0), "16 °C apart is no error to calibrate away"),
        (Reference(temperature_c=38.0), "16 °C apart is no error to calibrate away"),
        (Reference(temperature_c=-3.0), "no room to calibrate in"),
        (Reference(temperature_c=72.0), "no room to calibrate in"),
        (Reference(temperature_c=math.nan), "no room to calibrate in"),
        (Reference(temperature_c=22.0, humidity_pct=99.0), "no humidity to calibrate in"),
        (Reference(temperature_c=22.0, humidity_pct=math.nan), "no humidity to calibrate in"),
        (Reference(temperature_c=22.0, humidity_pct=80.0), "is the right number typed in"),
    ],
)
def test_a_reference_that_cannot_be_meant_is_refused(reference: Reference, why: str) -> None:
    measured = Measured(temperature_c=22.0, humidity_pct=50.0, cpu_c=None)
    with pytest.raises(CalibrationRefused, match=why):
        calibration_for("sht4x", measured, reference)


def test_steady_is_the_mean_of_the_newest_looks_and_not_before_there_are_enough() -> None:
    looks: list[tuple[ClimateReading, float | None]] = [(reads(30.0 - n, 50.0), 50.0) for n in range(5)]
    assert steady(looks) is None
    looks += [(reads(22.0 + n % 2 / 10, 50.0 + n % 2), 51.0) for n in range(LOOKS)]
    found = steady(looks)
    assert found is not None
    assert (round(found.temperature_c, 3), round(found.humidity_pct, 3), found.cpu_c) == (22.05, 50.5, 51.0)
    looks.append((reads(22.5, 50.0), 51.0))
    assert steady(looks) is None


# What is written.


def test_only_one_line_of_the_file_changes_and_its_comments_stay(hat: Path) -> None:
    said = asked(hat, Steady(reads(35.0, 30.0)), temperature_c=25.0, yes=True)
    line = "calibration = { cpu_factor = 2.0, temperature_offset_c = 0.0, humidity_offset_pct = 0.0 }\n"
    kind = 'kind = "sense-hat"   # sits on the computer\n'
    assert hat.read_text() == HAT.replace(kind, kind + line)
    assert f"Written to {hat}" in said
    assert read_config(hat).settings.sensors[0].calibration.cpu_factor == 2.0


def test_of_two_sensors_the_medicines_own_is_meant_and_the_other_can_be(tmp_path: Path) -> None:
    path = tmp_path / "controller.toml"
    path.write_text(TWO)
    asked(path, Steady(reads(23.0, 50.0)), temperature_c=22.5, yes=True)
    assert (
        "{ temperature_offset_c = -0.5, humidity_offset_pct = 0.0 }   # of the old one\n" in path.read_text()
    )
    asked(path, Steady(reads(22.0, 50.0)), temperature_c=22.5, sensor="shelf", yes=True)
    tablets, shelf = read_config(path).settings.sensors
    assert (tablets.calibration.temperature_offset_c, shelf.calibration.temperature_offset_c) == (-0.5, 0.5)


def test_without_a_yes_it_only_shows_what_it_would_write(hat: Path) -> None:
    said = asked(hat, Steady(reads(35.0, 30.0)), temperature_c=25.0)
    assert "calibration = { cpu_factor = 2.0," in said
    assert "Nothing was changed. To write it, say --yes." in said
    assert hat.read_text() == HAT


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("YES ", True), ("", False), ("n", False)])
def test_a_person_at_the_terminal_is_asked_step_by_step(hat: Path, answer: str, written: bool) -> None:
    said = asked(hat, Steady(reads(35.0, 30.0)), answers=("25,0 °C", "53.3 %", answer))
    assert "Steady: sense-hat reads 35.0 °C, 30 % humidity, uncorrected." in said
    assert (hat.read_text() != HAT) == written


def test_a_home_without_a_hygrometer_says_nothing_there(hat: Path) -> None:
    asked(hat, Steady(reads(35.0, 30.0)), answers=("25", "", "y"))
    assert "humidity_offset_pct = 0.0" in hat.read_text()


def test_json_says_what_was_measured_what_was_before_and_whether_it_was_written(hat: Path) -> None:
    said = json.loads(asked(hat, Steady(reads(35.0, 30.0)), temperature_c=25.0, as_json=True))
    assert said["sensor"] == "sense-hat"
    assert said["measured"] == {"temperature_c": 35.0, "humidity_pct": 30.0, "cpu_c": 55.0}
    assert said["reference"] == {"temperature_c": 25.0, "humidity_pct": None}
    assert said["calibration"]["cpu_factor"] == 2.0
    assert said["before"] == {"temperature_offset_c": 0.0, "humidity_offset_pct": 0.0}
    assert said["written"] is False
    assert hat.read_text() == HAT


def test_a_sensor_that_does_not_settle_is_refused(hat: Path) -> None:
    moving = Steady(*[reads(20.0 + n, 50.0) for n in range(80)])
    with pytest.raises(CalibrationRefused, match="is not steady; keep draughts"):
        asked(hat, moving, temperature_c=25.0, yes=True)
    assert moving.closed
    assert hat.read_text() == HAT


def test_a_sensor_that_does_not_answer_is_the_doctors(hat: Path) -> None:
    with pytest.raises(CalibrationRefused, match=r"gives no reading \(absent\)"):
        asked(hat, Steady(NoReading(because="absent")), temperature_c=25.0, yes=True)


def test_the_reading_that_wakes_a_sensor_is_passed_over(hat: Path) -> None:
    waking = Steady(NoReading(because="not_ready"), reads(35.0, 30.0))
    assert "cpu_factor = 2.0" in asked(hat, waking, temperature_c=25.0)


@pytest.mark.parametrize("answers", [None, ("", "")])
def test_without_a_reference_there_is_nothing_to_do(hat: Path, answers: tuple[str, ...] | None) -> None:
    with pytest.raises(CalibrationRefused, match=r"reference|--temperature"):
        asked(hat, Steady(reads(35.0, 30.0)), answers=answers)


def test_what_is_no_number_is_refused(hat: Path) -> None:
    with pytest.raises(CalibrationRefused, match="'warm' is not a number"):
        asked(hat, Steady(reads(35.0, 30.0)), answers=("warm",))


def test_a_sensor_that_the_box_does_not_have_is_refused_with_those_it_has(hat: Path) -> None:
    with pytest.raises(ConfigRefused, match="no sensor 'attic'; there is sense-hat"):
        asked(hat, Steady(reads(35.0, 30.0)), sensor="attic")
    hat.write_text('[box]\nid = "kitchen"\n')
    with pytest.raises(ConfigRefused, match="no sensor that could be calibrated"):
        asked(hat, Steady(reads(35.0, 30.0)))


def test_while_the_controller_runs_it_is_refused(hat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate_module, "is_running", lambda directory: True)
    with pytest.raises(CalibrationRefused, match="stop it first"):
        asked(hat, Steady(reads(35.0, 30.0)), temperature_c=25.0)


def test_the_file_keeps_its_rights_and_nothing_is_left_beside_it(hat: Path) -> None:
    hat.chmod(0o640)
    asked(hat, Steady(reads(35.0, 30.0)), temperature_c=25.0, yes=True)
    assert stat.S_IMODE(hat.stat().st_mode) == 0o640
    assert [path.name for path in hat.parent.iterdir()] == ["controller.toml"]


def test_a_write_that_fails_leaves_the_old_file_whole(hat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CalibrationRefused, match="No space left"):
        asked(hat, Steady(reads(35.0, 30.0)), temperature_c=25.0, yes=True)
    assert hat.read_text() == HAT
    assert [path.name for path in hat.parent.iterdir()] == ["controller.toml"]


# The narrow edit.


def test_the_shipped_example_can_be_edited() -> None:
    text = (ROOT / "deploy" / "controller.toml").read_text("utf-8")
    changed = with_calibration(text, "sense-hat", Calibration(cpu_factor=1.4))
    assert len(changed.splitlines()) == len(text.splitlines()) + 1
    assert [line for line in text.splitlines() if line not in changed.splitlines()] == []


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_ends_of_its_lines_stay_as_they_are(ending: str) -> None:
    text = "\ufeff" + HAT.replace("\n", ending)
    changed = with_calibration(text, "sense-hat", Calibration(cpu_factor=1.4))
    assert changed.count(ending) == text.count(ending) + 1
    assert changed.count("\n") == changed.count(ending)
    assert changed.startswith("\ufeff#")


def test_a_file_without_a_last_line_end_gets_the_line_below() -> None:
    text = '[box]\nid = "a"\n[sensor]\nkind = "sht4x"'
    assert with_calibration(text, "sht4x", Calibration()).endswith(
        f'"sht4x"\ncalibration = {inline(Calibration())}\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        '[box]\nid = "a"\nsensor = { kind = "sht4x" }\n',
        '[sensor]\nkind = "sht4x"\n[sensor.calibration]\ncpu_factor = 2.0\n',
        'sensor.kind = "sht4x"\n',
        'note = """\n[sensor]\n"""\n[sensor]\nkind = "sht4x"\n',
    ],
)
def test_what_cannot_be_changed_by_one_line_is_left_to_the_person(text: str) -> None:
    with pytest.raises(CalibrationRefused, match="put this line into the table") as caught:
        with_calibration(text, "sht4x", Calibration(temperature_offset_c=-1.5))
    assert "temperature_offset_c = -1.5" in str(caught.value)
