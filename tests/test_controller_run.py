"""Does the real program, on a simulated box and a real broker, keep what it sees and say when it is deaf?"""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from controller.installing.config import BrokerSettings
from controller.running.arrivals import Arrived, LinkEvent
from controller.running.link import Link
from controller.running.run import DEAF
from controller.wire.instants import instant_text
from controller.wire.topics import Outgoing
from firmware.ports import ClimateReading
from firmware.scene import move_lid, press, read_panel, set_climate
from tests.box_parts import ACK_TOPIC, PLAN_TOPIC, REPOSITORY, ControllerProcess, ack, controller, plan
from tests.parts import Mosquitto, eventually, free_port, need_mosquitto, start_mosquitto


class Hub:
    """Keeps every event it is sent, and confirms what it has without a gap when told to."""

    def __init__(self, port: int, *, confirms: bool = True) -> None:
        self.confirms = confirms
        self.events: dict[tuple[str, int], dict[str, Any]] = {}
        self.words: dict[str, Any] = {}
        self.statuses: list[str] = []
        self._mail: queue.SimpleQueue[LinkEvent | None] = queue.SimpleQueue()
        self._link = Link(
            BrokerSettings(port=port),
            client_id="hub",
            will=Outgoing("pillbox/v1/hub/status", '{"v":1,"status":"offline","because":"x"}', 1, True),
            subscriptions=["pillbox/v1/+/event", "pillbox/v1/+/state", "pillbox/v1/+/status"],
            report=self._mail.put,
            backlog=int,
        )
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self._link.start()

    def send(self, topic: str, payload: dict[str, Any], *, retain: bool = False) -> None:
        self._link.send(Outgoing(topic, json.dumps(payload), 1, retain))

    def close(self) -> None:
        self._link.close()
        self._mail.put(None)
        self._thread.join(5)

    def kinds(self) -> list[str]:
        return [self.events[key]["kind"] for key in sorted(self.events)]

    def _work(self) -> None:
        while (event := self._mail.get()) is not None:
            if not isinstance(event, Arrived):
                continue
            payload = json.loads(event.payload)
            if event.topic.endswith("/event"):
                self.events[payload["stream"], payload["seq"]] = payload
                seq = 0
                while (payload["stream"], seq + 1) in self.events:
                    seq += 1
                if self.confirms:
                    self._link.send(Outgoing(ACK_TOPIC, ack(payload["stream"], seq), 1, False))
            elif event.topic.endswith("/status"):
                self.statuses.append(f"{payload['status']} {payload['because']}")
            else:
                self.words = payload


@contextmanager
def hub_on(port: int, *, confirms: bool = True) -> Iterator[Hub]:
    hub = Hub(port, confirms=confirms)
    try:
        yield hub
    finally:
        hub.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    need_mosquitto()
    with start_mosquitto(tmp_path / "broker") as mosquitto:
        yield mosquitto


@pytest.fixture
def box(tmp_path: Path, broker: Mosquitto) -> Iterator[ControllerProcess]:
    with controller(tmp_path / "box", port=broker.port) as program:
        yield program


def test_a_box_tells_the_hub_what_it_sees_and_forgets_it_once_confirmed(
    box: ControllerProcess, broker: Mosquitto
) -> None:
    with hub_on(broker.port) as hub:
        box.start()
        move_lid(box.scene, "mon-am", open=True)
        eventually(lambda: "lid.opened" in hub.kinds())
        press(box.scene, "help")
        eventually(lambda: "help.requested" in hub.kinds())
        set_climate(box.scene, ClimateReading(temperature_c=25.0, humidity_pct=50.0))
        eventually(lambda: not box.events(), what="everything confirmed")
        eventually(lambda: hub.words.get("lids", {}).get("mon-am") is True)
        assert box.stop() == 0
        eventually(lambda: hub.statuses[-1:] == ["offline stopping"])
        assert hub.kinds()[0] == "box.started"
        assert hub.kinds()[-1] == "box.stopping"


