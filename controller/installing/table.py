"""How is a table of a TOML file read so that no key is overlooked?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from controller.errors import ConfigRefused
from controller.wire.errors import Malformed
from controller.wire.shape import from_plain
from controller.wire.words import Slug


class Table:
    """One table of the file; every key has to be asked for, and what is left over is refused."""

    def __init__(self, plain: Any, name: str, base: Path) -> None:
        if not isinstance(plain, dict):
            raise ConfigRefused(f"[{name}] is not a table")
        self._plain = dict(plain)
        self._name = name
        self._base = base

    def text(self, key: str, default: str | None = None) -> str | None:
        """Take a text."""
        found = self._plain.pop(key, default)
        if found is not None and not isinstance(found, str):
            raise self.refusal(key, "is not text")
        return found

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """Take a number between two bounds, both included."""
        found = self._plain.pop(key, default)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.refusal(key, "is not a number")
        if not low <= found <= high:
            raise self.refusal(key, f"is {found}, outside {low:g} to {high:g}")
        return found

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """Take a whole number between two bounds, both included."""
        found = self.number(key, default, low, high)
        if not isinstance(found, int):
            raise self.refusal(key, "is not a whole number")
        return found

    def wholes(self, key: str, low: int, high: int) -> tuple[int, ...] | None:
        """Take a list of whole numbers between two bounds, both included; `None` where it is not given."""
        found = self._plain.pop(key, None)
        if found is None:
            return None
        if not isinstance(found, list) or not all(
            type(item) is int and low <= item <= high for item in found
        ):
            raise self.refusal(key, f"is not a list of whole numbers from {low:#x} to {high:#x}")
        return tuple(found)

    def flag(self, key: str, default: bool) -> bool:
        """Take true or false."""
        found = self._plain.pop(key, default)
        if not isinstance(found, bool):
            raise self.refusal(key, "is neither true nor false")
        return found

    def choice(self, key: str, choices: tuple[str, ...], default: str | None) -> str | None:
        """Take one of some words; a number is taken for the word it reads as."""
        # TOML 5 and "5" are the same answer to the person who writes the file.
        found = self._plain.pop(key, default)
        if found is None or (not isinstance(found, bool) and str(found) in choices):
            return None if found is None else str(found)
        raise self.refusal(key, f"is {found!r}, not one of {', '.join(choices)}")

    def path(self, key: str, default: str | None = None) -> Path | None:
        """Take a path, relative to the file it stands in."""
        found = self.text(key, default)
        if found is None:
            return None
        if "\0" in found:
            raise self.refusal(key, "holds a character that no path can hold")
        try:
            return self._base / Path(found).expanduser()
        except RuntimeError as error:
            raise self.refusal(key, f"names {found[:80]!r}, a home that is not known") from error

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Take a list of texts; `None` where it is not given."""
        found = self._plain.pop(key, None)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.refusal(key, "is not a list of texts")
        return tuple(found)

    def pins(self, key: str) -> dict[str, int]:
        """Take a table of names and pin numbers."""
        found = self._plain.pop(key, {})
        if not isinstance(found, dict) or not all(type(pin) is int for pin in found.values()):
            raise self.refusal(key, "is not a table of names and pin numbers")
        return found

    def table(self, key: str) -> Table:
        """Take a table inside this one."""
        return Table(self._plain.pop(key, {}), f"{self._name}.{key}" if self._name else key, self._base)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Take a list of tables; each is named by its place, from 1."""
        found = self._plain.pop(key, [])
        if not isinstance(found, list):
            raise self.refusal(key, f"is not a list of tables: write [[{key}]] before each")
        return tuple(Table(one, f"{key} {place}", self._base) for place, one in enumerate(found, start=1))

    def has(self, key: str) -> bool:
        """Tell whether a key is given."""
        return key in self._plain

    def done(self) -> None:
        """Refuse what nobody has asked for."""
        if self._plain:
            raise self.refusal(sorted(self._plain)[0], "is not known; is it misspelt?")

    def refusal(self, key: str, why: str) -> ConfigRefused:
        """Make the error that names this table, the key and what is wrong with it."""
        place = f"[{self._name}] {key}" if self._name else key
        return ConfigRefused(f"{place} {why}")


def named(table: Table, key: str, name: str) -> str:
    """Return a name that topics and events can carry.

    Raises:
        ConfigRefused: It is none.

    """
    try:
        from_plain(Slug, name, key)
    except Malformed as error:
        raise table.refusal(key, f"is {name[:40]!r}; use lower-case letters, digits and hyphens") from error
    return name
