"""Which month does a box live through in the tests of storage? An indoor climate with damp and heat put in.

The climate is made, not measured: a day's swing, a slow drift, and the noise of a sensor. What is put in is
written down, so that every excursion that is told can be set beside it.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from controller.replay import replay
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms, instant_text
from controller.wire.shape import to_plain, write_json
from controller.wire.topics import topic_of
from hub.commands import _first_plan
from hub.household import parse_household

BEGIN_MS = instant_ms("2026-11-23T00:00:00Z")
DAYS = 30
END_MS = BEGIN_MS + DAYS * DAY_MS
READ_MS = 5 * MINUTE_MS
PLANNED_MS = 7 * DAY_MS
HOUSEHOLD = Path(__file__).parent / "golden" / "days" / "household.toml"
BOX = "kitchen"


Read = tuple[float, float, float]
"""Temperature, humidity, and light."""


@dataclass(frozen=True, kw_only=True)
class PutIn:
    """What was done to the air on a day from an hour on; `rule` is the limit that must be told, if any.

    `known_h` is after how many hours of it that must be known.
    """

    day: int
    hour: float
    hours: float
    warm_c: float | None = None
    damp_pct: float | None = None
    light_pct: float | None = None
    rule: str | None = None
    known_h: float = 0
    silent: bool = False
    lid: str | None = None

    @property
    def since(self) -> int:
        return BEGIN_MS + self.day * DAY_MS + round(self.hour * HOUR_MS)

    @property
    def until(self) -> int:
        return self.since + round(self.hours * HOUR_MS)


MONTH = (
    PutIn(day=2, hour=12, hours=9, warm_c=32),  # ten hours above 30 within the month are let
    # A stove: with the nine hours before, the first of these is the tenth.
    PutIn(day=4, hour=10, hours=12, warm_c=33, rule="hot", known_h=1),
    PutIn(day=5, hour=8, hours=0.05, damp_pct=95, lid="fri-am"),  # a lid is opened beside a kettle
    PutIn(day=6, hour=12, hours=0.75, light_pct=60),  # an hour of light is let
    PutIn(day=7, hour=15, hours=1, warm_c=42, rule="heat", known_h=1 / 6),  # on a radiator
    PutIn(day=9, hour=9, hours=5, damp_pct=84),  # six hours above 75 % are let
    PutIn(day=11, hour=8, hours=9, damp_pct=86, rule="damp", known_h=6),  # washing is drying
    # After 9, 12 and 1 hours these are the 24th and more of the month.
    PutIn(day=12, hour=12, hours=4, warm_c=31, rule="hot-day", known_h=2),
    PutIn(day=13, hour=1, hours=10, silent=True),  # the plug was pulled out of the sensor
    PutIn(day=15, hour=0, hours=30, warm_c=26.5, rule="warm", known_h=24),
    PutIn(day=18, hour=6, hours=28, warm_c=12, rule="cold", known_h=24),  # the heating is off
    PutIn(day=20, hour=7, hours=2, damp_pct=93, rule="condensation", known_h=0.5),  # showers
    *(PutIn(day=day, hour=7, hours=2, damp_pct=83) for day in (21, 22, 23, 24, 26, 27, 28, 29)),
    PutIn(day=25, hour=11, hours=3, light_pct=70, rule="light", known_h=1),  # in the sun, on a window sill
    PutIn(day=27, hour=20, hours=1.5, warm_c=46, rule="searing", known_h=1),  # on the stove; above 40 too
    PutIn(day=27, hour=20, hours=1.5, rule="heat", known_h=1 / 6),
)
MEANS = (PutIn(day=11, hour=16, hours=16.5, rule="damp-day"),)
"""What follows for the mean of 24 hours from nine damp ones, reckoned by hand."""


def air() -> Iterator[tuple[int, Read | None]]:
    """Go through what the sensor reads, `None` where it does not answer."""
    chance = random.Random(5)
    for at in range(BEGIN_MS, END_MS, READ_MS):
        day = (at - BEGIN_MS) / DAY_MS
        warm = 21.3 + 1.2 * math.sin((day - 0.4) * math.tau) + 0.8 * math.sin(day / 11 * math.tau)
        damp = 47 - 4 * math.sin((day - 0.4) * math.tau) + 3 * math.sin(day / 7 * math.tau)
        light = 0.5
        silent = False
        for one in MONTH:
            if one.since <= at < one.until:
                warm, damp = one.warm_c or warm, one.damp_pct or damp
                light = one.light_pct or light
                silent = one.silent
        noisy = round(warm + chance.gauss(0, 0.05), 2), round(damp + chance.gauss(0, 0.3), 2)
        yield at, None if silent else (*noisy, light)


def lids() -> Iterator[dict[str, object]]:
    """Go through the moves of the lids that were put in: open a minute before the reading, for two."""
    for one in MONTH:
        if one.lid is not None:
            yield {"at": instant_text(one.since - MINUTE_MS), "lid": one.lid, "open": True}
            yield {"at": instant_text(one.since + MINUTE_MS), "lid": one.lid, "open": False}


def lived(
    spoil: Callable[[int, Read | None], Read | None] = lambda at, read: read,
) -> list[dict[str, object]]:
    """Let the box live through the month and return everything that it published."""
    household = parse_household(HOUSEHOLD.read_text("utf-8"))
    lines: list[dict[str, object]] = [*lids()]
    for at, read in air():
        if (at - BEGIN_MS) % PLANNED_MS == 0:
            payload = to_plain(_first_plan(household, BOX, at))
            lines.append({"at": instant_text(at), "topic": topic_of("plan", box=BOX), "payload": payload})
        read = spoil(at, read)
        names = ("temperature_c", "humidity_pct", "light_pct")
        climate = None if read is None else dict(zip(names, read, strict=True))
        lines.append({"at": instant_text(at), "climate": climate})
    lines.append({"at": instant_text(END_MS), "end": True})
    lines.sort(key=lambda line: str(line["at"]))
    said: list[dict[str, object]] = []
    replay(map(write_json, lines), lambda text: said.append(json.loads(text)))
    return said
