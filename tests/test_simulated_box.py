"""Is the simulated box a peer of a real one, moved by methods or by a file from another process?"""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware import scene
from firmware.board import BoxSettings
from firmware.boxes import open_box
from firmware.errors import DeviceAbsent
from firmware.ports import (
    Button,
    ClimateReading,
    Lamp,
    LidReading,
    NoReading,
    PanelView,
    Press,
)
from firmware.scene import ROOM, Scene
from firmware.sim import SimulatedBox

LIDS = ("a", "b", "c")


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class Witness:
    """Remembers what a box reports, and can wait for it."""

    def __init__(self, box: SimulatedBox) -> None:
        self.box = box
        self.lids: list[LidReading] = []
        self.presses: list[Press] = []
        self.more = threading.Condition()
        self.baseline = box.lids.start(self.lid)
        box.buttons.start(self.button)

    def lid(self, reading: LidReading) -> None:
        with self.more:
            self.lids.append(reading)
            self.more.notify_all()

    def button(self, press: Press) -> None:
        with self.more:
            if press.down:
                self.presses.append(press)
            self.more.notify_all()

    def wait(self, true: Callable[[], bool]) -> None:
        with self.more:
            assert self.more.wait_for(true, timeout=5), (self.lids, self.presses)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "scene.json"


@pytest.fixture(params=["by methods", "by file"])
def box(request: pytest.FixtureRequest, file: Path) -> Iterator[SimulatedBox]:
    made = SimulatedBox(LIDS, boot_ms, simulation_file=file if request.param == "by file" else None)
    yield made
    made.hardware().close()


def test_every_lid_starts_shut_and_the_air_is_a_rooms(box: SimulatedBox) -> None:
    assert Witness(box).baseline == {"a": False, "b": False, "c": False}
    assert box.climate.read() == ROOM


def test_a_moved_lid_is_reported_once_with_the_time_it_moved(box: SimulatedBox) -> None:
    witness = Witness(box)
    before_ms = boot_ms()
    box.move_lid("b", open=True)
    witness.wait(lambda: len(witness.lids) == 1)
    [reading] = witness.lids
    assert (reading.compartment, reading.open, reading.because) == ("b", True, "edge")
    assert before_ms <= reading.mono_ms <= boot_ms()
    box.move_lid("b", open=False)
    witness.wait(lambda: len(witness.lids) == 2)
    assert [reading.open for reading in witness.lids] == [True, False]


def test_a_press_is_delivered_once(box: SimulatedBox) -> None:
    witness = Witness(box)
    box.press("help")
    witness.wait(lambda: len(witness.presses) == 1)
    box.press("help")
    box.press("quiet")
    witness.wait(lambda: len(witness.presses) == 3)
    assert [press.button for press in witness.presses] == ["help", "help", "quiet"]


def test_the_air_changes_and_the_sensor_can_be_unplugged(box: SimulatedBox) -> None:
    Witness(box)
    damp = ClimateReading(temperature_c=30.0, humidity_pct=75.0)
    box.set_climate(damp)
    until(lambda: box.climate.read() == damp)
    box.set_climate(None)
    until(lambda: box.climate.read() == NoReading(because="absent"))


def test_it_is_alive_from_start_to_close(box: SimulatedBox) -> None:
    hardware = box.hardware()
    assert hardware.deaf() is not None
    Witness(box)
    assert hardware.deaf() is None
    hardware.close()
    hardware.close()
    assert hardware.deaf() is not None


def test_the_panel_remembers_what_it_shows_and_plays() -> None:
    box = SimulatedBox(LIDS, boot_ms)
    view = PanelView(glyph="due", lamps={"a": Lamp(colour="blue", light="slow_pulse")})
    box.panel.show(view)
    box.panel.play("chime")
    box.panel.play("none")
    assert box.panel.view == view
    assert box.panel.sounds == ("chime",)
    box.panel.close()
    assert box.panel.view == PanelView()


def test_a_lid_opened_while_nobody_watched_is_open_in_the_baseline(file: Path) -> None:
    """The file outlives a killed controller, as lids do."""
    first = SimulatedBox(LIDS, boot_ms, simulation_file=file)
    first.hardware().close()
    scene.move_lid(file, "c", open=True)
    scene.press(file, "help")
    again = Witness(SimulatedBox(LIDS, boot_ms, simulation_file=file))
    assert again.baseline == {"a": False, "b": False, "c": True}
    scene.move_lid(file, "a", open=True)
    again.wait(lambda: len(again.lids) == 1)
    assert again.presses == [], "a press nobody heard is gone"
    again.box.hardware().close()


def test_lids_moved_between_making_and_starting_are_noticed(file: Path) -> None:
    box = SimulatedBox(LIDS, boot_ms, simulation_file=file)
    scene.move_lid(file, "a", open=True)
    witness = Witness(box)
    witness.wait(lambda: [reading.compartment for reading in witness.lids] == ["a"])
    box.hardware().close()


