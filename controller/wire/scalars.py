"""What may a single value on the wire be, and how is another one refused?"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from controller.wire.errors import Malformed

Reader = Callable[[Any, str], Any]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def _read_text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{place} is {kind_of(value)}, not text")
    if len(value) > 4_096:
        raise Malformed(f"{place} has {len(value)} characters; at most 4096 are read")
    if not value.isascii() and _LONE_SURROGATE.search(value):
        raise Malformed(f"{place} holds half a character (a lone surrogate)")
    return value


def _read_int(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(f"{place} is {kind_of(value)}, not a whole number")
    if not -(2**53) < value < 2**53:
        raise Malformed(f"{place} is too large a number")
    return value


def _read_float(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"{place} is {kind_of(value)}, not a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise Malformed(f"{place} is too large a number") from error
    if not math.isfinite(number):
        raise Malformed(f"{place} is not a finite number")
    return number


def _read_bool(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"{place} is {kind_of(value)}, not true or false")
    return value


def _read_day(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(_read_text(value, place))
    except ValueError as error:
        raise Malformed(f"{place} is {str(value)[:40]!r}, not a date such as 2026-11-23") from error


SCALARS: dict[Any, Reader] = {
    str: _read_text, int: _read_int, float: _read_float, bool: _read_bool, date: _read_day,
}  # fmt: skip


def kind_of(value: Any) -> str:
    """Say what a value is, in the words of JSON."""
    names = {type(None): "null", bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")
