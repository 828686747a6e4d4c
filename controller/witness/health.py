"""How is the computer in the box, and which of its ailments have people to be told of?

Each ailment is told once when it begins and once when it is over, with a gap between the two limits and a
number of readings before either, so that a value that hovers about a limit tells nothing. What cannot be
measured proves nothing: it neither begins nor ends an ailment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from controller.wire.envelope import Stamp
from controller.wire.events import BoxHealth
from controller.wire.health import ENDED_BY, DeviceHealth
from controller.wire.instants import DAY_MS, HOUR_MS
from controller.wire.words import Word
from firmware.ports import DeviceReading

MEBIBYTE = 2**20
BATTERY_FALL_PCT = 3.0
"""A box draws some watts: on its battery it loses as much in well under an hour, and on mains nothing."""
BATTERY_RISE_PCT = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """From where on a value is worse or well again, and how many readings in a row it takes to believe it."""

    worse: float
    well: float
    worse_after: int
    well_after: int
    said: str = ""

    def is_worse(self, value: float) -> bool:
        """Tell whether a value begins the ailment."""
        return value >= self.worse if self.worse > self.well else value <= self.worse

    def is_well(self, value: float) -> bool:
        """Tell whether a value ends it; between the two limits nothing changes."""
        return value <= self.well if self.worse > self.well else value >= self.well


RULES: Mapping[str, Rule] = {
    # A supply that dips does so under load, now and then: half an hour without a dip is an end of it.
    "under_voltage": Rule(worse=1, well=0, worse_after=1, well_after=15),
    # A Pi slows itself down from 80 degrees on.
    "cpu_hot": Rule(worse=80, well=70, worse_after=2, well_after=2, said="{:.0f} °C"),
    "disk_low": Rule(worse=10, well=15, worse_after=1, well_after=1, said="{:.0f} % free"),
    # By judgement: many times what a box and its system write, and a terabyte and a half in a year.
    "card_wearing": Rule(worse=4_096, well=3_072, worse_after=1, well_after=1, said="{:.0f} MiB in a day"),
    "wifi_weak": Rule(worse=-80, well=-74, worse_after=3, well_after=3, said="{:.0f} dBm"),
    "on_battery": Rule(worse=1, well=-1, worse_after=1, well_after=1),
    "battery_low": Rule(worse=20, well=30, worse_after=2, well_after=2, said="{:.0f} %"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ailing:
    """The ailments that were told and have not ended. Remembered as one part; equal only to itself."""

    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value and when it was measured, on the boot clock."""

    value: float
    mono_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is known of the computer. `streaks` counts readings in a row that would change an ailment.

    `day` is where the present day of writing began; `turn` is the charge a fall or rise is counted from.
    """

    ailing: Ailing = field(default_factory=Ailing)
    streaks: Mapping[str, int] = field(default_factory=dict)
    newest: DeviceReading | None = None
    day: Mark | None = None
    turn: Mark | None = None
    written_mib_day: float | None = None


def begin(health: Health) -> Health:
    """Begin a new run: what ailed still does, as far as anybody knows; what was counted is forgotten."""
    return Health(ailing=health.ailing)


def read(health: Health, reading: DeviceReading, stamp: Stamp) -> tuple[Health, tuple[BoxHealth, ...]]:
    """Take a reading: what is known after it, and what has begun or ended."""
    health, day_mib = _count_day(replace(health, newest=reading), stamp.mono_ms)
    health, slope = _follow_charge(health, stamp.mono_ms)
    words, streaks, said = list(health.ailing.words), dict(health.streaks), []
    for word, value in _values(reading, day_mib, slope):
        rule, ails = RULES[word], word in words
        turned = value is not None and (rule.is_well(value) if ails else rule.is_worse(value))
        streaks[word] = streaks.get(word, 0) + 1 if turned else 0
        if value is None or streaks[word] < (rule.well_after if ails else rule.worse_after):
            continue
        streaks[word] = 0
        said.append(BoxHealth(because=ENDED_BY[word] if ails else word, text=_text(rule, value)))
        if ails:
            words.remove(word)
        else:
            words.append(word)
    ailing = Ailing(words=tuple(words)) if said else health.ailing
    return replace(health, ailing=ailing, streaks=streaks), tuple(said)


def shown(health: Health) -> DeviceHealth | None:
    """Return what the state of the box says of its computer; `None` where nothing was ever measured."""
    newest = health.newest or DeviceReading()
    if newest == DeviceReading() and not health.ailing.words:
        return None
    return DeviceHealth(
        ailing=health.ailing.words,
        under_voltage=newest.under_voltage,
        cpu_c=newest.cpu_c,
        disk_free_pct=newest.disk_free_pct,
        written_mib_day=health.written_mib_day,
        wifi_dbm=newest.wifi_dbm,
        battery_pct=newest.battery_pct,
        battery_v=newest.battery_v,
    )


def _values(
    reading: DeviceReading, day_mib: float | None, slope: float | None
) -> Iterator[tuple[str, float | None]]:
    yield "under_voltage", None if reading.under_voltage is None else float(reading.under_voltage)
    yield "cpu_hot", reading.cpu_c
    yield "disk_low", reading.disk_free_pct
    yield "card_wearing", day_mib
    yield "wifi_weak", reading.wifi_dbm
    yield "on_battery", slope
    yield "battery_low", reading.battery_pct


def _count_day(health: Health, mono_ms: int) -> tuple[Health, float | None]:
    """Close a day of writing where one is over; only then is there a value to judge."""
    written = None if health.newest is None else health.newest.card_written_bytes
    day = health.day
    if written is None:
        return health, None
    # The counter begins anew with the machine, and so does the day.
    if day is None or written < day.value or mono_ms < day.mono_ms:
        return replace(health, day=Mark(value=written, mono_ms=mono_ms)), None
    passed_ms = mono_ms - day.mono_ms
    if passed_ms < DAY_MS:
        return health, None
    day_mib = round((written - day.value) / MEBIBYTE * DAY_MS / passed_ms, 1)
    return replace(health, day=Mark(value=written, mono_ms=mono_ms), written_mib_day=day_mib), day_mib


def _follow_charge(health: Health, mono_ms: int) -> tuple[Health, float | None]:
    """Tell whether the charge falls (1) as on a battery, or rises (-1) as on mains, or neither (0)."""
    charge = None if health.newest is None else health.newest.battery_pct
    if charge is None:
        return health, None
    falls = "on_battery" in health.ailing.words
    turn = health.turn
    # A full battery on mains sinks a little over days; only a fall within an hour is a discharge.
    is_stale = turn is not None and not falls and mono_ms - turn.mono_ms > HOUR_MS
    here = Mark(value=charge, mono_ms=mono_ms)
    if turn is None or is_stale or (charge < turn.value if falls else charge >= turn.value):
        return replace(health, turn=here), 0
    if not falls and turn.value - charge >= BATTERY_FALL_PCT:
        return replace(health, turn=here), 1
    if falls and charge - turn.value >= BATTERY_RISE_PCT:
        return replace(health, turn=here), -1
    return health, 0


def _text(rule: Rule, value: float) -> str | None:
    return rule.said.format(value) if rule.said else None
