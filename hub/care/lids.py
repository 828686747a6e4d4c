"""What follows at the hub from what the lids tell beyond that one was opened?"""

from __future__ import annotations

from dataclasses import replace

from controller.wire.envelope import Envelope
from controller.wire.events import (
    DoseExtra,
    LidDisturbed,
    LidOpened,
    LidOutOfHours,
    LidRepeated,
    LidUnmoved,
    LidWearing,
)
from controller.wire.instants import HOUR_MS, MINUTE_MS, SECOND_MS
from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.naming import Moment
from hub.care.alerting.words import lid_wording, wording
from hub.care.answering import entry_by_box
from hub.care.caregivers import WantKind
from hub.care.enrolment import publish_plans
from hub.care.entries import AsNeededTaken, EntryUndone, in_force
from hub.care.judge import is_stated
from hub.care.page import Page

SAME_MS = 15 * MINUTE_MS
"""Openings out of hours of one box, or their repetition, within this time are one alert."""
DISTURBED_MS = 5 * SECOND_MS
"""What the box said of single lids so shortly before it found itself disturbed was this."""
OPENED_BY = frozenset({"not_due", "closed", "nothing_planned"})
OUT_OF_HOURS, REPEATED, DISTURBED = "lid.out_of_hours", "lid.repeated", "lid.disturbed"
UNMOVED, WEARING = "device.lid_unmoved", "device.lid_wearing"


def testify_lids(page: Page, envelope: Envelope, then: Moment) -> None:
    """Take in what an event tells of lids and their switches, and when: `then`."""
    box, data = envelope.box, envelope.data
    match data:
        case LidOutOfHours():
            _out_of_hours(page, box, data)
        case LidRepeated():
            _repeated(page, box, data)
        case LidDisturbed():
            _disturbed(page, envelope, data)
        case LidUnmoved():
            words = lid_wording.unmoved(box, data, page.moment())
            about = f"{box}/{data.compartment}"
            raise_alert(
                page, kind=UNMOVED, want="device", box=box, about=about, words=words, about_at=data.since
            )
        case LidWearing():
            words = lid_wording.wearing(box, data, page.moment())
            about = f"{box}/{data.compartment}"
            raise_alert(page, kind=WEARING, want="device", box=box, about=about, words=words)
        case LidOpened():
            alert = page.open_alert(f"{UNMOVED} {box}/{data.compartment}")
            if alert is not None:
                resolve(page, alert, "moved", wording.mended(alert.title, then))
        case _:
            pass


def is_told_of(page: Page, box: str, extra: DoseExtra) -> bool:
    """Say whether an extra opening is one of those that are told as out of hours, or again and again."""
    if extra.because not in OPENED_BY:
        return False
    is_out_of_hours = _told_near(page, OUT_OF_HOURS, box, extra.opened_at, SAME_MS)
    return is_out_of_hours or _told_near(page, REPEATED, box, extra.opened_at, HOUR_MS)


def _out_of_hours(page: Page, box: str, data: LidOutOfHours) -> None:
    if _told_near(page, OUT_OF_HOURS, box, data.opened_at, SAME_MS):
        return
    raise_alert(
        page, kind=OUT_OF_HOURS, want=_want(page, box), box=box,
        about=f"{box}/{data.compartment} {data.opened_at}",
        words=lid_wording.out_of_hours(data, page.moment()), about_at=data.opened_at,
    )  # fmt: skip


def _repeated(page: Page, box: str, data: LidRepeated) -> None:
    if _told_near(page, REPEATED, box, data.since, SAME_MS):
        return
    raise_alert(
        page, kind=REPEATED, want=_want(page, box), box=box, about=f"{box} {data.since}",
        words=lid_wording.repeated(box, data, page.moment()), about_at=data.since,
    )  # fmt: skip


def _disturbed(page: Page, envelope: Envelope, data: LidDisturbed) -> None:
    """Tell that a box was disturbed, and take back what its openings had been taken for."""
    box = envelope.box
    for name in data.slots:
        _taken_back(page, box, name)
    if data.since is not None:
        _as_needed_taken_back(page, envelope, data)
    newer = raise_alert(
        page, kind=DISTURBED, want="dose", box=box, about=f"{box} {envelope.stream} {envelope.seq}",
        words=lid_wording.disturbed(box, data, page.moment()), about_at=data.since,
    )  # fmt: skip
    for alert in page.open_alerts():
        is_opening = alert.kind in ("dose.extra", "dose.wrong_compartment", OUT_OF_HOURS)
        if is_opening and alert.box == box and _is_of_it(alert.about_at, data):
            resolve(page, alert, "lid_disturbed", newer=newer)


def _taken_back(page: Page, box: str, name: str) -> None:
    """Let a slot be open again that the box had called taken; what people say of it stands."""
    slot = page.slots.get(name)
    if slot is None or slot.box != box:
        return
    if is_stated(slot):
        if slot.witnessed is not None and slot.witnessed.outcome == "taken":
            page.put_slot(replace(slot, witnessed=None))
    elif slot.outcome == "taken" and slot.evidence == "lid":
        page.put_slot(
            replace(
                slot, outcome=None, timing=None, evidence="none", because="", opened_at=None, decided_at=None
            )
        )
        page.standing_at = None


def _as_needed_taken_back(page: Page, envelope: Envelope, data: LidDisturbed) -> None:
    found = [
        entry
        for entry in in_force(page.entries)
        if isinstance(entry.fact, AsNeededTaken)
        and entry.fact.box == envelope.box == entry.by
        and entry.fact.compartment in data.compartments
        and _is_of_it(entry.fact.taken_at, data)
    ]
    for number, entry in enumerate(found):
        fact = EntryUndone(entry=entry.entry)
        undoing = entry_by_box(envelope, fact, patient=page.patient, by=envelope.box, at=page.at)
        page.keep(replace(undoing, entry=f"{undoing.entry}-{number}"))
    if found:
        publish_plans(page)


def _is_of_it(at: int | None, data: LidDisturbed) -> bool:
    return at is not None and data.since is not None and abs(at - data.since) <= DISTURBED_MS


def _told_near(page: Page, kind: str, box: str, at: int, near_ms: int) -> bool:
    return any(
        alert.kind == kind and alert.box == box and abs((alert.about_at or 0) - at) < near_ms
        for alert in page.alerts.values()
    )


def _want(page: Page, box: str) -> WantKind:
    """Return as what kind of alert the home wants to hear of a child, or of confusion, at this box."""
    found = page.household.boxes.get(box)
    return "dose" if found is None or found.watch is None else found.watch.want
