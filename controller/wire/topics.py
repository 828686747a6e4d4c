"""Where does each message go? One table: topic, sender, quality of service, retained, shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from controller.wire.envelope import Envelope, read_envelope
from controller.wire.errors import Malformed
from controller.wire.messages import Ack, Alert, AlertAck, BoxState, BoxStatus, Command, HubStatus
from controller.wire.plan import Plan, check_plan
from controller.wire.shape import from_plain, read_json, to_plain, write_json

ROOT = "pillbox/v1"

TopicName = Literal["status", "event", "state", "ack", "plan", "command", "alert", "alert_ack", "hub_status"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of the wire contract; `{box}` and `{alert}` in the template stand for ids."""

    template: str
    sender: Literal["box", "hub", "caregiver"]
    qos: int
    retain: bool
    shape: type[Any]


TOPICS: dict[TopicName, Topic] = {
    "status": Topic("{box}/status", "box", 1, True, BoxStatus),
    "event": Topic("{box}/event", "box", 1, False, Envelope),
    "state": Topic("{box}/state", "box", 1, True, BoxState),
    "ack": Topic("{box}/ack", "hub", 1, False, Ack),
    "plan": Topic("{box}/plan", "hub", 1, True, Plan),
    "command": Topic("{box}/command", "hub", 1, False, Command),
    "alert": Topic("{box}/alert/{alert}", "hub", 1, True, Alert),
    "alert_ack": Topic("{box}/alert/{alert}/ack", "caregiver", 1, False, AlertAck),
    "hub_status": Topic("hub/status", "hub", 1, True, HubStatus),
}

_IDS = {"{box}": r"(?P<box>[a-z0-9][a-z0-9-]{0,31})", "{alert}": r"(?P<alert>[a-z0-9][a-z0-9_.-]{0,63})"}


def _compiled(template: str) -> re.Pattern[str]:
    expression = re.escape(f"{ROOT}/{template}").replace(r"\{", "{").replace(r"\}", "}")
    for mark, group in _IDS.items():
        expression = expression.replace(mark, group)
    return re.compile(expression, re.ASCII)


# `hub/status` would also read as the status of a box called `hub`:
# it stands first, and no box may bear that name.
_MATCHERS: list[tuple[TopicName, re.Pattern[str]]] = [
    (name, _compiled(TOPICS[name].template)) for name in ("hub_status", *list(TOPICS)[:-1])
]

RESERVED_BOXES = frozenset({"hub"})


def topic_of(name: TopicName, *, box: str = "", alert: str = "") -> str:
    """Return the full topic of a row, with its ids filled in."""
    return f"{ROOT}/{TOPICS[name].template.format(box=box, alert=alert)}"


def subscription_of(name: TopicName, *, box: str = "+") -> str:
    """Return the topic filter for a row; every id that is not given becomes `+`."""
    return f"{ROOT}/{TOPICS[name].template.format(box=box, alert='+')}"


def match_topic(topic: str) -> tuple[TopicName, dict[str, str]] | None:
    """Return the row a topic belongs to and the ids in it, or `None` for a stranger's topic."""
    for name, matcher in _MATCHERS:
        if found := matcher.fullmatch(topic):
            return name, found.groupdict()
    return None


def read_message(topic: str, payload: bytes | str) -> tuple[TopicName, dict[str, str], Any]:
    """Read any message of the contract: its row, the ids in its topic, its shape.

    Raises:
        Malformed: The topic is none of ours, the payload does not have its row's form, or the
            payload speaks of another box or alert than its topic.

    """
    found = match_topic(topic)
    if found is None:
        raise Malformed(f"{topic[:80]!r} is no topic of the contract")
    name, ids = found
    shape = TOPICS[name].shape
    message = read_envelope(payload) if shape is Envelope else from_plain(shape, read_json(payload), name)
    for key, value in ids.items():
        said = getattr(message, key, value)
        if said != value:
            raise Malformed(f"the topic is of {key} {value!r}, the payload of {said[:40]!r}")
    if isinstance(message, Plan):
        check_plan(message)
    return name, ids, message


def message_json(message: Any) -> str:
    """Write any message but an event as one line of JSON."""
    return write_json(to_plain(message))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready for the broker."""

    topic: str
    payload: str
    qos: int
    retain: bool


def outgoing(name: TopicName, message: Any, *, box: str = "", alert: str = "") -> Outgoing:
    """Make any message but an event ready for the broker."""
    return outgoing_text(name, message_json(message), box=box, alert=alert)


def outgoing_text(name: TopicName, payload: str, *, box: str = "", alert: str = "") -> Outgoing:
    """Make an already written payload ready; an empty one clears a retained topic."""
    row = TOPICS[name]
    return Outgoing(topic_of(name, box=box, alert=alert), payload, row.qos, row.retain)
