"""What can whoever installs or tries a box ask for? Light: what answers is imported when it is asked."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from controller.asking.terminal import Commands, add_config, command, write


def add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command to look at the box."""
    parser = command(
        commands,
        "doctor",
        "Look at every pin, sensor, the disk, the clock and the broker, and say what to mend.",
        "pillbox-controller doctor --config controller.toml",
    )
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="write the findings as JSON")
    parser.set_defaults(answer=_doctor)


def _doctor(given: argparse.Namespace) -> int:
    import logging

    from controller.installing.config import read_config
    from controller.installing.doctor import examine, report

    # The findings say it all; the parts' own log lines would say it twice.
    logging.disable(logging.CRITICAL)
    return report(examine(read_config(given.config)), write, as_json=given.json)


def add_calibrate(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command to make a sensor agree with a thermometer."""
    parser = command(
        commands,
        "calibrate",
        "Make a sensor agree with a thermometer beside it.",
        "pillbox-controller calibrate --temperature 21.4 --humidity 48 --yes",
    )
    add_config(parser)
    parser.add_argument("--sensor", metavar="NAME", help="default: the medicine's")
    parser.add_argument("--temperature", type=float, metavar="C", help="what the thermometer shows")
    parser.add_argument("--humidity", type=float, metavar="PCT", help="what the hygrometer shows")
    parser.add_argument("--yes", action="store_true", help="write what it shows first into the configuration")
    parser.add_argument("--json", action="store_true", help="write what was found as JSON")
    parser.set_defaults(answer=_calibrate)


def _calibrate(given: argparse.Namespace) -> int:
    from controller.installing.calibrate import Wish, calibrate

    wish = Wish(
        config=given.config,
        sensor=given.sensor,
        temperature_c=given.temperature,
        humidity_pct=given.humidity,
        yes=given.yes,
        as_json=given.json,
    )
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    return calibrate(wish, write, input if is_terminal else None)


def add_sim(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command to be the hand at a simulated box."""
    parser = command(
        commands,
        "sim",
        "Be the hand at a simulated box: move a lid, change the air, press a button, look at the panel.",
        "pillbox-controller sim --config controller.toml open mon-am",
    )
    add_config(parser)
    hands = parser.add_subparsers(title="what to do", metavar="ACT", required=True)
    for name, words, what in (
        ("open", " mon-am", "Open the lid of a compartment."),
        ("close", " mon-am", "Close the lid of a compartment."),
        ("air", " 31.5 80", "Change the air in the box."),
        ("unplug", "", "Unplug the humidity and temperature sensor."),
        ("press", " snooze", "Press a button once."),
        ("hold", " help", "Hold a button down."),
        ("let-go", " help", "Let a held button go."),
        ("status", "", "Show the lids, the air and what the patient sees."),
    ):
        example = f"pillbox-controller sim --config controller.toml {name}{words}"
        act = command(hands, name, what, example)
        act.set_defaults(answer=_sim, act=name)
        if name in ("open", "close"):
            act.add_argument("compartment", metavar="COMPARTMENT", help="its name, as `sim status` shows it")
    air = hands.choices["air"]
    air.add_argument("temperature_c", type=float, metavar="TEMPERATURE", help="degrees Celsius")
    air.add_argument("humidity_pct", type=float, metavar="HUMIDITY", help="per cent")
    buttons = ("snooze", "taken_elsewhere", "help", "refill", "quiet")
    for name in ("press", "hold", "let-go"):
        hands.choices[name].add_argument("button", choices=buttons)


def _sim(given: argparse.Namespace) -> int:
    from controller.hand import play
    from controller.installing.config import read_config

    return play(read_config(given.config), given, write)


def add_pictures(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command to draw the panel."""
    parser = command(
        commands,
        "pictures",
        "Draw every state of the panel as a picture, from the code that drives the lights.",
        "pillbox-controller pictures --into docs/panel",
    )
    parser.add_argument(
        "--into", metavar="FOLDER", type=Path, required=True, help="where the SVG files are written"
    )
    parser.set_defaults(answer=_pictures)


def _pictures(given: argparse.Namespace) -> int:
    from controller.picturing.gallery import write_pictures

    for name in write_pictures(given.into):
        write(f"{name}\n")
    return 0
