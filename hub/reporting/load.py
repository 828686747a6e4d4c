"""How much do alerts ask of people, how many were for nothing, and which should be tuned? (pure)"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from controller.wire.instants import DAY_MS
from hub.care.alerting.climbing import informs
from hub.care.ledger import AlertRecord
from hub.store.ports.channels import FirstTold

WEEK_MS = 7 * DAY_MS
FEW = 3
"""So many alerts of a kind say nothing about it yet."""
MOSTLY = 0.5
ENDED_BY_US = frozenset({"acknowledged", "told", "undeliverable", "patient_left", "box_removed"})
"""Why an alert ended, where its cause did not end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaregiverLoad:
    """What alerts of one patient asked of one caregiver. Times are from being told to taking it on."""

    caregiver: str
    alerts: int
    a_week: float
    false: int
    taken_on: int
    median_ms: int | None
    most_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLoad:
    """One kind of alert; `is_to_tune` where most of several were for nothing."""

    kind: str
    alerts: int
    false: int
    is_to_tune: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLoad:
    """All alerts about one patient. `steps_used` is the mean part of the ladder that was climbed."""

    patient: str
    alerts: int
    a_week: float
    false: int
    untold: int
    still_open: int
    steps_used: float | None
    caregivers: tuple[CaregiverLoad, ...]
    kinds: tuple[KindLoad, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load of a period."""

    from_ms: int
    until_ms: int
    patients: tuple[PatientLoad, ...]

    @property
    def weeks(self) -> float:
        """How long the period is; no shorter than a day, for a week is not foretold from an hour."""
        return max(self.until_ms - self.from_ms, DAY_MS) / WEEK_MS


def load_of(
    alerts: Iterable[AlertRecord],
    told: Iterable[FirstTold],
    patients: Iterable[str],
    from_ms: int,
    until_ms: int,
) -> Load:
    """Count what was raised in a period (end excluded), for each of these patients."""
    first: dict[str, dict[str, int]] = {}
    for one in told:
        first.setdefault(one.alert, {})[one.to] = one.at_ms
    weeks = Load(from_ms=from_ms, until_ms=until_ms, patients=()).weeks
    mine: dict[str, list[AlertRecord]] = {patient: [] for patient in patients}
    for alert in alerts:
        if alert.patient in mine and from_ms <= alert.raised_at < until_ms:
            mine[alert.patient].append(alert)
    found = tuple(_patient(name, known, first, weeks) for name, known in mine.items())
    return Load(from_ms=from_ms, until_ms=until_ms, patients=found)


def is_false(alert: AlertRecord) -> bool:
    """Tell whether an alert turned out to ask for nothing.

    What was said was corrected, or it went away by itself before anybody had taken it on.
    """
    if informs(alert.kind):
        return False
    is_over = alert.state == "resolved" and alert.because not in ENDED_BY_US
    is_corrected = is_over and alert.kind in ("dose.missed", "dose.unobserved", "dose.unconfirmed")
    return is_corrected or (is_over and alert.acknowledged is None)


def _patient(
    patient: str, alerts: Sequence[AlertRecord], told: Mapping[str, Mapping[str, int]], weeks: float
) -> PatientLoad:
    people = sorted({who for alert in alerts for who in told.get(alert.alert, {})})
    climbed = [min(alert.rung / len(alert.ladder), 1.0) for alert in alerts if alert.ladder]
    return PatientLoad(
        patient=patient,
        alerts=len(alerts),
        a_week=len(alerts) / weeks,
        false=sum(map(is_false, alerts)),
        untold=sum(not told.get(alert.alert) for alert in alerts),
        still_open=sum(alert.state != "resolved" for alert in alerts),
        steps_used=sum(climbed) / len(climbed) if climbed else None,
        caregivers=tuple(_caregiver(who, alerts, told, weeks) for who in people),
        kinds=_kinds(alerts),
    )


def _caregiver(
    who: str, alerts: Sequence[AlertRecord], told: Mapping[str, Mapping[str, int]], weeks: float
) -> CaregiverLoad:
    mine = [alert for alert in alerts if who in told.get(alert.alert, {})]
    spans = sorted(
        max(0, alert.acknowledged.at - told[alert.alert][who])
        for alert in mine
        if alert.acknowledged is not None and alert.acknowledged.by == who
    )
    return CaregiverLoad(
        caregiver=who,
        alerts=len(mine),
        a_week=len(mine) / weeks,
        false=sum(map(is_false, mine)),
        taken_on=len(spans),
        median_ms=nearest_rank(spans, 0.5),
        most_ms=nearest_rank(spans, 0.9),
    )


def _kinds(alerts: Sequence[AlertRecord]) -> tuple[KindLoad, ...]:
    counts: dict[str, list[bool]] = {}
    for alert in alerts:
        counts.setdefault(alert.kind, []).append(is_false(alert))
    found = [
        KindLoad(
            kind=kind,
            alerts=len(known),
            false=sum(known),
            is_to_tune=len(known) >= FEW and sum(known) >= MOSTLY * len(known),
        )
        for kind, known in counts.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.alerts, one.kind)))


def nearest_rank(ordered: Sequence[int], part: float) -> int | None:
    """Return the value that this part of an ordered row does not exceed."""
    return ordered[math.ceil(part * len(ordered)) - 1] if ordered else None
