"""Is a wiring that cannot work refused before anybody solders it?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.board import (
    EEPROM_PINS,
    HAT_PINS,
    HEADER_PINS,
    I2C_PINS,
    LAYOUTS,
    SUGGESTED_BUZZER_PIN,
    SUGGESTED_LID_PINS,
    BoxSettings,
    PinMap,
    SensorSettings,
    check_wiring,
    grid_of,
    layout,
    suggested_pins,
)
from firmware.errors import FirmwareError, WiringRefused

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong

WEEK = LAYOUTS["7x2"]
TWO = BoxSettings(hardware="pi", compartments=("a", "b"), pins=PinMap(lids={"a": 4, "b": 5}))


CABLE = SensorSettings(name="sht4x", kind="sht4x", address=0x44)
HAT_SENSOR = SensorSettings(name="sense-hat", kind="sense-hat", address=0x5F)


def refused(settings: BoxSettings) -> str:
    with pytest.raises(WiringRefused) as caught:
        check_wiring(settings)
    return str(caught.value)


def test_a_week_in_halves_runs_from_monday_morning_to_sunday_evening() -> None:
    assert (WEEK[0], WEEK[1], WEEK[2], WEEK[-1], len(WEEK)) == ("mon-am", "mon-pm", "tue-am", "sun-pm", 14)
    assert layout("7x2") == WEEK


def test_an_unknown_layout_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WiringRefused, match=r"no layout '7x3'; there is 7x2, 7x4"):
        layout("7x3")


def test_seen_from_above_a_week_has_its_days_as_columns() -> None:
    morning, evening = grid_of(WEEK)
    assert morning == ("mon-am", "tue-am", "wed-am", "thu-am", "fri-am", "sat-am", "sun-am")
    assert evening == tuple(name.replace("-am", "-pm") for name in morning)


@unhurried
@given(count=st.integers(1, 40))
def test_every_compartment_of_any_box_has_one_place_on_the_grid(count: int) -> None:
    names = tuple(f"c{number}" for number in range(count))
    rows = grid_of(names)
    assert tuple(name for row in rows for name in row) == names
    assert max(len(row) for row in rows) <= 8


def test_the_suggested_wiring_is_free_under_a_hat_with_its_sensor() -> None:
    settings = BoxSettings(hardware="pi", hat=True, sensors=(HAT_SENSOR,), pins=suggested_pins(WEEK))
    check_wiring(settings)
    used = {pin for pin, _ in settings.pins.uses()}
    assert used == {*SUGGESTED_LID_PINS, SUGGESTED_BUZZER_PIN}
    assert not used & (HAT_PINS | I2C_PINS | EEPROM_PINS)


def test_the_suggested_wiring_ends_at_fourteen_lids() -> None:
    with pytest.raises(WiringRefused, match=r"14 lid pins, this box has 15 compartments"):
        suggested_pins(tuple(f"c{number}" for number in range(15)))


def test_a_refusal_is_an_error_of_the_firmware_and_of_value() -> None:
    assert issubclass(WiringRefused, FirmwareError)
    assert issubclass(WiringRefused, ValueError)


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        (PinMap(lids={"a": 4, "b": 4}), "GPIO4 is used twice: for the lid of a and for the lid of b"),
        (
            PinMap(lids={"a": 4, "b": 5}, buzzer=5),
            "GPIO5 is used twice: for the lid of b and for the buzzer",
        ),
        (
            PinMap(lids={"a": 4, "b": 5}, lamps={"a": 4}),
            "GPIO4 is used twice: for the lid of a and for the light of a",
        ),
        (
            PinMap(lids={"a": 4, "b": 5}, buttons={"help": 5}),
            "GPIO5 is used twice: for the lid of b and for the button help",
        ),
        (PinMap(lids={"a": 4, "b": 28}), "GPIO28 for the lid of b is not on the header"),
        (PinMap(lids={"a": 4, "b": -1}), "GPIO-1 for the lid of b is not on the header"),
        (PinMap(lids={"a": 4, "b": 0}), "GPIO0 for the lid of b is taken by the identity EEPROM of a HAT"),
        (PinMap(lids={"a": 4}), "no lid pin is named for b"),
        (PinMap(), "no lid pin is named for a, b"),
        (PinMap(lids={"a": 4, "b": 5, "c": 6}), "a lid pin is named for c, which this box does not have"),
        (
            PinMap(lids={"a": 4, "b": 5}, lamps={"c": 6}),
            "a light pin is named for c, which this box does not have",
        ),
    ],
)
def test_what_cannot_be_wired_is_refused_in_a_sentence(pins: PinMap, said: str) -> None:
    assert said in refused(replace(TWO, pins=pins))


@pytest.mark.parametrize("pin", sorted(HAT_PINS))
def test_a_pin_of_the_hat_is_refused_only_where_there_is_a_hat(pin: int) -> None:
    pins = PinMap(lids={"a": 4, "b": pin})
    check_wiring(replace(TWO, pins=pins))
    assert f"GPIO{pin} for the lid of b is taken by the Sense HAT" in refused(
        replace(TWO, pins=pins, hat=True)
    )


@pytest.mark.parametrize("pin", sorted(I2C_PINS))
def test_the_pins_of_i2c_are_refused_where_anything_sits_on_it(pin: int) -> None:
    pins = PinMap(lids={"a": 4, "b": pin})
    check_wiring(replace(TWO, pins=pins))
    check_wiring(replace(TWO, pins=pins, sensors=(replace(CABLE, i2c_bus=3),)))
    for busy in (replace(TWO, pins=pins, hat=True), replace(TWO, pins=pins, sensors=(CABLE,))):
        assert f"GPIO{pin} for the lid of b is taken by the I2C bus" in refused(busy)


def test_the_sensor_of_a_hat_that_is_not_there_is_refused() -> None:
    assert "said to have no HAT" in refused(replace(TWO, sensors=(HAT_SENSOR,)))


def test_a_box_without_compartments_or_with_one_twice_is_refused() -> None:
    assert "has no compartments" in refused(replace(TWO, compartments=()))
    assert "the compartment a is listed twice" in refused(replace(TWO, compartments=("a", "b", "a")))


@unhurried
@given(
    lids=st.lists(st.integers(-3, 40), min_size=2, max_size=2),
    buzzer=st.none() | st.integers(-3, 40),
    hat=st.booleans(),
)
def test_a_wiring_passes_exactly_if_every_pin_is_free_and_used_once(
    lids: list[int], buzzer: int | None, hat: bool
) -> None:
    settings = replace(TWO, hat=hat, pins=PinMap(lids=dict(zip("ab", lids, strict=True)), buzzer=buzzer))
    used = lids if buzzer is None else [*lids, buzzer]
    free = HEADER_PINS - EEPROM_PINS - (HAT_PINS | I2C_PINS if hat else frozenset())
    if set(used) <= free and len(set(used)) == len(used):
        check_wiring(settings)
    else:
        refused(settings)


def test_a_sensor_at_the_address_of_the_hats_lights_is_refused() -> None:
    pins = PinMap(lids={"a": 4, "b": 5})
    there = replace(CABLE, address=0x46)
    assert "0x46 on I2C bus 1, which is the Sense HAT's" in refused(
        replace(TWO, pins=pins, hat=True, sensors=(there,))
    )
    check_wiring(replace(TWO, pins=pins, sensors=(there,)))
