"""How does a dataclass become JSON, and how is foreign JSON refused?

The annotations of a dataclass are its schema: there is no second list that could drift from them.
Unknown fields are ignored, so that a newer peer may say more; a missing field, a wrong type or a
value out of range is refused with a sentence that names its place.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from controller.wire.errors import Malformed
from controller.wire.instants import FIRST_MS, LAST_MS, instant_ms, instant_text
from controller.wire.marks import AsInstant, Pattern, Within
from controller.wire.scalars import SCALARS, Reader, kind_of

Shape = TypeVar("Shape")
Writer = Callable[[Any], Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

MESSAGE_BYTES_MAX = 65_536
"""A plan of 14 days with four intakes a day takes 20 KiB; nothing honest is longer than this."""

ITEMS_MAX = 2_000


def read_json(raw: bytes | str) -> Any:
    """Parse JSON strictly: UTF-8, bounded, no NaN, no key given twice.

    Raises:
        Malformed: The text is too long, no JSON, too deep, or says a key twice.

    """
    if len(raw) > MESSAGE_BYTES_MAX:
        raise Malformed(f"the message has {len(raw)} bytes; at most {MESSAGE_BYTES_MAX} are read")
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except Malformed:
        raise
    except RecursionError as error:
        raise Malformed("the message is nested too deeply") from error
    except ValueError as error:
        raise Malformed(f"the message is not JSON in UTF-8: {error}") from error


def write_json(plain: Any) -> str:
    """Write JSON the one way this project writes it: compact, keys in the order given."""
    return _ENCODER.encode(plain)


def from_plain(shape: type[Shape], plain: Any, place: str = "message") -> Shape:
    """Build a dataclass from plain JSON values.

    Raises:
        Malformed: Something is missing, of the wrong type, or out of range.

    """
    value: Shape = _reader(cast(Hashable, shape))(plain, place)
    return value


def to_plain(value: Any) -> Any:
    """Return the plain JSON values of a dataclass; a field that is `None` is left out."""
    return _writer(cast(Hashable, type(value)))(value)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("the message says one key twice")
    return found


def _no_constant(name: str) -> Any:
    raise Malformed(f"{name} is not a number that JSON knows")


@cache
def _reader(hint: Hashable) -> Reader:
    """Compile the reader of one annotation, once."""
    origin = get_origin(hint)
    if origin is Annotated:
        base, *marks = get_args(hint)
        return _marked(_reader(base), marks)
    if origin is Literal:
        return _read_choice(get_args(hint))
    if origin in (Union, types.UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"{hint} is no optional: the wire knows no other unions")
        reader = _reader(inner[0])
        return lambda value, place: None if value is None else reader(value, place)
    if origin is tuple:
        return _read_list(_reader(get_args(hint)[0]))
    if origin is dict or origin is Mapping:
        key, item = get_args(hint)
        return _read_map(_reader(key), _reader(item))
    if is_dataclass(hint):
        return _read_shape(hint)
    return SCALARS[hint]


def _marked(reader: Reader, marks: list[Any]) -> Reader:
    for mark in marks:
        match mark:
            case AsInstant():
                reader = _read_instant
            case Pattern(expression):
                reader = _read_pattern(reader, expression)
            case Within(low, high):
                reader = _read_within(reader, low, high)
            case _:
                raise TypeError(f"{mark!r} is no mark of the wire")
    return reader


def _read_instant(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed(f"{place} is {kind_of(value)}, not an instant")
    if isinstance(value, int):
        if not FIRST_MS <= value <= LAST_MS:
            raise Malformed(f"{place} lies outside the years 1970 to 9998")
        return value
    try:
        return instant_ms(value)
    except Malformed as error:
        raise Malformed(f"{place}: {error}") from error


def _read_pattern(reader: Reader, expression: str) -> Reader:
    compiled = re.compile(expression, re.ASCII)

    def read(value: Any, place: str) -> Any:
        text = reader(value, place)
        if not compiled.fullmatch(text):
            raise Malformed(f"{place} is {text[:40]!r}, which does not match {expression}")
        return text

    return read


def _read_within(reader: Reader, low: float, high: float) -> Reader:
    def read(value: Any, place: str) -> Any:
        number = reader(value, place)
        if not low <= number <= high:
            raise Malformed(f"{place} is {number}, outside {low:g} to {high:g}")
        return number

    return read


def _read_choice(choices: tuple[Any, ...]) -> Reader:
    def read(value: Any, place: str) -> Any:
        # `True == 1` in Python: without the type check, true would pass for version 1.
        for choice in choices:
            if type(value) is type(choice) and value == choice:
                return choice
        raise Malformed(f"{place} is {str(value)[:40]!r}, not one of {', '.join(map(str, choices))}")

    return read


def _read_list(reader: Reader) -> Reader:
    def read(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Malformed(f"{place} is {kind_of(value)}, not a list")
        if len(value) > ITEMS_MAX:
            raise Malformed(f"{place} has {len(value)} items; at most {ITEMS_MAX} are read")
        return tuple(reader(item, f"{place}[{index}]") for index, item in enumerate(value))

    return read


def _read_map(key_reader: Reader, reader: Reader) -> Reader:
    def read(value: Any, place: str) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise Malformed(f"{place} is {kind_of(value)}, not an object")
        if len(value) > ITEMS_MAX:
            raise Malformed(f"{place} has {len(value)} keys; at most {ITEMS_MAX} are read")
        return {
            key_reader(key, f"a key of {place}"): reader(item, f"{place}[{key!r:.40}]")
            for key, item in value.items()
        }

    return read


def _read_shape(shape: Any) -> Reader:
    hints = get_type_hints(shape, include_extras=True)
    slots = [(field.name, _reader(hints[field.name]), _is_needed(field)) for field in fields(shape)]
    # `to_plain` leaves out what is `None`, so a field that may be `None` may be absent.
    absent = {
        field.name: None
        for field in fields(shape)
        if _is_needed(field) and type(None) in get_args(hints[field.name])
    }

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise Malformed(f"{place} is {kind_of(value)}, not an object")
        found = {}
        for name, reader, required in slots:
            if name in value:
                found[name] = reader(value[name], f"{place}.{name}")
            elif name in absent:
                found[name] = None
            elif required:
                raise Malformed(f"{place}.{name} is missing")
        return shape(**found)

    return read


def _is_needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


@cache
def _writer(hint: Hashable) -> Writer:
    """Compile the writer of one annotation, once."""
    origin = get_origin(hint)
    if origin is Annotated:
        base, *marks = get_args(hint)
        return instant_text if AsInstant() in marks else _writer(base)
    if origin in (Union, types.UnionType):
        inner = next(part for part in get_args(hint) if part is not type(None))
        writer = _writer(inner)
        return lambda value: None if value is None else writer(value)
    if origin is tuple:
        item_writer = _writer(get_args(hint)[0])
        return lambda value: [item_writer(item) for item in value]
    if origin is dict or origin is Mapping:
        item_writer = _writer(get_args(hint)[1])
        return lambda value: {key: item_writer(item) for key, item in value.items()}
    if is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        slots = [(field.name, _writer(hints[field.name])) for field in fields(hint)]
        return lambda value: {
            name: writer(found) for name, writer in slots if (found := getattr(value, name)) is not None
        }
    if hint is date:
        return lambda value: value.isoformat()
    return lambda value: value
