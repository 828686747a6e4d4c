"""Which message to a person is to be tried now, and what became of each try? The durable outbox to people.

An attempt is recorded before it is made. One whose end nobody recorded (the hub died meanwhile) is made
again, with a higher number: it may be a repeat, and is never a loss.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.care.alerting.alerts import is_moot
from hub.care.happenings import LetterEnded, TroubleOver
from hub.care.ledger import MessageRecord
from hub.intake.turn import Turn
from hub.letters.canary import CANARY, is_needless
from hub.letters.delivery import LONGEST_PAUSE_MS, TROUBLE_AFTER, after_failure, is_stale
from hub.letters.parcels import Pace, Parcel, Waiting, leaves_at, leaving
from hub.store.port import DueMessage, MessageState, Store
from hub.store.ports.channels import Proof

REPLY_MAX = 500

log = logging.getLogger("hub.letters.postbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an attempt ended and what becomes of its letter. It is not stored before `write` is called."""

    letter: MessageRecord
    ok: bool | None
    failures: int
    reply: str
    at_ms: int
    state: MessageState
    next_try_at: int | None

    @property
    def dead_channel(self) -> str:
        """What to tell of a channel on which this letter has failed again and again; told once."""
        if self.failures != TROUBLE_AFTER:
            return ""
        return f"{self.letter.to} cannot be reached by {self.letter.channel}: {self.reply}"

    def write(self, store: Store) -> None:
        """Record it, inside the caller's transaction."""
        if self.ok is None and not self.failures:
            # The hub died before it saw the end: the attempt stays without one.
            store.set_message(self.letter.message, self.state, self.next_try_at)
            return
        store.end_attempt(
            self.letter.message, ok=self.ok, reply=self.reply, at_ms=self.at_ms,
            state=self.state, next_try_at=self.next_try_at,
        )  # fmt: skip
        if self.ok:
            # The channel works again: nobody waits an hour for what piled up while it was dead.
            store.hasten_channel(self.letter.to, self.letter.channel, self.at_ms)


def follow(turn: Turn, ended: Ended) -> None:
    """Let follow who was reached and who is told next, and tell of a channel that is dead."""
    letter = ended.letter
    if letter.patient not in turn.household.patients:
        return
    if letter.alert is not None:
        happening = LetterEnded(at=turn.at_ms, letter=letter, ok=ended.ok, failures=ended.failures)
        turn.step(letter.patient, happening)
    box = next((one.id for one in turn.household.boxes.values() if one.patient == letter.patient), None)
    word = f"channel_{letter.to}_{letter.channel}"
    if ended.dead_channel and box is not None:
        turn.trouble(box, word, ended.dead_channel)
    if ended.ok:
        _mended(turn, word)


def _mended(turn: Turn, word: str) -> None:
    """End what was told of a channel, of whichever patient: it has just taken a message."""
    for patient in turn.household.patients:
        for alert in tuple(turn.ledger(patient).alerts.values()):
            told, _, about = alert.condition.partition(" ")
            box, _, rest = about.partition("/")
            if told == "device.trouble" and alert.state != "resolved" and rest.startswith(f"{word} "):
                turn.step(patient, TroubleOver(at=turn.at_ms, box=box, trouble=word))


