"""When is a message to a person tried again, and when is it given up? (pure)

A message is tried until somebody's device has taken it. What is given up is only the message: its alert goes
on climbing the ladder. A reminder that is late is worse than none: it would ring for a dose already taken.
"""

from __future__ import annotations

from zlib import crc32

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from hub.care.ledger import MessageRecord
from hub.letters.canary import CANARY
from hub.store.port import MessageState

FIRST_PAUSE_MS = 10 * SECOND_MS
LONGEST_PAUSE_MS = HOUR_MS
GIVEN_UP_MS = DAY_MS
REMINDER_GIVEN_UP_MS = 10 * MINUTE_MS
CANARY_GIVEN_UP_MS = 2 * HOUR_MS
"""It is no news, and must not come at night because its channel was dead by day."""
PATIENCE_MS = {"reminder": REMINDER_GIVEN_UP_MS, CANARY: CANARY_GIVEN_UP_MS}
TROUBLE_AFTER = 3
"""So many failures of one message in a row are told as trouble with its channel."""


def after_failure(message: MessageRecord, attempts: int, at_ms: int) -> tuple[MessageState, int | None]:
    """Return what becomes of a message after its `attempts`-th attempt failed, and when it is tried again."""
    if is_stale(message, at_ms):
        return "failed", None
    return "pending", at_ms + pause_ms(f"{message.to} {message.channel}", attempts)


def pause_ms(channel: str, attempts: int) -> int:
    """Return how long to wait: doubling up to an hour, spread a little so that channels do not march.

    What has failed together on one channel is tried together again.
    """
    pause = min(FIRST_PAUSE_MS << min(attempts - 1, 20), LONGEST_PAUSE_MS)
    spread = crc32(f"{channel} {attempts}".encode()) % 1_000
    return pause - pause * spread // 10_000


def is_stale(message: MessageRecord, at_ms: int) -> bool:
    """Tell whether a message has come too late to be sent at all."""
    patience = PATIENCE_MS.get(message.kind, GIVEN_UP_MS)
    begins = message.made_at if message.wait_until is None else message.wait_until
    return at_ms >= begins + patience
