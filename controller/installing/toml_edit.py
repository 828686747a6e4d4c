"""How is the calibration of one sensor changed in a TOML file, and nothing else of it?

The file is a person's: its comments, its order and its blank lines stay. Only one line is put in or changed,
and what comes out is read again and compared before anybody relies on it.
"""

from __future__ import annotations

import copy
import re
import tomllib
from typing import Any

from controller.errors import CalibrationRefused
from firmware.board import Calibration

_HEADER = re.compile(r"\s*\[{1,2}\s*[A-Za-z0-9_.\"' -]+\s*\]{1,2}\s*(#.*)?$")
_SENSOR = re.compile(r"\s*\[{1,2}\s*sensors?\s*\]{1,2}\s*(#.*)?$")
_LINE = re.compile(r"(?P<lead>\s*calibration\s*=\s*)\{[^}]*\}(?P<tail>.*)$", re.DOTALL)
_KEY = re.compile(r"\s*[A-Za-z0-9_\"'-]+\s*=")


def with_calibration(text: str, name: str, calibration: Calibration) -> str:
    """Return the text with this calibration for the sensor of this name.

    Raises:
        CalibrationRefused: The file is written in a way that cannot be changed safely by one line.

    """
    lines = text.splitlines(keepends=True)
    headers = [number for number, line in enumerate(lines) if _SENSOR.match(line)]
    place = _place(text, name)
    if place >= len(headers):
        raise _refusal(calibration)
    begin = headers[place] + 1
    end = next((n for n in range(begin, len(lines)) if _HEADER.match(lines[n])), len(lines))
    found = next((n for n in range(begin, end) if _LINE.match(lines[n])), None)
    if found is not None:
        match = _LINE.match(lines[found])
        assert match is not None
        lines[found] = f"{match['lead']}{inline(calibration)}{match['tail']}"
    else:
        after = max((n for n in range(begin, end) if _KEY.match(lines[n])), default=begin - 1)
        ending = "\r\n" if lines[after].endswith("\r\n") else "\n"
        if not lines[after].endswith("\n"):
            lines[after] += ending
        lines.insert(after + 1, f"calibration = {inline(calibration)}{ending}")
    changed = "".join(lines)
    if _plain(changed) != _wanted(_plain(text), place, calibration):
        raise _refusal(calibration)
    return changed


def inline(calibration: Calibration) -> str:
    """Write a calibration as a table on one line."""
    keys = ", ".join(f"{key} = {value}" for key, value in plain_of(calibration).items())
    return f"{{ {keys} }}"


def plain_of(calibration: Calibration) -> dict[str, float]:
    """Return what is written of a calibration; no factor where there is none."""
    factor = {} if calibration.cpu_factor is None else {"cpu_factor": calibration.cpu_factor}
    return {
        **factor,
        "temperature_offset_c": calibration.temperature_offset_c,
        "humidity_offset_pct": calibration.humidity_offset_pct,
    }


def _place(text: str, name: str) -> int:
    """Return the how-manieth sensor of the file it is, from 0; a file without a list has one."""
    listed = (_plain(text) or {}).get("sensors", [])
    names = [one.get("name", one.get("kind")) for one in listed]
    return names.index(name) if name in names else 0


def _plain(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return None


def _wanted(plain: dict[str, Any] | None, place: int, calibration: Calibration) -> dict[str, Any] | None:
    wanted = copy.deepcopy(plain)
    if wanted is None:
        return {}
    tables = wanted.get("sensors") or [wanted.get("sensor", {})]
    tables[place]["calibration"] = plain_of(calibration)
    return wanted


def _refusal(calibration: Calibration) -> CalibrationRefused:
    return CalibrationRefused(
        "the file is written in a way that this command cannot change safely; put this line into the table "
        f"of the sensor yourself: calibration = {inline(calibration)}"
    )
