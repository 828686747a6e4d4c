"""Which storage limit has been passed for too long, and which has been kept again for long enough?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from controller.wire.envelope import Stamp
from controller.wire.events import ExcursionEnded, ExcursionStarted
from controller.wire.instants import MINUTE_MS
from controller.wire.plan import Limit, Measure
from controller.wire.words import ExcursionKind, Instant, Word
from controller.witness.clock import wall_of
from controller.witness.inputs import NEVER_MS, Saying

GAP_MS = 30 * MINUTE_MS
"""Nobody knows what the air was like in a longer silence: it counts towards no dwell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """A running excursion; `extreme` is the worst value seen in it."""

    excursion: ExcursionKind
    since: Instant
    extreme: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excursions:
    """The running excursions by rule. Remembered as one part; equal only to itself."""

    running: dict[Word, Excursion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dwell:
    """How long a condition has held: since `began_ms` in all, for `counted_ms` without long silences."""

    began_ms: int
    counted_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The limits of the plan and how near each is to a change.

    `read_ms` is the boot clock at the newest valid reading, or at the start where there is none yet;
    `believed_ms` is that of the newest one that was not in doubt.
    """

    limits: tuple[Limit, ...] = ()
    excursions: Excursions = field(default_factory=Excursions)
    dwells: Mapping[str, Dwell] = field(default_factory=dict)
    values: Mapping[Measure, float] = field(default_factory=dict)
    read_ms: int = 0
    believed_ms: int = 0
    wake_ms: int = NEVER_MS

    def is_running(self, limit: Limit) -> bool:
        """Tell whether a rule's excursion is running."""
        return limit.rule in self.excursions.running


Said = tuple[Rules, tuple[Saying, ...]]


def begin(rules: Rules, now: Stamp) -> Rules:
    """Restart every timer: running excursions run on until a reading clears them."""
    return _settled(
        Rules(limits=rules.limits, excursions=rules.excursions, read_ms=now.mono_ms, believed_ms=now.mono_ms)
    )


def take(rules: Rules, limits: tuple[Limit, ...]) -> Said:
    """Judge by a newer plan's limits: a rule it no longer holds ends its excursion."""
    held = {limit.rule: limit for limit in distinct(limits)}
    before = {limit.rule: limit for limit in rules.limits}
    said: list[Saying] = []
    for rule in rules.excursions.running:
        if rule not in held:
            rules, ended = _ended(rules, rule, "rule_withdrawn")
            said.append(ended)
    dwells = {rule: dwell for rule, dwell in rules.dwells.items() if before.get(rule) == held.get(rule)}
    return _settled(replace(rules, limits=tuple(held.values()), dwells=dwells)), tuple(said)


def distinct(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Return the first limit of each rule: one rule has one excursion."""
    found: dict[str, Limit] = {}
    for limit in limits:
        found.setdefault(limit.rule, limit)
    return tuple(found.values())


def measured(rules: Rules, values: Mapping[Measure, float], mono_ms: int, now: Stamp) -> Said:
    """Move every rule on by one valid reading."""
    mono_ms = max(mono_ms, rules.read_ms)
    return _moved_on(replace(rules, believed_ms=mono_ms), rules.limits, values, mono_ms, now)


def suspected(rules: Rules, values: Mapping[Measure, float], mono_ms: int, now: Stamp) -> Said:
    """Let a reading in doubt speak for the worst alone: it may begin an excursion, and never ends one."""
    mono_ms = max(mono_ms, rules.read_ms)
    rules = unheard(rules)
    to_begin = tuple(
        limit for limit in rules.limits if limit.measure != "silence" and not rules.is_running(limit)
    )
    return _moved_on(rules, to_begin, values, mono_ms, now)


def unheard(rules: Rules) -> Rules:
    """Forget how long a running excursion has been back within: nobody knows that any more."""
    dwells = {rule: dwell for rule, dwell in rules.dwells.items() if rule not in rules.excursions.running}
    return rules if len(dwells) == len(rules.dwells) else _settled(replace(rules, dwells=dwells))


def _moved_on(
    rules: Rules, limits: tuple[Limit, ...], values: Mapping[Measure, float], mono_ms: int, now: Stamp
) -> Said:
    silent_ms = mono_ms - rules.read_ms
    rules = replace(rules, read_ms=mono_ms, values=values)
    said: list[Saying] = []
    for limit in limits:
        rules = _worst(rules, limit)
        if not _holds(rules, limit):
            rules = _without_dwell(rules, limit.rule)
            continue
        dwell = _longer(rules, limit, mono_ms, silent_ms)
        rules = replace(rules, dwells={**rules.dwells, limit.rule: dwell})
        if dwell.counted_ms >= _needed_ms(rules, limit):
            rules, turn = _turned(rules, limit, wall_of(now, dwell.began_ms))
            said.append(turn)
    return _settled(rules), tuple(said)


def pass_time(rules: Rules, now: Stamp) -> Said:
    """Start or end what has dwelt long enough since the newest reading."""
    if now.mono_ms < rules.wake_ms:
        return rules, ()
    silent_ms = now.mono_ms - rules.read_ms
    said: list[Saying] = []
    for limit in rules.limits:
        since_ms = rules.read_ms
        if limit.measure == "silence":
            since_ms = rules.believed_ms
            turns = not rules.is_running(limit) and now.mono_ms - since_ms >= limit.dwell_ms
        else:
            dwell = rules.dwells.get(limit.rule)
            left_ms = NEVER_MS if dwell is None else _needed_ms(rules, limit) - dwell.counted_ms
            turns = left_ms <= silent_ms and left_ms <= GAP_MS
            since_ms = since_ms if dwell is None else dwell.began_ms
        if turns:
            rules, turn = _turned(rules, limit, wall_of(now, since_ms))
            said.append(turn)
    return _settled(rules), tuple(said)


def dew_gap_k(temperature_c: float, humidity_pct: float) -> float:
    """Return how far air is above its dew point, in kelvin, by Magnus over water.

    Source: WMO-No. 8, with 17.62 and 243.12 degrees. Bone-dry air counts as 0.1 %.
    """
    slope = 17.62 * temperature_c / (243.12 + temperature_c)
    gamma = math.log(max(humidity_pct, 0.1) / 100) + slope
    return temperature_c - 243.12 * gamma / (17.62 - gamma)


def _longer(rules: Rules, limit: Limit, mono_ms: int, silent_ms: int) -> Dwell:
    """Return a rule's dwell, longer by the time since the reading before, unless that was a silence."""
    dwell = rules.dwells.get(limit.rule)
    heard = silent_ms <= GAP_MS
    if dwell is None or (limit.measure == "silence" and not heard):
        return Dwell(began_ms=mono_ms)
    return replace(dwell, counted_ms=dwell.counted_ms + (silent_ms if heard else 0))


def _holds(rules: Rules, limit: Limit) -> bool:
    """Tell whether the newest reading speaks for the change that a rule waits for."""
    running = rules.is_running(limit)
    if limit.measure == "silence":
        return running
    value = rules.values[limit.measure]
    above = limit.side == "above"
    beyond = value > limit.limit if above else value < limit.limit
    if not running:
        return beyond
    return not beyond and (value <= limit.clear if above else value >= limit.clear)


def _needed_ms(rules: Rules, limit: Limit) -> int:
    return limit.clear_dwell_ms if rules.is_running(limit) else limit.dwell_ms


def _worst(rules: Rules, limit: Limit) -> Rules:
    running = rules.excursions.running.get(limit.rule)
    if running is None or limit.measure == "silence":
        return rules
    value, extreme = rules.values[limit.measure], running.extreme
    worse = extreme is None or (value > extreme if limit.side == "above" else value < extreme)
    return _running(rules, limit.rule, replace(running, extreme=value)) if worse else rules


def _turned(rules: Rules, limit: Limit, since: int) -> tuple[Rules, ExcursionStarted | ExcursionEnded]:
    """Start the excursion of a rule, or end the running one: its condition has dwelt long enough."""
    silence = limit.measure == "silence"
    if rules.is_running(limit):
        return _ended(rules, limit.rule, "reading_again" if silence else "back_within")
    value = None if limit.measure == "silence" else rules.values.get(limit.measure)
    excursion = Excursion(excursion=limit.excursion, since=since, extreme=value)
    rules = _without_dwell(_running(rules, limit.rule, excursion), limit.rule)
    return rules, ExcursionStarted(
        excursion=limit.excursion,
        rule=limit.rule,
        because="no_reading" if silence else "beyond_limit",
        since=since,
        limit=None if silence else limit.limit,
        value=value,
    )


def _ended(rules: Rules, rule: str, because: str) -> tuple[Rules, ExcursionEnded]:
    ended = rules.excursions.running[rule]
    running = {name: found for name, found in rules.excursions.running.items() if name != rule}
    rules = replace(_without_dwell(rules, rule), excursions=Excursions(running=running))
    return rules, ExcursionEnded(
        excursion=ended.excursion, rule=rule, because=because, since=ended.since, extreme=ended.extreme
    )


def _running(rules: Rules, rule: str, excursion: Excursion) -> Rules:
    return replace(rules, excursions=Excursions(running={**rules.excursions.running, rule: excursion}))


def _without_dwell(rules: Rules, rule: str) -> Rules:
    if rule not in rules.dwells:
        return rules
    return replace(rules, dwells={name: dwell for name, dwell in rules.dwells.items() if name != rule})


def _settled(rules: Rules) -> Rules:
    """Find when the next rule turns if nothing more is read."""
    wake_ms = NEVER_MS
    for limit in rules.limits:
        if limit.measure == "silence":
            if not rules.is_running(limit):
                wake_ms = min(wake_ms, rules.believed_ms + limit.dwell_ms)
        elif (dwell := rules.dwells.get(limit.rule)) is not None:
            left_ms = _needed_ms(rules, limit) - dwell.counted_ms
            if left_ms <= GAP_MS:
                wake_ms = min(wake_ms, rules.read_ms + left_ms)
    return replace(rules, wake_ms=wake_ms)
