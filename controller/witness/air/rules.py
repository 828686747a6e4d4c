"""How near is each storage rule to a change, by what was read last and by what has counted?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from controller.wire.plan import Limit, Measure
from controller.wire.words import ExcursionKind, Instant, Word
from controller.witness.air.tallies import GAP_MS, Tallies, Tally, is_beyond, is_tallied
from controller.witness.inputs import NEVER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """A running excursion; `extreme` is the worst value seen in it."""

    excursion: ExcursionKind
    since: Instant
    extreme: float | None = None
    measure: Measure | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excursions:
    """The running excursions by rule. Remembered as one part; equal only to itself."""

    running: dict[Word, Excursion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dwell:
    """How long a condition has held: since `began_ms`, for `counted_ms` without long silences.

    `read_ms` is the newest of the `readings` that spoke for it.
    """

    began_ms: int
    read_ms: int
    counted_ms: int = 0
    readings: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The limits of the plan and how near each is to a change.

    `read_ms` is the boot clock at the newest valid reading, or at the start where there is none yet;
    `believed_ms` is that of the newest one that was not in doubt.
    `tallies` is what has counted within windows, `kept` what of it is remembered.
    """

    limits: tuple[Limit, ...] = ()
    excursions: Excursions = field(default_factory=Excursions)
    dwells: Mapping[str, Dwell] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    kept: Tallies = field(default_factory=Tallies)
    values: Mapping[Measure, float] = field(default_factory=dict)
    read_ms: int = 0
    believed_ms: int = 0
    wake_ms: int = NEVER_MS

    def is_running(self, limit: Limit) -> bool:
        """Tell whether a rule's excursion is running."""
        return limit.rule in self.excursions.running


def value_of(rules: Rules, limit: Limit) -> float | None:
    """Return what is set beside a limit: the newest reading, or the mean of its window."""
    if limit.counts != "mean" or not is_tallied(limit):
        return rules.values.get(limit.measure)
    return rules.tallies.get(limit.rule, Tally()).mean


def holds(rules: Rules, limit: Limit) -> bool:
    """Tell whether the newest reading speaks for the change that a rule waits for."""
    running = rules.is_running(limit)
    if limit.measure == "silence":
        return running
    value = value_of(rules, limit)
    if value is None or not running:
        return value is not None and is_beyond(value, limit)
    is_clear = value <= limit.clear if limit.side == "above" else value >= limit.clear
    return is_clear and not is_beyond(value, limit)


def is_enough(rules: Rules, limit: Limit, dwell: Dwell) -> bool:
    """Tell whether a rule's condition has held as long as it must, as its kind counts."""
    if rules.is_running(limit):
        return dwell.counted_ms >= limit.clear_dwell_ms
    if not is_tallied(limit) and limit.counts != "instant":
        return dwell.counted_ms >= limit.dwell_ms
    match limit.counts:
        case "instant":
            return dwell.readings >= (limit.readings or 1) and dwell.counted_ms >= limit.dwell_ms
        case "consecutive" | "cumulative" | "mean":
            return rules.tallies.get(limit.rule, Tally()).counted_ms >= limit.dwell_ms
        case _:
            assert_never(limit.counts)


def turns_ms(rules: Rules, limit: Limit) -> int:
    """Return when a rule turns if nothing more is read, on the boot clock."""
    dwell = rules.dwells.get(limit.rule)
    running = rules.is_running(limit)
    if dwell is None or not (running or limit.counts == "consecutive"):
        return NEVER_MS
    left_ms = (limit.clear_dwell_ms if running else limit.dwell_ms) - dwell.counted_ms
    return dwell.read_ms + left_ms if left_ms <= GAP_MS else NEVER_MS
