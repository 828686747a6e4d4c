"""How does a command look, and how does it write?"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

DEFAULT_CONFIG = "/etc/pillbox/controller.toml"


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def command(
    commands: Commands[argparse.ArgumentParser], name: str, what: str, example: str
) -> argparse.ArgumentParser:
    """Add a command with what it does and an example; return its parser."""
    return commands.add_parser(
        name,
        help=what[0].lower() + what[1:].rstrip("."),
        description=what,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    """Let a command name its configuration file."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=Path(DEFAULT_CONFIG), help="default: %(default)s"
    )


def write(text: str) -> None:
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
