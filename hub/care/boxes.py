"""What is wrong with a box? Its silence, clock, sensors, storage, lids, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import get_args

from controller.wire.envelope import Envelope
from controller.wire.events import (
    BoxHealth,
    ClimateSampled,
    DoseExtra,
    DoseTaken,
    DoseWrongCompartment,
    ExcursionEnded,
    ExcursionStarted,
    HelpRequested,
    LidClosed,
    LidLeftOpen,
    LidStuck,
    SensorFault,
    SensorRecovered,
)
from controller.wire.health import BEGUN_BY
from controller.wire.instants import MINUTE_MS, SECOND_MS
from controller.wire.words import Level
from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.climbing import hurry
from hub.care.alerting.naming import Moment
from hub.care.alerting.words import box_wording, opening_wording, storage_wording, wording
from hub.care.alerting.words.wording import Words
from hub.care.happenings import PresenceArrived
from hub.care.ledger import AlertRecord, BoxRecord, SlotRecord
from hub.care.lids import is_told_of, testify_lids
from hub.care.page import Page
from hub.care.sensors import failed_words, failing, not_measured, watch_sensor
from hub.care.troubles import NO_BROKER

OFFLINE_MS = 5 * MINUTE_MS
"""How long a box may be offline, by its last will, before somebody is told."""
SILENT_MS = 20 * MINUTE_MS
"""How long nothing at all may come from a box; its climate samples come every 15 minutes."""
NEVER_HEARD_MS = 30 * MINUTE_MS
UNWELL_MS = 30 * MINUTE_MS
"""How long a clock may be untrusted before somebody is told."""
HEARD_STEP_MS = 30 * SECOND_MS
SAME_MS = 15 * MINUTE_MS
"""Extra or wrong openings of one compartment within this time are one alert."""

QUIET_WORDS = frozenset({"self_test"})
"""What a box says of itself that nobody has to mend."""


def hear(page: Page, box_id: str) -> None:
    """Note that a box lives, and end the alert about its silence."""
    box = page.boxes.get(box_id)
    if box is None:
        return
    since = box.heard_at
    is_news = since is None or page.at - since >= HEARD_STEP_MS or _said_goodbye(box)
    if is_news and (since is None or page.at > since):
        page.put_box(replace(box, heard_at=page.at))
    for alert in page.open_alerts():
        if alert.condition == f"device.silent {box_id}":
            resolve(page, alert, "heard", box_wording.box_heard(page.moment()))


def presence(page: Page, said: PresenceArrived) -> None:
    """Note what a box, or its last will, says about its being there."""
    box = page.boxes[said.box]
    # A retained word comes again with every connection of the hub; only a change is a sign of life.
    if box.presence == said.presence and box.presence_at is not None:
        return
    if said.presence == "online":
        hear(page, said.box)
    page.put_box(replace(page.boxes[said.box], presence=said.presence, presence_at=page.at))


def testify(page: Page, envelope: Envelope) -> None:
    """Take in what an event says about the box itself."""
    _watch_clock(page, envelope)
    box, data = envelope.box, envelope.data
    seen_at = happened_at(page, envelope)
    now, then = page.moment(), page.moment(seen_at)
    match data:
        case ExcursionStarted():
            _excursion(page, box, data, data.since if seen_at is not None else None)
        case ExcursionEnded():
            _excursion_over(page, box, data, then)
        case SensorFault() | SensorRecovered() | ClimateSampled():
            watch_sensor(page, box, data, then)
        case LidLeftOpen():
            words = box_wording.lid_left_open(box, data, now, seen_at)
            about = f"{box}/{data.compartment}"
            raise_alert(page, kind="device.lid_left_open", want="storage", box=box, about=about, words=words)
        case LidClosed():
            _end(page, f"device.lid_left_open {box}/{data.compartment}", "closed", then)
        case LidStuck():
            _ail(page, box, "lid_stuck", f"{box}/{data.compartment}", data.compartment, seen_at)
        case BoxHealth():
            _say_health(page, box, data, seen_at)
        case DoseExtra() if not is_told_of(page, box, data):
            slot = page.slots.get(data.slot or "")
            words = opening_wording.extra(data, now, seen=slot is None or slot.evidence == "lid")
            _opening(page, box, "dose.extra", data, words)
        case DoseWrongCompartment():
            _opening(page, box, "dose.wrong_compartment", data, opening_wording.wrong_compartment(data, now))
        case HelpRequested():
            _help(page, box, seen_at)
        case _:
            testify_lids(page, envelope, then)
    if envelope.kind.startswith(("dose.", "reminder.")) and page.alerts:
        # Only a box that has a plan speaks of doses.
        _end(page, f"device.plan_ended {box}", "plan_known", then)


def contradict(page: Page, slot: SlotRecord, data: DoseTaken) -> None:
    """Tell of an intake that contradicts a hold or the word of a person: it may have been a second dose."""
    if slot.because in ("declared", "taken_while_held"):
        _opening(
            page,
            slot.box,
            "dose.extra",
            data,
            opening_wording.opened_as_well(slot, data.opened_at, page.moment()),
        )


def settle_boxes(page: Page) -> None:
    """Raise what has lasted too long."""
    for due_at, kind, about in tuple(awaited(page.boxes.values(), page.alerts.values(), page.started_at)):
        if due_at <= page.at:
            box = page.boxes[about.partition("/")[0]]
            words = _lasting_words(page, box, kind, about.partition("/")[2])
            raise_alert(page, kind=kind, want="device", box=box.box, about=about, words=words)


def awaited(
    boxes: Iterable[BoxRecord], alerts: Iterable[AlertRecord], started_at: int
) -> Iterator[tuple[int, str, str]]:
    """Go through what will be an alert if it lasts: when, its kind, and what it is about."""
    raised = {alert.condition for alert in alerts if alert.state != "resolved"}
    for box in boxes:
        # Without its broker the hub hears nobody: that is one trouble, and not one for each box.
        silent_at = None if NO_BROKER in raised else _silent_at(box, started_at)
        if silent_at is not None and f"device.silent {box.box}" not in raised:
            yield silent_at, "device.silent", box.box
        if box.untrusted_since is not None and f"device.clock {box.box}" not in raised:
            yield box.untrusted_since + UNWELL_MS, "device.clock", box.box
        yield from failing(box, raised)


def silent_since(page: Page, box_id: str) -> int | None:
    """Return since when a box is not heard, if that is already an alert."""
    box = page.boxes.get(box_id)
    if box is None or page.open_alert(f"device.silent {box_id}") is None:
        return None
    return box.heard_at


def _said_goodbye(box: BoxRecord) -> bool:
    gone_at = box.presence_at if box.presence == "offline" else None
    return gone_at is not None and (box.heard_at is None or gone_at >= box.heard_at)


def _silent_at(box: BoxRecord, started_at: int) -> int | None:
    # Silence counts from when this hub began to listen: while it was down it could hear nobody.
    if box.heard_at is None:
        return None if box.plan is None else started_at + NEVER_HEARD_MS
    silent_at = max(box.heard_at, started_at) + SILENT_MS
    if box.presence_at is not None and _said_goodbye(box):
        return min(silent_at, max(box.presence_at, started_at) + OFFLINE_MS)
    return silent_at


def happened_at(page: Page, envelope: Envelope) -> int | None:
    """Return when an event happened, `None` if its box did not know the time.

    Help that was pressed at night once came with the network in the morning, and was told as pressed then.
    """
    return None if envelope.stamp.clock == "untrusted" else min(envelope.stamp.at, page.at)


def _lasting_words(page: Page, box: BoxRecord, kind: str, sensor: str) -> Words:
    now = page.moment()
    if kind == "device.clock":
        return box_wording.clock_untrusted(box.box, now, box.untrusted_since or page.at)
    if kind == "device.sensor":
        return failed_words(page, box, sensor)
    return box_wording.box_silent(box.box, now, box.heard_at)


def _watch_clock(page: Page, envelope: Envelope) -> None:
    box = page.boxes[envelope.box]
    if envelope.stamp.clock == "untrusted":
        if box.untrusted_since is None:
            page.put_box(replace(box, untrusted_since=page.at))
    elif box.untrusted_since is not None:
        page.put_box(replace(box, untrusted_since=None))
        _end(page, f"device.clock {box.box}", "clock_trusted", page.moment(happened_at(page, envelope)))


def _excursion(page: Page, box: str, data: ExcursionStarted, began_at: int | None) -> None:
    if data.excursion == "stale":
        not_measured(page, box, data, began_at)
        return
    kind = storage_wording.storage_kind(data.excursion, data.level)
    raise_alert(
        page, kind=kind, want="storage", box=box, about=f"{box}/{data.rule}",
        words=storage_wording.storage(box, data, page.moment(), began_at), about_at=began_at,
    )  # fmt: skip


def _excursion_over(page: Page, box: str, data: ExcursionEnded, then: Moment) -> None:
    # Its end does not say how grave it was.
    kinds = {storage_wording.storage_kind(data.excursion, level) for level in get_args(Level)}
    found = (page.open_alert(f"{kind} {box}/{data.rule}") for kind in sorted(kinds))
    for alert in (alert for alert in found if alert is not None):
        resolve(page, alert, data.because, storage_wording.storage_over(data, alert.title, then))


def _end(page: Page, condition: str, because: str, then: Moment) -> None:
    alert = page.open_alert(condition)
    if alert is not None:
        resolve(page, alert, because, wording.mended(alert.title, then))


def _say_health(page: Page, box: str, data: BoxHealth, happened_at: int | None) -> None:
    """Take in a word about the computer in the box: it begins an alert, ends one, or is none."""
    word = data.because
    if word in BEGUN_BY:
        _end(page, f"device.{BEGUN_BY[word]} {box}", word, page.moment(happened_at))
    elif word not in QUIET_WORDS:
        _ail(page, box, word, box, data.text, happened_at)


def _ail(page: Page, box: str, word: str, about: str, text: str | None, said_at: int | None) -> None:
    words = box_wording.box_health(box, word, text, page.moment(), said_at)
    raise_alert(page, kind=f"device.{word}"[:64], want="device", box=box, about=about, words=words)


def _opening(
    page: Page, box: str, kind: str, data: DoseExtra | DoseWrongCompartment | DoseTaken, words: Words
) -> None:
    place = f"{box}/{data.compartment}"
    for alert in page.alerts.values():
        is_same_place = alert.condition.startswith(f"{kind} {place} ")
        if is_same_place and abs((alert.about_at or 0) - data.opened_at) < SAME_MS:
            return
    raise_alert(
        page, kind=kind, want="dose", box=box, about=f"{place} {data.opened_at}", words=words,
        about_at=data.opened_at,
    )  # fmt: skip


def _help(page: Page, box: str, pressed_at: int | None) -> None:
    alert = page.open_alert(f"care.help {box}")
    if alert is not None:
        hurry(page, alert)
        return
    words = box_wording.help_wanted(box, page.moment(), pressed_at)
    raise_alert(page, kind="care.help", want="care", box=box, about=box, words=words)
