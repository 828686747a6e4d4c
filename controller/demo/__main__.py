"""How is the demo started, and what does its exit status say?"""

from __future__ import annotations

import argparse
import math
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from controller.demo.broker import LOOPBACK
from controller.demo.day import CHAPTERS
from controller.demo.errors import CannotStage
from controller.demo.stage import BOX, COMPARTMENTS, DAY, NEXT_MORNING, Stage, open_stage
from controller.demo.story import Scenes, perform
from controller.demo.telling import Teller
from controller.wire.instants import instant_text

SPEED = 720.0
"""Twelve minutes of the day in a second: the day takes 80 seconds."""
SPEED_MIN, SPEED_MAX = 1, 2000
GOING_ON = 60.0
DEAD_LOOK_S = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Show the demo. Return 0 where every chapter happened, 1 where one did not, 130 when interrupted."""
    chosen = _parser().parse_args(arguments)
    teller = Teller(sys.stdout)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    directory = chosen.directory or _default_directory()
    try:
        with open_stage(directory.resolve(), speed=chosen.speed, choice=chosen.broker) as stage:
            return _show(stage, teller, once=chosen.once)
    except CannotStage as error:
        teller.say(f"the demo cannot go on: {error}", voice="bad")
        return 1
    except KeyboardInterrupt:
        teller.say("")
        teller.say("Interrupted; everything the demo started has ended.")
        return 130


def _show(stage: Stage, teller: Teller, *, once: bool) -> int:
    broker = "mosquitto" if stage.address.kind == "mosquitto" else "the embedded broker"
    teller.say(f"One day with the pillbox, {stage.clock.speed:g} times as fast as life.")
    teller.say(
        f"{broker} on {LOOPBACK}:{stage.address.port}; the real controller on a simulated box; the real hub. "
        f"Everything lies in {stage.directory}"
    )
    teller.say("Some messages are left out: reminders that repeat, and the word that something is over.")
    missing = perform(stage, teller, CHAPTERS)
    _report(stage, teller)
    if missing:
        teller.say(
            f"{len(missing)} of {len(CHAPTERS)} chapters did not happen: {'; '.join(missing)}", voice="bad"
        )
        teller.say(f"The logs are {stage.directory / 'box.log'} and {stage.directory / 'hub.log'}")
    else:
        teller.say(f"All {len(CHAPTERS)} chapters happened.", voice="good")
    if not once:
        _go_on(stage, teller)
    return 1 if missing else 0


def _report(stage: Stage, teller: Teller) -> None:
    teller.chapter(len(CHAPTERS) + 1, "The day as the hub keeps it")
    teller.quote(stage.ask("hub", "report", "--from", DAY, "--until", DAY))


def to_try(stage: Stage) -> str:
    """Write what can be tried from another terminal, with the programs that are there."""
    folder = Path(sys.executable).parent
    sim = f"{folder / 'pillbox-controller'} sim --config '{stage.box_config}'"
    lines = [
        f"  {sim} open {COMPARTMENTS[0]}",
        f"  {sim} close {COMPARTMENTS[0]}",
        f"  {sim} status",
        f"  {folder / 'pillbox-hub'} alerts --config '{stage.hub_config}'",
    ]
    port, password = stage.address.port, stage.logins.passwords["cem"]
    topic, answer = f"pillbox/v1/{BOX}/alert/ALERT/ack", '{"v":1,"alert":"ALERT","by":"cem"}'
    if shutil.which("mosquitto_sub") and shutil.which("mosquitto_pub"):
        lines += [
            f"  mosquitto_sub {_login(stage, 'bea')} -v -t 'pillbox/v1/#'",
            f"  mosquitto_pub {_login(stage, 'cem')} -t {topic} -m '{answer}'",
        ]
    else:
        lines += [
            "An alert is answered with any MQTT app on this machine:",
            f"  login   port {port}, user and client id cem, password {password}",
            f"  topic   {topic}",
            f"  message {answer}",
        ]
    return "\n".join(lines)


def _go_on(stage: Stage, teller: Teller) -> None:
    """Let the days go on, a minute in a second, and say what can be tried."""
    stopped_at = instant_text(stage.clock.wall_ms())[11:16]
    stage.stop()
    stage.pace(GOING_ON, not_before=NEXT_MORNING)
    stage.start("hub")
    stage.start("box")
    teller.chapter(len(CHAPTERS) + 2, "The next morning: a minute in a second from here on")
    teller.say(
        f"The night is skipped, from {stopped_at} to {NEXT_MORNING[11:16]}: box and hub were off. An alert "
        "that nobody took on climbs at once where it stopped."
    )
    teller.say("The first dose is due at 08:00, in about a minute. Try from another terminal:")
    teller.quote(to_try(stage))
    teller.say("End it with Ctrl-C.")
    scenes, pause, letters = Scenes(stage, teller), threading.Event(), stage.letterbox.count()
    while not pause.wait(DEAD_LOOK_S):
        if said := stage.dead():
            raise CannotStage(said)
        for letter in stage.letterbox.letters()[letters:]:
            scenes.tell(
                f"to {letter.to.title()} by {letter.channel}: “{letter.title}” {letter.body}", "people"
            )
            letters += 1


def _login(stage: Stage, user: str) -> str:
    version = "" if stage.address.kind == "mosquitto" else "-V mqttv5 "
    password = stage.logins.passwords[user]
    return f"{version}-h {LOOPBACK} -p {stage.address.port} -i {user} -u {user} -P {password}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run demo",
        description="One compressed day in a home: real programs, a simulated box, a private broker.",
    )
    parser.add_argument(
        "--once", action="store_true", help="end after the day; exit 0 only if every chapter happened"
    )
    parser.add_argument("--directory", type=Path, help="where its files lie (default: .demo here)")
    parser.add_argument(
        "--broker", choices=("auto", "mosquitto", "embedded"), default="auto",
        help="which broker to use (default: mosquitto where it is installed)",
    )  # fmt: skip
    parser.add_argument(
        "--speed",
        type=_speed,
        default=SPEED,
        help=f"how many times as fast as life, {SPEED_MIN} to {SPEED_MAX} (default: %(default)g)",
    )
    return parser


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not SPEED_MIN <= speed <= SPEED_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {SPEED_MIN} to {SPEED_MAX}")
    return speed


def _default_directory() -> Path:
    """Return `.demo` in the checkout, or a new temporary directory where nothing can be written."""
    here = Path.cwd() / ".demo"
    try:
        here.mkdir(exist_ok=True)
        return here
    except OSError:
        return Path(tempfile.mkdtemp(prefix="pillbox-demo-"))


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
