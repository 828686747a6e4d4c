"""Whom does a hub call that cannot record? Everybody who minds its boxes, though nothing of it is kept.

Such a hub told nobody: a disk that was full for a week, and a call for help in it, stood in a log. What is
sent here is neither stored nor tried again; once there is room, the ordinary alert follows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from controller.wire.events import HelpRequested
from hub.care.alerting.privacy import reads_in_full
from hub.care.alerting.words import wording
from hub.care.alerting.words.wording import Words
from hub.care.caregivers import Caregiver, WantKind
from hub.care.people import Household
from hub.intake.arrivals import Arrival, EventRead, read_arrival
from hub.letters.notify import Letter, Notifier
from hub.running.link import Arrived

AILING_S = 60.0
"""A moment without room, such as during a backup, is nobody's trouble."""
AGAIN_S = 3_600.0

UNRECORDED = "unrecorded"
"""What such a letter is called: no message of that name is ever stored."""

log = logging.getLogger("hub.running.distress")


class Distress:
    """Remembers whom it has called: a hub that tries again every two seconds must not call as often."""

    def __init__(self, notifier: Notifier, *, enabled: bool) -> None:
        self._notifier = notifier
        self._enabled = enabled
        self._since_s: float | None = None
        self._told_s: dict[str, float] = {}
        self._passed_on: set[tuple[str, str, str]] = set()

    def over(self) -> None:
        """Note that the hub can record again."""
        self._since_s = None
        self._passed_on.clear()

    def call(self, household: Household | None, waiting: Sequence[Arrived], now_s: float) -> None:
        """Tell of the hub's trouble, at most once an hour, and at once of a call for help that waits."""
        since_s = self._since_s = now_s if self._since_s is None else self._since_s
        if household is None or not self._enabled:
            return
        for box, event in _calls_for_help(household, waiting):
            for caregiver in _minding(household, box, ("care",)):
                for channel in caregiver.channels:
                    key = (event, caregiver.id, channel)
                    if key not in self._passed_on and self._send(
                        caregiver, channel, wording.help_unrecorded(box)
                    ):
                        self._passed_on.add(key)
        if now_s - since_s >= AILING_S:
            self._tell(household, now_s)

    def _tell(self, household: Household, now_s: float) -> None:
        minding = {
            one.id: one for box in household.boxes for one in _minding(household, box, ("device", "care"))
        }
        for caregiver in minding.values():
            told_s = self._told_s.get(caregiver.id)
            is_due = told_s is None or now_s - told_s >= AGAIN_S
            if is_due and self._send(caregiver, next(iter(caregiver.channels)), wording.hub_cannot_record()):
                self._told_s[caregiver.id] = now_s

    def _send(self, to: Caregiver, channel: str, words: Words) -> bool:
        if not self._notifier.is_free(to.id, channel):
            return False
        log.warning("telling %s by %s, unrecorded: %s", to.id, channel, words.title)
        self._notifier.send(
            Letter(
                message=UNRECORDED, to=to.id, channel=channel, title=words.title,
                body=words.body if reads_in_full(to, channel) else words.brief,
                address=to.channels[channel],
            )
        )  # fmt: skip
        return True


def _minding(household: Household, box: str, wants: tuple[WantKind, ...]) -> list[Caregiver]:
    patient = household.boxes[box].patient
    return [
        one
        for one in household.caregivers.values()
        if one.channels and any(want in one.wants.get(patient, ()) for want in wants)
    ]


def _calls_for_help(household: Household, waiting: Sequence[Arrived]) -> Iterator[tuple[str, str]]:
    for one in waiting:
        read = read_arrival(Arrival(topic=one.topic, payload=one.payload), household.boxes)
        if isinstance(read, EventRead) and isinstance(read.envelope.data, HelpRequested):
            stamp = read.envelope.stamp
            yield read.envelope.box, f"{read.envelope.box} {stamp.boot} {stamp.mono_ms}"
