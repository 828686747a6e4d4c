"""When does a home want to hear of lids that no dose asks for? The watch hours of a box."""

from __future__ import annotations

import re
from typing import Literal

from hub.care.people import LidWatch
from hub.tables import Table

ALWAYS = "always"
URGENCIES: dict[str, Literal["dose", "care"]] = {"soon": "dose", "now": "care"}
"""What the home calls it, and as what kind of alert it is told."""

_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d|always")


def read_watch(table: Table) -> LidWatch | None:
    """Read the watch hours of a box, `None` where it has none."""
    if not table.has("watch_hours"):
        if table.has("watch_urgency"):
            raise table.refusal("watch_urgency", "belongs to watch_hours; say those too")
        return None
    said = table.matching("watch_hours", _HOURS, 'is neither hours such as "21:00-06:00" nor "always"')
    begins, _, ends = said.partition("-")
    if begins == ends:
        raise table.refusal("watch_hours", f'end when they begin; write "{ALWAYS}" for the whole day')
    urgency = table.choice("watch_urgency", URGENCIES) if table.has("watch_urgency") else "soon"
    return LidWatch(hours=None if said == ALWAYS else (begins, ends), want=URGENCIES[urgency])


def written_hours(watch: LidWatch | None) -> str | None:
    """Return watch hours as a household writes them."""
    if watch is None:
        return None
    return ALWAYS if watch.hours is None else "-".join(watch.hours)


def written_urgency(watch: LidWatch | None) -> str | None:
    """Return how urgent a home calls it, `None` where it says nothing."""
    words = {want: word for word, want in URGENCIES.items()}
    return None if watch is None or watch.want == "dose" else words["care"]
