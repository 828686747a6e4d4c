"""Is the box there, and what does it listen to?"""

from __future__ import annotations

from controller.wire.messages import BoxStatus
from controller.wire.topics import Outgoing, TopicName, outgoing, subscription_of
from controller.wire.words import Presence

LISTENS_TO: tuple[TopicName, ...] = ("ack", "plan", "command", "hub_status")


def subscriptions(box: str) -> tuple[str, ...]:
    """Return the topics a box listens to."""
    return tuple(subscription_of(name, box=box) for name in LISTENS_TO)


def status(box: str, presence: Presence, because: str) -> Outgoing:
    """Make the retained word on whether the box is there; its last will is one of these."""
    return outgoing("status", BoxStatus(v=1, box=box, status=presence, because=because), box=box)
