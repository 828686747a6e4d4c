"""What may a box testify of doses? One frozen shape for each kind of event about an intake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from controller.wire.words import Evidence, Instant, SlotId, Slug, Tablets, Timing, Word

ExtraAnswer = Literal["took", "looked"]
"""What the patient says of an extra opening: a dose was taken out of it, or it was only looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseTaken:
    """The right lid opened inside the dose window: access was seen, swallowing was not."""

    slot: SlotId
    compartment: Slug
    timing: Timing
    evidence: Evidence
    because: Word
    opened_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseMissed:
    """The whole dose window was watched and its lid was not opened."""

    slot: SlotId
    compartment: Slug
    evidence: Evidence
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseUnobserved:
    """The dose window ended and could not be watched as a whole."""

    slot: SlotId
    compartment: Slug
    evidence: Evidence
    because: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseExtra:
    """A lid opened with nothing due there; `slot` is the one it would belong to, if any.

    `regimen` is what is taken as needed there.
    """

    compartment: Slug
    evidence: Evidence
    because: Word
    opened_at: Instant
    slot: SlotId | None = None
    regimen: Slug | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseAsNeeded:
    """The lid of what is taken as needed was opened: late enough, and within the most of a day."""

    regimen: Slug
    compartment: Slug
    medicine: Slug
    amount: Tablets
    evidence: Evidence
    because: Word
    opened_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseExtraAnswered:
    """The patient answered at the box what an extra opening was; `opened_at` says which one."""

    compartment: Slug
    opened_at: Instant
    answer: ExtraAnswer
    evidence: Evidence
    because: Word
    slot: SlotId | None = None
    regimen: Slug | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseWrongCompartment:
    """A lid opened while another, `expected`, is due for `slot`."""

    slot: SlotId
    compartment: Slug
    expected: Slug
    evidence: Evidence
    because: Word
    opened_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseSelfReported:
    """The patient pressed the button that says the dose was taken from elsewhere."""

    slot: SlotId
    compartment: Slug
    evidence: Evidence
    because: Word
