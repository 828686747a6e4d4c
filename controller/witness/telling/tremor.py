"""Which presses of a button are one press?

A hand that shakes presses several times for once. No button asks for a quick, a long or a double press, so
nothing is lost by taking what follows within a moment for the same press, however long it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware.ports import Button

SHAKE_MS = 1_500


def is_same_press(pressed_ms: Mapping[Button, int], button: Button, mono_ms: int) -> bool:
    """Tell whether a press goes on with the last one of the same button."""
    last_ms = pressed_ms.get(button)
    return last_ms is not None and mono_ms - last_ms < SHAKE_MS
