"""How does each light blink, and how does each sound go?

Every pattern stays under three flashes a second (WCAG 2.2, 2.3.1). Tones lie between 500 and 1500 Hz,
which old ears still hear. Pure: the time since the view began is in the argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.ports import Colour, Lamp, Light, Sound


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


BLINKS: dict[Light, Pattern] = {
    "slow_pulse": Pattern((1000, 1000)),
    "double_blink": Pattern((200, 300, 200, 1300)),
    "fast_blink": Pattern((250, 250)),
}


def lit(light: Light, elapsed_ms: int) -> tuple[bool, int | None]:
    """Return whether a light is lit at a moment of its view, and when that changes, if ever."""
    if light == "off":
        return False, None
    if light == "steady":
        return True, None
    return BLINKS[light].at(elapsed_ms)


ONE_COLOUR: dict[Colour, Pattern] = {"amber": Pattern((200, 300, 200, 300, 200, 1300))}
"""What a colour means, for lights that cannot show it. Amber is "late": in one colour it looked like any
other reminder that blinks twice."""


def lit_in_one_colour(lamp: Lamp, elapsed_ms: int) -> tuple[bool, int | None]:
    """As `lit`, for a light that has only one colour."""
    pattern = ONE_COLOUR.get(lamp.colour)
    if pattern is None or lamp.light == "off":
        return lit(lamp.light, elapsed_ms)
    return pattern.at(elapsed_ms)


@dataclass(frozen=True, slots=True)
class Note:
    """A tone, or silence for `hz` 0."""

    hz: int
    ms: int


_PAUSE = Note(0, 120)

SOUNDS: dict[Sound, tuple[Note, ...]] = {
    "none": (),
    "chime": (Note(784, 180), Note(1047, 320)),
    "double_chime": (Note(784, 180), Note(1047, 320), _PAUSE, Note(784, 180), Note(1047, 320)),
    "insistent": (Note(1047, 250), _PAUSE) * 3 + (Note(784, 500),),
    "warning": (Note(1397, 200), Note(0, 80)) * 5,
    "fault": (Note(523, 600), _PAUSE, Note(523, 600)),
}
