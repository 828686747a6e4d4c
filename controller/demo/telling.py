"""How is the story told so that it reads well on any terminal, in a file, and without colours?"""

from __future__ import annotations

import os
import shutil
import textwrap
from typing import Literal, TextIO

Voice = Literal["ada", "box", "hub", "people", "teller", "good", "bad"]

WIDTH_MAX = 92
WIDTH_MIN = 24
MARGIN = 7
_COLOURS: dict[Voice, str] = {
    "ada": "1", "box": "36", "hub": "34", "people": "35", "teller": "2", "good": "32", "bad": "31;1",
}  # fmt: skip
_NAMES: dict[Voice, str] = {"box": "box: ", "hub": "hub: ", "good": "✓ ", "bad": "✗ "}


class Teller:
    """Writes the story, with the time of the day on the left."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        is_terminal = out.isatty()
        self._coloured = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        columns = shutil.get_terminal_size((80, 24)).columns if is_terminal else 80
        self._width = max(WIDTH_MIN, min(columns, WIDTH_MAX))

    def chapter(self, number: int, title: str) -> None:
        """Begin a chapter."""
        self._write("")
        self._write(self._paint(f"{number}. {title}", "1;4"))

    def say(self, text: str, *, voice: Voice = "teller", time: str = "") -> None:
        """Tell one thing; the next line of it starts under the first."""
        first = f"{time:<{MARGIN}}"
        name = _NAMES.get(voice, "")
        indent = " " * (MARGIN + len(name))
        lines = textwrap.wrap(
            text, self._width, initial_indent=first + name, subsequent_indent=indent, break_on_hyphens=False
        ) or [first.rstrip()]
        for line in lines:
            self._write(self._paint(line, _COLOURS[voice]))

    def quote(self, text: str) -> None:
        """Show something as it is, such as a command to try or the table of a report."""
        for line in text.splitlines():
            self._write(line.rstrip())

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text

    def _write(self, line: str) -> None:
        # A terminal in an old locale may not know an arrow or a tick; the story goes on without it.
        encoding = self._out.encoding or "utf-8"
        self._out.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        self._out.flush()
