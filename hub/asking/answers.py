"""In which form does a command of the care answer, and how does it refuse?"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from typing import Any

from controller.wire.shape import write_json
from hub.errors import HubError


class Refused(HubError, ValueError):
    """What was asked for makes no sense as it stands."""


def answer(asked: argparse.Namespace, lines: Sequence[str], plain: Any) -> int:
    """Say what was asked for, as lines or as one JSON object."""
    if asked.json:
        sys.stdout.write(f"{write_json(plain)}\n")
    else:
        write_lines(lines)
    return 0


def write_lines(lines: Iterable[str]) -> None:
    """Write lines as they are, and on a terminal so that none breaks in the middle of a word or an id."""
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write("".join(f"{line if width is None else folded(line, width)}\n" for line in lines))


def folded(line: str, width: int) -> str:
    """Break a long line between words; what goes on stands further in than where it began."""
    if len(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip(" !"))].replace("!", " ") + "    "
    return textwrap.fill(
        line, max(width, len(indent) + 20), subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False, replace_whitespace=False, drop_whitespace=True,
    )  # fmt: skip
