"""Which pictures of the panel are there, and are those on paper the newest?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from controller.errors import OutputLost
from controller.picturing.drawing import MATRIX, label, lamp_mark, matrix, picture, sheet
from controller.picturing.states import State, states
from controller.picturing.vision import SIGHTS
from firmware.hat.glyphs import MARKS
from firmware.ports import Glyph, PanelView

MAIN: tuple[Glyph, ...] = (
    "due", "late", "wrong", "extra", "held", "hot", "damp", "cold", "low_supply", "cannot_record",
)  # fmt: skip
"""The states that are shown as the three kinds of colour blindness see them."""

WIDE = 22
"""The size of letters in a picture that a narrow screen shrinks to less than half."""

EYES = "eyes.svg"
ROW = "lowest-row.svg"


def pictures() -> dict[str, str]:
    """Return the text of every picture by the name of its file."""
    found = states()
    drawn = {f"{name.replace('_', '-')}.svg": picture(name, state) for name, state in found.items()}
    return {**drawn, EYES: _eyes(found), ROW: _lowest_row()}


def write_pictures(into: Path) -> tuple[str, ...]:
    """Write every picture that is not there as it should be; return the names of those that were written.

    Raises:
        OutputLost: The folder cannot be written.

    """
    written = []
    try:
        into.mkdir(parents=True, exist_ok=True)
        for name, text in pictures().items():
            path = into / name
            if not path.exists() or path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")
                written.append(name)
    except OSError as error:
        raise OutputLost(f"{into} cannot be written: {error.strerror}") from error
    return tuple(written)


def _eyes(found: dict[Glyph, State]) -> str:
    """Draw each main state as four kinds of eyes see it, with the light of its lid beside the sign."""
    width = 10 + len(SIGHTS) * (MATRIX + 34)
    parts = [label(10 + column * (MATRIX + 34), 48, sight, WIDE) for column, sight in enumerate(SIGHTS)]
    for row, name in enumerate(MAIN):
        parts += _seen_by_all(name, found[name], 58 + row * (MATRIX + 34))
    return sheet("The same state, seen by four kinds of eyes", parts, 58 + len(MAIN) * (MATRIX + 34), width)


def _seen_by_all(name: Glyph, state: State, top: int) -> Iterator[str]:
    # Beside a wrong lid the right one is lit, too: of two lights the one that warns is drawn.
    lamps = [lamp for _, lamp in sorted(state.view.lamps.items())][-1:]
    for column, sight in enumerate(SIGHTS):
        left = 10 + column * (MATRIX + 34)
        yield from matrix(state.view, 0, left, top, sight)
        for lamp in lamps:
            yield lamp_mark(lamp, left + MATRIX + 16, top + 14, sight)
        yield label(left, top + MATRIX + 20, name.replace("_", " "), WIDE)


def _lowest_row() -> str:
    """Draw which point of the lowest row is which condition, while a dose is due."""
    parts: list[str] = []
    for number, mark in enumerate(MARKS):
        left, top = 10 + number % 2 * 205, 34 + number // 2 * (MATRIX + 30)
        parts += matrix(PanelView(glyph="due", marks=(mark,)), 0, left, top, "usual")
        parts.append(label(left, top + MATRIX + 18, f"due, and {mark.replace('_', ' ')}"))
    height = 34 + (len(MARKS) + 1) // 2 * (MATRIX + 30)
    return sheet("The lowest row", parts, height)
