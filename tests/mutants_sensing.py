"""Which mistakes about sensors must a test notice? Each changes one thing in the shipped code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from controller.errors import CalibrationRefused
from controller.installing import calibrating
from controller.wire.events import SensorFault
from controller.wire.instants import HOUR_MS
from controller.wire.shape import from_plain
from controller.witness.air import climate, limits
from controller.witness.sensing import believing, comparing, faults
from firmware.sensors import bme280, bus, trying
from hub.care import sensors
from hub.reporting import air
from tests import test_air_of_sensors as storage
from tests import test_bme280 as chips
from tests import test_calibrating as references
from tests import test_care_sensors as alerts
from tests import test_golden_doctor as doctor
from tests import test_witness_believing as alone
from tests import test_witness_comparing as beside
from tests.mistakes import Mistake, instead
from tests.witness_scenes import Scene, on, plan_of


def _lived(test: Callable[..., None], *given: Any) -> Callable[[], None]:
    """Run a test in a scene of its own."""

    def run() -> None:
        scene = Scene.begun(plan_of(limits=(alone.HOT, alone.STALE)), at=on("06:00"))
        scene.hub(True)
        test(scene, *given)

    return run


def _never_recovers_from_a_jump(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(believing, "CALM_MS", 10**9)


def _believes_all(past: believing.Past, reading: Any, mono_ms: int) -> tuple[believing.Past, str]:
    return past, "believed"


def _every_sensor_is_the_medicines(patch: pytest.MonkeyPatch) -> None:
    def of_the_medicine(shape: Any, plain: Any, where: str) -> Any:
        return replace(from_plain(shape, plain, where), role=None)

    patch.setattr(air, "from_plain", of_the_medicine)


def _tells_again(faulty: faults.Faults, sensor: str, told: faults.Told) -> Any:
    return faulty, (SensorFault(sensor=sensor, because=told.because),)


MISTAKES: Mapping[str, Mistake] = {
    "everything-believed": Mistake(
        "Whatever a sensor says is believed.",
        instead(climate, "look", _believes_all),
        _lived(alone.test_what_no_air_is_like_is_a_fault_and_no_reading, (0.0, 0.0)),
        also=(TypeError, ValueError),
    ),
    "failed-pair": Mistake(
        "The 0 °C and 0 % of a failed sensor pass for air.",
        instead(believing, "FAILED_PAIR", (None, None)),
        _lived(alone.test_what_no_air_is_like_is_a_fault_and_no_reading, (0.0, 0.0)),
    ),
    "jump-believed": Mistake(
        "One odd reading counts.",
        instead(believing, "JUMP_C", 100.0),
        _lived(alone.test_one_odd_reading_is_told_to_nobody_and_counts_for_nothing),
    ),
    "jump-never-confirmed": Mistake(
        "A box that is carried into the heat is taken for a broken sensor.",
        instead(believing, "_confirmed", lambda pair, past: False),
        _lived(alone.test_a_box_that_is_carried_into_the_heat_is_found_hot_a_minute_later),
    ),
    "jumping-for-ever": Mistake(
        "A sensor that jumped once is never believed again.",
        _never_recovers_from_a_jump,
        _lived(alone.test_a_third_jump_within_an_hour_is_the_sensors, [22.0, 32.0, 10.0, 40.0]),
    ),
    "frozen-believed": Mistake(
        "A sensor that stands still for days is believed.",
        instead(believing, "STUCK_MS", 10**12),
        _lived(alone.test_exactly_the_same_for_half_a_day_is_a_frozen_sensor),
    ),
    "frozen-too-soon": Mistake(
        "A calm night is taken for a frozen sensor.",
        instead(believing, "STUCK_MS", HOUR_MS),
        _lived(alone.test_exactly_the_same_for_half_a_day_is_a_frozen_sensor),
    ),
    "told-again": Mistake(
        "A fault is told with every reading.",
        instead(climate, "failed", _tells_again),
        _lived(alone.test_a_sensor_that_is_not_believed_is_a_silence, "damaged"),
    ),
    "dwell-goes-on": Mistake(
        "An excursion ends while nobody knows what the air is like.",
        instead(limits, "unheard", lambda rules: rules),
        _lived(alone.test_a_doubted_reading_never_ends_an_excursion, "absent"),
    ),
    "doubt-counts": Mistake(
        "A reading in doubt ends an excursion.",
        instead(limits, "suspected", limits.measured),
        _lived(beside.test_a_doubted_reading_may_begin_an_excursion_and_never_ends_one),
    ),
    "doubt-hides-heat": Mistake(
        "A second sensor on a cool wall hides the heat around the tablets.",
        instead(limits, "suspected", lambda rules, values, mono_ms, now: (rules, ())),
        _lived(beside.test_a_doubted_reading_may_begin_an_excursion_and_never_ends_one),
    ),
    "disagreement-unseen": Mistake(
        "Two sensors may differ for ever.",
        instead(comparing, "APART_C", 50.0),
        _lived(beside.test_two_that_differ_for_half_an_hour_put_the_medicines_in_doubt, (32.0, 50.0)),
    ),
    "silence-of-the-other": Mistake(
        "That the other sensor fell silent ends the doubt.",
        instead(climate, "doubted", lambda comparison, mono_ms: {}),
        _lived(beside.test_that_the_other_sensor_fell_silent_proves_nothing),
    ),
    "two-alerts": Mistake(
        "One failed sensor is two alerts.",
        instead(sensors, "_is_medicines", lambda box, sensor: False),
        alerts.test_a_sensor_that_fails_and_a_storage_not_measured_are_one_alert,
        also=(ValueError,),
    ),
    "any-sensor": Mistake(
        "A sensor in the window makes the tablets warm.",
        _every_sensor_is_the_medicines,
        storage.test_a_sensor_in_the_window_makes_no_tablets_warm,
    ),
    "bus-kept": Mistake(
        "A bus that failed is kept.",
        instead(bus.KeptBus, "close", lambda kept: None),
        chips.test_a_sensor_that_is_plugged_back_is_set_up_anew_and_read,
    ),
    "any-chip": Mistake(
        "Whatever chip answers at the address is read.",
        instead(bme280, "CHIP_BME280", 0x58),
        partial(chips.test_another_chip_at_the_address_is_never_read, 0x58),
    ),
    "one-reading": Mistake(
        "The doctor judges by one reading, and every sensor looks frozen.",
        instead(trying, "TIMES", 1),
        partial(doctor.test_every_liar_is_to_be_mended_and_nothing_that_is_well, "all-well", []),
    ),
    "not-compared": Mistake(
        "The doctor compares no sensors.",
        instead(trying, "APART_C", 50.0),
        partial(
            doctor.test_every_liar_is_to_be_mended_and_nothing_that_is_well, "lies-10-off", ["MEND sensors"]
        ),
    ),
    "humidity-not-restated": Mistake(
        "The humidity of a warm sensor is taken for the room's.",
        instead(calibrating, "restated_humidity_pct", lambda pct, measured_c, true_c: pct),
        references.test_humidity_is_restated_before_its_own_error_is_told_from_the_heat,
        also=(CalibrationRefused,),
    ),
}
