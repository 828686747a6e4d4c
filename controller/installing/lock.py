"""What did the installer say of the lock of this box?"""

from __future__ import annotations

from typing import Final, cast, get_args

from controller.installing.table import Table
from firmware.locks.wiring import HOLD_OFF_MAX_S, Level, LockKind, LockWiring
from firmware.ports import LockSide

DEFAULT_LIMIT_S = 5.0
DEFAULT_HOLD_OFF_S = 5.0
_ONLY_OF: Final[dict[LockKind, tuple[str, ...]]] = {
    "servo": ("open_angle", "locked_angle"),
    "solenoid": ("continuous", "energised_is", "energised_by", "energised_max_s", "hold_off_s"),
}


def lock_wiring(table: Table) -> LockWiring:
    """Return how the lock is wired.

    Raises:
        ConfigRefused: A key or a value is not known, or what the home has to decide is not said.

    """
    kind = table.choice("kind", get_args(LockKind), None)
    fails = table.choice("fails", get_args(LockSide), None)
    if kind is None:
        raise table.refusal("kind", "is missing: solenoid or servo")
    if fails is None:
        raise table.refusal("fails", "is missing: decide whether the box is open or locked without power")
    if not table.has("pin"):
        raise table.refusal("pin", "is missing: name the BCM number of the pin that drives the lock")
    wiring = _wiring(table, cast(LockKind, kind), cast(LockSide, fails))
    other: LockKind = "servo" if kind == "solenoid" else "solenoid"
    for key in filter(table.has, _ONLY_OF[other]):
        raise table.refusal(key, f"says nothing of a {kind}: take it out")
    table.done()
    return wiring


def _wiring(table: Table, kind: LockKind, fails: LockSide) -> LockWiring:
    pin = table.whole("pin", 0, 0, 27)
    by_hand = table.text("by_hand") or ""
    if kind == "servo":
        open_angle = table.number("open_angle", 90.0, 0, 180)
        locked_angle = table.number("locked_angle", 0.0, 0, 180)
        return LockWiring(
            kind=kind, pin=pin, fails=fails, by_hand=by_hand, open_angle=open_angle, locked_angle=locked_angle
        )
    energised_is: LockSide = "open" if fails == "locked" else "locked"
    continuous = table.flag("continuous", False)
    if continuous and table.has("energised_max_s"):
        raise table.refusal(
            "continuous", "and energised_max_s exclude each other: keep the one that its coil is made for"
        )
    limit_s = table.number("energised_max_s", DEFAULT_LIMIT_S, 0.2, 600)
    return LockWiring(
        kind=kind,
        pin=pin,
        fails=fails,
        by_hand=by_hand,
        energised_is=cast(LockSide, table.choice("energised_is", get_args(LockSide), energised_is)),
        energised_by=cast(Level, table.choice("energised_by", get_args(Level), "high")),
        energised_max_s=None if continuous else limit_s,
        hold_off_s=table.number("hold_off_s", DEFAULT_HOLD_OFF_S, 0.5, HOLD_OFF_MAX_S),
    )
