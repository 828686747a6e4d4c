"""Is a message from the broker for this box, and can it be about its lids?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from controller.presence import LISTENS_TO
from controller.wire.errors import Malformed
from controller.wire.plan import Plan
from controller.wire.topics import read_message


def heard(box: str, compartments: Collection[str], topic: str, payload: bytes | str) -> Any:
    """Read a message.

    Raises:
        Malformed: It has not the form of its topic, or is nothing this box listens to.

    """
    name, ids, message = read_message(topic, payload)
    if name not in LISTENS_TO or ids.get("box", box) != box:
        raise Malformed(f"{topic[:80]!r} is nothing this box listens to")
    if isinstance(message, Plan):
        # A box cannot witness what it has no lid for: the whole plan is for another box.
        strangers = {slot.compartment for slot in message.slots} - set(compartments)
        if strangers:
            raise Malformed(f"the plan names compartment {min(strangers)}, which this box does not have")
    return message
