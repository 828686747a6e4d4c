"""How is a table that somebody wrote by hand read, and what is said when it is wrong?

Every refusal is one sentence with the file, the place in it and the reason, because the reader of it has
the file open in an editor. A key nobody knows is refused, not ignored: `remnid` would silence a home.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.errors import HouseholdRefused
from hub.toml_lines import Lines, Place, lines_of

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""Dates outside are slips of the hand, such as the year 0226."""

TEXT_MAX = 1_000
FILE_BYTES_MAX = 1_000_000

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_SPAN = re.compile(r"([+-]?)(\d{1,5})([mhd])", re.ASCII)
_UNIT_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}


class Table:
    """A TOML table, the file it comes from and its place in it."""

    def __init__(
        self, file: str, place: str, content: dict[str, Any], path: Place = (), lines: Lines | None = None
    ) -> None:
        self.file = file
        self.place = place
        self.content = content
        self._path = path
        self._lines = lines or {}

    def refusal(self, key: str, why: str) -> HouseholdRefused:
        """Make the refusal of one key; `why` goes on after the key's name."""
        # What stands inside another line, such as { every = "7d" }, is on the line of what is around it.
        place = (*self._path, key)
        ways = (place[:depth] for depth in range(len(place), 0, -1))
        line = next((self._lines[way] for way in ways if way in self._lines), None)
        where = f"line {line}: " if line else ""
        end = "" if why.endswith("?") else "."
        return HouseholdRefused(f"{self.file}: {where}{self._at(key)} {why}{end}")

    def only(self, *known: str) -> Table:
        """Return this table if it holds no other keys.

        Raises:
            HouseholdRefused: There is an unknown key; the nearest known one is named.

        """
        for key in self.content:
            if key not in known:
                raise self.refusal(key, f"is not a key that is known here{nearest(key, known)}")
        return self

    def has(self, key: str) -> bool:
        """Tell whether the key is given."""
        return key in self.content

    def text(self, key: str) -> str:
        """Read text of one line."""
        value = self._given(key, str, "text")
        if not value.strip():
            raise self.refusal(key, "is empty")
        if len(value) > TEXT_MAX:
            raise self.refusal(key, f"has {len(value)} characters, at most {TEXT_MAX} are read")
        if any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in value):
            raise self.refusal(key, "holds a line break or another control character")
        return str(value)

    def slug(self, key: str) -> str:
        """Read an id."""
        return self.matching(key, _SLUG, "is not an id: small letters, digits and hyphens, at most 32")

    def time(self, key: str) -> str:
        """Read a local time of the day."""
        return self.matching(key, _TIME, "is not a time such as 08:00")

    def is_time(self, value: str) -> bool:
        """Tell whether a text is a local time of the day."""
        return _TIME.fullmatch(value) is not None

    def time_key(self, key: str) -> str:
        """Check that a key is itself a local time of the day, and return it."""
        if not _TIME.fullmatch(key):
            raise self.refusal(key, "is not a time such as 08:00")
        return key

    def slug_key(self, key: str) -> str:
        """Check that a key is itself an id, and return it."""
        if not _SLUG.fullmatch(key):
            raise self.refusal(key, "is not an id: small letters, digits and hyphens, at most 32")
        return key

    def matching(self, key: str, form: re.Pattern[str], why: str) -> str:
        """Read text that has a form; `why` says which."""
        value = self.text(key)
        if not form.fullmatch(value):
            raise self.refusal(key, f"is {_shown(value)}, which {why}")
        return value

    def choice(self, key: str, choices: Iterable[str]) -> str:
        """Read one word of several."""
        return self.known(key, self.text(key), choices, "one of the words")

    def known(self, key: str, value: str, choices: Iterable[str], what: str) -> str:
        """Check that a value is among those that exist; a refusal lists them."""
        choices = list(choices)
        if value not in choices:
            listed = f"known: {', '.join(choices)}" if choices else "none is known"
            raise self.refusal(key, f"is {_shown(value)}, not {what} ({listed}){nearest(value, choices)}")
        return value

    def known_key(self, key: str, choices: Iterable[str], what: str) -> str:
        """Check that a key is itself among those that exist, and return it."""
        choices = list(choices)
        if key not in choices:
            raise self.refusal(key, f"is not {what} (known: {', '.join(choices)}){nearest(key, choices)}")
        return key

    def number(self, key: str, low: float, high: float) -> float:
        """Read a number between two bounds, both allowed."""
        value = self._given(key, (int, float), "a number")
        if not low <= value <= high:
            raise self.refusal(key, f"is {_shown(value)}, outside {low:g} to {high:g}")
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """Read a whole number between two bounds, both allowed."""
        value = self._given(key, int, "a whole number")
        if not low <= value <= high:
            raise self.refusal(key, f"is {_shown(value)}, outside {low} to {high}")
        return int(value)

    def truth(self, key: str) -> bool:
        """Read true or false."""
        if not isinstance(value := self.content.get(key), bool):
            raise self.refusal(
                key, "is missing" if value is None else f"is {_kind(value)}, not true or false"
            )
        return value

    def day(self, key: str) -> date:
        """Read a local date."""
        value = self._given(key, date, "a date such as 2026-11-23, without quotes")
        if isinstance(value, datetime):
            raise self.refusal(key, "is a date with a time; a date such as 2026-11-23 is wanted")
        if not FIRST_DAY <= value <= LAST_DAY:
            raise self.refusal(key, f"is {value}, outside the years 2000 to 2199")
        return date(value.year, value.month, value.day)

    def span_ms(self, key: str, low_ms: int, high_ms: int) -> int:
        """Read a duration such as `-60m`, `2h` or `7d` as milliseconds, between two bounds."""
        return self.span_of(key, self.text(key), low_ms, high_ms)

    def span_of(self, key: str, value: str, low_ms: int, high_ms: int) -> int:
        """Read a duration out of text that stands at this key."""
        found = _SPAN.fullmatch(value)
        if found is None:
            raise self.refusal(key, f"is {_shown(value)}, not a duration such as -60m, 2h or 7d")
        span_ms = int(found[1] + found[2]) * _UNIT_MS[found[3]]
        if not low_ms <= span_ms <= high_ms:
            bounds = f"{span_text(low_ms)} to {span_text(high_ms)}"
            raise self.refusal(key, f"is {value}, outside {bounds}")
        return span_ms

    def listed(self, key: str) -> Table:
        """Read a list as a table whose keys are `[1]`, `[2]` and so on."""
        items = self._given(key, list, "a list")
        numbered = {f"[{index}]": item for index, item in enumerate(items, 1)}
        return Table(self.file, self._at(key), numbered, (*self._path, key), self._lines)

    def child(self, key: str) -> Table:
        """Read a table inside this one."""
        content = self._given(key, dict, "a table")
        return Table(self.file, self._at(key), content, (*self._path, key), self._lines)

    def children(self, key: str, *, named_by: str | None = None) -> list[Table]:
        """Read a list of tables; none is an empty list. A place is named by its id where it has one."""
        if key not in self.content:
            return []
        found = []
        for index, item in enumerate(self._given(key, list, f"a list of tables; write [[{key}]]"), 1):
            if not isinstance(item, dict):
                raise self.refusal(key, f"has an item {index} that is no table; write [[{key}]]")
            name = item.get(named_by) if named_by else None
            place = name if isinstance(name, str) and _SLUG.fullmatch(name) else index
            path = (*self._path, key, index - 1)
            found.append(Table(self.file, f"{self._at(key)}[{place}]", item, path, self._lines))
        return found

    def _at(self, key: str) -> str:
        shown = (
            key
            if re.fullmatch(r"[A-Za-z0-9_-]{1,40}|\[\d+\]", key)
            else json.dumps(key[:40], ensure_ascii=False)
        )
        joint = "" if not self.place or shown.startswith("[") else "."
        return f"{self.place}{joint}{shown}"

    def _given(self, key: str, kind: type | tuple[type, ...], wanted: str) -> Any:
        if key not in self.content:
            raise self.refusal(key, "is missing")
        value = self.content[key]
        # True is an int to Python, and to nobody else.
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.refusal(key, f"is {_kind(value)}, not {wanted}")
        return value


