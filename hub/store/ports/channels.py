"""What must any store know about a channel to a person? A part of the port of the hub's store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

ChannelKey = tuple[str, str]
"""A person and one of their channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """When a channel last took a message, when it was last tried for its own sake, and whether one waits."""

    accepted_at: int | None = None
    canary_at: int | None = None
    is_waiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTold:
    """When an alert first reached a person, on whichever channel."""

    alert: str
    to: str
    at_ms: int


class ChannelStore(Protocol):
    """What the hub remembers of the channels to people."""

    def next_message_at(self, after_ms: int | None = None) -> int | None:
        """Return when the next attempt of any pending message is due; of those after an instant, if any."""
        ...

    def sent_since(self, to: str, channel: str, after_ms: int) -> list[int]:
        """Return when messages left on a channel after an instant; several letters at once are one.

        What is known to have failed does not count: it has disturbed nobody.
        """
        ...

    def hasten_channel(self, to: str, channel: str, at_ms: int) -> None:
        """Let what has failed on a channel, and waits to be tried again, be tried at an instant."""
        ...

    def first_told(self, from_ms: int) -> list[FirstTold]:
        """Return whom the alerts have reached that were written from an instant on, and when first."""
        ...

    def proofs(self) -> Mapping[ChannelKey, Proof]:
        """Return what is known of every channel on which there ever was a letter."""
        ...