def test_a_plan_makes_the_panel_guide_the_patient_and_outlives_a_kill(
    box: ControllerProcess, broker: Mosquitto
) -> None:
    with hub_on(broker.port) as hub:
        box.start()
        eventually(lambda: bool(hub.statuses))
        hub.send(PLAN_TOPIC, plan(), retain=False)
        eventually(lambda: hub.words.get("plan") == "p1")
        box.stop(signal.SIGKILL)
        eventually(lambda: "offline connection_lost" in hub.statuses, what="the last will")
        box.start()
        eventually(lambda: hub.statuses[-1] == "online connected")
        eventually(lambda: hub.words.get("plan") == "p1")
        assert read_panel(box.scene)["view"]["glyph"] != "no_plan"


def test_law_1_killed_at_random_while_lids_move_nothing_the_box_recorded_is_lost_or_doubled(
    box: ControllerProcess, broker: Mosquitto
) -> None:
    chance = random.Random(7)
    is_open = dict.fromkeys(("mon-am", "mon-pm", "tue-am"), False)
    pause = threading.Event()
    with hub_on(broker.port) as hub:
        for round_number in range(4):
            box.start()
            for _ in range(chance.randrange(2, 6)):
                lid = chance.choice(sorted(is_open))
                is_open[lid] = not is_open[lid]
                move_lid(box.scene, lid, open=is_open[lid])
                pause.wait(0.15)
            box.stop(signal.SIGKILL)
            if round_number % 2:
                broker.kill()
                broker.start()
        box.start()
        eventually(lambda: not box.events(), within_s=20, what="everything confirmed")
        moved = ("lid.opened", "lid.closed")
        told = [event for _, event in sorted(hub.events.items()) if event["kind"] in moved]
        assert len({event["stream"] for event in hub.events.values()}) == 1
        for lid, stands_open in is_open.items():
            moves = [event["kind"] for event in told if event["data"]["compartment"] == lid]
            # A lid may move unseen while the box is dead; what is told of it must alternate all the same.
            assert moves == (["lid.opened", "lid.closed"] * len(moves))[: len(moves)]
            assert (moves[-1:] == ["lid.opened"]) == stands_open


def test_without_a_broker_the_box_watches_and_keeps_all(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port()) as box:
        box.start()
        for number in range(6):
            move_lid(box.scene, "tue-am", open=number % 2 == 0)
            eventually(lambda: box.count("lid.opened") + box.count("lid.closed") == number + 1)  # noqa: B023 - used at once
        assert box.stop() == 0
        assert [event["seq"] for event in box.events()] == list(range(1, len(box.events()) + 1))
        assert "connected" not in box.said()


def test_a_hub_that_never_confirms_is_sent_the_same_again(box: ControllerProcess, broker: Mosquitto) -> None:
    with hub_on(broker.port, confirms=False) as hub:
        box.start()
        eventually(lambda: "box.started" in hub.kinds())
        hub.events.clear()
        eventually(
            lambda: "box.started" in hub.kinds(), within_s=12, what="the first repeat, after five seconds"
        )
        assert box.events(), "a PUBACK proves nothing"


def test_the_service_manager_hears_ready_then_alive_then_stopping(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(address))
        notify.settimeout(15)
        with controller(tmp_path / "box", port=free_port()) as box:
            box.start(NOTIFY_SOCKET=str(address))
            assert notify.recv(1_024) == b"READY=1"
            assert notify.recv(1_024) == b"WATCHDOG=1"
            assert notify.recv(1_024) == b"WATCHDOG=1"
            assert box.stop() == 0
            last = b""
            while not last.startswith(b"STOPPING=1"):
                last = notify.recv(1_024)


