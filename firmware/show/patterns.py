"""How does each light blink?

Every pattern stays under three flashes a second (WCAG 2.2, 2.3.1), and each is told from every other by
its rhythm alone: a wired light has one colour, and not every eye tells red from amber. Pure: the time since
the view began is in the argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.ports import Light


@dataclass(frozen=True, slots=True)
class Pattern:
    """Spans in milliseconds, lit and dark by turns, beginning lit, repeated for ever."""

    spans_ms: tuple[int, ...]

    def at(self, elapsed_ms: int) -> tuple[bool, int]:
        """Return whether it is lit at a moment, and when that changes."""
        period_ms = sum(self.spans_ms)
        start_ms = elapsed_ms - elapsed_ms % period_ms
        end_ms = start_ms
        for index, span_ms in enumerate(self.spans_ms):
            end_ms += span_ms
            if elapsed_ms < end_ms:
                return index % 2 == 0, end_ms
        raise AssertionError("a moment lies inside its period")


FLASH_MS = 500
"""Every light goes on at a whole multiple of this: so lights of different patterns, lit together, flash no
oftener than one of them."""

BLINKS: dict[Light, Pattern] = {
    "slow_pulse": Pattern((1000, 1000)),
    "double_blink": Pattern((200, 300, 200, 1300)),
    "quick_double": Pattern((200, 300, 200, 800)),
    "triple_blink": Pattern((200, 300, 200, 300, 200, 1300)),
    "fast_blink": Pattern((250, 250)),
    "long_short": Pattern((750, 250, 250, 750)),
    "double_dark": Pattern((1250, 250, 250, 250)),
}


def lit(light: Light, elapsed_ms: int) -> tuple[bool, int | None]:
    """Return whether a light is lit at a moment of its view, and when that changes, if ever."""
    if light == "off":
        return False, None
    if light == "steady":
        return True, None
    return BLINKS[light].at(elapsed_ms)
