"""On which line of a TOML file does each key stand?

The parser of the standard library tells a line only where the text is no TOML. A refusal that names the key
alone left a person to search a file of three hundred lines. What is written in unusual ways (dotted keys,
texts of several lines) is left out here rather than placed wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Place = tuple[str | int, ...]
"""The way to a table or a key: its names, with the number of each table of a list, from 0."""

Lines = Mapping[Place, int]

_HEADER = re.compile(r"\s*(\[{1,2})\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"""\s*(?:([A-Za-z0-9_-]+)|"([^"\\\\]*)"|'([^']*)')\s*=(.*)""")
_TEXT_OR_COMMENT = re.compile("|".join((r'"(?:[^"\\]|\\.)*"', r"'[^']*'", "#.*")))


def lines_of(text: str) -> Lines:
    """Return the line of every table and key that stands on a line of its own, counted from 1."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    here: Place = ()
    inside, open_lists = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if open_lists:
            # A line of a list looks like a header or a key of its own, such as `[1]`.
            open_lists = max(0, open_lists + _opening(line))
            continue
        if header := _HEADER.fullmatch(line.rstrip("\r")):
            here = _opened(header[2], header[1] == "[[", counts)
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            name = next(part for part in key.groups()[:3] if part is not None)
            found.setdefault((*here, name), number)
            inside = next((mark for mark in ('"""', "'''") if key[4].count(mark) % 2), "")
            open_lists = 0 if inside else max(0, _opening(key[4]))
    return found


def _opening(line: str) -> int:
    """Return how many lists a piece of a line opens and leaves open; what stands in texts does not count."""
    bare = _TEXT_OR_COMMENT.sub("", line)
    return bare.count("[") - bare.count("]")


def _opened(dotted: str, is_list: bool, counts: dict[Place, int]) -> Place:
    """Return the way to the table that a header opens; below a list it is the newest table of that list."""
    here: Place = ()
    names = [name.strip() for name in dotted.split(".")]
    for depth, name in enumerate(names, 1):
        here = (*here, name)
        if depth == len(names) and is_list:
            counts[here] = counts.get(here, -1) + 1
        if here in counts:
            here = (*here, counts[here])
    return here
