"""Who is told next of an open alert, and when? The ladder, climbed until somebody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from controller.wire.instants import MINUTE_MS
from hub.care.alerting.ladder import Ladder, ladder_for
from hub.care.alerting.telling import tell_last_word, tell_of
from hub.care.ledger import AlertRecord
from hub.care.page import Page

INFORMATION = frozenset({"dose.extra", "dose.wrong_compartment"})
"""Told once, to the first who can be reached: it is over already, and nobody can undo it."""
INFORMS = ".info"
"""So ends the kind of what a medicine's file calls information, such as `storage.hot.info`."""
PUNCTUAL_MS = MINUTE_MS
"""A rung that comes later than this (the hub was down) gives people their time from now on."""


def informs(kind: str) -> bool:
    """Say whether a kind of alerts only informs: it is told once, and nobody need answer it."""
    return kind in INFORMATION or kind.endswith(INFORMS)


def is_settled(alert: AlertRecord) -> bool:
    """Say whether an alert that only informs has reached somebody, who need not answer it."""
    return informs(alert.kind) and (bool(alert.told) or alert.state == "acknowledged")


def climb(page: Page, alert: AlertRecord) -> AlertRecord:
    """Take every rung that is due. Steps at one instant are all taken; a round's end always waits."""
    while alert.next_step_at is not None and alert.next_step_at <= page.at:
        alert = _take_rung(page, alert, alert.next_step_at)
        page.put_alert(alert)
    return alert


def reopen(page: Page, alert: AlertRecord, because: str) -> None:
    """Begin the climb anew: what was taken on is still open."""
    again = replace(
        alert,
        state="reopened",
        rounds=0,
        position=0,
        ladder=ladder_for(page, alert.want).marks,
        next_step_at=page.at,
        changed_at=page.at,
        because=because,
    )
    page.put_alert(again)
    climb(page, again)


def hurry(page: Page, alert: AlertRecord) -> None:
    """Take the next rung now: somebody asks again for what nobody has taken on yet."""
    if alert.state == "acknowledged":
        reopen(page, alert, "asked_again")
    elif page.at - alert.changed_at >= PUNCTUAL_MS:
        climb(page, replace(alert, next_step_at=page.at))


def follow_ladder(page: Page, alert: AlertRecord) -> None:
    """Climb the ladder as it stands now, from its first step that is not as it was.

    A ladder that became shorter was once misread as some rounds climbed, and somebody new in front of it
    waited for the next day. Whoever stands where they stood is not told the same again.
    """
    ladder = ladder_for(page, alert.want)
    if ladder.marks == alert.ladder:
        return
    known = _same(alert.ladder, ladder.marks)
    moved = replace(
        alert,
        ladder=ladder.marks,
        rounds=0,
        position=min(alert.position, known),
        changed_at=page.at,
        because=alert.because if ladder.rungs else "nobody_to_tell",
    )
    if not ladder.rungs:
        moved = replace(moved, next_step_at=None)
    elif moved.position < len(ladder.marks):
        moved = replace(moved, next_step_at=page.at)
    page.put_alert(moved)
    climb(page, moved)


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many first steps of two ladders reach the same person by the same channel."""
    whom = ([mark.partition(" ")[2] for mark in marks] for marks in (one, other))
    pairs = enumerate(zip(*whom, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _take_rung(page: Page, alert: AlertRecord, due_at: int) -> AlertRecord:
    ladder = ladder_for(page, alert.want)
    size = len(ladder.marks)
    if not ladder.rungs:
        return replace(alert, next_step_at=None, changed_at=page.at, because="nobody_to_tell")
    begun_at = due_at if page.at - due_at < PUNCTUAL_MS else page.at
    if alert.position >= size:
        if _is_last(alert, ladder):
            tell_last_word(page, alert)
            return replace(alert, next_step_at=None, changed_at=page.at, because="ladder_ended")
        alert = replace(alert, rounds=alert.rounds + 1, position=0)
    rung = ladder.next_rung(alert.position)
    if rung is None:
        return _rest(page, alert, ladder, begun_at)
    taken = replace(alert, rung=alert.rung + 1, position=rung.position + 1, changed_at=page.at)
    tell_of(page, alert, rung, taken.rung)
    if taken.position < size:
        return replace(taken, next_step_at=begun_at + ladder.wait_ms(taken.position))
    return _rest(page, taken, ladder, begun_at)


def _is_last(alert: AlertRecord, ladder: Ladder) -> bool:
    """Say whether the home wants no further round; one in which nobody was reached does not count."""
    return ladder.rounds is not None and alert.rounds + 1 >= ladder.rounds and bool(alert.told)


def _rest(page: Page, alert: AlertRecord, ladder: Ladder, begun_at: int) -> AlertRecord:
    """Wait until the next round, or until somebody wakes whom this one passed over."""
    round_at = begun_at + ladder.pause_ms(alert.rounds)
    sleeper = ladder.first_awake()
    if sleeper is not None and sleeper.quiet_until is not None:
        nobody_yet = alert.position == 0
        if nobody_yet or sleeper.quiet_until < round_at:
            return replace(
                alert,
                position=sleeper.position,
                next_step_at=sleeper.quiet_until,
                changed_at=page.at,
                because="quiet_hours" if nobody_yet else alert.because,
            )
    return replace(alert, position=len(ladder.marks), next_step_at=round_at, changed_at=page.at)
