"""What does the web ask of the hub's loop, and what does the loop answer?

The web's thread never touches the store. It lays a visit into the hub's inbox and waits for its answer.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Union

from hub.errors import HubError
from hub.web.links import Link


class Unrecorded(HubError):
    """The hub cannot record at present: nothing was noted, and nothing is claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that may be done: what its button says, and the link that does it."""

    label: str
    link: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSeen:
    """One alert as a caregiver sees it. Every text is whole sentences in local time.

    `notice` says what has just been noted, or why nothing was; `phone` is the patient's number, if known.
    """

    patient: str
    title: str
    body: str
    since: str
    stands: str
    told: tuple[str, ...]
    choices: tuple[Choice, ...]
    notice: str = ""
    is_refusal: bool = False
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen:
    """All open alerts of the patients somebody follows, oldest first, as they stand at `now`."""

    name: str
    now: str
    patients: tuple[str, ...]
    alerts: tuple[AlertSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """The link is sound, and what it is about is not there (any more)."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """The loop turns, and the store can be written."""


Found = Union[AlertSeen, PersonSeen, TurnedAway, Alive]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of the web. Without a link it asks whether the hub is alive; `acts` only for a POST."""

    link: Link | None = None
    acts: bool = False
    answer: Future[Found] = field(default_factory=Future)
