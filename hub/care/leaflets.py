"""What does a leaflet say beside the dose: signs to call about, what may be felt, checks that go with it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CheckKind = Literal["blood_test", "appointment", "vaccination", "treatment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A warning sign of a leaflet; `above_c` is the body temperature above which a fever is one."""

    id: str
    text: str
    source: str
    above_c: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideEffect:
    """Something a leaflet says may be felt; `is_expected` where it calls it usual, with what it says then."""

    id: str
    text: str
    source: str
    is_expected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPhase:
    """So often a check is due, for so many days; the last phase has no end."""

    every_days: int
    for_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRhythm:
    """A check that goes with a medicine, as a source describes it; the prescriber orders the real one."""

    id: str
    title: str
    kind: CheckKind
    phases: tuple[CheckPhase, ...]
    source: str
