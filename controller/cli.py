"""What can be asked of the controller from a terminal?"""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

DEFAULT_CONFIG = "/etc/pillbox/controller.toml"

Answer = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0 done, 1 to be mended, 2 refused, 70 gone deaf."""
    from controller.errors import ControllerError
    from firmware.errors import FirmwareError

    try:
        return _answered(arguments)
    except (ControllerError, FirmwareError) as error:
        sys.stderr.write(f"pillbox-controller: {error}\n")
        return 1 if isinstance(error, OSError) else 2
    except BrokenPipeError:
        # Whoever read the output has enough.
        return 0
    except KeyboardInterrupt:
        return 130


def _answered(arguments: Sequence[str] | None) -> int:
    try:
        given = _parser().parse_args(arguments)
        answer: Answer = given.answer
        return answer(given)
    finally:
        # A full disk shows only here; Python itself would tell it in a traceback as it ends.
        _write("")


def _write(text: str) -> None:
    """Write to standard output; nothing as a last word, so that what waits is written too."""
    from controller.errors import OutputLost

    if sys.stdout is None:
        if text:
            raise OutputLost("there is no standard output to write to")
        return
    try:
        sys.stdout.write(text)
        if not text:
            sys.stdout.flush()
    except OSError as error:
        # What still waits would be tried once more at the end, with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise OutputLost(f"standard output cannot be written: {error.strerror}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pillbox-controller",
        description="Watches the lids and the storage of one pillbox, guides the patient, and tells the hub.",
        epilog="Each command has its own help with an example: pillbox-controller run --help",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_replay(commands)
    _add_doctor(commands)
    _add_calibrate(commands)
    _add_sim(commands)
    _add_pictures(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata

        _write(f"pillbox-controller {metadata.version('smart-pillbox')}\n")
        parser.exit()


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, what: str, example: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=what[0].lower() + what[1:].rstrip("."),
        description=what,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_run(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "run", "Watch the box until stopped.", "pillbox-controller run --config controller.toml"
    )
    _add_config(parser)
    parser.add_argument("--verbose", action="store_true", help="log more than what is notable")
    parser.set_defaults(answer=_run)


def _run(given: argparse.Namespace) -> int:
    import logging

    from controller.installing.config import read_config
    from controller.running.run import run

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if given.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    return run(read_config(given.config))


def _add_replay(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands,
        "replay",
        "Run recorded input through the box in virtual time and write what it publishes.",
        "pillbox-controller replay day.jsonl | pillbox-hub replay --household home.toml -",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default="-",
        help="JSON Lines, the first being what `pillbox-hub plan` wrote; - (the default) is standard input",
    )
    parser.add_argument("--box", help="the box's id, if no message in the input names it")
    parser.add_argument(
        "--compartments",
        metavar="NAMES",
        help="a layout such as 7x2, or names with commas between, if the plan does not name them all",
    )
    parser.add_argument(
        "--lock", choices=("open", "locked"), help="the box has a lock, which is so without power"
    )
    parser.set_defaults(answer=_replay)


def _replay(given: argparse.Namespace) -> int:
    from controller.errors import OutputLost, ReplayRefused
    from controller.replay import replay
    from firmware.board import LAYOUTS

    named = given.compartments
    compartments = None if named is None else LAYOUTS.get(named) or tuple(named.split(","))
    # What is not UTF-8 is the replay's to refuse, with its line number.
    _reconfigure(sys.stdin, errors="surrogateescape")
    _reconfigure(sys.stdout, errors="strict")
    try:
        with _opened(given.file) as lines:
            replay(lines, _write, box=given.box, compartments=compartments, lock=given.lock)
    except (BrokenPipeError, OutputLost):
        raise
    except OSError as error:
        raise ReplayRefused(f"{given.file} cannot be read: {error.strerror}") from error
    return 0


def _reconfigure(stream: object, *, errors: str) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors=errors, newline="\n")


def _opened(name: str) -> AbstractContextManager[TextIO]:
    if name == "-" and sys.stdin is None:
        raise OSError(errno.EBADF, "there is no standard input")
    if name == "-":
        return nullcontext(sys.stdin)
    return Path(name).open(encoding="utf-8", errors="surrogateescape")


def _add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands,
        "doctor",
        "Look at every pin, sensor, the disk, the clock and the broker, and say what to mend.",
        "pillbox-controller doctor --config controller.toml",
    )
    _add_config(parser)
    parser.add_argument("--json", action="store_true", help="write the findings as JSON")
    parser.set_defaults(answer=_doctor)


def _doctor(given: argparse.Namespace) -> int:
    import logging

    from controller.installing.config import read_config
    from controller.installing.doctor import examine, report

    # The findings say it all; the parts' own log lines would say it twice.
    logging.disable(logging.CRITICAL)
    return report(examine(read_config(given.config)), _write, as_json=given.json)


def _add_calibrate(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands,
        "calibrate",
        "Make a sensor agree with a thermometer beside it. Shows first what it would write.",
        "pillbox-controller calibrate --temperature 21.4 --humidity 48 --yes",
    )
    _add_config(parser)
    parser.add_argument("--sensor", metavar="NAME", help="default: the medicine's")
    parser.add_argument("--temperature", type=float, metavar="C", help="what the thermometer shows")
    parser.add_argument("--humidity", type=float, metavar="PCT", help="what the hygrometer shows")
    parser.add_argument("--yes", action="store_true", help="write it into the configuration")
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
    return calibrate(wish, _write, input if is_terminal else None)


def _add_sim(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands,
        "sim",
        "Be the hand at a simulated box: move a lid, change the air, press a button, look at the panel.",
        "pillbox-controller sim --config controller.toml open mon-am",
    )
    _add_config(parser)
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
        act = _command(hands, name, what, example)
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

    return play(read_config(given.config), given, _write)


def _add_pictures(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
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
        _write(f"{name}\n")
    return 0


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=Path(DEFAULT_CONFIG), help="default: %(default)s"
    )


if __name__ == "__main__":
    sys.exit(main())
