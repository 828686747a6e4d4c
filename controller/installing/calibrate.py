"""How is a sensor calibrated, step by step, with a thermometer beside it?"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from controller.errors import CalibrationRefused, ConfigRefused
from controller.installing.calibrating import LOOKS, Measured, Reference, calibration_for, steady
from controller.installing.config import Config, read_config
from controller.installing.toml_edit import inline, plain_of, with_calibration
from controller.running.alone import is_running
from firmware.air import SteadyCpu
from firmware.board import BoxSettings, Calibration, SensorSettings
from firmware.errors import DeviceAbsent
from firmware.hat.parts import HatParts, open_hat
from firmware.ports import Climate, ClimateReading
from firmware.sensors.opening import open_climates

EVERY_S = 10.0
LONGEST_LOOKS = 60
"""Ten minutes: a sensor that moves for longer stands in a draught, or the computer still warms up."""

Ask = Callable[[str], str]
"""Asks a person and returns the answer; raises EOFError where there is nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was said on the command line."""

    config: Path
    sensor: str | None = None
    temperature_c: float | None = None
    humidity_pct: float | None = None
    yes: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """How the sensor is read; a test has a quicker one."""

    open_climate: Callable[[BoxSettings], Climate]
    cpu_c: Callable[[], float | None]
    pause: Callable[[float], object] = time.sleep


def calibrate(wish: Wish, write: Callable[[str], object], ask: Ask | None, bench: Bench | None = None) -> int:
    """Measure, ask for the reference, show what would be written, and write it after a yes.

    Raises:
        ConfigRefused: The file cannot be used, or names no such sensor.
        CalibrationRefused: The sensor is not steady, or the reference cannot be meant.

    """
    config = read_config(wish.config)
    sensor = _chosen(config, wish)
    if is_running(config.directory):
        raise CalibrationRefused("the controller is running and reads the sensor; stop it first")
    say = (lambda text: None) if wish.as_json else write
    measured = _measured(config.settings, sensor, bench or _bench(), say)
    reference = _reference(wish, ask)
    calibration = calibration_for(sensor.kind, measured, reference)
    text = wish.config.read_bytes().decode("utf-8")
    changed = with_calibration(text, sensor.name, calibration)
    say(f"This would be written for {sensor.name}: calibration = {inline(calibration)}\n")
    agreed = wish.yes or _agreed(ask, as_json=wish.as_json)
    if agreed:
        _replace(wish.config, changed)
    if wish.as_json:
        write(_told(sensor, measured, reference, calibration, written=agreed))
    elif agreed:
        say(f"Written to {wish.config}. Start the controller again; `doctor` shows what it reads now.\n")
    else:
        say("Nothing was changed. To write it, say --yes.\n")
    return 0


def _chosen(config: Config, wish: Wish) -> SensorSettings:
    sensors = config.settings.sensors
    if config.settings.hardware == "simulated" or not sensors:
        raise ConfigRefused(f"{wish.config}: this box has no sensor that could be calibrated")
    name = sensors[0].name if wish.sensor is None else wish.sensor
    for sensor in sensors:
        if sensor.name == name:
            return sensor
    known = ", ".join(sensor.name for sensor in sensors)
    raise ConfigRefused(f"{wish.config}: there is no sensor {name!r}; there is {known}")


def _measured(
    settings: BoxSettings, sensor: SensorSettings, bench: Bench, say: Callable[[str], object]
) -> Measured:
    bare = replace(settings, sensors=(replace(sensor, calibration=Calibration()),))
    climate = bench.open_climate(bare)
    looks: list[tuple[ClimateReading, float | None]] = []
    failed = ""
    say(f"Put the reference beside {sensor.name} and wait; this takes a minute, or more if the air moves.\n")
    try:
        for turn in range(LONGEST_LOOKS):
            if turn:
                bench.pause(EVERY_S)
            reading = climate.read()
            if not isinstance(reading, ClimateReading):
                failed, looks = reading.because, []
                if turn >= LOOKS:
                    break
                continue
            failed = ""
            looks.append((reading, bench.cpu_c()))
            if (measured := steady(looks)) is not None:
                said = f"{measured.temperature_c:.1f} °C, {measured.humidity_pct:.0f} % humidity"
                say(f"Steady: {sensor.name} reads {said}, uncorrected.\n")
                return measured
    finally:
        climate.close()
    if failed:
        raise CalibrationRefused(
            f"the sensor {sensor.name} gives no reading ({failed}); ask the doctor first"
        )
    raise CalibrationRefused(
        f"the sensor {sensor.name} is not steady; keep draughts, hands and the sun away, and let the box run "
        "for an hour before"
    )


def _reference(wish: Wish, ask: Ask | None) -> Reference:
    warm, damp = wish.temperature_c, wish.humidity_pct
    if warm is None:
        if ask is None:
            raise CalibrationRefused("say what the thermometer beside it shows: --temperature 21.4")
        warm = _number(ask("What does the thermometer beside it show, in °C? "))
        if warm is None:
            raise CalibrationRefused("without a reference there is nothing to calibrate by")
        if damp is None:
            damp = _number(ask("And the hygrometer, in %? (nothing, if there is none) "))
    return Reference(temperature_c=warm, humidity_pct=damp)


def _number(said: str) -> float | None:
    if not said.strip():
        return None
    try:
        return float(said.replace(",", ".").strip().rstrip("%°Cc "))
    except ValueError as error:
        raise CalibrationRefused(f"{said.strip()[:40]!r} is not a number") from error


def _agreed(ask: Ask | None, *, as_json: bool) -> bool:
    if ask is None or as_json:
        return False
    return ask("Is that right? [y/N] ").strip().lower() in ("y", "yes")


def _replace(path: Path, text: str) -> None:
    """Put a new text in the place of a file at once: after a power cut there is the old one or the new."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, beside)
        with suppress(PermissionError):
            owner = path.stat()
            os.chown(beside, owner.st_uid, owner.st_gid)
        read_config(beside)
        beside.replace(path)
    except OSError as error:
        raise CalibrationRefused(f"{path} cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)


def _told(
    sensor: SensorSettings,
    measured: Measured,
    reference: Reference,
    calibration: Calibration,
    *,
    written: bool,
) -> str:
    told: dict[str, Any] = {
        "sensor": sensor.name,
        "measured": asdict(measured),
        "reference": asdict(reference),
        "before": plain_of(sensor.calibration),
        "calibration": plain_of(calibration),
        "written": written,
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _bench() -> Bench:
    return Bench(open_climate=_opened, cpu_c=SteadyCpu().read_c)


def _opened(settings: BoxSettings) -> Climate:
    hat: HatParts | None = None
    if settings.hat:
        with suppress(DeviceAbsent):
            hat = open_hat()
        if hat is not None and hat.stick is not None:
            hat.stick.close()
    return open_climates(settings, hat)[0]