def test_a_damaged_file_leaves_the_box_as_it_was(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    box = SimulatedBox(LIDS, boot_ms, simulation_file=file)
    witness = Witness(box)
    file.write_text("{ not a scene")
    until(lambda: "The box stays as it was" in caplog.text)
    assert box.hardware().deaf() is None
    scene.write_scene(file, Scene(lids={"b": True}))
    witness.wait(lambda: len(witness.lids) == 1)
    box.hardware().close()


def test_a_clock_that_runs_a_thousand_times_as_fast_still_settles_lids() -> None:
    began = time.monotonic()

    def fast_ms() -> int:
        return int((time.monotonic() - began) * 1_000_000)

    box = SimulatedBox(LIDS, fast_ms)
    witness = Witness(box)
    box.move_lid("a", open=True)
    moved_ms = fast_ms()
    witness.wait(lambda: len(witness.lids) == 1)
    assert fast_ms() - moved_ms < 500_000, "half a second of real time at most"
    box.hardware().close()


def test_what_the_patient_sees_and_hears_can_be_read_from_outside(file: Path) -> None:
    assert scene.read_panel(file) == {}
    box = SimulatedBox(LIDS, boot_ms, simulation_file=file)
    lamps = {"a": Lamp(colour="amber", light="double_blink")}
    box.panel.show(PanelView(glyph="late", lamps=lamps, marks=("damp",), text="Monday morning"))
    for _ in range(25):
        box.panel.play("wrong")
    shown = scene.read_panel(file)
    assert shown["view"] == {
        "glyph": "late",
        "marks": ["damp"],
        "text": "Monday morning",
        "lamps": {"a": {"colour": "amber", "light": "double_blink"}},
    }
    assert shown["sounds"][0] == [6, "wrong"]
    assert shown["sounds"][-1] == [25, "wrong"]


def test_a_panel_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = SimulatedBox(LIDS, boot_ms, simulation_file=tmp_path / "sub" / "scene.json")
    for left in (tmp_path / "sub").iterdir():
        left.unlink()
    (tmp_path / "sub").rmdir()
    box.panel.show(PanelView(glyph="due"))
    assert box.panel.view.glyph == "due"
    assert "could not be written" in caplog.text


def test_opening_by_settings_gives_a_simulated_box_that_says_so(file: Path) -> None:
    hardware = open_box(BoxSettings(compartments=LIDS, simulation_file=file), boot_ms)
    assert hardware.compartments == LIDS
    assert hardware.notes == (f"this box is simulated, moved by {file}",)
    assert file.exists()
    hardware.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    lids=st.dictionaries(st.sampled_from(LIDS), st.booleans()),
    air=st.none() | st.tuples(st.floats(-20, 60), st.floats(0, 100)),
    buttons=st.lists(st.sampled_from(get_args(Button)), max_size=5),
)
def test_a_scene_that_is_written_is_read_back(
    file: Path, lids: dict[str, bool], air: tuple[float, float] | None, buttons: list[Button]
) -> None:
    made = Scene(
        lids=lids,
        climate=None if air is None else ClimateReading(temperature_c=air[0], humidity_pct=air[1]),
        presses=tuple(enumerate(buttons, start=1)),
    )
    scene.write_scene(file, made)
    assert scene.read_scene(file) == made
    assert made.last_press() == len(buttons)


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ([], "is no scene"),
        ({"lids": {"a": 1}}, "the lid of a is neither true (open) nor false"),
        ({"lids": 3}, "is no scene"),
        ({"climate": {"temperature_c": 20}}, "humidity_pct"),
        ({"climate": {"temperature_c": "warm", "humidity_pct": 3}}, "is no scene"),
        ({"climate": {"temperature_c": float("nan"), "humidity_pct": 3}}, "temperature_c is not a finite"),
        ({"presses": [[1, "sleep"]]}, "there is no button 'sleep'; there is snooze"),
        ({"presses": [1]}, "is no scene"),
    ],
)
def test_a_scene_that_makes_no_sense_is_refused_in_a_sentence(file: Path, plain: Any, said: str) -> None:
    file.write_text(json.dumps(plain))
    with pytest.raises(DeviceAbsent) as caught:
        scene.read_scene(file)
    assert said in str(caught.value)


def test_two_hands_do_not_undo_each_other(file: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    hands = [spawn.Process(target=_press_often, args=(file,)) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(20)
        assert hand.exitcode == 0
    numbers = [number for number, _ in scene.read_scene(file).presses]
    assert numbers == list(range(1, 41))


def test_only_the_newest_presses_are_kept(file: Path) -> None:
    for _ in range(scene.KEPT_PRESSES + 5):
        scene.press(file, "snooze")
    kept = scene.read_scene(file).presses
    assert len(kept) == scene.KEPT_PRESSES
    assert kept[-1][0] == scene.KEPT_PRESSES + 5


def test_no_half_written_file_is_left_behind(file: Path) -> None:
    scene.move_lid(file, "a", open=True)
    assert {path.name for path in file.parent.iterdir()} == {"scene.json", "scene.json.lock"}


def _press_often(file: Path) -> None:
    for _ in range(20):
        scene.press(file, "help")


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end_s, "it did not come true within five seconds"
        threading.Event().wait(0.005)