def read_toml(file: str, text: str) -> Table:
    """Parse a whole TOML file.

    Raises:
        HouseholdRefused: It is too long or no TOML; the parser's line number is kept.

    """
    if len(text) > FILE_BYTES_MAX:
        raise HouseholdRefused(f"{file}: the file is longer than {FILE_BYTES_MAX} characters.")
    try:
        return Table(file, "", tomllib.loads(text), lines=lines_of(text))
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: the date 2026-02-30 and an integer of 5,000 digits end in ValueError.
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise HouseholdRefused(f"{file}: this is not TOML: {reason}.") from error


def read_text(path: Path) -> str:
    """Read a file that somebody wrote by hand.

    Raises:
        HouseholdRefused: It is not there, may not be read, or is not UTF-8.

    """
    try:
        # Notepad begins a file with a mark that TOML does not know.
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise HouseholdRefused(f"{path}: the file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise HouseholdRefused(f"{path}: the file is not UTF-8 text.") from error


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for a word that is nearly a known one, else nothing."""
    by_fold = {name.casefold(): name for name in known}
    asked = word[:80].casefold()
    # The beginning of a long name is far from it by letters, and yet what people type.
    begun = [name for name in by_fold if len(asked) > 2 and name.startswith(asked)]
    found = get_close_matches(asked, by_fold, n=1, cutoff=0.6) or begun
    return f"; did you mean {by_fold[found[0]]!r}?" if found else ""


def span_text(span_ms: int, *, signed: bool = False) -> str:
    """Write a duration in minutes as the household file does, such as `-60m`."""
    return f"{span_ms // MINUTE_MS:{'+' if signed else ''}d}m"


def _shown(value: str | int | float) -> str:
    if isinstance(value, str):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:56]}...'"
    if isinstance(value, int):
        return str(value) if abs(value) < 2**53 else "a very large number"
    return f"{value:g}"


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return f"the text {_shown(value)}"
        case int() | float():
            return "a number"
        case datetime():
            return "a date with a time"
        case date():
            return "a date"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a time without quotes"
