"""Which message to a person is to be tried now, and what became of each try? The durable outbox to people.

An attempt is recorded before it is made. One whose end nobody recorded (the hub died meanwhile) is made
again, with a higher number: it may be a repeat, and is never a loss.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.care.alerting.alerts import is_moot
from hub.care.ledger import MessageRecord
from hub.letters.delivery import LONGEST_PAUSE_MS, TROUBLE_AFTER, after_failure, is_stale
from hub.store.port import DueMessage, Store

REPLY_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadChannel:
    """A channel on which one message has failed again and again."""

    patient: str
    channel: str
    text: str


class Postbox:
    """What waits to be told to people."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def resume(self, at_ms: int) -> None:
        """Put back what was being sent when the hub stopped."""
        interrupted = self._store.interrupted()
        with self._store.transaction():
            for message in interrupted:
                self._store.set_message(message, "pending", at_ms)
            # No pause is longer: a try further off was set by a clock that had run ahead.
            self._store.hasten_messages(at_ms + LONGEST_PAUSE_MS, at_ms)

    def hasten(self, at_ms: int) -> None:
        """Let everything that waits be tried now: the clock by which it waits went back."""
        with self._store.transaction():
            self._store.hasten_messages(at_ms, at_ms)

    def due(self, at_ms: int, limit: int) -> list[DueMessage]:
        """Return what is to be tried now, oldest first; what has come too late is given up."""
        due = self._store.messages_due(at_ms, limit)
        late = [found.message.message for found in due if self._is_late(found.message, at_ms)]
        if late:
            with self._store.transaction():
                for message in late:
                    self._store.set_message(message, "failed", None)
        return [found for found in due if found.message.message not in late]

    def begun(self, message: str, at_ms: int) -> int:
        """Record an attempt and return its number; 0 if the message must not be sent (again)."""
        known = self._store.message(message)
        # It was due a moment ago; what has been committed since may have made it wrong.
        is_late = known is not None and known[1] == "pending" and self._is_late(known[0], at_ms)
        with self._store.transaction():
            if is_late:
                self._store.set_message(message, "failed", None)
                return 0
            return self._store.begin_attempt(message, at_ms)

    def ended(self, message: str, *, ok: bool, reply: str, at_ms: int) -> DeadChannel | None:
        """Record how the attempt ended; a channel that keeps failing is returned once."""
        known = self._store.message(message)
        if known is None or known[1] != "sending":
            return None
        record, _, attempts = known
        state, next_try_at = ("delivered", None) if ok else after_failure(record, attempts, at_ms)
        said = reply[:REPLY_MAX].encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
        with self._store.transaction():
            self._store.end_attempt(
                message, ok=ok, reply=said, at_ms=at_ms, state=state, next_try_at=next_try_at
            )
        if ok or attempts != TROUBLE_AFTER:
            return None
        text = f"{record.to} cannot be reached by {record.channel}: {said}"
        return DeadChannel(patient=record.patient, channel=record.channel, text=text)

    def _is_late(self, message: MessageRecord, at_ms: int) -> bool:
        if is_stale(message, at_ms):
            return True
        alert = None if message.alert is None else self._store.alert(message.alert)
        if alert is not None and is_moot(alert, message):
            return True
        if message.kind != "reminder" or message.slot is None:
            return False
        slot = self._store.slot(message.patient, message.slot)
        if slot is None or slot.status != "planned" or slot.outcome is not None:
            return True
        # A clock that ran ahead asked for it before its window: it will be asked for again.
        return not slot.opens_at <= at_ms < slot.closes_at
