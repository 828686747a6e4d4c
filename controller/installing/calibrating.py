"""What must be written of a sensor so that it agrees with a reference beside it?

Relative humidity belongs to a temperature: it is first restated to the reference's, and only what is then
left is the sensor's own error (see `firmware.air`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from controller.errors import CalibrationRefused
from firmware.air import restated_humidity_pct
from firmware.board import Calibration, SensorKind
from firmware.ports import ClimateReading

LOOKS = 6
STEADY_C, STEADY_PCT = 0.3, 2.0
"""The newest looks must lie within this: a sensor that still warms up would be bent for ever."""

FURTHEST_C = 15.0
"""No sensor that works is further off than this, not even above a hot processor."""

FURTHEST_PCT = 25.0
ROOM_C, ROOM_PCT = (0.0, 45.0), (5.0, 95.0)

WARMED_C = 0.5
"""A sensor on the computer that reads this much too warm is warmed by it; less is its own error."""

COOLEST_LEAD_C = 2.0
"""Where the processor is hardly warmer than the sensor, a factor would be guesswork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the sensor read, uncorrected, and the processor beside it."""

    temperature_c: float
    humidity_pct: float
    cpu_c: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the reference beside the sensor shows; not everybody has a hygrometer."""

    temperature_c: float
    humidity_pct: float | None = None


def steady(looks: Sequence[tuple[ClimateReading, float | None]]) -> Measured | None:
    """Return the mean of the newest looks; `None` while they are too few or still move."""
    newest = looks[-LOOKS:]
    warm = [reading.temperature_c for reading, _ in newest]
    damp = [reading.humidity_pct for reading, _ in newest]
    if len(newest) < LOOKS or max(warm) - min(warm) > STEADY_C or max(damp) - min(damp) > STEADY_PCT:
        return None
    cpu = [cpu_c for _, cpu_c in newest if cpu_c is not None]
    return Measured(
        temperature_c=sum(warm) / LOOKS,
        humidity_pct=sum(damp) / LOOKS,
        cpu_c=sum(cpu) / len(cpu) if cpu else None,
    )


def calibration_for(kind: SensorKind, measured: Measured, reference: Reference) -> Calibration:
    """Work out what makes the sensor show what the reference shows.

    Raises:
        CalibrationRefused: The reference cannot be meant, or the sensor is too far off to be mended so.

    """
    _check(measured, reference)
    true_c = reference.temperature_c
    above_c = measured.temperature_c - true_c
    humidity_offset = 0.0
    if reference.humidity_pct is not None:
        restated = restated_humidity_pct(measured.humidity_pct, measured.temperature_c, true_c)
        humidity_offset = reference.humidity_pct - restated
        if abs(humidity_offset) > FURTHEST_PCT:
            raise CalibrationRefused(
                f"the hygrometer shows {reference.humidity_pct:g} % where the sensor comes to "
                f"{restated:.0f} %: so far off is no sensor that works; is the right number typed in?"
            )
    lead_c = 0.0 if measured.cpu_c is None else measured.cpu_c - measured.temperature_c
    if kind == "sense-hat" and above_c >= WARMED_C and lead_c >= COOLEST_LEAD_C:
        return Calibration(
            cpu_factor=round(lead_c / above_c, 3), humidity_offset_pct=round(humidity_offset, 1)
        )
    return Calibration(temperature_offset_c=round(-above_c, 2), humidity_offset_pct=round(humidity_offset, 1))


def _check(measured: Measured, reference: Reference) -> None:
    # NaN fails both comparisons, and is refused with what is out of range.
    if not ROOM_C[0] <= reference.temperature_c <= ROOM_C[1]:
        raise CalibrationRefused(
            f"{reference.temperature_c:g} °C is no room to calibrate in; between 0 and 45 °C is"
        )
    damp = reference.humidity_pct
    if damp is not None and not ROOM_PCT[0] <= damp <= ROOM_PCT[1]:
        raise CalibrationRefused(f"{damp:g} % is no humidity to calibrate in; between 5 and 95 % is")
    apart_c = abs(measured.temperature_c - reference.temperature_c)
    if apart_c > FURTHEST_C:
        raise CalibrationRefused(
            f"the sensor reads {measured.temperature_c:.1f} °C and the reference "
            f"{reference.temperature_c:g} °C: {apart_c:.0f} °C apart is no error to calibrate away; look "
            "at both, or replace the sensor"
        )