def test_a_second_controller_on_the_same_outbox_is_refused(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port()) as box:
        box.start()
        second = subprocess.run(
            [sys.executable, "-m", "controller.cli", "run", "--config", str(box.config)],
            cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert second.returncode == 2
        assert "another controller is running" in second.stderr
        assert "Traceback" not in second.stderr


def test_a_second_controller_is_refused_though_every_file_was_removed(tmp_path: Path) -> None:
    """Whoever removed the lock file had let a second controller write the same outbox."""
    with controller(tmp_path / "box", port=free_port()) as box:
        box.start()
        for file in box.outbox.parent.iterdir():
            file.unlink()
        second = subprocess.run(
            [sys.executable, "-m", "controller.cli", "run", "--config", str(box.config)],
            cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert second.returncode == 2
        assert "another controller is running" in second.stderr


def test_law_3_a_program_that_was_frozen_inside_a_window_does_not_call_it_missed(
    box: ControllerProcess, broker: Mosquitto
) -> None:
    with hub_on(broker.port) as hub:
        box.start()
        eventually(lambda: bool(hub.statuses))
        opens_ms = int(time.time() * 1000) + 1_000
        hub.send(PLAN_TOPIC, short_plan(opens_ms))
        eventually(lambda: hub.words.get("plan") == "short")
        eventually(lambda: time.time() * 1000 > opens_ms + 200, what="the window to open")
        assert box.process is not None
        box.process.send_signal(signal.SIGSTOP)
        try:
            # On a loaded machine a thread of it still ran for a moment, and saw the lid.
            eventually(lambda: stands_still(box), what="the program to stand still")
            move_lid(box.scene, "mon-am", open=True)
            pause = threading.Event()
            pause.wait(2)
            move_lid(box.scene, "mon-am", open=False)
            pause.wait(2)
        finally:
            box.process.send_signal(signal.SIGCONT)
        eventually(lambda: any(kind.startswith("dose.") for kind in hub.kinds()), within_s=25)
        [dose] = [each for each in hub.events.values() if each["kind"].startswith("dose.")]
        assert (dose["kind"], dose["data"]["because"]) == ("dose.unobserved", "stalled")


def stands_still(box: ControllerProcess) -> bool:
    """Tell whether every thread of the program is stopped."""
    assert box.process is not None
    threads = Path(f"/proc/{box.process.pid}/task").glob("*/stat")
    return all(thread.read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)


def short_plan(opens_ms: int) -> dict[str, Any]:
    """Plan one window of eight seconds."""
    made = plan(slots=[("08:00", "mon-am", 2)], name="short")
    marks = {"opens_at": 0, "due_at": 1_000, "late_at": 2_000, "closes_at": 8_000}
    made["slots"][0] |= {name: instant_text(opens_ms + after) for name, after in marks.items()}
    return made | {
        "slots": [made["slots"][0] | {"remind_at": []}],
        "made_at": instant_text(opens_ms - 60_000),
        "until": instant_text(opens_ms + 86_400_000),
    }


def test_a_box_whose_outbox_was_damaged_starts_tells_it_and_keeps_the_file(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port()) as box:
        box.outbox.parent.mkdir(parents=True)
        box.outbox.write_bytes(b"worn out card " * 1_000)
        box.start()
        eventually(lambda: box.count("box.health") == 1)
        [health] = [event["data"] for event in box.events() if event["kind"] == "box.health"]
        assert health["because"] == "outbox_damaged"
        [kept] = box.outbox.parent.glob("outbox.sqlite3.damaged-*")
        assert kept.read_bytes().startswith(b"worn out card")


def test_a_lid_that_is_open_at_the_start_is_known(tmp_path: Path) -> None:
    with controller(tmp_path / "box", port=free_port()) as box:
        move_lid(box.scene, "mon-pm", open=True)
        box.start()
        assert box.events()[0]["data"]["lids_open"] == ["mon-pm"]


DEAF_PART = """
import sys
from dataclasses import replace
from pathlib import Path
import controller.running.run as program
from controller.installing.config import read_config
from controller.running.link import Link
from firmware.boxes import open_box
from firmware.ports import Missing
part = sys.argv[2]
def opened(settings, boot_clock):
    hardware = open_box(settings, boot_clock)
    class Deaf:
        def __init__(self, inner): self.inner = inner
        def __getattr__(self, name): return getattr(self.inner, name)
        def alive(self): return False
    class Hanging(Deaf):
        name = "hanging"
        def read(self):
            import threading
            threading.Event().wait()
    if part == "lids": return replace(hardware, lids=Deaf(hardware.lids))
    if part == "buttons": return replace(hardware, buttons=Deaf(hardware.buttons))
    if part == "panel":
        missing = (Missing(word="buzzer_missing", sentence="the buzzer: GPIO13 cannot be opened"),)
        return replace(hardware, panel=Deaf(hardware.panel), missing=missing)
    if part == "climate": return replace(hardware, climates=(Hanging(hardware.climates[0]),))
    return hardware
program.open_box = opened
import controller.running.pulse
import controller.running.sensing
import controller.running.wellbeing
controller.running.sensing.DEAF_S = controller.running.wellbeing.HUNG_S = 0.5
controller.running.pulse.DEAD_S = 0.5
class Computer:
    def read(self):
        import threading
        threading.Event().wait()
if part == "device": program.open_device = lambda *_: Computer()
if part == "pulse": program.Pulse._run = lambda self: None
if part == "hung pulse":
    def hung(self):
        import threading
        threading.Event().wait()
    program.Pulse._run = hung
if part == "link": Link._run = lambda self: None
if part == "engine":
    program.Program._tick = lambda self: 1 / 0
sys.exit(program.run(read_config(Path(sys.argv[1]))))
"""


@contextmanager
def service_manager(directory: Path) -> Iterator[Callable[[], list[bytes]]]:
    """Listen as systemd does; give what was heard so far."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(directory / "notify"))
        notify.setblocking(False)

        def heard() -> list[bytes]:
            found = []
            with suppress(BlockingIOError):
                while True:
                    found.append(notify.recv(1_024))
            return found

        yield heard


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("lids", "the lids are no longer watched"),
        ("buttons", "the buttons are no longer watched"),
        ("panel", "the lights or the buzzer hang in their driver"),
        ("climate", "sensor no longer answers"),
        ("device", "the card no longer says how full it is"),
        ("pulse", "the pulse that notices a freeze no longer beats"),
        ("hung pulse", "the pulse that notices a freeze no longer beats"),
        ("link", "the link to the broker no longer moves"),
        ("engine", "something it does not know"),
    ],
)
def test_law_11_a_deaf_part_starves_the_watchdog_and_ends_the_program_with_a_sentence(
    tmp_path: Path, part: str, sentence: str
) -> None:
    """Whoever hangs is noticed within its time, and from then on the service manager hears nothing."""
    with controller(tmp_path / "box", port=free_port()) as box, service_manager(tmp_path) as heard:
        done = subprocess.run(
            [sys.executable, "-c", DEAF_PART, str(box.config), part],
            cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=30,
            env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")},
        )  # fmt: skip
        assert done.returncode == DEAF
        fed = heard().count(b"WATCHDOG=1")
        assert fed == 0 or (part in ("climate", "device", "hung pulse") and fed <= 2)
        assert sentence in done.stderr
        assert box.events()[0]["kind"] == "box.started", "what it saw until then is kept"
        if part == "panel":
            [health] = [event["data"] for event in box.events() if event["kind"] == "box.health"]
            assert health == {"because": "buzzer_missing", "text": "the buzzer: GPIO13 cannot be opened"}
            assert "the buzzer: GPIO13 cannot be opened" in done.stderr


def test_a_compressed_day_is_lived_by_both_clocks_at_once(tmp_path: Path) -> None:
    """A minute of the box takes a twentieth of a second, the sample of a quarter of an hour one second."""
    zero_ms = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)
    more = (
        '[clock]\n[clock.compressed]\nstart = "2026-11-23T06:00:00Z"\n'
        f"zero_boot_ms = {zero_ms}\nspeed = 1200\n"
    )
    with controller(tmp_path / "box", port=free_port(), more=more) as box:
        box.start()
        eventually(lambda: box.count("climate.sampled") >= 2, within_s=15)
        first, second = [event for event in box.events() if event["kind"] == "climate.sampled"][:2]
        assert first["at"].startswith("2026-11-23T")
        assert first["clock"] == "synced"
        assert second["mono_ms"] - first["mono_ms"] >= 15 * 60_000
        assert box.stop() == 0


def test_no_medicine_is_named_in_the_log(box: ControllerProcess, broker: Mosquitto) -> None:
    with hub_on(broker.port) as hub:
        box.start()
        eventually(lambda: bool(hub.statuses))
        hub.send(PLAN_TOPIC, plan())
        wrong = plan(slots=[("08:00", "mon-am", 2), ("09:00", "mon-am", 3)])
        hub.send(PLAN_TOPIC, wrong)
        eventually(lambda: "box.health" in hub.kinds())
        move_lid(box.scene, "mon-am", open=True)
        eventually(lambda: "lid.opened" in hub.kinds())
        assert box.stop() == 0
        assert "azathioprine" not in box.said()
