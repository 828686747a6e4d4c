"""What leaves the hub for people, and what follows from how it ended? The engine's part that faces them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from controller.wire.topics import Outgoing
from hub.letters.parcels import Pace, Parcel
from hub.letters.postbox import Ended, Postbox
from hub.store.port import DueMessage, Store


class Desk(ABC):
    """Hands out what is to be sent and takes back what became of it."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._post = Postbox(store, pace)

    def messages_due(self, at_ms: int, limit: int = 100) -> list[DueMessage]:
        """Return the messages to people that are to be tried now, oldest first."""
        return self._post.due(at_ms, limit)

    def parcels_due(
        self, at_ms: int, is_free: Callable[[str, str], bool] = lambda *_: True, limit: int = 100
    ) -> list[Parcel]:
        """Return what is to leave now, on channels that are free: letters that travel in one message."""
        return self._post.parcels(at_ms, limit, is_free)

    def next_parcel_at(self, at_ms: int) -> int | None:
        """Return when a parcel leaves next, if nothing new comes and every channel is free."""
        return self._post.next_leaving_at(at_ms, 100)

    def next_message_at(self) -> int | None:
        """Return when the next message is to be tried; may be past while its channel is busy."""
        return self._store.next_message_at()

    def attempt_begun(self, message: str, at_ms: int) -> int:
        """Record an attempt before it is made. Return its number; 0 means: do not send."""
        return self._post.begun((message,), at_ms).get(message, 0)

    def attempts_begun(self, messages: Sequence[str], at_ms: int) -> Mapping[str, int]:
        """Record an attempt of each letter of a parcel. What is not in the answer must not be sent."""
        return self._post.begun(messages, at_ms)

    def attempt_ended(self, message: str, ok: bool | None, reply: str, at_ms: int) -> list[Outgoing]:
        """Record how an attempt ended, and let follow from it who was reached and who is told next.

        What failed is tried again later, and a dead channel is told; `ok` is `None` where nobody knows.
        """
        return self.attempts_ended((message,), ok, reply, at_ms)

    def attempts_ended(
        self, messages: Sequence[str], ok: bool | None, reply: str, at_ms: int
    ) -> list[Outgoing]:
        """Record how the one message ended in which several letters travelled."""
        ends = [self._post.ended(message, ok=ok, reply=reply, at_ms=at_ms) for message in messages]
        known = [ended for ended in ends if ended is not None]
        return self._letters_ended(known, at_ms) if known else []

    @abstractmethod
    def _letters_ended(self, ends: Sequence[Ended], at_ms: int) -> list[Outgoing]:
        """Let follow what follows from the ends of attempts, and store it with them."""
