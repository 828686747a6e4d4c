"""Is this the name of a time zone that means the same on every machine?"""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from hub.tables import Table, nearest

_NO_ZONES = frozenset({"localtime", "Factory", "posixrules"})


def is_zone(name: str) -> bool:
    """Tell whether a name is that of an IANA time zone."""
    try:
        # `localtime` is another zone on every machine; `right/...` counts leap seconds, as nothing else does.
        known = name not in _NO_ZONES and not name.startswith(("posix/", "right/"))
        return known and ZoneInfo(name).key == name
    except (ValueError, OSError, LookupError):
        # `Europe` is a folder, `../etc/passwd` leaves it, `zone.tab` is no zone: each fails in its own way.
        return False


def no_zone(name: str) -> str:
    """Say that a name is no zone, with the nearest that is one."""
    cities = {zone.rpartition("/")[2].replace("_", " "): zone for zone in available_timezones()}
    near = nearest(name, available_timezones()) or _by_city(nearest(name, cities), cities)
    return f"is {name[:60]!r}, not an IANA time zone{near}"


def _by_city(near: str, cities: dict[str, str]) -> str:
    city = near.removeprefix("; did you mean '").removesuffix("'?")
    return f"; did you mean {cities[city]!r}?" if city in cities else ""


def read_zone(table: Table, key: str) -> str:
    """Read the name of a time zone."""
    name = table.text(key)
    if is_zone(name):
        return name
    raise table.refusal(key, no_zone(name))
