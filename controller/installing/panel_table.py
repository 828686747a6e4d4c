"""What did the home say of the sounds, the lights and the voice of its box?"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from controller.installing.table import Table
from controller.witness.telling.hours import NIGHT, Hours, Span
from firmware.voice.wanted import Language, Wanted

LOCALTIME = Path("/etc/localtime")
_ZONES: Final = "zoneinfo/"
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def panel_settings(table: Table) -> tuple[Wanted, Hours]:
    """Return what the hardware is to sound like, and the hours by which the box decides.

    Raises:
        ConfigRefused: A key or a value is not known.

    """
    sound = Wanted(
        volume_pct=table.whole("volume", 100, 0, 100),
        voice=table.flag("voice", False),
        language=cast(Language, table.choice("language", get_args(Language), "en-gb")),
        recordings=table.path("recordings"),
    )
    hours = Hours(
        zone=_zone(table),
        silent=_span(table, "quiet", NIGHT),
        dimmed=_span(table, "dim", None),
        always_dim=table.choice("brightness", ("full", "low"), "full") == "low",
    )
    table.done()
    return sound, hours


def system_zone(localtime: Path = LOCALTIME) -> tzinfo:
    """Return the zone this machine lives by; one that has never been told lives by UTC."""
    _, found, name = str(localtime.resolve()).partition(_ZONES)
    try:
        return ZoneInfo(name) if found else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _zone(table: Table) -> tzinfo:
    name = table.text("timezone")
    if name is None:
        return system_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.refusal("timezone", f"is {name[:40]!r}; write a zone such as Europe/Berlin") from error


def _span(table: Table, key: str, default: Span | None) -> Span | None:
    text = table.text(key)
    if text is None:
        return default
    if text == "never":
        return None
    found = _SPAN.fullmatch(text)
    if found is None:
        raise table.refusal(key, f'is {text[:40]!r}; write hours such as "22:00-07:00", or "never"')
    begins_h, begins_m, ends_h, ends_m = (int(part) for part in found.groups())
    return Span(begins=begins_h * 60 + begins_m, ends=ends_h * 60 + ends_m)
