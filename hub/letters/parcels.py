"""Which letters leave together as one message, when, and how does it read? (pure)

A power cut in a home is one message, not nine. What waits for one person on one channel leaves together,
yet every letter keeps its own attempts and its own end: it is delivered by some message, or it still waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controller.wire.instants import MINUTE_MS
from hub.care.alerting.words.wording import Words
from hub.care.caregivers import WAKING, WantKind
from hub.care.ledger import MessageRecord
from hub.letters.canary import CANARY

REPEATED = "(Sent again: we cannot tell whether this has reached you before.)"

LETTERS_MAX = 12
BYTES_MAX = 3_000
"""More than this some services cut off or make an attachment of."""

_URGENCY: dict[WantKind | None, int] = {"care": 0, "dose": 1, "storage": 2, "device": 3, "supply": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast messages may come on one channel of one person: at most `most` within `span_ms`.

    What may wait out a night also waits for `gather_ms`, so that what belongs together travels together.
    """

    gather_ms: int = MINUTE_MS
    most: int = 5
    span_ms: int = 10 * MINUTE_MS


USUAL_PACE = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A letter that is to be tried now, for the `attempt`-th time; `want` is what its alert is about."""

    letter: MessageRecord
    attempt: int
    want: WantKind | None


Parcel = tuple[Waiting, ...]
"""Letters to one person on one channel that leave as one message, most urgent first."""


def leaving(waiting: Iterable[Waiting], sent_at: Sequence[int], pace: Pace, at_ms: int) -> Parcel:
    """Return what of one channel's letters leaves now; nothing where they wait for each other or the limit.

    `sent_at` is when messages left on this channel of late, without those that are known to have failed.
    """
    known = sorted(waiting, key=_order)
    urgent = [one for one in known if never_waits(one)]
    if urgent:
        return _as_one_message(urgent)
    # What is in earnest proves the channel better than a canary does.
    serious = [one for one in known if one.letter.kind != CANARY] or known
    if _room_at(sent_at, pace, at_ms) > at_ms or all(_ripe_at(one, pace, at_ms) > at_ms for one in serious):
        return ()
    return _as_one_message(serious)


def leaves_at(waiting: Iterable[Waiting], sent_at: Sequence[int], pace: Pace, at_ms: int) -> int:
    """Return when `leaving` will return something if nothing else comes; there is at least one letter."""
    known = tuple(waiting)
    if any(never_waits(one) for one in known):
        return at_ms
    serious = [one for one in known if one.letter.kind != CANARY] or known
    ripe_at = min(_ripe_at(one, pace, at_ms) for one in serious)
    return max(at_ms, ripe_at, _room_at(sent_at, pace, at_ms))


def never_waits(one: Waiting) -> bool:
    """Tell whether a letter leaves at once: a call for help, or a reminder, which is worth nothing later."""
    return one.want == "care" or one.letter.kind == "reminder"


def words_of(parcel: Sequence[Waiting]) -> Words:
    """Write the message: a single letter as it stands, several with a line for each."""
    first = parcel[0].letter
    if len(parcel) == 1:
        return Words(first.title, _text(parcel[0], "\n\n"))
    lines = (
        f"{number}. {one.letter.title}: {_text(one, ' ')}".replace("\n", " ")
        for number, one in enumerate(parcel, 1)
    )
    return Words(f"{first.title} (and {len(parcel) - 1} more)", "\n".join(lines))


def reference(letter: MessageRecord, attempt: int) -> str:
    """Return by which a receiver knows a repeat: the alert, this letter of it, and which attempt it is.

    The letter's own name may hold the id of a person, which a lock screen need not show.
    """
    name = hashlib.sha256(letter.message.encode()).hexdigest()[:6]
    again = f" ({attempt})" if attempt > 1 else ""
    return f"[{letter.alert}/{name}]{again}"


def _text(one: Waiting, gap: str) -> str:
    parts = [one.letter.body]
    if one.attempt > 1:
        parts.append(REPEATED)
    if one.letter.alert is not None:
        parts.append(reference(one.letter, one.attempt))
    return gap.join(parts)


def _order(one: Waiting) -> tuple[int, bool, int, str]:
    return _URGENCY.get(one.want, 5), one.letter.kind != "alert", one.letter.made_at, one.letter.message


def _ripe_at(one: Waiting, pace: Pace, at_ms: int) -> int:
    """Return from when on a letter need not wait for others any more."""
    letter = one.letter
    is_fresh = one.attempt == 1 and letter.wait_until is None and letter.made_at <= at_ms
    may_wait = one.want is not None and one.want not in WAKING
    return letter.made_at + pace.gather_ms if is_fresh and may_wait else at_ms


def _room_at(sent_at: Sequence[int], pace: Pace, at_ms: int) -> int:
    """Return from when on the limit lets another message out."""
    recent = sorted(at for at in sent_at if at_ms - pace.span_ms < at <= at_ms)
    return at_ms if len(recent) < pace.most else recent[-pace.most] + pace.span_ms


def _as_one_message(letters: Sequence[Waiting]) -> Parcel:
    """Take as many as one message holds; the rest waits for the next one."""
    taken: list[Waiting] = []
    size = 0
    for one in letters[:LETTERS_MAX]:
        size += len(f"{one.letter.title}{_text(one, ' ')}".encode("utf-8", "replace"))
        if taken and size > BYTES_MAX:
            break
        taken.append(one)
    return tuple(taken)
