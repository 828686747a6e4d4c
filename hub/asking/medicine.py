"""What does the hub know of a medicine, and from where?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_never

from controller.wire.instants import HOUR_MS
from controller.wire.plan import Limit
from controller.wire.shape import to_plain
from hub.asking.answers import Refused, answer
from hub.care.leaflets import CheckRhythm
from hub.care.people import Medicine
from hub.config import read_config
from hub.errors import HouseholdRefused
from hub.medicines import Cabinet, parse_medicine, read_cabinet
from hub.tables import nearest, read_text, span_text


def medicine(asked: argparse.Namespace) -> int:
    """List the medicines, show one with its sources, or check a file."""
    if asked.act == "check":
        return _check(asked)
    # Without an installation what is shipped can still be looked at.
    folders = read_config(asked.config).medicines if asked.config.exists() else ()
    cabinet = read_cabinet(folders, as_needed=True)
    if asked.act == "show" or asked.name is not None:
        return _show(asked, cabinet)
    return _list(asked, cabinet)


def _list(asked: argparse.Namespace, cabinet: Cabinet) -> int:
    """List what can be read, and say of each damaged file of the home what is wrong with it."""
    lines, plain, damaged = [], [], []
    for name in cabinet:
        try:
            one = cabinet[name]
        except HouseholdRefused as error:
            damaged.append(str(error))
            continue
        origin = cabinet.origin(name)
        lines.append(f"{name}  {one.name} {one.strength} {one.form} ({origin})")
        plain.append({**_plain(one), "origin": origin})
    answer(asked, lines, {"medicines": plain, "damaged": damaged})
    for why in damaged:
        sys.stderr.write(f"pillbox-hub: {why}\n")
    return 1 if damaged else 0


def _show(asked: argparse.Namespace, cabinet: Cabinet) -> int:
    if asked.name is None:
        raise Refused("say which medicine; `pillbox-hub medicine` lists them")
    if asked.name not in cabinet:
        raise Refused(f"the hub knows no medicine {asked.name!r}{nearest(asked.name, cabinet)}")
    found = cabinet[asked.name]
    return answer(asked, list(_lines(found)), _plain(found))


def _check(asked: argparse.Namespace) -> int:
    if asked.name is None:
        raise Refused("say which file: pillbox-hub medicine check calcium-500mg-tablet.toml")
    path = Path(asked.name)
    found = parse_medicine(str(path), read_text(path))
    if found.id != path.stem:
        raise Refused(f"{path}: id is {found.id!r}, so the file must be named {found.id}.toml")
    lines = [*_lines(found), f"{path} can be used: put it into the medicines folder of the home."]
    return answer(asked, lines, _plain(found))


def _lines(medicine: Medicine) -> Iterator[str]:
    yield f"{medicine.name} {medicine.strength} {medicine.form} ({medicine.id})"
    yield f"  smallest part: {medicine.smallest_part:g}"
    lies = f"in the box, {medicine.fill_days_max} days at most" if medicine.lives_in_box else "in no box"
    yield f"  lies {lies}"
    for limit in medicine.limits:
        edge = "" if limit.measure == "silence" else f" {limit.side} {limit.limit:g}"
        level = "" if limit.level is None else f" ({limit.level})"
        yield f"  limit {limit.rule}: {limit.measure}{edge} {_how_long(limit)}{level}"
    for topic, text in medicine.leaflet.items():
        yield f"  {topic.replace('_', ' ')}: “{text}”"
        yield f"    from: {medicine.sources[topic]}"
    for sign in medicine.signs:
        yield f"  call about: {sign.text}"
        yield f"    from: {sign.source}"
    for effect in medicine.effects:
        yield f"  may be felt{', expected' if effect.is_expected else ''}: {effect.text}"
        yield f"    from: {effect.source}"
    for check in medicine.checks:
        yield f"  check: {check.title}, {_rhythm(check)}"
        yield f"    from: {check.source}"


def _how_long(limit: Limit) -> str:
    window = "" if limit.window_ms is None else _dwell(limit.window_ms)
    match limit.counts:
        case "consecutive":
            return f"for {_dwell(limit.dwell_ms)}"
        case "instant":
            return f"in {limit.readings or 1} readings, for {_dwell(limit.dwell_ms)}"
        case "cumulative":
            return f"for {_dwell(limit.dwell_ms)} in all within {window}"
        case "mean":
            return f"on the mean of {window}"
        case _:
            assert_never(limit.counts)


def _dwell(dwell_ms: int) -> str:
    hours, rest = divmod(dwell_ms, HOUR_MS)
    return f"{hours}h" if hours and not rest else span_text(dwell_ms)


def _rhythm(check: CheckRhythm) -> str:
    said = [
        f"every {phase.every_days} days" + ("" if phase.for_days is None else f" for {phase.for_days} days")
        for phase in check.phases
    ]
    return ", then ".join(said)


def _plain(medicine: Medicine) -> Any:
    return to_plain(medicine)
