"""How is the lock of a box wired, and can it keep what the home was promised of it?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from firmware.errors import WiringRefused
from firmware.ports import WAYS_OUT, Button, LockSide

LockKind = Literal["solenoid", "servo"]
Level = Literal["high", "low"]

HOLD_OFF_MAX_S = 10.0
"""So long at most a coil rests: whoever has held the button for the way out is not kept waiting longer."""

PULLED_UP = frozenset(range(9))
"""The pins that the Pi itself pulls up from power-on until a program takes them; all others it pulls down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWiring:
    """How the lock is wired. `fails` is its side without power, and when the box cannot know what is due.

    A solenoid is energised by a level of its pin, for `energised_max_s` at a time (`None`: for ever), then
    rests `hold_off_s`. A servo goes to one of two angles. `by_hand` says how people open it without power.
    """

    kind: LockKind
    pin: int
    fails: LockSide
    energised_is: LockSide = "open"
    energised_by: Level = "high"
    energised_max_s: float | None = 5.0
    hold_off_s: float = 5.0
    open_angle: float = 90.0
    locked_angle: float = 0.0
    by_hand: str = ""


def lock_uses(lock: LockWiring | None) -> Iterator[tuple[int, str]]:
    """Yield the pin of the lock, with what it is used for in words."""
    if lock is not None:
        yield lock.pin, "the lock"


def check_lock(lock: LockWiring, buttons: Collection[Button], *, hat: bool) -> None:
    """Refuse a lock that could keep a dose from the patient, burn, or not fail as the home decided.

    Raises:
        WiringRefused: That is so; the text says what to change.

    """
    if not hat and not set(buttons) & set(WAYS_OUT):
        raise WiringRefused(
            "a lock needs a help or a refill button: to hold it for 10 s is the way out when nothing else "
            "opens"
        )
    if lock.fails == "locked" and not lock.by_hand.strip():
        raise WiringRefused(
            "a lock that stays locked without power keeps a dose from the patient: say in by_hand how it is "
            'opened then, such as a key and where it hangs, or choose fails = "open"'
        )
    if lock.kind == "servo":
        _check_servo(lock)
    else:
        _check_solenoid(lock)


def _check_servo(lock: LockWiring) -> None:
    if lock.fails == "open":
        raise WiringRefused(
            "a servo stays where it is when the power goes, so it cannot fail open: choose a solenoid that "
            'is locked while energised, or fails = "locked"'
        )
    if abs(lock.open_angle - lock.locked_angle) < 10:
        raise WiringRefused("the two angles of the servo differ by less than 10 degrees: name two that do")


def _check_solenoid(lock: LockWiring) -> None:
    if lock.energised_is == lock.fails:
        other = "open" if lock.fails == "locked" else "locked"
        raise WiringRefused(
            f"a solenoid that is {lock.energised_is} while energised is {other} without power, so it cannot "
            f"fail {lock.fails}: turn the solenoid round, or change fails"
        )
    rests = "high" if lock.pin in PULLED_UP else "low"
    if rests == lock.energised_by:
        others = "a pin from 9 to 27" if rests == "high" else "a pin from 2 to 8"
        raise WiringRefused(
            f"GPIO{lock.pin} rests {rests} while the computer starts, which would energise the lock: choose "
            f"{others}, or a driver that is energised by the other level"
        )
    if lock.energised_is == "locked" and lock.energised_max_s is not None:
        raise WiringRefused(
            "a lock that is locked while energised has current in its coil nearly all day: name a coil that "
            'is made for it with continuous = true, or choose fails = "locked"'
        )
    if lock.hold_off_s > HOLD_OFF_MAX_S:
        raise WiringRefused(
            f"hold_off_s is {lock.hold_off_s:g}: with more than {HOLD_OFF_MAX_S:g} s of rest the way out "
            "would not open in time; choose a coil that needs less"
        )
