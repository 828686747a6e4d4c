"""How does what is due leave? Its attempts are recorded first, all of one message together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hub.care.alerting.privacy import text_for
from hub.care.ledger import MessageRecord
from hub.care.people import Household
from hub.letters.canary import CANARY
from hub.letters.desk import Desk
from hub.letters.notify import Letter, Notifier, address_of
from hub.letters.parcels import Parcel, Waiting, words_of

LETTERS = 500

Invite = Callable[[Letter, Sequence[MessageRecord], Household, int], Letter]
"""Adds to a message how to answer what its letters ask; it never raises: better no link than no message."""


def _uninvited(letter: Letter, _letters: Sequence[MessageRecord], _household: Household, _now: int) -> Letter:
    return letter


def send_parcels(
    desk: Desk, notifier: Notifier, household: Household, now: int, invite: Invite = _uninvited
) -> None:
    """Send what is due now on every channel that is free.

    Raises:
        StoreRefused: An attempt cannot be recorded, so nothing more is sent.

    """
    for due in desk.parcels_due(now, notifier.is_free, LETTERS):
        begun = desk.attempts_begun([one.letter.message for one in due], now)
        parcel = tuple(one for one in due if one.letter.message in begun)
        if parcel:
            letters = [one.letter for one in parcel]
            notifier.send(invite(_letter(parcel, household), letters, household, now))


def _as_read(one: Waiting, household: Household) -> Waiting:
    """Return a letter with the text that may stand where its channel ends up."""
    return replace(one, letter=replace(one.letter, body=text_for(household, one.letter)))


def _letter(parcel: Parcel, household: Household) -> Letter:
    first, words = parcel[0].letter, words_of([_as_read(one, household) for one in parcel])
    return Letter(
        message=first.message,
        to=first.to,
        channel=first.channel,
        title=words.title,
        body=words.body,
        address=address_of(household, first.to, first.channel) or "",
        others=tuple(one.letter.message for one in parcel[1:]),
        is_quiet=first.kind == CANARY,
    )
