"""May something be taken as needed now? Judged at the lid, before the tablet is out.

What the box has seen and what the hub knows of are one history, so that neither a restart, a new box nor
what a person has stated lets more be taken than the day's most, or sooner than the gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from controller.wire.envelope import BootMs, Stamp, StreamId
from controller.wire.events.doses import DoseAsNeeded, DoseExtra
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Intake, Plan, PlannedAsNeeded
from controller.wire.words import Slug
from controller.witness.clock import instant

AHEAD_MS = DAY_MS + HOUR_MS
"""An intake that lies ahead was timed by a clock that has gone back; within a long day it still counts."""
KEPT_MS = 2 * DAY_MS
KEPT_MAX = 64
SLEWED_MS = MINUTE_MS
"""By so much a wall clock may be drawn away from the boot clock in a day, without a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """When something was taken by the clock of a boot, which nobody sets."""

    boot: StreamId
    mono_ms: BootMs
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Needed:
    """What was taken as needed at the lids, by regimen, oldest first; it outlives plans.

    Remembered as one part; equal only to itself.
    """

    intakes: Mapping[Slug, tuple[Intake, ...]] = field(default_factory=dict)
    ticked: Mapping[Slug, tuple[Ticked, ...]] = field(default_factory=dict)

    def and_also(self, regimen: str, intake: Intake, tick: Ticked) -> Needed:
        """Keep one more; what is long over and not among the newest is forgotten."""
        before = self.intakes.get(regimen, ())
        newest = len(before) - KEPT_MAX
        kept = tuple(
            one for number, one in enumerate(before) if number > newest or abs(one.at - intake.at) <= KEPT_MS
        )
        ticked = [one for one in self.ticked.get(regimen, ()) if _passed_ms(one, tick) < KEPT_MS]
        return Needed(
            intakes={**self.intakes, regimen: (*kept, intake)},
            ticked={**self.ticked, regimen: (*ticked, tick)[-KEPT_MAX:]},
        )


def need_at(plan: Plan, compartment: str, at: int) -> PlannedAsNeeded | None:
    """Return what may be taken as needed out of a compartment at an instant."""
    for need in plan.as_needed or ():
        if need.compartment == compartment and need.begins_at <= at < need.ends_at:
            return need
    return None


def opened(
    needed: Needed, plan: Plan, need: PlannedAsNeeded, at: int, because: str, tick: Ticked
) -> tuple[Needed, DoseAsNeeded | DoseExtra]:
    """Judge the opening of a lid behind which something is taken as needed."""
    why = why_not(known(needed, need), plan, need, at)
    why = why or why_not_yet(needed.ticked.get(need.regimen, ()), need, tick)
    if why is not None:
        return needed, DoseExtra(
            compartment=need.compartment, evidence="lid", because=why, opened_at=at, regimen=need.regimen
        )
    return needed.and_also(need.regimen, Intake(at=instant(at), amount=need.amount), tick), DoseAsNeeded(
        regimen=need.regimen,
        compartment=need.compartment,
        medicine=need.medicine,
        amount=need.amount,
        evidence="lid",
        because=because,
        opened_at=at,
    )


def stated(needed: Needed, plan: Plan, extra: DoseExtra, boot: str, mono_ms: int) -> Needed:
    """Count what the patient says was taken at an extra opening all the same, some minutes ago at most."""
    need = need_at(plan, extra.compartment, extra.opened_at)
    if need is None or need.regimen != extra.regimen:
        return needed
    tick = Ticked(boot=boot, mono_ms=mono_ms, amount=need.amount)
    return needed.and_also(need.regimen, Intake(at=extra.opened_at, amount=need.amount), tick)


def known(needed: Needed, need: PlannedAsNeeded) -> Mapping[int, float]:
    """Return what is known to have been taken, instant to tablets: seen at the lid, or told by the hub."""
    told = {one.at: one.amount for one in need.taken}
    return {**told, **{one.at: one.amount for one in needed.intakes.get(need.regimen, ())}}


def why_not(taken: Mapping[int, float], plan: Plan, need: PlannedAsNeeded, at: int) -> str | None:
    """Say why nothing may be taken now, `None` where it may."""
    day_began_at = max((start for start in plan.day_starts_at or () if start <= at), default=at)
    since = min(at - DAY_MS + 1, day_began_at)
    today = sum(amount for when, amount in taken.items() if since <= when < at + AHEAD_MS)
    if today + need.amount > need.most_a_day:
        return "daily_most"
    return "too_soon" if any(abs(at - when) < need.least_gap_ms for when in taken) else None


def why_not_yet(ticked: Iterable[Ticked], need: PlannedAsNeeded, tick: Ticked) -> str | None:
    """Say why nothing may be taken by the clock of this boot: a wall clock that leaps is no time passed."""
    passed = [(_passed_ms(one, tick) + SLEWED_MS, one.amount) for one in ticked]
    if sum(amount for span_ms, amount in passed if span_ms < DAY_MS) + need.amount > need.most_a_day:
        return "daily_most"
    return "too_soon" if any(span_ms < need.least_gap_ms for span_ms, _ in passed) else None


def allowed(needed: Needed, plan: Plan, now: Stamp) -> bool:
    """Tell whether anything may be taken as needed now; the clock must be trusted."""
    for need in plan.as_needed or ():
        if not need.begins_at <= now.at < need.ends_at or why_not(known(needed, need), plan, need, now.at):
            continue
        tick = Ticked(boot=now.boot, mono_ms=now.mono_ms, amount=need.amount)
        if why_not_yet(needed.ticked.get(need.regimen, ()), need, tick) is None:
            return True
    return False


def turns(needed: Needed, plan: Plan, boot: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return when something may begin or cease to be allowed: instants, and readings of the boot clock."""
    walls: set[int] = set()
    monos: set[int] = set()
    for need in plan.as_needed or ():
        spans = (need.least_gap_ms, DAY_MS)
        walls |= {need.begins_at, need.ends_at, *(plan.day_starts_at or ())}
        walls |= {at + span for at in known(needed, need) for span in spans}
        ticked = [one for one in needed.ticked.get(need.regimen, ()) if one.boot == boot]
        monos |= {one.mono_ms + span - SLEWED_MS for one in ticked for span in spans}
    return frozenset(walls), frozenset(monos)


def _passed_ms(before: Ticked, tick: Ticked) -> int:
    """Return the time between two intakes; between two boots nobody knows it, and long may have passed."""
    return abs(tick.mono_ms - before.mono_ms) if before.boot == tick.boot else KEPT_MS
