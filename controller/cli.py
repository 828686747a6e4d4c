"""What can be asked of the controller from a terminal?"""

from __future__ import annotations

import argparse
import errno
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

from controller.asking.installer import add_calibrate, add_doctor, add_pictures, add_sim
from controller.asking.terminal import Commands, add_config, command, write

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
        write("")


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
    add_doctor(commands)
    add_calibrate(commands)
    add_sim(commands)
    add_pictures(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata

        write(f"pillbox-controller {metadata.version('smart-pillbox')}\n")
        parser.exit()


def _add_run(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(
        commands, "run", "Watch the box until stopped.", "pillbox-controller run --config controller.toml"
    )
    add_config(parser)
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
    parser = command(
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
            replay(lines, write, box=given.box, compartments=compartments, lock=given.lock)
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


if __name__ == "__main__":
    sys.exit(main())
