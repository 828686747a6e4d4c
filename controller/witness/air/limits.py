"""Which storage limit has been passed for too long, and which has been kept again for long enough?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from controller.wire.envelope import Stamp
from controller.wire.events import ExcursionEnded, ExcursionStarted
from controller.wire.plan import Limit, Measure
from controller.witness.air.rules import (
    Dwell,
    Excursion,
    Excursions,
    Rules,
    holds,
    is_enough,
    turns_ms,
    value_of,
)
from controller.witness.air.tallies import GAP_MS, Tally, counts_alike, is_tallied, kept, recalled, tallied
from controller.witness.clock import wall_of
from controller.witness.inputs import NEVER_MS, Saying

Said = tuple[Rules, tuple[Saying, ...]]


def begin(rules: Rules, now: Stamp) -> Rules:
    """Restart every timer: running excursions run on until a reading clears them, and windows go on."""
    return _settled(
        Rules(
            limits=rules.limits,
            excursions=rules.excursions,
            tallies=recalled(rules.kept, now),
            kept=rules.kept,
            read_ms=now.mono_ms,
            believed_ms=now.mono_ms,
        )
    )


def keep(rules: Rules, now: Stamp) -> Rules:
    """Let what has counted so far be remembered. Not with each reading: a card wears out."""
    saved = kept(rules.kept, rules.tallies, now)
    return rules if saved is rules.kept else replace(rules, kept=saved)


def take(rules: Rules, limits: tuple[Limit, ...], now: Stamp) -> Said:
    """Judge by a newer plan's limits: a rule it no longer holds ends its excursion."""
    held = {limit.rule: limit for limit in distinct(limits)}
    before = {limit.rule: limit for limit in rules.limits}
    said: list[Saying] = []
    for rule in rules.excursions.running:
        if rule not in held:
            rules, ended = _ended(rules, rule, "rule_withdrawn")
            said.append(ended)
    dwells = {rule: dwell for rule, dwell in rules.dwells.items() if before.get(rule) == held.get(rule)}
    tallies = {
        rule: tally for rule, tally in rules.tallies.items() if counts_alike(before.get(rule), held.get(rule))
    }
    rules = replace(rules, limits=tuple(held.values()), dwells=dwells, tallies=tallies)
    # A rule by another measure must not find, after a restart, what was counted for this one.
    forgets = not rules.kept.shares.keys() <= tallies.keys()
    return _settled(keep(rules, now) if forgets else rules), tuple(said)


