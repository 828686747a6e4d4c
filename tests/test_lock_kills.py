"""Is the lock as it should be after the real program was killed, whatever it was doing?"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.engine import Engine
from controller.reaction import LockOrder
from controller.wire.instants import instant_text
from controller.witness.inputs import ButtonPressed, Started, Tick
from controller.witness.lock.locking import HOLD_MS
from firmware.scene import hold, lock_path, move_lid, read_lock, read_panel
from tests.box_parts import (
    COMMAND_TOPIC,
    COMPARTMENTS,
    MORNING_MS,
    PLAN_TOPIC,
    ControllerProcess,
    controller,
    kinds,
    plan,
    stamp,
)
from tests.parts import Mosquitto, eventually, free_port, need_mosquitto, start_mosquitto
from tests.test_controller_engine import refusing_outbox
from tests.test_controller_run import Hub, hub_on

HALF_PAST_SEVEN = MORNING_MS + 90 * 60_000
LOCK = '[lock]\nkind = "solenoid"\npin = 15\nfails = "locked"\nby_hand = "the key hangs in the kitchen"\n'


def half_past_seven() -> str:
    """Configure a box that is switched on inside a window; ten seconds are half a second there."""
    zero_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    start = instant_text(HALF_PAST_SEVEN)
    return f'{LOCK}[clock.compressed]\nstart = "{start}"\nzero_boot_ms = {zero_ms}\nspeed = 20\n'


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker") as mosquitto:
        yield mosquitto


def turned(box: ControllerProcess, word: str) -> None:
    eventually(lambda: read_lock(box.scene) == word, what=f"the lock to be {word}")


def kill(box: ControllerProcess, word: str) -> None:
    """Kill the program, let nothing of its lock be left, and see what the next one makes of it."""
    box.stop(signal.SIGKILL)
    lock_path(box.scene).unlink()
    box.start()
    turned(box, word)


def opened_for(hub: Hub) -> list[tuple[str, str | None]]:
    """Return why the lock was opened, each time, and who asked for it."""
    found = [hub.events[key] for key in sorted(hub.events)]
    return [(one["data"]["because"], one["data"].get("by")) for one in found if one["kind"] == "lock.opened"]


def test_the_lock_is_as_it_should_be_after_a_kill_in_every_state(tmp_path: Path, broker: Mosquitto) -> None:
    with (
        controller(tmp_path / "box", port=broker.port, more=half_past_seven()) as box,
        hub_on(broker.port) as hub,
    ):
        box.start()
        turned(box, "locked")
        hub.send(PLAN_TOPIC, plan(), retain=True)
        turned(box, "open")
        kill(box, "open")
        move_lid(box.scene, "mon-am", open=True)
        eventually(lambda: box.count("dose.taken") == 1 or "dose.taken" in hub.kinds(), what="the dose")
        kill(box, "open")
        move_lid(box.scene, "mon-am", open=False)
        turned(box, "locked")
        kill(box, "locked")
        command = {
            "v": 1, "box": "kitchen", "id": "u-1", "command": "unlock", "by": "bea",
            "expires_at": instant_text(HALF_PAST_SEVEN + 3_600_000),
        }  # fmt: skip
        eventually(lambda: hub.statuses[-1] == "online connected", what="the box to listen")
        hub.send(COMMAND_TOPIC, command)
        turned(box, "open")
        kill(box, "open")
        eventually(lambda: opened_for(hub) == [("due", None), ("command", "bea")], what="word of it")
        assert box.stop() == 0
        assert read_lock(box.scene) == "left to itself"


def test_the_way_out_needs_neither_plan_nor_broker_and_outlives_a_kill(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port(), more=half_past_seven()) as box:
        box.start()
        turned(box, "locked")
        hold(box.scene, "help", down=True)
        eventually(lambda: "keep holding" in read_panel(box.scene)["view"]["text"], what="its panel")
        turned(box, "open")
        hold(box.scene, "help", down=False)
        kill(box, "open")
        eventually(lambda: box.count("lock.override") == 1, what="its record")
        assert box.count("lock.opened") == 1


def test_a_full_card_keeps_nobody_from_the_way_out() -> None:
    outbox = refusing_outbox()
    engine = Engine(
        box="kitchen", compartments=COMPARTMENTS, outbox=outbox, version="test", chance=lambda: 0.0,
        lock="locked",
    )  # fmt: skip
    engine.handle(Started(stamp=stamp(0), version="test", lids=dict.fromkeys(COMPARTMENTS, False)))
    outbox.refuse = True
    engine.handle(ButtonPressed(stamp=stamp(1_000), button="help"))
    due = engine.next_deadline()
    assert due is not None
    assert due <= 1_000 + HOLD_MS
    reaction = engine.handle(Tick(stamp=stamp(1_000 + HOLD_MS)))
    assert reaction.lock == LockOrder(released=True, number=1)
    assert kinds(reaction.outgoing) == [], "what is not recorded is not sent"
