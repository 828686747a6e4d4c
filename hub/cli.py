"""What can be asked of the hub from a terminal?

Help must answer at once: what a command needs is imported only when it is asked for.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import fill

from hub.asking.check_options import add_check
from hub.asking.correct_options import add_correct
from hub.asking.duty_options import add_duty
from hub.asking.feeling_options import add_feeling
from hub.asking.fill_options import add_fill
from hub.asking.link_options import add_link
from hub.asking.load_options import add_load
from hub.asking.medicine_options import add_medicine
from hub.asking.mute_options import add_mute
from hub.asking.options import DEFAULT_CONFIG
from hub.asking.regimen_options import add_hold, add_regimen, add_resume
from hub.asking.storage_options import add_storage
from hub.asking.supply_options import add_supply
from hub.asking.travel_options import add_travel
from hub.asking.unlock_options import add_unlock
from hub.errors import HubError, Unwritable

REFUSED = 2
INTERRUPTED = 130
UNWRITABLE = frozenset({errno.ENOSPC, errno.EBADF, errno.EIO, errno.EDQUOT})

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked and return the exit status: 2 where a person has to put something right."""
    asked = _parser().parse_args(arguments)
    command: Command = asked.command
    if sys.stdout is None:
        # Closed by whoever started us: the work is done all the same.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open as long as the program
    try:
        status = command(asked)
        sys.stdout.flush()
        return status
    except HubError as error:
        sys.stderr.write(f"pillbox-hub: {error}\n")
        if isinstance(error, Unwritable):
            # What waits in the output's buffer would fail once more at the end, with a status of its own.
            _say_no_more()
        return REFUSED
    except BrokenPipeError:
        # Whoever read us, such as `head`, has seen enough; Python would complain once more at its end.
        _say_no_more()
        return 0
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        sys.stderr.write(f"pillbox-hub: the answer cannot be written: {error.strerror or error}\n")
        _say_no_more()
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _say_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pillbox-hub",
        description="Plans the doses of a home, remembers what became of them, reminds and alerts.",
        epilog="Each command explains itself, for example: pillbox-hub report --help",
    )
    parser.add_argument("--version", action="version", version=f"pillbox-hub {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = partial(_command, commands)
    _add_service(add)
    _add_household(add)
    _add_planning(add)
    _add_questions(add)
    add_correct(add)
    add_medicine(add)
    add_check(add)
    add_feeling(add)
    add_regimen(add)
    add_hold(add)
    add_resume(add)
    add_supply(add)
    add_storage(add)
    add_fill(add)
    add_travel(add)
    add_duty(add)
    add_mute(add)
    add_load(add)
    add_link(add)
    add_unlock(add)
    return parser


def _add_service(add: Callable[..., argparse.ArgumentParser]) -> None:
    run = add(
        "run",
        "watch over the boxes until told to stop",
        "Ends with status 0 on SIGTERM, 70 when a part of it no longer answers and it must be started again. "
        "SIGHUP reads a newly imported household at once.",
        "pillbox-hub run --config /etc/pillbox/hub.toml",
    )
    run.add_argument(
        "--standby", action="store_true", help="wait until no other hub acts on this database, then take over"
    )
    _add_config(run)
    doctor = add(
        "doctor",
        "check everything the hub needs, and say what to mend",
        "Ends with status 1 if something must be mended. Its login may make a running hub connect anew.",
        "pillbox-hub doctor --json",
    )
    _add_config(doctor)
    doctor.add_argument("--json", action="store_true", help="write one JSON object instead of lines")


def _add_household(add: Callable[..., argparse.ArgumentParser]) -> None:
    importing = add(
        "import",
        "take over a household file",
        "Checks it as a whole, stores it as a new version, and reads back what changed and the coming days; "
        "a running hub follows within seconds.",
        "pillbox-hub import household.toml --check",
    )
    importing.add_argument("file", metavar="FILE", type=Path, help="the household, in TOML")
    importing.add_argument("--check", action="store_true", help="read it back and store nothing")
    _add_config(importing)
    export = add(
        "export",
        "write the household the hub works with",
        "What was imported last, word for word.",
        "pillbox-hub export > household.toml",
    )
    _add_config(export)


def _add_planning(add: Callable[..., argparse.ArgumentParser]) -> None:
    plan = add(
        "plan",
        "write the plan message of a box as one line",
        "Needs no hub, broker or database; the line is what `pillbox-controller replay` reads.",
        "pillbox-hub plan --household home.toml --box kitchen --at 2026-11-23T06:00:00Z",
    )
    _add_household_file(plan)
    plan.add_argument("--box", metavar="ID", required=True, help="the box the plan is for")
    plan.add_argument("--at", metavar="INSTANT", help="such as 2026-11-23T06:00:00Z (default: now)")
    replay = add(
        "replay",
        "run a recording through the hub in no time",
        "Reads what a box published, one JSON object a line, ordered by `at`, and writes what the hub would "
        "have published, told and recorded: the way to ask why it said that. Needs no hub, broker or store.",
        "pillbox-controller replay day.jsonl | pillbox-hub replay --household home.toml",
    )
    _add_household_file(replay)
    replay.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default="-",
        help="what the box published and people did; - (the default) is standard input",
    )


def _add_questions(add: Callable[..., argparse.ArgumentParser]) -> None:
    report = add(
        "report",
        "say what became of each slot of a period",
        "Dates are local to the patient and both are included; without them, the last seven days. What could "
        "not be seen is never called missed.",
        "pillbox-hub report --from 2026-11-23 --until 2026-11-29 --format csv",
    )
    report.add_argument(
        "--patient",
        metavar="ID",
        help="may be left out where there is only one; also somebody who has left the household",
    )
    report.add_argument(
        "--from",
        dest="first",
        metavar="DATE",
        help="first day, such as 2026-11-23 (default: six days before the last)",
    )
    report.add_argument("--until", dest="last", metavar="DATE", help="last day (default: today)")
    report.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    _add_config(report)
    alerts = add(
        "alerts",
        "list the open alerts",
        "Oldest first, with who was told and who has taken it on. In brackets what an answer has to name: "
        "docs/using.md shows one.",
        "pillbox-hub alerts",
    )
    alerts.add_argument("--json", action="store_true", help="write one JSON object instead of lines")
    _add_config(alerts)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    more: str,
    example: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        # argparse would break a long example in two as well, and half of it was copied and failed.
        description=fill(f"{summary[0].upper()}{summary[1:]}. {more}", 78),
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=partial(_call, name))
    return parser


def _call(name: str, asked: argparse.Namespace) -> int:
    from hub import commands

    command: Command = commands.COMMANDS[name]
    return command(asked)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=DEFAULT_CONFIG,
        help="how the hub is installed (default: %(default)s)",
    )


def _add_household_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--household", metavar="FILE", type=Path, required=True, help="the household, in TOML"
    )
    parser.add_argument(
        "--medicines",
        metavar="FOLDER",
        type=Path,
        action="append",
        default=[],
        help="a folder of medicine files of your own; may be given again",
    )


def _version() -> str:
    try:
        return version("smart-pillbox")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
