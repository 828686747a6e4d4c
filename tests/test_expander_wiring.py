"""Is a wiring of expanders that cannot work refused, and is a week of 28 lids one to box, panel and hub?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from controller.errors import ConfigRefused
from controller.installing.config import read_config
from firmware.board import LAYOUTS, BoxSettings, PinMap, SensorSettings, check_wiring, grid_of
from firmware.boxes import open_box
from firmware.errors import WiringRefused
from firmware.expander.wiring import ExpanderWiring
from firmware.hat.glyphs import COLOURS, WIDTH
from firmware.hat.matrix import UNLIT, frame
from firmware.ports import Lamp, PanelView
from hub.care import layouts

WEEK = LAYOUTS["7x4"]
BOX = BoxSettings(hardware="pi", compartments=WEEK, expander=ExpanderWiring())
LEAST = '[box]\nid = "kitchen"\nlayout = "7x4"\n'


def refused(settings: BoxSettings) -> str:
    with pytest.raises(WiringRefused) as caught:
        check_wiring(settings)
    return str(caught.value)


def wired(**changed: object) -> BoxSettings:
    return replace(BOX, expander=replace(ExpanderWiring(), **changed))  # type: ignore[arg-type] # of a table


def test_two_expanders_take_a_week_of_four_times_a_day_under_a_hat() -> None:
    check_wiring(replace(BOX, hat=True))
    assert BOX.expander_lids == WEEK
    assert dict(BOX.uses()) == {4: "the interrupt line of the expander"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (wired(addresses=(0x20, 0x28)), "cannot have the address 0x28"),
        (wired(addresses=(0x20, 0x20)), "two expanders have the address 0x20"),
        (wired(addresses=(0x20,)), "28 lids lie at the expander, 14 to a chip: that takes 2, but 1"),
        (wired(addresses=(0x20, 0x21, 0x22)), "that takes 2, but 3 addresses are named"),
        (wired(interrupt=3), "GPIO3 for the interrupt line of the expander is taken by the I2C bus"),
        (replace(BOX, pins=PinMap(buzzer=4)), "GPIO4 is used twice: for the buzzer and for the interrupt"),
        (
            replace(BOX, sensors=(SensorSettings(kind="sht4x", name="sht4x", address=0x21),)),
            "an expander and a sensor have the same address 0x21",
        ),
        (replace(BOX, expander=None), "no lid pin is named for mon-morning"),
    ],
)
def test_what_cannot_be_wired_is_refused_in_a_sentence(settings: BoxSettings, said: str) -> None:
    assert said in refused(settings)


def test_a_lid_with_a_pin_of_its_own_takes_no_input_of_an_expander() -> None:
    names = ("a", "b", *WEEK[:14])
    settings = replace(
        BOX,
        compartments=names,
        pins=PinMap(lids={"a": 5, "b": 6}),
        expander=ExpanderWiring(addresses=(0x27,)),
    )
    check_wiring(settings)
    assert settings.expander_lids == WEEK[:14]


def read(tmp_path: Path, text: str) -> BoxSettings:
    path = tmp_path / "controller.toml"
    path.write_text(LEAST + text)
    return read_config(path).settings


def test_an_empty_table_is_the_wiring_of_the_guide(tmp_path: Path) -> None:
    settings = read(tmp_path, "[expander]\n")
    assert settings.compartments == WEEK
    assert settings.expander == ExpanderWiring(addresses=(0x20, 0x21), interrupt=4, i2c_bus=1)
    assert dict(settings.pins.lids) == {}
    assert settings.pins.buzzer == 13


def test_every_key_of_the_table_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, "[expander]\naddresses = [0x24, 0x25]\ninterrupt = 17\ni2c_bus = 3\n")
    assert settings.expander == ExpanderWiring(addresses=(0x24, 0x25), interrupt=17, i2c_bus=3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[expander]\naddresses = 32",
            "[expander] addresses is not a list of whole numbers from 0x3",
        ),
        ("[expander]\naddresses = [true]", "not a list of whole numbers"),
        ("[expander]\naddresses = [200]", "not a list of whole numbers"),
        ("[expander]\nchip = 1", "[expander] chip is not known"),
        ("", "14 lid pins, this box has 28 compartments"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


def test_a_simulated_box_has_28_lids() -> None:
    box = open_box(BoxSettings(compartments=WEEK), lambda: 0)
    assert dict(box.lids.start(lambda reading: None)) == dict.fromkeys(WEEK, False)
    box.close()


def test_the_map_of_28_lids_has_its_days_as_columns_and_its_times_as_rows() -> None:
    grid = grid_of(WEEK)
    assert [row[0] for row in grid] == ["mon-morning", "mon-noon", "mon-evening", "mon-night"]
    assert [row[6] for row in grid] == ["sun-morning", "sun-noon", "sun-evening", "sun-night"]
    view = PanelView(glyph="due", lamps={"wed-evening": Lamp(colour="blue", light="steady")})
    points = frame(view, grid, 2_000)[0]
    assert [place for place in range(28 * 2) if points[place] == COLOURS["blue"]] == [2 * WIDTH + 2]
    assert sum(point == UNLIT for point in points) == 27


def test_the_hub_names_the_compartments_of_a_layout_as_the_box_does() -> None:
    assert layouts.COMPARTMENTS == LAYOUTS


@pytest.mark.parametrize(
    ("time", "halves", "quarters"),
    [
        ("00:00", "am", "morning"),
        ("08:00", "am", "morning"),
        ("10:59", "am", "morning"),
        ("11:00", "am", "noon"),
        ("12:00", "pm", "noon"),
        ("14:59", "pm", "noon"),
        ("15:00", "pm", "evening"),
        ("20:59", "pm", "evening"),
        ("21:00", "pm", "night"),
        ("23:59", "pm", "night"),
    ],
)
def test_each_time_of_day_lies_in_one_compartment(time: str, halves: str, quarters: str) -> None:
    assert layouts.place("7x2", 0, time) == f"mon-{halves}"
    assert layouts.place("7x4", 6, time) == f"sun-{quarters}"
