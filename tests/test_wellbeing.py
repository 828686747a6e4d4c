"""Does what ails the box's computer reach people from the real program, and does its end?"""

from __future__ import annotations

import json
import queue
import threading
from pathlib import Path
from typing import Any

import pytest

from controller.replay import replay
from controller.running import wellbeing
from controller.running.arrivals import DeviceMeasured
from controller.running.wellbeing import WellbeingThread
from controller.wire.clocks import SystemClock
from controller.wire.events import BoxHealth
from controller.wire.health import ENDED_BY
from firmware.ports import DeviceReading
from firmware.scene import Scene, write_scene
from tests.box_parts import ControllerProcess, controller
from tests.care_days import Keeper, at
from tests.parts import eventually, free_port

HOT = DeviceReading(cpu_c=85.0)


class Computer:
    """A computer that measures when it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.asked = threading.Event()
        self.reads = 0

    def read(self) -> DeviceReading:
        self.asked.set()
        self.let.wait(10)
        self.reads += 1
        return HOT

    def close(self) -> None:
        return


class Hasty(SystemClock):
    """A clock whose two minutes pass at once."""

    def real_s(self, span_ms: int) -> float:
        return 0.0


def test_the_computer_is_measured_again_and_again_by_the_clock_of_the_box(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wellbeing, "SHORTEST_S", 0.01)
    heard: queue.SimpleQueue[DeviceMeasured] = queue.SimpleQueue()
    computer = Computer()
    computer.let.set()
    watch = WellbeingThread(computer, Hasty(), heard.put)
    watch.start()
    first, second = heard.get(timeout=5), heard.get(timeout=5)
    assert first.reading == HOT
    assert first.mono_ms <= second.mono_ms
    watch.close()


def test_a_compressed_day_does_not_measure_without_a_pause() -> None:
    heard: queue.SimpleQueue[DeviceMeasured] = queue.SimpleQueue()
    computer = Computer()
    computer.let.set()
    watch = WellbeingThread(computer, Hasty(), heard.put)
    watch.start()
    heard.get(timeout=5)
    with pytest.raises(queue.Empty):
        heard.get(timeout=0.3)
    watch.close()


def test_a_card_that_hangs_is_not_alive_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    computer = Computer()
    heard: queue.SimpleQueue[DeviceMeasured] = queue.SimpleQueue()
    watch = WellbeingThread(computer, SystemClock(), heard.put)
    watch.start()
    assert computer.asked.wait(5)
    assert watch.alive()
    monkeypatch.setattr(wellbeing, "HUNG_S", 0.0)
    assert not watch.alive()
    computer.let.set()
    heard.get(timeout=5)
    assert watch.alive()
    watch.close()
    eventually(lambda: not watch.alive(), what="its thread to end")


def health_of(box: ControllerProcess) -> list[dict[str, Any]]:
    return [event["data"] for event in box.events() if event["kind"] == "box.health"]


def test_an_ailing_computer_is_told_once_also_over_a_restart_and_so_is_its_end(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port()) as box:
        write_scene(box.scene, Scene(device=DeviceReading(disk_free_pct=6.0, wifi_dbm=-50)))
        box.start()
        eventually(lambda: len(health_of(box)) == 1, what="the word of the full card")
        assert health_of(box) == [{"because": "disk_low", "text": "6 % free"}]
        assert box.stop() == 0
        box.start()
        assert box.stop() == 0
        assert len(health_of(box)) == 1
        write_scene(box.scene, Scene(device=DeviceReading(disk_free_pct=60.0)))
        box.start()
        eventually(lambda: len(health_of(box)) == 2, what="the word of its end")
        assert health_of(box)[1] == {"because": "disk_freed", "text": "60 % free"}
        assert box.stop() == 0


def replayed(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    out: list[str] = []
    replay((json.dumps(line) for line in lines), out.append)
    return [json.loads(text) for text in out]


def test_a_recorded_ailment_is_replayed_with_its_state() -> None:
    said = replayed([
        {"at": "2026-11-23T06:00:00Z", "device": {"disk_free_pct": 80.0, "battery_pct": 100.0}},
        {"at": "2026-11-23T06:02:00Z", "device": {"disk_free_pct": 4.0, "battery_pct": 98.0}},
        {"at": "2026-11-23T06:04:00Z", "device": {"disk_free_pct": 4.0, "battery_pct": 96.0}},
        {"at": "2026-11-23T06:06:00Z", "end": True},
    ])  # fmt: skip
    words = [
        line["payload"]["data"]["because"] for line in said if line["payload"].get("kind") == "box.health"
    ]
    assert words == ["disk_low", "on_battery"]
    states = [line["payload"]["health"] for line in said if "health" in line["payload"]]
    assert states[-1]["ailing"] == ["disk_low", "on_battery"]


def keeper() -> Keeper:
    found = Keeper()
    found.live(at("06:00"))
    return found


@pytest.mark.parametrize("word", ENDED_BY)
def test_an_ailment_is_one_alert_that_its_other_word_ends(word: str) -> None:
    home = keeper()
    home.send(at("06:20"), BoxHealth(because=word, text="what was measured"))
    alert = home.alert(f"device.{word}")
    assert "(what was measured)" in alert.body
    assert "It said so at 06:20" in alert.body
    home.send(at("06:50"), BoxHealth(because=ENDED_BY[word]))
    ended = home.alerts[alert.alert]
    assert (ended.state, home.kinds()) == ("resolved", [])
    assert home.messages[-1].body.endswith("This is over since 06:50 on 23 November.")


@pytest.mark.parametrize("word", ENDED_BY)
def test_an_end_of_which_no_beginning_was_heard_alarms_nobody(word: str) -> None:
    home = keeper()
    home.send(at("06:20"), BoxHealth(because=ENDED_BY[word]))
    assert home.alerts == {}


@pytest.mark.parametrize("word", sorted(set(ENDED_BY) - {"card_wearing"}))
def test_an_ailment_that_was_taken_on_stays_open_until_it_is_over(word: str) -> None:
    home = keeper()
    home.send(at("06:20"), BoxHealth(because=word))
    home.acknowledge(at("06:22"), home.alert(f"device.{word}"))
    home.live(at("06:22", 25))
    assert f"device.{word}" in home.kinds()
    home.send(at("06:30", 25), BoxHealth(because=ENDED_BY[word]))
    assert f"device.{word}" not in home.kinds()


def test_two_ailments_are_two_alerts_and_end_apart() -> None:
    home = keeper()
    home.send(at("06:20"), BoxHealth(because="on_battery"))
    home.send(at("06:30"), BoxHealth(because="battery_low"))
    assert sorted(home.kinds()) == ["device.battery_low", "device.on_battery"]
    home.send(at("06:40"), BoxHealth(because="on_mains"))
    assert home.kinds() == ["device.battery_low"]
