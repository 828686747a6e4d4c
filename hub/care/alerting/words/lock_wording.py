"""How is it said that a lock was opened by its button, or that a lid was opened in spite of it?"""

from __future__ import annotations

from controller.wire.events.lock import LockForced, LockOverride
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.alerting.words.opening_wording import UNSEEN
from hub.care.alerting.words.wording import Words

_BUTTON = {"help_held": "The help button", "refill_held": "The refill button"}


def override(box: str, said: LockOverride, moment: Moment, held_at: int | None) -> Words:
    """Say that somebody at the box opened its lock; `held_at` where the box knew the time."""
    button = _BUTTON.get(said.because, "A button")
    return Words(
        "The lock of the box was opened by its button",
        f"{button} of box {box} was held for 10 seconds{_when(moment, held_at)}. That opens the lock of all "
        "its lids, whatever is due. Who held it, and why, the box does not know: please ask, or look in.",
    )


def forced(box: str, said: LockForced, moment: Moment, opened_at: int | None) -> Words:
    """Say that a lid was opened which the lock should have held; `opened_at` where the box knew the time."""
    return Words(
        "A lid was opened while the box was locked",
        f"The box {box} saw the {compartment_words(said.compartment)} opened while its lock was "
        f"to hold it{_when(moment, opened_at)}. Whether the lock was forced, or does not hold, or the "
        f"switch is wrong, it cannot tell. {UNSEEN}",
    )


def _when(moment: Moment, happened_at: int | None) -> str:
    if happened_at is None:
        return f"; word of it came at {moment.dated(moment.at)}, and the box did not know the time"
    return f" at {moment.dated(happened_at)}"