def distinct(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Return the first limit of each rule: one rule has one excursion."""
    found: dict[str, Limit] = {}
    for limit in limits:
        found.setdefault(limit.rule, limit)
    return tuple(found.values())


def measured(rules: Rules, values: Mapping[Measure, float], mono_ms: int, now: Stamp) -> Said:
    """Move every rule on by one valid reading; a rule whose measure is not in it stays where it is."""
    mono_ms = max(mono_ms, rules.read_ms)
    return _moved_on(replace(rules, believed_ms=mono_ms), rules.limits, values, mono_ms, now)


def suspected(rules: Rules, values: Mapping[Measure, float], mono_ms: int, now: Stamp) -> Said:
    """Let a reading in doubt speak for the worst alone: it may begin an excursion, and never ends one.

    What is in doubt is in no mean.
    """
    mono_ms = max(mono_ms, rules.read_ms)
    rules = unheard(rules)
    to_begin = tuple(
        limit
        for limit in rules.limits
        if limit.measure != "silence" and limit.counts != "mean" and not rules.is_running(limit)
    )
    return _moved_on(rules, to_begin, values, mono_ms, now)


def unheard(rules: Rules) -> Rules:
    """Forget how long a running excursion has been back within: nobody knows that any more."""
    dwells = {rule: dwell for rule, dwell in rules.dwells.items() if rule not in rules.excursions.running}
    return rules if len(dwells) == len(rules.dwells) else _settled(replace(rules, dwells=dwells))


def _moved_on(
    rules: Rules, limits: tuple[Limit, ...], values: Mapping[Measure, float], mono_ms: int, now: Stamp
) -> Said:
    rules = replace(rules, read_ms=mono_ms, values=values)
    said: list[Saying] = []
    for limit in limits:
        if limit.measure != "silence" and limit.measure not in values:
            continue
        rules = _worst(_tallied(rules, limit, mono_ms), limit)
        if not holds(rules, limit):
            rules = _without_dwell(rules, limit.rule)
            continue
        dwell = _longer(rules, limit, mono_ms)
        rules = replace(rules, dwells={**rules.dwells, limit.rule: dwell})
        if is_enough(rules, limit, dwell):
            rules, turn = _turned(rules, limit, wall_of(now, dwell.began_ms), now)
            said.append(turn)
    return _settled(rules), tuple(said)


def pass_time(rules: Rules, now: Stamp) -> Said:
    """Start or end what has dwelt long enough since the newest reading."""
    if now.mono_ms < rules.wake_ms:
        return rules, ()
    said: list[Saying] = []
    for limit in rules.limits:
        since_ms = rules.believed_ms
        if limit.measure == "silence":
            turns = not rules.is_running(limit) and now.mono_ms - since_ms >= limit.dwell_ms
        else:
            turns = turns_ms(rules, limit) <= now.mono_ms
            dwell = rules.dwells.get(limit.rule)
            since_ms = since_ms if dwell is None else dwell.began_ms
        if turns:
            rules, turn = _turned(rules, limit, wall_of(now, since_ms), now)
            said.append(turn)
    return _settled(rules), tuple(said)


def _tallied(rules: Rules, limit: Limit, mono_ms: int) -> Rules:
    """Count a reading towards its window; hours that were told of are not counted a second time."""
    if not is_tallied(limit) or (limit.counts == "cumulative" and rules.is_running(limit)):
        return rules
    before = rules.tallies.get(limit.rule, Tally())
    tally = tallied(before, limit, rules.values[limit.measure], mono_ms)
    return replace(rules, tallies={**rules.tallies, limit.rule: tally})


def _longer(rules: Rules, limit: Limit, mono_ms: int) -> Dwell:
    """Return a rule's dwell, longer by the time since the reading before, unless that was a silence."""
    dwell = rules.dwells.get(limit.rule)
    silent_ms = 0 if dwell is None else mono_ms - dwell.read_ms
    heard = silent_ms <= GAP_MS
    if dwell is None or (not heard and (limit.measure == "silence" or limit.counts == "instant")):
        return Dwell(began_ms=mono_ms, read_ms=mono_ms)
    counted_ms = dwell.counted_ms + (silent_ms if heard else 0)
    return replace(dwell, read_ms=mono_ms, counted_ms=counted_ms, readings=dwell.readings + 1)


def _worst(rules: Rules, limit: Limit) -> Rules:
    running = rules.excursions.running.get(limit.rule)
    if running is None or limit.measure == "silence":
        return rules
    value, extreme = value_of(rules, limit), running.extreme
    if value is None:
        return rules
    worse = extreme is None or (value > extreme if limit.side == "above" else value < extreme)
    return _running(rules, limit.rule, replace(running, extreme=value)) if worse else rules


def _turned(
    rules: Rules, limit: Limit, since: int, now: Stamp
) -> tuple[Rules, ExcursionStarted | ExcursionEnded]:
    """Start the excursion of a rule, or end the running one: its condition has dwelt long enough."""
    silence = limit.measure == "silence"
    if rules.is_running(limit):
        return _ended(rules, limit.rule, "reading_again" if silence else "back_within")
    value = None if silence else value_of(rules, limit)
    counted_ms = rules.tallies[limit.rule].counted_ms if limit.rule in rules.tallies else None
    excursion = Excursion(excursion=limit.excursion, since=since, extreme=value, measure=limit.measure)
    rules = _without_dwell(_running(rules, limit.rule, excursion), limit.rule)
    if limit.counts == "cumulative" and counted_ms is not None:
        tallies = {rule: tally for rule, tally in rules.tallies.items() if rule != limit.rule}
        rules = keep(replace(rules, tallies=tallies), now)
    return rules, ExcursionStarted(
        excursion=limit.excursion,
        rule=limit.rule,
        because="no_reading" if silence else "beyond_limit",
        since=since,
        limit=None if silence else limit.limit,
        value=value,
        level=limit.level,
        counted_ms=counted_ms,
        window_ms=None if counted_ms is None else limit.window_ms,
        measure=limit.measure,
        kind=limit.kind,
    )


def _ended(rules: Rules, rule: str, because: str) -> tuple[Rules, ExcursionEnded]:
    ended = rules.excursions.running[rule]
    running = {name: found for name, found in rules.excursions.running.items() if name != rule}
    rules = replace(_without_dwell(rules, rule), excursions=Excursions(running=running))
    return rules, ExcursionEnded(
        excursion=ended.excursion,
        rule=rule,
        because=because,
        since=ended.since,
        extreme=ended.extreme,
        measure=ended.measure,
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
        else:
            wake_ms = min(wake_ms, turns_ms(rules, limit))
    return replace(rules, wake_ms=wake_ms)