class Postbox:
    """What waits to be told to people."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace

    def hasten(self, at_ms: int, *, beyond_ms: int = 0) -> None:
        """Let what waits for longer than `beyond_ms` be tried now: the clock it waits by went back."""
        with self._store.transaction():
            self._store.hasten_messages(at_ms + beyond_ms, at_ms)

    def interrupted(self, at_ms: int) -> list[Ended]:
        """Return what was being sent when the hub stopped: nobody knows whether it has arrived."""
        # No pause is longer: a try further off was set by a clock that had run ahead.
        self.hasten(at_ms, beyond_ms=LONGEST_PAUSE_MS)
        return [
            Ended(letter=found[0], ok=None, failures=0, reply="", at_ms=at_ms,
                  state="pending", next_try_at=at_ms)
            for message in self._store.interrupted()
            if (found := self._store.message(message)) is not None
        ]  # fmt: skip

    def due(self, at_ms: int, limit: int) -> list[DueMessage]:
        """Return what is to be tried now, oldest first; what has come too late is given up."""
        due = self._store.messages_due(at_ms, limit)
        late = [found.message.message for found in due if self._is_late(found.message, at_ms)]
        for found in due:
            if is_stale(found.message, at_ms):
                letter = found.message
                log.warning("a letter to %s by %s was undeliverable; given up", letter.to, letter.channel)
        if late:
            with self._store.transaction():
                for message in late:
                    self._store.set_message(message, "failed", None)
        return [found for found in due if found.message.message not in late]

    def parcels(self, at_ms: int, limit: int, is_free: Callable[[str, str], bool]) -> list[Parcel]:
        """Return what leaves now: on each free channel the letters of one message, or none."""
        due = self._by_channel(self.due(at_ms, limit), is_free).items()
        found = [leaving(waiting, self._sent_at(key, at_ms), self._pace, at_ms) for key, waiting in due]
        return [parcel for parcel in found if parcel]

    def next_leaving_at(self, at_ms: int, limit: int) -> int | None:
        """Return when a parcel leaves next, if nothing new comes and every channel is free."""
        due = self._by_channel(self.due(at_ms, limit), lambda *_: True).items()
        turns = [leaves_at(waiting, self._sent_at(key, at_ms), self._pace, at_ms) for key, waiting in due]
        later = self._store.next_message_at(at_ms)
        return min([*turns, *([] if later is None else [later])], default=None)

    def begun(self, messages: Sequence[str], at_ms: int) -> Mapping[str, int]:
        """Record an attempt of each letter of a parcel, all or none, and return their numbers.

        A letter that must not be sent (again) is left out.
        """
        known = {message: self._store.message(message) for message in messages}
        # They were due a moment ago; what has been committed since may have made one wrong.
        late = {
            message
            for message, found in known.items()
            if found is not None and found[1] == "pending" and self._is_late(found[0], at_ms)
        }
        with self._store.transaction():
            for message in late:
                self._store.set_message(message, "failed", None)
            tried = {name: self._store.begin_attempt(name, at_ms) for name in messages if name not in late}
        return {message: attempt for message, attempt in tried.items() if attempt}

    def ended(self, message: str, *, ok: bool | None, reply: str, at_ms: int) -> Ended | None:
        """Return what follows from the end of an attempt; `None` if none was under way."""
        known = self._store.message(message)
        if known is None or known[1] != "sending":
            return None
        letter, _, attempt = known
        state, next_try_at = ("delivered", None) if ok else after_failure(letter, attempt, at_ms)
        said = reply[:REPLY_MAX].encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
        if state == "failed":
            log.warning("a letter to %s by %s is given up: %s", letter.to, letter.channel, said)
        return Ended(
            letter=letter, ok=ok, failures=0 if ok else attempt, reply=said, at_ms=at_ms,
            state=state, next_try_at=next_try_at,
        )  # fmt: skip

    def _by_channel(
        self, due: Sequence[DueMessage], is_free: Callable[[str, str], bool]
    ) -> Mapping[tuple[str, str], list[Waiting]]:
        found: dict[tuple[str, str], list[Waiting]] = {}
        for one in due:
            letter = one.message
            key = letter.to, letter.channel
            if key in found or is_free(*key):
                alert = None if letter.alert is None else self._store.alert(letter.alert)
                want = None if alert is None else alert.want
                found.setdefault(key, []).append(Waiting(letter=letter, attempt=one.attempt, want=want))
        return found

    def _sent_at(self, channel: tuple[str, str], at_ms: int) -> list[int]:
        return self._store.sent_since(*channel, at_ms - self._pace.span_ms)

    def _is_late(self, message: MessageRecord, at_ms: int) -> bool:
        if is_stale(message, at_ms):
            return True
        alert = None if message.alert is None else self._store.alert(message.alert)
        if alert is not None and is_moot(alert, message):
            return True
        if message.kind == CANARY:
            return is_needless(message, self._store.proofs().get((message.to, message.channel), Proof()))
        if message.kind != "reminder" or message.slot is None:
            return False
        slot = self._store.slot(message.patient, message.slot)
        if slot is None or slot.status != "planned" or slot.outcome is not None:
            return True
        # A clock that ran ahead asked for it before its window: it will be asked for again.
        return not slot.opens_at <= at_ms < slot.closes_at
