"""When does a channel to a caregiver have to prove that it works? (pure)

A channel that broke in spring is found out in the night it is needed. So each that has taken no message for
as long as its owner's rhythm says is sent one that asks for nothing, by day; and if that fails, it is told as
with any other message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from controller.wire.instants import DAY_MS, HOUR_MS, SECOND_MS
from hub.care.alerting.ladder import quiet_until_at
from hub.care.alerting.words import wording
from hub.care.caregivers import CanaryRhythm, Caregiver
from hub.care.ledger import AlertRecord, MessageRecord
from hub.care.page import zone_of
from hub.care.people import Household
from hub.store.ports.channels import ChannelKey, Proof

CANARY = "canary"
DAY_BEGINS, DAY_ENDS = time(10), time(18)
CALM_MS = HOUR_MS
"""So long after an alert last moved nobody who is told of its patient gets a canary."""

_PERIOD_MS: Mapping[CanaryRhythm, int] = {"daily": DAY_MS, "weekly": 7 * DAY_MS}


def canaries(
    household: Household, proofs: Mapping[ChannelKey, Proof], alerts: Collection[AlertRecord], at_ms: int
) -> Iterator[MessageRecord]:
    """Go through the proofs that are due now; `alerts` are the open ones."""
    alarmed = {alert.patient for alert in alerts if abs(at_ms - alert.changed_at) < CALM_MS}
    for caregiver in household.caregivers.values():
        patients = [one for one in caregiver.wants if one in household.patients]
        if not patients or not alarmed.isdisjoint(patients):
            continue
        zone = ZoneInfo(caregiver.timezone) if caregiver.timezone else zone_of(household, patients[0])
        if not _is_day(caregiver, zone, at_ms):
            continue
        for channel in caregiver.channels:
            if is_due(proofs.get((caregiver.id, channel), Proof()), caregiver.canary, at_ms):
                yield _letter(caregiver, channel, patients[0], zone, at_ms)


def is_due(proof: Proof, rhythm: CanaryRhythm, at_ms: int) -> bool:
    """Tell whether a channel has to prove itself: nothing has lately, and nothing is about to."""
    if rhythm == "off" or proof.is_waiting:
        return False
    known = [at for at in (proof.accepted_at, proof.canary_at) if at is not None and at <= at_ms]
    return not known or at_ms - max(known) >= _PERIOD_MS[rhythm]


def is_needless(canary: MessageRecord, proof: Proof) -> bool:
    """Tell whether another message has proved the channel since this one was written."""
    return proof.accepted_at is not None and proof.accepted_at >= canary.made_at


def _is_day(caregiver: Caregiver, zone: ZoneInfo, at_ms: int) -> bool:
    clock = datetime.fromtimestamp(at_ms / SECOND_MS, zone).time()
    return DAY_BEGINS <= clock < DAY_ENDS and quiet_until_at(caregiver, zone, at_ms) is None


def _letter(caregiver: Caregiver, channel: str, patient: str, zone: ZoneInfo, at_ms: int) -> MessageRecord:
    day = datetime.fromtimestamp(at_ms / SECOND_MS, zone).date()
    words = wording.channel_works(caregiver.canary)
    return MessageRecord(
        message=f"{CANARY}-{caregiver.id}-{channel}-{day}",
        patient=patient,
        to=caregiver.id,
        channel=channel,
        title=words.title,
        body=words.body,
        brief=words.brief,
        kind=CANARY,
        made_at=at_ms,
    )
