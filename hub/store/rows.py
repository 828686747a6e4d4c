"""How does a record become a row, and a row the same record again?

The annotations of a record are its columns: text and whole numbers stay as they are, everything else is
JSON text, so that any database can hold them and a person can read them.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from controller.wire.errors import Malformed
from controller.wire.shape import from_plain, to_plain, write_json
from hub.errors import StoreRefused

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Table(Generic[Record]):
    """A record's table: its columns in order and its key.

    `json_columns` maps those of JSON text to what they hold, `choices` those of few words to these words;
    `bare` names those without a default, which must be given even where they hold nothing.
    """

    name: str
    shape: type[Record]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    json_columns: Mapping[str, Any]
    choices: Mapping[str, tuple[str, ...]]
    bare: frozenset[str]

    def row(self, record: Record) -> tuple[Any, ...]:
        """Return the values of a record in the order of `columns`."""
        plain = to_plain(record)
        return tuple(
            write_json(value) if value is not None and name in self.json_columns else value
            for name in self.columns
            for value in (plain.get(name),)
        )

    def record(self, row: Sequence[Any]) -> Record:
        """Return the record of a row whose first values are those of `columns`.

        Raises:
            StoreRefused: The row does not hold such a record: the database is damaged or foreign.

        """
        found = {
            name: value
            for name, value in zip(self.columns, row, strict=False)
            if value is not None or name in self.bare
        }
        try:
            # Texts are taken as they are: a bound of the wire must not make a stored record unreadable.
            for name, hint in self.json_columns.items():
                if found.get(name) is not None:
                    found[name] = from_plain(hint, json.loads(found[name]), f"{self.name}.{name}")
            for name, words in self.choices.items():
                if found.get(name) is not None and found[name] not in words:
                    raise Malformed(f"{self.name}.{name} is {found[name]!r}, not one of {', '.join(words)}")
            return self.shape(**found)
        except (ValueError, TypeError) as error:
            raise StoreRefused(f"a row of table {self.name!r} is damaged: {error}") from error

    @property
    def select(self) -> str:
        """Return `SELECT` with all columns and the table; a `WHERE` may follow."""
        return f"SELECT {_quoted(self.columns)} FROM {self.name}"

    @property
    def insert(self) -> str:
        """Return the statement that adds a row; whether it may stand already is for the caller to say."""
        marks = ", ".join("?" for _ in self.columns)
        return f"INSERT INTO {self.name} ({_quoted(self.columns)}) VALUES ({marks})"

    @property
    def upsert(self) -> str:
        """Return the statement that adds a row or replaces the one with its key."""
        new = ", ".join(f'"{name}" = excluded."{name}"' for name in self.columns if name not in self.key)
        return f"{self.insert} ON CONFLICT ({_quoted(self.key)}) DO UPDATE SET {new}"


@cache
def table_of(name: str, shape: type[Record], key: tuple[str, ...]) -> Table[Record]:
    """Compile the table of a record."""
    hints = get_type_hints(shape)
    described = fields(shape)  # type: ignore[arg-type]  # always a dataclass
    columns = tuple(field.name for field in described)
    parts = {column: _parts(hints[column]) for column in columns}
    choices = {column: get_args(of[0]) for column, of in parts.items() if get_origin(of[0]) is Literal}
    as_json = {
        column: hints[column]
        for column in columns
        if column not in choices and parts[column][0] not in (int, str)
    }
    bare = frozenset(field.name for field in described if _is_bare(field))
    return Table(name, shape, key, columns, as_json, choices, bare)


def _is_bare(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _quoted(names: Sequence[str]) -> str:
    """Return names as SQL reads them even where they are its own words, such as `to`."""
    return ", ".join(f'"{name}"' for name in names)


def _parts(hint: Any) -> tuple[Any, ...]:
    """Return what an annotation may be, without `None`."""
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(part for part in get_args(hint) if part is not type(None))
    return (hint,)
