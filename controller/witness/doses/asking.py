"""What does the box ask the patient after an extra opening, and what is the one answer?

Whether a tablet left the box no switch can see. The question stands for a few minutes; unanswered it stays
open, and nothing is concluded from that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from controller.wire.events.doses import DoseExtra, DoseExtraAnswered, ExtraAnswer
from controller.wire.instants import MINUTE_MS
from controller.witness.inputs import Saying
from firmware.ports import Button

ASKED_MS = 5 * MINUTE_MS
ANSWERS: Final[dict[Button, ExtraAnswer]] = {"taken_elsewhere": "took", "snooze": "looked"}
WORDS: Final = "opened: did you take it? taken_elsewhere: yes, snooze: only looked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An extra opening that nobody has explained yet, asked of until `until_ms` of the boot clock."""

    extra: DoseExtra
    until_ms: int


def asked(said: Iterable[Saying], now_ms: int) -> Question | None:
    """Return the question that follows from a judged opening; one opening is asked of once."""
    for saying in said:
        if isinstance(saying, DoseExtra):
            return Question(extra=saying, until_ms=now_ms + ASKED_MS)
    return None


def answered(question: Question | None, button: Button, now_ms: int) -> DoseExtraAnswered | None:
    """Return the answer that a button gives, `None` where nothing is asked or it answers nothing."""
    answer = ANSWERS.get(button)
    if question is None or answer is None or now_ms >= question.until_ms:
        return None
    extra = question.extra
    return DoseExtraAnswered(
        compartment=extra.compartment,
        opened_at=extra.opened_at,
        answer=answer,
        evidence="button",
        because="button",
        slot=extra.slot,
        regimen=extra.regimen,
    )
