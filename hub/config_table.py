"""Which keys of a hub's configuration were asked for, and which does nobody know?"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from hub.errors import ConfigRefused

Plain = TypeVar("Plain", str, int, float, bool)


class ConfigTable:
    """One table of the file, which remembers what was asked of it: the rest is refused."""

    def __init__(self, file: Path, name: str, plain: Mapping[str, Any]) -> None:
        self.file = file
        self.name = name
        self.keys = dict(plain)
        self._asked: set[str] = set()

    def refusal(self, key: str, why: str) -> ConfigRefused:
        """Make the sentence that names the file and the key."""
        section = f"[{self.name}] " if self.name else ""
        return ConfigRefused(f"{self.file}: {section}{key} {why}")

    def table(self, key: str) -> ConfigTable:
        """Return the table below `key`; one that is absent is empty."""
        self._asked.add(key)
        found = self.keys.get(key, {})
        if not isinstance(found, dict):
            raise self.refusal(key, "is a single value, not a table")
        return ConfigTable(self.file, f"{self.name}.{key}" if self.name else key, found)

    def plain(self, key: str, kind: type[Plain], fallback: Plain) -> Plain:
        """Return a value of the kind that is asked for; a whole number passes where a fraction may stand."""
        self._asked.add(key)
        found = self.keys.get(key, fallback)
        if kind is float and isinstance(found, int) and not isinstance(found, bool):
            found = float(found)
        if type(found) is not kind:
            names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
            raise self.refusal(key, f"is {found!r}, not {names[kind]}")
        return found

    def path(self, key: str, *, required: bool = False) -> Path | None:
        """Return a path, made absolute beside the file."""
        text = self.plain(key, str, "")
        if text:
            return self.file.absolute().parent / text
        if required:
            # A misspelt key is the likelier slip, and "is missing" sent people to look elsewhere.
            self.refuse_the_rest()
            raise self.refusal(key, "is missing")
        return None

    def paths(self, key: str) -> tuple[Path, ...]:
        """Return a list of paths, made absolute beside the file."""
        self._asked.add(key)
        found = self.keys.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.refusal(key, "is not a list of folders")
        return tuple(self.file.absolute().parent / item for item in found)

    def refuse_the_rest(self) -> None:
        """Refuse a key nobody asked for: a misspelt one would else be silently without effect."""
        for key in self.keys:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise self.refusal(key, f"is not known{hint}")
