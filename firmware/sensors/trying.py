"""Does a sensor answer, and does it lie?

One reading cannot tell: a chip that froze goes on saying what it said, and one that is ten degrees off says
it steadily. So each is read several times, and they are compared with one another.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from firmware.air import cpu_temperature_c
from firmware.board import BoxSettings, SensorSettings
from firmware.findings import Finding, bad, good
from firmware.ports import Climate, ClimateReading, NoReading

TIMES = 8
"""The last digits of a sensor move: so many equal readings are the work of chance once in a million times."""

PAUSE_S = 0.3

STEADY_C, STEADY_PCT = 1.0, 5.0
"""Further apart than that no two readings of seconds are."""

APART_C, APART_PCT = 3.0, 15.0
"""What two sensors in one box may differ by; the box itself doubts at the same figures."""

LIVED_IN_C, LIVED_IN_PCT = (5.0, 40.0), (10.0, 90.0)
"""Rooms that people live in."""

FAULTS: Mapping[str, str] = {
    "absent": "it does not answer; look at its wires and its address",
    "crc": "its answers arrive damaged; shorten the wires and keep them away from the buzzer's",
    "not_ready": "it gives no valid reading; if it goes on so, push it home and restart the box",
    "stuck": "it repeats itself; restart the box",
    "implausible": "it says what no room is like; replace it",
    "no_cpu_temperature": "the temperature of the processor cannot be read, which its correction needs",
    "wrong_chip": "another chip answers there; a BMP280 looks the same and feels no humidity",
}

Readings = Sequence[ClimateReading | NoReading]


def try_sensors(
    settings: BoxSettings, climates: Sequence[Climate], *, pause_s: float = PAUSE_S
) -> tuple[Finding, ...]:
    """Read each sensor several times and say what is found; closes them."""
    if not climates:
        return (good("climate", "This box has no humidity and temperature sensor: storage is not watched."),)
    heard: dict[str, list[ClimateReading | NoReading]] = {climate.name: [] for climate in climates}
    for turn in range(TIMES):
        if turn:
            time.sleep(pause_s)
        for climate in climates:
            heard[climate.name].append(climate.read())
    for climate in climates:
        climate.close()
    return tuple(_findings(settings.sensors, heard))


def _findings(sensors: Sequence[SensorSettings], heard: Mapping[str, Readings]) -> Iterator[Finding]:
    medicine = next(iter(heard))
    lies = {name: _lie(readings) for name, readings in heard.items()}
    for name, readings in heard.items():
        title = "climate" if len(heard) == 1 else f"climate {name}"
        if why := lies[name]:
            yield bad(title, f"The sensor {name}: {why}.")
            continue
        told = f"The sensor {name} reads {_words(_last(readings))}"
        role = "; by it the storage is judged" if len(heard) > 1 and name == medicine else ""
        yield good(title, f"{told}{role}; compare with a room thermometer.")
    for name, readings in heard.items():
        if name != medicine and not lies[name] and not lies[medicine]:
            yield from _apart(medicine, heard[medicine], name, readings)
    for sensor in sensors:
        yield from _warmed(sensor)


def _lie(readings: Readings) -> str:
    """Say what is wrong with the readings of one sensor; nothing if they can be believed."""
    failed = [one for one in readings if isinstance(one, NoReading)]
    valid = [one for one in readings if isinstance(one, ClimateReading)]
    # The first reading may only wake the sensor.
    if failed and (len(failed) > 1 or isinstance(readings[-1], NoReading)):
        why = FAULTS.get(failed[-1].because, failed[-1].because)
        return f"{len(failed)} of {TIMES} readings failed: {why}" if valid else why
    temperatures = [one.temperature_c for one in valid]
    humidities = [one.humidity_pct for one in valid]
    if len({(one.temperature_c, one.humidity_pct) for one in valid}) == 1:
        said = _words(valid[-1])
        return f"it read exactly {said} {len(valid)} times, as no air is; unplug it and plug it in again"
    if max(temperatures) - min(temperatures) > STEADY_C or max(humidities) - min(humidities) > STEADY_PCT:
        return (
            f"it jumps between {min(temperatures):.1f} and {max(temperatures):.1f} degrees, "
            f"{min(humidities):.0f} and {max(humidities):.0f} % humidity; look at its wires"
        )
    low_c, high_c = LIVED_IN_C
    low_pct, high_pct = LIVED_IN_PCT
    if not (low_c <= temperatures[-1] <= high_c and low_pct <= humidities[-1] <= high_pct):
        return f"it reads {_words(valid[-1])}, as hardly a room is; hold a thermometer beside it"
    return ""


def _apart(medicine: str, own: Readings, name: str, other: Readings) -> Iterator[Finding]:
    """Tell of two sensors that differ by too much; which of them lies, nobody can see from here."""
    one, two = _last(own), _last(other)
    if one is None or two is None:
        return
    apart_c, apart_pct = abs(one.temperature_c - two.temperature_c), abs(one.humidity_pct - two.humidity_pct)
    if apart_c > APART_C or apart_pct > APART_PCT:
        yield bad(
            "sensors",
            f"The sensor {medicine} reads {_words(one)} and the sensor {name} {_words(two)}: one of them "
            "lies. Hold a thermometer beside both, then calibrate or replace the one that is off.",
        )


def _last(readings: Readings) -> ClimateReading | None:
    return next((one for one in reversed(readings) if isinstance(one, ClimateReading)), None)


def _words(reading: ClimateReading | None) -> str:
    if reading is None:
        return "nothing"
    return f"{reading.temperature_c:.1f} degrees Celsius, {reading.humidity_pct:.0f} % humidity"


def _warmed(sensor: SensorSettings) -> Iterator[Finding]:
    """Tell of a sensor on the processor that is not calibrated: it reads too warm, and so too dry."""
    calibration = sensor.calibration
    if sensor.kind != "sense-hat" or calibration.cpu_factor or calibration.temperature_offset_c:
        return
    cpu_c = cpu_temperature_c()
    warm = "" if cpu_c is None else f" (the processor has {cpu_c:.0f} degrees Celsius)"
    sentence = f"The sensor sits on the computer{warm} and is not calibrated: a damp box would read dry."
    yield bad("calibration", f"{sentence} Calibrate it with `pillbox-controller calibrate`.")
