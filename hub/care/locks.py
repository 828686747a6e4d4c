"""What follows from what a box says of its lock?"""

from __future__ import annotations

from controller.wire.events.lock import LockForced, LockOverride
from controller.wire.instants import MINUTE_MS
from hub.care.alerting.alerts import raise_alert
from hub.care.alerting.words import lock_wording
from hub.care.alerting.words.wording import Words
from hub.care.page import Page

SAME_MS = 15 * MINUTE_MS
"""So soon after an alert the same at the same place is no other one: the lock stays open for as long."""

OVERRIDE = "dose.lock_override"
FORCED = "dose.lock_forced"


def take_lock(page: Page, box: str, data: LockOverride | LockForced, happened_at: int | None) -> None:
    """Tell that a lock was opened by its button, or a lid in spite of it; `happened_at` where it is known."""
    if isinstance(data, LockOverride):
        words = lock_wording.override(box, data, page.moment(), happened_at)
        _tell(page, OVERRIDE, box, box, words, happened_at)
    else:
        words = lock_wording.forced(box, data, page.moment(), happened_at)
        _tell(page, FORCED, box, f"{box}/{data.compartment}", words, happened_at)


def _tell(page: Page, kind: str, box: str, place: str, words: Words, happened_at: int | None) -> None:
    at = page.at if happened_at is None else happened_at
    for alert in page.alerts.values():
        is_same_place = alert.condition.startswith(f"{kind} {place} ")
        if is_same_place and abs((alert.about_at or alert.raised_at) - at) < SAME_MS:
            return
    raise_alert(
        page, kind=kind, want="dose", box=box, about=f"{place} {at}", words=words, about_at=happened_at
    )
